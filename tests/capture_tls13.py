#!/usr/bin/env python3
"""Captures of TLS 1.3 with their key logs: what becomes of them, against the lines that were recorded.
usage: capture_tls13.py LANEKDF     exit status 77: tshark is not installed

Catches: a key that is not the recorded one; a secret that does not fit and is used without a word; a
transcript of which a message is missing; a handshake that is left out in silence."""
import json
import os
import shutil
import struct
import sys
import tempfile
import unittest

from command_support import FAILED, OK, VECTORS, run, tls13_sessions

CAPTURES = os.path.join(VECTORS, "captures")
NAMES = sorted(name[:-5] for name in os.listdir(CAPTURES)
               if name.startswith("tls13") and name.endswith(".pcap"))
RECORDED = {vector["client_random"]: vector for vector in tls13_sessions()}
TRAFFIC = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
           "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")


def pcap(name):
    return os.path.join(CAPTURES, name + ".pcap")


def key_log(name):
    with open(os.path.join(CAPTURES, name + ".keylog"), encoding="ascii") as file:
        return [line for line in file.read().splitlines() if not line.startswith("#")]


def turned(line):
    """One bit of the secret is another."""
    return line[:-1] + format(int(line[-1], 16) ^ 1, "x")


class Captures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def command(self, what, log, capture):
        log = self.file("keys.log", "".join(line + "\n" for line in log).encode())
        result = run(what, "--key-log", log, capture)
        return result.stdout.splitlines(), result.stderr, result.returncode

    def assert_recorded(self, got, without=()):
        """Everything that the line has is what was recorded."""
        vector = RECORDED[got["id"]["client_random"]]
        for label, secret in got["secrets"].items():
            self.assertEqual(secret, vector["secrets"][label])
        for label, keys in got["traffic_keys"].items():
            self.assertEqual(keys, vector["traffic_keys"].get(label, keys))
        for name in ("server_finished", "client_finished"):
            self.assertEqual(got.get(name, vector[name]), vector[name])
        for label in vector["secrets"]:
            self.assertEqual(label in got["secrets"], label not in without, label)

    def test_every_capture(self):
        """One command gives the recorded secrets, keys and both Finished, and says that the secrets fit."""
        n = 0
        for name in NAMES:
            out, err, status = self.command("derive", key_log(name), pcap(name))
            self.assertEqual((err, status), ("", OK), name)
            for got in map(json.loads, out):
                self.assert_recorded(got)
                self.assertIn("client_finished", got)
                n += 1
            out, err, status = self.command("verify", key_log(name), pcap(name))
            self.assertTrue(all(line.endswith(": secret fits") for line in out[:-1]), out)
            self.assertEqual((out[-1], err, status), (f"{len(out) - 1} passed, 0 failed", "", OK))
            out, err, status = self.command("explain", key_log(name), pcap(name))
            self.assertEqual((err, status), ("", OK))
            self.assertIn("Finished", "".join(out))
        self.assertGreaterEqual(n, 10)

    def test_key_updates(self):
        """OpenSSL writes N for the number of every later secret."""
        log = key_log("tls13-key-update-aes128gcm")
        self.assertEqual(sum("_SECRET_N " in line for line in log), 4)
        out, _, _ = self.command("derive", log, pcap("tls13-key-update-aes128gcm"))
        self.assertIn("CLIENT_TRAFFIC_SECRET_3", json.loads(out[0])["traffic_keys"])
        reversed_log = list(reversed(log))
        self.assertEqual(self.command("derive", reversed_log, pcap("tls13-key-update-aes128gcm"))[0], out)
        without = [line for line in log if not line.startswith("CLIENT_TRAFFIC_SECRET_0")]
        out, err, status = self.command("derive", without, pcap("tls13-key-update-aes128gcm"))
        self.assertEqual(err.count("it follows from no secret of its side"), 3)
        self.assertEqual(status, FAILED)
        self.assertNotIn("CLIENT_TRAFFIC_SECRET_1", json.loads(out[0])["traffic_keys"])

    def test_a_wrong_secret(self):
        """It is named and not used, or, if it is that of the handshake, nothing else is lost."""
        for name in ("tls13-early-data-aes128gcm", "tls13-hrr-aes256gcm", "tls13-x25519-chacha20"):
            log = key_log(name)
            for i, line in enumerate(log):
                label = line.split()[0]
                if label not in TRAFFIC and label != "CLIENT_EARLY_TRAFFIC_SECRET":
                    continue
                wrong = [*log[:i], turned(line), *log[i + 1:]]
                out, err, status = self.command("derive", wrong, pcap(name))
                self.assertEqual(status, FAILED, (name, label))
                self.assertIn(f"{label} in line {i + 1} of ", err)
                self.assertIn("no record opens under its keys", err)
                for got in map(json.loads, out):
                    is_it = got["id"]["client_random"] == line.split()[1]
                    later = [x for x in RECORDED[line.split()[1]]["secrets"]
                             if label.endswith("_0") and x.startswith(label[:-1]) and x != label]
                    self.assert_recorded(got, [label, *later] if is_it else ())

    def test_two_secrets_of_one_label(self):
        """The one that fits wins, whichever comes first."""
        for name in ("tls13-hrr-aes256gcm", "tls13-client-auth-aes128gcm"):
            log = key_log(name)
            for line in [line for line in log if line.split()[0] in TRAFFIC]:
                for both in ([turned(line), *log], [*log, turned(line)]):
                    out, err, _ = self.command("derive", both, pcap(name))
                    self.assert_recorded(json.loads(out[0]))
                    self.assertEqual(err.count("is left out: no record opens under its keys"), 1)

    def test_all_wrong(self):
        for name in NAMES:
            out, err, status = self.command("derive", [turned(line) for line in key_log(name)], pcap(name))
            self.assertEqual(status, FAILED)
            for got in map(json.loads, out):
                self.assertIn("secret does not fit: no recorded record opens under the keys", got["error"])
            out, _, _ = self.command("verify", [turned(line) for line in key_log(name)], pcap(name))
            self.assertEqual(out[-1], f"0 passed, {len(out) - 1} failed")

    def test_missing_lines(self):
        """What the log does not have is not in the line, and the transcript needs both handshake secrets."""
        name = "tls13-client-auth-aes128gcm"
        log = key_log(name)
        for i, line in enumerate(log):
            out, err, status = self.command("derive", [*log[:i], *log[i + 1:]], pcap(name))
            got = json.loads(out[0])
            self.assert_recorded(got, [line.split()[0]])
            is_needed = "HANDSHAKE" in line
            self.assertEqual("incomplete: no record with the" in err, is_needed)
            self.assertEqual("server_finished" in got, not is_needed)
            self.assertEqual(status, FAILED if is_needed else OK)
        out, err, status = self.command("derive", [], pcap(name))
        self.assertEqual((out, status), ([], FAILED))
        self.assertIn("left out: the key log lacks its secrets", err)
        random = log[0].split()[1]
        ech = [f"ECH_SECRET {random} {'00' * 32}", f"ECH_CONFIG {random} fe0d"]
        out, err, _ = self.command("derive", ech, pcap(name))
        self.assertIn("left out: the key log has the secret of its Encrypted ClientHello alone", err)
        out, err, status = self.command("derive", [*log, *ech], pcap(name))
        self.assertEqual((err, status), ("", OK))

    def test_every_loss(self):
        """Of whatever packet: nothing that is printed is wrong, and what is missing is said."""
        for name in ("tls13-hrr-aes256gcm", "tls13-early-data-aes128gcm"):
            with open(pcap(name), "rb") as file:
                data = file.read()
            packets, at = [], 24
            while at < len(data):
                n, = struct.unpack("<I", data[at + 8:at + 12])
                packets.append(data[at:at + 16 + n])
                at += 16 + n
            sessions = {line.split()[1] for line in key_log(name)}
            for i in range(len(packets)):
                capture = self.file("lost.pcap", data[:24] + b"".join(packets[:i] + packets[i + 1:]))
                out, err, status = self.command("derive", key_log(name), capture)
                whole = 0
                for got in map(json.loads, out):
                    vector = RECORDED[got["id"]["client_random"]]
                    for label, keys in got.get("traffic_keys", {}).items():
                        self.assertEqual(keys, vector["traffic_keys"].get(label, keys), (name, i))
                    for finished in ("server_finished", "client_finished"):
                        self.assertEqual(got.get(finished, vector[finished]), vector[finished], (name, i))
                    whole += "client_finished" in got
                self.assertTrue(whole == len(sessions) or (err and status == FAILED), (name, i, err))


if __name__ == "__main__":
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        sys.exit(77)
    unittest.main()
