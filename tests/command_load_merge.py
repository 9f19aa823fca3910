#!/usr/bin/env python3
"""lanekdf load merge: k files give bit for bit the histogram of one recorder that saw all, and what does not
belong together is refused.

Catches: counts that are lost or added twice, rates added of runs at different times, a truncated or altered
file that is taken, runs of different settings or one run twice, and control characters that reach a
terminal."""
import json
import os
import random
import tempfile
import unicodedata
import unittest

from command_support import ERROR, FAILED, OK, lines, run, session

PARTS, MANY, SECONDS_FOR_MANY = 7, 1000, 20


def dumped(lines):
    return "".join(json.dumps(line) + "\n" for line in lines)


def part_of(lines, index, counts):
    """The file of one of several recorders: as the whole file, but with these counts of each histogram."""
    part = json.loads(json.dumps(lines))
    for line in part:
        line["run"] = f"{index:032x}"
    point = part[1]
    for name in ("latency", "keys"):
        histogram, own = point[name], counts[name]
        point[name + "_counts"] = [x for step in sorted(own) if own[step] for x in (step, own[step])]
        n = sum(own.values())
        n_outside = histogram["below"] + histogram["above"] if index == 0 else 0
        histogram.update(n=n + n_outside, sum_ns=histogram["sum_ns"] if index == 0 else 0)
        if index > 0:
            histogram.update(below=0, above=0)
    n_calls = sum(counts["latency"].values())  # those of the first part, of one handshake each
    point["calls"] = [1, n_calls, 1000.5 * n_calls] if index == 0 else []
    return part


def deal_out(lines, n):
    """The same recordings, dealt out to n recorders by chance."""
    chance = random.Random(1)
    counts = [{"latency": {}, "keys": {}} for _ in range(n)]
    for name in ("latency", "keys"):
        pairs = lines[1][name + "_counts"]
        for step, count in zip(pairs[::2], pairs[1::2]):
            for _ in range(count):
                own = counts[chance.randrange(n)][name]
                own[step] = own.get(step, 0) + 1
    return [part_of(lines, i, counts[i]) for i in range(n)]


class Merge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        name = cls.path("whole.json")
        run("load", "--engine", "fixed:5us", "--rate", "50000", "--samples", "20000", "--json", name)
        with open(name, encoding="utf-8") as file:
            cls.lines = list(map(json.loads, file))
        cls.parts = deal_out(cls.lines, PARTS)
        cls.names = [cls.write(f"part.{i}", dumped(part)) for i, part in enumerate(cls.parts)]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return cls.path(name)

    def percentiles(self, *names):
        result = run("load", "merge", "--hgrm", self.path("hgrm"), *names)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        with open(self.path("hgrm"), encoding="utf-8") as file:
            return file.read()

    def refused(self, words, *names):
        result = run("load", "merge", *names)
        self.assertEqual((result.stdout, result.returncode), ("", ERROR), result.stderr)
        self.assertIn(words, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def altered(self, change, index=1):
        lines = json.loads(json.dumps(self.parts[index]))
        change(lines)
        return self.write("altered", dumped(lines))

    def test_exact(self):
        whole = self.percentiles(self.path("whole.json"))
        self.assertGreater(whole.count("\n"), 100)
        self.assertEqual(self.percentiles(*self.names), whole)
        self.assertNotEqual(self.percentiles(*self.names[1:]), whole)

    def test_rates(self):
        """The parts say that they were recorded at the same time."""
        rows = run("load", "merge", *self.names).stdout.splitlines()
        everyone = [row.split() for row in rows if row.endswith(" all")]
        self.assertEqual([row[0] for row in everyone], [f"{PARTS * 50000:,}"])
        end = self.lines[1]["end"]
        later = self.altered(lambda lines: lines[1].update(begin=end + 1, end=end + 2))
        result = run("load", "merge", self.names[0], later)
        self.assertIn("do not overlap in time", result.stdout)
        self.assertEqual([row.split()[:2] for row in result.stdout.splitlines() if row.endswith(" all")],
                         [["-", "-"]])
        self.assertNotIn("of the time", run("load", "merge", *self.names).stdout)
        begin = self.lines[1]["begin"]
        later = self.altered(lambda lines: lines[1].update(begin=end - .25 * (end - begin),
                                                           end=end + .75 * (end - begin)))
        self.assertIn("all runs together: 25 % of the time, for which alone their rates add\n",
                      run("load", "merge", self.names[0], later).stdout)
        later = self.altered(lambda lines: lines[1].update(begin=end + 1, end=end + 2))
        host = self.lines[0]["host"]
        for name in (self.names[0], later):  # runs of one host are told apart
            self.assertEqual(sum(row.endswith(f"  {host}, {name}") for row in result.stdout.splitlines()), 1)
        other = self.altered(lambda lines: lines[0].update(host="elsewhere"))
        rows = run("load", "merge", self.names[0], other).stdout.splitlines()
        self.assertEqual([sum(row.endswith(f"  {name}") for row in rows) for name in (host, "elsewhere")],
                         [1, 1])

    def test_head(self):
        """It has what the runs have in common, in words, and nothing of what is not there."""
        head = run("load", "merge", *self.names).stdout.split("\n\n")[0].splitlines()
        kernel = f"kernel {self.lines[0]['kernel']}, " if self.lines[0]["kernel"] else ""
        self.assertEqual(head, [
            f"{PARTS} runs of lanekdf {self.lines[0]['lanekdf']}",
            f"clock work, wait poll, {kernel}mix tls12-sha256, arrivals poisson, around_ns 10000, before_ns "
            "5000, footprint l1, group 8, accept 4096, verify 1024, threads 1, slices 10, samples 20000"])

    def test_names_of_percentiles(self):
        """A file is named for the rate of all machines, or of the first if their rates do not add."""
        def two_rates(index, **changes):
            lines = json.loads(json.dumps(self.parts[index]))
            points = [{**lines[1], "offered": offered, **changes} for offered in (1000, 2000)]
            return self.write(f"rates.{index}", dumped([lines[0], *points, lines[-1] | {"lines": 4}]))
        first, end = two_rates(0), self.lines[1]["end"]
        for others, rates in (({}, (2000, 4000)), ({"begin": end + 1, "end": end + 2}, (1000, 2000))):
            with tempfile.TemporaryDirectory() as folder:
                result = run("load", "merge", "--hgrm", os.path.join(folder, "x"), first,
                             two_rates(1, **others))
                self.assertEqual((result.stderr, result.returncode), ("", OK))
                self.assertEqual(set(os.listdir(folder)), {f"x.fixed:5us.{rate}" for rate in rates})

    def test_what_does_not_belong_together(self):
        first = self.names[0]
        self.refused("the same run as in", first, self.names[1], first)
        for field, value in (("group", 4), ("clock", "real"), ("mix", "tls12-sha384"), ("around_ns", 1.5),
                             ("lanekdf", "0.0.9"), ("samples", 7), ("mix_contents", "00"),
                             ("trace_contents", "00"), ("classes", [1]), ("libraries", {"OpenSSL": "1"})):
            self.refused(f'"{field}" is ', first, self.altered(lambda lines: lines[0].update({field: value})))
        self.refused('"schema" is 2, not 1', self.altered(lambda lines: lines[0].update(schema=2)))
        self.refused("has a point that", first, self.altered(lambda lines: lines[1].update(engine="null")))
        self.refused("has a point that", first, self.altered(lambda lines: lines[1].update(offered=9)))
        seed = self.altered(lambda lines: lines[0].update(seed=99))
        self.assertEqual(run("load", "merge", first, seed).returncode, OK)

    def test_contents(self):
        """Files of one name and other contents are told apart, whether mixes, traces or sessions."""
        cases = (("--mix", ["", '{"cipher_suite":"c02f"}\n', '{"cipher_suite":"c02f","ems":true}\n']),
                 ("--arrivals", ["trace:", "0\n1\n3\n", "0\n2\n3\n"]),
                 ("--sessions", ["", lines([session()]), lines([session(), session()])]))
        for option, (before, *texts) in cases:
            results = []
            for text in [texts[0], *texts]:
                results.append(self.path(f"contents.{len(results)}"))
                self.write("of_one_name", text)
                result = run("load", "--engine", "lanekdf-one", "--rate", "1000", "--samples", "1000",
                             "--slices", "1", option, before + "of_one_name", "--json", results[-1],
                             cwd=self.folder.name)
                self.assertEqual((result.returncode, result.stderr), (OK, ""))
            self.assertEqual(run("load", "merge", *results[:2]).returncode, OK)
            # The contents of classes differ in their text as well, which is compared first.
            self.refused('"classes" is ' if option == "--mix" else '_contents" is ', *results[1:])

    def test_endless(self):
        self.refused("line 1: too long", "/dev/zero")
        points = [self.lines[1] | {"offered": i} for i in range(600)]
        self.refused("results have 562 lines at most",
                     self.write("endless", dumped([self.lines[0], *points])))

    def test_altered_files(self):
        whole = dumped(self.parts[1])
        for words, text in (("not whole", whole[:whole.rindex("\n", 0, -1) + 1]), ("JSON", whole[:-40]),
                            ("not results", "{}\n"), ("not results", dumped(self.parts[1][1:]))):
            self.refused(words, self.write("altered", text))
        self.refused("not whole", self.write("altered", ""))

        for index in (1, -1):  # a point, and the end
            for message, counts in (('"wrong" is more than "verified"', {"verified": 5, "wrong": 9}),
                                    ('"verified" is not a count', {"verified": 1 << 63, "wrong": 1 << 63})):
                self.refused(message, self.altered(lambda lines: lines[index].update(counts)))

        def without_point(lines):
            del lines[1]
        self.refused("lines that it had", self.altered(without_point))

        def more_of_one_step(lines):
            lines[1]["latency_counts"][1] += 1
        self.refused('"latency_counts"', self.altered(more_of_one_step))
        self.refused('"keys"', self.altered(lambda lines: lines[1]["keys"].update(steps_per_octave=128)))
        self.refused('"calls"', self.altered(lambda lines: lines[1].update(calls=[1, 2])))
        for calls in ([5000, 1, 1.5], [1.5, 1, 1.5], [1, 1.5, 1.5], [1, 1, 1.5, 1, 1, 1.5],
                      [2, 1, 2, 1, 1, 1]):
            self.refused('"calls" has not', self.altered(lambda lines: lines[1].update(calls=calls)))
        # JSON has no infinity, but numbers that are too large.
        with open(self.altered(lambda lines: lines[1].update(calls=[1, 1, "x"])), encoding="utf-8") as file:
            text = file.read().replace('"x"', "1e999")
        self.refused('"calls" has not', self.write("altered", text))
        n = self.parts[1][1]["latency"]["n"]
        for calls in ([1, n + 1, 1.5], [1, n, 1.5, 2, 1, 1.5], [1, 2**52, 1.5]):
            self.refused('"calls" has more handshakes than "latency"',
                         self.altered(lambda lines: lines[1].update(calls=calls)))
        self.refused('"busy_ns"', self.altered(lambda lines: lines[1].update(busy_ns="much")))
        self.refused('"latency" has "least_ns" above "most_ns"',
                     self.altered(lambda lines: lines[1]["latency"].update(least_ns=1e12)))
        self.refused('"busy_ns" is more than', self.altered(lambda lines: lines[1].update(busy_ns=1e15)))
        self.refused('"end" is before "begin"', self.altered(lambda lines: lines[1].update(end=1)))
        self.refused("another run", self.altered(lambda lines: lines[1].update(run="00")))

    def test_files_that_are_written_are_others(self):
        folder = self.path("own.report")
        os.mkdir(folder)
        own = self.write("own.report/results.jsonl", dumped(self.parts[1]))
        first = self.names[0]
        for option, value, name in (("--report", folder, own), ("--hgrm", own, own),
                                    ("--hgrm", os.path.join(folder, ".", "results.jsonl"), own)):
            self.refused(f"is written, and is the same file as {name}", option, value, first, own)
            with open(own, encoding="utf-8") as file:
                self.assertEqual(file.read(), dumped(self.parts[1]))

    def test_control_characters(self):
        """What a terminal would obey is shown, and not sent: results come from other machines."""
        def with_controls(lines):
            lines[0].update(host="h\x1b[31m", cpu="c\x07\x00", mix="m\x9b", lanekdf="v\x7f")
            lines[1].update(engine="e\x1b]0;\x9b\n")
        lines = json.loads(json.dumps(self.parts[1]))
        with_controls(lines)
        name = self.write("controls", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        folder = self.path("controls.report")
        result = run("load", "merge", "--report", folder, name)
        self.assertEqual(result.returncode, OK, result.stderr)
        with open(os.path.join(folder, "report.html"), encoding="utf-8", newline="") as file:
            for text in (result.stdout, file.read()):
                self.assertEqual([c for c in text if c != "\n" and unicodedata.category(c) == "Cc"], [])
                self.assertIn("h\\u001b[31m", text)
                self.assertIn("e\\u001b]0;\\u009b\\u000a", text)

    def test_searches(self):
        """Machines that searched by themselves have found other rates, for one objective."""
        settings = ("--engine", "fixed:5us", "--around", "0us", "--samples", "3000")

        def search(name, *arguments, status=OK):
            path = self.path(name)
            result = run("load", *settings, "--json", path, *arguments)
            self.assertEqual((result.returncode, result.stderr), (status, ""))
            with open(path, encoding="utf-8") as file:
                return path, next(line for line in map(json.loads, file) if line["type"] == "search")

        one, first = search("one", "--find-rate", "p99=50us")
        two, second = search("two", "--find-rate", "p99=50us", "--seed", "2")
        self.assertNotEqual(first["passed"], second["passed"])
        result = run("load", "merge", one, two)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        self.assertIn(", highest rate that passed\n", result.stdout)
        for rate in (first["passed"], second["passed"]):
            self.assertEqual(result.stdout.count(f" {rate:,.0f} "), 1, result.stdout)
        other, _ = search("other", "--find-rate", "p99=40us")
        self.refused('has a search for {"p99":40000}, and in', one, other)
        vain, _ = search("vain", "--find-rate", "p99=1us,p99.95=1.5us", status=FAILED)
        result = run("load", "merge", vain)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("no rate was found that meets p99 within 1.00us and p99.95 within 1.50us;",
                      result.stdout)
        for objectives in ({}, {"p": 1}, {"p99": "x"}, {f"p{i}": 1 for i in range(1, 10)}):
            with open(vain, encoding="utf-8") as file:
                text = dumped(line | {"objectives": objectives} if line["type"] == "search" else line
                              for line in map(json.loads, file))
            result = run("load", "merge", self.write("altered", text))
            self.assertIn(f"meets {json.dumps(objectives, separators=(',', ':'))};", result.stdout)
        sweep = self.path("sweep")
        run("load", *settings, "--rate", "9", "--json", sweep)
        self.refused(f"a search that {sweep} has not", sweep, vain)

    def test_a_wrong_output_fails_all(self):
        wrong = self.altered(lambda lines: lines[1].update(verified=9, wrong=1))
        self.assertEqual(run("load", "merge", self.names[0], wrong).returncode, FAILED)

    def test_many(self):
        """A time so long that only something quadratic in the counts would take it."""
        names = []
        whole = dumped(self.lines)
        for i in range(MANY):
            names.append(self.write(f"many.{i}", whole.replace(self.lines[0]["run"], f"{i:032x}")))
        start = os.times().children_user
        self.assertEqual(run("load", "merge", *names).returncode, OK)
        seconds = os.times().children_user - start
        print(f"{MANY} files: {seconds:.2f} s of CPU", flush=True)
        self.assertLess(seconds, SECONDS_FOR_MANY)

    def test_command_line(self):
        self.refused("a file is missing")
        self.refused("a file is missing", "--hgrm", "x")
        self.refused("a file is missing", "--hgrm", "x", "--report", "y")
        first = self.names[0]
        for words, arguments in (("unknown option --frobnicate (try", ("--frobnicate", first)),
                                 ("unknown option -x (try", ("-x", first)),
                                 ("unknown option -x (try", ("-xyz", first)),
                                 ("unknown option --hgmr: did you mean --hgrm?", ("--hgmr=x", first)),
                                 ("--hgrm needs a value", ("--hgrm",)),
                                 ("--help takes no value", ("--help=x",)),
                                 ("--report is there twice", ("--report", "a", "--report", "b", first)),
                                 ("/none: No such file", ("--hgrm=x", "/none"))):
            self.refused(words, *arguments)
        self.refused("options stand ahead of the files: --report", self.names[0], "--report", "y")
        for words in (("load", "merge", "--help"), ("help", "load", "merge")):
            self.assertIn("Usage: lanekdf load merge", run(*words).stdout)
        self.assertIn("help takes one command at most", run("help", "load", "marge").stderr)


if __name__ == "__main__":
    unittest.main()
