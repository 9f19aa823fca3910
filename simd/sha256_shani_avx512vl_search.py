#!/usr/bin/env python3
"""Looks for better parameters of sha256_shani_avx512vl.py, on the CPU at hand.

    sha256_shani_avx512vl_search.py BUILD_DIR SECONDS [TASKS [SEED]]

What is found is written to sha256_shani_avx512vl.json. kernel_search.py says how the search goes.
"""
import random
import sys

import sha256_shani_avx512vl as generator
from kernel_search import Search

# The parameters that may be changed, and their bounds.
LISTS = {"distances": (1, 12), "sigma0": (-12, 8), "sigma1": (-12, 14), "add": (0, 10)}
NUMBERS = {"step": (8, 12), "second": (0, 6), "pair": (1, 8)}


def nearby(value, low, high, steps):
    return min(max(value + random.choice(steps), low), high)


def change(parameters):
    part = random.choice(list(parameters.values()))
    key = random.choice([key for key in part for _ in range(3 if key in LISTS else 1)])
    if key == "distances" and random.random() < .2:
        part[key] = [random.randint(3, 9) for _ in range(random.choice([5, 6, 7, 8, 10, 12, 16]))]
    elif key in LISTS:
        i = random.randrange(len(part[key]))
        steps = [-2, -1, 1, 2] if key == "distances" else [-2, -1, -.5, .5, 1, 2]
        part[key][i] = nearby(part[key][i], *LISTS[key], steps)
    else:
        part[key] = nearby(part[key], *NUMBERS[key], [-1, -.5, .5, 1])


if __name__ == "__main__":
    Search(generator, change).run(*sys.argv[1:])
