#!/usr/bin/env python3
"""Compares two results.json files and says what became slower, as far as their noise allows.

Usage: compare.py OLD NEW [--limit PERCENT] [--filter REGEX]

A benchmark is a regression if NEW is slower than OLD by more than the limit (default: 5) and that is not
just noise: a 99 % interval of the ratio lies wholly beyond the limit. The ratio is the median over all pairs
of an old and a new repetition, and the interval is made by drawing repetitions again (bootstrap). Both are
ratios of the work done per core cycle where the core clock is known, since clocks change from run to run, and
of the work done per second elsewhere.

Exit status: 0 no regression, 1 regressions, 2 nothing to compare.
"""
import argparse
import random
import re
import statistics
import sys

from results import load
from table import table

DRAWS = 1000
CONFIDENCE = 0.99
SAME_MACHINE = ("cpu", "compiler", "openssl", "aws_lc", "ipsec_mb", "ipsec_mb_named", "kernels")


def speeds(entries):
    """The work per core cycle, or per second where the clock is not known: one number for each repetition."""
    has_clock = all(entry.get("core_ghz", 0) > 0 for entry in entries)
    return [entry.get("items_per_second", 1e9 / entry["cpu_time"]) / (entry["core_ghz"] if has_clock else 1)
            for entry in entries]


def ratio(old, new):
    """Returns (ratio, low, high) of speeds. low and high are None if there are too few repetitions."""
    middle = statistics.median(b / a for a in old for b in new)
    if len(old) < 3 or len(new) < 3:
        return middle, None, None
    draw = random.Random(1)  # a fixed seed gives the same verdict on the same files
    ratios = sorted(statistics.median(draw.choices(new, k=len(new)))
                    / statistics.median(draw.choices(old, k=len(old))) for _ in range(DRAWS))
    tail = int(DRAWS * (1 - CONFIDENCE) / 2)
    return middle, ratios[tail], ratios[-1 - tail]


def verdict(low, high, limit):
    if low is None:
        return "too few"
    if high < 1 - limit / 100:
        return "REGRESSION"
    if high < 1:
        return "slower"
    return "faster" if low > 1 else "same"


def compare(old, new, limit, pattern):
    """Returns rows (name, ratio, low, high, verdict) of the benchmarks that both have, the slowest first, and
    the names that only one of them has."""
    chosen = [{name for name in results.samples if re.search(pattern, name)} for results in (old, new)]
    rows = []
    for name in chosen[0] & chosen[1]:
        middle, low, high = ratio(speeds(old.samples[name]), speeds(new.samples[name]))
        rows.append((name, middle, low, high, verdict(low, high, limit)))
    rows.sort(key=lambda row: (row[1], row[0]))
    return rows, sorted(chosen[0] - chosen[1]), sorted(chosen[1] - chosen[0])


def change(value):
    return None if value is None else f"{100 * (value - 1):+.1f} %"


def report(old, new, limit, pattern):
    """Returns the lines to print, and the exit status."""
    rows, only_old, only_new = compare(old, new, limit, pattern)
    lines = [f"{key} differs: {old.context.get(key)} | {new.context.get(key)}"
             for key in SAME_MACHINE if old.context.get(key) != new.context.get(key)]
    if not rows:
        return lines + ["no benchmark is in both files"], 2
    lines += table("speed, NEW against OLD", ["median", "from", "to", "  verdict"],
                   [(name, [change(middle), change(low), change(high), "  " + word])
                    for name, middle, low, high, word in rows])
    lines += [f"only in OLD: {name}" for name in only_old] + [f"only in NEW: {name}" for name in only_new]
    words = [row[4] for row in rows]
    n_regressions = words.count("REGRESSION")
    counts = ", ".join(f"{words.count(word)} {word}" for word in ("faster", "same", "slower", "too few")
                       if word in words)
    median = change(statistics.median(row[1] for row in rows))
    lines.append(f"{len(rows)} compared, {n_regressions} slower by more than {limit:g} %"
                 + (f"; {counts}" if counts else "") + f"; median {median}")
    return lines, 1 if n_regressions else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--limit", type=float, default=5, metavar="PERCENT")
    parser.add_argument("--filter", default="", metavar="REGEX")
    arguments = parser.parse_args()
    try:
        old, new = load(arguments.old), load(arguments.new)
    except (OSError, ValueError, KeyError) as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    lines, status = report(old, new, arguments.limit, arguments.filter)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
