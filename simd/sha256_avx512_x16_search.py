#!/usr/bin/env python3
"""Looks for better parameters of sha256_avx512_x16.py, on the CPU at hand.

    sha256_avx512_x16_search.py BUILD_DIR SECONDS [BENCHMARK [SEED]]

What is found is written to sha256_avx512_x16.json. kernel_search.py says how the search goes.
"""
import random
import sys

import sha256_avx512_x16 as generator
from kernel_search import Search


def change(parameters):
    """Moves a kind of operation, in most cases by a few places, or changes the lag."""
    times = parameters["times"]
    kind = random.choice([*times, "lag"])
    if kind == "lag":
        parameters["lag"] = random.choice([0, .25, .5, .75, 1])
    else:
        times[kind] = round(times[kind] + random.gauss(0, random.choice([.03, .15, .4])), 2)


if __name__ == "__main__":
    Search(generator, change).run(*sys.argv[1:])
