#!/usr/bin/env python3
"""Prints results.json (Google Benchmark's JSON) as compact tables.

Usage: table.py RESULTS.JSON
"""
import sys

from results import load, number_of

PEERS = ("openssl", "ipsec-mb", "ipsec-mb+libcrypto")
MAIN = "tls12-sha256"
SHA384 = "tls12-sha384"
MIX = "tls12-mix"
RANDOM, SORTED = "tls-all", "tls-all-sorted"


def table(corner, columns, rows):
    """Returns lines. rows are (name, cells); a cell is a number, a text, or None, which is left empty."""
    width = max(len(corner), *(len(name) for name, _ in rows))
    lines = [corner.ljust(width) + "".join(f"{column:>8}" for column in columns)]
    for name, cells in rows:
        lines.append((name.ljust(width) + "".join(f"{text(cell):>8}" for cell in cells)).rstrip())
    return lines


def text(cell):
    if cell is None or isinstance(cell, str):
        return cell or ""
    return f"{cell:.{3 if cell < 10 else 1 if cell < 100 else 0}f}"


def ratio(ours, theirs):
    return f"x{ours / theirs:.{2 if ours < 10 * theirs else 1}f}" if ours and theirs else None


def percent(value):
    return None if value is None else f"{value:.{1 if value < 10 else 0}f} %"


def handshake_table(results, workload):
    impls = results.impls(workload)
    batches = sorted({batch for impl in impls for batch in results.batches(workload, impl)})
    rates = {impl: [results.rate("handshake", workload, impl, f"batch:{batch}") for batch in batches]
             for impl in impls}
    rows = []
    for impl in impls:
        if not any(rates[impl]):
            continue
        single = results.rate("handshake", workload, impl, "batch:1")
        rows.append((impl, [rate and rate / 1e6 for rate in rates[impl]] + [single and 1e9 / single]))
    for peer in PEERS:
        if any(rates.get("lanekdf", [])) and any(rates.get(peer, [])):
            rows.append((f"lanekdf against {peer}",
                         [ratio(*pair) for pair in zip(rates["lanekdf"], rates[peer])]))
    for impl in impls:
        names = [f"handshake/{workload}/{impl}/batch:{batch}" for batch in batches]
        cells = [results.median(name, "percent_of_ceiling") for name in names]
        if any(map(results.ceiling_kernel, names)) and any(cells):
            rows.append((f"{impl}, of its ceiling", [percent(cell) for cell in cells]))
    if not rows:
        return
    yield ""
    yield f"{workload}: {results.context.get('workload/' + workload, '')}"
    columns = [str(batch) for batch in batches] + ["ns at 1"]
    yield from table("million handshakes/s at batch size", columns, rows)


def handshake_tables(results):
    for workload in results.workloads():
        if workload not in (RANDOM, SORTED):
            yield from handshake_table(results, workload)


def mix_table(results):
    """Compares the mix with the uniform workload, by compressions, and shows its lane fill."""
    rows = []
    batches = results.batches(MIX, "lanekdf")
    for impl in results.impls(MIX):
        pairs = [[results.median(f"handshake/{workload}/{impl}/batch:{batch}", "ns_per_compression")
                  for workload in (MAIN, MIX)] for batch in batches]
        if all(None in pair for pair in pairs):
            continue
        rows.append((impl, [None if None in pair else percent(100 * pair[0] / pair[1]) for pair in pairs]))
        fill = [results.median(f"handshake/{MIX}/{impl}/batch:{batch}", "lane_fill") for batch in batches]
        if any(value is not None and value < 1 for value in fill):
            rows.append((f"{impl}, lanes in use", [value and percent(100 * value) for value in fill]))
    if rows:
        yield ""
        yield f"{MIX}, rate per compression against {MAIN}"
        yield from table("at batch size", [str(batch) for batch in batches], rows)


def order_table(results):
    """Compares handshakes of all versions in random order with the same handshakes, sorted."""
    batches = results.batches(RANDOM, "lanekdf")
    names = {order: [f"handshake/{order}/lanekdf/batch:{batch}" for batch in batches]
             for order in (RANDOM, SORTED)}
    rates, fill = ({order: [results.median(name, key) for name in names[order]] for order in names}
                   for key in ("items_per_second", "lane_fill"))
    if not batches or not all(rates[SORTED]):
        return
    yield ""
    yield f"{RANDOM}: {results.context.get('workload/' + RANDOM, '')}"
    yield from table("million handshakes/s at batch size", [str(batch) for batch in batches],
                     [("random order", [rate / 1e6 for rate in rates[RANDOM]]),
                      ("sorted by shape", [rate / 1e6 for rate in rates[SORTED]]),
                      ("random against sorted", [percent(100 * a / b) for a, b in zip(*rates.values())])]
                     + [(f"lanes in use, {name}", [percent(100 * value) for value in fill[order]])
                        for order, name in ((RANDOM, "random"), (SORTED, "sorted")) if all(fill[order])])
    yield "Lanes of the hashes that have kernels of more than one; the others are always full."


def exporter_table(results):
    """Shows what a prepared secret saves."""
    groups = ("exporter", "exporter-prepared")
    batches = sorted({number_of(part) for part in results.parts(groups[0], 3)})
    rates = [[results.rate(group, "lanekdf", "out:32", f"batch:{batch}") for batch in batches]
             for group in groups]
    ns = [[rate and 1e9 / rate for rate in row] for row in rates]
    if not batches or not all(ns[0] + ns[1]):
        return
    yield ""
    yield f"exporter: {results.context.get('workload/exporter', '')}"
    yield from table("ns for one export at batch size", [str(batch) for batch in batches],
                     [("from the master secret", ns[0]), ("from a prepared secret", ns[1]),
                      ("the one against the other", [ratio(*pair) for pair in zip(*ns)])])


def call_rates(results):
    """Yields (title, {impl: (hot, cold) rates}) for all that is called with one job at a time."""
    for workload in results.workloads():
        impls = results.impls(workload + "-cold")
        yield workload, {impl: [results.rate("handshake", name, impl, "batch:1")
                                for name in (workload, workload + "-cold")] for impl in impls}
    impls = dict.fromkeys(results.parts("prf", 1) + results.parts("prf-cold", 1))
    yield "prf", {impl: [results.rate(group, impl, "out:48", "batch:1") for group in ("prf", "prf-cold")]
                  for impl in impls}


def call_table(results):
    rows = []
    for title, rates in call_rates(results):
        for impl, pair in rates.items():
            ours = rates.get("lanekdf", (None, None))
            cells = [cell for rate, own in zip(pair, ours)
                     for cell in (rate and 1e9 / rate, "" if impl == "lanekdf" else ratio(own, rate))]
            rows.append((f"{title}, {impl}", cells))
    if rows:
        yield ""
        yield "One call at a time, hot and with caches displaced in between; ratios: lanekdf against it"
        if "workload/prf" in results.context:
            yield f"prf: {results.context['workload/prf']}"
        yield from table("ns", ["hot", "ratio", "cold", "ratio"], rows)


def thread_table(results):
    names = [name for name in results.samples if "/threads:" in name]
    if not names:
        return
    threads = {number_of(name.rsplit("/", 1)[1]): results.median(name, "items_per_second") for name in names}
    one = threads.get(1)
    yield ""
    yield f"Threads, {names[0].rsplit('/', 1)[0]}, a context for each"
    yield from table("threads", [str(n) for n in sorted(threads)],
                     [("million handshakes/s", [threads[n] / 1e6 for n in sorted(threads)]),
                      ("against one", [ratio(threads[n], one) for n in sorted(threads)])])


def kernel_table(results):
    tasks = sorted(results.parts("kernel", 2), key=number_of)
    if not tasks:
        return
    kernels = results.parts("kernel", 1)
    key, unit = "cycles_per_compression", "core cycles"
    if all(results.median(name, key) is None for name in results.samples):
        key, unit = "ns_per_compression", "ns"
    yield ""
    yield "Kernels by themselves"
    yield from table(f"{unit} per compression at tasks", [str(number_of(task)) for task in tasks],
                     [(kernel, [results.median(f"kernel/{kernel}/{task}", key) for task in tasks])
                      for kernel in kernels])


def ceilings(results):
    """Lists the ceilings that percentages refer to."""
    found = {key.split("/")[1]: value for key, value in results.context.items()
             if key.startswith("ceiling/") and value != "unknown"}
    if not found:
        return
    yield ""
    yield "Ceilings, measured here, per compression; lanekdf's percentages refer to the kernel in use:"
    for kernel, value in found.items():
        yield f"  {kernel}: {value}"


def choices(results):
    """Lists what those implementations chose that choose by themselves."""
    found = {}
    for name, entries in results.samples.items():
        label = entries[0].get("label")
        parts = name.split("/")
        impl = parts[2] if parts[0] == "handshake" else parts[1]
        if label and not impl.startswith("lanekdf"):
            found.setdefault(impl, {}).setdefault(label, None)
    for impl, labels in found.items():
        yield f"{impl} at its fastest here: {', '.join(sorted(labels))}"


def header(results):
    context = results.context
    clock = results.clock()
    yield (f"lanekdf {context['lanekdf']}; {context['openssl']}; intel-ipsec-mb {context['ipsec_mb']}; "
           f"{context['compiler']}")
    yield (f"{context['cpu']}, {context['num_cpus']} CPUs, one thread unless said"
           + (f", core clock {clock:.2f} GHz" if clock else "") + f"; {context['date']}")
    yield f"lanekdf's choice of kernel, from so many jobs of one shape on: {context['kernel_choice']}"
    if context.get("kernel_choice_sha384"):
        yield f"  for SHA-384: {context['kernel_choice_sha384']}"
    yield from choices(results)


def footer(results):
    context = results.context
    spread = results.spread()
    yield ""
    yield f"Medians of {results.repetitions()} repetitions, all benchmarks interleaved at random." + (
        f" Interquartile range: {spread[0]:.1f} % typical, {spread[1]:.0f} % worst." if spread else "")
    if "repetitions_rejected" in context:
        yield (f"Repetitions rejected, because a probe of the core's throughput showed a disturbance: "
               f"{context['repetitions_rejected']}."
               + (f" Benchmarks that have fewer for it: {context['benchmarks_with_fewer_repetitions']}."
                  if context.get("benchmarks_with_fewer_repetitions", "0") != "0" else ""))
        if context.get("benchmarks_without_repetitions"):
            yield f"No repetition was undisturbed: {context['benchmarks_without_repetitions']}"
    if context.get("library_build_type") == "debug":
        yield ('("library_build_type": "debug" in results.json is Google Benchmark itself, as Debian builds '
               'it;')
        yield " what is timed was built here, as Release.)"


def report(results):
    if not results.samples:
        raise SystemExit("table.py: no repetition was accepted")
    for part in (header, handshake_tables, mix_table, order_table, call_table, exporter_table,
                 thread_table, kernel_table, ceilings, footer):
        yield from part(results)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print("\n".join(report(load(sys.argv[1]))))


if __name__ == "__main__":
    main()
