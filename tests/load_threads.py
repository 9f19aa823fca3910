#!/usr/bin/env python3
"""lanekdf load with four threads, however many CPUs there are: all engines, both clocks, sweeps and
searches. In builds with sanitizers, and under ThreadSanitizer by tests/threads.sh, no thread may touch what
is another's.

Usage: load_threads.py PATH/TO/lanekdf

Catches: a race of threads, threads with the same arrivals, a rate that each thread takes whole, and a thread
that is left out of a sum."""
import json
import os
import tempfile
import unittest

from command_support import ERROR, FAILED, OK, run

THREADS = 4
# Exit statuses that the command does not have.
ENVIRONMENT = {"LANEKDF_LOAD_CPUS": str(THREADS), "ASAN_OPTIONS": "exitcode=99",
               "UBSAN_OPTIONS": "exitcode=98", "TSAN_OPTIONS": "exitcode=97"}
MIX = ({"cipher_suite": "c02f", "finished": "both"}, {"cipher_suite": "c030", "exporter": 32},
       {"workload": "tls13-sha256"}, {"workload": "quic-initial"})


class Threads(unittest.TestCase):
    def load(self, *arguments, statuses=(OK,)):
        """The results of a run, and what it printed on standard error."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.jsonl")
            verify = () if "--verify" in arguments else ("--verify", "8")
            result = run("load", "--threads", str(THREADS), "--footprint", "hot", "--slices", "2", *verify,
                         "--json", name, *arguments, env=os.environ | ENVIRONMENT)
            self.assertIn(result.returncode, statuses, result.stderr)
            self.assertNotIn("Sanitizer", result.stderr)
            with open(name, encoding="utf-8") as file:
                return [json.loads(line) for line in file][1:-1], result.stderr

    def test_work_clock(self):
        results, message = self.load("--rate", "4000,50%", "--find-rate", "p99=1ms", "--samples", "4000")
        self.assertEqual(message, "")
        for point in (line for line in results if line.get("kind") == "rate"):
            self.assertEqual((point["slices_of_threads"], point["wrong"]), (2 * THREADS, 0))
            self.assertEqual(point["latency"]["n"], 4000)
            self.assertGreater(point["verified"], 0)
        first = results[0]
        self.assertEqual(first["offered"], 4000)
        # Elapsed time is that of all threads, each of which has a quarter of the rate.
        self.assertLess(abs(first["elapsed_ns"] / (THREADS * 1e9) - 1), .2)

    def test_real_clock(self):
        """The threads share CPUs here, which may disturb the run."""
        results, _ = self.load("--rate", "2000", "--samples", "1000", "--clock", "real", "--wait", "sleep",
                               statuses=(OK, FAILED))
        self.assertEqual({(point["latency"]["n"], point["wrong"]) for point in results}, {(1000, 0)})

    def test_mix(self):
        """The pool has several parts, of which each thread has its own."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("".join(json.dumps(line) + "\n" for line in MIX))
            file.flush()
            results, message = self.load("--mix", file.name, "--rate", "4000", "--samples", "2000")
        self.assertEqual(message, "")
        self.assertEqual({point["wrong"] for point in results}, {0})

    def test_own_arrivals(self):
        """Arrivals that all threads had in common would give each latency four times."""
        (point,), _ = self.load("--engine", "fixed:5us", "--rate", "50%", "--group", "1", "--samples", "4000")
        counts = point["latency_counts"][1::2]
        self.assertTrue(any(count % THREADS for count in counts))

    def test_wrong_outputs(self):
        """The first three of each thread are printed, and all are counted."""
        results, message = self.load("--engine", "flip:lanekdf-one", "--rate", "4000", "--samples", "1000",
                                     "--verify", "1", statuses=(FAILED,))
        self.assertEqual(message.count("wrong output: engine flip:lanekdf-one, handshake "), 3 * THREADS)
        self.assertIn("load: 16 of the 1024 outputs that all engines derive were wrong in the end", message)
        self.assertGreater(results[0]["wrong"], 0)

    def test_cpus(self):
        """A number of CPUs that is none is refused, and so are more threads than CPUs."""
        for cpus, message in (("0", "LANEKDF_LOAD_CPUS is 0, and not a number of CPUs from 1 to 1024"),
                              ("3", "--threads 4: this process has 3 CPUs, and each thread takes one")):
            result = run("load", "--threads", str(THREADS), env=os.environ | {"LANEKDF_LOAD_CPUS": cpus})
            self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
            self.assertEqual(result.stderr, f"lanekdf: load: {message}\n")


if __name__ == "__main__":
    unittest.main()
