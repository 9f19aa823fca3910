#!/usr/bin/env python3
"""Tests compare.py on small results that are made up."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tests")]
sys.dont_write_bytecode = True
import compare
import gnuplot
import skips
from results import Results

QUIET = (0.995, 1.0, 1.005, 0.99, 1.01, 1.0, 0.998, 1.002, 1.0)
NOISY = (0.6, 1.4, 0.8, 1.2, 1.0, 0.7, 1.3, 0.9, 1.1)


def document(rates, ghz=3.0, cpu="Some CPU", noise=QUIET):
    """Makes a results.json. rates: {name: million items per second at 3 GHz}."""
    return {"context": {"cpu": cpu}, "benchmarks": [
        {"run_name": name, "run_type": "iteration", "cpu_time": 1e3 / rate, "core_ghz": ghz,
         "items_per_second": 1e6 * rate * factor * ghz / 3}
        for name, rate in rates.items() for factor in noise]}


class Compare(unittest.TestCase):
    def words(self, old, new, limit=5, in_cycles=False):
        rows, _, _ = compare.compare(Results(old), Results(new), limit, "", in_cycles)
        return {row[0]: row[4] for row in rows}

    def report(self, old, new, limit=5, pattern="", in_cycles=False):
        lines, status = compare.report(Results(old), Results(new), limit, pattern, in_cycles)
        return "\n".join(lines), status

    def test_verdicts(self):
        old = document({"a": 1, "b": 1, "c": 1, "d": 1})
        new = document({"a": 1, "b": 1.2, "c": 0.97, "d": 0.9})
        self.assertEqual(self.words(old, new), {"a": "same", "b": "faster", "c": "slower", "d": "SLOWER"})

    def test_limit(self):
        old, new = document({"a": 1}), document({"a": 0.9})
        self.assertEqual(self.report(old, new)[1], 1)
        self.assertEqual(self.report(old, new, limit=15)[1], 0)

    def test_noise_is_not_slower(self):
        old, new = document({"a": 1}, noise=NOISY), document({"a": 0.9}, noise=NOISY)
        self.assertEqual(self.words(old, new), {"a": "same"})

    def test_a_machine_of_half_the_clock_is_slower(self):
        old, new = document({"a": 1}, ghz=3.6), document({"a": 1}, ghz=1.8)
        self.assertEqual(self.words(old, new), {"a": "SLOWER"})
        self.assertEqual(self.words(old, new, in_cycles=True), {"a": "same"})

    def test_says_what_is_compared(self):
        old, new = document({"a": 1}, ghz=3.6), document({"a": 1}, ghz=1.8)
        by_time, by_cycles = self.report(old, new)[0], self.report(old, new, in_cycles=True)[0]
        for text in (by_time, by_cycles):
            self.assertIn("core clock: 3.60 GHz in OLD, 1.80 GHz in NEW", text)
        self.assertIn("compared: time", by_time)
        self.assertIn("1 compared by time, 1 SLOWER", by_time)
        self.assertIn("compared: core cycles", by_cycles)
        self.assertIn("1 compared by cycles, 0 SLOWER", by_cycles)

    def test_cycles_need_a_clock(self):
        old, new = document({"a": 1}, ghz=0), document({"a": 1})
        old["benchmarks"] = [{**entry, "items_per_second": 1e6} for entry in old["benchmarks"]]
        self.assertEqual(self.words(old, new), {"a": "same"})
        self.assertEqual(self.report(old, new, in_cycles=True)[1], 2)

    def test_batch_sizes_are_in_the_order_of_numbers(self):
        rates = {f"handshake/w/lanekdf/batch:{size}": 1 for size in (1, 1024, 16, 2, 256)}
        rows, _, _ = compare.compare(Results(document(rates)), Results(document(rates)), 5, "", False)
        self.assertEqual([row[0].split(":")[1] for row in rows], ["1", "2", "16", "256", "1024"])
        _, only_old, _ = compare.compare(Results(document(rates)), Results(document({})), 5, "", False)
        self.assertEqual([name.split(":")[1] for name in only_old], ["1", "2", "16", "256", "1024"])

    def test_what_is_slower_comes_last_and_the_worst_first(self):
        text, _ = self.report(document({"a": 1, "b": 1, "c": 1}), document({"a": 0.9, "b": 0.5, "c": 1}))
        names = [line.split()[-1] for line in text.split("SLOWER by more than 5 %, the worst first:\n")[1]
                 .split("\n")[:2]]
        self.assertEqual(names, ["b", "a"])

    def test_summary(self):
        name = "handshake/tls12-sha256/lanekdf/batch:"
        old, new = document({name + "1": 1, name + "256": 3}), document({name + "1": 2, name + "256": 3})
        lines = [line.split() for line in self.report(old, new)[0].split("\n")]
        self.assertIn("TLS 1.2, SHA-256, one at a time 1,000,000 2,000,000 2.00x".split(), lines)
        self.assertIn("TLS 1.2, SHA-256, 256 in a call 3,000,000 3,000,000 1.00x".split(), lines)
        lines = [line.split() for line in self.report(old, new, in_cycles=True)[0].split("\n")]
        self.assertIn("TLS 1.2, SHA-256, one at a time 3000 1500 2.00x".split(), lines)

    def test_names_in_one_only(self):
        text, status = self.report(document({"a": 1, "b": 1}), document({"a": 1, "c": 1}))
        self.assertIn("only in OLD: b", text)
        self.assertIn("only in NEW: c", text)
        self.assertEqual(status, 0)
        text, _ = self.report(document({"a": 1, **{f"b{i}": 1 for i in range(20)}}), document({"a": 1}))
        self.assertIn("only in OLD: 20 benchmarks, the first of which is b0", text)

    def test_nothing_in_both(self):
        self.assertEqual(self.report(document({"a": 1}), document({"b": 1}))[1], 2)
        self.assertEqual(self.report(document({"a": 1}), document({"a": 1}), pattern="x")[1], 2)

    def test_few_repetitions_give_no_verdict(self):
        old, new = document({"a": 1}, noise=(1,)), document({"a": 0.5}, noise=(1,))
        self.assertEqual(self.words(old, new), {"a": "too few"})
        text, status = self.report(old, new)
        self.assertIn("\ntoo few: no verdict", text)
        self.assertNotIn("\nslower:", text)
        self.assertEqual(status, 0)

    def test_slower_is_told_from_slower_by_more_than_the_limit(self):
        old, new = document({"a": 1}), document({"a": 0.97})
        self.assertEqual(self.words(old, new), {"a": "slower"})
        self.assertIn("\nslower: more than noise, but not for sure by more than 5 %",
                      self.report(old, new)[0])

    def test_says_that_machines_differ(self):
        text, _ = self.report(document({"a": 1}), document({"a": 1}, cpu="Other CPU"))
        self.assertIn("cpu differs: Some CPU | Other CPU", text)

    def test_same_files_same_verdict(self):
        old, new = document({"a": 1}, noise=NOISY), document({"a": 0.8}, noise=NOISY)
        self.assertEqual(self.report(old, new), self.report(old, new))

    def run_command(self, *arguments, **environment):
        return subprocess.run([sys.executable, "-B", os.path.join(HERE, "compare.py"), *arguments],
                              capture_output=True, text=True, check=False, env={**os.environ, **environment})

    def test_command(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, rate in (("old", 1), ("new", 0.5)):
                paths.append(os.path.join(folder, name, "results.json"))
                os.mkdir(os.path.dirname(paths[-1]))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    json.dump(document({"handshake/tls12-sha256/lanekdf/batch:1": rate}, ghz=3 * rate), file)
            folders = [os.path.dirname(path) for path in paths]
            for arguments, status in ((paths, 1), (paths + ["--limit", "80"], 0), (paths[::-1], 0),
                                      ([paths[0], paths[1] + "-missing"], 2), (folders, 1),
                                      ([folders[0], paths[1]], 1), (folders + ["--cycles"], 1)):
                self.assertEqual(self.run_command(*arguments).returncode, status, arguments)
            picture = os.path.join(folder, "compare.svg")
            done = self.run_command(folders[0], paths[1], "--picture", picture, PATH=folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn("SLOWER", done.stdout)
            self.assertIn("gnuplot-nox", done.stderr)
            self.assertNotIn("compare.svg", os.listdir(folder))
            if not gnuplot.can_write("svg"):
                self.skipTest("gnuplot is not installed")
            self.run_command(folders[0], paths[1], "--picture", picture)
            with open(picture, encoding="utf-8") as file:
                text = file.read()
            for part in ("OLD, old: Some CPU", "NEW, new: Some CPU", "3.00 GHz", "1.50 GHz",
                         "TLS 1.2, SHA-256", "0.25x"):
                self.assertIn(part, text)

    def test_what_is_wrong_is_no_verdict(self):
        """Status 1 says that something is SLOWER. Catches: a traceback, whose status is the same."""
        good = document({"a": 1})
        wrong = [[], {}, {"context": [], "benchmarks": []}, {"context": {}, "benchmarks": [{}]},
                 {"context": {}, "benchmarks": 3}, document({"a": 1}, noise=(0,) * 9),
                 {**good, "benchmarks": [{**good["benchmarks"][0], "items_per_second": "many"}]}, "no JSON"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "results.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(good, file)
            cases = [[path, path, "--filter", "("]]
            if gnuplot.can_write("svg"):
                cases.append([path, path, "--picture", os.path.join(folder, "none", "compare.svg")])
            for i, content in enumerate(wrong):
                cases.append([path, os.path.join(folder, f"{i}.json")])
                with open(cases[-1][1], "w", encoding="utf-8") as file:
                    file.write(content if isinstance(content, str) else json.dumps(content))
            for case in cases:
                done = self.run_command(*case)
                self.assertRegex(done.stderr, r"\Acompare\.py: .*\n\Z", case)
                self.assertEqual(done.returncode, 2, case)

    def test_reader_who_ends(self):
        """The status says all the same what was found, and nothing is said of the pipe."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("old.json", "new.json")]
            for path, rate in zip(paths, (1, 0.5)):
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(document({f"{i}": rate for i in range(100)}), file)
            for order, status in ((paths, 1), (paths[::-1], 0)):
                reading, writing = os.pipe()
                os.close(reading)
                done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "compare.py"), *order],
                                      stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
                os.close(writing)
                self.assertEqual((done.stderr, done.returncode), ("", status))

    def test_help_names_a_picture_and_cycles(self):
        text = self.run_command("--help").stdout
        for part in ("--cycles", "--picture", "folder"):
            self.assertIn(part, text)


if __name__ == "__main__":
    skips.main()
