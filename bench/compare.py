#!/usr/bin/env python3
"""Compares two runs of bench/run.sh: of two machines, or of two versions on one
machine.

Each run is the folder that run.sh --out named, or the results.json in it. The
table says for each benchmark how much faster NEW is than OLD. The verdict is
"faster" or "slower" where that is not just noise, and "SLOWER" where NEW is
slower by more than the limit: a 99 % interval of the ratio, which is "from"
and "to", then lies wholly beyond it. The ratio is the median over all pairs
of an old and a new repetition, and the interval is made by drawing
repetitions again (bootstrap). "too few" says that there is no interval, as
fewer than three repetitions of a run were undisturbed.

What is compared is time: work done per second. With --cycles it is work done
per cycle of the core's clock, for two versions on one machine whose clock
changes from run to run; two machines of which one has half the clock are then
alike.

Exit status: 0 nothing is SLOWER, 1 something is, 2 there is nothing to
compare, an argument is wrong, or the picture cannot be drawn or written.
"""
import argparse
import os
import random
import re
import statistics
import sys

import gnuplot
from charts import is_kernel, rate_chart
from drawing import Bar, RowChart
from results import load, natural
from table import TITLES, bulk, prose, rounded, table, text

DRAWS = 1000
CONFIDENCE = 0.99
SAME_MACHINE = ("cpu", "compiler", "lanekdf", "openssl", "aws_lc", "ipsec_mb", "ipsec_mb_named", "kernels")


def load_run(path):
    """Takes a results.json, or the folder that it is in. ValueError: the file has something else."""
    file = os.path.join(path, "results.json") if os.path.isdir(path) else path
    try:
        results = load(file)
        results.context.get("cpu")
        if all(speed > 0 for entries in results.samples.values() for in_cycles in (False, True)
               for speed in speeds(entries, in_cycles)):
            return results
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        pass
    raise ValueError(f"{file} has no results of the benchmark")


def name_of(path):
    """The last part of the name of a run's folder."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    return os.path.basename(os.path.abspath(folder))


def speeds(entries, in_cycles):
    """The work per second or per core cycle: one number for each repetition. [] if the clock is not known."""
    if in_cycles and not all(entry.get("core_ghz", 0) > 0 for entry in entries):
        return []
    return [entry.get("items_per_second", 1e9 / entry["cpu_time"]) / (entry["core_ghz"] if in_cycles else 1)
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
        return "SLOWER"
    if high < 1:
        return "slower"
    return "faster" if low > 1 else "same"


def compare(old, new, limit, pattern, in_cycles):
    """Returns rows (name, ratio, low, high, verdict) of the benchmarks that both have, in the order of their
    names, and the names that only one of them has."""
    chosen = [{name for name in results.samples if re.search(pattern, name)} for results in (old, new)]
    rows = []
    for name in sorted(chosen[0] & chosen[1], key=natural):
        pair = [speeds(results.samples[name], in_cycles) for results in (old, new)]
        if all(pair):
            middle, low, high = ratio(*pair)
            rows.append((name, middle, low, high, verdict(low, high, limit)))
    return rows, sorted(chosen[0] - chosen[1], key=natural), sorted(chosen[1] - chosen[0], key=natural)


def change(value):
    return None if value is None else f"{100 * (value - 1):+.1f} %"


def clocks(old, new):
    pair = [results.clock() for results in (old, new)]
    return [f"core clock: {pair[0]:.2f} GHz in OLD, {pair[1]:.2f} GHz in NEW"] if all(pair) else []


def per_handshake(results, workload, size, in_cycles):
    """Handshakes per second of lanekdf, or cycles of each; None if unknown."""
    entries = results.samples.get(f"handshake/{workload}/lanekdf/batch:{size}", [])
    found = speeds(entries, in_cycles)
    return statistics.median(found) if found else None


def summary(old, new, in_cycles):
    """The lines on what lanekdf does in both runs, one handshake at a time and in bulk."""
    rows = []
    for workload, title in TITLES.items():
        for size in dict.fromkeys((1, min(bulk(old, workload), bulk(new, workload)))):
            pair = [per_handshake(results, workload, size, in_cycles) for results in (old, new)]
            if not all(pair):
                continue
            cells = [text(1e9 / value) if in_cycles else rounded(value) for value in pair]
            rows.append((f"  {title}, " + ("one at a time" if size == 1 else f"{size} in a call"),
                         cells + [f"{pair[1] / pair[0]:.2f}x"]))
    what = "cycles for a handshake" if in_cycles else "handshakes/s"
    return table(f"lanekdf, {what}", ["OLD", "NEW", "NEW against OLD"], rows) if rows else []


def alone(run, names):
    """Says what only one of the runs has; another CPU has other kernels, and so many names."""
    if len(names) > 10:
        return [f"only in {run}: {len(names)} benchmarks, the first of which is {names[0]}"]
    return [f"only in {run}: {name}" for name in names]


def report(old, new, limit, pattern, in_cycles=False):
    """Returns the lines to print, and the exit status."""
    rows, only_old, only_new = compare(old, new, limit, pattern, in_cycles)
    lines = [f"{key} differs: {old.context.get(key)} | {new.context.get(key)}"
             for key in SAME_MACHINE if old.context.get(key) != new.context.get(key)] + clocks(old, new)
    if not rows:
        return lines + ["nothing to compare: no benchmark is in both runs"
                        + (" with a known clock" if in_cycles else "")], 2
    what = "core cycles, whatever the clock" if in_cycles else "time"
    lines += [f"compared: {what}", ""]
    lines += table("speed, NEW against OLD", ["median", "from", "to", "verdict"],
                   [(name, [change(middle), change(low), change(high), word])
                    for name, middle, low, high, word in rows])
    lines += alone("OLD", only_old) + alone("NEW", only_new)
    slower = sorted((row for row in rows if row[4] == "SLOWER"), key=lambda row: row[1])
    if slower:
        lines += ["", f"SLOWER by more than {limit:g} %, the worst first:"]
        lines += [f"  {change(row[1]):>8}  {row[0]}" for row in slower]
    short = summary(old, new, in_cycles)
    lines += [""] + short if short else []
    words = [row[4] for row in rows]
    counts = ", ".join(f"{words.count(word)} {word}" for word in ("faster", "same", "slower", "too few")
                       if word in words)
    lines += ["", *prose(f"{len(rows)} compared by {'cycles' if in_cycles else 'time'}, {len(slower)} SLOWER "
                         f"by more than {limit:g} %" + (f"; {counts}" if counts else "")
                         + f"; median {change(statistics.median(row[1] for row in rows))}")]
    if "slower" in words:
        lines += prose(f"slower: more than noise, but not for sure by more than {limit:g} %")
    if "too few" in words:
        lines += prose("too few: no verdict, as fewer than three repetitions of OLD or NEW were undisturbed")
    return lines, 1 if slower else 0


def machine(results, name):
    """What a run is, in a line: OLD or NEW, and its CPU and clock."""
    clock = results.clock()
    return f"{name}: {results.context.get('cpu', 'unknown CPU')}" + (f", {clock:.2f} GHz" if clock else "")


def picture(old, new, names):
    """Returns an SVG of both runs: their rates beside each other, and lanekdf in both, by workload."""
    drawn = gnuplot.Picture("compared", "Two runs of the lanekdf benchmark", "More is better. The lines are "
                            "of TLS 1.2 with SHA-256; dashed ones are other libraries.")
    runs = [(results, machine(results, f"{word}, {name}"))
            for results, word, name in zip((old, new), ("OLD", "NEW"), names)]
    panels = [rate_chart(results, title=title, shows=lambda impl: not is_kernel(impl))
              for results, title in runs]
    panels = [panel for panel in panels if panel]
    if panels:
        drawn.add_beside(panels)
    groups = []
    for workload, title in TITLES.items():
        rows = []
        for size in dict.fromkeys((1, min(bulk(old, workload), bulk(new, workload)))):
            rates = [per_handshake(results, workload, size, False) for results in (old, new)]
            if all(rates):
                rows.append(("one at a time" if size == 1 else f"{size} in a call",
                             [Bar(rates[0] / 1e6, "pale-blue"),
                              Bar(rates[1] / 1e6, "blue", f"{rates[1] / rates[0]:.2f}x")]))
        if rows:
            groups.append((title, rows))
    if groups:
        drawn.add(RowChart("compared", "", "", "lanekdf, million handshakes/s", groups,
                           [("bar", "pale-blue", "OLD"), ("bar", "blue", "NEW")]))
    return drawn.svg()


def print_all(lines):
    """Prints the lines as far as somebody reads them: head, for one, ends in the middle. Without another
    output Python would fail once more at its end, when it writes out what it holds back."""
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", metavar="OLD", help="the folder of a run, or its results.json")
    parser.add_argument("new", metavar="NEW", help="the same of the run that is to be judged")
    parser.add_argument("--cycles", action="store_true", help="compare core cycles instead of time")
    parser.add_argument("--limit", type=float, default=5, metavar="PERCENT",
                        help="what NEW may be slower by (default: 5)")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only benchmarks whose name matches")
    parser.add_argument("--picture", metavar="FILE", help="also draw both runs, side by side, as an SVG file")
    arguments = parser.parse_args()
    try:
        pattern = re.compile(arguments.filter)
    except re.error as error:
        raise ValueError(f"--filter {arguments.filter}: {error}") from error
    old, new = load_run(arguments.old), load_run(arguments.new)
    lines, status = report(old, new, arguments.limit, pattern, arguments.cycles)
    print_all(lines)
    if arguments.picture:
        if not gnuplot.can_write("svg"):
            raise ValueError(gnuplot.MISSING)
        drawn = picture(old, new, tuple(map(name_of, (arguments.old, arguments.new))))
        with open(arguments.picture, "w", encoding="utf-8") as file:
            file.write(drawn)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError) as error:
        # The status of a traceback is 1, which says that something is SLOWER.
        print(f"compare.py: {error}", file=sys.stderr)
        sys.exit(2)
