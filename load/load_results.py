"""Results that lanekdf load --json wrote: lanekdf-load(1) has the fields."""
import json

STEPS_OF_OCTAVE = 256


class Point(dict):
    """An engine at a rate. That of several machines has no rate if they were not at it together."""

    def steps(self):
        """Yields the share of handshakes up to the end of each step of the histogram, and that end."""
        n = self["latency"]["below"]
        counts = self["latency_counts"]
        for step, count in zip(counts[::2], counts[1::2]):
            n += count
            octave, part = divmod(step + 1, STEPS_OF_OCTAVE)
            if n < self["latency"]["n"]:
                yield n / self["latency"]["n"], 2 ** octave * (1 + part / STEPS_OF_OCTAVE)

    def calls(self):
        """Yields the size of calls, how many there were, and the nanoseconds of all."""
        return zip(self["calls"][::3], self["calls"][1::3], self["calls"][2::3])


class Run(dict):
    """The line of a run, and what was found."""

    def __init__(self, lines):
        super().__init__(lines[0])
        self.points = [Point(line) for line in lines if line["type"] == "point"]
        self.end = lines[-1]
        self.searches = {line["engine"]: line for line in lines if line["type"] == "search"}
        self.engines = list(dict.fromkeys([*(point["engine"] for point in self.points), *self.searches]))

    def of_kind(self, engine, kind):
        return [point for point in self.points if (point["engine"], point["kind"]) == (engine, kind)]

    def sweep(self, engine):
        return sorted(self.of_kind(engine, "rate"), key=lambda point: point["busy"])

    def found(self, engine):
        """The highest rate that passed, or None."""
        return next((point for point in self.of_kind(engine, "passed") if "offered" in point), None)

    def has_theory(self):
        return any("theory" in point for point in self.points)

    def deviation(self, point):
        """(name, measured, by theory) of the time that lanekdf load marks below the row, or None."""
        name = point.get("off_theory")
        measured = point["mean_ns"] if name == "mean" else point["percentiles"].get(name)
        return (name, measured, point["theory"][name]) if name else None

    def libraries(self):
        """(name, version) of the libraries whose engines were measured; libcrypto is OpenSSL's."""
        measured = {part for engine in self.engines for part in engine.split("+")}
        if "libcrypto" in measured:
            measured.add("openssl")
        return [(name, version) for name, version in self["libraries"].items() if name in measured]

    def n_cores(self):
        return self["threads"] * len(self.get("machines", [None]))

    def usual(self, engine):
        """The point of the sweep that is closest to a busy core with some room left, or None."""
        return min(self.sweep(engine), key=lambda point: abs(point["busy"] - 0.8), default=None)

    def objectives(self):
        """What was searched for, in words."""
        wanted = next((search["objectives"] for search in self.searches.values()), {})
        return " and ".join(f"{name} within {time_text(ns)}" for name, ns in wanted.items())

    def job_ns_by_size(self, engine):
        """(size of a call, nanoseconds for each of its handshakes) pairs."""
        counts, times = {}, {}
        for point in self.points:
            for size, n, ns in point.calls() if point["engine"] == engine else ():
                counts[size] = counts.get(size, 0) + n
                times[size] = times.get(size, 0) + ns
        return [(size, times[size] / counts[size] / size) for size in sorted(counts)]


def load(path):
    """The results of a file; a ValueError says what is wrong with one that has none."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for text in file:
            try:
                lines.append(dict(json.loads(text)))
            except (TypeError, ValueError) as error:
                raise ValueError(f"line {len(lines) + 1} is no object of JSON") from error
    if not lines or lines[0].get("type") not in ("run", "merged"):
        raise ValueError("these are not results of lanekdf load")
    if lines[-1].get("type") != "end":
        raise ValueError("the last line is missing: the file is not whole")
    return Run(lines)


def time_text(ns):
    """A time with three digits and its unit; seconds from 1000 on have all."""
    if ns >= 999.5e9:
        return f"{ns / 1e9:,.0f} s"
    for unit, of_unit in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= 0.9995 * of_unit:
            return f"{ns / of_unit:.3g} {unit}"
    return f"{ns:.3g} ns"


def rate_text(per_second):
    """Handshakes per second: whole ones and, where these are few, three digits."""
    return f"{per_second:,.0f}" if per_second >= 999 else f"{per_second:.3g}"
