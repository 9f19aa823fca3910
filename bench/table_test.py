#!/usr/bin/env python3
"""table.py on table_sample.json."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import table


class Table(unittest.TestCase):
    def setUp(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "table_sample.json")
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)

    def lines(self):
        return [line.split() for line in table.report(self.document)]

    def test_rates_are_medians_without_aggregates(self):
        self.assertIn(["lanekdf", "2.000", "4.000", "500"], self.lines())
        self.assertIn(["openssl", "0.125", "0.125", "8000"], self.lines())

    def test_ratios(self):
        self.assertIn(["lanekdf", "against", "openssl", "x16.0", "x32.0"], self.lines())
        self.assertIn(["openssl", "0.250", "4000", "x16.0"], self.lines())  # prf

    def test_what_was_not_measured_stays_empty(self):
        self.assertIn(["ipsec-mb", "1.000"], self.lines())
        self.assertIn(["lanekdf", "against", "ipsec-mb", "x4.00"], self.lines())

    def test_kernels(self):
        self.assertIn(["sha256_scalar", "300", "270"], self.lines())
        for entry in self.document["benchmarks"]:
            entry.pop("cycles_per_compression", None)
        self.assertIn(["sha256_scalar", "100", "90.0"], self.lines())

    def test_names_machine_and_versions(self):
        text = "\n".join(table.report(self.document))
        for part in ("lanekdf 0.1.0", "OpenSSL 3.0.0", "ipsec-mb 1.3.0", "gcc 12.2.0", "Some CPU", "3.00 GHz",
                     "sse hash_burst", "3 repetitions"):
            self.assertIn(part, text)

    def test_nothing_run(self):
        self.document["benchmarks"] = []
        with self.assertRaises(SystemExit):
            list(table.report(self.document))


if __name__ == "__main__":
    unittest.main()
