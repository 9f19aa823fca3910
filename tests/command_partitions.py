#!/usr/bin/env python3
"""derive and verify as filters of partitions give what one process gives: the commands of docs/scale.md, as
they stand there but for smaller blocks."""
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import unittest

import skips
from command_support import FAILED, LANEKDF, OK, run

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "scale.md")
N_LINES, BAD_EVERY, BLOCK = 200000, 9973, "4M"
TIME_LIMIT = 120  # seconds, for a machine with much else to do


def shell_commands(beginning):
    """The block of shell commands of the page that has a line which begins like this."""
    with open(DOCS, encoding="utf-8") as file:
        blocks = re.findall(r"```sh\n(.*?)```", file.read(), re.S)
    found = [block for block in blocks if re.search("^" + re.escape(beginning), block, re.M)]
    assert len(found) == 1, (beginning, found)
    return found[0].replace("64M", BLOCK)


def many_lines():
    """Lines of which some are no JSON, and some lack an input; each of the rest has a message of its own."""
    good = '{"id":%d,"alg":"hash","hash":"sha256","msg":"%064x"}\n'
    bad = ('{"id":%d,"alg":"hash","hash":"sha256"}\n', '{"id":%d,"alg":\n')
    return "".join(bad[i // BAD_EVERY % 2] % i if i % BAD_EVERY == 0 else good % (i, i)
                   for i in range(N_LINES)).encode()


def without_line_numbers(answers):
    return re.sub(rb'"line":\d+', b'"line":N', answers)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Partitions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = cls.folder.name
        os.mkdir(os.path.join(cls.path, "bin"))
        os.symlink(LANEKDF, os.path.join(cls.path, "bin", "lanekdf"))
        cls.environment = {**os.environ, "PATH": os.path.join(cls.path, "bin") + ":" + os.environ["PATH"],
                           "HOME": cls.path}
        cls.write("sessions.jsonl", many_lines())
        start = cpu_seconds()
        cls.expected = cls.shell("lanekdf derive < sessions.jsonl", FAILED).stdout
        print(f"one process: {cpu_seconds() - start:.2f} s of CPU time", flush=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, data):
        with open(os.path.join(cls.path, name), "wb") as file:
            file.write(data)

    @classmethod
    def read(cls, name):
        with open(os.path.join(cls.path, name), "rb") as file:
            return file.read()

    @classmethod
    def shell(cls, commands, status=OK, **more):
        result = subprocess.run(["sh", "-c", commands], stdin=subprocess.DEVNULL, capture_output=True,
                                cwd=cls.path, env={**cls.environment, **more}, timeout=TIME_LIMIT,
                                check=False)
        assert result.returncode == status, (commands, result.returncode, result.stderr[-2000:])
        return result

    def shell_timed(self, name, commands):
        start = cpu_seconds()
        self.shell(commands)
        print(f"{name}: {cpu_seconds() - start:.2f} s of CPU time", flush=True)

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(f"{program} is not installed")

    def assert_as_one_process(self, answers):
        """Lines with errors have numbers of their own, in their partition, and the rest is the same bytes."""
        self.assertEqual(answers.count(b"\n"), N_LINES)
        self.assertTrue(without_line_numbers(answers) == without_line_numbers(self.expected))
        numbers = [int(n) for n in re.findall(rb'"line":(\d+)', answers)]
        self.assertEqual(len(numbers), len(range(0, N_LINES, BAD_EVERY)))
        self.assertLess(max(numbers), N_LINES // 2)

    def test_split(self):
        self.shell_timed("split --filter", shell_commands("split"))
        self.assertGreater(len(os.listdir(os.path.join(self.path, "answers"))), 3)
        self.assert_as_one_process(self.read("split.jsonl"))

    def test_parallel(self):
        self.need("parallel")
        self.shell_timed("GNU parallel, two ways", shell_commands("parallel --pipe-part -a sessions.jsonl "
                                                                  "--block 64M -k 'lanekdf derive"))
        self.assert_as_one_process(self.read("parts.jsonl"))
        self.assert_as_one_process(self.read("pipe.jsonl"))

    def test_verify_in_parallel(self):
        """The numbers of all partitions add up; a line that differs does not fail its partition."""
        self.need("parallel")
        digests = [hashlib.sha256(i.to_bytes(32, "big")).hexdigest() for i in range(5000)]
        digests[77] = "00" * 32
        data = "".join(f'{{"id":{i},"alg":"hash","hash":"sha256","msg":"{i:064x}","digest":"{digest}"}}\n'
                       for i, digest in enumerate(digests)).encode()
        saved = self.read("sessions.jsonl")
        self.write("sessions.jsonl", data)
        try:
            totals = self.shell(shell_commands("awk").replace(BLOCK, "200k")).stdout
        finally:
            self.write("sessions.jsonl", saved)
        self.assertEqual(totals, b"4999 passed, 1 failed\n")
        self.assertGreater(self.read("report").count(b" passed, "), 3)

    def test_empty_partitions(self):
        """Two long lines in four parts leave two parts without a line."""
        filler = "0" * 3000
        line = f'{{"id":1,"alg":"hash","hash":"sha256","msg":"{filler}"}}\n'
        self.write("two.jsonl", (line * 2).encode())
        expected = run("derive", stdin=line * 2).stdout
        parts = "split -n l/4 --filter='wc -c' two.jsonl | grep -c '^0$'"
        self.assertEqual(self.shell(parts).stdout, b"2\n")
        derived = self.shell("split -n l/4 --filter='lanekdf derive; [ $? -le 1 ]' two.jsonl").stdout
        self.assertEqual(derived.decode(), expected)
        digest = json.loads(expected.splitlines()[0])["digest"]
        self.write("two.jsonl", (line.replace("}", f',"digest":"{digest}"}}') * 2).encode())
        self.shell("split -n l/4 --filter='lanekdf verify --allow-empty' two.jsonl")
        self.shell("split -n l/4 --filter='lanekdf verify' two.jsonl", FAILED)

    def test_exit_statuses(self):
        """Lines that fail do not fail a partition; a run that goes wrong does."""
        self.write("bad.jsonl", b"{}\n" * 10)
        filter_of = "split -n l/2 --filter='lanekdf derive%s%s' bad.jsonl"
        self.shell(filter_of % ("", ""), FAILED)
        self.shell(filter_of % ("", "; [ $? -le 1 ]"))
        self.shell(filter_of % (" /nonexistent", "; [ $? -le 1 ]"), FAILED)

    def test_task_of_an_array(self):
        for folder in ("sessions", "array"):
            os.mkdir(os.path.join(self.path, folder))
        self.write("sessions/0007.jsonl", many_lines()[:100000].rpartition(b"\n")[0] + b"\n")
        script = shell_commands("#SBATCH").replace("answers/", "array/")
        self.shell(script, SLURM_ARRAY_TASK_ID="7")
        self.assertEqual(os.listdir(os.path.join(self.path, "array")), ["0007.jsonl"])
        derived = self.read("array/0007.jsonl")
        self.assertTrue(self.expected.startswith(derived) and derived)
        self.shell(script, FAILED, SLURM_ARRAY_TASK_ID="8")
        self.assertEqual(sorted(os.listdir(os.path.join(self.path, "array"))),
                         ["0007.jsonl", "0008.jsonl.unfinished"])


if __name__ == "__main__":
    skips.main()
