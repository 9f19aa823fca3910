"""Reads a results.json of lanekdf_bench, which is Google Benchmark's JSON, and finds figures by names."""
import json
import statistics


class Results:
    """The accepted repetitions of one run, by benchmark name, in order of registration."""

    def __init__(self, document):
        self.context = document["context"]
        self.samples = {}  # {name: [entry of one repetition, ...]}
        for entry in sorted(document["benchmarks"], key=lambda entry: entry.get("family_index", 0)):
            if entry["run_type"] == "iteration" and not entry.get("error_occurred"):
                self.samples.setdefault(entry["run_name"], []).append(entry)

    def values(self, name, key):
        return [entry[key] for entry in self.samples.get(name, []) if key in entry]

    def median(self, name, key):
        """The median over the repetitions; None if this was not measured."""
        values = self.values(name, key)
        return statistics.median(values) if values else None

    def rate(self, *parts):
        return self.median("/".join(parts), "items_per_second")

    def parts(self, group, index):
        """What stands at place `index` of the names in a group, in order of appearance."""
        names = [name.split("/") for name in self.samples]
        return list(dict.fromkeys(name[index] for name in names if name[0] == group))

    def batches(self, workload, impl):
        """The batch sizes that were measured on one thread, in ascending order."""
        start = f"handshake/{workload}/{impl}/batch:"
        return sorted(int(name[len(start):]) for name in self.samples
                      if name.startswith(start) and "/threads:" not in name)

    def workloads(self):
        return [name for name in self.parts("handshake", 1) if not name.endswith("-cold")]

    def impls(self, workload):
        names = [name.split("/") for name in self.samples]
        return list(dict.fromkeys(name[2] for name in names if name[:2] == ["handshake", workload]))

    def title(self, impl):
        """The name of an implementation, with the version of its library if that is not lanekdf itself."""
        name, plus, helper = impl.partition("+")
        if name == "lanekdf":
            return impl
        is_openssl = name.startswith(("openssl", "libcrypto"))
        version = self.context.get("openssl" if is_openssl else name.replace("-", "_"), "").split()
        name = name.removesuffix("-named")
        if is_openssl:
            version = version[1:2]  # of "OpenSSL 3.0.0 7 Sep 2021"
        return " ".join([name] + version) + plus + helper

    def of_floor(self, name):
        """Percent of the floor; None if this was not measured, or nothing is known of the core."""
        return self.median(name, "percent_of_floor")

    def spread(self):
        """The interquartile range of the repetitions, in percent of the median: that of a typical benchmark,
        and that of the worst one."""
        spreads = []
        for entries in self.samples.values():
            times = [entry["cpu_time"] for entry in entries]
            if len(times) >= 3:
                low, middle, high = statistics.quantiles(times, n=4)
                spreads.append(100 * (high - low) / middle)
        return (statistics.median(spreads), max(spreads)) if spreads else None

    def repetitions(self):
        return max(len(entries) for entries in self.samples.values())

    def clock(self):
        """The median of the core clock in GHz; None where the clock is not known."""
        clocks = [entry["core_ghz"] for entries in self.samples.values() for entry in entries
                  if "core_ghz" in entry]
        return statistics.median(clocks) if clocks else None


def load(path):
    with open(path, encoding="utf-8") as file:
        return Results(json.load(file))


def number_of(part):
    """The number behind the colon: 64 for "batch:64"."""
    return int(part.split(":")[1])
