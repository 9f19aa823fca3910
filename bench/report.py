#!/usr/bin/env python3
"""Writes report.html, which needs no other file, and its charts as SVG and PNG.

Usage: report.py [--svg-only] RESULTS.JSON FOLDER

Without gnuplot the report has tables only, and says so.
"""
import html
import os
import sys

import charts
import gnuplot
import table
from results import load

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 62rem;
       margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin: 2.5rem 0 0; } p { margin: .3rem 0; }
.note { color: #555; } svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .8rem; text-align: right;
       border-bottom: 1px solid #ddd; } td:first-child, th:first-child { text-align: left; padding-left: 0; }
pre { font: 12.5px/1.4 ui-monospace, monospace; overflow-x: auto; background: #f6f7f9; padding: 1rem; }
dt { float: left; clear: left; width: 9rem; color: #555; } dd { margin-left: 9rem; }
"""

ABOUT = (("command", "Command"), ("date", "Date"), ("cpu", "CPU"), ("cpu_features", "CPU features"),
         ("system", "System"), ("compiler", "Compiler"), ("lanekdf", "lanekdf"), ("openssl", "OpenSSL"),
         ("ipsec_mb", "intel-ipsec-mb"), ("ipsec_mb_named", "as named"), ("aws_lc", "AWS-LC"),
         ("kernel_choice", "Kernels chosen"),
         ("kernel_choice_sha384", "for SHA-384"), ("repetitions_rejected", "Rejected"))


def about(results):
    yield "<dl>"
    for key, name in ABOUT:
        if key in results.context:
            yield f"<dt>{name}</dt><dd>{html.escape(results.context[key])}</dd>"
    clock = results.clock()
    if clock:
        yield f"<dt>Core clock</dt><dd>{clock:.2f} GHz, median</dd>"
    yield "</dl>"


def summary(results, workload):
    """Yields the figures that most people look for."""
    batches = [batch for batch in (1, 2, 4, 8, 16, 64, 256) if batch in results.batches(workload, "lanekdf")]
    if not batches:
        return
    names = {impl: [f"handshake/{workload}/{impl}/batch:{batch}" for batch in batches]
             for impl in results.impls(workload)}
    rates = {impl: [results.median(name, "items_per_second") for name in names[impl]] for impl in names}
    rows = [("lanekdf, million handshakes/s", [f"{rate / 1e6:.2f}" for rate in rates["lanekdf"]])]
    for peer in table.PEERS:
        if any(rates.get(peer, [])):
            rows.append((f"against {results.title(peer)}",
                         [table.ratio(*pair) for pair in zip(rates["lanekdf"], rates[peer])]))
    rows += table.floor_row(results, "of the floor", names["lanekdf"])
    yield f"<p>{html.escape(workload)}: {html.escape(results.context.get('workload/' + workload, ''))}.</p>"
    yield ("<table><tr><th>handshakes in a call</th>" + "".join(f"<th>{batch}</th>" for batch in batches)
           + "</tr>")
    for name, cells in rows:
        texts = [html.escape(cell or "").replace("x", "&times;") for cell in cells]
        yield f"<tr><td>{html.escape(name)}</td>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"
    yield "</table>"


def drawings(results, folder, with_png):
    if not gnuplot.is_installed():
        yield ("<p class=note>There are no charts: gnuplot is not installed (Debian: gnuplot-nox). "
               "Install it and run the benchmark again.</p>")
        return
    for chart in charts.all_charts(results):
        svg = gnuplot.draw(chart, folder, with_png)
        yield f"<h2>{html.escape(chart.title)}</h2><p class=note>{html.escape(chart.text)}</p>"
        yield svg or "<p>gnuplot could not draw this one.</p>"


def page(results, folder, with_png):
    yield "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>lanekdf benchmark</title>"
    yield "<meta name=viewport content='width=device-width'>"
    yield f"<style>{STYLE}</style></head><body>"
    yield "<h1>lanekdf benchmark</h1>"
    yield ("<p class=note>TLS handshakes: from the pre-master secret to all session keys. "
           "One thread unless said.</p>")
    for workload in (table.MAIN, table.SHA384, table.TLS13, table.QUIC):
        yield from summary(results, workload)
    yield from about(results)
    yield from drawings(results, folder, with_png)
    yield "<h2>All tables</h2><pre>"
    yield html.escape("\n".join(table.report(results)))
    yield "</pre></body></html>"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--svg-only"]
    if len(arguments) != 2:
        raise SystemExit(__doc__)
    results, folder = load(arguments[0]), arguments[1]
    if not results.samples:
        raise SystemExit("report.py: no repetition was accepted")
    text = "\n".join(page(results, folder, "--svg-only" not in sys.argv)) + "\n"
    part = os.path.join(folder, "report.html.part")
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(part, os.path.join(folder, "report.html"))


if __name__ == "__main__":
    main()
