#!/usr/bin/env python3
"""Looks for better times of operations (sha2_streams.py), on the CPU at hand.

    sha2_streams_search.py KERNEL BUILD_DIR SECONDS [TASKS [SEED]]

What is found is written to KERNEL.json. kernel_search.py says how the search goes.
"""
import importlib
import random
import sys

from kernel_search import Search


def change(parameters):
    """Moves a kind of operation, in most cases by a few places, or changes the lag."""
    part = random.choice(list(parameters))
    times = parameters if part == "lag" else parameters[part]
    kind = "lag" if part == "lag" else random.choice(list(times))
    if kind == "lag":
        times["lag"] = random.choice([0, .25, .5, .75, 1])
    else:
        times[kind] = round(times[kind] + random.gauss(0, random.choice([.03, .15, .4])), 2)


if __name__ == "__main__":
    Search(importlib.import_module(sys.argv[1]), change).run(*sys.argv[2:])
