#!/usr/bin/env python3
"""kdf: one derivation, by options.

Catches: a field that an option does not reach, or reaches as something else; an answer that is another than
that of a line with the same fields, of the RFCs, or of openssl kdf; a secret that cannot be kept out of the
command line."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import skips
from command_support import (
    ERROR, LANEKDF, OK, SERVED, UNSUPPORTED, derive, is_served, job_kinds, run, vector_files)

SESSIONS = {"tls-session", "tls13-session"}
KINDS = sorted(SERVED - SESSIONS)
# The kinds of jobs in lanekdf.h, and a kind of line for each. A prepared secret is no bytes that mean
# anything outside the process.
JOBS = {"PRF": "tls12-prf", "HANDSHAKE": "tls12-keys", "HASH": "hash", "HMAC": "hmac",
        "EXPORTER": "tls-exporter", "FINISHED": "tls12-finished", "PREPARE": None, "SSL3_PRF": "ssl3-prf",
        "SSL3_FINISHED": "ssl3-finished", "HKDF": "hkdf", "EXPAND_LABEL": "hkdf-expand-label",
        "TLS13_EARLY": "tls13-early", "TLS13_HANDSHAKE": "tls13-handshake",
        "TLS13_FINISHED": "tls13-finished", "TLS13_APPLICATION": "tls13-application",
        "TLS13_RESUMPTION": "tls13-resumption", "TLS13_TRAFFIC": "tls13-traffic-keys",
        "TLS13_EXPORTER": "tls13-exporter", "TLS13_PSK_IMPORT": "tls13-psk-import",
        "ECH_CONFIRMATION": "tls13-ech-confirmation", "QUIC_INITIAL": "quic-initial"}
RFC5869 = ("--hash", "sha256", "--salt", "000102030405060708090a0b0c", "--info", "f0f1f2f3f4f5f6f7f8f9",
           "--length", "42")
RFC5869_IKM = "0b" * 22
RFC5869_OKM = ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def kdf(*arguments, **more):
    result = run("kdf", *arguments, **more)
    if result.returncode != OK:
        raise AssertionError(result.stderr)
    return result.stdout


def answers_of(text):
    """The answers that were printed, in their order: their names, if there are several, and values."""
    rows = [re.fullmatch("(?:([A-Za-z_0-9]+) +)?([0-9a-f]*)", row).groups() for row in text.splitlines()]
    return [(name if len(rows) > 1 else None, value) for name, value in rows]


def fields(kind):
    """The fields of a kind with their forms, and its answers, as help has them."""
    text = " ".join(run("help", "kdf", kind).stdout.split())
    listed, answers = re.search("Fields: (.*) Answers: (.*) Options:", text).groups()
    return (dict(re.findall(r"--(\S+?)(?: ([A-Z]+[a-z ]*))?(?:,|$)", listed)), answers.split(", "))


def options_of(line, inputs, answers):
    """The options that are the line without its answers."""
    options = []
    for name, form in inputs.items():
        value = line.get(name)
        if value is None or (name in answers and not is_input(line, name)):
            continue
        if form == "BYTES for each":
            options += [word for item in value for word in (f"--{name}", item)]
        elif form == "":
            options.append(f"--{name}={json.dumps(value)}")
        else:
            options += [f"--{name}", str(value)]
    for name, answer in (("key_len", "key"), ("key_len", "client_key"), ("key_len", "client_early_key"),
                         ("iv_len", "iv"), ("iv_len", "client_iv"), ("iv_len", "client_early_iv"),
                         ("key_block_len", "key_block"), ("length", "out"), ("length", "okm"),
                         ("length", "mac")):
        if name in inputs and answer in answers and answer in line and f"--{name}" not in options:
            options += [f"--{name}", str(len(line[answer]) // 2)]
    return options


def is_input(line, name):
    """Whether a field that may hold an answer is what the line begins with."""
    others = {"master": ["pms"], "early_secret": ["psk"], "secret": ["dcid"], "hp": ["secret", "dcid"],
              "resumption_master_secret": ["master_secret"]}[name]
    return not any(other in line for other in others)


class Kinds(unittest.TestCase):
    def test_every_kind_of_job(self):
        """Whatever the header derives can be asked for."""
        self.assertEqual(set(job_kinds()), set(JOBS))
        self.assertLessEqual(set(filter(None, JOBS.values())), set(KINDS))

    def test_vectors(self):
        """Of each kind some published lines, so that every field is there that these have, and all lines of
        RFC 5869, 8448, 9001 and 9258."""
        whole = ("rfc5869-hkdf.jsonl", "rfc8448-tls13.jsonl", "quic-rfc.jsonl", "rfc9258-psk-import.jsonl")
        seen = {kind: set() for kind in KINDS}
        for name in vector_files():
            with open(name, encoding="utf-8") as file:
                for line in filter(is_served, map(json.loads, file)):
                    kind = line["alg"]
                    if kind in seen and (line.keys() - seen[kind] or os.path.basename(name) in whole):
                        seen[kind] |= line.keys()
                        self.check(line)
        without = {"p-hash", "ssl3-keys", "ssl3-prf", "tls10-finished", "tls12-finished",
                   "tls13-ech-confirmation"}
        self.assertEqual({kind for kind in seen if not seen[kind]}, without)

    def check(self, line):
        inputs, answers = fields(line["alg"])
        got = answers_of(kdf(line["alg"], *options_of(line, inputs, answers)))
        if "psks" in line:
            self.assertEqual([value for name, value in got if name in (None, "psks")], line["psks"])
        values = dict(got)
        if len(got) == 1:
            self.assertIn(got[0][1], [line[name] for name in answers if name in line and name != "psks"] +
                          line.get("psks", []))
            return
        self.assertGreater(len(values.keys() & line.keys()), 0)
        for name in values.keys() & line.keys() - {"psks"}:
            self.assertEqual(values[name], line[name], (name, line))

    def test_kinds_without_published_lines(self):
        """They say what a line with the same fields says."""
        n = bytes(range(64)).hex()
        for line in ({"alg": "p-hash", "hash": "sha1", "secret": n, "seed": n, "length": 50},
                     {"alg": "ssl3-prf", "secret": n, "seed": n, "length": 50},
                     {"alg": "ssl3-keys", "pms": n, "client_random": n[:64], "server_random": n[64:],
                      "key_block_len": 104},
                     {"alg": "tls10-finished", "master": n[:96], "side": "server", "transcript_hash": n[:72]},
                     {"alg": "tls12-finished", "hash": "sha384", "master": n[:96], "side": "client",
                      "transcript_hash": n[:96]},
                     {"alg": "tls13-ech-confirmation", "hash": "sha256", "inner_random": n[:64],
                      "transcript_hash": n[64:], "hello_retry": True},
                     {"alg": "tls13-resumption", "hash": "sha256", "resumption_master_secret": n[:64],
                      "nonces": ["00", "01ff"]},
                     {"alg": "tls12-keys", "cipher_suite": "c02f", "master": n[:96], "client_random": n[:64],
                      "server_random": n[64:]}):
            inputs, answers = fields(line["alg"])
            got = kdf(line["alg"], *options_of(line, inputs, answers))
            expected, = derive(line)
            values = [value for name, value in expected.items() if name != "id"]
            values = [item for value in values for item in (value if isinstance(value, list) else [value])]
            self.assertEqual([value for _, value in answers_of(got)], values)

    def test_help(self):
        """Each kind has its own, within 80 columns, and every answer of the vectors is named."""
        for kind in KINDS:
            result = run("help", "kdf", kind)
            self.assertEqual((result.stderr, result.returncode), ("", OK))
            self.assertEqual(run("kdf", kind, "--help").stdout, result.stdout)
            self.assertEqual([line for line in result.stdout.splitlines() if len(line) > 80], [])
            self.assertTrue(result.stdout.startswith(f"Usage: lanekdf kdf {kind} "))
        text = run("help", "kdf").stdout
        self.assertEqual(run("kdf", "--help").stdout, text)
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        example = re.search(r"^  lanekdf (kdf .*\n.*\n.*)", text, re.M)[1].replace("\\\n", "").split()
        self.assertEqual(run(*example).stdout, RFC5869_OKM + "\n")


class OpenSSL(unittest.TestCase):
    """openssl kdf, where it is installed."""

    def setUp(self):
        if not shutil.which("openssl") or subprocess.run(
                ["openssl", "kdf", "-help"], capture_output=True, check=False).returncode != 0:
            self.skipTest("openssl kdf is not installed")

    def openssl(self, name, n, *options):
        words = [word for option in options for word in ("-kdfopt", option)]
        result = subprocess.run(["openssl", "kdf", "-keylen", str(n), *words, name], capture_output=True,
                                check=True)
        return result.stdout.decode().strip().replace(":", "").lower()

    def expect(self, answer, *arguments):
        self.assertEqual(kdf(*arguments).strip(), answer)

    def test_hkdf(self):
        key, salt, info = os.urandom(32).hex(), os.urandom(20).hex(), os.urandom(30).hex()
        for name, digest in (("sha256", "SHA2-256"), ("sha384", "SHA2-384"), ("sha512", "SHA2-512")):
            self.expect(self.openssl("HKDF", 77, f"digest:{digest}", f"hexkey:{key}", f"hexsalt:{salt}",
                                     f"hexinfo:{info}"),
                        "hkdf", "--hash", name, "--ikm", key, "--salt", salt, "--info", info,
                        "--length", "77")
            self.expect(self.openssl("HKDF", int(name[3:]) // 8, f"digest:{digest}", "mode:EXTRACT_ONLY",
                                     f"hexkey:{key}", f"hexsalt:{salt}"),
                        "hkdf-extract", "--hash", name, "--ikm", key, "--salt", salt)
            self.expect(self.openssl("HKDF", 77, f"digest:{digest}", "mode:EXPAND_ONLY", f"hexkey:{key}",
                                     f"hexinfo:{info}"),
                        "hkdf-expand", "--hash", name, "--prk", key, "--info", info, "--length", "77")

    def test_prf(self):
        """The seed of openssl is label and seed."""
        secret, seed = os.urandom(48).hex(), os.urandom(64).hex()
        label = "test label"
        for name, digest, kind in (("sha256", "SHA2-256", "tls12-prf"), ("sha384", "SHA2-384", "tls12-prf"),
                                   ("md5-sha1", "MD5-SHA1", "tls10-prf")):
            self.expect(self.openssl("TLS1-PRF", 90, f"digest:{digest}", f"hexsecret:{secret}",
                                     f"hexseed:{label.encode().hex()}{seed}"),
                        kind, "--hash", name, "--secret", secret, "--label", f"text:{label}", "--seed", seed,
                        "--out-len", "90")

    def test_expand_label(self):
        secret, context = os.urandom(32).hex(), os.urandom(32).hex()
        self.expect(self.openssl("TLS13-KDF", 32, "digest:SHA2-256", "mode:EXPAND_ONLY", f"hexkey:{secret}",
                                 "prefix:tls13 ", "label:c hs traffic", f"hexdata:{context}"),
                    "hkdf-expand-label", "--hash", "sha256", "--secret", secret,
                    "--label-text", "c hs traffic", "--context", context, "--length", "32")


class Values(unittest.TestCase):
    def test_forms_of_bytes(self):
        """Digits, text, and files of either; standard input."""
        with tempfile.TemporaryDirectory() as folder:
            raw, digits = os.path.join(folder, "raw"), os.path.join(folder, "digits")
            with open(raw, "wb") as file:
                file.write(bytes.fromhex(RFC5869_IKM))
            with open(digits, "w", encoding="ascii") as file:
                file.write(":".join([RFC5869_IKM[i:i + 2] for i in range(0, 44, 2)]) + "\n")
            for value in (RFC5869_IKM, "0x" + RFC5869_IKM, RFC5869_IKM.upper(), f"hex:{RFC5869_IKM}",
                          f"file:{raw}", f"hexfile:{digits}", "text:" + "\v" * 22):
                self.assertEqual(kdf("hkdf", *RFC5869, "--ikm", value), RFC5869_OKM + "\n", value)
                self.assertEqual(kdf("hkdf", f"--ikm={value}", *RFC5869), RFC5869_OKM + "\n", value)
        self.assertEqual(kdf("hkdf", *RFC5869, "--ikm", "file:-", stdin=bytes.fromhex(RFC5869_IKM)),
                         RFC5869_OKM + "\n")
        self.assertEqual(kdf("hkdf", *RFC5869, "--ikm", "hexfile:-", stdin=RFC5869_IKM + "\n"),
                         RFC5869_OKM + "\n")
        empty, = derive({"alg": "hash", "hash": "sha256", "msg": ""})
        for value in ("", "text:", "hex:", "file:/dev/null", "hexfile:/dev/null"):
            self.assertEqual(kdf("hash", "--hash", "sha256", "--msg", value), empty["digest"] + "\n")
        big = os.urandom(300000)
        self.assertEqual(kdf("hash", "--hash", "sha256", "--msg", "file:-", stdin=big).strip(),
                         derive({"alg": "hash", "hash": "sha256", "msg": big.hex()})[0]["digest"])

    def test_a_value_that_json_would_escape(self):
        text = 'a "label"\\ with\ttabs'
        asked = ("hkdf-expand-label", "--hash", "sha256", "--secret", "00", "--length", "32")
        self.assertEqual(kdf(*asked, "--label-text", text), kdf(*asked, "--label", text.encode().hex()))
        self.assertEqual(kdf(*asked, "--label", f"text:{text}"), kdf(*asked, "--label", text.encode().hex()))
        result = run("kdf", *asked, "--label", '00","secret":"11')
        self.assertEqual((result.stdout, result.returncode), ("", ERROR))

    def test_hyphens_and_flags(self):
        asked = ("tls13-ech-confirmation", "--hash", "sha256", "--transcript-hash", "00" * 32)
        first, retry = (kdf(*asked, "--inner-random", "11" * 32, *flag) for flag in ((), ("--hello-retry",)))
        self.assertEqual(kdf(*asked, "--inner_random", "11" * 32, "--hello_retry=false"), first)
        self.assertEqual(kdf(*asked, "--inner_random", "11" * 32, "--hello_retry=true"), retry)
        self.assertNotEqual(first, retry)

    def test_answers(self):
        """One by name, and as bytes."""
        asked = ("quic-initial", "--version", "QUICv1", "--dcid", "8394c8f03e515708")  # RFC 9001 appendix A.1
        every = dict(answers_of(kdf(*asked)))
        self.assertEqual((every["client_key"], every["server_hp"]),
                         ("1f369613dd76d5467730efcbe3b1a22d", "c206b8d9b9f0f37644430b490eeaa314"))
        for name, value in every.items():
            self.assertEqual(kdf(*asked, "--answer", name), value + "\n")

    def test_binary(self):
        asked = [LANEKDF, "kdf", "hkdf", *RFC5869, "--ikm", RFC5869_IKM, "--binary"]
        result = subprocess.run(asked, capture_output=True, check=True)
        self.assertEqual(result.stdout.hex(), RFC5869_OKM)

    def test_kernel(self):
        self.assertEqual(kdf("hkdf", *RFC5869, "--ikm", RFC5869_IKM, "--kernel", "sha256_scalar"),
                         RFC5869_OKM + "\n")
        self.assertIn("--kernel: kernel", run("kdf", "hkdf", "--kernel", "none").stderr)


class Mistakes(unittest.TestCase):
    HKDF_FIELDS = "the fields are --hash, --ikm, --salt, --info, --length, --out_len"
    MISTAKES = {
        (): "kdf: a kind is missing; there are tls12-prf, .*, hmac (try lanekdf help kdf)",
        ("--hash", "sha256"): "kdf: the kind comes first, got --hash (try lanekdf help kdf)",
        ("hkdff",): "kdf: unknown kind hkdff: did you mean hkdf? (try lanekdf help kdf)",
        ("hdkf",): "kdf: unknown kind hdkf: did you mean hkdf? (try lanekdf help kdf)",
        ("ikev2",): "kdf: unknown kind ikev2; there are tls12-prf, .*, hmac (try lanekdf help kdf)",
        ("tls-session",): "kdf: tls-session is a recorded session, .*",
        ("hkdf", "--ikn", "00"): "kdf hkdf: unknown option --ikn: did you mean --ikm? .*",
        ("hkdf", "--slat", "00"): "kdf hkdf: unknown option --slat: did you mean --salt? .*",
        ("hkdf", "--seed=00"): f"kdf hkdf: no field --seed; {HKDF_FIELDS} (try lanekdf help kdf hkdf)",
        ("hkdf", "--nonsense=0"): f"kdf hkdf: unknown option --nonsense; {HKDF_FIELDS} (try .*)",
        ("hkdf", "--" + "5f" * 16): f"kdf hkdf: unknown option (a word of 32 digits); {HKDF_FIELDS} (try .*)",
        ("5f" * 16,): "kdf: unknown kind (a word of 32 digits); there are .*",
        ("--" + "5f" * 16,): "kdf: the kind comes first, got (a word of 32 digits) (try .*)",
        ("hkdf", "-x"): f"kdf hkdf: unknown option -x; {HKDF_FIELDS} (try lanekdf help kdf hkdf)",
        ("hkdf", "-a0b1"): f"kdf hkdf: unknown option -a; {HKDF_FIELDS} (try lanekdf help kdf hkdf)",
        ("hkdf", "--ikm"): "kdf hkdf: --ikm needs a value .*",
        ("hkdf", "--binary=1"): "kdf hkdf: --binary takes no value .*",
        ("hkdf", "00"): "kdf hkdf: takes options alone, got a word ahead of them: .*",
        ("hkdf", "--hash", "sha256", "--ikm", "0b", "deadbeef", "--salt", "00"):
            "kdf hkdf: takes options alone, got a word behind --ikm: --FIELD stands before a value .*",
        ("hkdf", "--out-len", "9", "--", "00"):
            "kdf hkdf: takes options alone, got a word behind --out-len: .*",
        ("hkdf", "--ikm", "00", "--ikm", "01"): "kdf hkdf: --ikm is there twice .*",
        ("hkdf", "--hash", "sha256", "--length", "1"): "kdf hkdf: ikm is missing",
        ("hkdf", "--ikm", "00", "--length", "1"): 'kdf hkdf: hash is missing.*',
        ("hkdf", "--hash", "sha256", "--ikm", "0g", "--length", "1"): "kdf hkdf: ikm: not hexadecimal",
        ("hkdf", "--hash", "sha256", "--ikm", "00", "--length", "-1"):
            "kdf: --length: a whole number expected, not -1",
        ("hkdf", "--hash", "sha256", "--ikm", "00", "--length", "1e3"):
            "kdf: --length: a whole number expected, not 1e3",
        ("hkdf", "--hash", "sha256", "--ikm", "00", "--length", "8161"):
            "kdf hkdf: length: 8161, must be at most 8160",
        ("hmac", "--key", "file:-", "--msg", "hexfile:-"):
            "kdf: --msg: standard input has gone to --key already",
        ("hmac", "--key", "file:/none"): "kdf: --key: /none: No such file or directory",
        ("hmac", "--key", "file:/"): "kdf: --key: /: Is a directory",
        ("tls13-ech-confirmation", "--hello-retry=yes"):
            "kdf: --hello_retry: true or false expected, not yes",
        ("hash", "--hash", "sha256", "--msg", "00", "--answer", "mac"):
            "kdf hash: no answer mac; there are digest",
        ("quic-initial", "--version", "QUICv1", "--dcid", "00", "--binary"):
            "kdf quic-initial: --binary is for one answer, and --answer names it; there are .*",
    }

    def test_mistakes(self):
        """Each has a message of its own, on one line, and nothing is printed."""
        for arguments, message in self.MISTAKES.items():
            result = run("kdf", *arguments)
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), (arguments, result.stderr))
            pattern = ".*".join(map(re.escape, f"lanekdf: {message}".split(".*")))
            self.assertRegex(result.stderr, rf"\A{pattern}\n\Z")

    def test_names_that_there_are(self):
        """Whoever guesses a name is told all kinds, or all fields of the kind, however many these are."""
        kinds = re.search("; there are (.*) \\(try ", run("kdf", "ikev2").stderr)[1].split(", ")
        self.assertEqual(sorted(kinds), KINDS)
        for kind in KINDS:
            listed = re.search("; the fields are (.*) \\(try ", run("kdf", kind, "--nonsense").stderr)[1]
            self.assertEqual(listed.split(", "), [f"--{name}" for name in fields(kind)[0]])

    def test_not_supported(self):
        result = run("kdf", "hkdf", "--hash", "sha1", "--ikm", "00", "--length", "1")
        self.assertEqual((result.stdout, result.returncode), ("", UNSUPPORTED))
        self.assertIn('hash "sha1" is not supported for hkdf', result.stderr)

    def test_warning(self):
        result = run("kdf", "tls12-keys", "--hash", "sha256", "--master", "00" * 48,
                     "--client-random", "00" * 32, "--server-random", "00" * 32,
                     "--cipher-suite", "DES-CBC-SHA", "--answer", "client_write_key")
        self.assertEqual((len(result.stdout), result.returncode), (17, OK))
        self.assertIn("warning: cipher_suite: TLS_RSA_WITH_DES_CBC_SHA in TLS 1.2", result.stderr)

    def test_no_secret_in_a_message(self):
        for arguments in (("hkdf", "--hash", "sha256", "--ikm", "c0ffeg", "--length", "1"),
                          ("tls-exporter", "--hash", "sha256", "--master", "c0ffee")):
            self.assertNotIn("c0ff", run("kdf", *arguments).stderr)


if __name__ == "__main__":
    skips.main()
