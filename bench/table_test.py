#!/usr/bin/env python3
"""Tests table.py on table_sample.json."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import results
import table


class Table(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(HERE, "table_sample.json"), encoding="utf-8") as file:
            self.document = json.load(file)

    def report(self):
        return list(table.report(results.Results(self.document)))

    def lines(self):
        return [line.split() for line in self.report()]

    def test_rates_are_medians_without_aggregates(self):
        self.assertIn(["lanekdf", "2.000", "4.000", "500"], self.lines())
        self.assertIn(["openssl", "3.0.0", "0.125", "0.125", "8000"], self.lines())

    def test_ratios(self):
        self.assertIn(["lanekdf", "against", "openssl", "3.0.0", "x16.0", "x32.0"], self.lines())

    def test_what_was_not_measured_stays_empty(self):
        self.assertIn(["ipsec-mb", "1.3.0", "1.000"], self.lines())
        self.assertIn(["lanekdf", "against", "ipsec-mb", "1.3.0", "x4.00"], self.lines())

    def test_two_versions_of_a_peer(self):
        self.assertIn("ipsec-mb 3.0.0-dev+libcrypto 1.250".split(), self.lines())
        self.assertIn("lanekdf against ipsec-mb 3.0.0-dev+libcrypto x3.20".split(), self.lines())

    def test_calls_hot_and_cold(self):
        self.assertIn(["prf,", "lanekdf", "250", "500"], self.lines())
        self.assertIn("prf, openssl 3.0.0 4000 x16.0 8.0 % 8000 x16.0 4.0 %".split(), self.lines())

    def test_every_table_has_percentages_of_the_floor(self):
        for line in ("lanekdf, of the floor 50 % 75 %", "openssl 3.0.0, of the floor 3.0 %",
                     "random order, of the floor 45 %", "sorted by shape, of the floor 50 %",
                     "from a prepared secret, of the floor 72 %", "each, of the floor 71 %",
                     "sha256_scalar, of its floor 60 % 80 %"):
            self.assertIn(line.split(), self.lines())

    def test_what_the_floor_is(self):
        self.assertIn("sha256_scalar: 40.0 (so many operations); step 500 (others)".split(), self.lines())
        self.assertTrue(any(line.startswith("The floor of a call is") for line in self.report()))

    def test_without_a_floor(self):
        for entry in self.document["benchmarks"]:
            entry.pop("percent_of_floor", None)
        for key in [key for key in self.document["context"] if key.startswith("ceiling/")]:
            self.document["context"][key] = "unknown"
        text = "\n".join(self.report())
        self.assertNotIn("of the floor", text.replace("percentages: of the floor", ""))
        self.assertNotIn("The floor of a call", text)

    def test_threads_are_no_column_of_batches(self):
        self.assertIn("threads 1 2".split(), self.lines())
        self.assertIn("against one x1.00 x1.90".split(), self.lines())
        self.assertIn("million handshakes/s at batch size 1 64 ns at 1".split(), self.lines())

    def test_mix(self):
        self.assertIn("lanekdf 80 %".split(), self.lines())
        self.assertIn("lanekdf, lanes in use 90 %".split(), self.lines())

    def test_sha384(self):
        self.assertIn("lanekdf against openssl 3.0.0 x20.0".split(), self.lines())
        self.assertIn("lanekdf, of the floor 60 %".split(), self.lines())
        self.assertIn("for SHA-384: 1: sha512_scalar".split(), self.lines())

    def test_orders(self):
        for line in ("random against sorted 90 %", "lanes in use, random 91 %", "lanes in use, sorted 97 %"):
            self.assertIn(line.split(), self.lines())

    def test_orders_of_stages(self):
        for line in ("random order, of the floor 35 %", "lanes in use, random 71 %",
                     "lanes in use, sorted 87 %"):
            self.assertIn(line.split(), self.lines())
        self.assertFalse(any(line.startswith("tls13-mix-sorted") for line in self.report()))

    def test_orders_of_which_some_were_not_measured(self):
        entry = next(entry for entry in self.document["benchmarks"]
                     if entry["run_name"] == "handshake/tls13-mix/lanekdf/batch:64")
        self.document["benchmarks"].append({**entry, "run_name": "handshake/tls13-mix/lanekdf/batch:8"})
        self.assertIn("sorted by shape 2.000".split(), self.lines())

    def test_connections(self):
        for line in ("lanekdf against openssl 3.0.0 x30.0", "libcrypto-composed 3.0.0 0.500",
                     "lanekdf against libcrypto-composed 3.0.0 x6.00", "lanekdf, of the floor 81 %"):
            self.assertIn(line.split(), self.lines())

    def test_stages(self):
        for line in ("tls13-finished: 4 compressions", "tls13-finished 100", "against openssl 3.0.0 x4.00",
                     "of the floor 66 %"):
            self.assertIn(line.split(), self.lines())

    def test_packets(self):
        for line in ("quic-open: keys and packet", "ns for one packet at batch size 8", "openssl 3.0.0 5000",
                     "lanekdf against openssl 3.0.0 x5.00"):
            self.assertIn(line.split(), self.lines())

    def test_exporter(self):
        for line in ("from the master secret 400", "from a prepared secret 200",
                     "the one against the other x2.00"):
            self.assertIn(line.split(), self.lines())

    def test_kernels(self):
        self.assertIn(["sha256_scalar", "300", "270", "660"], self.lines())
        for entry in self.document["benchmarks"]:
            entry.pop("cycles_per_compression", None)
        self.assertIn(["sha256_scalar", "100", "90.0", "220"], self.lines())

    def test_names_machine_and_versions(self):
        text = "\n".join(self.report())
        for part in ("lanekdf 0.1.0", "OpenSSL 3.0.0", "ipsec-mb 1.3.0", "AWS-LC missing (so)",
                     "gcc 12.2.0", "Some CPU", "3.00 GHz", "sse hash_burst", "3 repetitions",
                     "disturbance: 7."):
            self.assertIn(part, text)

    def test_nothing_run(self):
        self.document["benchmarks"] = []
        with self.assertRaises(SystemExit):
            self.report()


if __name__ == "__main__":
    unittest.main()
