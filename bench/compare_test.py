#!/usr/bin/env python3
"""Tests compare.py on small results that are made up."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import compare
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
    def words(self, old, new, limit=5):
        rows, _, _ = compare.compare(Results(old), Results(new), limit, "")
        return {row[0]: row[4] for row in rows}

    def report(self, old, new, limit=5, pattern=""):
        lines, status = compare.report(Results(old), Results(new), limit, pattern)
        return "\n".join(lines), status

    def test_verdicts(self):
        old = document({"a": 1, "b": 1, "c": 1, "d": 1})
        new = document({"a": 1, "b": 1.2, "c": 0.97, "d": 0.9})
        self.assertEqual(self.words(old, new), {"a": "same", "b": "faster", "c": "slower", "d": "REGRESSION"})

    def test_limit(self):
        old, new = document({"a": 1}), document({"a": 0.9})
        self.assertEqual(self.report(old, new)[1], 1)
        self.assertEqual(self.report(old, new, limit=15)[1], 0)

    def test_noise_is_no_regression(self):
        old, new = document({"a": 1}, noise=NOISY), document({"a": 0.9}, noise=NOISY)
        self.assertEqual(self.words(old, new), {"a": "same"})

    def test_another_clock_is_no_regression(self):
        self.assertEqual(self.words(document({"a": 1}, ghz=3.6), document({"a": 1}, ghz=3.0)), {"a": "same"})

    def test_names_in_one_only(self):
        text, status = self.report(document({"a": 1, "b": 1}), document({"a": 1, "c": 1}))
        self.assertIn("only in OLD: b", text)
        self.assertIn("only in NEW: c", text)
        self.assertEqual(status, 0)

    def test_nothing_in_both(self):
        self.assertEqual(self.report(document({"a": 1}), document({"b": 1}))[1], 2)
        self.assertEqual(self.report(document({"a": 1}), document({"a": 1}), pattern="x")[1], 2)

    def test_few_repetitions_give_no_verdict(self):
        old, new = document({"a": 1}, noise=(1,)), document({"a": 0.5}, noise=(1,))
        self.assertEqual(self.words(old, new), {"a": "too few"})
        self.assertEqual(self.report(old, new)[1], 0)

    def test_says_that_machines_differ(self):
        text, _ = self.report(document({"a": 1}), document({"a": 1}, cpu="Other CPU"))
        self.assertIn("cpu differs: Some CPU | Other CPU", text)

    def test_same_files_same_verdict(self):
        old, new = document({"a": 1}, noise=NOISY), document({"a": 0.8}, noise=NOISY)
        self.assertEqual(self.report(old, new), self.report(old, new))

    def test_command(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, rate in (("old", 1), ("new", 0.5)):
                paths.append(os.path.join(folder, name))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    json.dump(document({"a": rate}), file)
            for arguments, status in ((paths, 1), (paths + ["--limit", "60"], 0), (paths[::-1], 0),
                                      ([paths[0], paths[1] + "-missing"], 2)):
                done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "compare.py")] + arguments,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                self.assertEqual(done.returncode, status, arguments)


if __name__ == "__main__":
    unittest.main()
