#!/usr/bin/env python3
"""Lines of every kind: derived, and compared with what is recorded or with the RFCs' text."""
import hashlib
import hmac
import json
import os
import select
import subprocess
import sys
import unittest

import skips
from command_support import (
    ABC, CLIENT, ERROR, FAILED, LANEKDF, MASTER, OK, PMS, SERVER, SESSION_HASH, UNSUPPORTED, VECTORS, derive,
    derive_each, hash_line, is_served, key_block, keys_line, lines, prf, run, session, sessions,
    tls13_sessions, vector_files, verify_each)


class Vectors(unittest.TestCase):
    """Every line of the vectors: those served pass, the others are not supported and say why."""

    def test_every_file(self):
        self.assertTrue(vector_files())
        for name in vector_files():
            with self.subTest(os.path.basename(name)), open(name, encoding="utf-8") as file:
                vectors = [json.loads(line) for line in file]
                served = sum(map(is_served, vectors))
                result = run("verify", name)
                report = result.stdout.splitlines()
                others = len(vectors) - served
                self.assertEqual(report[-1], f"{served} passed, 0 failed" +
                                 (f", {others} not supported" if others else ""))
                self.assertEqual(len(report) - 1, len(vectors) - served)
                for line in report[:-1]:
                    self.assertIn("is not supported", line)
                self.assertEqual(result.returncode, OK if served == len(vectors) else UNSUPPORTED)

    def test_every_kernel(self):
        kernels = [line.split()[0] for line in run("info").stdout.splitlines()
                   if len(line.split()) > 4 and line.split()[4] == "usable"]
        self.assertIn("sha256_scalar", kernels)
        served = [v for v in self.all_served()]
        for kernel in kernels:
            result = run("verify", "--kernel", kernel, stdin=lines(served))
            self.assertEqual(result.stdout, f"{len(served)} passed, 0 failed\n", kernel)

    def test_derive_without_the_answers(self):
        """The same answers come out when the lines do not have them."""
        asked, expected = [], []
        for vector in self.all_served():
            line, answers = dict(vector), {}
            for name in ("out", "digest", "mac"):
                if name in line:
                    answers[name] = line.pop(name)
                    line["out_len"] = len(answers[name]) // 2
            if "key_block" in line:
                answers["key_block"] = line.pop("key_block")
                line["key_block_len"] = len(answers["key_block"]) // 2
            if "master" in line and "pms" in line and line["alg"] == "tls-session":
                answers["master"] = line.pop("master")
            if line["alg"] == "tls-session":
                answers |= {k: line.pop(k) for k in ("client_finished", "server_finished", "session_hash")
                            if k in line and (k != "session_hash" or line["ems"])}
            asked.append(line)
            expected.append(answers)
        for line, answers, got in zip(asked, expected, derive(*asked), strict=True):
            self.assertEqual(got["id"], line["id"])
            self.assertEqual({k: got.get(k) for k in answers}, answers)

    def test_random_cases(self):
        """The oracle's: every length around the edges of a block."""
        oracle = os.path.join(VECTORS, "oracle.py")
        result = subprocess.run([sys.executable, oracle, LANEKDF, "1500",
                                 "tls10-prf,tls12-prf,tls10-keys,ssl3-keys,tls12-keys,tls12-ems-keys,"
                                 "tls-exporter,hkdf,hkdf-expand-label,tls13-traffic-keys,quic-initial"],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    @staticmethod
    def all_served():
        for name in vector_files():
            with open(name, encoding="utf-8") as file:
                yield from filter(is_served, map(json.loads, file))


class Derive(unittest.TestCase):
    def test_prf(self):
        line = {"id": 1, "alg": "tls12-prf", "hash": "sha256", "secret": "00ff", "label": "61", "seed": "",
                "out_len": 5}
        self.assertEqual(derive(line), [{"id": 1, "out": prf(b"\0\xff", b"a", b"", 5).hex()}])

    def test_hash_and_hmac_have_a_natural_length(self):
        mac = hmac.new(b"k", b"abc", hashlib.sha256).hexdigest()
        line = {"id": 2, "alg": "hmac", "hash": "sha256", "key": "6b", "msg": "616263"}
        self.assertEqual(derive(hash_line(), line, line | {"out_len": 10}, line | {"mac": "00" * 12}),
                         [{"id": "h", "digest": ABC}, {"id": 2, "mac": mac}, {"id": 2, "mac": mac[:20]},
                          {"id": 2, "mac": mac[:24]}])

    def test_keys(self):
        self.assertEqual(derive(keys_line()),
                         [{"id": "k", "master": MASTER.hex(), "key_block": key_block(MASTER, 40)}])

    def test_keys_of_an_extended_master_secret(self):
        master = prf(PMS, b"extended master secret", SESSION_HASH, 48)
        line = {"id": "e", "alg": "tls12-ems-keys", "hash": "sha256", "pms": PMS.hex(),
                "session_hash": SESSION_HASH.hex()}
        whole = line | {"client_random": CLIENT.hex(), "server_random": SERVER.hex(), "out_len": 72}
        self.assertEqual(derive(line, whole), [{"id": "e", "master": master.hex()},
                         {"id": "e", "master": master.hex(), "key_block": key_block(master, 72)}])

    def test_either_half(self):
        master_only = keys_line(client_random=None, server_random=None, key_block_len=None)
        block_only = keys_line(pms=None, client_hello_random=None, server_hello_random=None, master="11" * 48)
        self.assertEqual(derive(master_only, block_only), [
            {"id": "k", "master": MASTER.hex()}, {"id": "k", "key_block": key_block(b"\x11" * 48, 40)}])

    def test_other_randoms_for_the_key_block(self):
        other = b"\x77" * 32
        self.assertEqual(derive(keys_line(client_random=other.hex()))[0]["key_block"],
                         key_block(MASTER, 40, client=other))

    def test_the_lines_own_master_secret_makes_the_key_block(self):
        got, = derive(keys_line(master="22" * 48))
        self.assertEqual(got["master"], MASTER.hex())
        self.assertEqual(got["key_block"], key_block(b"\x22" * 48, 40))

    def test_named_keys(self):
        got, = derive(keys_line(key_block_len=None, mac_len=20, key_len=16, iv_len=8))
        block = key_block(MASTER, 88)
        self.assertEqual(got, {
            "id": "k", "master": MASTER.hex(), "key_block": block,
            "client_write_MAC_key": block[0:40], "server_write_MAC_key": block[40:80],
            "client_write_key": block[80:112], "server_write_key": block[112:144],
            "client_write_IV": block[144:160], "server_write_IV": block[160:176]})
        self.assertEqual(list(got)[3:], ["client_write_MAC_key", "server_write_MAC_key", "client_write_key",
                                         "server_write_key", "client_write_IV", "server_write_IV"])

    def test_named_keys_of_length_zero(self):
        got, = derive(keys_line(key_block_len=None, mac_len=0, key_len=16, iv_len=4))
        self.assertEqual((got["client_write_MAC_key"], got["server_write_MAC_key"]), ("", ""))
        self.assertEqual(got["client_write_key"], got["key_block"][:32])

    def test_lengths_of_key_blocks(self):
        """The answer's or one that the line gives; that of the keys is the least."""
        lengths = {"mac_len": 0, "key_len": 16, "iv_len": 4}
        for line, n, got in derive_each((
                (keys_line(key_block="00" * 50, key_block_len=50, out_len=50, **lengths), 50),
                (keys_line(key_block_len=60, out_len=60, **lengths), 60),
                (keys_line(key_block_len=None, out_len=70, **lengths), 70),
                (keys_line(key_block_len=None, **lengths), 40),
                (keys_line(key_block_len=None, out_len=70), 70),
                (keys_line(key_block_len=None, cipher_suite="c02f", **lengths), 40))):
            self.assertEqual(len(got["key_block"]) // 2, n, line)

    def test_odd_and_long_key_blocks(self):
        for _, n, got in derive_each((keys_line(key_block_len=n), n) for n in (1, 3, 41, 511, 1529, 1530)):
            self.assertEqual(got["key_block"], key_block(MASTER, n))
        self.assertIn("1530", derive(keys_line(key_block_len=1531))[0]["error"])
        lengths = {"mac_len": 32, "key_len": 16, "iv_len": 4}
        self.assertEqual(len(derive(keys_line(key_block_len=105, **lengths))[0]["key_block"]), 210)
        self.assertIn("cannot hold keys of 104", derive(keys_line(key_block_len=103, **lengths))[0]["error"])

    def test_upper_case(self):
        self.assertEqual(derive(hash_line(msg="ABCDEFabcdef")), derive(hash_line(msg="abcdefABCDEF")))

    def test_ids_of_any_type(self):
        ids = ["", "a\"b\\c\n\u0000\u00e9\U0001f600", 0, -1, 2**64 - 1, -2**63, 1.5, True, None,
               [1, {"x": ["y"]}], {"a": {}}]
        self.assertEqual([o["id"] for o in derive(*[hash_line(id=i) for i in ids])], ids)
        self.assertEqual([o["id"] for o in derive(*[hash_line(id=i, msg="0") for i in ids])], ids)
        without = hash_line()
        del without["id"]
        self.assertEqual(derive(without), [{"id": None, "digest": ABC}])

    def test_order_of_many_lines(self):
        """More than a batch, of mixed kinds, with failures among them."""
        slim = {k: v for k, v in session(resumed=True).items()
                if k not in ("records", "app_client", "app_server")}
        kinds = keys_line(), hash_line(), hash_line(msg="x"), slim
        asked = [kinds[i % 4] | {"id": i} for i in range(9000)]
        got = derive(*asked)
        self.assertEqual([o["id"] for o in got], list(range(9000)))
        for i, o in enumerate(got):
            self.assertIn(("master", "digest", "error", "client_finished")[i % 4], o)
            if i % 4 == 2:
                self.assertEqual(o["line"], i + 1)

    def test_exit_status(self):
        self.assertEqual(run("derive", stdin=lines([hash_line()])).returncode, OK)
        result = run("derive", stdin=lines([hash_line(), hash_line(msg="0")]))
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("1 of 2 lines failed", result.stderr)

    def test_answers_come_without_waiting_for_the_end(self):
        with subprocess.Popen([LANEKDF, "derive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for i in range(3):
                process.stdin.write(lines([hash_line(id=i)]).encode())
                process.stdin.flush()
                ready, _, _ = select.select([process.stdout], [], [], 30)
                self.assertTrue(ready)
                self.assertEqual(json.loads(process.stdout.readline())["id"], i)
            process.stdin.close()
            self.assertEqual(process.wait(30), OK)


def old_prf(secret, label, seed, n):
    """RFC 2246 section 5."""
    half = (len(secret) + 1) // 2
    parts = []
    for name, part in (("md5", secret[:half]), ("sha1", secret[len(secret) - half:])):
        a, out = label + seed, b""
        while len(out) < n:
            a = hmac.new(part, a, name).digest()
            out += hmac.new(part, a + label + seed, name).digest()
        parts.append(out[:n])
    return bytes(x ^ y for x, y in zip(*parts))


def md5(*parts):
    return hashlib.md5(b"".join(parts)).digest()


def ssl3_prf(secret, seed, n):
    return b"".join(md5(secret, hashlib.sha1(bytes([64 + i]) * i + secret + seed).digest())
                    for i in range(1, n // 16 + 2))[:n]


def ssl3_finished(master, sender, messages):
    return b"".join(hashlib.new(name, master + b"\x5c" * n + hashlib.new(
        name, messages + sender + master + b"\x36" * n).digest()).digest()
                    for name, n in (("md5", 48), ("sha1", 40)))


class OldVersions(unittest.TestCase):
    """SSLv3 and export suites, of which there are no recorded lines: against the RFCs' text above."""

    def test_ssl3_prf(self):
        line = {"id": 1, "alg": "ssl3-prf", "secret": PMS.hex(), "seed": CLIENT.hex()}
        for _, n, got in derive_each((line | {"out_len": n}, n) for n in (1, 16, 48, 104, 415, 416)):
            self.assertEqual(got, {"id": 1, "out": ssl3_prf(PMS, CLIENT, n).hex()})
        self.assertIn("must be at most 416", derive(line | {"out_len": 417})[0]["error"])
        self.assertIn("not supported", derive(line | {"out_len": 1, "hash": "sha256"})[0]["error"])

    def test_p_hash(self):
        asked = []
        for name in ("md5", "sha1", "sha256", "sha384", "sha512"):
            a1 = hmac.new(PMS, CLIENT, name).digest()
            expected = hmac.new(PMS, a1 + CLIENT, name).hexdigest()
            asked.append({"id": 1, "alg": "p-hash", "hash": name, "secret": PMS.hex(), "seed": CLIENT.hex(),
                          "out": expected})
        self.assertEqual(run("verify", stdin=lines(asked)).stdout, "5 passed, 0 failed\n")

    def test_ssl3_finished(self):
        for sender in (b"CLNT", b"SRVR"):
            line = {"id": 1, "alg": "ssl3-finished", "master": MASTER.hex(), "sender": sender.hex(),
                    "handshake": "0102"}
            self.assertEqual(derive(line), [{"id": 1, "out": ssl3_finished(MASTER, sender, b"\1\2").hex()}])
        self.assertIn("CLNT or SRVR", derive(line | {"sender": "00000000"})[0]["error"])

    def test_extended_master_secret_of_tls10(self):
        line = {"id": 1, "alg": "tls10-keys", "pms": PMS.hex(), "session_hash": "01" * 36}
        self.assertEqual(derive(line),
                         [{"id": 1, "master": old_prf(PMS, b"extended master secret", b"\1" * 36, 48).hex()}])

    def test_an_empty_pre_master_secret_is_none(self):
        keys = {"alg": "tls10-keys", "session_hash": "01" * 36}
        session = {"alg": "tls-session", "version": "tls12", "hash": "sha256", "ems": False,
                   "client_random": CLIENT.hex(), "server_random": SERVER.hex()}
        for answer in derive(*(line | {"id": 1, "pms": ""} for line in (keys, session))):
            self.assertIn("pms: 0 bytes, must be 1 to", answer["error"])

    def test_ssl3_session(self):
        """Both Finished, the later one over the earlier one, recorded or not."""
        messages = [b"\1\0\0\1a", b"\2\0\0\1b", b"\x10\0\0\1c", b"\4\0\0\1d"]
        master = ssl3_prf(PMS, CLIENT + SERVER, 48)
        client = b"\x14\0\0\x24" + ssl3_finished(master, b"CLNT", b"".join(messages[:3]))
        server = b"\x14\0\0\x24" + ssl3_finished(master, b"SRVR",
                                                 b"".join(messages[:3]) + client + messages[3])
        line = {"id": 1, "alg": "tls-session", "version": "0300", "cipher_suite": "AES128-SHA",
                "pms": PMS.hex(), "ems": False, "client_random": CLIENT.hex(), "server_random": SERVER.hex(),
                "handshake": [m.hex() for m in messages],
                "finished_order": ["client", "server"], "client_finished_msgs": 3, "server_finished_msgs": 4}
        block = ssl3_prf(master, SERVER + CLIENT, 104).hex()
        got, = derive(line)
        self.assertEqual((got["master"], got["key_block"], got["client_finished"], got["server_finished"]),
                         (master.hex(), block, client.hex(), server.hex()))
        self.assertEqual((got["client_write_MAC_key"], got["server_write_IV"]), (block[:40], block[-32:]))
        recorded = line | {"client_finished": client.hex(), "server_finished": server.hex(),
                           "master": master.hex()}
        self.assertEqual(run("verify", stdin=lines([recorded])).stdout, "1 passed, 0 failed\n")
        text = run("explain", stdin=lines([recorded])).stdout
        self.assertEqual(text.count("as recorded"), 3)
        self.assertIn("SSLv3, full handshake", text)

    def test_export_suites(self):
        keys = {"id": 1, "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "master": MASTER.hex(),
                "cipher_suite": "EXP-DES-CBC-SHA"}
        block = old_prf(MASTER, b"key expansion", SERVER + CLIENT, 50)
        ivs = old_prf(b"", b"IV block", CLIENT + SERVER, 16)
        got, = derive(keys | {"alg": "tls10-keys"})
        self.assertEqual(got, {
            "id": 1, "key_block": block.hex(), "client_write_MAC_key": block[:20].hex(),
            "server_write_MAC_key": block[20:40].hex(),
            "client_write_key": block[40:45].hex(), "server_write_key": block[45:].hex(),
            "final_client_write_key": old_prf(block[40:45], b"client write key", CLIENT + SERVER, 8).hex(),
            "final_server_write_key": old_prf(block[45:], b"server write key", CLIENT + SERVER, 8).hex(),
            "client_write_IV": ivs[:8].hex(), "server_write_IV": ivs[8:].hex()})
        block = ssl3_prf(MASTER, SERVER + CLIENT, 50)
        got, = derive(keys | {"alg": "ssl3-keys"})
        self.assertEqual((got["key_block"], got["final_client_write_key"], got["final_server_write_key"]),
                         (block.hex(), md5(block[40:45], CLIENT, SERVER)[:8].hex(),
                          md5(block[45:], SERVER, CLIENT)[:8].hex()))
        self.assertEqual((got["client_write_IV"], got["server_write_IV"]),
                         (md5(CLIENT, SERVER)[:8].hex(), md5(SERVER, CLIENT)[:8].hex()))
        lengths = {"mac_len": 20, "key_len": 5, "iv_len": 8, "final_key_len": 8, "cipher_suite": "unheard of"}
        self.assertEqual(derive(keys | {"alg": "ssl3-keys"} | lengths), [got])
        self.assertIn("keys of an export suite are 50",
                      derive(keys | {"alg": "tls10-keys", "key_block_len": 66})[0]["error"])

    def test_suites_give_lengths_and_hash(self):
        """Unless the line has them; and only in versions that have the suite."""
        known = ("mac_len", "key_len", "iv_len", "hash", "key_block", "records")
        for name in ("cipher_suite", "cipher_suite_name"):
            bare = [{k: x for k, x in v.items() if k not in known} | {"cipher_suite": v[name]}
                    for v in sessions()]
            self.assertEqual([o["key_block"] for o in derive(*bare)], [v["key_block"] for v in sessions()])
        keys = {"alg": "tls10-keys", "client_random": CLIENT.hex(), "server_random": SERVER.hex(),
                "master": MASTER.hex()}
        for _, error, got in derive_each((keys | {"cipher_suite": suite}, error) for suite, error in (
                ("c02f", "not a cipher suite of this protocol version, TLS 1.0"),
                ("dada", "GREASE"), ("?", "unknown"))):
            self.assertIn(error, got["error"])

    def test_suites_are_taken_whole(self):
        """What strtoul() and a text that a NUL ends would take is refused, and the error names the field."""
        keys = {"alg": "tls12-keys", "hash": "sha256", "client_random": CLIENT.hex(),
                "server_random": SERVER.hex(), "master": MASTER.hex()}
        for line, got in derive_each((keys | {"cipher_suite": suite},) for suite in (
                "c02f", "0xC02F", "0XC02F", "ECDHE-RSA-AES128-GCM-SHA256")):
            self.assertIn("client_write_key", got, line)
        for line, got in derive_each((keys | {"cipher_suite": suite},) for suite in (
                "c02f\0junk", "c02f\0", "\0c02f", "ECDHE-RSA-AES128-GCM-SHA256\0", "-ffffffffffff3fd1",
                "+c02f", " c02f", "c02f ", "0c02f", "1c02f", "10000c02f", "0x", "0x0xc02f", "",
                "ffffffffffffc02f")):
            self.assertTrue(got.get("error", "").startswith("cipher_suite"), line)
        self.assertIn("a NUL", derive(session() | {"cipher": "AES\0"})[0]["error"])
        self.assertIn("not supported", derive(hash_line(hash="sha256\0"))[0]["error"])

    def test_versions_as_people_write_them(self):
        """Every spelling is the version that it names, and what names none is none."""
        vector = session(resumed=False)
        for line, got in derive_each((vector | {"version": text},) for text in (
                "0303", "0x0303", "0X303", "TLS 1.2", "TLSv1.2", "TLS1.2", "tls12", "1.2",
                "TLS_1_2", "tls-1.2", "TLS/1.2", "tlsv1_2")):
            self.assertEqual(got.get("master"), vector["master"], line["version"])
        for line, got in derive_each((vector | {"version": text},) for text in (
                "", "0", "0x", "303", "1.20", "1.2\0", "TLS1.2!", "+0303", "00000303x",
                "TLS 1.4", "12x")):
            self.assertIn("not supported", got.get("error", ""), line["version"])


class Sessions(unittest.TestCase):
    def test_derive(self):
        for vector, got in zip(sessions(), derive(*sessions()), strict=True):
            names = ["session_hash", "master", "key_block", "client_finished", "server_finished"]
            self.assertEqual({k: got.get(k) for k in names if k in vector},
                             {k: vector[k] for k in names if k in vector})
            self.assertEqual(got["client_write_key"],
                             vector["key_block"][4 * vector["mac_len"]:][:2 * vector["key_len"]])

    def test_finished_by_themselves(self):
        """The recorded verify_data of each side, from the master secret and a hash of the messages alone."""
        asked, expected = [], []
        for vector in sessions():
            if not "0300" < vector["version"] <= "0303" or "finished_order" not in vector:
                continue
            hash_name = vector["hash"] if vector["version"] == "0303" else "md5-sha1"
            covered = b""
            for side, other in zip(vector["finished_order"], (None, vector["finished_order"][0])):
                n = vector[f"{side}_finished_msgs"]
                first = vector[f"{other}_finished_msgs"] if other else n
                covered = bytes.fromhex("".join(vector["handshake"][:first] +
                                                ([vector[f"{other}_finished"]] if other else []) +
                                                vector["handshake"][first:n]))
                digest = b"".join(hashlib.new(name, covered).digest() for name in
                                  (("md5", "sha1") if hash_name == "md5-sha1" else (hash_name,)))
                asked.append({"alg": "tls12-finished" if hash_name != "md5-sha1" else "tls10-finished",
                              "hash": hash_name, "master": vector["master"], "side": side,
                              "transcript_hash": digest.hex()})
                expected.append(vector[f"{side}_finished"][8:])
        self.assertGreater(len(asked), 50)
        self.assertEqual({line["alg"] for line in asked}, {"tls12-finished", "tls10-finished"})
        self.assertEqual([got.get("out", got) for got in derive(*asked)], expected)
        line = next(line for line in asked if line["hash"] == "sha256")
        for _, error, got in derive_each((
                (line | {"side": "both"}, "side: client or server"),
                (line | {"side": None}, "side: a string"),
                (line | {"transcript_hash": "00" * 31}, "transcript_hash: 31 bytes, must be 32"),
                (line | {"master": "00"}, "master: 1 bytes, must be 48"))):
            self.assertIn(error, got["error"])

    def test_second_finished_without_the_first_in_the_line(self):
        for vector in (session(resumed=False), session(resumed=True)):
            line = {k: v for k, v in vector.items() if not k.endswith("_finished")}
            got, = derive(line)
            self.assertEqual((got["client_finished"], got["server_finished"]),
                             (vector["client_finished"], vector["server_finished"]))

    def test_a_recorded_first_finished_is_what_the_second_covers(self):
        vector = session(resumed=False)
        changed = vector | {"client_finished": "1400000c" + "00" * 12}
        got, = derive(changed)
        self.assertEqual(got["client_finished"], vector["client_finished"])
        self.assertNotEqual(got["server_finished"], vector["server_finished"])

    def test_session_hash_from_the_messages(self):
        """Also where the line does not say how many: up to and with ClientKeyExchange."""
        vector = next(v for v in sessions() if "pms" in v and v["ems"])
        line = {k: v for k, v in vector.items() if k not in ("session_hash", "session_hash_msgs", "master")}
        got, = derive(line)
        self.assertEqual((got["session_hash"], got["master"]), (vector["session_hash"], vector["master"]))

    def test_a_message_of_the_session_hash_is_missing(self):
        """No extended master secret comes of a transcript with a gap, and the error names the message."""
        names = {"01": "ClientHello", "02": "ServerHello", "0b": "Certificate", "0e": "ServerHelloDone",
                 "10": "ClientKeyExchange"}
        tried, cases = set(), []
        for vector in sessions():
            types = tuple(message[:2] for message in vector["handshake"])
            if "pms" not in vector or not vector["ems"] or (vector["version"], types) in tried:
                continue
            tried.add((vector["version"], types))
            line = {k: v for k, v in vector.items()
                    if k in ("alg", "version", "cipher_suite", "hash", "pms", "ems", "client_random",
                             "server_random", "handshake")}
            cases.append((line, types, None, vector["master"]))
            for i in range(types.index("10") + 1):
                cases.append((line | {"handshake": [*vector["handshake"][:i], *vector["handshake"][i + 1:]]},
                              types, i, None))
        for _, types, i, master, got in derive_each(cases):
            with self.subTest(types=types, without=i):
                self.assertEqual(got.get("master"), master)
                if i is not None:
                    self.assertIn(f"handshake: {names[types[i]]} is missing", got.get("error", "no error"))
        self.assertTrue({len(types) for _, types in tried} >= {4, 5})  # with a certificate, and without

    def test_other_messages_of_the_session_hash(self):
        """ServerKeyExchange where the suite has one, Certificate where the server asks, no wrong count."""
        vector = next(v for v in sessions() if "pms" in v and v["ems"] and v["version"] == "0303" and
                      any(m[:2] == "0b" for m in v["handshake"]))
        line = {k: v for k, v in vector.items()
                if k in ("alg", "version", "pms", "ems", "client_random", "server_random")}
        client, server, certificate, done, exchange = vector["handshake"][:5]
        place = 8 + 2 * (2 + 32) + 2 + 2 * int(server[76:78], 16)  # of the suite in ServerHello
        ephemeral = server[:place] + "c02f" + server[place + 4:]
        asks, with_key = "0d000000", "0c000000"
        cases = (
            ("c02f", [client, ephemeral, certificate, done, exchange], "ServerKeyExchange is missing"),
            ("c02f", [client, ephemeral, certificate, with_key, done, exchange], None),
            ("c02f", [client, ephemeral, with_key, done, exchange], "Certificate is missing"),
            (server[place:place + 4], [client, server, certificate, asks, done, exchange],
             "Certificate is missing"),
            (server[place:place + 4], [client, server, certificate, asks, done, certificate, exchange],
             None))
        for _, error, got in derive_each((line | {"cipher_suite": suite, "handshake": handshake}, error)
                                         for suite, handshake, error in cases):
            self.assertIn(error, got["error"]) if error else self.assertIn("master", got)
        got, = derive(vector | {"session_hash_msgs": 4})
        self.assertIn("session_hash_msgs: handshake[3] is ServerHelloDone", got["error"])

    def test_messages_that_are_not_whole(self):
        cases = []
        for vector in (session(resumed=False), next(v for v in sessions() if v["version"] == "0301")):
            first, second, *rest = vector["handshake"]
            for handshake, error in (
                    ([first[:-2], second, *rest], "handshake[0]: ClientHello is not whole"),
                    ([first, second + "00", *rest], "handshake[1]: ServerHello is not whole"),
                    ([first, "02", *rest], "handshake[1]: 1 bytes are no message")):
                cases.append((vector | {"handshake": handshake}, error))
        # In DTLS the header has a number and the place of the fragment, too.
        vector = session(resumed=False)
        first, *rest = [m[:8] + f"{i:04x}" + "000000" + m[2:] for i, m in enumerate(vector["handshake"])]
        n = len(first) // 2 - 12
        for hello, error in ((first[:12] + f"{1:06x}" + first[18:], "handshake[0]: a fragment of ClientHel"),
                             (first[:18] + f"{n - 1:06x}" + first[24:], "handshake[0]: a fragment of"),
                             (first[:-2], "handshake[0]: ClientHello is not whole"),
                             (first[:22], "handshake[0]: 11 bytes are no message"),
                             (first, "version and the ServerHello of handshake contradict each other")):
            cases.append((vector | {"version": "fefd", "handshake": [hello, *rest]}, error))
        for _, error, got in derive_each(cases):
            self.assertIn(error, got.get("error", "no error"))

    def test_a_first_finished_that_is_not_whole(self):
        """The second Finished covers the first: it is not made of what is no message."""
        names = {"client": "client_finished", "server": "server_finished"}
        whole = [v for v in sessions() if v.get("finished_order") and all(n in v for n in names.values())]
        self.assertGreater(len({v["version"] for v in whole}), 2)
        lines = []
        for vector in whole:
            first = names[vector["finished_order"][0]]
            right = vector[first]
            lines += [(vector, vector | {first: wrong})
                      for wrong in ("", "14", right[:8], right[:-2], right + "00", "0b" + right[2:])]
        for (vector, _), got in zip(lines, derive(*(line for _, line in lines)), strict=True):
            for name in names.values():
                self.assertEqual(got.get(name), vector[name], got)

    def test_client_hello_of_ssl2(self):
        """It has lengths of its own, and can go with no extended master secret."""
        vector = next(v for v in sessions() if v["version"] == "0301" and not v["ems"])
        hello = "010301" + "0003" + "0000" + "0010" + "00002f" + vector["client_random"][-32:]
        line = vector | {"handshake": [hello, *vector["handshake"][1:]]}
        self.assertNotIn("error", derive(line)[0])
        self.assertIn("handshake[0]: ClientHello is not whole",
                      derive(line | {"handshake": [hello[:-2], *vector["handshake"][1:]]})[0]["error"])

    def test_session_hash_without_messages(self):
        vector = next(v for v in sessions() if "pms" in v and v["ems"])
        line = {k: v for k, v in vector.items()
                if k not in ("handshake", "master", "client_finished", "server_finished")}
        self.assertEqual(derive(line)[0]["master"], vector["master"])
        del line["session_hash"]
        self.assertIn("session_hash", derive(line)[0]["error"])

    def test_a_wrong_recorded_master_secret_is_noticed(self):
        vector = next(v for v in sessions() if "pms" in v)
        result = run("verify", stdin=lines([vector | {"master": "00" * 48}]))
        self.assertIn(": master: differs from byte 0 of 48", result.stdout)
        self.assertIn("0 passed, 1 failed", result.stdout)

    def test_errors(self):
        vector = session(resumed=False)
        no_secret = {k: v for k, v in vector.items() if k not in ("pms", "master")}
        for _, error, got in derive_each((
                (vector | {"version": "0304"}, "version \"0304\" is not supported"),
                (vector | {"version": "fefc"}, "version \"fefc\" is not supported"),
                (vector | {"hash": "md2"}, "hash \"md2\" is not supported"),
                (vector | {"hash": "md5-sha1"}, "hash and cipher_suite contradict each other: md5-sha1, "),
                (vector | {"version": "0302"}, "hash and version contradict each other: sha256, md5-sha1"),
                (vector | {"version": "0300", "hash": "md5-sha1"}, "no extended master secret"),
                (no_secret, "neither pms nor master"),
                (no_secret | {"resumed": True}, "master is missing"),
                (vector | {"master": "00" * 47}, "master: 47 bytes"),
                (vector | {"client_random": "00" * 31}, "client_random: 31 bytes"),
                (vector | {"handshake": ["00", 1]}, "handshake[1]"),
                (vector | {"handshake": ["00", "0"]}, "handshake[1]"),
                (vector | {"handshake": "00"}, "handshake: an array expected"),
                (vector | {"client_finished_msgs": 100}, "client_finished_msgs: 100"),
                (vector | {"finished_order": ["client"]}, "finished_order"),
                (vector | {"finished_order": ["client", "client"]}, "finished_order"),
                (vector | {"client_finished_msgs": 7, "server_finished_msgs": 6}, "fewer messages"),
                (vector | {"pms": "00", "ems": 1}, "ems: true or false expected"),
                (vector | {"key_block": None}, "key_block: a string"))):
            self.assertIn(error, got.get("error", "no error"))


def stage_line(alg, **more):
    hashed = ("secret", "finished_key", "transcript_hash", "master_secret", "exporter_master_secret",
              "binder_hash", "shared_secret")
    given = {"tls13-traffic-keys": ("secret",), "tls13-application": ("master_secret", "transcript_hash"),
             "tls13-handshake": ("shared_secret", "transcript_hash"),
             "tls13-psk-binder": ("transcript_hash",), "tls13-exporter": ("exporter_master_secret",),
             "tls13-finished": ("finished_key", "transcript_hash")}
    return {"alg": alg} | {name: "5a" * 32 for name in hashed if name in given.get(alg, ())} | more


class Contradictions(unittest.TestCase):
    """Two fields that say the same thing agree, or the line is an error that names both."""
    PRF = {"alg": "tls12-prf", "hash": "sha256", "secret": "", "seed": ""}
    EXPORTER = {"alg": "tls-exporter", "hash": "sha256", "master": MASTER.hex(),
                "client_random": CLIENT.hex(), "server_random": SERVER.hex()}
    PSK_IMPORT = {"alg": "tls13-psk-import", "psk": "5a", "identity": "00", "target_hash": "sha256"}
    PACKET = {"alg": "quic-packet", "version": "00000001", "secret": "5a" * 32}
    INITIAL = {"alg": "quic-packet", "version": "00000001", "dcid": "8394c8f03e515708", "side": "client"}

    def cases(self):
        """Lines that are right, and for each two fields that contradict each other."""
        label = {"label": "6162", "label_text": "ab", "out_len": 4}
        yield self.PRF | label, {"label": "6163"}, "label and label_text"
        yield self.EXPORTER | label, {"label_text": "aB"}, "label and label_text"
        yield stage_line("tls13-exporter", hash="sha256") | label, {"label_text": ""}, "label_text"
        yield (stage_line("hkdf-expand-label", hash="sha256", secret="5a" * 32) | label, {"label": ""},
               "label and label_text")
        for line, answer in ((self.PRF | {"label": "61"}, "out"), (self.EXPORTER | {"label": "61"}, "out"),
                             (hash_line(), "digest"), (hash_line(alg="hmac", key="00"), "mac"),
                             ({"alg": "hkdf", "hash": "sha256", "ikm": "00"}, "okm"),
                             ({"alg": "hkdf-expand", "hash": "sha256", "prk": "00"}, "okm"),
                             (stage_line("tls13-exporter", hash="sha256", label="61"), "out")):
            line |= {"out_len": 8, answer: "00" * 8}
            yield line, {"out_len": 9}, f"{answer} and out_len"
            yield line | {"length": 8}, {"length": 9}, f"{answer} and length"
            yield line | {"length": 8}, {"out_len": 9}, "length and out_len"

        keys = keys_line(key_block_len=40, out_len=40, key_block="00" * 40, cipher_suite="c02f", mac_len=0,
                         key_len=16, iv_len=4)
        yield keys, {"out_len": 44}, "key_block_len and out_len"
        yield keys, {"key_block_len": 44}, "key_block and key_block_len"
        yield keys, {"key_len": 15}, "key_len and cipher_suite"
        yield keys, {"mac_len": 1}, "mac_len and cipher_suite"
        yield keys, {"iv_len": 12}, "iv_len and cipher_suite"
        yield keys, {"final_key_len": 8}, "final_key_len and cipher_suite"
        yield keys, {"hash": "sha384"}, "hash and cipher_suite"
        yield keys, {"cipher_suite": "1301"}, "cipher_suite"
        for name in ("mac_len", "iv_len", "final_key_len"):
            yield keys_line(), {name: 4}, "is missing"

        recorded = session(resumed=False)
        yield recorded, {"cipher_suite_name": "TLS_AES_128_GCM_SHA256"}, "cipher_suite and cipher_suite_name"
        yield recorded, {"client_random": "00" * 32}, "client_random and the ClientHello of handshake"
        yield recorded, {"server_random": "00" * 32}, "server_random and the ServerHello of handshake"
        bare = {k: v for k, v in recorded.items()
                if k not in ("cipher_suite_name", "mac_hash", "mac_len", "key_len", "iv_len", "key_block",
                             "hash") and not k.endswith("finished")}
        yield bare, {"cipher_suite": "c02b"}, "cipher_suite and the ServerHello of handshake"
        yield bare, {"mac_hash": "md5"}, "mac_hash and cipher_suite"
        yield bare, {"version": "0302", "hash": "md5-sha1"}, "version and the ServerHello of handshake"
        yield ({k: v for k, v in bare.items() if k in ("alg", "version", "cipher_suite", "client_random",
                                                       "server_random")} |
               {"pms": "00" * 48, "ems": False, "master": "00" * 48}, {"resumed": True}, "resumed and pms")

        yield from self.cases_of_messages()
        for alg, hash_ in (("tls12-keys", {"hash": "sha256"}), ("ssl3-keys", {})):
            yield ({"alg": alg, "pms": PMS.hex(), "client_random": CLIENT.hex(),
                    "server_random": SERVER.hex()} | hash_,
                   {"session_hash": "00" * 32}, "alg and session_hash contradict each other")
        for alg in ("tls13-traffic-keys", "tls13-application", "tls13-handshake"):
            line = stage_line(alg, cipher_suite="1301", hash="sha256", key_len=16, iv_len=12)
            yield line, {"hash": "sha384"}, "hash and cipher_suite"
            yield line, {"key_len": 32}, "key_len and cipher_suite"
            yield line, {"iv_len": 8}, "iv_len and cipher_suite"
            key, iv = ("key", "iv") if alg == "tls13-traffic-keys" else ("client_key", "server_iv")
            yield line, {key: "00" * 17}, f"{key} and key_len"
            yield line, {iv: "00" * 17}, f"{iv} and iv_len"
        yield (stage_line("tls13-application", hash="sha256", client_key="00" * 16, client_iv="00" * 12,
                          server_key="00" * 16), {"server_key": "00" * 32}, "server_key and client_key")
        yield (stage_line("tls13-psk-binder", hash="sha256", psk="00", binder_label="res binder",
                          psk_kind="resumption"), {"psk_kind": "external"}, "binder_label and psk_kind")
        yield self.PSK_IMPORT | {"key": "5a"}, {"key": "5b"}, "psk and key"
        yield (stage_line("tls13-finished", protocol="quic", version="00000001", hash="sha256"),
               {"version": "6b3343cf"}, "protocol and version")

        packet = self.PACKET | {"aead": "aes-128-gcm", "cipher_suite": "1301", "hash": "sha256",
                                "key_len": 16, "iv_len": 12}
        yield packet, {"aead": "chacha20-poly1305"}, "cipher_suite and aead"
        yield packet, {"hash": "sha384"}, "hash and aead"
        yield packet, {"key_len": 32}, "key_len and aead"
        yield packet, {"key": "00" * 32}, "key and key_len"
        yield packet, {"iv_len": 13}, "iv_len and aead"
        yield self.PACKET | {"hash": "sha256", "key_len": 16}, {"iv_len": 13}, "iv_len and version"
        initial = self.INITIAL | {"aead": "aes-128-gcm", "hash": "sha256", "key_len": 16, "key_update": 0}
        yield initial, {"aead": "aes-256-gcm"}, "aead and dcid"
        yield initial, {"cipher_suite": "1303"}, "cipher_suite and aead"
        yield initial, {"hash": "sha384"}, "hash and dcid"
        yield initial, {"key_len": 32}, "key_len and dcid"
        yield initial, {"key_update": 1}, "key_update and dcid"
        yield ({"alg": "quic-packet", "version": "00000001", "aead": "aes-128-gcm", "hp": "00" * 16,
                "sample": "00" * 16}, {"hp": "00" * 32}, "hp and aead")

        recorded = {"alg": "tls13-session", "cipher_suite": "1301",
                    "cipher_suite_name": "TLS_AES_128_GCM_SHA256", "hash": "sha256",
                    "secrets": {"EXPORTER_SECRET": "5a" * 32}, "psk": "00", "binder_hash": "5a" * 32,
                    "psk_kind": "resumption", "binder_label": "res binder"}
        yield recorded, {"cipher_suite_name": "TLS_AES_256_GCM_SHA384"}, "cipher_suite and cipher_suite_name"
        yield recorded, {"hash": "sha384"}, "hash and cipher_suite"
        yield recorded, {"key_len": 32}, "key_len and cipher_suite"
        yield recorded, {"binder_label": "ext binder"}, "binder_label and psk_kind"
        entry = {"label": "6162", "label_text": "ab", "length": 4, "out_len": 4}
        for more, error in (({"label": "61"}, "label and label_text"), ({"label_text": 1}, "label_text"),
                            ({"length": 5}, "length and out_len"), ({"out_len": "4"}, "out_len"),
                            ({"out": "00" * 5}, "out and length"), ({"name": "eap-tls"}, "name and label")):
            for line in (recorded, session(resumed=True)):
                line = line | {"exporters": [entry]}
                yield line, {"exporters": [entry | more]}, f"exporters[0]: {error}"

    @staticmethod
    def without(vector, *fields):
        return {k: v for k, v in vector.items() if k not in fields}

    def cases_of_messages(self):
        """What the messages of a session say as well as a field."""
        hello, client_hello = "and the ServerHello of handshake", "and the ClientHello of handshake"
        ems = "extended_master_secret"
        extended, plain = session(resumed=False, ems=True), session(resumed=False, ems=False)
        yield extended, {"ems": False}, f"ems {hello} contradict each other: false, which has"
        yield plain, {"ems": True}, f"ems {client_hello} contradict each other: true, which has"
        for etm in (False, True):
            vector = session(resumed=False, etm=etm)
            yield vector, {"etm": not etm}, f"etm {hello}"
        yield (self.without(plain, "pms", "client_finished_msgs", "server_finished_msgs"), {"resumed": True},
               "resumed and the ClientKeyExchange of handshake")
        resumed = session(resumed=True)
        yield resumed, {"resumed": False}, "resumed and finished_order contradict each other"
        yield resumed, {"finished_order": ["client", "server"]}, "resumed and finished_order contradict"

        gcm = session(cipher="AES-GCM", hash="sha256", resumed=False)
        yield gcm, {"cipher": "AES-CBC"}, "cipher and cipher_suite contradict each other: AES-CBC, TLS_"
        yield self.without(gcm, "cipher_suite"), {"cipher": "camellia"}, "cipher and cipher_suite_name"
        for same in ("AES_128_GCM", "aes-128-gcm", "", "whatever"):
            yield gcm | {"cipher": same}, {"cipher": "ChaCha20"}, "cipher and cipher_suite"
        bare = self.without(gcm, "cipher_suite", "cipher", "mac_hash", "key_block", "client_finished",
                            "server_finished", "session_hash", "exporters")
        yield bare, {"cipher_suite_name": "TLS_RSA_WITH_AES_256_GCM_SHA384"}, f"cipher_suite_name {hello}"
        bare = self.without(bare, "cipher_suite_name")
        yield bare, {"hash": "sha384"}, f"hash {hello} contradict each other: sha384, sha256 of TLS_"
        yield bare, {"key_len": 32}, f"key_len {hello} contradict each other: 32, 16 of TLS_"
        yield bare, {"iv_len": 12}, f"iv_len {hello}"
        yield bare, {"mac_len": 20}, f"mac_len {hello}"

        recorded = next(v for v in tls13_sessions() if v.get("group") == "x25519" and
                        "client_finished_msgs" in v and "shared_secret" in v)
        yield recorded | {"group": "X25519"}, {"group": "secp256r1"}, f"group {hello} contradict each other"
        yield recorded | {"group": "what"}, {"group": "none"}, f"group {hello}"
        version, protocol = ("fefc", "dtls") if recorded["version"] == "0304" else ("0304", "tls")
        yield self.without(recorded, "protocol"), {"version": version}, f"version {hello}"
        yield self.without(recorded, "version"), {"protocol": protocol}, f"protocol {hello}"
        yield recorded, {"server_finished_msgs": 1}, "server_finished_msgs and the Finished of handshake"
        retried = next(v for v in tls13_sessions() if "first_client_hello" in v)
        yield (retried, {"first_client_hello": retried["first_client_hello"][:-1] + "f"},
               "first_client_hello and the message_hash of handshake contradict each other")
        without_share = next(v for v in tls13_sessions() if v.get("group") == "none")
        yield without_share, {"shared_secret": "00" * 32}, f"shared_secret {hello}"

    def test_finished_in_two_places(self):
        """That in a field is an answer; that of the handshake is what secrets are made of."""
        recorded = next(v for v in tls13_sessions() if "shared_secret" in v and "server_finished" in v)
        place = recorded["server_finished_msgs"]
        wrong = recorded["server_finished"][:-2] + f"{int(recorded['server_finished'][-2:], 16) ^ 1:02x}"
        messages = [*recorded["handshake"][:place], wrong, *recorded["handshake"][place + 1:]]
        good, contradicting = derive(recorded, recorded | {"server_finished": wrong})
        self.assertNotIn("warning", good)
        self.assertIn("server_finished and the Finished of handshake contradict each other",
                      contradicting["warning"])
        result = run("verify", stdin=lines([self.without(recorded, "server_finished"),
                                            {"alg": "tls13-session", "cipher_suite": recorded["cipher_suite"],
                                             "version": recorded["version"],
                                             "shared_secret": recorded["shared_secret"],
                                             **({"psk": recorded["psk"]} if "psk" in recorded else {}),
                                             "handshake": messages}]))
        self.assertIn("server_finished: differs from byte", result.stdout)
        self.assertIn("1 passed, 1 failed", result.stdout)

    def test_fields(self):
        cases = [(line | {}, more, error) for line, more, error in self.cases()]
        got = derive(*(each for line, more, _ in cases for each in (line, line | more)))
        for (line, more, error), right, wrong in zip(cases, got[::2], got[1::2], strict=True):
            with self.subTest(alg=line["alg"], more=more):
                self.assertNotIn("error", right)
                self.assertIn(error, wrong.get("error", "no error"))

    def test_verify(self):
        result = run("verify", stdin=lines([hash_line(digest=ABC, length=32),
                                            hash_line(digest=ABC, length=16)]))
        self.assertIn("digest and length contradict each other: 32, 16", result.stdout)
        self.assertIn("1 passed, 1 failed", result.stdout)


class Spellings(unittest.TestCase):
    """What people type is served, or the error names the mistake."""

    PRF = {"id": 1, "alg": "tls12-prf", "hash": "sha256", "secret": "0011", "label": "61", "seed": "11",
           "out_len": 20}

    def test_the_case(self):
        """Every line of it was an error, most of them misleading."""
        path = os.path.join(VECTORS, "cases", "user_spellings.jsonl")
        got = {o["id"]: o for o in map(json.loads, run("derive", path).stdout.splitlines())}
        out = prf(b"\0\x11", b"a", b"\x11", 4).hex()
        for name in ("colons", "spaces", "0x", "SHA-256", "SHA256"):
            self.assertEqual(got[name], {"id": name, "out": out})
        self.assertEqual(got["label_text"]["out"], prf(b"\0", b"test label", b"\x11", 4).hex())
        master = prf(b"\3\3", b"master secret", b"\x11" * 32 + b"\x22" * 32, 48)
        block = key_block(master, 40, b"\x11" * 32, b"\x22" * 32)
        for name in ("onepair", "suite in keys", "version 1.2"):
            self.assertEqual((got[name]["master"], got[name]["key_block"]), (master.hex(), block), name)
        self.assertEqual(got["jdk name"]["master"], master.hex())
        for name, error in (("label ascii", "label_text takes text"), ("nohash", "hash is missing"),
                            ("nolen", "out_len is missing"), ("prf", 'did you mean "tls12-prf"?'),
                            ("tls11", 'did you mean "tls10-prf"?'),
                            ("intkeys", "client_random: 1 bytes, must be 32"),
                            ("no ems", "ems is missing")):
            self.assertIn(error, got[name]["error"])

    def test_algs_of_the_same_protocol_are_named(self):
        for _, near, got in derive_each(({"alg": alg}, near) for alg, near in (
                ("tls13-keys", "tls13-traffic-keys"), ("tls13-prf", "hkdf-expand-label"),
                ("tls13-sesion", "tls13-session"), ("TLS13-finshed", "tls13-finished"),
                ("tls12-session", "tls-session"), ("tls12-exporter", "tls-exporter"),
                ("tls12-key", "tls12-keys"), ("tls11-keys", "tls10-keys"),
                ("quic-inital", "quic-initial"))):
            self.assertIn(f'did you mean "{near}"?', got["error"])
        self.assertNotIn("did you mean", derive({"alg": "tls13-ems-keys"})[0]["error"])

    def test_prefix_of_versions(self):
        vector = session(cipher_suite="003c")
        expected = derive(vector)
        self.assertEqual(derive(*(vector | {"version": version} for version in ("0x0303", "0X0303"))),
                         expected * 2)
        for _, got in derive_each((vector | {"version": version},) for version in (
                "0x1.2", "x0303", "0x", "0xTLS1.2")):
            self.assertIn("is not supported", got["error"])

    def test_separators(self):
        """In inputs, and in answers, whose length must not count them."""
        whole, = derive(self.PRF)
        inputs, answers = [], []
        for form in (":".join, " ".join, lambda pairs: "0x" + "".join(pairs), "\n".join,
                     lambda pairs: "0X" + " ".join(pairs) + "\n"):
            def spelt(digits):
                return form([digits[i:i + 2] for i in range(0, len(digits), 2)])
            inputs.append(self.PRF | {"secret": spelt("0011")})
            answers.append({k: v for k, v in self.PRF.items() if k != "out_len"} |
                           {"out": spelt(whole["out"])})
            answers.append(keys_line(key_block_len=None, key_block=spelt(key_block(MASTER, 40))))
        self.assertEqual(derive(*inputs), [whole] * 5)
        self.assertEqual(run("verify", stdin=lines(answers)).stdout, "10 passed, 0 failed\n")
        for _, error, got in derive_each((self.PRF | {"secret": bad}, error) for bad, error in (
                ("00:1", "odd number"), ("00;11", "not hex"), ("00-11-", "not hex"), ("0x0x11", "not hex"))):
            self.assertIn(error, got["error"])

    def test_labels(self):
        whole, = derive(self.PRF)
        text = {k: v for k, v in self.PRF.items() if k != "label"} | {"label_text": "a"}
        self.assertEqual(derive(text), [whole])
        exporter = {"id": 1, "alg": "tls-exporter", "hash": "sha256", "master": MASTER.hex(), "out_len": 9,
                    "client_random": CLIENT.hex(), "server_random": SERVER.hex()}
        self.assertEqual(derive(exporter | {"label_text": "EXPORTER-a"}),
                         derive(exporter | {"label": b"EXPORTER-a".hex()}))
        self.assertEqual(derive(self.PRF | {"label_text": "a"}), [whole])
        self.assertIn("label_text: 0 bytes", derive(exporter | {"label_text": ""})[0]["error"])

    def test_hashes(self):
        self.assertEqual(derive(*(self.PRF | {"hash": name} for name in (
            "SHA-256", "sha-256", "SHA256", "sha_256"))), derive(self.PRF) * 4)
        self.assertIn("not supported", derive(self.PRF | {"hash": "SHA-224"})[0]["error"])

    def test_one_pair_of_randoms(self):
        whole, = derive(keys_line())
        self.assertEqual(derive(keys_line(client_hello_random=None, server_hello_random=None)), [whole])
        self.assertEqual(derive(keys_line(client_random=None, server_random=None)), [whole])
        master, = derive(keys_line(client_hello_random=None, server_hello_random=None, key_block_len=None))
        self.assertEqual(master, {"id": "k", "master": MASTER.hex()})
        block, = derive(keys_line(client_random=None, server_random=None, pms=None, master=MASTER.hex()))
        self.assertEqual(block, {"id": "k", "key_block": whole["key_block"]})
        got, = derive(keys_line(server_hello_random=None))
        nothing = {k: None for k in ("pms", "client_random", "server_random", "key_block_len")}
        for left in ({}, {"client_hello_random": None, "server_hello_random": None}):
            self.assertIn("nothing to derive from master",
                          derive(keys_line(**nothing, **left, master=MASTER.hex()))[0]["error"])
        self.assertIn("server_hello_random is missing", got["error"])

    def test_suites_in_place_of_hash_and_lengths(self):
        lengths = keys_line(key_block_len=None, mac_len=0, key_len=16, iv_len=4)
        suite = keys_line(key_block_len=None, hash=None, cipher_suite="TLS_ECDHE_RSA_AES_128_GCM_SHA256")
        self.assertEqual(derive(suite), derive(lengths))
        self.assertIn("RFC 5469", derive(suite | {"cipher_suite": "DES-CBC-SHA"})[0]["warning"])
        extended = {"id": "e", "alg": "tls12-ems-keys", "pms": PMS.hex(), "session_hash": SESSION_HASH.hex(),
                    "cipher_suite": "c02f", "client_random": CLIENT.hex(), "server_random": SERVER.hex()}
        self.assertEqual(len(derive(extended)[0]["key_block"]), 80)
        del extended["client_random"], extended["server_random"]
        self.assertEqual(list(derive(extended)[0]), ["id", "master"])

    def test_misspelt_fields(self):
        """Named where the field that is meant is missing; alone they are ignored."""
        vector = session(resumed=False)
        no_secret = {k: v for k, v in vector.items() if k not in ("pms", "master")}
        for _, meant, key, got in derive_each(
                ({k: v for k, v in line.items() if v is not None}, meant, key) for line, meant, key in (
                    (no_secret | {"master_secrt": "00"}, "master", "master_secrt"),
                    (no_secret | {"preMasterSecret": "00"}, "pms", "preMasterSecret"),
                    (keys_line(client_random=None) | {"clientRandom": "00"}, "client_random", "clientRandom"),
                    (keys_line(pms=None, client_hello_random=None, server_hello_random=None)
                     | {"premaster": "00"}, "pms", "premaster"),
                    ({"algorithm": "hash"}, "alg", "algorithm"),
                    (hash_line(msg=None) | {"message": "00"}, "msg", "message"))):
            self.assertIn(f'"{key}"; did you mean "{meant}"?', got["error"])
        self.assertNotIn("did you mean", derive(no_secret | {"records": "00"})[0]["error"])
        self.assertEqual(derive(hash_line(mgs="00")), derive(hash_line()))


class Exporters(unittest.TestCase):
    """Of sessions: RFC 5705 over the randoms and the session's master secret."""

    SESSION = {"id": 1, "alg": "tls-session", "version": "0303", "hash": "sha256", "ems": True,
               "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "master": MASTER.hex()}

    @staticmethod
    def export(label, n, context=None, master=MASTER):
        seed = CLIENT + SERVER + (b"" if context is None else len(context).to_bytes(2, "big") + context)
        return {"label_text": label, **({} if context is None else {"context": context.hex()}),
                "out": prf(master, label.encode(), seed, n).hex()}

    def test_entries(self):
        entries = [{"label_text": "EXPORTER-a", "out_len": 7},
                   {"label": b"EXPORTER-a".hex(), "context": "", "out_len": 40},
                   {"label_text": "EXPORTER-a", "context": "c0:ff", "out": "00" * 3}, {"name": "eap-tls"},
                   {"name": "dtls-srtp"}, {"name": "dtls-srtp", "out_len": 56}, {"name": "tls-exporter"}]
        expected = [self.export("EXPORTER-a", 7), self.export("EXPORTER-a", 40, b""),
                    self.export("EXPORTER-a", 3, b"\xc0\xff"), self.export("client EAP encryption", 128),
                    self.export("EXTRACTOR-dtls_srtp", 60), self.export("EXTRACTOR-dtls_srtp", 56),
                    self.export("EXPORTER-Channel-Binding", 32, b"")]
        got, = derive(self.SESSION | {"exporters": entries})
        self.assertEqual(got, {"id": 1, "master": MASTER.hex(), "exporters": expected})
        got, = derive(self.SESSION | {"exporters": [{"label": "ff00", "out_len": 3}]})
        self.assertEqual((got["exporters"][0]["label"], len(got["exporters"][0]["out"])), ("ff00", 6))

    def test_of_a_derived_master_secret(self):
        """Whatever wave it comes from."""
        line = self.SESSION | {"pms": PMS.hex(), "ems": False,
                               "exporters": [{"label_text": "EXPORTER-a", "out_len": 7}]}
        del line["master"]
        got, = derive(line)
        self.assertEqual(got["exporters"], [self.export("EXPORTER-a", 7)])
        self.assertIn("RFC 7627", got["warning"])
        self.assertNotIn("warning", derive(self.SESSION | {"exporters": line["exporters"]})[0])

    def test_eap_tls(self):
        """Against hostapd's, which the case has."""
        with open(os.path.join(VECTORS, "cases", "eap_msk.jsonl"), encoding="utf-8") as file:
            vector = json.loads(next(file))
        line = self.SESSION | {k: vector[k] for k in ("master", "client_random", "server_random")}
        result = run("derive", "--export", "eap-tls", stdin=lines([line]))
        self.assertEqual(json.loads(result.stdout)["exporters"][0]["out"], vector["out"])

    def test_option(self):
        result = run("derive", "--export", "EXPORTER-a:7", "--export", "EXPORTER-a:c0ff:3",
                     "--export", "dtls-srtp:56", "--export", "tls-exporter",
                     stdin=lines([self.SESSION] * 2 + [hash_line()]))
        first, second, other = map(json.loads, result.stdout.splitlines())
        self.assertEqual(first["exporters"], [
            self.export("EXPORTER-a", 7), self.export("EXPORTER-a", 3, b"\xc0\xff"),
            self.export("EXTRACTOR-dtls_srtp", 56), self.export("EXPORTER-Channel-Binding", 32, b"")])
        self.assertEqual(second, first)
        self.assertNotIn("exporters", other)
        for bad in ("a", "", ":5", "a:0", "a:65536", "a:-1", "a:xx:3", "a:0:3", "a:5:b", "eap-tls:x"):
            result = run("derive", "--export", bad, stdin=lines([self.SESSION]))
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), bad)
            self.assertIn("--export takes", result.stderr)

    def test_ssl3_has_none(self):
        """An entry is an error; for the option's sake no keys are lost."""
        line = {k: v for k, v in self.SESSION.items() if k not in ("hash", "ems")} | {"version": "0300"}
        self.assertIn("SSLv3 has none", derive(line | {"exporters": [{"name": "eap-tls"}]})[0]["error"])
        got = json.loads(run("derive", "--export", "eap-tls", stdin=lines([line])).stdout)
        self.assertEqual((got["master"], got["warning"]), (MASTER.hex(), "exporters: SSLv3 has none"))

    def test_verify(self):
        right = self.export("EXPORTER-a", 7)
        self.assertEqual(run("verify", stdin=lines([self.SESSION | {"exporters": [right]}])).stdout,
                         "1 passed, 0 failed\n")
        contexts = {None: "", b"": ', context ""', b"\xc0\xff": ', context "c0ff"',
                    bytes(range(9)): ', context "0001020304050607..."'}
        said, end = verify_each(self.SESSION | {"exporters": [
            right, self.export("EXPORTER-a", 7, context) | {"out": "00" * 7}]} for context in contexts)
        for shown, text in zip(contexts.values(), said, strict=True):
            self.assertIn(f'exporters: "EXPORTER-a"{shown}: differs from byte 0 of 7', text)
        self.assertEqual(end, ("0 passed, 4 failed", FAILED))

    def test_answers_are_entries(self):
        """What derive prints of an exporter tells it from others, and verify takes it: also from TLS 1.3 on,
        where a name has another context."""
        entries = [{"label_text": "EXPORTER-a", "context": "c0ff", "length": 9},
                   {"label_text": "EXPORTER-a", "context": "", "length": 9},
                   {"label_text": "EXPORTER-a", "length": 9}, {"name": "eap-tls"}]
        recorded = next(v for v in tls13_sessions() if "EXPORTER_SECRET" in v["secrets"])
        for line, eap in ((self.SESSION, None), (recorded, "0d")):
            line = {k: v for k, v in line.items() if k != "exporters"}
            got, = derive(line | {"exporters": entries})
            self.assertEqual([entry.get("context") for entry in got["exporters"]], ["c0ff", "", None, eap])
            result = run("verify", stdin=lines([line | {"exporters": got["exporters"]}]))
            self.assertEqual((result.stdout, result.returncode), ("1 passed, 0 failed\n", OK))

    def test_errors(self):
        cases = (
                ("a", "an array expected"), ([1], "label, label_text or name is missing"),
                ([{}], "label, label_text or name"), ([{"name": "x"}], "eap-tls"),
                ([{"name": 1}], "eap-tls"),
                ([{"label": "0g", "out_len": 1}], "exporters[0]: not hex"),
                ([{"label": 1, "out_len": 1}], "a string of hex"),
                ([{"name": "eap-tls"}, {"label_text": "a"}], "exporters[1]: out_len"),
                ([{"label_text": "a", "length": 65535}] * 65, "exporters[64]: more than 4"),
                ([{"label_text": "a", "out_len": 0}], "out_len"),
                ([{"label_text": "a", "out": ""}], "out_len"),
                ([{"label_text": "a", "out_len": 65536}], "out_len"),
                ([{"label_text": "key expansion", "out_len": 1}], "a label that TLS uses"))
        for _, error, got in derive_each((self.SESSION | {"exporters": entries}, error)
                                         for entries, error in cases):
            self.assertIn(error, got["error"])


class Quoted(unittest.TestCase):
    """A secret that stands in the wrong field is in no message."""
    SECRET = "5f3a9c17e4b2d806" * 4

    def check(self, rows, command="derive"):
        """Each line of the input is answered by one, which tells of a word in the place of the secret."""
        result = run(command, stdin="".join(rows))
        for piece in (self.SECRET[i:i + 8] for i in range(0, 16, 8)):
            self.assertNotIn(piece, (result.stdout + result.stderr).lower())
        told = result.stdout.splitlines()
        for row, text in zip(rows, told if command == "derive" else told[:-1], strict=True):
            self.assertIn("(a word of 64 digits)", text, row)
        return result

    def test_values(self):
        prf_line = {"alg": "tls12-prf", "secret": "00", "label": "00", "seed": "", "length": 8}
        keys = {k: v for k, v in keys_line().items() if k not in ("id", "hash")}
        secret13 = {"alg": "tls13-session", "cipher_suite": "1301", "shared_secret": "00"}
        vector = {k: v for k, v in tls13_sessions()[0].items() if k != "group"}
        colons = ":".join(self.SECRET[i:i + 2] for i in range(0, 64, 2))
        asked = []
        for spelt in (self.SECRET, self.SECRET.upper(), "0x" + self.SECRET, colons, self.SECRET + "g",
                      "0x0x" + self.SECRET, f"{self.SECRET},", "-".join(colons.split(":")), "x=" + colons):
            for line in (prf_line | {"hash": spelt}, prf_line | {"alg": spelt},
                         keys | {"cipher_suite": spelt}, session() | {"version": spelt},
                         secret13 | {"version": spelt},
                         secret13 | {"protocol": spelt}, vector | {"hash": spelt}):
                asked.append(lines([line]))
        self.assertNotIn("5f3a", self.check(asked).stdout.lower())

    def test_keys(self):
        s = self.SECRET
        self.check([f'{{"alg": "hash", "{s}": 1, "{s}": 2}}\n',
                    f'{{"alg": "hash", "x": {{"{s}": 1, "{s}": 2}}}}\n',
                    f'{{"alg": "hash", "{s}": {{"a": 1, "a": 2}}}}\n'])
        line = {"alg": "tls13-session", "cipher_suite": "1301", "secrets": {s: "00"}}
        self.check([lines([line])], "verify")

    def test_what_is_no_secret_is_quoted(self):
        """Fewer than 16 digits behind each other are none."""
        for line, got in derive_each((hash_line(hash=text),) for text in (
                "0123456789abcde", "0123456g89abcdef0", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "md2")):
            self.assertIn(f'"{line["hash"]}" is not supported', got["error"])
        self.assertIn("(a word of 16 digits)", derive(hash_line() | {"hash": "0123456789abcdef"})[0]["error"])


class Verify(unittest.TestCase):
    def verify(self, *objects):
        result = run("verify", stdin=lines(objects))
        return result.stdout.splitlines(), result.returncode

    def test_no_secret_is_compared_with_itself(self):
        """A master secret that the keys start from is repeated in the output, and no answer."""
        vector = session(resumed=True)
        kept = ("alg", "version", "cipher_suite", "client_random", "server_random", "master")
        bare = {field: vector[field] for field in kept}
        out, status = self.verify(bare | {"resumed": True})
        self.assertIn("nothing to verify", out[0])
        self.assertEqual((out[-1], status), ("0 passed, 1 failed", FAILED))
        self.assertEqual(derive(bare | {"resumed": True})[0]["master"], vector["master"])

    def test_pass(self):
        self.assertEqual(self.verify(hash_line(digest=ABC)), (["1 passed, 0 failed"], OK))

    def test_mismatch(self):
        wrong = ABC[:20] + ("0" if ABC[20] != "0" else "1") + ABC[21:]
        report, status = self.verify(hash_line(digest=ABC), hash_line(id=7, digest=wrong))
        self.assertEqual(report, ["standard input:2: 7: digest: differs from byte 10 of 32: "
                                  f"expected {wrong[20:36]}..., "
                                  f"got {ABC[20:36]}...", "1 passed, 1 failed"])
        self.assertEqual(status, FAILED)

    def test_every_answer_is_compared(self):
        good, = derive(keys_line(key_block_len=None, mac_len=20, key_len=16, iv_len=8))
        line = keys_line(key_block_len=None, mac_len=20, key_len=16, iv_len=8) | good
        self.assertEqual(self.verify(line)[1], OK)
        names = sorted(good.keys() - {"id", "master"})
        said, end = verify_each(line | {name: "00" * (len(good[name]) // 2)} for name in names)
        for name, text in zip(names, said, strict=True):
            self.assertEqual(text.count("\n"), 1, text)
            self.assertIn(f": {name}: differs", text)
        self.assertEqual(end, (f"0 passed, {len(names)} failed", FAILED))
        report, _ = self.verify(line | {"master": "00" * 48})
        self.assertIn(": master: differs", report[0])
        vector = session(resumed=False)
        names = ("session_hash", "key_block", "client_finished", "server_finished")
        said, _ = verify_each(vector | {name: "00" * (len(vector[name]) // 2)} for name in names)
        for name, text in zip(names, said, strict=True):
            self.assertIn(f": {name}: differs", text)

    def test_wrong_length(self):
        report, _ = self.verify(keys_line(client_random=None, server_random=None, key_block_len=None,
                                          master="00" * 47))
        self.assertIn("master: expected 47 bytes, got 48", report[0])

    def test_no_answer(self):
        report, status = self.verify(hash_line())
        self.assertIn("no answer", report[0])
        self.assertEqual((report[1], status), ("0 passed, 1 failed", FAILED))

    def test_an_answer_that_cannot_be_checked(self):
        vector = {k: v for k, v in session(resumed=False).items() if k != "handshake"}
        report, status = self.verify(vector)
        self.assertEqual(status, FAILED)
        for name in ("client_finished", "server_finished", "session_hash"):
            self.assertTrue(any(f"{name}: cannot be checked" in line for line in report), report)
        report, _ = self.verify(keys_line(client_write_key="00" * 16, master=MASTER.hex()))
        self.assertIn("client_write_key: cannot be checked", report[0])

    UNSUPPORTED_LINES = (
        ({"alg": "ikev2", "hash": "sha256"}, 'alg "ikev2" is not supported'),
        (hash_line(hash="md2", digest=ABC), 'hash "md2" is not supported for hash'),
        ({"alg": "tls13-session", "version": "0303"}, 'version "0303" is not supported for tls13-session'),
        (keys_line(hash="sha224", master=MASTER.hex()), 'hash "sha224" is not supported'),
        (keys_line(cipher_suite="c102", key_block_len=None), "GOST"),
        (keys_line(cipher_suite="unheard of", key_block_len=None), "unknown cipher suite"),
        ({"alg": "tls13-psk-import", "psk": "00", "identity": "00", "target_hash": "sha512"},
         'target_hash "sha512" is not supported'),
        ({"alg": "quic-initial", "version": "0304", "dcid": "00"}, "version: QUIC version 1"))

    def test_not_supported_is_not_failed(self):
        """It is counted by itself and has a status of its own, unless something else failed."""
        unsupported = [line for line, _ in self.UNSUPPORTED_LINES]
        good, bad = hash_line(digest=ABC), hash_line(digest="00" * 32)
        n = len(unsupported)
        report, status = self.verify(*unsupported)
        for line, (_, message) in zip(report, self.UNSUPPORTED_LINES):
            self.assertIn(message, line)
        self.assertEqual((report[n:], status), ([f"0 passed, 0 failed, {n} not supported"], UNSUPPORTED))
        report, status = self.verify(good, *unsupported)
        self.assertEqual((report[n:], status), ([f"1 passed, 0 failed, {n} not supported"], UNSUPPORTED))
        report, status = self.verify(bad, good, *unsupported)
        self.assertEqual((report[-1], status), (f"1 passed, 1 failed, {n} not supported", FAILED))
        result = run("derive", stdin=lines([good, *unsupported]))
        self.assertEqual(result.returncode, UNSUPPORTED)
        self.assertIn(f"{n} of {n + 1} lines ask for what is not supported", result.stderr)
        self.assertEqual(run("derive", stdin=lines([hash_line(msg="0"), *unsupported])).returncode, FAILED)

    def test_a_mistake_is_not_taken_for_what_is_not_supported(self):
        for line in ({"alg": "tls12prv"}, keys_line(cipher_suite="dada", key_block_len=None), {},
                     keys_line(cipher_suite="00ff", key_block_len=None), hash_line(msg="0", digest=ABC)):
            report, status = self.verify(line)
            self.assertEqual((report[-1], status), ("0 passed, 1 failed", FAILED), line)

    def test_little_of_a_secret_is_shown(self):
        report, _ = self.verify(keys_line(master="00" * 48))
        self.assertNotIn(MASTER.hex()[:20], report[0])


if __name__ == "__main__":
    skips.main()
