#!/usr/bin/env python3
"""Looks for better parameters of sha256_shani_avx512vl.py, on the CPU at hand.

    sha256_shani_avx512vl_search.py BUILD_DIR SECONDS [BENCHMARK [SEED]]

The search changes a few numbers at a time and rebuilds the benchmark program in BUILD_DIR, whose start-up
also checks what the kernel computes. It keeps parameters with which the kernel is faster two times in a row,
and writes them to sha256_shani_avx512vl.json. BENCHMARK is a regular expression of benchmark names, whose
median cycles per compression count; without it, the kernel is timed by itself with eight tasks. What runs
between the calls of the kernel matters as well. Try what was found with a whole batch before you believe it:

    '^handshake/tls12-sha256/lanekdf-sha256_shani_avx512vl/batch:256$'

Keep the machine quiet meanwhile, and the program on a core of its own.
"""
import copy
import io
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import sha256_shani_avx512vl as generator

PARAMETERS = pathlib.Path(__file__).with_name("sha256_shani_avx512vl.json")
# The parameters that may be changed, and their bounds.
LISTS = {"distances": (1, 12), "sigma0": (-12, 8), "sigma1": (-12, 14), "add": (0, 10)}
NUMBERS = {"step": (8, 12), "second": (0, 6), "pair": (1, 8)}
LEAST_GAIN = 0.1  # cycles per compression: less is taken for noise


def json_text(parameters):
    """The text of the file, with each list on a line of its own."""
    parts = []
    for name, part in parameters.items():
        lines = ",\n".join(f'        "{key}": {json.dumps(value)}' for key, value in part.items())
        parts.append(f'    "{name}": {{\n{lines}\n    }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def nearby(value, low, high, steps):
    return min(max(value + random.choice(steps), low), high)


def change_one(part):
    key = random.choice([key for key in part for _ in range(3 if key in LISTS else 1)])
    if key == "distances" and random.random() < .2:
        part[key] = [random.randint(3, 9) for _ in range(random.choice([5, 6, 7, 8, 10, 12, 16]))]
    elif key in LISTS:
        i = random.randrange(len(part[key]))
        steps = [-2, -1, 1, 2] if key == "distances" else [-2, -1, -.5, .5, 1, 2]
        part[key][i] = nearby(part[key][i], *LISTS[key], steps)
    else:
        part[key] = nearby(part[key], *NUMBERS[key], [-1, -.5, .5, 1])


def is_possible(parameters):
    """Whether the schedule finds a register for every value."""
    try:
        generator.write(io.StringIO(), parameters)
    except SystemExit:
        return False
    return True


def measure(parameters, build, benchmark):
    """The cycles per compression, which are infinite if the kernel gives wrong answers."""
    PARAMETERS.write_text(json_text(parameters), encoding="ascii")
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


def main(build, seconds, benchmark="^kernel/sha256_shani_avx512vl/tasks:8$", seed=None):
    random.seed(seed)
    end = time.monotonic() + float(seconds)
    best = json.loads(PARAMETERS.read_text(encoding="ascii"))
    try:
        cycles = measure(best, build, benchmark)
        print(f"{cycles:.2f} at first", flush=True)
        while time.monotonic() < end:
            trial = copy.deepcopy(best)
            for _ in range(random.choice([1, 1, 2, 3])):
                change_one(random.choice(list(trial.values())))
            if not is_possible(trial):
                continue
            worst = 0
            for _ in range(2):
                worst = max(worst, measure(trial, build, benchmark))
                if worst > cycles - LEAST_GAIN:
                    break
            else:
                best, cycles = trial, worst
                print(f"{cycles:.2f}", flush=True)
    finally:
        PARAMETERS.write_text(json_text(best), encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
