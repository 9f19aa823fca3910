#!/usr/bin/env python3
"""The command line, the commands that read no lines (suites, info, selftest), and the examples of README."""
import glob
import json
import os
import re
import subprocess
import unittest

from command_support import (
    ABC, ERROR, FAILED, LANEKDF, OK, SERVED, VECTORS, derive, hash_line, lines, run, session)


class Suites(unittest.TestCase):
    LENGTHS = ("mac_key_len", "enc_key_len", "final_key_len", "fixed_iv_len", "record_iv_len", "tag_len")

    def table(self, *arguments):
        result = run("suites", *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        return result.stdout.splitlines()

    VERSIONS = {"0300": "SSLv3", "0301": "TLS 1.0", "0302": "TLS 1.1", "0303": "TLS 1.2",
                "0304": "TLS 1.3"}

    def test_all(self):
        """Both forms have the same rows, in the order of ids, in columns."""
        header, *rows = self.table()
        suites = [json.loads(line) for line in self.table("--json")]
        self.assertEqual(len(rows), len(suites))
        self.assertEqual(suites, sorted(suites, key=lambda s: s["id"]))
        ends = [header.index(word) + len(word)
                for word in ("mac", "key", "final", "fixed IV", "record IV", "tag")]
        for row, suite in zip(rows, suites):
            self.assertEqual(row.split(), [
                "0x" + suite["id"].upper(), suite["name"], suite["openssl_name"] or "-",
                suite["key_exchange"],
                suite["authentication"], suite["hash"] or "-", *(str(suite[k]) for k in self.LENGTHS),
                *(self.VERSIONS[suite["min_version"]] + "-" + self.VERSIONS[suite["max_version"]]).split(),
                *([] if suite["origin"] == "IANA" else ["not", "in", "the", "registry:", suite["origin"]])])
            self.assertEqual([row[:end].split()[-1] for end in ends], [str(suite[k]) for k in self.LENGTHS],
                             row)

    def test_patterns(self):
        def ids(pattern):
            return [json.loads(line)["id"] for line in self.table("--json", pattern)]
        self.assertEqual(ids("0xC02F"), ["c02f"])
        self.assertEqual(ids("c02F"), ["c02f"])
        self.assertEqual(ids("tls_rsa_with_aes_128_cbc_sha"), ["002f", "003c"])
        self.assertEqual(ids("ECDHE-RSA-CHACHA20"), ["cc13", "cca8"])
        self.assertEqual(ids("export1024_with_rc4"), ["0060", "0064", "0065"])
        self.assertEqual(ids("SSL_RSA_WITH_RC4_128_SHA"), ["0005"])
        self.assertEqual(ids("tls_aes_128"), ["1301", "1304", "1305"])
        self.assertEqual(ids("TLS1-3-AES-128-CCM-8-SHA256"), ["1305"])

    def test_values(self):
        suite, = map(json.loads, self.table("--json", "ECDHE-RSA-AES256-GCM-SHA384"))
        self.assertEqual(suite, {
            "id": "c030", "name": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "openssl_name": "ECDHE-RSA-AES256-GCM-SHA384",
            "key_exchange": "ECDHE", "authentication": "RSA", "hash": "sha384", "mac_key_len": 0,
            "enc_key_len": 32,
            "final_key_len": 0, "fixed_iv_len": 4, "record_iv_len": 8, "tag_len": 16,
            "min_version": "0303", "max_version": "0303", "origin": "IANA"})
        suite, = map(json.loads, self.table("--json", "1302"))
        self.assertEqual(suite, {
            "id": "1302", "name": "TLS_AES_256_GCM_SHA384", "openssl_name": "TLS_AES_256_GCM_SHA384",
            "key_exchange": "any", "authentication": "any", "hash": "sha384", "mac_key_len": 0,
            "enc_key_len": 32,
            "final_key_len": 0, "fixed_iv_len": 12, "record_iv_len": 0, "tag_len": 16,
            "min_version": "0304", "max_version": "0304", "origin": "IANA"})

    def test_no_match(self):
        for pattern, reason in (("tls_sm4_ccm_sm3", "SM3"), ("tls_fallback_scsv", "signalling"),
                                ("dada", "GREASE"), ("c102", "GOST"), ("0000", "protocol version"),
                                ("nonsense", "unknown"), ("ffffffff", "unknown")):
            result = run("suites", pattern)
            self.assertEqual((result.stdout, result.returncode), ("", FAILED))
            self.assertTrue(result.stderr.startswith(f"lanekdf: suites: {pattern}: "))
            self.assertIn(reason, result.stderr)

    def test_recorded_sessions(self):
        """The lengths of the key blocks of every recorded session are those of its suite."""
        suites = {suite["id"]: suite for suite in map(json.loads, self.table("--json"))}
        n = 0
        for name in sorted(glob.glob(os.path.join(VECTORS, "*.jsonl"))):
            with open(name, encoding="utf-8") as file:
                for vector in filter(lambda v: v["alg"] == "tls-session", map(json.loads, file)):
                    suite = suites[vector["cipher_suite"]]
                    self.assertEqual(suite["name"], vector["cipher_suite_name"])
                    self.assertLessEqual(suite["min_version"], vector["version"])
                    self.assertGreaterEqual(suite["max_version"], vector["version"])
                    iv_len = suite["record_iv_len" if vector["version"] < "0302" else "fixed_iv_len"]
                    self.assertEqual((suite["mac_key_len"], suite["enc_key_len"], iv_len),
                                     (vector["mac_len"], vector["key_len"], vector["iv_len"]), vector["id"])
                    if vector["version"] == "0303":
                        self.assertEqual(suite["hash"], vector["hash"])
                    n += 1
        self.assertGreater(n, 50)


class Readme(unittest.TestCase):
    """Its samples of what the command prints: the command must still print them."""

    def test_samples(self):
        top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
        with open(os.path.join(top, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        path = os.path.dirname(LANEKDF) + os.pathsep + os.environ["PATH"]
        n_samples = 0
        for block in re.findall(r"```console\n(.*?)```", readme, re.S):
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                printed = subprocess.run(command, shell=True, cwd=top, env={**os.environ, "PATH": path},
                                         stdout=subprocess.PIPE, check=False).stdout.decode()
                self.assertEqual(printed, expected, command)
                n_samples += 1
        self.assertEqual(n_samples, 5)


class CommandLine(unittest.TestCase):
    COMMANDS = ("derive", "verify", "explain", "suites", "selftest", "info")

    def test_help(self):
        result = run("--help")
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        for word in (*self.COMMANDS, *SERVED):
            self.assertIn(f"  {word} ", result.stdout)
        for command in self.COMMANDS:
            result = run(command, "--help")
            self.assertEqual((result.stderr, result.returncode), ("", OK))
            self.assertTrue(result.stdout.startswith(f"Usage: lanekdf {command}"))
            self.assertIn("--help", result.stdout)

    def test_version(self):
        result = run("--version")
        self.assertRegex(result.stdout, r"^lanekdf \d+\.\d+\.\d+\n$")
        self.assertEqual(result.returncode, OK)

    def test_mistakes(self):
        for arguments in ((), ("nonsense",), ("--nonsense",), ("derive", "--nonsense"), ("derive", "-x"),
                          ("derive", "--kernel"), ("derive", "--secrets"), ("info", "file"),
                          ("selftest", "file"), ("verify", "--json"),
                          ("suites", "aes", "gcm"), ("suites", "--secrets")):
            result = run(*arguments)
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), arguments)
            self.assertTrue(result.stderr.startswith("lanekdf: "))
            self.assertIn("--help", result.stderr)

    def test_kernel(self):
        self.assertEqual(derive(hash_line()), [{"id": "h", "digest": ABC}])
        result = run("derive", "--kernel", "sha256_scalar", stdin=lines([hash_line()]))
        self.assertEqual(json.loads(result.stdout)["digest"], ABC)
        for arguments, environment in ((("--kernel", "none"), {}), ((), {"LANEKDF_KERNEL": "none"})):
            result = run("derive", *arguments, env={**os.environ, **environment})
            self.assertEqual((result.stdout, result.returncode), ("", ERROR))
            self.assertIn('kernel "none"', result.stderr)

    def test_info(self):
        text = run("info").stdout
        for word in ("CPU features", "sha256_scalar", "usable", "nanoseconds per compression", "Chosen",
                     "lanekdf_derive_one"):
            self.assertIn(word, text)
        chosen = text[text.index("Chosen"):].splitlines()[1:7]
        self.assertEqual([line.split()[0] for line in chosen], ["1", "2", "4", "8", "16", "64"])
        forced = run("info", "--kernel", "sha256_scalar").stdout
        self.assertTrue(all(line.split()[1] == "sha256_scalar"
                            for line in forced[forced.index("Chosen"):].splitlines()[1:7]), forced)

    def test_selftest(self):
        for environment in ({}, {"LANEKDF_KERNEL": "none"}):
            result = run("selftest", env={**os.environ, **environment})
            self.assertEqual(result.returncode, OK, result.stdout)
            self.assertRegex(result.stdout, r"sha256_scalar +ok\n")
            self.assertIn("All kernels", result.stdout)

    def test_no_core_dump(self):
        with subprocess.Popen([LANEKDF, "derive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdin.write(lines([hash_line()]).encode())
            process.stdin.flush()
            process.stdout.readline()
            try:
                with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
                    core = next(line for line in limits if line.startswith("Max core file size"))
                self.assertEqual(core.split()[4:6], ["0", "0"])
            except PermissionError:
                pass  # not dumpable: its files are root's, which is as good
            process.stdin.close()


if __name__ == "__main__":
    unittest.main()
