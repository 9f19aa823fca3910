"""Reads a results.json of lanekdf_bench, which is Google Benchmark's JSON, and finds figures by names."""
import json
import re
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

    def all_impls(self):
        """All implementations, in order of appearance."""
        names = [name.split("/") for name in self.samples]
        return list(dict.fromkeys(name[2] if name[0] in ("handshake", "stage") else name[1] for name in names
                                  if name[0] not in ("kernel", "step")))

    def title(self, impl):
        """The name of an implementation, with the version of its library. lanekdf kept to a kernel is called
        as the kernel is."""
        name, plus, helper = impl.partition("+")
        if name.startswith("lanekdf"):
            return name.removeprefix("lanekdf-")
        is_openssl = name.startswith(("openssl", "libcrypto"))
        version = self.context.get("openssl" if is_openssl else name.replace("-", "_"), "").split()
        name = name.removesuffix("-named").replace("openssl", "OpenSSL").replace("aws-lc", "AWS-LC")
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

    def rejected(self):
        """How many repetitions were rejected, as "97 of 3,300"; "" where nothing was to be rejected."""
        if "repetitions_rejected" not in self.context:
            return ""
        n_rejected = int(self.context["repetitions_rejected"])
        n_measured = self.context.get("repetitions_measured")
        return f"{n_rejected:,}" + (f" of {int(n_measured):,}" if n_measured else "")

    def busy(self):
        """How long the run took, and for how much of that other programs had the core; "" if that is
        unknown."""
        if "seconds" not in self.context:
            return ""
        seconds, busy = (int(self.context[key]) for key in ("seconds", "seconds_busy"))
        return duration(seconds) + (f", of which {duration(busy)} for other programs on this machine"
                                    if busy else "")

    def repetitions(self):
        return max(len(entries) for entries in self.samples.values())

    def clock(self):
        """The median of the core clock in GHz; None where the clock is not known."""
        clocks = [entry["core_ghz"] for entries in self.samples.values() for entry in entries
                  if "core_ghz" in entry]
        return statistics.median(clocks) if clocks else None


def duration(seconds):
    return (f"{seconds // 60} min " if seconds >= 60 else "") + f"{seconds % 60} s"


def load(path):
    with open(path, encoding="utf-8") as file:
        return Results(json.load(file))


def number_of(part):
    """The number behind the colon: 64 for "batch:64"."""
    return int(part.split(":")[1])


def natural(name):
    """The key that sorts names with their numbers as numbers: batch:16 before batch:256."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.split(r"(\d+)", name) if part]
