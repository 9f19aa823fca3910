"""What the searches for better parameters of a kernel have in common.

A search changes a few numbers in the kernel's JSON file at a time and rebuilds the benchmark program in a
build directory, whose start-up also checks what the kernel computes. It keeps parameters with which the
kernel is faster two times in a row. BENCHMARK is a regular expression of benchmark names, whose median cycles
per compression count; without it, the kernel is timed by itself with eight tasks. What runs between the calls
of the kernel matters as well. Try what was found with a whole batch before you believe it:

    '^handshake/tls12-sha256/lanekdf-<kernel>/batch:256$'

Keep the machine quiet meanwhile, and the program on a core of its own.
"""
import copy
import io
import json
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

LEAST_GAIN = 0.1  # cycles per compression: less is taken for noise


def json_text(parameters):
    """The text of the file, with each list on a line of its own."""
    parts = []
    for name, part in parameters.items():
        if isinstance(part, dict):
            lines = ",\n".join(f'        "{key}": {json.dumps(value)}' for key, value in part.items())
            parts.append(f'    "{name}": {{\n{lines}\n    }}')
        else:
            parts.append(f'    "{name}": {json.dumps(part)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


class Search:
    """generator is the kernel's module, and change(parameters) makes a random change to parameters."""

    def __init__(self, generator, change):
        self.generator, self.change = generator, change
        self.file = pathlib.Path(generator.__file__).with_suffix(".json")

    def is_possible(self, parameters):
        """Whether the generator finds a register for every value."""
        try:
            self.generator.write(io.StringIO(), parameters)
        except SystemExit:
            return False
        return True

    def measure(self, parameters, build, benchmark):
        """The cycles per compression, which are infinite if the kernel gives wrong answers."""
        self.file.write_text(json_text(parameters), encoding="ascii")
        subprocess.run(["cmake", "--build", build, "--target", "lanekdf_bench"], check=True,
                       stdout=subprocess.DEVNULL)
        with tempfile.NamedTemporaryFile(suffix=".json") as results:
            done = subprocess.run([f"{build}/bench/lanekdf_bench", f"--benchmark_filter={benchmark}",
                                   "--benchmark_min_time=0.005", "--benchmark_repetitions=9", "--rounds=20",
                                   f"--results={results.name}"], capture_output=True, check=False)
            if done.returncode:
                return float("inf")
            samples = json.load(results)["benchmarks"]
        if not samples:  # start-up has refused the kernel, and it has no benchmarks
            return float("inf")
        return statistics.median(sample["cycles_per_compression"] for sample in samples
                                 if sample["run_type"] == "iteration" and not sample.get("error_occurred"))

    def run(self, build, seconds, benchmark=None, seed=None):
        random.seed(seed)
        benchmark = benchmark or f"^kernel/{self.file.stem}/tasks:8$"
        end = time.monotonic() + float(seconds)
        best = json.loads(self.file.read_text(encoding="ascii"))
        try:
            cycles = self.measure(best, build, benchmark)
            print(f"{cycles:.2f} at first", flush=True)
            while time.monotonic() < end:
                trial = copy.deepcopy(best)
                for _ in range(random.choice([1, 1, 2, 3])):
                    self.change(trial)
                if not self.is_possible(trial):
                    continue
                worst = 0
                for _ in range(2):
                    worst = max(worst, self.measure(trial, build, benchmark))
                    if worst > cycles - LEAST_GAIN:
                        break
                else:
                    best, cycles = trial, worst
                    print(f"{cycles:.2f}", flush=True)
        finally:
            self.file.write_text(json_text(best), encoding="ascii")
