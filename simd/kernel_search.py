"""What the searches for better parameters of a kernel have in common.

A search changes a few numbers of the kernel's JSON file at a time. For each try it links bench/kernel_trial.c
with the assembler that the generator writes now, which takes a quarter of a second; the program also checks
what the kernel computes. Parameters with which the kernel is faster three times in a row are kept. TASKS are
numbers of tasks, such as 1,8,8,8: the mean of the cycles per compression counts, where a number that stands
there three times weighs three times as much. Without it, the kernel is timed with eight tasks.

What runs between the calls of the kernel matters as well. Try what was found with a whole batch before you
believe it:

    lanekdf_bench --benchmark_filter='^handshake/tls12-sha256/lanekdf-<kernel>/batch:256$'

Keep the machine quiet meanwhile, and the program on a core of its own.
"""
import copy
import io
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

LEAST_GAIN = 0.04  # cycles per compression: less is taken for noise
SOURCES = pathlib.Path(__file__).resolve().parents[1]


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

    def link(self, parameters, build, program):
        """Makes the program that times the kernel; returns whether there is a register for every value."""
        text = io.StringIO()
        try:
            self.generator.write(text, parameters)
        except SystemExit:
            return False
        assembler = f"{program}.S"
        pathlib.Path(assembler).write_text(text.getvalue(), encoding="ascii")
        # The assembler stands before the library, whose own for this kernel is then left out.
        subprocess.run([os.environ.get("CC", "cc"), "-o", program,
                        "-include", SOURCES / "cmake/private_names.h", assembler,
                        build / "bench/liblanekdf_bench_kernel_trial.a", build / "peers/liblanekdf_peers.a",
                        build / "engine/liblanekdf.a", "-lm"], check=True)
        return True

    def time(self, program, tasks):
        """The cycles per compression, which are infinite if the kernel gives wrong answers."""
        done = subprocess.run([program, self.file.stem, *tasks], stdout=subprocess.PIPE, check=False)
        return float("inf") if done.returncode else statistics.mean(map(float, done.stdout.split()))

    def climb(self, best, build, program, tasks, end):
        """Yields better and better parameters."""
        self.link(best, build, program)
        cycles = statistics.median(self.time(program, tasks) for _ in range(3))
        print(f"{cycles:.2f} at first", flush=True)
        while time.monotonic() < end:
            trial = copy.deepcopy(best)
            for _ in range(random.choice([1, 1, 2, 3])):
                self.change(trial)
            if not self.link(trial, build, program):
                continue
            worst = 0
            for _ in range(3):
                worst = max(worst, self.time(program, tasks))
                if not worst < cycles - LEAST_GAIN:
                    break
            else:
                best, cycles = trial, worst
                print(f"{cycles:.2f}", flush=True)
                yield best

    def run(self, build, seconds, tasks="8", seed=None):
        random.seed(seed)
        end = time.monotonic() + float(seconds)
        subprocess.run(["cmake", "--build", build, "--target", "lanekdf_bench_kernel_trial"], check=True,
                       stdout=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory() as folder:
            best = json.loads(self.file.read_text(encoding="ascii"))
            for better in self.climb(best, pathlib.Path(build), f"{folder}/trial", tasks.split(","), end):
                self.file.write_text(json_text(better), encoding="ascii")
