#!/usr/bin/env python3
"""explain: what is told of recorded sessions and of cipher suites."""
import json
import re
import unittest

import skips
from command_support import (
    ERROR, FAILED, OK, SERVED, UNSUPPORTED, derive, explain_each, is_served, lines, one_of_each, run, session,
    sessions, tls13_sessions, vector_files)


class Explain(unittest.TestCase):
    def explain(self, vector, *arguments):
        result = run("explain", *arguments, stdin=lines([vector]))
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        return result.stdout

    def test_every_session_fits_the_screen(self):
        vectors = list(one_of_each())
        for arguments in ((), ("--secrets",)):
            for vector, text in zip(vectors, explain_each(vectors, *arguments), strict=True):
                self.assertLessEqual(max(map(len, text.splitlines())), 100, text)
                self.assertLess(len(text.splitlines()), 70)
                self.assertEqual(text.count("  as recorded"), 3 + ("pms" in vector), text)
                self.assertNotIn("DIFFERS", text)

    def test_key_exchanges(self):
        vector = {k: v for k, v in session(resumed=False, ems=False).items()
                  if k not in ("cipher_suite", "mac_hash", "pms", "cipher", "handshake")}
        for suite, who, key, secret in (
                ("TLS_RSA_WITH_AES_128_CBC_SHA", "The client alone", "decrypts it", "no"),
                ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "Both sides together", "signs ServerKeyExchange", "yes"),
                ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "Both sides together", "The DSS private key", "yes"),
                ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "x-coordinate", "signs ServerKeyExchange", "yes"),
                ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "x-coordinate", "The ECDSA private key", "yes"),
                ("TLS_DH_RSA_WITH_AES_128_CBC_SHA", "in its certificate", "computes the shared secret", "no"),
                ("TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", "in its certificate", "computes the shared secret",
                 "no"),
                ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "Both sides together", "nobody signs", "yes"),
                ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "Both sides together", "nobody signs", "yes"),
                ("TLS_PSK_WITH_AES_128_CBC_SHA", "Nobody sends it", "no certificate", "no"),
                ("TLS_DHE_PSK_WITH_AES_128_CBC_SHA", "pre-shared key", "no certificate", "yes"),
                ("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", "pre-shared key", "no certificate", "yes"),
                ("TLS_RSA_PSK_WITH_AES_128_CBC_SHA", "The client makes 48 bytes",
                 "decrypts the client's part", "no"),
                ("TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "from the password", "signs ServerKeyExchange",
                 "yes"),
                ("TLS_KRB5_WITH_3DES_EDE_CBC_SHA", "its Kerberos ticket", "the server's Kerberos key", "no"),
                ("TLS_ECCPWD_WITH_AES_128_GCM_SHA256", "from the password", "no certificate", "yes"),
                ("SOMETHING", "does not name a cipher suite", "depends", "no")):
            text = " ".join(self.explain(vector | {"cipher_suite_name": suite}).split())
            self.assertIn(who, text)
            self.assertIn(key, text)
            self.assertIn("forward secret " + secret, text)
            if suite != "SOMETHING":
                text = " ".join(self.explain_suite(suite).split())
                for part in (suite, who, key, "forward secret " + secret):
                    self.assertIn(part, text)

    def test_curves_of_eccpwd(self):
        """RFC 8492 has no Montgomery curves."""
        text = self.explain_suite("TLS_ECCPWD_WITH_AES_128_GCM_SHA256")
        self.assertIn("32 with P-256", text)
        self.assertNotIn("X25519", text)

    def explain_suite(self, suite, *arguments):
        result = run("explain", "--suite", suite, *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        return result.stdout

    def test_suite(self):
        """By id and both names; lengths and spans, without values."""
        text = self.explain_suite("c02f", "--ems")
        for name in ("0xC02F", "tls_ecdhe_rsa_with_aes_128_gcm_sha256", "ECDHE-RSA-AES128-GCM-SHA256"):
            self.assertEqual(self.explain_suite(name, "--ems"), text)
        self.assertIn('PRF(pre_master_secret, "extended master secret", session_hash)', text)
        self.assertIn("Key block  40 bytes\n", text)
        rows = [line.split()[:4] for line in text.splitlines() if "_write_" in line]
        self.assertEqual(rows, [
            ["0-15", "client_write_key", "writes", "reads"], ["16-31", "server_write_key", "reads", "writes"],
            ["32-35", "client_write_IV", "writes", "reads"], ["36-39", "server_write_IV", "reads", "writes"]])
        self.assertNotIn("not recorded", text)
        self.assertNotIn("...", text)

    def test_suite_of_every_version(self):
        lengths = {"ssl3": 104, "TLS1.0": 104, "0302": 72, "1.2": 72}
        for version, name in zip(lengths, ("SSLv3", "TLS 1.0", "TLS 1.1", "TLS 1.2")):
            text = self.explain_suite("AES128-SHA", "--version", version)
            self.assertIn(f"\n{name}, ", text)
            self.assertIn(f"Key block  {lengths[version]} bytes", text)
            self.assertEqual("No IVs" in text, version in ("0302", "1.2"))
            resumed = self.explain_suite("AES128-SHA", "--version", version, "--resumed")
            self.assertIn("Pre-master secret  none", resumed)
            self.assertLess(resumed.index("1. server Finished"), resumed.index("2. client Finished"))
        self.assertIn("= SSL3(master_secret, server_random + client_random)",
                      self.explain_suite("2f", "--version", "ssl3"))
        self.assertIn('SSL3 Finished(master_secret, "CLNT"', self.explain_suite("2f", "--version", "ssl3"))
        self.assertIn("MD5+SHA-1(all messages", self.explain_suite("2f", "--version", "tls1.1"))

    def test_every_length(self):
        """Of each set of lengths a suite: they are the table's."""
        lengths = ("mac_key_len", "enc_key_len", "final_key_len", "fixed_iv_len", "record_iv_len",
                   "min_version")
        table = [suite for suite in map(json.loads, run("suites", "--json").stdout.splitlines())
                 if suite["min_version"] < "0304"]
        for suite in {tuple(s[k] for k in lengths): s for s in table}.values():
            version = suite["min_version"]
            text = self.explain_suite(suite["id"], "--version", version)
            story = json.loads(run("explain", "--suite", suite["id"], "--version", version, "--json").stdout)
            keys = {k["name"]: k["len"] for k in story["keys"]}
            n_mac, n_key = suite["mac_key_len"], suite["enc_key_len"]
            n_iv = suite["record_iv_len" if version < "0302" else "fixed_iv_len"]
            expected = {"MAC_key": n_mac, "key": n_key, "IV": n_iv}
            self.assertEqual(keys,
                             {f"{side}_write_{what}": n for what, n in expected.items()
                              for side in ("client", "server") if n}
                             | {f"final_{side}_write_key": suite["final_key_len"]
                                for side in ("client", "server") if suite["final_key_len"]})
            block = next(d for d in story["derivations"] if d["output"] == "key_block")
            self.assertEqual(block["len"], 2 * (n_mac + n_key + (0 if suite["final_key_len"] else n_iv)))
            self.assertEqual("Final keys" in text, suite["final_key_len"] > 0)

    def test_export_suite(self):
        text = self.explain_suite("EXP-RC2-CBC-MD5")
        for part in ('PRF(client_write_key, "client write key", client_random + server_random)',
                     'PRF("", "IV block", client_random + server_random)', "32-36  client_write_key",
                     "the certificate's key decrypts nothing. 512 bits are broken"):
            self.assertIn(part, " ".join(text.split()) if "  " not in part else text)
        for suite, claims in (("TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA", False),
                              ("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", True)):
            text = " ".join(self.explain_suite(suite).split())
            self.assertIn("512 are broken in hours", text)
            self.assertEqual("forward secret it is in name only" in text, claims)
        text = self.explain_suite("EXP-RC2-CBC-MD5", "--version", "ssl3")
        self.assertIn("MD5(server_write_key + server_random + client_random)", text)
        self.assertIn("MD5(client_random + server_random)", text)

    def test_suite_mistakes(self):
        """No suite that matches is an answer, and options that no suite could have are none."""
        for status, arguments, error in (
                (FAILED, ("nonsense",), "unknown cipher suite (lanekdf suites lists"),
                (FAILED, ("1301", "--version", "1.2"), "not a suite of TLS 1.2"),
                (FAILED, ("1305", "--version", "quic"), "not a suite of QUIC v1"),
                (FAILED, ("c6",), "SM3"),
                (FAILED, ("c02f", "--version", "1.0"), "not a suite of TLS 1.0"),
                (FAILED, ("c02f", "--version", "1.3"), "not a suite of TLS 1.3"),
                (ERROR, ("1301", "--ems"), "--ems is for versions up to TLS 1.2"),
                (ERROR, ("1301", "--resumed"), "it is --psk"),
                (ERROR, ("c02f", "--psk"), "--psk is for TLS 1.3"),
                (ERROR, ("c02f", "--version", "tls9"), "version tls9: none of"),
                (ERROR, ("2f", "--version", "ssl3", "--ems"), "SSLv3 has no extended")):
            result = run("explain", "--suite", *arguments)
            self.assertEqual((result.stdout, result.returncode), ("", status), arguments)
            self.assertIn(error, result.stderr)
        for arguments in (("--version", "1.2"), ("--ems",), ("--resumed",), ("--psk",),
                          ("--suite", "2f", "file")):
            self.assertEqual(run("explain", *arguments).returncode, ERROR)

    def test_derivations(self):
        extended = self.explain(session(resumed=False, ems=True))
        self.assertIn('PRF(pre_master_secret, "extended master secret", session_hash)', extended)
        plain = self.explain(session(resumed=False, ems=False))
        self.assertIn('PRF(pre_master_secret, "master secret", client_random + server_random)', plain)
        for text in (extended, plain):
            self.assertIn('PRF(master_secret, "key expansion", server_random + client_random)', text)
            self.assertIn("Swapped: here the server's random comes first", text)
            self.assertIn('PRF(master_secret, "client finished", SHA-256(messages 1 to ', text)
            self.assertIn("client Finished, message ", text)

    def test_key_block(self):
        text = self.explain(session(cipher_suite_name="TLS_RSA_WITH_AES_128_CBC_SHA256"))
        rows = [line.split()[:5] for line in text.splitlines() if "_write_" in line]
        self.assertEqual([(r[0], r[1], r[3], r[4]) for r in rows], [
            ("0-31", "client_write_MAC_key", "writes", "reads"),
            ("32-63", "server_write_MAC_key", "reads", "writes"),
            ("64-79", "client_write_key", "writes", "reads"),
            ("80-95", "server_write_key", "reads", "writes")])
        self.assertIn("HMAC-SHA256", text)

    def test_unknown_suite(self):
        """What is not known is not said to be absent."""
        vector = {k: v for k, v in session(cipher_suite="003c", resumed=False).items()
                  if not k.startswith("cipher_suite")}
        self.assertIn("forward secret not known here", self.explain(vector))
        story = json.loads(run("explain", "--json", stdin=lines([vector])).stdout)
        self.assertIsNone(story["key_exchange"]["forward_secret"])

    def test_resumed(self):
        text = self.explain(session(resumed=True))
        self.assertIn("Pre-master secret  none", text)
        self.assertIn("forward secret no more than the full handshake was", text)
        self.assertNotIn("pre_master_secret,", text)
        self.assertLess(text.index("1. server Finished"), text.index("2. client Finished"))

    def test_every_message_is_listed(self):
        vector = session(resumed=False)
        more = ["00000000"] * 100
        text = self.explain({k: v for k, v in vector.items() if not k.endswith("_finished")}
                            | {"handshake": vector["handshake"] + more})
        n = len(vector["handshake"]) + len(more)
        self.assertEqual(text.count("HelloRequest"), len(more))
        self.assertIn(f"{n} HelloRequest", text)

    def test_secrets(self):
        vector = next(v for v in sessions() if "pms" in v)
        secrets = [vector["pms"], vector["master"], vector["key_block"]]
        for arguments in ((), ("--json",)):
            text = (run("explain", *arguments, stdin=lines([vector])).stdout if arguments
                    else self.explain(vector))
            for secret in secrets:
                self.assertNotIn(secret[:12], text.replace(vector["client_finished"][8:], ""))
                self.assertIn(secret[:8], text)
        joined = "".join(self.explain(vector, "--secrets").split())
        for secret in secrets:
            self.assertIn(secret, joined)

    def test_differences(self):
        vector = session(resumed=False)
        for name in ("key_block", "client_finished", "server_finished"):
            result = run("explain", stdin=lines([vector | {name: "14" * (len(vector[name]) // 2)}]))
            self.assertEqual(result.returncode, FAILED)
            self.assertIn("DIFFERS", result.stdout)

    def test_json(self):
        vectors = list(one_of_each())
        for vector, text in zip(vectors, explain_each(vectors, "--json", "--secrets"), strict=True):
            story = json.loads(text)
            self.assertEqual(story["id"], vector["id"])
            self.assertEqual(story["master_secret"]["value"], vector["master"])
            self.assertEqual(story["key_exchange"] is None, vector["resumed"])
            derived = {d["output"]: d for d in story["derivations"]}
            self.assertEqual(derived["key_block"]["value"], vector["key_block"])
            self.assertEqual([s["name"] for s in derived["key_block"]["seed"]],
                             ["server_random", "client_random"])
            self.assertEqual(derived["client verify_data"]["value"], vector["client_finished"][8:])
            self.assertTrue(all(d.get("as_recorded", True) for d in derived.values()))
            for key in story["keys"]:
                at = 2 * key["offset"]
                self.assertEqual(key["value"], vector["key_block"][at:at + 2 * key["len"]])
                self.assertEqual(key["name"].split("_")[0], key["writes"])

    def test_lines_that_cannot_be_told(self):
        """Their errors stand on standard error, or in the place of the object; the others are told."""
        other = {"id": "x", "alg": "ikev2"}
        result = run("explain", stdin=lines([other, session(resumed=True)]))
        self.assertEqual(result.returncode, UNSUPPORTED)
        self.assertIn('standard input:1: "x": alg "ikev2" is not supported', result.stderr)
        self.assertIn("Key block", result.stdout)
        result = run("explain", "--json", stdin=lines([other]))
        self.assertIn("not supported", json.loads(result.stdout)["error"])


class Escapes(unittest.TestCase):
    def test_control_characters(self):
        """A terminal would obey those of a line: text for people has none, beside the ends of its lines."""
        evil = "\x1b]0;owned\x07\x9b2J\x7f"
        old = {"alg": "tls-session", "version": "0303", "hash": "sha256", "client_random": "00" * 32,
               "server_random": "00" * 32, "master": "00" * 48, "mac_len": 1, "key_len": 1, "iv_len": 1}
        new = {"alg": "tls13-session", "hash": "sha256", "secrets": {"EXPORTER_SECRET": "00" * 32}}
        objects = [old | {name: evil} for name in ("id", "cipher", "cipher_suite_name", "mac_hash")]
        objects += [new | {name: evil}
                    for name in ("id", "group", "cipher_suite_name", "version", "protocol")]
        objects += [new | {"exporters": [{"label_text": evil, "length": 3}]}, new | {"secrets": {evil: "00"}},
                    {"alg": evil}]
        text = "".join(json.dumps(line, ensure_ascii="id" not in line) + "\n" for line in objects)
        for command in ("explain", "verify", "derive"):
            result = run(command, stdin=text)
            self.assertGreater(len((result.stdout + result.stderr).splitlines()), len(objects), result)
            for c in result.stdout + result.stderr:
                self.assertFalse(ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0, result)
        text = run("explain", stdin=lines([old | {"cipher": evil}])).stdout
        self.assertIn(r"\u001b]0;owned\u0007\u009b2J\u007f encryption", text)
        title = run("explain", stdin=lines([old | {"cipher_suite_name": "\u20ac" * 100}])).stdout
        self.assertEqual(title.split("\n")[0].count("\u20ac"), 21)


class Titles(unittest.TestCase):
    """What a story is about fits 80 columns, whatever the id and the names are, and loses nothing."""

    def titles(self, objects):
        return [text.split("\n\n")[0].splitlines()[:12] for text in explain_each(objects)]

    def test_ids(self):
        dtls = session(resumed=False, ems=True)
        old = next(v for v in sessions() if v["version"] == "0301")
        line, objects = {"alg": "hmac", "hash": "sha256", "key": "00", "msg": "00"}, []
        for vector in (dtls, old, tls13_sessions()[0], line):
            for key in ("", "x" * 30, "x" * 79, "x" * 80, "x" * 81, "x" * 300, "\u20ac" * 200, "a b " * 50,
                        {"stream": 0, "version": "fefd", "cipher_suite": "c02f", "client_random": "ab" * 32},
                        [[1, 2, {"key": "value" * 20}]] * 5):
                objects.append(vector | {"id": key})
        for line, titles in zip(objects, self.titles(objects), strict=True):
            for row in titles:
                self.assertLessEqual(len(row), 80, titles)
            shown = json.dumps(line["id"], ensure_ascii=False, separators=(",", ":"))
            self.assertIn(shown.replace(" ", ""), "".join(titles).replace(" ", ""))

    def test_a_long_id_is_broken_where_it_has_parts(self):
        titles, = self.titles([session() | {"id": {"stream": 0, "version": "fefd", "cipher_suite": "c02f",
                                                   "client_random": "ab" * 32}}])
        self.assertEqual(titles[0], '{"stream":0,"version":"fefd","cipher_suite":"c02f","client_random":')
        self.assertEqual(titles[1], '"' + "ab" * 32 + '"}')
        self.assertTrue(titles[2].startswith("TLS_"))

    def test_suites(self):
        """The layout of a title follows from the lengths of the names: --suite for a suite of each pair of
        them, and of each hash."""
        listed = self.suites()
        suites = {(suite["min_version"], len(suite["name"]), len(suite["openssl_name"])): suite
                  for suite in listed} | {suite["hash"]: suite for suite in listed}
        self.assertGreater(len(suites), 50)
        for suite in suites.values():
            result = run("explain", "--suite", suite["id"], *(["--ems", "--resumed"] *
                                                              (suite["min_version"] == "0303")))
            rows = result.stdout.splitlines()[:3]
            self.assertEqual((result.stderr, result.returncode), ("", OK), suite)
            self.assertEqual([row for row in rows if len(row) > 80], [])
            self.assertIn(f'{suite["name"]}  0x{suite["id"].upper()}', rows[0])
            self.assertIn(suite["openssl_name"], "".join(rows[:2]))

    def test_suites_of_lines(self):
        """Every suite, in a line."""
        suites = self.suites()
        old = {"id": 1, "alg": "tls-session", "version": "0303", "ems": True, "resumed": True,
               "client_random": "01" * 32, "server_random": "02" * 32, "master": "03" * 48}
        objects = []
        for suite in suites:
            secret = "04" * (int(suite["hash"].removeprefix("sha")) // 8)
            new = {"id": 1, "alg": "tls13-session", "version": "0304", "secrets": {"EXPORTER_SECRET": secret}}
            objects.append((old if suite["min_version"] == "0303" else new) | {"cipher_suite": suite["id"]})
        for suite, titles in zip(suites, self.titles(objects), strict=True):
            self.assertEqual([row for row in titles if len(row) > 80], [])
            self.assertEqual(titles[0], f'1  {suite["name"]}')
            self.assertIn(f'with SHA-{suite["hash"].removeprefix("sha")}', titles[1])

    @staticmethod
    def suites():
        """From TLS 1.2 on."""
        return [suite for suite in map(json.loads, run("suites", "--json").stdout.splitlines())
                if suite["min_version"] >= "0303"]


class Derivations(unittest.TestCase):
    """Lines that are no recorded session: formulas, what is given, what is derived."""

    def some_lines(self):
        """Of each kind the first lines, and those with a field that is new."""
        seen = {}
        for name in vector_files():
            with open(name, encoding="utf-8") as file:
                for vector in filter(is_served, map(json.loads, file)):
                    if vector["alg"].endswith("-session"):
                        continue
                    if vector.keys() - seen.setdefault(vector["alg"], set()):
                        seen[vector["alg"]] |= vector.keys()
                        yield vector
        n, secret = bytes(range(100, 164)).hex(), bytes(range(64)).hex()
        yield {"id": 1, "alg": "p-hash", "hash": "sha1", "secret": secret, "seed": n, "length": 50}
        yield {"id": 2, "alg": "ssl3-prf", "secret": secret, "seed": n, "length": 50}
        yield {"id": 3, "alg": "ssl3-keys", "pms": secret, "client_random": n[:64], "server_random": n[64:],
               "mac_len": 20, "key_len": 16, "iv_len": 0}
        for alg, hash_name, len_ in (("tls10-finished", "md5-sha1", 72), ("tls12-finished", "sha384", 96)):
            yield {"id": 4, "alg": alg, "hash": hash_name, "master": secret[:96], "side": "server",
                   "transcript_hash": (n + n)[:len_]}
        yield {"id": 5, "alg": "tls13-ech-confirmation", "hash": "sha256", "inner_random": secret[:64],
               "transcript_hash": n[64:], "hello_retry": True}
        yield {"id": 6, "alg": "hmac", "hash": "sha256", "key": secret, "msg": n}
        yield {"id": 7, "alg": "tls10-keys", "pms": secret, "session_hash": n[:72]}

    SECRETS = ("secret", "pms", "master", "psk", "ikm", "prk", "okm", "key", "out", "mac", "shared_secret",
               "master_secret", "key_block", "early_secret", "handshake_secret", "finished_key", "dhe")
    PUBLIC = ("ssl3-finished", "tls10-finished", "tls12-finished", "tls13-finished", "tls13-psk-binder",
              "tls13-ech-confirmation")

    def test_every_kind(self):
        """On a screen of 80 columns; each answer stands there, compared with what is recorded, and secrets do
        not, unless they are asked for."""
        kinds, vectors = set(), list(self.some_lines())
        for vector, short, whole, answers in zip(vectors, explain_each(vectors),
                                                 explain_each(vectors, "--secrets"), derive(*vectors),
                                                 strict=True):
            kinds.add(vector["alg"])
            self.assertEqual([row for row in (short + whole).splitlines() if len(row) > 80], [])
            formulas, given, derived = re.fullmatch(
                r"(?s)(.*)\nGiven\n(.*)\nDerived\n(.*)", short).groups()
            self.assertIn(vector["alg"], formulas)
            self.assertGreater(len(formulas.splitlines()), 3, formulas)
            n_compared = 0
            for name, value in answers.items():
                if name in ("id", "warning"):
                    continue
                rows = re.findall(rf"^  {name} .*", derived, re.M)
                self.assertEqual(len(rows), len(value) if isinstance(value, list) else 1, name)
                n_compared += len(rows) * (name in vector)
            self.assertEqual(derived.count("  as recorded"), n_compared, short)
            if vector["alg"] in self.PUBLIC:
                self.assertIn(answers["out"], derived.replace("\n", "").replace(" ", ""))
            digits = whole.replace("\n", "").replace(" ", "")
            for name, value in {**vector, **answers}.items():
                if name in self.SECRETS and isinstance(value, str) and len(value) > 16 and \
                        not (name == "out" and vector["alg"] in self.PUBLIC):
                    self.assertNotIn(value, short.replace("\n", "").replace(" ", ""), name)
                    self.assertIn(value, digits, (name, vector["id"]))
        self.assertEqual(kinds, SERVED - {"tls-session", "tls13-session"})

    def test_json(self):
        vectors = list(self.some_lines())
        for vector, whole, short, answers in zip(vectors, explain_each(vectors, "--json", "--secrets"),
                                                 explain_each(vectors, "--json"), derive(*vectors),
                                                 strict=True):
            got, short = json.loads(whole), json.loads(short)
            self.assertEqual((got["id"], got["alg"]), (vector["id"], vector["alg"]))
            self.assertGreater(len(got["formulas"]), 0)
            for entry in got["given"]:
                value = vector.get(entry["name"])
                if "text" in entry:
                    self.assertEqual(entry["text"], value if isinstance(value, str) else json.dumps(value))
                elif not isinstance(value, list):
                    self.assertEqual(entry["value"], value if entry["name"] != "label_text"
                                     else value.encode().hex(), entry)
            for entry in got["derived"]:
                value = answers[entry["name"]]
                self.assertTrue(entry["value"] in value if isinstance(value, list)
                                else entry["value"] == value)
                self.assertEqual(entry.get("as_recorded"), True if entry["name"] in vector else None)
            if vector["alg"] == "hkdf":
                self.assertEqual([e["name"] for e in short["given"] if "value_start" in e], ["ikm"])

    def test_what_differs_is_said(self):
        vector = next(v for v in self.some_lines() if v["alg"] == "tls12-prf")
        result = run("explain", stdin=lines([vector | {"out": "00" + vector["out"][2:]}]))
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stdout, r"\n  out .*  DIFFERS\n")

    def test_formulas_of_what_is_there(self):
        """A line that begins with a master secret has no formula for one."""
        n = bytes(range(100, 164)).hex()
        keys = {"alg": "tls12-keys", "hash": "sha256", "client_random": n[:64], "server_random": n[64:],
                "key_block_len": 8}
        self.assertNotIn("master = PRF", run("explain", stdin=lines([keys | {"master": n[:96]}])).stdout)
        text = run("explain", stdin=lines([keys | {"pms": n[:96]}])).stdout
        self.assertIn('  master = PRF(pms, "master secret",\n', text)
        self.assertIn('  key_block = PRF(master, "key expansion", server_random + client_random)\n', text)
        self.assertNotIn("is cut", text)


class Schedules(unittest.TestCase):
    """The key schedule from TLS 1.3 on, of sessions and of suites."""

    def explain(self, vector, *arguments):
        result = run("explain", *arguments, stdin=lines([vector]))
        self.assertEqual((result.stderr, result.returncode), ("", OK), vector["id"])
        return result.stdout

    def test_every_session_fits_the_screen(self):
        vectors = tls13_sessions()
        for vector, text, whole in zip(vectors, explain_each(vectors), explain_each(vectors, "--secrets"),
                                       strict=True):
            self.assertLessEqual(len(text.splitlines()), 50)
            for line in (text + whole).splitlines():
                self.assertLessEqual(len(line), 80, line)
            self.assertNotIn("DIFFERS", text)
            self.assertEqual("key log" in text, "handshake_secret" not in vector)

    def test_values_and_checks(self):
        """What is recorded is shown, and compared: one bit that is another shows."""
        def names(vector):
            yield from (k for k in ("handshake_secret", "master_secret", "binder", "handshake_salt",
                                    "resumption_master_secret") if k in vector)
            yield from (k for k in ("client_finished", "server_finished"))
        vectors, wrong = [vector for vector in tls13_sessions() if "handshake_secret" in vector], []
        for vector, text in zip(vectors, explain_each(vectors), strict=True):
            for name in names(vector):
                value = vector[name][8:] if name.endswith("finished") else vector[name]
                self.assertIn(f" {value[:8]}  ok\n", text)
                wrong.append(vector | {name: vector[name][:-1] + ("0" if vector[name][-1] != "0" else "1")})
            for label, secret in vector["secrets"].items():
                if label.endswith(("SECRET", "_0")):
                    self.assertIn(secret[:8], text)
            for label, keys in vector["traffic_keys"].items():
                if label.endswith(("SECRET", "_0")):
                    for name, value in keys.items():
                        self.assertIn(f"{name} {len(value) // 2} {value[:8]}", text)
            self.assertIn("SERVER_TRAFFIC_SECRET_1" if "SERVER_TRAFFIC_SECRET_1" in vector["secrets"]
                          else "Messages: 1 ", text)
        stories = explain_each(wrong, status=FAILED)
        self.assertEqual([story.count("DIFFERS") for story in stories], [1] * len(wrong))
        for line in {line["version"]: line for line in wrong}.values():  # alone each makes the status
            explain_each([line], status=FAILED)

    def test_what_goes_in(self):
        vectors = tls13_sessions()
        for vector, text in zip(vectors, explain_each(vectors), strict=True):
            self.assertEqual("PSK --> HKDF-Extract = early_secret" in text, "psk" in vector)
            self.assertEqual("(EC)DHE --> HKDF-Extract = handshake_secret" in text,
                             vector.get("group") != "none")
            self.assertEqual(", no (EC)DHE\n" in text, vector.get("group") == "none")
            self.assertRegex(" ".join(text.split()),
                             r" \d server Finished(, .*\d+ client Finished)? Arrows with")
            self.assertIn('labels "dtls13..."' if vector["version"] == "fefc" else 'labels "tls13 ..."', text)
        kinds = {v["binder_label"] for v in tls13_sessions() if "binder" in v}
        for kind in kinds:
            vector = next(v for v in tls13_sessions() if v.get("binder_label") == kind)
            self.assertIn(f'+--> "{kind}", ""', self.explain(vector))
        retried = next(v for v in tls13_sessions() if "hello_retry" in v)
        self.assertIn("1 message_hash, 2 HelloRetryRequest, 3 ClientHello", self.explain(retried))

    def test_what_is_not_known(self):
        """Secrets alone do not tell what they are made of, and ServerHello, if it is there, does."""
        def only(vector, *names):
            kept = ("id", "alg", "version", "protocol", "cipher_suite", "hash", "key_len", "iv_len")
            return {k: v for k, v in vector.items() if k in (*kept, "secrets", *names)}
        vectors = [vector for vector in tls13_sessions() if "secrets" in vector]
        self.assertGreater(len(vectors), 10)
        without, told = [], []
        for vector in vectors:
            retried = vector["handshake"][:2] if "hello_retry" in vector else []
            hello = vector["handshake"][1]
            for handshake in ([], retried, [vector["handshake"][0], hello[:len(hello) - 2]]):
                without.append(only(vector) | ({"handshake": handshake} if handshake else {}))
            told.append(only(vector, "handshake"))
        for text, story in zip(explain_each(without), explain_each(without, "--json"), strict=True):
            self.assertIn("      ? --> HKDF-Extract = early_secret", text)
            self.assertIn("      ? --> HKDF-Extract = handshake_secret", text)
            self.assertIn("is not known", " ".join(text.split()))
            self.assertTrue(all(len(row) <= 80 for row in text.splitlines()))
            for claim in ("No (EC)DHE", "No certificate", "the PSK gives it"):
                self.assertNotIn(claim, " ".join(text.split()))
            story = json.loads(story)
            self.assertEqual((story["psk"], story["key_exchange"]), (None, None))
        for vector, text, story in zip(vectors, explain_each(told), explain_each(told, "--json"),
                                       strict=True):
            exchange, psk = vector.get("group") != "none", "psk" in vector
            self.assertIn(f"{'PSK' if psk else '0':>7} --> HKDF-Extract = early_secret", text)
            self.assertIn(f"{'(EC)DHE' if exchange else '0':>7} --> HKDF-Extract = handshake_secret", text)
            story = json.loads(story)
            self.assertEqual((story["psk"], story["key_exchange"]), (psk, exchange))

    def test_secrets(self):
        vector = next(v for v in tls13_sessions() if "psk" in v and "shared_secret" in v)
        hidden = [vector["psk"], vector["shared_secret"], vector["handshake_secret"], vector["master_secret"],
                  *vector["secrets"].values()]
        for arguments in ((), ("--json",)):
            text = self.explain(vector, *arguments)
            for secret in hidden:
                self.assertNotIn(secret[:10], text)
        joined = "".join(self.explain(vector, "--secrets").split())
        for secret in hidden[2:]:
            self.assertIn(secret, joined.replace("|", ""))

    def test_suites(self):
        for suite, key, hash_name in (("1301", 16, "SHA-256"), ("TLS_AES_256_GCM_SHA384", 32, "SHA-384"),
                                      ("1303", 32, "SHA-256")):
            for version, name, prefix, number in (("1.3", "TLS 1.3", "tls13 ", ""),
                                                  ("DTLS1.3", "DTLS 1.3", "dtls13", "sn"),
                                                  ("QUICv1", "QUIC v1", "tls13 ", "hp"),
                                                  ("6b3343cf", "QUIC v2", "tls13 ", "hp")):
                for arguments in ((), ("--psk",)):
                    result = run("explain", "--suite", suite, "--version", version, *arguments)
                    text = result.stdout
                    self.assertEqual((result.stderr, result.returncode), ("", OK))
                    self.assertIn(f'{name}, HKDF with {hash_name}, labels "{prefix}..."', text)
                    keys = f"key {key}  iv 12" + (f"  {number} {key}" if number else "")
                    self.assertEqual(text.count(f"{keys}  client writes, server reads"),
                                     3 if arguments else 2)
                    self.assertEqual(text.count(f"{keys}  server writes, client reads"), 2)
                    self.assertEqual("quicv2 hp" in text, name == "QUIC v2")
                    self.assertLessEqual(len(text.splitlines()), 50)
                    self.assertTrue(all(len(line) <= 80 for line in text.splitlines()))
        self.assertIn("TLS 1.3, HKDF", run("explain", "--suite", "1301").stdout)

    def test_json(self):
        vectors = tls13_sessions()
        for vector, text in zip(vectors, explain_each(vectors, "--json", "--secrets"), strict=True):
            story = json.loads(text)
            derived = {d.get("key_log", d["output"]): d for d in story["derivations"]}
            for name in ("handshake_secret", "master_secret", "resumption_master_secret", "binder"):
                self.assertEqual(derived.get(name, {}).get("value"), vector.get(name), name)
            for label, keys in vector["traffic_keys"].items():
                if label in derived:
                    self.assertEqual({k["name"]: k["value"] for k in derived[label]["keys"]}, keys)
                    self.assertEqual(derived[label]["value"], vector["secrets"][label])
                    self.assertEqual(derived[label]["writes"], label.split("_")[0].lower())
            self.assertEqual(derived["client verify_data"]["value"], vector["client_finished"][8:])
            self.assertTrue(all(d.get("as_recorded", True) for d in derived.values()))
            self.assertEqual(story["psk"], "psk" in vector)
            self.assertEqual(len(story["messages"]), len(vector["handshake"]))
        story = json.loads(run("explain", "--suite", "1301", "--version", "quicv2", "--json").stdout)
        self.assertEqual((story["version"], story["cipher_suite"]), ("6b3343cf", "1301"))
        keys = next(d for d in story["derivations"] if d.get("label") == "c ap traffic")["keys"]
        self.assertEqual([(k["name"], k["label"], k["len"]) for k in keys],
                         [("key", "quicv2 key", 16), ("iv", "quicv2 iv", 12), ("hp", "quicv2 hp", 16)])


if __name__ == "__main__":
    skips.main()
