#!/usr/bin/env python3
"""Tests what a user sees while things are built, installed and measured, on a terminal and in a file.

Usage: progress_test.py [LANEKDF_BENCH]

With the benchmark program it tests what that one shows, too.
"""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests"))
sys.dont_write_bytecode = True
import skips

PACKAGES = os.path.join(os.path.dirname(HERE), "cmake", "packages.sh")
BENCHMARK = sys.argv.pop(1) if len(sys.argv) > 1 else None

# Makes bash's clock a number that the test alone moves, so that nothing depends on how busy the machine is.
CLOCK = "unset SECONDS; declare -i SECONDS=0;"

# Stands for apt-get: prints what it would with APT::Status-Fd=1, and fails for one package.
APT_GET = """#!/bin/bash
echo "apt-get $*" >>"$APT_LOG"
echo "Hit:1 some mirror"
[[ " $* " == *" install "* ]] || exit 0
echo "Reading package lists..."
[[ $* == *APT::Status-Fd=1* ]] || exit 1
echo "dlstatus:1:40.5:Retrieving file 1 of 2"
echo "pmstatus:some-package:60.0:Unpacking some-package"
echo "Setting up some-package"
[[ $* != *broken-package* ]] || { echo "E: Unable to locate package"; exit 100; }
"""


def on_terminal(command, environment=None):
    """What the command prints on a terminal, and its status."""
    leader, follower = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, env=environment) as process:
        os.close(follower)
        text = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the last writer has left
                break
            if not part:
                break
            text += part
    os.close(leader)
    return text.decode(), process.returncode


def on_file(command, environment=None):
    """What the command prints on standard error in a file, and its status."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=environment, check=False)
    return done.stderr, done.returncode


def script(text):
    return ["bash", "-c", f"set -euo pipefail; . '{PACKAGES}'; {text}"]


class Shell(unittest.TestCase):
    def test_a_build_on_a_terminal(self):
        text, _ = on_terminal(script(r"printf '[  4%%] a\n[ 50%%] b\n[100%%] c\n' |"
                                     " progress_of_build Building"))
        self.assertIn("\r\033[KBuilding: 50 %", text)
        self.assertTrue(text.endswith("\r\033[K"))  # leaves nothing behind

    def test_a_build_does_not_go_back(self):
        for shown in (on_terminal, on_file):
            text, _ = shown(script("progress_seconds_between_lines=0;"
                                   " printf '[ 40%%] a\\n[ 30%%] b\\n[ 50%%] c\\n' |"
                                   " progress_of_build Building"))
            self.assertEqual(re.findall(r"\d+ %", text), ["40 %", "50 %"])

    def test_a_build_by_ninja(self):
        text, _ = on_terminal(script(r"printf '[1/4] a\n[3/4] b\n' | progress_of_build Building"))
        self.assertIn("Building: 75 %", text)

    def test_a_build_is_passed_on_whole(self):
        done = subprocess.run(script(r"printf 'error: \\n[ 50%%] b\n' | progress_of_build Building"),
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "error: \\n[ 50%] b\n")

    def test_a_build_in_a_file_has_a_line_now_and_then(self):
        text, _ = on_file(script(f"{CLOCK} progress_begin Building; "
                                 "for i in 10 20 30 40 50; do progress_at $i; SECONDS+=8; done"))
        self.assertEqual(text, "Building: 30 %, 37 s left\nBuilding: 50 %, 32 s left\n")

    def test_time_left(self):
        text, _ = on_terminal(script(f"{CLOCK} progress_begin Building; SECONDS+=30; "
                                     "progress_at 25; progress_at 90"))
        self.assertIn("Building: 25 %, 1 min 30 s left", text)
        self.assertIn("Building: 90 %, 3 s left", text)

    def test_a_build_that_fails_is_seen(self):
        _, status = on_file(script("{ echo '[ 50%] a'; exit 3; } | progress_of_build Building"))
        self.assertEqual(status, 3)


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, text in (("apt-get", APT_GET), ("dpkg-query", "#!/bin/sh\nexit 1\n"),
                           ("id", "#!/bin/sh\necho 0\n")):
            with open(os.path.join(folder.name, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(file.name, 0o755)
        self.log = os.path.join(folder.name, "log")
        self.environment = {**os.environ, "PATH": f"{folder.name}:{os.environ['PATH']}", "APT_LOG": self.log}

    def test_installs_quietly(self):
        text, status = on_file(script("need_packages some-package >&2"), self.environment)
        self.assertEqual((text, status), ("Installing some-package\n", 0))
        with open(self.log, encoding="utf-8") as file:
            self.assertIn("some-package", file.read())

    def test_shows_how_far_it_is(self):
        text, _ = on_terminal(script("need_packages some-package"), self.environment)
        self.assertIn("Downloading: 40 %", text)
        self.assertIn("Installing: 60 %", text)

    def test_what_apt_said_is_shown_when_it_fails(self):
        text, status = on_file(script("need_packages broken-package"), self.environment)
        self.assertEqual(status, 1)
        for part in ("Unable to locate package", "apt-get could not install: broken-package"):
            self.assertIn(part, text)
        self.assertNotIn("pmstatus", text)

    def test_goes_on_without_what_is_only_of_use(self):
        text, status = on_file(
            script("need_packages some-package -- 'broken-package|broken-package'; echo on >&2"),
            self.environment)
        self.assertEqual(status, 0)
        self.assertIn("Unable to locate package", text)
        self.assertIn("Going on without these packages, which cannot be installed from here: broken-package",
                      text)
        self.assertTrue(text.endswith("on\n"), text)

    def test_a_user_without_root_is_told_before(self):
        for name, content in (("id", "#!/bin/sh\necho 1000\n"), ("sudo", "#!/bin/sh\nexit 1\n")):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(file.name, 0o755)
        text, status = on_file(script("need_packages needed-package -- useful-package"), self.environment)
        self.assertEqual(status, 1)
        self.assertIn("install --no-install-recommends needed-package\n", text)
        self.assertIn("of use, too: useful-package", text)
        text, status = on_file(script("need_packages -- useful-package"), self.environment)
        self.assertEqual(status, 0)
        self.assertIn("Going on without these packages", text)
        self.assertIn("install --no-install-recommends useful-package\n", text)
        self.assertFalse(os.path.exists(self.log))


@unittest.skipUnless(BENCHMARK, "without the path of lanekdf_bench")
class Measuring(unittest.TestCase):
    def test_share_and_time_left(self):
        text, status = on_terminal([BENCHMARK, "--benchmark_filter=^step/", "--benchmark_min_time=0.05",
                                    "--benchmark_repetitions=9", "--rounds=0"])
        self.assertEqual(status, 0)
        shares = [int(share) for share in re.findall(r"Measuring: (\d+) %", text)]
        self.assertEqual(shares, sorted(shares))
        self.assertGreater(len(set(shares)), 4)
        self.assertTrue(80 <= shares[-1] <= 100, shares)
        # Runs that look for a number of iterations are no repetitions.
        self.assertLessEqual(shares.count(100), 1)
        self.assertRegex(text, r"Measuring: \d+ %, \d+ s left")

    def test_a_filter_that_is_no_regular_expression(self):
        """It is said before outputs are checked, which takes seconds, and in one line."""
        for expression in "(", "-(":
            text, status = on_file([BENCHMARK, f"--benchmark_filter={expression}"])
            self.assertRegex(text, r"\A.*: --benchmark_filter=-?\(: .*\n\Z")
            self.assertEqual(status, 1)

    def test_limit(self):
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run([BENCHMARK, "--benchmark_filter=^step/", "--benchmark_min_time=0.05", "--rounds=0",
                            "--benchmark_repetitions=40", "--limit=1", f"--results={file.name}",
                            "--benchmark_enable_random_interleaving=true"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            names = [entry["run_name"] for entry in json.load(file)["benchmarks"]]
        counts = [names.count(name) for name in set(names)]
        self.assertGreaterEqual(min(counts), 3)
        self.assertLess(sum(counts), 20 * len(counts))


if __name__ == "__main__":
    skips.main()
