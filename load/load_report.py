#!/usr/bin/env python3
"""Writes report.html, which needs no other file, of the results of lanekdf load.

Usage: load_report.py FOLDER [RESULTS]

lanekdf load --report runs this: ahead of the run without RESULTS, to make the folder and to say what is
missing, and behind it with them. Without gnuplot the report has tables only, and says so.
"""
import html
import os
import shlex
import sys
import time

import gnuplot
import load_charts
from load_results import load, rate_text, time_text
from report_page import description_list, drawings, head, write

PERCENTILES = ("p50", "p90", "p99", "p99.9", "p99.99")
CLOCKS = {"work": "the work clock: time is the sum of what work took, without interruptions, so that a "
                  "machine may be shared with others",
          "real": "the real clock, the time stamp counter of the CPU; what took the thread away is counted"}
FOOTPRINTS = {"hot": "the caches stay hot", "l1": "the first-level caches are displaced",
              "l2": "the second-level caches are displaced"}

# Results name hosts, CPUs and files of others, whose control characters have no place in a page.
CONTROLS = {c: "\ufffd" for c in (*range(0x20), *range(0x7f, 0xa0)) if chr(c) != "\n"}

def of_any(point, cell):
    """The cell, unless nothing counted: then it would say that it took no time."""
    return cell if point["latency"]["n"] else ""


# The columns of the tables: heading, what it means, and the cell of a point.
COLUMNS = (
    ("load", "The share of what the engine does when all handshakes are there at once. The last two rows of "
             "a search are the highest rate that passed, and the lowest that failed.",
     lambda point: ", ".join([f"{100 * point['load']:.3g} %"] * (point["load"] > 0)
                             + [point["kind"]] * (point["kind"] != "rate"))),
    ("offered/s", "Handshakes per second that arrived, whether or not the engine kept up.",
     lambda point: rate_text(point["offered"]) if "offered" in point else ""),
    ("done/s", "Handshakes per second that were done.",
     lambda point: rate_text(point["rate"]) if "rate" in point else ""),
    ("busy", "The share of time that was no wait.", lambda point: f"{100 * point['busy']:.0f} %"),
    *((name, "", lambda point, name=name: time_text(point["percentiles"][name])
       if name in point["percentiles"] else "") for name in PERCENTILES),
    ("longest", "The time of the slowest handshake.",
     lambda point: of_any(point, time_text(point["latency"]["most_ns"]))),
    ("jobs", "Handshakes in a call, as a handshake finds them, itself included.",
     lambda point: of_any(point, f"{point['per_call_by_handshakes']:.2f}")),
    ("derivation", "The time of all calls, per handshake.",
     lambda point: of_any(point, time_text(point["derivation_ns"]))),
    ("theory p99", "What queueing theory makes of the times of the calls; where p99 is much longer, "
                   "something else than the engine took the time.",
     lambda point: time_text(point["theory"]["p99"]) if "theory" in point else ""),
)
PERCENTILES_MEAN = ("So many percent of handshakes took this time at most, from their intended arrival to "
                    "the end of all work; empty where fewer than a hundred took longer.")


def conditions(run):
    """What was done, in a sentence."""
    arrivals = {"poisson": "each for itself (Poisson)", "fixed": "at equal distances",
                "bursts": f"in bursts of {run['burst']}",
                "on-off": f"for {time_text(run['on_ns'])}, then none for {time_text(run['off_ns'])}",
                "trace": f"as {run['trace_length']:,} recorded ones"}[run["arrivals"]]
    hold = (f" Handshakes wait for {run['hold_n']} of them, up to {time_text(run['hold_ns'])}."
            if run["hold_n"] > 1 else "")
    return (f"Handshakes of {run['mix']} arrive {arrivals}, whether or not the loop has time for them, and "
            f"each counts from its arrival to the end of all work. The other work of each takes "
            f"{time_text(run['around_ns'])}, of which {time_text(run['before_ns'])} come before the "
            f"derivation; {FOOTPRINTS[run['footprint']]} by it. A call has {run['group']} handshakes at "
            f"most.{hold} Times are those of {CLOCKS[run['clock']]}.")


def figures(run):
    """Yields the highest rates, which most people look for, as far as there was a search."""
    found = {engine: run.found(engine) for engine in run.engines if run.found(engine)}
    if not found:
        return
    yield "<div class=figures>"
    for engine, point in found.items():
        slowest = min(found, key=lambda other: found[other]["offered"])
        notes = [run.objectives()]
        if run.n_cores() > 1:
            notes.append(f"on {run.n_cores()} cores together")
        if run.deviation(point):
            name, measured, expected = run.deviation(point)
            notes.append(("limited by more than the engine" if measured > expected
                          else "less than theory expects")
                         + f": {name} is {time_text(measured)}, by theory {time_text(expected)}")
        if engine != slowest:
            notes.append(f"{point['offered'] / found[slowest]['offered']:.2g} times {slowest}")
        yield (f"<div><b>{rate_text(point['offered'])}</b>handshakes/s by {html.escape(engine)}<br>"
               f"<span>{'<br>'.join(html.escape(note) for note in notes if note)}</span></div>")
    yield "</div>"


def meaning(run):
    """Yields what the columns mean that there are."""
    rows = [(name, text) for name, text, cell in COLUMNS if text and any(map(cell, run.points))]
    yield "<h2 id=tables>The figures</h2>"
    yield from description_list([("p50 to p99.99", PERCENTILES_MEAN)] + rows)


def table_of(run, engine):
    points = run.sweep(engine) + run.of_kind(engine, "passed") + run.of_kind(engine, "failed")
    columns = [(name, [cell(point) for point in points]) for name, _, cell in COLUMNS]
    columns = [(name, cells) for name, cells in columns if any(cells)]
    yield f"<h3>{html.escape(engine)}</h3>"
    if points:
        yield ("<div class='scroll dense'><table><tr>"
               + "".join(f"<th>{html.escape(name)}</th>" for name, _ in columns) + "</tr>")
        for row in zip(*(cells for _, cells in columns)):
            yield "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        yield "</table></div>"
    for note in notes(run, engine):
        yield f"<p class=note>{html.escape(note)}</p>"


def notes(run, engine):
    """Yields what is to be said about the runs of an engine."""
    points = [point for point in run.points if point["engine"] == engine]
    retaken = sum(point["retaken"] for point in points)
    search = run.searches.get(engine)
    wrong = sum(point["wrong"] for point in run.sweep(engine)) + (search["wrong"] if search else 0)
    if retaken:
        yield f"Calls that were interrupted were taken again {retaken:,} times."
    above = sum(point["latency"]["above"] for point in points)
    if above:
        yield f"{above:,} handshakes took longer than the histogram reaches, and have no percentiles."
    if wrong:
        yield f"Wrong outputs: {wrong:,}."
    if any("rate" not in point for point in points):
        yield ("Where a rate is missing, the machines were not at it at the same time, so that their rates "
               "do not add.")
    for point in run.sweep(engine):
        if point["gaps_ns"] > point["elapsed_ns"] / 1000:
            yield (f"The run that was {100 * point['busy']:.0f} % busy was disturbed: {point['gaps']:,} "
                   f"interruptions, {time_text(point['gaps_ns'])} together, "
                   f"{time_text(point['longest_gap_ns'])} the longest.")
    if search and "passed" not in search:
        yield (f"No rate met the objective; a handshake that meets no other takes "
               f"{time_text(search['least_ns'])}.")


def class_text(of_mix):
    """A class of a mix in words: "weight 3, cipher_suite c02f, ems"."""
    return ", ".join(name if value is True else f"{name} {value}"
                     for name, value in of_mix.items() if value is not False)


def what_ran(run):
    """Yields the classes of a mix, and the engines that were left out, with the reason."""
    for of_mix in run.get("classes", ()):
        yield "Class of the mix", class_text(of_mix)
    for engine in run.get("left_out", ()):
        yield "Left out", f"{engine['engine']}: {engine['reason']}"


def machines(run):
    """Yields what a run was made on, or each of several that were added."""
    for machine in run.get("machines", ()):
        yield "Machine", f"{machine['host']}, {machine['cpu']}: run {machine['run'][:8]} in {machine['file']}"
    for key, name in (("cpu", "CPU"), ("cpu_features", "CPU features"), ("host", "Host"),
                      ("system", "System"), ("compiler", "Compiler")):
        if key in run:
            yield name, run[key]


def about(run):
    yield "<h2>What it was measured on</h2>"
    rows = [("Clock", CLOCKS[run["clock"]]), ("Threads", str(run["threads"])), *what_ran(run),
            *machines(run),
            ("lanekdf", run["lanekdf"]), *run.libraries()]
    if run.points:
        begin = min(point["begin"] for point in run.points)
        rows.insert(0, ("Date", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(begin))))
    if "command" in run:
        rows.insert(0, ("Command", " ".join(map(shlex.quote, ["lanekdf", *run["command"]]))))
    if run.end["wrong"]:
        rows.append(("Wrong in the end",
                     f"{run.end['wrong']:,} of the {run.end['verified']:,} outputs that all engines derive"))
    if "own_ns" in run:
        rows.append(("The loop itself", f"takes {time_text(run['own_ns'])} per handshake"))
    yield from description_list(rows)


def page(run):
    has_gnuplot = gnuplot.can_write("svg")
    yield from head("lanekdf load")
    yield f"<p class=note>{html.escape(conditions(run))}</p>"
    yield from figures(run)
    if has_gnuplot:
        yield from drawings(load_charts.all_charts(run))
    else:
        yield f"<p class=note>{gnuplot.MISSING}.</p>"
    yield from meaning(run)
    for engine in run.engines:
        yield from table_of(run, engine)
    yield from about(run)
    yield "</body></html>"


def begin(folder):
    os.makedirs(folder, exist_ok=True)
    if not gnuplot.can_write("svg"):
        print(f"lanekdf: load: --report: {gnuplot.MISSING}. The report will have tables only",
              file=sys.stderr)


def page_of(results):
    """The text of the page; the program ends if the file has no results."""
    def end(wrong):
        raise SystemExit(f"lanekdf: load: --report: {results}: {wrong}")
    try:
        run = load(results)
    except OSError as error:
        end(error.strerror)
    except ValueError as error:
        end(error)
    try:
        return "\n".join(page(run)) + "\n"
    except KeyError as error:
        end(f"a line has no {error}")


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    folder = sys.argv[1]
    text = page_of(sys.argv[2]).translate(CONTROLS) if len(sys.argv) == 3 else None
    try:
        if text is None:
            begin(folder)
        else:
            write(os.path.join(folder, "report.html"), text)
    except OSError as error:
        raise SystemExit(f"lanekdf: load: --report {folder}: {error.strerror}") from error


if __name__ == "__main__":
    main()
