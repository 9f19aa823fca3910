#!/usr/bin/env python3
"""Writes report.html, which needs no other file, and its charts as SVG and PNG.

Usage: report.py RESULTS.JSON FOLDER

Without gnuplot the report has tables only, and says so.
"""
import html
import os
import sys

import charts
import gnuplot
import table
from report_page import description_list, drawings, head, write
from results import load

ABOUT = (("command", "Command"), ("date", "Date"), ("cpu", "CPU"), ("cpu_features", "CPU features"),
         ("system", "System"), ("compiler", "Compiler"), ("lanekdf", "lanekdf"), ("openssl", "OpenSSL"),
         ("ipsec_mb", "intel-ipsec-mb"), ("ipsec_mb_named", "as named"), ("aws_lc", "AWS-LC"),
         ("kernel_choice", "Kernels chosen"), ("kernel_choice_sha384", "for SHA-384"))

# What each implementation is. The rows of lanekdf that are kept to a kernel have one sentence together.
IMPLEMENTATIONS = {
    "lanekdf": "This library, as a program uses it: all jobs of a call are handed over at once, and it takes "
               "the kernels that were the fastest for so many when it started.",
    "openssl": "OpenSSL's own functions for TLS keys (EVP_KDF, EVP_MAC), used as fast as they allow: one "
               "handshake after the other, with contexts and constant parameters kept.",
    "openssl-parameters": "The same with contexts kept and all parameters set in every call, for which "
                          "OpenSSL looks its hash up each time.",
    "openssl-libssl": "The same as OpenSSL's own TLS library does it: every call fetches the algorithm and "
                      "makes a context.",
    "openssl-as-libssl": "OpenSSL's PRF as its own TLS library calls it: every call fetches the algorithm "
                         "and makes a context.",
    "libcrypto-composed": "The keys put together by hand from OpenSSL's compression functions, as carefully "
                          "as can be, and nothing wiped: what to beat with a single handshake.",
    "aws-lc": "The PRF of AWS-LC's libcrypto, from the file that was named, one call after the other.",
    "ipsec-mb": "Intel's library for many hashes at once, intel-ipsec-mb. It has no TLS keys, so that they "
                "are put together here from its HMAC, in all handshakes of a call side by side.",
    "ipsec-mb+libcrypto": "The same, with the key of each HMAC set up by OpenSSL.",
    "ipsec-mb-named": "The same as ipsec-mb, with the version of the library that was named.",
    "ipsec-mb-named+libcrypto": "The same, with the key of each HMAC set up by OpenSSL.",
    "reference": "The text of the RFCs in plain C, with which the outputs of all others are compared.",
}
KERNELS = ("lanekdf, kept to one kernel, whatever the number of jobs. The name of a kernel says which hash "
           "it computes, and with which instructions.")


def about(results):
    rows = [(name, results.context[key]) for key, name in ABOUT if key in results.context]
    if results.clock():
        rows.append(("Core clock", f"{results.clock():.2f} GHz, median"))
    if results.rejected():
        rows.append(("Rejected", f"{results.rejected()} repetitions, because other programs disturbed them"))
    if results.busy():
        rows.append(("Time", results.busy()))
    yield from description_list(rows)


def implementations(results):
    """Yields a sentence for each implementation that was measured."""
    measured = results.all_impls()
    rows = [(results.title(impl), text) for impl, text in IMPLEMENTATIONS.items() if impl in measured]
    kernels = [results.title(impl) for impl in measured if charts.is_kernel(impl)]
    if kernels:
        rows.insert(1, ("kernels, by name", KERNELS + f" Here these are {', '.join(kernels)}."))
    yield "<h2>What was compared</h2>"
    yield from description_list(rows)


def figures(results):
    """Yields the few figures that most people look for."""
    def times(rate, peer, size):
        ours, theirs = rate, results.rate("handshake", table.MAIN, peer, f"batch:{size}")
        return f"{ours / theirs:.1f} times {results.title(peer)}" if ours and theirs else ""

    found = []
    for size in (1, table.bulk(results, table.MAIN)):
        rate = results.rate("handshake", table.MAIN, "lanekdf", f"batch:{size}")
        if rate:
            floor = table.percent(results.of_floor(f"handshake/{table.MAIN}/lanekdf/batch:{size}"))
            notes = [times(rate, peer, size) for peer in ("openssl", "ipsec-mb", "ipsec-mb+libcrypto")]
            notes.append(floor and f"{floor} of the floor")
            found.append((table.rounded(rate), "handshakes/s, "
                          + ("one at a time" if size == 1 else f"{size} in a call"),
                          "<br>".join(html.escape(note) for note in notes if note)))
    if found:
        yield "<div class=figures>"
        for rate, what, notes in found:
            yield f"<div><b>{rate}</b>{html.escape(what)}<br><span>{notes}</span></div>"
        yield "</div>"


def rates(results, workload):
    """Yields a table for one workload, at the batch sizes that most people look for."""
    batches = [batch for batch in (1, 2, 4, 8, 16, 64, 256) if batch in results.batches(workload, "lanekdf")]
    if not batches:
        return
    names = {impl: [f"handshake/{workload}/{impl}/batch:{batch}" for batch in batches]
             for impl in results.impls(workload)}
    per_second = {impl: [results.median(name, "items_per_second") for name in names[impl]] for impl in names}
    rows = [("lanekdf, million/s", [f"{rate / 1e6:.2f}" for rate in per_second["lanekdf"]])]
    for peer in table.PEERS:
        if any(per_second.get(peer, [])):
            rows.append((f"against {results.title(peer)}",
                         [table.ratio(*pair) for pair in zip(per_second["lanekdf"], per_second[peer])]))
    rows += table.floor_row(results, "of the floor", names["lanekdf"])
    yield f"<h2>{html.escape(table.TITLES[workload])}</h2>"
    text = f"{workload}: {results.context.get('workload/' + workload, '')}"
    yield f"<p class=note>{html.escape(text)}</p>"
    yield ("<div class=scroll><table><tr><th>handshakes in a call</th>"
           + "".join(f"<th>{batch}</th>" for batch in batches) + "</tr>")
    for name, cells in rows:
        texts = [html.escape(cell or "").replace("x", "&times;") for cell in cells]
        yield f"<tr><td>{html.escape(name)}</td>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"
    yield "</table></div>"


def page(results):
    all_charts = charts.all_charts(results) if gnuplot.can_write("svg") else []
    yield from head("lanekdf benchmark")
    yield ("<p class=note>How fast the keys of TLS handshakes are derived, from the secret of the key "
           "exchange to all keys of the session, on one thread unless said. A handshake has more to do than "
           "that: its key exchange and its signature take many times as long, as bench/run.sh prints below "
           "its tables.</p>")
    yield from figures(results)
    yield ("<p>All figures: <a href=results.json>results.json</a>, beside this file; <a href=#tables>all "
           "tables</a>, below.</p>")
    if not gnuplot.can_write("svg"):
        yield f"<p class=note>{gnuplot.MISSING}.</p>"
    yield from drawings(all_charts[:1])
    yield from implementations(results)
    for workload in table.TITLES:
        yield from rates(results, workload)
    yield from drawings(all_charts[1:])
    yield "<h2>What it was measured on</h2>"
    yield from about(results)
    yield "<h2 id=tables>All tables</h2><pre>"
    yield html.escape("\n".join(table.report(results)))
    yield "</pre></body></html>"


def write_charts(results, folder):
    if not gnuplot.can_write("svg"):
        print(f"report.py: {gnuplot.MISSING}", file=sys.stderr)
        return
    has_png = gnuplot.can_write("pngcairo")
    for chart in charts.all_charts(results):
        picture, path = gnuplot.picture_of(chart), os.path.join(folder, chart.name)
        write(path + ".svg", picture.svg())
        if has_png:
            picture.write_png(path + ".png")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    results, folder = load(sys.argv[1]), sys.argv[2]
    if not results.samples:
        raise SystemExit("report.py: no repetition was accepted")
    write_charts(results, folder)
    write(os.path.join(folder, "report.html"), "\n".join(page(results)) + "\n")


if __name__ == "__main__":
    main()
