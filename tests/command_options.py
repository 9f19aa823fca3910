#!/usr/bin/env python3
"""The command line, the commands that read no lines (suites, info, selftest), and the examples of README."""
import glob
import json
import os
import re
import subprocess
import unittest

import skips
from command_support import (
    ABC, ERROR, FAILED, HAS_SANITIZER, LANEKDF, OK, SERVED, VECTORS, derive, hash_line, job_kinds, lines, run,
    session)


class Suites(unittest.TestCase):
    LENGTHS = ("mac_key_len", "enc_key_len", "final_key_len", "fixed_iv_len", "record_iv_len", "tag_len")

    def table(self, *arguments):
        result = run("suites", *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        return result.stdout.splitlines()

    VERSIONS = {"0300": "SSLv3", "0301": "TLS 1.0", "0302": "TLS 1.1", "0303": "TLS 1.2",
                "0304": "TLS 1.3"}

    def versions(self, suite):
        first, last = (self.VERSIONS[suite[key]] for key in ("min_version", "max_version"))
        return first if first == last else f"{first}-{last if first == 'SSLv3' else last.split()[1]}"

    def test_all(self):
        """Both forms have the same suites, in the order of ids; the one for people in columns, within 80."""
        text = self.table()
        self.assertEqual([line for line in text if len(line) > 80], [])
        legend = text[:text.index("")]
        names, more, *rows = text[len(legend) + 1:]
        suites = [json.loads(line) for line in self.table("--json")]
        self.assertEqual(suites, sorted(suites, key=lambda s: s["id"]))
        expected = []
        letters = [more.rindex(letter) + 1 for letter in "MKFNRT"]
        for suite in suites:
            name = suite["name"].ljust(names.index("hash") - 8)
            expected.append("0x" + suite["id"].upper().ljust(6) + name + (suite["hash"] or "-").ljust(8) +
                            self.versions(suite))
            row = " " * 8 + (suite["openssl_name"] or "-").ljust(more.index("exchange") - 8) + \
                suite["key_exchange"].ljust(10) + suite["authentication"]
            for end, key in zip(letters, self.LENGTHS):
                row += str(suite[key]).rjust(end - len(row))
            expected.append(row)
            if suite["origin"] != "IANA":
                expected.append(" " * 8 + "not in the registry: " + suite["origin"])
        self.assertEqual(rows, expected)
        self.assertEqual(re.findall(r"\b([A-Z]) [MwfntI]", " ".join(legend)), list("MKFNRT"))

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
    COMMANDS = ("derive", "verify", "explain", "kdf", "suites", "selftest", "info", "bench", "load")

    def test_help(self):
        result = run("--help")
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        for word in (*self.COMMANDS, *SERVED):
            self.assertIn(f"  {word} ", result.stdout)
        self.assert_screen(result.stdout)
        self.assertEqual([run(*other).stdout for other in (("help",), ("-h",), ("help", "help"))],
                         [result.stdout] * 3)
        for command in self.COMMANDS:
            text = run(command, "--help").stdout
            self.assertTrue(text.startswith(f"Usage: lanekdf {command} "))
            result = run("help", command)
            self.assertEqual((result.stdout, result.stderr, result.returncode), (text, "", OK))
            self.assert_screen(text)
            options = text[text.index("\nOptions:\n"):].split("\n\n")[0].splitlines()[2:]
            for line in options:
                self.assertRegex(line, "^( {20}|  (-d, )?--[a-z])[^ ]", text)
            columns = {re.match(r"  \S+(, \S+)?( [A-Z]\S*)? {2,}", line).end() for line in options
                       if re.match(r"  \S+(, \S+)?( [A-Z]\S*)? {2,}", line)}
            self.assertEqual(columns - {20}, set(), text)

    def assert_screen(self, text):
        """Nothing is wider than a terminal."""
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_version(self):
        result = run("--version")
        self.assertRegex(result.stdout, r"^lanekdf \d+\.\d+\.\d+\n$")
        self.assertEqual(result.returncode, OK)

    MISTAKES = {
        (): "a command is missing (try lanekdf help)",
        ("nonsense",): "unknown command nonsense (try lanekdf help)",
        ("dervie",): "unknown command dervie: did you mean derive? (try lanekdf help)",
        ("--nonsense",): "unknown option --nonsense (try lanekdf help)",
        ("5f" * 16,): "unknown command (a word of 32 digits) (try lanekdf help)",
        ("--" + "5f" * 16,): "unknown option (a word of 32 digits) (try lanekdf help)",
        ("derive", "--" + "5f" * 16): "derive: unknown option (a word of 32 digits) (try .*)",
        ("--versoin",): "unknown option --versoin: did you mean --version? (try lanekdf help)",
        ("--json", "suites"): "--json is an option of .* and stands behind these (try lanekdf help)",
        ("hkdf",): "hkdf is no command but a kind of kdf (try lanekdf help kdf hkdf)",
        ("help", "tls12-prf"): "tls12-prf is no command but a kind of kdf (try lanekdf help kdf tls12-prf)",
        ("help", "deriv"): "unknown command deriv: did you mean derive? (try lanekdf help)",
        ("help", "derive", "info"): "help takes one command at most, got 2: derive, info",
        ("derive", "--nonsense"): "derive: unknown option --nonsense (try lanekdf help derive)",
        ("derive", "--kernal", "x"): "derive: unknown option --kernal: did you mean --kernel? .*",
        ("derive", "-x"): "derive: unknown option -x (try lanekdf help derive)",
        ("derive", "--kernel"): "derive: --kernel needs the name of a kernel: lanekdf info lists them .*",
        ("derive", "--verify-one-in"): "derive: --verify-one-in needs a number, such as 1024 .*",
        ("derive", "--verify-one-in", "0"): "--verify-one-in 0: not a number from 1 to 4294967295",
        ("derive", "--verify-one-in", "4294967296"): "--verify-one-in 4294967296: not a number .*",
        ("derive", "--verify-one-in", "1k"): "--verify-one-in 1k: not a number .*",
        ("verify", "--verify-one-in", "1"): "verify: --verify-one-in is an option of derive .*",
        ("derive", "-d"): "derive: --decode-as needs a rule of tshark's: .*",
        ("derive", "--secrets"): "derive: --secrets is an option of explain (try lanekdf help derive)",
        ("derive", "--export=eap-tls", "--json"): "derive: --json is an option of explain, .*",
        ("verify", "--export", "x"): "verify: --export is an option of derive (try lanekdf help verify)",
        ("explain", "--json=1"): "explain: --json takes no value (try lanekdf help explain)",
        ("explain", "--s"): "explain: --s may be --suite and --secrets (try lanekdf help explain)",
        ("explain", "--ems"): "explain: --ems is for --suite, which is not there (try lanekdf help explain)",
        ("explain", "--suite"): "explain: --suite needs a cipher suite: .*",
        ("explain", "--suite", "c02f", "file"): "explain --suite takes no files, got 1: file .*",
        ("info", "file"): "info takes no arguments, got 1: file (try lanekdf help info)",
        ("verify", "--key-log", "one", "--key-log", "two", "file"): "--key-log is there twice",
        ("selftest", "file", "file"): "selftest takes no arguments, got 2: file, file .*",
        ("suites", "aes", "gcm"): "suites takes one pattern at most, got 2: aes, gcm .*",
        ("suites", "a", "b", "c"): "suites takes one pattern at most, got 3: a, b, .*",
    }

    def test_mistakes(self):
        """Each has a message of its own, on one line, and nothing else happens."""
        for arguments, message in self.MISTAKES.items():
            result = run(*arguments)
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), arguments)
            pattern = ".*".join(map(re.escape, f"lanekdf: {message}".split(".*")))
            self.assertRegex(result.stderr, rf"\A{pattern}\n\Z")

    def test_no_option_quotes_a_secret(self):
        """What stands behind an option by mistake is not in its message. (A file is named as it is.)"""
        hkdf = ("kdf", "hkdf", "--ikm", "00", "--hash", "sha256")
        for arguments in ((*hkdf, "--length"), (*hkdf, "--length", "3", "--answer"),
                          ("kdf", "hkdf", "--hash"), ("kdf", "hkdf", "--ikm", "hexfile:"),
                          ("kdf", "tls13-key-update", "--updates"), ("kdf", "tls12-keys", "--mac_len"),
                          ("kdf", "tls13-ech-confirmation", "--hello_retry="),
                          ("derive", "--verify-one-in"), ("derive", "--kernel"), ("explain", "--suite"),
                          ("explain", "--suite", "c02f", "--version"), ("suites",), ("selftest",), ("info",),
                          ("load",), ("bench",), *(("load", "--" + option) for option in (
                              "rate", "find-rate", "mix", "engine", "arrivals", "around", "seed", "threads",
                              "samples", "hold", "clock")),
                          *(("bench", "--" + option) for option in (
                              "seconds", "batch", "workload", "implementation"))):
            for secret in ("5f3a9c17e4b2d806" * 4, "5f3a9c17e4b2d806g"):
                start, end = arguments[:-1], arguments[-1]
                words = (*start, end + secret) if end[-1] in "=:" else (*arguments, secret)
                result = run(*words, stdin="")
                self.assertNotEqual(result.returncode, OK, words)
                self.assertNotIn("5f3a9c17", result.stdout + result.stderr, words)

    def test_kernel(self):
        self.assertEqual(derive(hash_line()), [{"id": "h", "digest": ABC}])
        result = run("derive", "--kernel", "sha256_scalar", stdin=lines([hash_line()]))
        self.assertEqual(json.loads(result.stdout)["digest"], ABC)
        result = run("derive", "--verify-one-in", "1", stdin=lines([hash_line()]))
        self.assertEqual((json.loads(result.stdout)["digest"], result.stderr), (ABC, ""))
        for arguments, environment in ((("--kernel", "none"), {}), ((), {"LANEKDF_KERNEL": "none"})):
            result = run("derive", *arguments, env={**os.environ, **environment})
            self.assertEqual((result.stdout, result.returncode), ("", ERROR))
            self.assertIn('kernel "none"', result.stderr)

    def info(self, *arguments, kernel=None):
        """What info prints, and its tables of choices: of each hash a row for each number of jobs."""
        environment = {k: v for k, v in os.environ.items() if k != "LANEKDF_KERNEL"}
        result = run("info", *arguments, env=environment | ({"LANEKDF_KERNEL": kernel} if kernel else {}))
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        self.assert_screen(result.stdout)
        return result.stdout, [[row.split() for row in part.splitlines()[2:8]]
                               for part in result.stdout.split("\nChosen for ")[1:]]

    def test_info(self):
        text, choices = self.info()
        for word in ("CPU features", "sha256_scalar", "usable", "nanoseconds per compression", "Chosen",
                     "made at start-up, room for 512", "lanekdf_derive_one"):
            self.assertIn(word, text)
        for rows in choices:
            self.assertEqual([row[0] for row in rows], ["1", "2", "4", "8", "16", "64"])
        self.assertNotIn("kept out", text)

    def test_info_of_a_forced_kernel(self):
        """It keeps out the others of its hash, and nothing else."""
        for arguments, kernel, by in ((("--kernel", "sha256_scalar"), None, "--kernel"),
                                      ((), "sha256_scalar", "LANEKDF_KERNEL")):
            text, (sha256, sha512) = self.info(*arguments, kernel=kernel)
            self.assertEqual({row[1] for row in sha256}, {"sha256_scalar"})
            self.assertIn(f" none, by {by}\n", text)
            self.assertIn(f"(as {by} says)", text)
            others = re.findall(r"\n  (sha256_\S+) .* bits  (?!lacks)", text)
            self.assertEqual(text.count(f"kept out by {by}"), len(others) - 1)
            self.assertNotRegex(text, r"\n  (sha512|md5|sha1)_\S+ .*kept out")
            self.assertIn("(the cheapest per job)", text)
            self.assertEqual([row[0] for row in sha512], ["1", "2", "4", "8", "16", "64"])

    def test_info_with_an_unknown_kernel(self):
        """In the environment it is named, and the rest is shown; as an option it is a mistake."""
        text, choices = self.info(kernel="nonsense")
        self.assertIn('LANEKDF_KERNEL is "nonsense", which is the name of no kernel', text)
        self.assertEqual([len(rows) for rows in choices], [6, 6])
        got = json.loads(self.info_json(kernel="nonsense"))
        self.assertEqual((got["environment_is_usable"], got["forced_kernel"]), (False, None))
        for command in ("info", "derive"):
            result = run(command, "--kernel", "nonsense")
            self.assertEqual((result.stdout, result.returncode), ("", ERROR))
            self.assertRegex(result.stderr,
                             '--kernel: kernel "nonsense" is unknown; there are .*sha256_scalar')
            self.assertNotIn("lanekdf info", result.stderr)

    def info_json(self, *arguments, kernel=""):
        result = run("info", "--json", *arguments, env=os.environ | {"LANEKDF_KERNEL": kernel})
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        return result.stdout

    def test_info_as_json(self):
        """It says what the tables say."""
        got = json.loads(self.info_json("--kernel", "sha256_scalar"))
        self.assertEqual((got["forced_kernel"], got["environment_is_usable"]), ("sha256_scalar", True))
        text, _ = self.info("--kernel", "sha256_scalar")
        rows = re.findall(r"\n  (\S+) +(\d+) +(\d+) bits  (.*)\n      (.*)", text)
        states = {"usable": "usable", "kept out by --kernel": "excluded"}
        self.assertEqual(
            [(k["name"], str(k["lanes"]), str(k["vector_bits"]), k["state"], k["description"])
             for k in got["kernels"]],
            [(*row[:3], states.get(row[3], "unsupported"), row[4]) for row in rows])
        for kernel in got["kernels"]:
            has_costs = kernel["state"] in ("usable", "excluded")
            self.assertEqual(list(kernel["ns_per_job"]), ["1", "2", "4", "8", "16", "64"] * has_costs)
            self.assertEqual(kernel["missing"] == [], has_costs)
            self.assertTrue(kernel["name"].startswith(kernel["family"]))
        self.assertEqual([(c["family"], c["jobs"]) for c in got["choices"]],
                         [(family, n) for family in ("sha256", "sha512") for n in (1, 2, 4, 8, 16, 64)])
        self.assertEqual({(c["kernel"], c["next"]) for c in got["choices"][:6]}, {("sha256_scalar", None)})
        self.assertTrue(" ".join(got["cpu_features"]) in text)
        programs = got["programs"]
        self.assertIn(f"Programs: {programs['made']} made at start-up, room for {programs['room']};", text)
        self.assertEqual((programs["room"], programs["room_for_long"], programs["long"]), (512, 128, 0))

    @unittest.skipIf(HAS_SANITIZER, "command.selftest is a test by itself")
    def test_selftest(self):
        for environment in ({}, {"LANEKDF_KERNEL": "none"}):
            result = run("selftest", env={**os.environ, **environment})
            self.assertEqual(result.returncode, OK, result.stdout)
            self.assertRegex(result.stdout, r"sha256_scalar +ok\n")
            self.assertIn("All kernels", result.stdout)

    def test_selftest_as_json(self):
        result = run("selftest", "--json")
        *kernels, summary = map(json.loads, result.stdout.splitlines())
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        self.assertEqual(([k["kernel"] for k in kernels], summary["ok"], summary["kernels"]),
                         ([k["name"] for k in json.loads(self.info_json())["kernels"]], True, len(kernels)))
        for kernel in kernels:
            self.assertIn((kernel["result"], kernel["reason"][:14]),
                          (("ok", ""), ("skipped", "this CPU lacks")))
        self.assertGreater(summary["known_answers"], len(job_kinds()))
        self.assertEqual(sorted(summary["kinds"]), sorted(job_kinds().values()))  # none lacks an answer

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
    skips.main()
