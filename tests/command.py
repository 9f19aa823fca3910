#!/usr/bin/env python3
"""Tests of the command lanekdf, by running it: what goes in, what comes out, the exit status.

usage: command.py PATH/TO/lanekdf [unittest's arguments]
"""
import functools
import glob
import hashlib
import hmac
import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

LANEKDF = ""
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
OK, FAILED, ERROR = 0, 1, 2
MIB = 1024 * 1024


def run(*arguments, stdin=b"", **more):
    """Runs the command; text output, so that invalid UTF-8 in it is an error."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    result = subprocess.run([LANEKDF, *arguments], input=stdin, capture_output=True, timeout=300, **more)
    result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
    return result


def lines(objects):
    return "".join(json.dumps(o) + "\n" for o in objects)


def derive(*objects):
    """The output objects of derive, one for each."""
    return [json.loads(line) for line in run("derive", stdin=lines(objects)).stdout.splitlines()]


def prf(secret, label, seed, n):
    a, out = label + seed, b""
    while len(out) < n:
        a = hmac.new(secret, a, hashlib.sha256).digest()
        out += hmac.new(secret, a + label + seed, hashlib.sha256).digest()
    return out[:n]


def hash_line(**more):
    return {"id": "h", "alg": "hash", "hash": "sha256", "msg": "616263", **more}


ABC = hashlib.sha256(b"abc").hexdigest()
PMS, CLIENT, SERVER = bytes(range(48)), bytes(range(100, 132)), bytes(range(150, 182))
MASTER = prf(PMS, b"master secret", CLIENT + SERVER, 48)
SESSION_HASH = hashlib.sha256(b"handshake").digest()


def keys_line(**more):
    line = {"id": "k", "alg": "tls12-keys", "hash": "sha256", "pms": PMS.hex(),
            "client_hello_random": CLIENT.hex(), "server_hello_random": SERVER.hex(),
            "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "key_block_len": 40}
    line.update(more)
    return {k: v for k, v in line.items() if v is not None}


def key_block(master, n, client=CLIENT, server=SERVER):
    return prf(master, b"key expansion", server + client, n).hex()


@functools.cache
def sessions():
    """The recorded sessions that lanekdf serves."""
    return list(read_sessions())


def read_sessions():
    for name in sorted(glob.glob(os.path.join(VECTORS, "*.jsonl"))):
        with open(name, encoding="utf-8") as file:
            for line in file:
                vector = json.loads(line)
                if vector["alg"] == "tls-session":
                    yield vector


def one_of_each():
    """A session of each version, suite, and form of the handshake."""
    return {tuple(v[k] for k in ("version", "cipher_suite", "ems", "etm", "resumed")) + ("pms" in v,): v
            for v in sessions()}.values()


def session(**wanted):
    """The first session that has these values, of TLS 1.2 with SHA-256 unless they say another."""
    for vector in sessions():
        if all(vector.get(k) == v for k, v in ({"version": "0303", "hash": "sha256"} | wanted).items()):
            return vector
    raise LookupError(wanted)


SERVED = {"tls12-prf", "tls10-prf", "ssl3-prf", "p-hash", "tls12-keys", "tls12-ems-keys", "tls10-keys", "ssl3-keys",
          "ssl3-finished", "tls-exporter", "tls-session", "hash", "hmac"}


def is_served(vector):
    return vector["alg"] in SERVED and vector["hash"] != "sha224"


class Vectors(unittest.TestCase):
    """Every line of the vectors: those served pass, the others fail and say why."""

    def test_every_file(self):
        names = glob.glob(os.path.join(VECTORS, "*.jsonl"))
        self.assertTrue(names)
        for name in names:
            with self.subTest(os.path.basename(name)), open(name, encoding="utf-8") as file:
                vectors = [json.loads(line) for line in file]
                served = sum(map(is_served, vectors))
                result = run("verify", name)
                report = result.stdout.splitlines()
                self.assertEqual(report[-1], f"{served} passed, {len(vectors) - served} failed")
                self.assertEqual(len(report) - 1, len(vectors) - served)
                for line in report[:-1]:
                    self.assertIn("is not supported", line)
                self.assertEqual(result.returncode, OK if served == len(vectors) else FAILED)

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
        result = subprocess.run([sys.executable, os.path.join(VECTORS, "oracle.py"), LANEKDF, "1500",
                                 "tls10-prf,tls12-prf,tls10-keys,ssl3-keys,tls12-keys,tls12-ems-keys,tls-exporter"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    @staticmethod
    def all_served():
        for name in sorted(glob.glob(os.path.join(VECTORS, "*.jsonl"))):
            with open(name, encoding="utf-8") as file:
                yield from filter(is_served, map(json.loads, file))


class Derive(unittest.TestCase):
    def test_prf(self):
        line = {"id": 1, "alg": "tls12-prf", "hash": "sha256", "secret": "00ff", "label": "61", "seed": "", "out_len": 5}
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
        line = {"id": "e", "alg": "tls12-ems-keys", "hash": "sha256", "pms": PMS.hex(), "session_hash": SESSION_HASH.hex()}
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

    def test_precedence_of_lengths(self):
        """The answer's length, then the specific name, then out_len."""
        def n(**more):
            return len(derive(keys_line(**more))[0]["key_block"]) // 2
        lengths = {"mac_len": 0, "key_len": 16, "iv_len": 4}
        self.assertEqual(n(key_block="00" * 50, key_block_len=60, out_len=70, **lengths), 50)
        self.assertEqual(n(key_block_len=60, out_len=70, **lengths), 60)
        self.assertEqual(n(key_block_len=None, out_len=70, **lengths), 40)
        self.assertEqual(n(key_block_len=None, out_len=70), 70)
        line = {"alg": "tls12-prf", "hash": "sha256", "secret": "", "label": "", "seed": ""}
        self.assertEqual(len(derive(line | {"out": "00" * 3, "out_len": 9})[0]["out"]), 6)

    def test_odd_and_long_key_blocks(self):
        for n in (1, 3, 41, 511, 1529, 1530):
            self.assertEqual(derive(keys_line(key_block_len=n))[0]["key_block"], key_block(MASTER, n))
        self.assertIn("1530", derive(keys_line(key_block_len=1531))[0]["error"])
        lengths = {"mac_len": 32, "key_len": 16, "iv_len": 4}
        self.assertEqual(len(derive(keys_line(key_block_len=105, **lengths))[0]["key_block"]), 210)
        self.assertIn("cannot hold keys of 104", derive(keys_line(key_block_len=103, **lengths))[0]["error"])

    def test_upper_case(self):
        self.assertEqual(derive(hash_line(msg="ABCDEFabcdef")), derive(hash_line(msg="abcdefABCDEF")))

    def test_ids_of_any_type(self):
        ids = ["", "a\"b\\c\n\u0000\u00e9\U0001f600", 0, -1, 2**64 - 1, -2**63, 1.5, True, None, [1, {"x": ["y"]}], {"a": {}}]
        self.assertEqual([o["id"] for o in derive(*[hash_line(id=i) for i in ids])], ids)
        self.assertEqual([o["id"] for o in derive(*[hash_line(id=i, msg="0") for i in ids])], ids)
        without = hash_line()
        del without["id"]
        self.assertEqual(derive(without), [{"id": None, "digest": ABC}])

    def test_order_of_many_lines(self):
        """More than a batch, of mixed kinds, with failures among them."""
        slim = {k: v for k, v in session(resumed=True).items() if k not in ("records", "app_client", "app_server")}
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
    return b"".join(md5(secret, hashlib.sha1(bytes([64 + i]) * i + secret + seed).digest()) for i in range(1, n // 16 + 2))[:n]


def ssl3_finished(master, sender, messages):
    return b"".join(hashlib.new(name, master + b"\x5c" * n + hashlib.new(
        name, messages + sender + master + b"\x36" * n).digest()).digest() for name, n in (("md5", 48), ("sha1", 40)))


class OldVersions(unittest.TestCase):
    """SSLv3 and export suites, of which there are no recorded lines: against the RFCs' text above."""

    def test_ssl3_prf(self):
        line = {"id": 1, "alg": "ssl3-prf", "secret": PMS.hex(), "seed": CLIENT.hex()}
        for n in (1, 16, 48, 104, 415, 416):
            self.assertEqual(derive(line | {"out_len": n}), [{"id": 1, "out": ssl3_prf(PMS, CLIENT, n).hex()}])
        self.assertIn("must be at most 416", derive(line | {"out_len": 417})[0]["error"])
        self.assertIn("not supported", derive(line | {"out_len": 1, "hash": "sha256"})[0]["error"])

    def test_p_hash(self):
        for name in ("md5", "sha1", "sha256", "sha384", "sha512"):
            a1 = hmac.new(PMS, CLIENT, name).digest()
            expected = hmac.new(PMS, a1 + CLIENT, name).hexdigest()
            line = {"id": 1, "alg": "p-hash", "hash": name, "secret": PMS.hex(), "seed": CLIENT.hex(), "out": expected}
            self.assertEqual(run("verify", stdin=lines([line])).stdout, "1 passed, 0 failed\n", name)

    def test_ssl3_finished(self):
        for sender in (b"CLNT", b"SRVR"):
            line = {"id": 1, "alg": "ssl3-finished", "master": MASTER.hex(), "sender": sender.hex(), "handshake": "0102"}
            self.assertEqual(derive(line), [{"id": 1, "out": ssl3_finished(MASTER, sender, b"\1\2").hex()}])
        self.assertIn("CLNT or SRVR", derive(line | {"sender": "00000000"})[0]["error"])

    def test_extended_master_secret_of_tls10(self):
        line = {"id": 1, "alg": "tls10-keys", "pms": PMS.hex(), "session_hash": "01" * 36}
        self.assertEqual(derive(line), [{"id": 1, "master": old_prf(PMS, b"extended master secret", b"\1" * 36, 48).hex()}])

    def test_ssl3_session(self):
        """Both Finished, the later one over the earlier one, recorded or not."""
        messages = [b"\1\0\0\1a", b"\2\0\0\1b", b"\x10\0\0\1c", b"\4\0\0\1d"]
        master = ssl3_prf(PMS, CLIENT + SERVER, 48)
        client = b"\x14\0\0\x24" + ssl3_finished(master, b"CLNT", b"".join(messages[:3]))
        server = b"\x14\0\0\x24" + ssl3_finished(master, b"SRVR", b"".join(messages[:3]) + client + messages[3])
        line = {"id": 1, "alg": "tls-session", "version": "0300", "cipher_suite": "AES128-SHA", "pms": PMS.hex(), "ems": False,
                "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "handshake": [m.hex() for m in messages],
                "finished_order": ["client", "server"], "client_finished_msgs": 3, "server_finished_msgs": 4}
        block = ssl3_prf(master, SERVER + CLIENT, 104).hex()
        got, = derive(line)
        self.assertEqual((got["master"], got["key_block"], got["client_finished"], got["server_finished"]),
                         (master.hex(), block, client.hex(), server.hex()))
        self.assertEqual((got["client_write_MAC_key"], got["server_write_IV"]), (block[:40], block[-32:]))
        recorded = line | {"client_finished": client.hex(), "server_finished": server.hex(), "master": master.hex()}
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
            "id": 1, "key_block": block.hex(), "client_write_MAC_key": block[:20].hex(), "server_write_MAC_key": block[20:40].hex(),
            "client_write_key": block[40:45].hex(), "server_write_key": block[45:].hex(),
            "final_client_write_key": old_prf(block[40:45], b"client write key", CLIENT + SERVER, 8).hex(),
            "final_server_write_key": old_prf(block[45:], b"server write key", CLIENT + SERVER, 8).hex(),
            "client_write_IV": ivs[:8].hex(), "server_write_IV": ivs[8:].hex()})
        block = ssl3_prf(MASTER, SERVER + CLIENT, 50)
        got, = derive(keys | {"alg": "ssl3-keys"})
        self.assertEqual((got["key_block"], got["final_client_write_key"], got["final_server_write_key"]),
                         (block.hex(), md5(block[40:45], CLIENT, SERVER)[:8].hex(), md5(block[45:], SERVER, CLIENT)[:8].hex()))
        self.assertEqual((got["client_write_IV"], got["server_write_IV"]),
                         (md5(CLIENT, SERVER)[:8].hex(), md5(SERVER, CLIENT)[:8].hex()))
        lengths = {"mac_len": 20, "key_len": 5, "iv_len": 8, "final_key_len": 8, "cipher_suite": "unheard of"}
        self.assertEqual(derive(keys | {"alg": "ssl3-keys"} | lengths), [got])
        self.assertIn("keys of an export suite are 50", derive(keys | {"alg": "tls10-keys", "key_block_len": 66})[0]["error"])

    def test_suites_give_lengths_and_hash(self):
        """Unless the line has them; and only in versions that have the suite."""
        known = ("mac_len", "key_len", "iv_len", "hash", "key_block", "records")
        for name in ("cipher_suite", "cipher_suite_name"):
            bare = [{k: x for k, x in v.items() if k not in known} | {"cipher_suite": v[name]} for v in sessions()]
            self.assertEqual([o["key_block"] for o in derive(*bare)], [v["key_block"] for v in sessions()])
        keys = {"alg": "tls10-keys", "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "master": MASTER.hex()}
        for suite, error in (("c02f", "not a cipher suite of this protocol version"), ("dada", "GREASE"), ("?", "unknown")):
            self.assertIn(error, derive(keys | {"cipher_suite": suite})[0]["error"])


class Sessions(unittest.TestCase):
    def test_derive(self):
        for vector, got in zip(sessions(), derive(*sessions()), strict=True):
            names = ["session_hash", "master", "key_block", "client_finished", "server_finished"]
            self.assertEqual({k: got.get(k) for k in names if k in vector}, {k: vector[k] for k in names if k in vector})
            self.assertEqual(got["client_write_key"], vector["key_block"][4 * vector["mac_len"]:][:2 * vector["key_len"]])

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

    def test_session_hash_without_messages(self):
        vector = next(v for v in sessions() if "pms" in v and v["ems"])
        line = {k: v for k, v in vector.items() if k not in ("handshake", "master", "client_finished", "server_finished")}
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
        for line, error in (
                (vector | {"version": "0304"}, "version \"0304\" is not supported"),
                (vector | {"version": "fefd"}, "version \"fefd\" is not supported"),
                (vector | {"hash": "sha224"}, "hash \"sha224\" is not supported"),
                (vector | {"hash": "md5-sha1"}, "hash \"md5-sha1\" is not supported"),
                (vector | {"version": "0302"}, "hash \"sha256\" is not supported"),
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
                (vector | {"key_block": None}, "key_block: a string")):
            self.assertIn(error, derive(line)[0].get("error", "no error"))


class Verify(unittest.TestCase):
    def verify(self, *objects):
        result = run("verify", stdin=lines(objects))
        return result.stdout.splitlines(), result.returncode

    def test_pass(self):
        self.assertEqual(self.verify(hash_line(digest=ABC)), (["1 passed, 0 failed"], OK))

    def test_mismatch(self):
        wrong = ABC[:20] + ("0" if ABC[20] != "0" else "1") + ABC[21:]
        report, status = self.verify(hash_line(digest=ABC), hash_line(id=7, digest=wrong))
        self.assertEqual(report, [f"standard input:2: 7: digest: differs from byte 10 of 32: expected {wrong[20:36]}..., "
                                  f"got {ABC[20:36]}...", "1 passed, 1 failed"])
        self.assertEqual(status, FAILED)

    def test_every_answer_is_compared(self):
        good, = derive(keys_line(key_block_len=None, mac_len=20, key_len=16, iv_len=8))
        line = keys_line(key_block_len=None, mac_len=20, key_len=16, iv_len=8) | good
        self.assertEqual(self.verify(line)[1], OK)
        for name in good.keys() - {"id", "master"}:
            report, _ = self.verify(line | {name: "00" * (len(good[name]) // 2)})
            self.assertEqual(len(report), 2, report)
            self.assertIn(f": {name}: differs", report[0])
        report, _ = self.verify(line | {"master": "00" * 48})
        self.assertIn(": master: differs", report[0])
        vector = session(resumed=False)
        for name in ("session_hash", "key_block", "client_finished", "server_finished"):
            report, _ = self.verify(vector | {name: "00" * (len(vector[name]) // 2)})
            self.assertTrue(any(f": {name}: differs" in line for line in report), report)

    def test_wrong_length(self):
        report, _ = self.verify(keys_line(client_random=None, server_random=None, key_block_len=None, master="00" * 47))
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

    def test_unsupported_is_failed(self):
        report, status = self.verify({"id": "x", "alg": "hkdf", "hash": "sha256"}, hash_line(hash="sha224", digest=ABC))
        self.assertIn("alg \"hkdf\" is not supported", report[0])
        self.assertIn("hash \"sha224\" is not supported", report[1])
        self.assertEqual((report[2], status), ("0 passed, 2 failed", FAILED))

    def test_little_of_a_secret_is_shown(self):
        report, _ = self.verify(keys_line(master="00" * 48))
        self.assertNotIn(MASTER.hex()[:20], report[0])


class Input(unittest.TestCase):
    """Whatever comes in, there is a clear outcome."""

    GOOD = json.dumps(hash_line())

    def expect(self, data, digests=None, error=None, line=1, command="derive"):
        result = run(command, stdin=data)
        got = [json.loads(x) for x in result.stdout.splitlines()]
        if error is None:
            self.assertEqual([o.get("digest") for o in got], [ABC] * digests, got)
            self.assertEqual(result.returncode, OK)
        else:
            failed = [o for o in got if "error" in o]
            self.assertEqual(len(failed), 1, got)
            self.assertIn(error, failed[0]["error"])
            self.assertEqual(failed[0]["line"], line)
            self.assertEqual(list(failed[0]), ["id", "line", "error"])
            self.assertEqual(result.returncode, FAILED)

    def test_empty(self):
        result = run("derive")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", OK))
        result = run("verify")
        self.assertEqual((result.stdout, result.returncode), ("0 passed, 0 failed\n", FAILED))
        self.assertIn("nothing to verify", result.stderr)
        self.assertEqual(run("explain").returncode, OK)

    def test_blank_lines_and_crlf(self):
        self.expect("\n\n" + self.GOOD + "\r\n \t\r\n" + self.GOOD + "\r\n\n", digests=2)
        self.expect("\n\r\n" + self.GOOD + "\n{}\n", error="alg is missing", line=4)

    def test_last_line_without_newline(self):
        self.expect(self.GOOD, digests=1)
        self.expect(self.GOOD + "\n" + self.GOOD, digests=2)

    def test_byte_order_mark(self):
        self.expect("\ufeff" + self.GOOD + "\n" + self.GOOD, digests=2)
        self.expect(self.GOOD + "\n\ufeff" + self.GOOD, error="byte order mark", line=2)

    def test_invalid_utf8(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf5\x80\x80\x80"):
            self.expect(b'{"id":"' + bad + b'","alg":"hash","hash":"sha256","msg":""}\n' + self.GOOD.encode(), error="UTF-8")

    def test_nul_bytes(self):
        self.expect(b"\0\n" + self.GOOD.encode(), error="invalid JSON")
        self.expect(b'{"id":"a\0b"}\n', error="invalid JSON")
        self.expect(self.GOOD.encode() + b"\0\n", error="invalid JSON")

    def test_broken_json(self):
        for bad in ("{", "[1]", "1", "\"x\"", "null", self.GOOD[:-1], self.GOOD + "x", self.GOOD + self.GOOD, "{'id':1}",
                    '{"id":01}', '{"id":NaN}', '{"id":"\t"}', '{"id":' + "[" * 5000 + "]" * 5000 + "}"):
            self.expect(bad + "\n" + self.GOOD, error="JSON")

    def test_hexadecimal(self):
        for bad, error in (("0", "odd number"), ("616", "odd number"), ("6g", "not hexadecimal"), ("0x61", "not hexadecimal"),
                           ("61 62 ", "not hexadecimal"), ("\u0661\u0661", "not hexadecimal"), ("/0", "not hexadecimal"),
                           (":0", "not hexadecimal"), ("@0", "not hexadecimal"), ("`0", "not hexadecimal"),
                           ("61" * 40 + "\u0000a", "not hexadecimal")):
            self.expect(lines([hash_line(msg=bad), hash_line()]), error=error)
        for place in range(40):
            self.expect(lines([hash_line(msg="0" * place + "G" + "0" * (39 - place))]), error="not hexadecimal")

    def test_wrong_types(self):
        for name in ("alg", "hash", "msg"):
            for value in (1, None, True, [], {}, 1.5):
                self.expect(lines([hash_line(**{name: value})]), error=name + ": a string")
        for value in ("5", None, True, -1, 1.5, [], {}):
            self.expect(lines([hash_line(out_len=value)]), error="out_len: a whole number")
        self.expect(lines([hash_line(out_len=2**64 - 1)]), error="must be at most 32")
        self.expect(lines([hash_line(out_len=0)]), error="0 bytes")

    def test_missing_fields(self):
        for line in (hash_line(), keys_line(), keys_line(alg="tls12-ems-keys", session_hash=SESSION_HASH.hex())):
            for name in line.keys() - {"id"}:
                if line["alg"] == "tls12-ems-keys" and "hello" in name:
                    continue
                less = {k: v for k, v in line.items() if k != name}
                got, = derive(less)
                self.assertIn("missing", got["error"], name)

    def test_duplicate_keys(self):
        self.expect('{"id":5,"alg":"hash","hash":"sha256","msg":"00","msg":"00"}', error="duplicate key msg")
        self.expect('{"id":5,"alg":"hash","hash":"sha256","msg":"00","m\\u0073g":"00"}', error="duplicate key msg")
        self.expect('{"id":5,"alg":"hash","hash":"sha256","msg":"00","id":5}', error="duplicate key id")
        self.expect('{"x":5,"alg":"hash","hash":"sha256","msg":"00","x":5}', error="duplicate key x")
        self.expect('{"":5,"alg":"hash","hash":"sha256","msg":"00","":5}', error="duplicate key ")
        many = "".join(f'"k{i}":0,' for i in range(1000))
        self.expect("{" + many + self.GOOD[1:], digests=1)
        self.expect("{" + many + '"k500":0,' + self.GOOD[1:], error="duplicate key k500")
        very_many = "".join(f'"k{i}":0,' for i in range(300_000))  # a comparison of all pairs takes minutes
        self.expect("{" + very_many + self.GOOD[1:], digests=1)
        for line, expected in (('{"id":5,"alg":"hash","hash":"sha256","msg":"00","msg":"00"}', 5),
                               ('{"id":5,"id":6,"alg":"hash","hash":"sha256","msg":"00"}', None)):
            self.assertEqual(json.loads(run("derive", stdin=line).stdout)["id"], expected)

    def test_long_line(self):
        message = bytes(5 * MIB)
        line = hash_line(msg=message.hex(), digest=hashlib.sha256(message).hexdigest())
        self.assertEqual(run("verify", stdin=lines([line, hash_line(digest=ABC)] * 2)).stdout, "4 passed, 0 failed\n")
        got, = derive({k: v for k, v in line.items() if k != "digest"})
        self.assertEqual(got["digest"], line["digest"])

    def test_line_beyond_the_limit(self):
        data = (self.GOOD + "\n" + " " * (65 * MIB) + "\n" + self.GOOD + "\n").encode()
        self.expect(data, error="longer than 64 MiB", line=2)
        self.expect((self.GOOD + "\n" + "x" * (65 * MIB)).encode(), error="longer than 64 MiB", line=2)

    def test_lengths_beyond_the_engines(self):
        line = {"alg": "tls12-prf", "hash": "sha256", "secret": "", "label": "", "seed": "", "out_len": 1}
        self.assertIn("secret: 65536 bytes", derive(line | {"secret": "00" * 65536})[0]["error"])
        self.assertIn("must be at most 65535", derive(line | {"out_len": 65536})[0]["error"])
        self.assertIn("cannot be derived", derive(line | {"label": "00" * 60000, "seed": "00" * 60000})[0]["error"])
        self.assertEqual(len(derive(line | {"out_len": 65535})[0]["out"]), 2 * 65535)

    def test_no_secret_in_an_error(self):
        for line in (keys_line(pms="c0ffee" * 16 + "zz"), keys_line(pms="c0ffee" * 16 + "c"), keys_line(master="c0ffee" * 15)):
            self.assertNotIn("c0ffee", run("derive", stdin=lines([line])).stdout)

    def test_nothing_that_moves_a_terminal(self):
        line = hash_line(alg="\x1b[2J\u009b\n")
        for command in ("derive", "verify"):
            result = run(command, stdin=lines([line | {"id": "\x1b[2J"}, {"\x1b[2J": 1}]))
            self.assertNotIn("\x1b", result.stdout)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, objects):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(lines(objects))
        return path

    def test_several(self):
        a, b = self.file("a", [hash_line(id="a")]), self.file("b", [hash_line(id="b", msg="0")])
        result = run("derive", a, "-", b, stdin=lines([hash_line(id="-")]))
        got = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([o["id"] for o in got], ["a", "-", "b"])
        self.assertEqual((got[2]["file"], got[2]["line"]), (b, 1))
        self.assertIn(f"{b}:1: \"b\": msg", run("verify", a, b).stdout)

    def test_unreadable(self):
        a, none = self.file("a", [hash_line(digest=ABC)]), os.path.join(self.folder.name, "none")
        for bad in (none, self.folder.name):
            result = run("verify", bad, a)
            self.assertEqual((result.stdout, result.returncode), ("1 passed, 0 failed\n", ERROR))
            self.assertIn(bad + ": ", result.stderr)
            self.assertEqual(run("derive", bad).returncode, ERROR)

    def test_no_room_for_the_output(self):
        for command in ("derive", "verify", "info", "--help"):
            with open("/dev/full", "wb") as full:
                files = [self.file("a", [hash_line(digest=ABC)])] if command in ("derive", "verify") else []
                result = subprocess.run([LANEKDF, command, *files], stdout=full, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(result.returncode, ERROR, command)
            self.assertIn(b"cannot write", result.stderr, command)
        many = self.file("b", [hash_line()] * 20000)
        with open("/dev/full", "wb") as full:
            result = subprocess.run([LANEKDF, "derive", many], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((result.stderr.count(b"cannot write"), result.returncode), (1, ERROR))

    def test_closed_pipe(self):
        path = self.file("a", [hash_line()] * 20000)
        for command in ("derive", "verify", "info"):
            for restore in (True, False):
                reader, writer = os.pipe()
                os.close(reader)
                result = subprocess.run([LANEKDF, command] + ([] if command == "info" else [path]), stdout=writer,
                                        stderr=subprocess.PIPE, restore_signals=restore, timeout=60)
                os.close(writer)
                self.assertNotEqual(result.returncode, OK)
                self.assertEqual(result.stderr, b"")

    def test_closed_pipe_half_way(self):
        path = self.file("a", [hash_line()] * 200000)
        with subprocess.Popen([LANEKDF, "derive", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            self.assertEqual(json.loads(process.stdout.readline())["digest"], ABC)
            process.stdout.close()
            self.assertNotEqual(process.wait(60), OK)
            self.assertEqual(process.stderr.read(), b"")

    def test_memory_is_bounded(self):
        """Four times the lines, the same memory."""
        peaks = []
        path = os.path.join(self.folder.name, "a")
        for n in (100, 400):
            with open(path, "w", encoding="utf-8") as file:
                for _ in range(n):  # in pieces: a child begins with its parent's peak
                    file.write(lines([keys_line()] * 1000))
            peaks.append(self.peak_memory(path))
        self.assertLess(peaks[1], peaks[0] * 1.3 + 1024)

    def test_memory_of_long_lines_is_given_back(self):
        path, peaks = os.path.join(self.folder.name, "a"), []
        for sizes in ([1800], range(600, 1800, 20)):
            with open(path, "w", encoding="utf-8") as file:
                for size in sizes:
                    file.write(lines([hash_line(msg="00" * 1024 * size)]))
            peaks.append(self.peak_memory(path))
        self.assertLess(peaks[1], 1.5 * peaks[0])

    def peak_memory(self, path):
        """In kB."""
        with open(LANEKDF, "rb") as binary:
            if b"__asan_init" in binary.read():
                self.skipTest("AddressSanitizer keeps freed memory for a while")
        process = subprocess.Popen([LANEKDF, "derive", path], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, OK)
        return usage.ru_maxrss


class Terminal(unittest.TestCase):
    def stderr_of(self, stdout_is_terminal):
        """What a person sees on standard error while lines come slowly."""
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a bare root without /dev/pts
            print("skipped: progress on a terminal:", error, flush=True)
            self.skipTest(str(error))
        process = subprocess.Popen([LANEKDF, "derive"], stdin=subprocess.PIPE, stderr=theirs,
                                   stdout=theirs if stdout_is_terminal else subprocess.DEVNULL)
        os.close(theirs)
        for _ in range(8):
            process.stdin.write(lines([hash_line()]).encode())
            process.stdin.flush()
            time.sleep(0.2)
        process.stdin.close()
        seen = b""
        while select.select([ours], [], [], 10)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        os.close(ours)
        self.assertEqual(process.wait(60), OK)
        return seen

    def test_progress(self):
        seen = self.stderr_of(False)
        self.assertIn(b" lines, ", seen)
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen)

    def test_no_progress_among_the_answers(self):
        self.assertNotIn(b" lines, ", self.stderr_of(True))


class Explain(unittest.TestCase):
    def explain(self, vector, *arguments):
        result = run("explain", *arguments, stdin=lines([vector]))
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        return result.stdout

    def test_every_session_fits_the_screen(self):
        for vector in one_of_each():
            for arguments in ((), ("--secrets",)):
                text = self.explain(vector, *arguments)
                self.assertLess(len(text.splitlines()), 70)
                self.assertEqual(text.count("  as recorded"), 3 + ("pms" in vector), text)
                self.assertNotIn("DIFFERS", text)

    def test_key_exchanges(self):
        vector = {k: v for k, v in session(resumed=False, ems=False).items() if k not in ("cipher_suite", "pms")}
        for suite, who, key, secret in (
                ("TLS_RSA_WITH_AES_128_CBC_SHA", "The client alone", "decrypts it", "no"),
                ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "Both sides together", "signs ServerKeyExchange", "yes"),
                ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "Both sides together", "The DSS private key", "yes"),
                ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "x-coordinate", "signs ServerKeyExchange", "yes"),
                ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "x-coordinate", "The ECDSA private key", "yes"),
                ("TLS_DH_RSA_WITH_AES_128_CBC_SHA", "in its certificate", "computes the shared secret", "no"),
                ("TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", "in its certificate", "computes the shared secret", "no"),
                ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "Both sides together", "nobody signs", "yes"),
                ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "Both sides together", "nobody signs", "yes"),
                ("TLS_PSK_WITH_AES_128_CBC_SHA", "Nobody sends it", "no certificate", "no"),
                ("TLS_DHE_PSK_WITH_AES_128_CBC_SHA", "pre-shared key", "no certificate", "yes"),
                ("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", "pre-shared key", "no certificate", "yes"),
                ("TLS_RSA_PSK_WITH_AES_128_CBC_SHA", "The client makes 48 bytes", "decrypts the client's part", "no"),
                ("TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "from the password", "signs ServerKeyExchange", "yes"),
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
        self.assertIn("= SSL3(master_secret, server_random + client_random)", self.explain_suite("2f", "--version", "ssl3"))
        self.assertIn('SSL3 Finished(master_secret, "CLNT"', self.explain_suite("2f", "--version", "ssl3"))
        self.assertIn("MD5+SHA-1(all messages", self.explain_suite("2f", "--version", "tls1.1"))

    def test_every_length(self):
        """Of each set of lengths a suite: they are the table's."""
        lengths = ("mac_key_len", "enc_key_len", "final_key_len", "fixed_iv_len", "record_iv_len", "min_version")
        table = map(json.loads, run("suites", "--json").stdout.splitlines())
        for suite in {tuple(s[k] for k in lengths): s for s in table}.values():
            version = suite["min_version"]
            text = self.explain_suite(suite["id"], "--version", version)
            story = json.loads(run("explain", "--suite", suite["id"], "--version", version, "--json").stdout)
            keys = {k["name"]: k["len"] for k in story["keys"]}
            n_mac, n_key = suite["mac_key_len"], suite["enc_key_len"]
            n_iv = suite["record_iv_len" if version < "0302" else "fixed_iv_len"]
            expected = {"MAC_key": n_mac, "key": n_key, "IV": n_iv}
            self.assertEqual(keys, {f"{side}_write_{what}": n for what, n in expected.items() for side in ("client", "server") if n}
                             | {f"final_{side}_write_key": suite["final_key_len"] for side in ("client", "server") if suite["final_key_len"]})
            block = next(d for d in story["derivations"] if d["output"] == "key_block")
            self.assertEqual(block["len"], 2 * (n_mac + n_key + (0 if suite["final_key_len"] else n_iv)))
            self.assertEqual("Final keys" in text, suite["final_key_len"] > 0)

    def test_export_suite(self):
        text = self.explain_suite("EXP-RC2-CBC-MD5")
        for part in ('PRF(client_write_key, "client write key", client_random + server_random)',
                     'PRF("", "IV block", client_random + server_random)', "32-36  client_write_key", "512 bits are broken"):
            self.assertIn(part, " ".join(text.split()) if "  " not in part else text)
        text = self.explain_suite("EXP-RC2-CBC-MD5", "--version", "ssl3")
        self.assertIn("MD5(server_write_key + server_random + client_random)", text)
        self.assertIn("MD5(client_random + server_random)", text)

    def test_suite_mistakes(self):
        for arguments, error in ((("--suite", "nonsense"), "unknown"), (("--suite", "1301"), "of TLS 1.3"),
                                 (("--suite", "c02f", "--version", "1.0"), "not a suite of TLS 1.0"),
                                 (("--suite", "c02f", "--version", "1.3"), "version 1.3"),
                                 (("--suite", "2f", "--version", "ssl3", "--ems"), "SSLv3 has no extended")):
            result = run("explain", *arguments)
            self.assertEqual((result.stdout, result.returncode), ("", FAILED))
            self.assertIn(error, result.stderr)
        for arguments in (("--version", "1.2"), ("--ems",), ("--resumed",), ("--suite", "2f", "file")):
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
            ("0-31", "client_write_MAC_key", "writes", "reads"), ("32-63", "server_write_MAC_key", "reads", "writes"),
            ("64-79", "client_write_key", "writes", "reads"), ("80-95", "server_write_key", "reads", "writes")])
        self.assertIn("HMAC-SHA256", text)

    def test_resumed(self):
        text = self.explain(session(resumed=True))
        self.assertIn("Pre-master secret  none", text)
        self.assertNotIn("pre_master_secret,", text)
        self.assertLess(text.index("1. server Finished"), text.index("2. client Finished"))

    def test_secrets(self):
        vector = next(v for v in sessions() if "pms" in v)
        secrets = [vector["pms"], vector["master"], vector["key_block"]]
        for arguments in ((), ("--json",)):
            text = self.explain(vector, *arguments) if not arguments else run("explain", "--json", stdin=lines([vector])).stdout
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
        for vector in one_of_each():
            result = run("explain", "--json", "--secrets", stdin=lines([vector]))
            story = json.loads(result.stdout)
            self.assertEqual(story["id"], vector["id"])
            self.assertEqual(story["master_secret"]["value"], vector["master"])
            self.assertEqual(story["key_exchange"] is None, vector["resumed"])
            derived = {d["output"]: d for d in story["derivations"]}
            self.assertEqual(derived["key_block"]["value"], vector["key_block"])
            self.assertEqual([s["name"] for s in derived["key_block"]["seed"]], ["server_random", "client_random"])
            self.assertEqual(derived["client verify_data"]["value"], vector["client_finished"][8:])
            self.assertTrue(all(d.get("as_recorded", True) for d in derived.values()))
            for key in story["keys"]:
                at = 2 * key["offset"]
                self.assertEqual(key["value"], vector["key_block"][at:at + 2 * key["len"]])
                self.assertEqual(key["name"].split("_")[0], key["writes"])

    def test_other_lines(self):
        result = run("explain", stdin=lines([hash_line(), session(resumed=True)]))
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("standard input:1: \"h\": explain takes recorded sessions", result.stderr)
        self.assertIn("Key block", result.stdout)
        result = run("explain", "--json", stdin=lines([hash_line()]))
        self.assertIn("explain takes", json.loads(result.stdout)["error"])


class Capture(unittest.TestCase):
    """A key log and what tshark prints, here put together from recorded sessions; captures.py runs tshark."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def log(self, text):
        path = os.path.join(self.folder.name, "keys.log")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def command(self, command, log, packets):
        return run(command, "--key-log", self.log(log), stdin=lines(packets))

    @staticmethod
    def packet(stream, *messages):
        """As tshark has it: one message is a string, several are an array."""
        raw = messages[0] if len(messages) == 1 else list(messages)
        return {"timestamp": "0", "layers": {"tcp": {"tcp_tcp_stream": str(stream)}, "tls": {"tls_tls_handshake_raw": raw}}}

    @staticmethod
    def messages(vector):
        """All of them, both Finished in their places."""
        messages, order = list(vector["handshake"]), vector["finished_order"]
        for side in reversed(order):
            messages.insert(vector[side + "_finished_msgs"], vector[side + "_finished"])
        return messages

    @staticmethod
    def line(vector):
        return f'CLIENT_RANDOM {vector["client_random"]} {vector["master"]}\n'

    def test_every_session(self):
        """All at once, their messages interleaved: one packet of each, in turn."""
        vectors = sessions()
        parts = [self.messages(v) for v in vectors]
        packets = [self.packet(i, part[n]) for n in range(max(map(len, parts))) for i, part in enumerate(parts) if n < len(part)]
        result = self.command("verify", "".join(map(self.line, vectors)), packets)
        self.assertEqual((result.stdout, result.stderr), (f"{len(vectors)} passed, 0 failed\n", ""))
        result = self.command("derive", "".join(map(self.line, vectors)), packets)
        got = {o["id"]["client_random"]: o for o in map(json.loads, result.stdout.splitlines())}
        for i, vector in enumerate(vectors):
            o = got[vector["client_random"]]
            self.assertEqual(o["id"], {"stream": i, "version": vector["version"], "cipher_suite": vector["cipher_suite"],
                                       "client_random": vector["client_random"]})
            self.assertEqual((o["key_block"], o["server_finished"]), (vector["key_block"], vector["server_finished"]))

    def test_shapes_of_packets(self):
        """Index lines, arrays, several TLS layers; HelloRequest and what follows the end is no part of it."""
        vector = session(resumed=False)
        messages = self.messages(vector)
        several = self.packet(7)
        several["layers"]["tls"] = [{"tls_tls_handshake_raw": messages[2]}, {"other": 1}, {"tls_tls_handshake_raw": messages[3:]}]
        packets = [{"index": {"_index": "packets"}}, self.packet(7, "00000000"), self.packet(7, *messages[:2]), several,
                   self.packet(7, "00000000", "0400000100")]
        self.assertEqual(self.command("verify", self.line(vector), packets).stdout, "1 passed, 0 failed\n")

    def test_not_decrypted(self):
        """Keys all the same, without Finished."""
        vector = session(resumed=False)
        packets = [self.packet(0, *vector["handshake"][:-1]), self.packet(0, "5fa3" * 20)]
        got, = map(json.loads, self.command("derive", self.line(vector), packets).stdout.splitlines())
        self.assertEqual(got["key_block"], vector["key_block"])
        self.assertNotIn("client_finished", got)

    def test_two_handshakes_on_a_stream(self):
        first, second = session(resumed=False), session(resumed=True)
        packets = [self.packet(0, *self.messages(first)), self.packet(0, "00000000"), self.packet(0, *self.messages(second))]
        result = self.command("verify", self.line(first) + self.line(second), packets)
        self.assertEqual(result.stdout, "2 passed, 0 failed\n")

    def test_pre_master_secrets(self):
        """RSA lines by the encrypted pre-master secret, PMS_CLIENT_RANDOM lines by the random."""
        for vector in filter(lambda v: "pms" in v, one_of_each()):
            message = next(m for m in vector["handshake"] if m[:2] == "10")
            logs = [f'PMS_CLIENT_RANDOM {vector["client_random"]} {vector["pms"]}\n']
            if "_RSA_WITH" in vector["cipher_suite_name"]:
                logs.append(f'RSA {message[12:28]} {vector["pms"]}\n')
            for log in logs:
                result = self.command("derive", log, [self.packet(0, *self.messages(vector))])
                got, = map(json.loads, result.stdout.splitlines())
                self.assertEqual((got["master"], got["key_block"]), (vector["master"], vector["key_block"]))

    def test_left_out(self):
        """Named, and the others go on."""
        vector, other = session(resumed=False), session(resumed=True)
        messages = self.messages(other)
        hello = bytes.fromhex(messages[1])
        at = 39 + hello[38] + 3
        body = hello[4:at] + bytes.fromhex("0006002b00020304")
        tls13 = (b"\2" + len(body).to_bytes(3, "big") + body).hex()
        body = b"\2\0" + hello[6:at]
        ssl2 = (b"\2" + len(body).to_bytes(3, "big") + body).hex()
        for packets, why in (
                ([self.packet(1, *messages)], "the key log lacks its secret"),
                ([self.packet(1, messages[0])], "the capture lacks its ServerHello"),
                ([self.packet(1, *messages[1:])], "the capture lacks its ClientHello"),
                ([self.packet(1, messages[0], tls13)], "TLS 1.3"),
                ([self.packet(1, messages[0], ssl2)], "of a version that is not served")):
            result = self.command("derive", self.line(vector), [*packets, self.packet(2, *self.messages(vector))])
            got, = map(json.loads, result.stdout.splitlines())
            self.assertEqual(got["key_block"], vector["key_block"])
            self.assertEqual(result.returncode, FAILED)
            self.assertIn("standard input: tcp.stream 1", result.stderr)
            self.assertIn(f"left out: {why}", result.stderr)
            self.assertEqual(other["client_random"] in result.stderr, "ClientHello" not in why)

    def test_packets_that_are_none(self):
        vector = session(resumed=False)
        good = self.packet(0, *self.messages(vector))
        no_stream, no_raw = self.packet(0, "00"), self.packet(0, "00")
        del no_stream["layers"]["tcp"]
        del no_raw["layers"]["tls"]["tls_tls_handshake_raw"]
        for bad, error in ((vector, "not what tshark -T ek prints"), (no_stream, "tcp_tcp_stream is missing"),
                           (no_raw, "tls_tls_handshake_raw is missing"), (self.packet(0, "0g"), "not hexadecimal"),
                           (self.packet(0, "000"), "hexadecimal digits expected"), (self.packet(0, 1, 2), "hexadecimal digits expected")):
            result = self.command("derive", self.line(vector), [bad, good])
            got = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual((len(got), result.returncode), (2, FAILED))
            self.assertIn(error, got[0]["error"])
            self.assertEqual((got[0]["line"], got[1]["key_block"]), (1, vector["key_block"]))

    def test_key_logs(self):
        """What is wrong in them is named by line, and nothing of a secret is shown."""
        vector = session(resumed=False)
        good, packets = self.line(vector), [self.packet(0, *self.messages(vector))]
        words = good.split()
        for log in ("# comment\n\n" + good, good.replace("\n", "\r\n"), good * 2, good.upper().replace("CLIENT_RANDOM", words[0]),
                    f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {words[1]} {words[2]}\nNEW_LABEL x\n" + good):
            result = self.command("derive", log, packets)
            self.assertEqual((result.stderr, result.returncode), ("", OK))
        for bad, error in ((f"CLIENT_RANDOM {words[1]} {words[2][2:]}", "not as long"), (f"CLIENT_RANDOM {words[1][1:]} {words[2]}", "not as long"),
                           (f"CLIENT_RANDOM {words[1]} {words[2][1:]}g", "not hexadecimal"), (f"{good[:-1]} 00", "behind the secret"),
                           (f"RSA {words[1]} {words[2]}", "not as long"), ("RSA", "not as long")):
            result = self.command("derive", f"{bad}\n{good}", packets)
            self.assertEqual((result.stderr.count("\n"), result.returncode), (1, OK))
            self.assertIn("keys.log:1: ", result.stderr)
            self.assertIn(error, result.stderr)
            self.assertNotIn(words[2][2:12], result.stderr)
        result = self.command("derive", f"{good}CLIENT_RANDOM {words[1]} {'00' * 48}\n", packets)
        self.assertIn("keys.log:2: another secret than in line 1", result.stderr)
        self.assertEqual(json.loads(result.stdout)["key_block"], vector["key_block"])
        result = run("derive", "--key-log", os.path.join(self.folder.name, "none"))
        self.assertEqual((result.stdout, result.returncode), ("", ERROR))
        self.assertIn("none: ", result.stderr)


class Suites(unittest.TestCase):
    LENGTHS = ("mac_key_len", "enc_key_len", "final_key_len", "fixed_iv_len", "record_iv_len", "tag_len")

    def table(self, *arguments):
        result = run("suites", *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        return result.stdout.splitlines()

    VERSIONS = {"0300": "SSLv3", "0301": "TLS 1.0", "0302": "TLS 1.1", "0303": "TLS 1.2"}

    def test_all(self):
        """Both forms have the same rows, in the order of ids, in columns."""
        header, *rows = self.table()
        suites = [json.loads(line) for line in self.table("--json")]
        self.assertEqual(len(rows), len(suites))
        self.assertEqual(suites, sorted(suites, key=lambda s: s["id"]))
        ends = [header.index(word) + len(word) for word in ("mac", "key", "final", "fixed IV", "record IV", "tag")]
        for row, suite in zip(rows, suites):
            self.assertEqual(row.split(), [
                "0x" + suite["id"].upper(), suite["name"], suite["openssl_name"] or "-", suite["key_exchange"],
                suite["authentication"], suite["hash"] or "-", *(str(suite[k]) for k in self.LENGTHS),
                *(self.VERSIONS[suite["min_version"]] + "-" + self.VERSIONS[suite["max_version"]]).split()])
            self.assertEqual([row[:end].split()[-1] for end in ends], [str(suite[k]) for k in self.LENGTHS], row)

    def test_patterns(self):
        def ids(pattern):
            return [json.loads(line)["id"] for line in self.table("--json", pattern)]
        self.assertEqual(ids("0xC02F"), ["c02f"])
        self.assertEqual(ids("c02F"), ["c02f"])
        self.assertEqual(ids("tls_rsa_with_aes_128_cbc_sha"), ["002f", "003c"])
        self.assertEqual(ids("ECDHE-RSA-CHACHA20"), ["cca8"])
        self.assertEqual(ids("export1024_with_rc4"), ["0060", "0064", "0065"])

    def test_values(self):
        suite, = map(json.loads, self.table("--json", "ECDHE-RSA-AES256-GCM-SHA384"))
        self.assertEqual(suite, {
            "id": "c030", "name": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "openssl_name": "ECDHE-RSA-AES256-GCM-SHA384",
            "key_exchange": "ECDHE", "authentication": "RSA", "hash": "sha384", "mac_key_len": 0, "enc_key_len": 32,
            "final_key_len": 0, "fixed_iv_len": 4, "record_iv_len": 8, "tag_len": 16,
            "min_version": "0303", "max_version": "0303"})

    def test_no_match(self):
        for pattern, reason in (("0x1301", "of TLS 1.3"), ("tls_fallback_scsv", "signalling"), ("dada", "GREASE"),
                                ("c102", "GOST"), ("0000", "protocol version"), ("nonsense", "unknown"), ("ffffffff", "unknown")):
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
        self.assertEqual(n_samples, 4)


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
        for arguments in ((), ("nonsense",), ("--nonsense",), ("derive", "--nonsense"), ("derive", "-x"), ("derive", "--kernel"),
                          ("derive", "--secrets"), ("info", "file"), ("selftest", "file"), ("verify", "--json"),
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
        for word in ("CPU features", "sha256_scalar", "usable", "nanoseconds per compression", "Chosen", "lanekdf_derive_one"):
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
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    LANEKDF = os.path.abspath(sys.argv.pop(1))
    unittest.main()
