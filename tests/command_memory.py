#!/usr/bin/env python3
"""Memory: every allocation of the command fails once, in small runs of each command; answers that were whole
are printed, the status is the documented one, and no secret stays in memory. How much a line may take.

Catches: a crash after a line too large for memory, because one half of the parser had grown; an exception
that nobody caught; an allocation for one line whose failure ends the run, so that the lines behind it have no
answers; answers that were lost, or cut, when a later line found no memory; a secret in memory that
was freed or left, also that of a line that came to its end in the usual way, or of sessions that a load
derived; a line that takes more memory than lanekdf(1) says, or arrays whose items take time by the square; an
end for want of memory that fills more.

usage: command_memory.py LANEKDF FAILING_MEMORY"""
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import unittest

import skips
from command_support import (
    ABC, ERROR, FAILED, HAS_SANITIZER, LANEKDF, MASTER, MIB, OK, PMS, VECTORS, hash_line, keys_line, lines,
    run, session, tls13_sessions)

FAILING = os.path.abspath(sys.argv.pop(1))
CASES = pathlib.Path(VECTORS) / "cases"


def run_failing(arguments, stdin, secrets, **how):
    environment = {**os.environ, "WATCHED": ",".join(secrets), **{k: str(v) for k, v in how.items()}}
    return subprocess.run([FAILING, *arguments], input=stdin.encode(), capture_output=True, timeout=120,
                          env=environment)


def run_each(arguments, stdin, secrets, plan):
    """A result for each line of the plan, "at N" or "from N", in which that allocation fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "input").write_text(stdin)
        (folder / "plan").write_text("\n".join(plan))
        result = run_failing(arguments, "", secrets, EACH=folder)
        if (result.returncode, result.stdout, result.stderr) != (OK, b"", b""):
            raise AssertionError(result)
        statuses = map(int, (folder / "statuses").read_text().split())
        return [subprocess.CompletedProcess(arguments, status, (folder / f"{i}.out").read_bytes(),
                                            (folder / f"{i}.err").read_bytes())
                for i, (status, _) in enumerate(zip(statuses, plan, strict=True))]


def run_all(arguments, stdin, secrets, plan):
    """The same, in two processes, of which each has a core, if there are two."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(run_each, arguments, stdin, secrets, plan[i::2]) for i in range(2)]
        results = [None] * len(plan)
        for i, half in enumerate(halves):
            results[i::2] = half.result()
    return zip(plan, results, strict=True)


def secrets_of(text):
    """The values in a text that are long enough for a search, by their first bytes."""
    return sorted({value[:64] for value in re.findall(r'"([0-9a-f]{64,})"', text)})[:12]


def shapes_of_lines(n):
    """Lines of about n bytes that take as much memory as they can, each with a digest or an error."""
    rest = b',"alg":"hash","hash":"sha256","msg":"616263"}\n'
    yield b'{"id":1,"alg":"hash","hash":"sha256","msg":"' + b"61" * (n // 2) + b'"}\n'
    yield b'{"id":1,"alg":"hash","hash":"sha256","msg":"' + b"61:" * (n // 3) + b'"}\n'
    yield b'{"id":"' + b"\x7f" * n + b'"' + rest
    yield b'{"id":"' + b"\\n" * (n // 2) + b'"' + rest
    yield b'{"id":[' + b"1," * (n // 2) + b"1]" + rest
    yield b'{"id":[' + b"{}," * (n // 3) + b"1]" + rest
    yield b'{"x":"' + b"\\ud800" * (n // 6) + b'"' + rest
    yield b'{"x":[' + b"1e999," * (n // 6) + b"1]" + rest
    yield b'{"messages":[' + b"1," * (n // 2) + b"1]" + rest
    yield b'{"exporters":[' + b"{}," * (n // 3) + b"1]" + rest
    yield b'{"secrets":{' + b",".join(b'"%x":1' % i for i in range(n // 10)) + b"}" + rest
    yield b"{" + b",".join(b'"%x":1' % i for i in range(n // 10)) + rest


class Failing(unittest.TestCase):
    def check_one(self, arguments, how, result, good, is_strict):
        errors, output = result.stderr.decode(), result.stdout.decode()
        context = (arguments, how, result.returncode, errors, output[:300])
        self.assertIn(result.returncode, (OK, FAILED, ERROR), context)
        if result.returncode == OK:  # what failed could be done without: mlock(), a larger buffer for stdio
            self.assertEqual(output, good.stdout.decode(), context)
            return
        self.assertRegex(errors + output, "(no|out of) memory", context)
        if result.returncode == ERROR:
            self.assertTrue(good.stdout.decode().startswith(output), context)
            self.assertTrue(not is_strict or output == "" or output.endswith("\n"), context)
        elif is_strict:
            wanted = good.stdout.decode().splitlines()
            for line, expected in zip(output.splitlines(), wanted):
                self.assertTrue(line == expected or "no memory" in line, context)

    def n_allocations(self, result):
        n = int(re.findall(r"^(\d+) allocations$", result.stderr.decode(), re.M)[-1])
        self.assertGreater(n, 0)
        return n

    def check(self, *arguments, stdin="", secrets=(), is_strict=True, status=OK):
        good = run_failing(arguments, stdin, secrets, COUNT=1)
        self.assertEqual(good.returncode, status, good)
        n = self.n_allocations(good)
        plan = [f"at {i}" for i in range(n)] + [f"from {i}" for i in range(0, n, 10)]
        for how, result in run_all(arguments, stdin, secrets, plan):
            self.check_one(arguments, how, result, good, is_strict)
        return n

    def test_lines(self):
        recorded = session(ems=True)
        objects = [{**recorded, "id": {"master": recorded["master"]}}, keys_line(), hash_line(),
                   {"id": "\ud800", "alg": "hash", "hash": "sha256", "msg": PMS.hex(), "x": 10**30}]
        text = lines(objects)
        secrets = [MASTER.hex()[:64], PMS.hex()[:64], recorded["master"][:64], recorded["key_block"][:64]]
        self.check("derive", stdin=text, secrets=secrets)
        self.check("verify", stdin=lines(objects[:1]), secrets=secrets)
        self.check("explain", "--json", stdin=text, secrets=secrets)
        self.check("explain", stdin=lines(objects[:2]), secrets=secrets, is_strict=False)
        exporters = {**recorded, "exporters": [{"label_text": "EXPORTER_x", "out_len": 32}] * 3}
        self.check("derive", stdin=lines([exporters]), secrets=secrets)

    def test_options(self):
        self.check("kdf", "hmac", "--hash", "sha256", "--key", PMS.hex(), "--msg", "00",
                   secrets=[PMS.hex()[:64]])
        self.check("explain", "--suite", "c02f", is_strict=False)
        self.check("explain", "--suite", "1301", "--json")

    def test_selftest(self):
        """It works in processes of its own, which count for themselves; all of it would take seconds."""
        for i in (0, 1, 2, 3, 5, 8):
            result = run_failing(["selftest"], "", [], FAIL_FROM=i)
            self.assertIn(result.returncode, (FAILED, ERROR), result)
            self.assertRegex(result.stdout + result.stderr, b"(no|out of) memory")

    def test_captures(self):
        for name in ("resumed_ticket", "quic_retry", "tls13_hrr"):
            arguments = ("derive", "--key-log", str(CASES / f"{name}.keylog"), str(CASES / f"{name}.ek"))
            log = (CASES / f"{name}.keylog").read_text()
            self.check(*arguments, is_strict=False,
                       secrets=[s[:64] for s in re.findall(r"\b[0-9a-f]{64,}$", log, re.M)][:8])

    def test_sorted(self):
        """Keys of TLS 1.3, which no key log has, are nowhere that they are not zeroed."""
        arguments = ("derive", "--key-log", str(CASES / "tls13_hrr.keylog"), str(CASES / "tls13_hrr.ek"))
        keys = [keys["key"] for line in run(*arguments).stdout.splitlines()
                for keys in json.loads(line)["traffic_keys"].values()]
        self.assertGreater(len(keys), 3)
        result = run_failing(arguments, "", keys[:12])
        self.assertEqual(result.returncode, OK, result.stderr)

    def test_whole_answers(self):
        """Answers wait in the buffer, and the one behind them finds no memory when half of it is written."""
        with tempfile.NamedTemporaryFile("w") as file:  # answers to what comes through a pipe do not wait
            file.write(lines([session()] * 2))
            file.flush()
            good = run_failing(["explain", file.name], "", [], COUNT=1)
            result = run_failing(["explain", file.name], "", [], FAIL_AT=self.n_allocations(good) - 1)
        self.assertEqual(result.returncode, ERROR, result)
        self.assertTrue(result.stdout and good.stdout == result.stdout + b"\n\n" + result.stdout, result)
        self.assertEqual(result.stderr, b"lanekdf: no memory\n")

    def test_results_and_progress(self):
        """Of two files that are written at once, one is closed, and the lines of the other are kept."""
        with tempfile.TemporaryDirectory() as folder:
            results, progress, percentiles = (os.path.join(folder, name) for name in "abc")
            arguments = ["load", "--engine", "null", "--around", "0us", "--rate", "1000,2000",
                         "--samples", "1000", "--slices", "1", "--json", results, "--progress", progress,
                         "--hgrm", percentiles]
            last = self.n_allocations(run_failing(arguments, "", [], COUNT=1)) - 1
            result = run_failing(arguments, "", [], FAIL_AT=last)
            self.assertEqual((result.returncode, result.stderr), (ERROR, b"lanekdf: no memory\n"))
            with open(results, encoding="utf-8") as file:
                self.assertEqual([json.loads(line)["type"] for line in file],
                                 ["run", "point", "point", "end"])

    def test_recorded_sessions(self):
        """Secrets of sessions that a load derives are nowhere in the end: neither of a run by any engine, in
        several threads, nor of one that is refused or finds no memory on its way."""
        made = keys_line(alg="tls-session", version="0303", cipher_suite="c02f", ems=False)
        for name in ("hash", "client_hello_random", "server_hello_random", "key_block_len"):
            del made[name]
        of_tls13 = [line for line in tls13_sessions() if "shared_secret" in line]
        recorded = [made, session(ems=True), next(line for line in of_tls13 if "psk" in line),
                    next(line for line in of_tls13 if "psk" not in line)]
        fields = ("pms", "master", "key_block", "psk", "shared_secret")
        secrets = []
        for line in [*recorded, *map(json.loads, run("derive", stdin=lines(recorded)).stdout.splitlines())]:
            values = [*(line[name] for name in fields if name in line), *line.get("secrets", {}).values()]
            secrets += [value[:64] for value in values if len(value) >= 64]
        secrets = list(dict.fromkeys(secrets))[:16]
        self.assertIn(PMS.hex()[:64], secrets)

        def check(text, status, *more, **how):
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(lines(text))
                file.flush()
                result = run_failing(["load", "--sessions", file.name, "--rate", "1000", "--samples", "1000",
                                      "--slices", "1", "--around", "0us", "--footprint", "hot", *more],
                                     "", secrets, COUNT=1, LANEKDF_LOAD_CPUS=2, **how)
                self.assertIn(result.returncode, status, (how, result.stderr))
                return result
        check(recorded, [OK], "--threads", "2")
        check(recorded + [session() | {"key_block": "00" * 40}], [ERROR])
        n = self.n_allocations(check(recorded, [OK], "--threads", "2", "--engine", "lanekdf-group"))
        for i in range(0, n, n // 8):
            check(recorded, [OK, ERROR], "--threads", "2", "--engine", "lanekdf-group", FAIL_AT=i)

    def test_lines_behind(self):
        """Whatever a line lacks memory for, the lines around it are served, but for what every line needs."""
        recorded = [lines([session(ems=True)]), lines([tls13_sessions()[0]])]
        long_lines = [next(shapes_of_lines(n)) for n in (600_000, 2_000_000)]  # the buffer grows for them
        for shape in [*recorded, *(line.decode() for line in [*shapes_of_lines(20_000), *long_lines])]:
            self.check_around("derive", stdin=lines([hash_line()]) + shape + lines([hash_line()]))
        for shape in recorded:
            self.check_around("explain", "--json", stdin=shape * 3)

    def check_around(self, *arguments, stdin):
        n_of_all_runs = self.n_allocations(run_failing(arguments, "", [], COUNT=1))
        good = run_failing(arguments, stdin, [], COUNT=1)
        plan = [f"at {i}" for i in range(n_of_all_runs, self.n_allocations(good))]
        for how, result in run_all(arguments, stdin, [], plan):
            context = (arguments, stdin[:200], how, result.returncode, result.stderr[:300],
                       result.stdout[:300])
            self.assertIn(result.returncode, (OK, FAILED), context)
            pairs = list(zip(result.stdout.splitlines(), good.stdout.splitlines(), strict=True))
            others = [answer for answer, expected in pairs if answer != expected]
            self.assertLessEqual(len(others), 1, context)
            for answer in others:
                self.assertEqual(json.loads(answer)["error"], "no memory for a line of this length", context)


def limited(arguments, data, n_bytes):
    """A run that may have so many bytes of address space."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
    return subprocess.run([LANEKDF, *arguments], input=data, capture_output=True, timeout=120,
                          preexec_fn=None if HAS_SANITIZER else limit)


class Lines(unittest.TestCase):
    BASE = 40 * MIB  # the program, its libraries and what it takes for any line

    GOOD = json.dumps(hash_line()).encode()

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer takes terabytes of address space")
    def test_memory(self):
        """lanekdf(1): a line takes at most 20 times its length."""
        n = 3 * MIB
        for i, shape in enumerate(shapes_of_lines(n)):
            for command in ("derive", "explain") if i < 3 else ("derive",):
                result = limited([command, "--json"] if command == "explain" else [command],
                                 shape + self.GOOD + b"\n", self.BASE + 20 * len(shape))
                context = (command, shape[:40], result.returncode, result.stderr[:200], result.stdout[:100])
                self.assertIn(result.returncode, (OK, FAILED), context)
                self.assertNotIn(b"no memory", result.stdout, context)
                self.assertIn(ABC[:8].encode(), result.stdout, context)

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer takes terabytes of address space")
    def test_line_beyond_memory(self):
        """The lines behind one that there is no memory for are served."""
        data = next(shapes_of_lines(4 * MIB)) + self.GOOD + b"\n"
        limits = range(8 * MIB, 160 * MIB, 2 * MIB)  # what such a line needs comes in pieces of 4 MiB or more
        least = next(n for n in limits if limited(["derive"], self.GOOD + b"\n", n).returncode == OK)
        statuses = set()
        for n_bytes in limits[limits.index(least):]:
            result = limited(["derive"], data, n_bytes)
            statuses.add(result.returncode)
            self.assertIn(result.returncode, (OK, FAILED), (n_bytes, result.stderr))
            first = "digest" if result.returncode == OK else "no memory for a line of this length"
            self.assertEqual([json.loads(line).get("error", "digest") for line in result.stdout.splitlines()],
                             [first, "digest"], n_bytes)
        self.assertEqual(statuses, {OK, FAILED})

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer takes terabytes of address space")
    def test_end_without_memory(self):
        """The command that ends for want of memory writes to no pages that were never written to. Texts of
        results get room for the case that each byte becomes an escape of six."""
        names = ("lanekdf", "libraries", "classes", "left_out", "clock", "wait", "kernel", "mix")
        run_line = {"schema": 1, "type": "run", **{name: "x" * 4 * MIB for name in names}}
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(lines([run_line]))
            file.flush()
            with subprocess.Popen([LANEKDF, "load", "merge", file.name], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
                                      resource.RLIMIT_AS, (650 * MIB, 650 * MIB))) as process:
                errors = process.stderr.read()
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((errors, process.returncode), (b"lanekdf: no memory\n", ERROR))
        self.assertLess(usage.ru_maxrss * 1024, 200 * MIB)

    def test_items(self):
        """No list of a line is gone through once for each of its items."""
        arrays = [(session(ems=True), "exporters", {"label_text": "x", "out_len": 1}),
                  (session(ems=True), "handshake", "00"), (session(ems=True), "finished_order", "client"),
                  (tls13_sessions()[0], "exporters", {"label_text": "x", "out_len": 1, "out": "00"}),
                  (tls13_sessions()[0], "tickets", {"nonce": "00"})]
        for recorded, field, item in arrays:
            self.check_time({**recorded, field: [item] * 60_000})
            result = run("derive", stdin=lines([{**recorded, field: [item] * 70_000}]))
            self.assertIn("arrays with more than 65536 items", result.stdout, field)
        for field, value in (("secrets", "00"), ("secrets", "00" * 32), ("traffic_keys", {"key": "00"})):
            recorded = tls13_sessions()[0]
            self.check_time({**recorded, field: {f"CLIENT_TRAFFIC_SECRET_{i}": value for i in range(60_000)}})
            result = run("derive", stdin=lines([{**recorded, field: {str(i): value for i in range(70_000)}}]))
            self.assertIn("more than 65536 entries", result.stdout, field)

    def check_time(self, line):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for command in ("derive", "verify", "explain"):
            result = run(command, stdin=lines([line]))
            self.assertIn(result.returncode, (OK, FAILED), result.stderr)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, 10)


if __name__ == "__main__":
    skips.main()
