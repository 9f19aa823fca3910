#!/usr/bin/env python3
"""lanekdf-load-mpi: what rank 0 prints is what lanekdf load merge makes of the files of all ranks, a search
decides on what all of them saw, and no rank waits for ever for one that cannot go on.

Usage: load_mpi.py PATH/TO/lanekdf PATH/TO/lanekdf-load-mpi PATH/TO/mpiexec PATH/TO/mpi_of_one_thread
       [unittest's arguments]
The runs have a network of their own with nothing but loopback, where the system allows it.

Catches: a rank that reports for others or is left out, ranks with the same arrivals, a rate that each rank
takes whole, a search that a rank decides by itself, ranks that hang when one of them fails, and threads with
an MPI that allows none."""
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from command_support import ERROR, FAILED, HAS_SANITIZER, OK, run

PROGRAM, MPIEXEC, OF_ONE_THREAD = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1)
if not os.path.exists(PROGRAM):
    print("skipped: lanekdf-load-mpi was not built, since MPI was not found (Debian: libopenmpi-dev and "
          "openmpi-bin)")
    sys.exit(77)

LOOPBACK_UP = """import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
os.execvp(sys.argv[1], sys.argv[1:])"""


def own_network():
    alone = ["unshare", "-n", sys.executable, "-c", LOOPBACK_UP]
    try:
        is_allowed = subprocess.run([*alone, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        is_allowed = False
    print("a network with loopback alone" if is_allowed else "the network of the machine", flush=True)
    return alone if is_allowed else []


def mpiexec():
    version = subprocess.run([MPIEXEC, "--version"], capture_output=True, text=True).stdout
    is_open_mpi = "Open MPI" in version or "OpenRTE" in version
    print(version.splitlines()[0] if version else MPIEXEC, flush=True)
    return [MPIEXEC] + ["--allow-run-as-root", "--map-by", ":OVERSUBSCRIBE"] * is_open_mpi


START = own_network() + mpiexec()
# Leaks of MPI's own are not looked for.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
NO_WORK = ("--engine", "fixed:5us", "--around", "0us", "--group", "1", "--samples", "2000")


class Ranks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def ranks(self, *words):
        return subprocess.run([*START, *words], capture_output=True, text=True, timeout=250, env=ENVIRONMENT)

    def ranks_by_number(self, n, script):
        """Ranks that differ: a script of the shell begins the program as "$@" and knows its rank as $rank.
        Several programs with colons between them would say the same, on which mpirun of OpenMPI 5.0.7 (Debian
        13) dies."""
        return self.ranks("-n", str(n), "sh", "-c", "rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; " + script,
                          "sh", PROGRAM, *NO_WORK)

    def files(self, n):
        names = [self.path(f"x.{i}") for i in range(n)]
        self.assertEqual(sorted(glob.glob(self.path("x.*"))), names)
        results = []
        for name in names:
            with open(name, encoding="utf-8") as file:
                results.append(list(map(json.loads, file)))
        return names, results

    def same_as_merge(self, result, names):
        """Both print one report, of rows that have numbers in them."""
        merged = run("load", "merge", *names)
        self.assertEqual(result.stdout, merged.stdout)
        self.assertEqual(result.returncode, merged.returncode, result.stderr)
        self.assertRegex(result.stdout, r"\d\.\dus.* all\n")

    def test_sweep(self):
        """Four ranks share a rate, and have arrivals of their own."""
        result = self.ranks("-n", "4", PROGRAM, *NO_WORK, "--rate", "40000,50%", "--json", self.path("x"),
                            "--hgrm", self.path("hgrm"), "--progress", self.path("progress"))
        names, results = self.files(4)
        self.same_as_merge(result, names)
        self.assertRegex(result.stderr, r"fixed:5us, \d+ handshakes per second, slice 1 of 20, p99 [0-9.]+us")
        self.assertEqual(len({json.dumps(lines[1]["latency_counts"]) for lines in results}), 4)
        for lines in results:
            self.assertEqual([point["offered"] for point in lines[1:-1]], [10000, 100000])
            self.assertEqual([point["latency"]["n"] for point in lines[1:-1]], [2000, 2000])
        with open(self.path("progress"), encoding="utf-8") as file:
            slices = list(map(json.loads, file))
        self.assertEqual(len(slices), 20)
        self.assertEqual({point["offered"] for point in slices}, {40000, 400000})
        for name in glob.glob(self.path("hgrm.*")):
            with open(name, encoding="utf-8") as file:
                self.assertIn("Total count    =         8000", file.read())

    def test_search(self):
        """The percentile of both ranks together meets the objective, and both have found the same rates."""
        result = self.ranks("-n", "2", PROGRAM, *NO_WORK, "--find-rate", "p99=50us", "--json", self.path("x"))
        names, results = self.files(2)
        self.same_as_merge(result, names)
        self.assertEqual(result.returncode, OK)
        for kind in ("passed", "failed"):
            points = [next(line for line in lines if line.get("kind") == kind) for lines in results]
            self.assertEqual(points[0]["offered"], points[1]["offered"])
            beyond = sum(sum(count for step, count in zip(*[iter(point["latency_counts"])] * 2)
                             if 2 ** (step // 256) * (1 + step % 256 / 256) > 50_000) for point in points)
            n = sum(point["latency"]["n"] for point in points)
            self.assertEqual(beyond <= .01 * n, kind == "passed", (kind, beyond, n))

    def test_trace(self):
        """The ranks take turns with the arrivals of a trace: of two at a moment each has one."""
        with open(self.path("trace"), "w", encoding="utf-8") as file:
            file.write("".join(f"{i // 2000}.{i // 2 % 1000:03d}\n" for i in range(2000)))
        result = self.ranks("-n", "2", PROGRAM, "--engine", "fixed:1us", "--around", "0us", "--samples",
                            "2000", "--slices", "2", "--arrivals", f"trace:{self.path('trace')}", "--json",
                            self.path("x"))
        self.assertEqual(result.returncode, OK, result.stderr)
        for lines in self.files(2)[1]:
            self.assertAlmostEqual(lines[1]["per_call"], 1, delta=.01)

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer has to be loaded before all else")
    def test_threads(self):
        result = self.ranks("-n", "1", "sh", "-c", 'LD_PRELOAD=$1; export LD_PRELOAD; shift; exec "$@"', "sh",
                            OF_ONE_THREAD, PROGRAM, *NO_WORK, "--rate", "1000")
        self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
        self.assertIn("lanekdf-load-mpi: this MPI is for programs of one thread: MPI_THREAD_FUNNELED is "
                      "needed\n", result.stderr)

    def test_differing_options(self):
        result = self.ranks_by_number(3, 'exec "$@" --rate $((rank > 0 ? 2000 : 1000))')
        self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
        self.assertEqual(result.stderr.count("the options of this rank are not those of rank 0"), 1)
        self.assertIn("lanekdf-load-mpi: rank 1 on ", result.stderr)

    def test_differing_contents(self):
        """Ranks whose files have one name and other contents are refused before the run."""
        for name, suite in (("0", "c02f"), ("1", "c030")):
            os.mkdir(self.path(name))
            with open(os.path.join(self.path(name), "mix"), "w", encoding="utf-8") as file:
                file.write(f'{{"cipher_suite":"{suite}"}}\n')
        result = self.ranks_by_number(2, f'cd {self.path("$rank")} && exec "$@" --mix mix --rate 1000')
        self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
        self.assertEqual(result.stderr.count('rank 1: line 1: "classes" is [{"cipher_suite":"c030"}]'),
                         1, result.stderr)

    def test_wrong_options(self):
        """One rank says what is wrong."""
        result = self.ranks("-n", "3", PROGRAM, "--rate", "0")
        self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
        self.assertEqual(result.stderr.count("--rate 0: not a number of handshakes"), 1)

    def test_files_of_ranks(self):
        """The file of a rank may be one that is read, or that rank 0 writes."""
        mix = '{"cipher_suite":"c02f"}\n'
        with open(self.path("x.1"), "w", encoding="utf-8") as file:
            file.write(mix)
        for option in ("--mix", "--progress", "--hgrm"):
            result = self.ranks("-n", "2", PROGRAM, *NO_WORK, "--rate", "1000", option, self.path("x.1"),
                                "--json", self.path("x"))
            self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
            self.assertIn("x.1 is written, and is the same file as ", result.stderr)
            with open(self.path("x.1"), encoding="utf-8") as file:
                self.assertEqual(file.read(), mix)

    def test_rank_that_cannot_write(self):
        os.mkdir(self.path("x.1"))
        result = self.ranks("-n", "2", PROGRAM, *NO_WORK, "--rate", "1000", "--json", self.path("x"))
        self.assertEqual((result.returncode, result.stdout), (ERROR, ""))
        self.assertRegex(result.stderr, "rank 1 on .*x.1: Is a directory")
        result = self.ranks("-n", "2", PROGRAM, *NO_WORK, "--rate", "1000", "--progress", "/dev/full")
        self.assertEqual(result.returncode, ERROR)
        self.assertIn("load: --progress /dev/full: cannot write: No space left on device\n", result.stderr)
        self.assertIn("  all\n", result.stdout)

    def test_no_rate(self):
        """Nothing takes less than the service time, which the report says."""
        result = self.ranks("-n", "2", PROGRAM, *NO_WORK, "--find-rate", "p99=4us")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("no rate was found that meets p99 within 4.00us; a handshake that meets no other takes "
                      "5.00us", result.stdout)

    def test_killed_rank(self):
        """The others end, too, with a message."""
        script = f'echo > {self.path("pid")}.$$; exec "$@"'
        process = subprocess.Popen(
            [*START, "-n", "2", "sh", "-c", script, "sh", PROGRAM, *NO_WORK[:-2], "--samples",
             "1000000000000", "--rate", "1000"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        while len(glob.glob(self.path("pid.*"))) < 2:
            self.assertIsNone(process.poll())
            time.sleep(.05)
        time.sleep(1)  # so that they are in the middle of the run
        os.kill(int(glob.glob(self.path("pid.*"))[0].rsplit(".", 1)[1]), signal.SIGKILL)
        output, message = process.communicate(timeout=100)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(output, "")
        self.assertIn("signal 9", message)


if __name__ == "__main__":
    unittest.main()
