#!/usr/bin/env python3
"""Prints results.json (Google Benchmark's JSON) as compact tables, or as a summary of a few lines.

Usage: table.py [--summary] RESULTS.JSON
"""
import sys
import textwrap

from results import load, number_of

PEERS = ("openssl", "openssl-parameters", "openssl-libssl", "libcrypto-composed", "aws-lc", "ipsec-mb",
         "ipsec-mb+libcrypto", "ipsec-mb-named", "ipsec-mb-named+libcrypto")
STAGE_PEERS = ("openssl", "libcrypto-composed", "ipsec-mb+libcrypto")
MAIN = "tls12-sha256"
SHA384 = "tls12-sha384"
TLS13, QUIC = "tls13-sha256", "quic-initial-client"
MIX = "tls12-mix"
TITLES = {MAIN: "TLS 1.2, SHA-256", SHA384: "TLS 1.2, SHA-384", TLS13: "TLS 1.3, SHA-256",
          QUIC: "QUIC, first packet"}
ORDERS = (("tls-all", "tls-all-sorted"), ("tls13-mix", "tls13-mix-sorted"))  # random, sorted by shape


WIDTH = 80  # columns of a terminal


def prose(line):
    """Breaks a line of text where it is too long."""
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_long_words=False,
                         break_on_hyphens=False) or [""]


def table(corner, columns, rows):
    """Returns lines. rows are (name, cells); a cell is a number, a text, or None, which is left empty. A row
    without cells is a heading of those below it. Columns stand closer where the table is too broad."""
    rows = [(name, [text(cell) for cell in cells]) for name, cells in rows]
    widths = [max(len(cell) for cell in (column, *(cells[i] for _, cells in rows if cells)))
              for i, column in enumerate(columns)]
    width = max(len(corner), *(len(name) for name, cells in rows if cells))
    gap = 2 if width + sum(widths) + 2 * len(columns) <= WIDTH else 1
    return [(name.ljust(width) + "".join(" " * gap + cell.rjust(room) for cell, room in zip(cells, widths)))
            .rstrip() for name, cells in [(corner, columns)] + rows]


def text(cell):
    if cell is None or isinstance(cell, str):
        return cell or ""
    return f"{cell:.{3 if cell < 9.9995 else 1 if cell < 99.95 else 0}f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.{2 if ours < 9.995 * theirs else 1}f}x" if ours and theirs else None


def percent(value):
    return None if value is None else f"{value:.{1 if value < 9.95 else 0}f} %"


def floor_row(results, title, names):
    """The row with the percentages of the floor, or no row where none is known."""
    cells = [results.of_floor(name) for name in names]
    return [(title, [percent(cell) for cell in cells])] if any(cells) else []


def handshake_table(results, workload):
    impls = results.impls(workload)
    batches = sorted({batch for impl in impls for batch in results.batches(workload, impl)})
    rates = {impl: [results.rate("handshake", workload, impl, f"batch:{batch}") for batch in batches]
             for impl in impls}
    rows = []
    for impl in impls:
        if not any(rates[impl]):
            continue
        rows.append((results.title(impl), [rate and rate / 1e6 for rate in rates[impl]]))
    against = [(results.title(peer), [ratio(*pair) for pair in zip(rates["lanekdf"], rates[peer])])
               for peer in PEERS if any(rates.get("lanekdf", [])) and any(rates.get(peer, []))]
    floors = []
    for impl in impls:
        floors += floor_row(results, results.title(impl),
                            [f"handshake/{workload}/{impl}/batch:{batch}" for batch in batches])
    for heading, part in (("lanekdf against", against), ("of the floor", floors)):
        rows += [(heading, [])] + [("  " + name, cells) for name, cells in part] if part else []
    if not rows:
        return
    yield ""
    yield from prose(f"{workload}: {results.context.get('workload/' + workload, '')}")
    yield from table("million/s at batch size", [str(batch) for batch in batches], rows)


def handshake_tables(results):
    for workload in results.workloads():
        if not any(workload in orders for orders in ORDERS):
            yield from handshake_table(results, workload)


def stage_table(results):
    """Shows each stage of the key schedule by itself, at the few batch sizes that it is measured at."""
    rows, batches = [], sorted({number_of(part) for part in results.parts("stage", 3)})
    for workload in results.parts("stage", 1):
        names = {impl: [f"stage/{workload}/{impl}/batch:{batch}" for batch in batches]
                 for impl in ("lanekdf",) + STAGE_PEERS}
        rates = {impl: [results.rate(name) for name in names[impl]] for impl in names}
        if any(rates["lanekdf"]):
            rows.append((workload, [rate and 1e9 / rate for rate in rates["lanekdf"]]))
            rows += [(f"  against {results.title(peer)}",
                      [ratio(*pair) for pair in zip(rates["lanekdf"], rates[peer])])
                     for peer in STAGE_PEERS if any(rates[peer])]
            rows += floor_row(results, "  of the floor", names["lanekdf"])
    if rows:
        yield ""
        yield "Stages of TLS 1.3 by themselves"
        for workload in results.parts("stage", 1):
            yield from prose(f"  {workload}: {results.context.get('workload/' + workload, '')}")
        yield from table("ns for one job at batch size", [str(batch) for batch in batches], rows)


def packet_table(results):
    """Shows a packet reader's whole work on first packets, keys and opening."""
    rows, batches = [], sorted({number_of(part) for part in results.parts("quic-open", 2)})
    rates = {impl: [results.rate(f"quic-open/{impl}/batch:{batch}") for batch in batches]
             for impl in results.parts("quic-open", 1)}
    for impl in rates:
        rows.append((results.title(impl), [rate and 1e9 / rate for rate in rates[impl]]))
    rows += [(f"lanekdf against {results.title(peer)}",
              [ratio(*pair) for pair in zip(rates.get("lanekdf", []), rates[peer])])
             for peer in PEERS if any(rates.get(peer, []))]
    if rows:
        yield ""
        yield from prose(f"quic-open: {results.context.get('workload/quic-open', '')}")
        yield from table("ns for one packet at batch size", [str(batch) for batch in batches], rows)


def mix_table(results):
    """Compares the mix with the uniform workload, by compressions, and shows its lane fill."""
    rows, fills = [], []
    batches = results.batches(MIX, "lanekdf")
    for impl in results.impls(MIX):
        pairs = [[results.median(f"handshake/{workload}/{impl}/batch:{batch}", "ns_per_compression")
                  for workload in (MAIN, MIX)] for batch in batches]
        if all(None in pair for pair in pairs):
            continue
        rows.append((results.title(impl),
                     [None if None in pair else percent(100 * pair[0] / pair[1]) for pair in pairs]))
        fill = [results.median(f"handshake/{MIX}/{impl}/batch:{batch}", "lane_fill") for batch in batches]
        if any(value is not None and value < 1 for value in fill):
            fills.append(("  " + results.title(impl), [value and percent(100 * value) for value in fill]))
    if rows:
        yield ""
        yield f"{MIX}, rate per compression against {MAIN}"
        yield from table("at batch size", [str(batch) for batch in batches],
                         rows + [("lanes in use", [])] + fills)


def order_table(results, random, sort):
    """Compares items of many shapes in random order with the same items, sorted."""
    batches = results.batches(random, "lanekdf")
    names = {order: [f"handshake/{order}/lanekdf/batch:{batch}" for batch in batches]
             for order in (random, sort)}
    rates, fill = ({order: [results.median(name, key) for name in names[order]] for order in names}
                   for key in ("items_per_second", "lane_fill"))
    if not any(rates[random]) or not any(rates[sort]):
        return
    yield ""
    yield from prose(f"{random}: {results.context.get('workload/' + random, '')}")
    yield from table("million items/s at batch size", [str(batch) for batch in batches],
                     [("random order", [rate and rate / 1e6 for rate in rates[random]]),
                      ("sorted by shape", [rate and rate / 1e6 for rate in rates[sort]]),
                      ("random against sorted",
                       [percent(100 * a / b) if a and b else None for a, b in zip(*rates.values())])]
                     + floor_row(results, "random order, of the floor", names[random])
                     + floor_row(results, "sorted by shape, of the floor", names[sort])
                     + [(f"lanes in use, {name}", [value and percent(100 * value) for value in fill[order]])
                        for order, name in ((random, "random"), (sort, "sorted")) if any(fill[order])])
    yield from prose("Lanes of the hashes that have kernels of more than one; the others are always full.")


def order_tables(results):
    for orders in ORDERS:
        yield from order_table(results, *orders)


def exporter_table(results):
    """Shows what a prepared secret saves."""
    groups = ("exporter", "exporter-prepared")
    batches = sorted({number_of(part) for part in results.parts(groups[0], 3)})
    names = [[f"{group}/lanekdf/out:32/batch:{batch}" for batch in batches] for group in groups]
    ns = [[rate and 1e9 / rate for rate in map(results.rate, row)] for row in names]
    if not batches or not all(ns[0] + ns[1]):
        return
    yield ""
    yield from prose(f"exporter: {results.context.get('workload/exporter', '')}")
    yield from table("ns for one export at batch size", [str(batch) for batch in batches],
                     [("from the master secret", ns[0]), ("from a prepared secret", ns[1]),
                      ("the one against the other", [ratio(*pair) for pair in zip(*ns)])]
                     + floor_row(results, "from the master secret, of the floor", names[0])
                     + floor_row(results, "from a prepared secret, of the floor", names[1]))


def calls(results):
    """Yields (title, {impl: (hot, cold) names}) for all that is called with one job at a time."""
    for workload in results.workloads():
        impls = results.impls(workload + "-cold")
        yield workload, {impl: [f"handshake/{name}/{impl}/batch:1" for name in (workload, workload + "-cold")]
                         for impl in impls}
    impls = dict.fromkeys(results.parts("prf", 1) + results.parts("prf-cold", 1))
    yield "prf", {impl: [f"{group}/{impl}/out:48/batch:1" for group in ("prf", "prf-cold")] for impl in impls}


def call_rates(results):
    """Yields (title, {impl: (hot, cold) rates})."""
    for title, impls in calls(results):
        yield title, {impl: [results.rate(name) for name in names] for impl, names in impls.items()}


def call_table(results):
    rows = []
    for title, impls in calls(results):
        ours = impls.get("lanekdf", ("", ""))
        for impl, names in impls.items():
            cells = []
            for name, own in zip(names, ours):
                rate = results.rate(name)
                cells += [rate and 1e9 / rate, "" if impl == "lanekdf" else ratio(results.rate(own), rate),
                          percent(results.of_floor(name))]
            rows.append((f"{title}, {results.title(impl)}", cells))
    if rows:
        yield ""
        yield "One call at a time, hot and with caches displaced in between; ratios: lanekdf"
        yield "against it; percentages: of the floor, which knows no caches"
        if "workload/prf" in results.context:
            yield from prose(f"prf: {results.context['workload/prf']}")
        yield from table("ns", ["hot", "ratio", "floor", "cold", "ratio", "floor"], rows)


def thread_table(results):
    names = [name for name in results.samples if "/threads:" in name]
    if not names:
        return
    names = dict(sorted((number_of(name.rsplit("/", 1)[1]), name) for name in names))
    threads = {n: results.rate(name) for n, name in names.items()}
    one = threads.get(1)
    yield ""
    yield f"Threads, {next(iter(names.values())).rsplit('/', 1)[0]}, a context for each"
    yield from table("threads", [str(n) for n in names],
                     [("million handshakes/s", [rate / 1e6 for rate in threads.values()]),
                      ("against one", [ratio(rate, one) for rate in threads.values()])]
                     + floor_row(results, "each, of the floor", names.values()))


def kernel_table(results):
    tasks = sorted(results.parts("kernel", 2), key=number_of)
    if not tasks:
        return
    kernels = results.parts("kernel", 1)
    key, unit = "cycles_per_compression", "core cycles"
    if all(results.median(name, key) is None for name in results.samples):
        key, unit = "ns_per_compression", "ns"
    names = {kernel: [f"kernel/{kernel}/{task}" for task in tasks] for kernel in kernels}
    yield ""
    yield from prose("Kernels by themselves; the step is one operation in all lanes of a task, in a row of "
                     "such that each wait for the one before")
    yield from table(f"{unit} per compression at tasks", [str(number_of(task)) for task in tasks] + ["step"],
                     [(kernel, [results.median(name, key) for name in names[kernel]]
                       + [step(results, kernel, key)]) for kernel in kernels]
                     + [row for kernel in kernels
                        for row in floor_row(results, f"{kernel}, of its floor",
                                             names[kernel] + [f"step/{kernel}"])])


def step(results, kernel, key):
    """The time of an operation in all lanes of a task that waits for the one before; None if not measured."""
    lanes, value = (results.median(f"step/{kernel}", name) for name in ("compressions", key))
    return lanes and value and lanes * value


FLOOR = (
    "The floor of a call is what this core takes for it at least. For each kernel that may be used, a "
    "call takes no less than its longest path of compressions that wait for each other times the kernel's "
    "step, and no less than all of its compressions times the kernel's ceiling; the floor is the higher "
    "of the two, on the kernel where that is least. A kernel with two ways counts as two kernels. The "
    "ceiling counts the instructions that a compression cannot do without, at the rate at which the core "
    "issues them; the step is a compression that waits for the one before. Both are of this core, "
    "measured here, not of the kernel. Where hashes are mixed, their floors add up. For lanekdf kept to a "
    "kernel, and for kernels by themselves, only that kernel may be used. In core cycles per compression:")


def floor_legend(results):
    """Says what the percentages refer to."""
    found = {key.split("/")[1]: value for key, value in results.context.items()
             if key.startswith("ceiling/") and value != "unknown"}
    if not found:
        return
    yield ""
    yield from textwrap.wrap(FLOOR, WIDTH)
    for kernel, value in found.items():
        yield from prose(f"  {kernel}: {value}")


def choices(results):
    """Lists what those implementations chose that choose by themselves."""
    found = {}
    for name, entries in results.samples.items():
        label = entries[0].get("label")
        parts = name.split("/")
        impl = parts[2] if parts[0] in ("handshake", "stage") else parts[1]
        if label and not impl.startswith("lanekdf"):
            found.setdefault(impl, {}).setdefault(label, None)
    for impl, labels in found.items():
        yield from prose(f"{results.title(impl)} at its fastest here: {', '.join(sorted(labels))}")


def version(context, library):
    """The version of a library or, of one that is not there, how it would be measured."""
    return context[library].replace("missing (", "not measured (", 1)


def header(results):
    context = results.context
    clock = results.clock()
    for line in (f"lanekdf {context['lanekdf']}; {context['openssl']}; {context['compiler']}",
                 f"intel-ipsec-mb {version(context, 'ipsec_mb')}; another version of it: "
                 + version(context, "ipsec_mb_named"),
                 f"AWS-LC: {version(context, 'aws_lc')}",
                 f"{context['cpu']}, {context['num_cpus']} CPUs, one thread unless said"
                 + (f", core clock {clock:.2f} GHz" if clock else "") + f"; {context['date']}",
                 "lanekdf's choice of kernel, from so many jobs of one shape on: "
                 + context["kernel_choice"]):
        yield from prose(line)
    if context.get("kernel_choice_sha384"):
        yield from prose(f"  for SHA-384: {context['kernel_choice_sha384']}")
    yield "Rows named as a kernel, such as sha256_scalar: lanekdf, kept to that kernel"
    yield from choices(results)


def footer(results):
    context = results.context
    spread = results.spread()
    yield ""
    yield from prose(
        f"Medians of {results.repetitions()} repetitions, all benchmarks interleaved at random." + (
            f" Interquartile range: {spread[0]:.1f} % typical, {spread[1]:.0f} % worst." if spread else ""))
    if results.rejected():
        yield from prose(
            f"Repetitions rejected, because a probe of the core's throughput showed a disturbance: "
            f"{results.rejected()}."
            + (f" Benchmarks that have fewer for it: {context['benchmarks_with_fewer_repetitions']}."
               if context.get("benchmarks_with_fewer_repetitions", "0") != "0" else ""))
        if context.get("benchmarks_without_repetitions"):
            yield from prose(f"No repetition was undisturbed: {context['benchmarks_without_repetitions']}")
    if results.busy():
        yield from prose(f"The run took {results.busy()}.")
    if context.get("library_build_type") == "debug":
        yield from prose('("library_build_type": "debug" in results.json is Google Benchmark itself, as '
                         'Debian builds it; what is timed was built here, as Release.)')


def report(results):
    if not results.samples:
        raise SystemExit("table.py: no repetition was accepted")
    for part in (header, handshake_tables, mix_table, order_tables, stage_table, packet_table, call_table,
                 exporter_table, thread_table, kernel_table, floor_legend, footer):
        yield from part(results)


BULK = 256  # what a planner may take for a batch on a busy server
SUMMARY_PEERS = ("openssl", "ipsec-mb", "ipsec-mb+libcrypto")


def bulk(results, workload):
    """The batch size that stands for bulk: BULK or, where that was not measured, the largest one."""
    sizes = results.batches(workload, "lanekdf")
    return BULK if BULK in sizes else max(sizes, default=0)


def rounded(rate):
    """The rate with three digits, since more would change from run to run."""
    return rate and f"{float(f'{rate:.2e}'):,.0f}"


def summary_rows(results, workload):
    sizes = (1, bulk(results, workload))
    own = [results.rate("handshake", workload, "lanekdf", f"batch:{size}") for size in sizes]
    yield "  lanekdf", [cell for rate in own for cell in (rounded(rate), "")]
    for peer in SUMMARY_PEERS:
        rates = [results.rate("handshake", workload, peer, f"batch:{size}") for size in sizes]
        if any(rates):
            yield ("  " + results.title(peer),
                   [cell for ours, theirs in zip(own, rates)
                    for cell in (rounded(theirs), ratio(ours, theirs))])
    floors = [results.of_floor(f"handshake/{workload}/lanekdf/batch:{size}") for size in sizes]
    if any(floors):
        yield "  lanekdf, of the floor", [cell for floor in floors for cell in (percent(floor), "")]


def summary(results):
    """Returns what most people want to know, in a few lines of at most 80 columns; [] if none of it was
    measured."""
    clock = results.clock()
    lines = ["Handshakes/s whose keys one core" + (f" at {clock:.2f} GHz" if clock else "")
             + " derives; x: lanekdf against it"]
    for workload in (MAIN, TLS13):
        if results.batches(workload, "lanekdf"):
            lines += table(TITLES[workload],
                           ["one at a time", "", f"{bulk(results, workload)} in a call", ""],
                           list(summary_rows(results, workload)))
    return lines if len(lines) > 1 else []


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--summary"]
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    lines = summary if "--summary" in sys.argv else report
    print("\n".join(lines(load(arguments[0]))))


if __name__ == "__main__":
    main()
