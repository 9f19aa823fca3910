#!/usr/bin/env python3
"""Prints results.json (Google Benchmark's JSON) as compact tables.

Usage: table.py RESULTS.JSON
"""
import json
import statistics
import sys

PEERS = ("openssl", "ipsec-mb", "ipsec-mb+libcrypto")


class Results:
    """The samples of one run of lanekdf_bench, by benchmark name."""

    def __init__(self, document):
        self.context = document["context"]
        self.samples = {}  # name: list of entries, one per repetition
        for entry in sorted(document["benchmarks"], key=lambda entry: entry.get("family_index", 0)):
            if entry["run_type"] == "iteration" and not entry.get("error_occurred"):
                self.samples.setdefault(entry["run_name"], []).append(entry)

    def median(self, name, key):
        """Median over the repetitions; None if this was not measured."""
        values = [entry[key] for entry in self.samples.get(name, []) if key in entry]
        return statistics.median(values) if values else None

    def rate(self, *parts):
        return self.median("/".join(parts), "items_per_second")

    def parts(self, group, index):
        """What stands at place `index` of the names in a group, in order of appearance."""
        names = [name.split("/") for name in self.samples]
        found = dict.fromkeys(name[index] for name in names if name[0] == group)
        return list(found)

    def spread(self):
        """The interquartile range of the repetitions in percent of the median, of a
        typical benchmark and of the worst one."""
        spreads = []
        for entries in self.samples.values():
            times = [entry["cpu_time"] for entry in entries]
            if len(times) >= 3:
                low, middle, high = statistics.quantiles(times, n=4)
                spreads.append(100 * (high - low) / middle)
        return (statistics.median(spreads), max(spreads)) if spreads else None


def number_of(part):
    """64 of "batch:64"."""
    return int(part.split(":")[1])


def table(corner, columns, rows):
    """rows: (name, cells); a cell is a number, a text or None, which is left empty."""
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


def handshake_tables(results):
    batches = sorted(results.parts("handshake", 3), key=number_of)
    columns = [str(number_of(batch)) for batch in batches]
    for workload in results.parts("handshake", 1):
        yield ""
        yield f"{workload}: {results.context.get('workload/' + workload, '')}"
        rows = []
        rates = {}
        for impl in results.parts("handshake", 2):
            rates[impl] = [results.rate("handshake", workload, impl, batch) for batch in batches]
            if not any(rates[impl]):
                continue
            single = results.rate("handshake", workload, impl, "batch:1")
            nanoseconds = 1e9 / single if single else None
            rows.append((impl, [rate and rate / 1e6 for rate in rates[impl]] + [nanoseconds]))
        for peer in PEERS:
            if "lanekdf" in rates and any(rates.get(peer, [])):
                rows.append((f"lanekdf against {peer}", [ratio(*pair) for pair in zip(rates["lanekdf"], rates[peer])]))
        yield from table("million handshakes/s at batch size", columns + ["ns at 1"], rows)


def prf_table(results):
    rates = {impl: results.rate("prf", impl, "out:48", "batch:1") for impl in results.parts("prf", 1)}
    if not rates:
        return
    yield ""
    yield f"prf: {results.context.get('workload/prf', '')}"
    ours = rates.get("lanekdf")
    yield from table("one call at a time", ["M/s", "ns", "ratio"],
                     [(impl, [rate / 1e6, 1e9 / rate, ratio(ours, rate)]) for impl, rate in rates.items()])


def kernel_table(results):
    tasks = sorted(results.parts("kernel", 2), key=number_of)
    if not tasks:
        return
    key, unit = "cycles_per_compression", "core cycles"
    if all(results.median(name, key) is None for name in results.samples):
        key, unit = "ns_per_compression", "ns"
    yield ""
    yield "kernels by themselves"
    yield from table(f"{unit} per compression at tasks", [str(number_of(task)) for task in tasks],
                     [(kernel, [results.median(f"kernel/{kernel}/{task}", key) for task in tasks])
                      for kernel in results.parts("kernel", 1)])


def choices(results):
    """What the implementations that choose by themselves chose."""
    found = {}
    for name, entries in results.samples.items():
        label = entries[0].get("label")
        if label:
            parts = name.split("/")
            impl = parts[1] if parts[0] == "prf" else parts[2]
            found.setdefault(impl, {}).setdefault(label, None)
    for impl, labels in found.items():
        yield f"{impl} at its fastest here: {', '.join(sorted(labels))}"


def header(results):
    context = results.context
    yield (f"lanekdf {context['lanekdf']}; {context['openssl']}; intel-ipsec-mb {context['ipsec_mb']}; "
           f"{context['compiler']}")
    clock = statistics.median(entry["core_ghz"] for entries in results.samples.values()
                              for entry in entries) if has_clock(results) else None
    yield (f"{context['cpu']}, {context['num_cpus']} CPUs, one thread"
           + (f", core clock {clock:.2f} GHz" if clock else "") + f"; {context['date']}")
    yield f"lanekdf's choice of kernel, from so many jobs of one shape on: {context['kernel_choice']}"
    yield from choices(results)


def has_clock(results):
    return all("core_ghz" in entry for entries in results.samples.values() for entry in entries)


def footer(results):
    repetitions = max(len(entries) for entries in results.samples.values())
    spread = results.spread()
    yield ""
    yield f"Medians of {repetitions} repetitions, all benchmarks interleaved at random." + (
        f" Interquartile range: {spread[0]:.1f} % typical, {spread[1]:.0f} % worst." if spread else "")
    if results.context.get("library_build_type") == "debug":
        yield ('("library_build_type": "debug" in results.json is Google Benchmark itself, as Debian builds it;')
        yield " what is timed was built here, as Release.)"


def report(document):
    results = Results(document)
    if not results.samples:
        raise SystemExit("table.py: no benchmark was run")
    for part in (header, handshake_tables, prf_table, kernel_table, footer):
        yield from part(results)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    print("\n".join(report(document)))


if __name__ == "__main__":
    main()
