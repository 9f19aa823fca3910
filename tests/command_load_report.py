#!/usr/bin/env python3
"""lanekdf load --report: a page that needs nothing else, with the figures of the file of results.

Catches: a chart of other numbers than the results have, a page that shows less than the run found, results
that are lost since no report can be made of them, and pictures that are missing in silence."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path += [os.path.join(ROOT, "bench"), os.path.join(ROOT, "load")]

from command_support import ERROR, OK, run  # noqa: E402
import gnuplot  # noqa: E402
import load_charts  # noqa: E402
import load_report  # noqa: E402
import load_results  # noqa: E402

CHARTS = ["latency_p99", "latency_p50", "percentiles", "highest", "occupancy", "service"]
ARGUMENTS = ("--engine", "fixed:5us,fixed:2us+300ns", "--around", "4us", "--rate", "20%,80%",
             "--find-rate", "p99=1ms", "--samples", "20000", "--slices", "2")


def report(folder, *arguments, **environment):
    return run("load", *ARGUMENTS, "--report", folder, *arguments, env={**os.environ, **environment})


def page_of(folder):
    with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
        return file.read()


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.result = report(os.path.join(cls.folder.name, "new", "folder"))
        cls.path = os.path.join(cls.folder.name, "new", "folder")
        cls.page = page_of(cls.path)
        cls.results = load_results.load(os.path.join(cls.path, "results.jsonl"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def chart(self, name):
        return next(chart for chart in load_charts.all_charts(self.results) if chart.name == name)

    def test_no_time(self):
        """An engine that takes no time has no place on a logarithmic axis, and the page is written."""
        with tempfile.TemporaryDirectory() as folder:
            result = run("load", "--engine", "null,fixed:0ns", "--rate", "50%", "--samples", "2000",
                         "--slices", "2", "--report", folder)
            self.assertEqual((result.returncode, result.stderr), (OK, ""))
            self.assertIn("fixed:0ns", page_of(folder))

    def test_few_handshakes(self):
        """A picture to which what was measured gives no point is left out, theory or not."""
        with tempfile.TemporaryDirectory() as folder:
            result = run("load", "--engine", "fixed:1us", "--rate", "1000", "--samples", "1000", "--slices",
                         "1", "--report", folder)
            self.assertEqual((result.returncode, result.stderr), (OK, ""))
            self.assertIn("fixed:1us", page_of(folder))

    def test_off_theory(self):
        """The page marks what the table marks, and nothing else: no load above 82 %, and no mix."""
        point = next(p for p in self.results.points if "theory" in p) | {"kind": "passed"}
        point.pop("off_theory", None)
        name = next(name for name in point["theory"] if name in point["percentiles"])
        for verdict, words in (({}, None), ({"off_theory": name}, f": {name} is "),
                               ({"off_theory": "mean"}, ": mean is ")):
            altered = load_results.Point({**point, "percentiles": {name: 1e9}, "mean_ns": 1e9, **verdict})
            results = load_results.Run([{**self.results}, altered, self.results.end])
            text = "".join(load_report.figures(results))
            self.assertEqual("limited by more than the engine" in text, words is not None, verdict)
            self.assertIn(words or "", text)
        name, n_marked = os.path.join(self.folder.name, "marked"), 0
        for seed in range(1, 20):  # of so few handshakes some means are off by chance
            table = run("load", "--engine", "fixed:5us", "--around", "0us", "--rate", "80%,95%", "--samples",
                        "1000", "--slices", "1", "--seed", str(seed), "--json", name).stdout
            low, high = load_results.load(name).points
            self.assertEqual(": a mean of " in table or ": p" in table, "off_theory" in low, table)
            self.assertNotIn("off_theory", high)
            n_marked += "off_theory" in low
        self.assertGreater(n_marked, 0)

    def test_small_numbers(self):
        """A rate below one is not shown as none, what nothing counted for has no times, and a long time has
        all of its seconds."""
        with tempfile.TemporaryDirectory() as folder:
            run("load", "--engine", "flip:lanekdf-group,fixed:2000s", "--group", "64", "--accept", "1",
                "--verify", "1", "--rate", "0.25", "--samples", "1000", "--slices", "1", "--report", folder)
            page = page_of(folder)
        rows = [row.replace("</td>", "").split("<td>") for row in page.split("<tr>")[1:] if "<td>" in row]
        self.assertEqual([row[1] for row in rows], ["0.25", "0.25"])
        self.assertNotIn("0 ns", page)
        self.assertEqual(rows[1][-1].split("</tr>")[0], "2,000 s")
        self.assertRegex(rows[1][4], r"^\d,\d{3},\d{3} s$")  # the longest: percentiles are not there
        self.assertIn("<p class=note>1,000 handshakes took longer than the histogram reaches", page)

    def test_out_of_reach(self):
        """An engine that no rate was found for is on the page, which says why."""
        with tempfile.TemporaryDirectory() as folder:
            run("load", "--engine", "fixed:5us", "--find-rate", "p99=1us", "--samples", "1000", "--report",
                folder)
            page = page_of(folder)
        self.assertIn("<h3>fixed:5us</h3>", page)
        self.assertNotIn("<table><tr></tr>", page)
        self.assertIn("No rate met the objective; a handshake that meets no other takes", page)
        self.assertNotIn("1970", page)

    def test_what_ran(self):
        """The page names the classes of a mix, and the engines that were left out with the reason."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "mix")
            with open(name, "w", encoding="utf-8") as file:
                file.write('{"cipher_suite":"c02f","ems":true,"weight":2}\n'
                           '{"cipher_suite":"000a","version":"SSLv3"}\n')
            result = run("load", "--mix", name, "--rate", "1000", "--samples", "1000", "--slices", "1",
                         "--report", folder)
            self.assertEqual(result.returncode, OK, result.stderr)
            self.assertIn("cipher_suite c02f, ems, weight 2", page_of(folder))
            self.assertIn("cipher_suite 000a, version SSLv3", page_of(folder))
            self.assertEqual({entry["engine"] for entry in load_results.load(
                os.path.join(folder, "results.jsonl"))["left_out"]}, {"ipsec-mb", "ipsec-mb+libcrypto"})
            self.assertIn("<dt>Left out</dt>", page_of(folder))

    def test_page(self):
        """It has all charts, for a broad window and for a phone, the figures, and nothing from elsewhere."""
        self.assertEqual(self.result.returncode, OK, self.result.stderr)
        for word in ("<script", "<link", "<img", "src="):
            self.assertNotIn(word, self.page)
        self.assertEqual([chart.name for chart in load_charts.all_charts(self.results)], CHARTS)
        self.assertEqual(self.page.count("<svg"), 2 * len(CHARTS) * gnuplot.can_write("svg"))
        for point in self.results.points:
            self.assertIn(f"<td>{point['offered']:,.0f}</td>", self.page)
        for word in ("fixed:2us+300ns", self.results["cpu"], self.results["compiler"], "the work clock: ",
                     "lanekdf load --engine", "p99 within 1 ms"):
            self.assertIn(word.replace("&", "&amp;"), self.page)

    def test_latency(self):
        """The lines of measured times come first, each with that of theory behind it."""
        chart = self.chart("latency_p99")
        for engine, line, theory in zip(self.results.engines, chart.lines[::2], chart.lines[1::2]):
            points = self.results.of_kind(engine, "rate")
            self.assertEqual((line.title, theory.title), (engine, ""))
            self.assertEqual(line.points, [(p["rate"] / 1e3, p["percentiles"]["p99"] / 1e3) for p in points])
            self.assertEqual([y for _, y in theory.points], [p["theory"]["p99"] / 1e3 for p in points])

    def test_curve(self):
        """The curve goes through the percentiles that the command found, and ends where too few are left."""
        for point in self.results.points:
            curve = load_charts.curve(point)
            for name in ("p50", "p90", "p99"):
                beyond = 1 / (1 - float(name[1:]) / 100)
                if name in point["percentiles"] and curve[-1][0] >= beyond:
                    ns = next(us for x, us in curve if x >= beyond * 0.999) * 1e3
                    self.assertLess(abs(ns / point["percentiles"][name] - 1), 0.04, (point["engine"], name))
            self.assertLessEqual(curve[-1][0], point["latency"]["n"] / 100)

    def test_times_of_calls(self):
        """An engine that takes 2 us for a call and 300 ns for each handshake shows just that, and what a core
        does at most is other work and the largest call."""
        line = next(line for line in self.chart("service").lines if line.title == "fixed:2us+300ns")
        self.assertEqual([size for size, _ in line.points], list(range(1, 9)))
        for size, ns in line.points:
            self.assertAlmostEqual(ns, 2000 / size + 300, places=3)
        bound = next(line for line in self.chart("highest").lines if line.title == "fixed:2us+300ns")
        for around, rate in bound.points:
            self.assertAlmostEqual(rate, 1e3 / (around + .55), places=6)

    def test_merge(self):
        """The report of several machines has the sum of their counts and rates, names each, and says where
        their rates do not add; its results are none of a run, which could be added again."""
        with tempfile.TemporaryDirectory() as folder:
            lines = [dict(self.results), *self.results.points, *self.results.searches.values()]
            for name, seconds in (("one", 0), ("two", 0), ("late", 1e6)):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    for line in lines + [{"type": "end", "lines": len(lines) + 1, "verified": 0,
                                          "wrong": 0}]:
                        line = {**line, "run": name}
                        line.update({key: line[key] + seconds for key in ("begin", "end") if key in line})
                        file.write(json.dumps(line, separators=(",", ":")) + "\n")
            for other, factor in (("two", 2), ("late", None)):
                path = os.path.join(folder, "report")
                result = run("load", "merge", "--report", path, *(os.path.join(folder, name)
                                                                  for name in ("one", other)))
                self.assertEqual(result.returncode, OK, result.stderr)
                merged, page = load_results.load(os.path.join(path, "results.jsonl")), page_of(path)
                self.assertEqual(len(merged.points), len(self.results.points))
                for point, own in zip(merged.points, self.results.points):
                    self.assertEqual(point["latency_counts"][1::2],
                                     [2 * n for n in own["latency_counts"][1::2]])
                    self.assertEqual(point.get("rate"), factor and factor * own["rate"])
                self.assertEqual("so that their rates do not add" in page, factor is None)
                self.assertNotIn("<td>, passed", page)
                self.assertEqual(page.count("<dt>Machine</dt>"), 2)
            self.assertIn("not results of lanekdf load",
                          run("load", "merge", os.path.join(path, "results.jsonl")).stderr)

    def test_results_elsewhere(self):
        """--json names the file of results, and the report is made of that."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "own.jsonl")
            self.assertEqual(report(folder, "--json", name, PATH=self.python_alone(folder)).returncode, OK)
            self.assertEqual(sorted(os.listdir(folder)), ["bin", "own.jsonl", "report.html"])
            with open(name, encoding="utf-8") as file:
                self.assertEqual(json.loads(file.readline())["type"], "run")

    @staticmethod
    def python_alone(folder):
        """The PATH of a machine that has Python, and no gnuplot."""
        path = os.path.join(folder, "bin")
        os.mkdir(path)
        os.symlink(sys.executable, os.path.join(path, "python3"))
        return path

    def test_without_gnuplot(self):
        """The tables are left, and both the page and the command say what is missing; all is well."""
        with tempfile.TemporaryDirectory() as folder:
            result = report(folder, PATH=self.python_alone(folder))
            page = page_of(folder)
        self.assertEqual(result.returncode, OK)
        self.assertIn("lanekdf: load: --report: No pictures: gnuplot", result.stderr)
        self.assertIn("gnuplot-nox", page)
        self.assertNotIn("<svg", page)
        self.assertIn("</table>", page)

    def test_nothing_is_run_in_vain(self):
        """Where there can be no report, that is said before the run."""
        with tempfile.NamedTemporaryFile() as file:
            for environment, message in (({"PATH": "/nowhere"}, "python3, which writes it: No such file"),
                                         ({}, f"--report {file.name}: File exists")):
                result = report(file.name, **environment)
                self.assertEqual((result.stdout, result.returncode), ("", ERROR), result.stderr)
                self.assertIn("lanekdf: load: --report", result.stderr)
                self.assertIn(message, result.stderr)
        with tempfile.TemporaryDirectory() as folder:
            result = report(folder, "--json", os.devnull)
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), result.stderr)
            self.assertEqual(result.stderr, "lanekdf: load: --report is made of the results in /dev/null, "
                                            "which is no regular file\n")
            os.symlink(os.devnull, os.path.join(folder, "results.jsonl"))
            result = run("load", "merge", "--report", folder, os.path.join(self.path, "results.jsonl"))
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), result.stderr)
            self.assertIn("which is no regular file", result.stderr)

    def test_files_without_results(self):
        """The script says in a line what is wrong with a file."""
        with open(os.path.join(self.path, "results.jsonl"), encoding="utf-8") as file:
            first, *others, last = file.readlines()
        point = json.loads(others[0])
        del point["busy"]
        for text, message in (("", "these are not results of lanekdf load"), (last, "these are not results"),
                              ("{", "line 1 is no object of JSON"), (first + "7\n", "line 2 is no object"),
                              (first + others[0], "the last line is missing: the file is not whole"),
                              (first + json.dumps(point) + "\n" + last, "a line has no 'busy'"),
                              (None, "No such file or directory")):
            with tempfile.TemporaryDirectory() as folder:
                name = os.path.join(folder, "results")
                if text is not None:
                    with open(name, "w", encoding="utf-8") as file:
                        file.write(text)
                script = os.path.join(os.path.dirname(load_report.__file__), "load_report.py")
                result = subprocess.run([sys.executable, "-B", script, folder, name], capture_output=True,
                                        text=True, check=False,
                                        env=os.environ | {"PYTHONPATH": os.path.join(ROOT, "bench")})
                self.assertEqual((result.stdout, result.returncode), ("", 1), result.stderr)
                self.assertRegex(result.stderr, f"^lanekdf: load: --report: {name}: {message}.*\n$")


if __name__ == "__main__":
    unittest.main()
