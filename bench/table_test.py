#!/usr/bin/env python3
"""Tests table.py on table_sample.json."""
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tests")]
sys.dont_write_bytecode = True
import results
import skips
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
        self.assertIn(["lanekdf", "2.000", "4.000"], self.lines())
        self.assertIn(["OpenSSL", "3.0.0", "0.125", "0.125"], self.lines())

    def under(self, workload, heading):
        """The lines of a table that belong to a heading."""
        report = self.report()
        start = next(i for i, line in enumerate(report) if line.startswith(workload + ": "))
        start += report[start:].index(heading) + 1
        return [line.split() for line in report[start:] if line.startswith("  ")]

    def test_ratios(self):
        self.assertIn(["OpenSSL", "3.0.0", "16.0x", "32.0x"], self.under("tls12-sha256", "lanekdf against"))

    def test_what_was_not_measured_stays_empty(self):
        self.assertIn(["ipsec-mb", "1.3.0", "1.000"], self.lines())
        self.assertIn(["ipsec-mb", "1.3.0", "4.00x"], self.under("tls12-sha256", "lanekdf against"))

    def test_two_versions_of_a_peer(self):
        self.assertIn("ipsec-mb 3.0.0-dev+libcrypto 1.250".split(), self.lines())
        self.assertIn("ipsec-mb 3.0.0-dev+libcrypto 3.20x".split(),
                      self.under("tls12-sha256", "lanekdf against"))

    def test_a_kernel_has_its_own_name(self):
        self.assertIn("sha512_scalar", [line[0] for line in self.lines() if line])
        self.assertNotIn("lanekdf-sha512_scalar", "\n".join(self.report()))

    def test_lines_fit_a_terminal(self):
        self.document["context"]["kernel_choice"] = ", ".join(f"{n}: sha256_shani_avx512vl" for n in range(9))
        # The library that a user names may have a longer version.
        self.document["benchmarks"] = [entry for entry in self.document["benchmarks"]
                                       if "named" not in entry["run_name"]]
        for batch in (2, 4, 8, 16, 256, 1024, 10000):
            for impl in ("lanekdf", "lanekdf-sha256_shani_avx512vl", "ipsec-mb+libcrypto"):
                self.document["benchmarks"].append(
                    {**self.document["benchmarks"][0], "percent_of_floor": 100,
                     "run_name": f"handshake/tls12-sha256/{impl}/batch:{batch}"})
        for line in self.report():
            self.assertLessEqual(len(line), 80, line)

    def test_columns_stand_apart_where_there_is_room(self):
        self.assertEqual(table.table("at", ["1", "2"], [("name", [0.5, "x"])]),
                         ["at        1  2", "name  0.500  x"])

    def test_command(self):
        path = os.path.join(HERE, "table_sample.json")
        for arguments, first in (([path], "lanekdf 0.1.0"), (["--summary", path], "Handshakes/s whose keys")):
            done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "table.py"), *arguments],
                                  capture_output=True, text=True, check=True)
            self.assertTrue(done.stdout.startswith(first), done.stdout)

    def summary(self):
        return table.summary(results.Results(self.document))

    def test_summary(self):
        lines = [line.split() for line in self.summary()]
        for line in ("lanekdf 2,000,000 4,000,000", "OpenSSL 3.0.0 125,000 16.0x 125,000 32.0x",
                     "ipsec-mb 1.3.0 1,000,000 4.00x", "lanekdf, of the floor 50 % 75 %"):
            self.assertIn(line.split(), lines)
        self.assertIn("TLS 1.2, SHA-256 one at a time 64 in a call".split(), lines)
        self.assertIn("TLS 1.3, SHA-256 one at a time 64 in a call".split(), lines)

    def test_summary_prefers_the_batch_that_stands_for_bulk(self):
        for batch in (256, 1024):
            self.document["benchmarks"].append({**self.document["benchmarks"][0],
                                                "run_name": f"handshake/tls12-sha256/lanekdf/batch:{batch}"})
        self.assertTrue(any("256 in a call" in line for line in self.summary()))

    def test_summary_is_short_and_fits_80_columns(self):
        self.assertLessEqual(len(self.summary()), 15)
        for line in self.summary():
            self.assertLessEqual(len(line), 80, line)

    def test_summary_of_other_benchmarks_is_empty(self):
        self.document["benchmarks"] = [entry for entry in self.document["benchmarks"]
                                       if entry["run_name"].startswith("kernel/")]
        self.assertEqual(self.summary(), [])

    def test_ratios_have_three_digits(self):
        self.assertEqual([table.ratio(value, 1) for value in (0.5, 9.994, 9.996, 12.34)],
                         ["0.50x", "9.99x", "10.0x", "12.3x"])

    def test_cells_take_five_columns(self):
        self.assertEqual([table.text(value) for value in (0.5, 9.9994, 9.9996, 99.94, 99.96, 1234)],
                         ["0.500", "9.999", "10.0", "99.9", "100", "1234"])
        self.assertEqual([table.percent(value) for value in (9.94, 9.96, 50, 100)],
                         ["9.9 %", "10 %", "50 %", "100 %"])

    def test_summary_rounds(self):
        self.assertEqual(table.rounded(1234567.8), "1,230,000")
        self.assertEqual(table.rounded(987.6), "988")
        self.assertIsNone(table.rounded(None))

    def test_calls_hot_and_cold(self):
        self.assertIn(["prf,", "lanekdf", "250", "500"], self.lines())
        self.assertIn("prf, OpenSSL 3.0.0 4000 16.0x 8.0 % 8000 16.0x 4.0 %".split(), self.lines())

    def test_every_table_has_percentages_of_the_floor(self):
        for line in ("lanekdf 50 % 75 %", "OpenSSL 3.0.0 3.0 %"):
            self.assertIn(line.split(), self.under("tls12-sha256", "of the floor"))
        for line in ("random order, of the floor 45 %", "sorted by shape, of the floor 50 %",
                     "from a prepared secret, of the floor 72 %", "each, of the floor 71 %",
                     "sha256_scalar, of its floor 60 % 80 %"):
            self.assertIn(line.split(), self.lines())

    def test_what_the_floor_is(self):
        self.assertIn("sha256_scalar: 40.0 (so many operations); step 500 (others)".split(), self.lines())
        self.assertIn("The floor of a call is", "\n".join(self.report()))

    def test_without_a_floor(self):
        for entry in self.document["benchmarks"]:
            entry.pop("percent_of_floor", None)
        for key in [key for key in self.document["context"] if key.startswith("ceiling/")]:
            self.document["context"][key] = "unknown"
        text = "\n".join(self.report())
        self.assertNotIn("of the floor", text.replace("percentages: of the floor", ""))
        self.assertNotIn("The floor of a call", text)
        self.assertNotIn("floor", "\n".join(self.summary()))

    def test_threads_are_no_column_of_batches(self):
        self.assertIn("threads 1 2".split(), self.lines())
        self.assertIn("against one 1.00x 1.90x".split(), self.lines())
        self.assertIn("million/s at batch size 1 64".split(), self.lines())

    def test_mix(self):
        self.assertIn("lanekdf 80 %".split(), self.lines())
        report = self.report()
        start = report.index(next(line for line in report if line.startswith("tls12-mix, rate")))
        self.assertIn("lanekdf 90 %".split(),
                      [line.split() for line in report[report.index("lanes in use", start):]])

    def test_sha384(self):
        self.assertIn("OpenSSL 3.0.0 20.0x".split(), self.under("tls12-sha384", "lanekdf against"))
        self.assertIn("lanekdf 60 %".split(), self.under("tls12-sha384", "of the floor"))
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
        self.assertIn("libcrypto-composed 3.0.0 0.500".split(), self.lines())
        for line in ("OpenSSL 3.0.0 30.0x", "libcrypto-composed 3.0.0 6.00x"):
            self.assertIn(line.split(), self.under("tls13-sha256", "lanekdf against"))
        self.assertIn("lanekdf 81 %".split(), self.under("tls13-sha256", "of the floor"))

    def test_stages(self):
        for line in ("tls13-finished: 4 compressions", "tls13-finished 100", "against OpenSSL 3.0.0 4.00x",
                     "of the floor 66 %"):
            self.assertIn(line.split(), self.lines())

    def test_packets(self):
        for line in ("quic-open: keys and packet", "ns for one packet at batch size 8", "OpenSSL 3.0.0 5000",
                     "lanekdf against OpenSSL 3.0.0 5.00x"):
            self.assertIn(line.split(), self.lines())

    def test_exporter(self):
        for line in ("from the master secret 400", "from a prepared secret 200",
                     "the one against the other 2.00x"):
            self.assertIn(line.split(), self.lines())

    def test_kernels(self):
        self.assertIn(["sha256_scalar", "300", "270", "660"], self.lines())
        for entry in self.document["benchmarks"]:
            entry.pop("cycles_per_compression", None)
        self.assertIn(["sha256_scalar", "100", "90.0", "220"], self.lines())

    def test_names_machine_and_versions(self):
        text = "\n".join(self.report())
        for part in ("lanekdf 0.1.0", "OpenSSL 3.0.0", "ipsec-mb 1.3.0", "AWS-LC: not measured (so)",
                     "another version of it: 3.0.0-dev", "gcc 12.2.0", "Some CPU", "3.00 GHz",
                     "sse hash_burst", "3 repetitions", "disturbance: 97 of 3,300.",
                     "The run took 3 min 20 s, of which 1 min 5 s for other programs on this machine."):
            self.assertIn(part, " ".join(text.split()))

    def test_results_of_before_do_not_say_how_many_were_measured(self):
        for key in ("repetitions_measured", "seconds", "seconds_busy"):
            del self.document["context"][key]
        text = " ".join(" ".join(self.report()).split())
        self.assertIn("disturbance: 97.", text)
        self.assertNotIn("The run took", text)

    def test_nothing_run(self):
        self.document["benchmarks"] = []
        with self.assertRaises(SystemExit):
            self.report()


if __name__ == "__main__":
    skips.main()
