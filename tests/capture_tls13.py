#!/usr/bin/env python3
"""Captures of TLS 1.3 and of QUIC with their key logs: what becomes of them, against the lines that were
recorded. tshark reads each capture once for all the key logs that are tried with it, where it reads it the
same with each of them.
usage: capture_tls13.py LANEKDF     exit status 77: tshark is not installed

Catches: a key that is not the recorded one; a secret that does not fit and is used without a word; a
transcript of which a message is missing; a handshake that is left out in silence."""
import functools
import hmac
import itertools
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import skips
from command_support import FAILED, FAULTS, OK, VECTORS, run, tls13_sessions

CAPTURES = os.path.join(VECTORS, "captures")
NAMES = sorted(name[:-5] for name in os.listdir(CAPTURES)
               if name.startswith("tls13") and name.endswith(".pcap"))
RECORDED = {vector["client_random"]: vector for vector in tls13_sessions()}
TRAFFIC = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
           "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")


def one_in_eight(n):
    """One in eight of n packets, others in each run: all take minutes. A failure says which it was."""
    return range(random.randrange(8), n, 8)


def pcap(name):
    return os.path.join(CAPTURES, name + ".pcap")


@functools.cache
def folder_of_dissected():
    return tempfile.TemporaryDirectory()


@functools.cache
def dissected(name):
    """The file of what tshark prints of a capture."""
    path = os.path.join(folder_of_dissected().name, name + ".ek")
    with open(path, "wb") as file:
        subprocess.run(["tshark", "-n", "-r", pcap(name), "-o", "tcp.reassemble_out_of_order:TRUE",
                        "-T", "ek", "-x", "-J", "tcp tls udp dtls"],
                       stdout=file, stderr=subprocess.DEVNULL, check=True)
    return path


def key_log(name):
    with open(os.path.join(CAPTURES, name + ".keylog"), encoding="ascii") as file:
        return [line.strip() for line in file if not line.startswith("#")]


def says_fits(verdict, labels):
    """Whether verify says of a session that its secrets fit, and of exporter secrets, which are in no record,
    that they cannot be checked."""
    n = sum("EXPORTER" in label for label in labels)
    return verdict.endswith(": secret fits" + ("", "; its exporter secret cannot be checked",
                                               "; its exporter secrets cannot be checked")[n])


def labels_of(log, verdict):
    """The labels that the log has for the session of a line of verify's."""
    return {line.split()[0] for line in log if f'"client_random":"{line.split()[1]}"' in verdict}


def turned(line):
    """One bit of the secret is another."""
    return line[:-1] + format(int(line[-1], 16) ^ 1, "x")


class Commands(unittest.TestCase):
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


class Captures(Commands):
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
            out, err, status = self.command("verify", key_log(name), dissected(name))
            self.assertTrue(all(says_fits(line, labels_of(key_log(name), line)) for line in out[:-1]), out)
            self.assertEqual((out[-1], err, status), (f"{len(out) - 1} passed, 0 failed", "", OK))
            out, err, status = self.command("explain", key_log(name), dissected(name))
            self.assertEqual((err, status), ("", OK))
            self.assertIn("Finished", "".join(out))
        self.assertGreaterEqual(n, 10)

    def test_key_updates(self):
        """OpenSSL writes N for the number of every later secret."""
        log = key_log("tls13-key-update-aes128gcm")
        self.assertEqual(sum("_SECRET_N " in line for line in log), 4)
        out, _, _ = self.command("derive", log, dissected("tls13-key-update-aes128gcm"))
        self.assertIn("CLIENT_TRAFFIC_SECRET_3", json.loads(out[0])["traffic_keys"])
        reversed_log = list(reversed(log))
        again, _, _ = self.command("derive", reversed_log, dissected("tls13-key-update-aes128gcm"))
        self.assertEqual(again, out)
        without = [line for line in log if not line.startswith("CLIENT_TRAFFIC_SECRET_0")]
        out, err, status = self.command("derive", without, dissected("tls13-key-update-aes128gcm"))
        self.assertEqual(err.count("it follows from no secret of its side"), 3)
        self.assertEqual(status, FAILED)
        self.assertNotIn("CLIENT_TRAFFIC_SECRET_1", json.loads(out[0])["traffic_keys"])

    def test_a_wrong_secret(self):
        """It is named and not used, or, if it is that of the handshake, nothing else is lost."""
        for name in ("tls13-early-data-aes128gcm", "tls13-x25519-chacha20"):
            log = key_log(name)
            for i, line in enumerate(log):
                label = line.split()[0]
                if label not in TRAFFIC and label != "CLIENT_EARLY_TRAFFIC_SECRET":
                    continue
                wrong = [*log[:i], turned(line), *log[i + 1:]]
                out, err, status = self.command("derive", wrong, dissected(name))
                self.assertEqual(status, FAILED, (name, label))
                self.assertIn(f"{label} in line {i + 1} of ", err)
                self.assertIn("no record opens under its keys", err)
                fits = self.command("verify", wrong, dissected(name))[0]
                self.assertEqual(sum("secret fits, but 1 of " in row for row in fits), 1, fits)
                self.assertIn("and the input has faults: see standard error", fits[-1])
                for got in map(json.loads, out):
                    is_it = got["id"]["client_random"] == line.split()[1]
                    later = [x for x in RECORDED[line.split()[1]]["secrets"]
                             if label.endswith("_0") and x.startswith(label[:-1]) and x != label]
                    self.assert_recorded(got, [label, *later] if is_it else ())

    def test_a_secret_under_another_label(self):
        """It opens records all the same, and neither has the label's place nor takes that of the right one:
        for each two secrets of a side, one is logged as the other, which is there, is logged as the first, or
        is missing."""
        for name in (f"tls13-{what}-aes128gcm" for what in ("early-data", "client-auth", "key-update")):
            log = [line for line in key_log(name) if "TRAFFIC" in line and not line.split()[0].endswith("_N")]
            for i, k in itertools.permutations(range(len(log)), 2):
                (label, random, secret), (other, other_random, wrong) = log[i].split(), log[k].split()
                if random != other_random or label[0] != other[0]:
                    continue
                one = log[:i] + [f"{label} {random} {wrong}"] + log[i + 1:]
                for logged in (one, one[:k] + [f"{other} {random} {secret}"] + one[k + 1:],
                               one[:k] + one[k + 1:]):
                    out, err, status = self.command("derive", logged, dissected(name))
                    self.assertEqual(status, FAILED, (name, label, other))
                    self.assertRegex(err, f"{label} in line [0-9]+ of .* is left out: (no record opens under "
                                          "its keys|under its keys open records of another stage)")
                    for got in map(json.loads, out):
                        recorded = RECORDED[got["id"]["client_random"]]
                        for made in ("secrets", "traffic_keys"):
                            self.assertEqual(got[made] | recorded[made], recorded[made], (label, other))
            # One more, of records that the session has not.
            if name == "tls13-client-auth-aes128gcm":
                late = next(line for line in log if line.startswith("CLIENT_TRAFFIC_SECRET_0"))
                early = late.replace("TRAFFIC_SECRET_0", "EARLY_TRAFFIC_SECRET")
                out, err, status = self.command("derive", [*log, early], dissected(name))
                self.assertRegex(err, "^[^\\n]*CLIENT_EARLY_TRAFFIC_SECRET in line [0-9]+ of .* is left out: "
                                      "under its keys open records of another stage, so that its label is "
                                      "wrong\\n$")
                self.assert_recorded(json.loads(out[0]), ["EXPORTER_SECRET"])
            for line in log:  # alone, under each label of its side
                for other in {other.split()[0] for other in log} - {line.split()[0]}:
                    if other[0] == line[0]:
                        out, err, status = self.command(
                            "verify", [f"{other} {line.split()[1]} {line.split()[2]}"], dissected(name))
                        self.assertNotIn(": secret fits", "".join(out), (name, line, other))
                        self.assertEqual(status, FAILED)

    def test_two_secrets_of_one_label(self):
        """The one that fits wins, whichever comes first."""
        for name in ("tls13-hrr-aes256gcm",):
            log = key_log(name)
            for line in [line for line in log if line.split()[0] in TRAFFIC]:
                for both in ([turned(line), *log], [*log, turned(line)]):
                    out, err, _ = self.command("derive", both, dissected(name))
                    self.assert_recorded(json.loads(out[0]))
                    self.assertEqual(err.count("is left out: no record opens under its keys"), 1)

    def test_a_secret_of_a_wrong_length(self):
        """Its line in the key log is named, it hides no other of its label, and the rest is derived."""
        name = "tls13-client-auth-aes128gcm"
        log = key_log(name)
        for i, line in enumerate(log):
            label, secret = line.split()[0], line.split()[2]
            for wrong in (line[:-4], line + "00" * 16):
                out, err, status = self.command("derive", [*log[:i], wrong, *log[i + 1:]], dissected(name))
                self.assert_recorded(json.loads(out[0]), [label])
                self.assertEqual(status, FAILED)
                self.assertIn(f"{label} in line {i + 1} of {self.folder.name}/keys.log is left out: it has "
                              f"{len(wrong.split()[2]) // 2} bytes, and secrets of TLS_AES_128_GCM_SHA256 "
                              "have 32\n", err)
                self.assertNotIn(secret[:16], err)
                out, err, status = self.command("derive", [*log[:i], wrong, *log[i:]], dissected(name))
                self.assert_recorded(json.loads(out[0]))
                self.assertEqual((err.count("is left out: it has "), err.count("\n")), (1, 1))
        out, err, status = self.command("derive", [line[:-2] for line in log], dissected(name))
        self.assertEqual((out, status, err.count("is left out: it has 31 bytes")), ([], FAILED, len(log)))
        self.assertIn("left out: the key log has no secret of the length that its cipher suite asks for", err)

    def test_no_traffic_secret(self):
        """A secret that no record is encrypted under is derived from, and nothing else is blamed for that."""
        name = "tls13-client-auth-aes128gcm"
        exporter = [line for line in key_log(name) if line.startswith("EXPORTER_SECRET")]
        ech = f"ECH_SECRET {exporter[0].split()[1]} {'00' * 32}"
        for log in (exporter, [*exporter, ech]):
            out, _, status = self.command("derive", log, dissected(name))
            self.assertEqual((list(json.loads(out[0])["secrets"]), status), (["EXPORTER_SECRET"], OK))
            out, err, status = self.command("verify", log, dissected(name))
            why = "the key log has no traffic secret that could be tried"
            self.assertTrue(out[0].endswith(f": cannot tell because {why}"), out)
            self.assertTrue(err.endswith(f"cannot be told whether the secret fits: {why}\n"), err)
            self.assertEqual(status, FAILED)

    def test_an_exporter_secret(self):
        """No record is under it: it is not said to fit, and whoever asks for exporters is told once, with
        the right secret as well, which nothing tells from a wrong one. A session without it is not named."""
        name = "tls13-aes128-gcm-sha256"
        right = key_log(name)
        for log in (right, [re.sub("^(EXPORTER_SECRET .* ).*", r"\g<1>" + "00" * 32, x) for x in right]):
            at = 1 + [line.split()[0] for line in log].index("EXPORTER_SECRET")
            out, err, status = self.command("verify", log, dissected(name))
            self.assertTrue(out[0].endswith(": secret fits; its exporter secret cannot be checked"), out)
            self.assertEqual((out[1], err, status), ("1 passed, 0 failed", "", OK))
            path = os.path.join(self.folder.name, "keys.log")
            for files in ([pcap(name)], [pcap(name), pcap("quic-v1-ngtcp2-aes128ccm")]):
                result = run("derive", "--export", "EXPORTER-a:16", "--export", "EXPORTER-b:16", "--key-log",
                             path, *files)
                self.assertEqual(result.stderr.count("its exporters are made of"), 1)
                self.assertRegex(result.stderr,
                                 "tcp.stream 2, .*: its exporters are made of EXPORTER_SECRET in "
                                 f"line {at} of {path}, of which it cannot be told whether it fits")
                self.assertEqual(result.returncode, OK if len(files) == 1 else FAILED)
                self.assertEqual(len(json.loads(result.stdout.splitlines()[0])["exporters"]), 2)
            self.assertEqual(self.command("derive", log, dissected(name))[1:], ("", OK))
        without = [line for line in right if not line.startswith("EXPORTER_SECRET")]
        self.assertTrue(self.command("verify", without, dissected(name))[0][0].endswith(": secret fits"))
        both = [*right, *[turned(line) for line in right if line.startswith("EXPORTER_SECRET")]]
        out, err, status = self.command("derive", both, dissected(name))
        why = "is left out: the key log has another one, and no record can tell which one is right\n"
        self.assertEqual((err.count("\n"), err.count(why), status), (2, 2, FAILED))
        self.assertNotIn("EXPORTER_SECRET", json.loads(out[0])["secrets"])
        both = [line for line in both if line.startswith("EXPORTER_SECRET")]
        out, err, status = self.command("derive", both, dissected(name))
        self.assertEqual((out, status), ([], FAILED))
        self.assertIn("left out: none of its secrets in the key log can be used\n", err)

    def test_a_traffic_secret_as_exporter_secret(self):
        """It opens records, so that everybody can tell that it is none: beside the line of its own label, and
        where the two were taken for each other."""
        name = "tls13-aes128-gcm-sha256"
        log = {line.split()[0]: line for line in key_log(name)}
        for label in TRAFFIC:
            _, random, secret = log[label].split()
            exporter = f"EXPORTER_SECRET {random} {secret}"
            swapped = f"{label} {random} {log['EXPORTER_SECRET'].split()[2]}"
            for changed in ({"EXPORTER_SECRET": exporter}, {"EXPORTER_SECRET": exporter, label: swapped}):
                out, err, status = self.command("derive", (log | changed).values(), dissected(name))
                self.assertRegex(err, "EXPORTER_SECRET in line [0-9]+ of .* is left out: under its keys open "
                                      "records of another stage")
                self.assertNotIn("EXPORTER_SECRET", json.loads(out[0])["secrets"])
                self.assertEqual(label in json.loads(out[0])["secrets"], len(changed) == 1)
                self.assertEqual(status, FAILED)

    def test_a_secret_without_a_record(self):
        """The capture ends before the client's first records: of what it has no record of, right or wrong,
        it is said that nobody can tell, and what is missing is said as ever."""
        name = "tls13-aes128-gcm-sha256"
        with open(pcap(name), "rb") as file:
            data = file.read()
        at = 24
        for _ in range(14):
            at += 16 + struct.unpack("<I", data[at + 8:at + 12])[0]
        capture = self.file("cut.pcap", data[:at])
        labels = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")
        right = key_log(name)
        for log in (right, [re.sub("^(CLIENT_TRAFFIC_SECRET_0 .* ).*", r"\g<1>" + "00" * 32, x)
                            for x in right]):
            out, err, status = self.command("verify", log, capture)
            self.assertTrue(out[0].endswith(": secret fits, but of 3 of 5 logged secrets it cannot be told; "
                                            "its exporter secret cannot be checked"), out)
            self.assertEqual((out[1], status), ("1 passed, 0 failed" + FAULTS, FAILED))
            for what in ("derive", "explain"):
                self.assertEqual(self.command(what, log, capture)[1:], (err, FAILED))
            for label in labels:
                self.assertEqual(len(re.findall(
                    f"whether {label} in line . of .* fits cannot be told: tshark shows no record that "
                    "might be under its keys\n", err)), 1, err)
            self.assertEqual(err.count("cannot be told"), 3)

    def test_a_packet_that_was_cut(self):
        """The beginning of a record opens under no keys, which tells nothing of a secret. tshark shows the
        records behind it if it is not to wait for what is missing: then a right secret is told from a wrong
        one."""
        name, n, kept = "tls13-aes128-gcm-sha256", 14, 600
        with open(pcap(name), "rb") as file:
            data = file.read()
        at = 24
        for _ in range(n - 1):
            at += 16 + struct.unpack("<I", data[at + 8:at + 12])[0]
        length = struct.unpack("<I", data[at + 8:at + 12])[0]
        capture = self.file("cut.pcap", data[:at + 8] + struct.pack("<I", kept) +
                            data[at + 12:at + 16 + kept] + data[at + 16 + length:])
        label, shown = "SERVER_TRAFFIC_SECRET_0", os.path.join(self.folder.name, "shown.ek")
        with open(shown, "wb") as file:
            subprocess.run(["tshark", "-n", "-r", capture, "-o", "tcp.reassemble_out_of_order:FALSE",
                            "-T", "ek", "-x", "-J", "tcp tls"],
                           stdout=file, stderr=subprocess.DEVNULL, check=True)
        right = key_log(name)
        wrong = [turned(x) if x.startswith(label) else x for x in right]
        for log in (right, wrong):
            _, err, status = self.command("verify", log, capture)
            self.assertRegex(
                err, f"whether {label} in line . of .* fits cannot be told: tshark shows no record")
            self.assertNotIn("left out", err)
            self.assertEqual(status, FAILED)
            out, err, _ = self.command("derive", log, shown)
            self.assertEqual(label in json.loads(out[0])["secrets"], log == right, err)
            self.assertEqual(f"{label} in line" in err, log == wrong, err)

    def test_later_secrets_without_a_record(self):
        """What follows by a key update from a secret that is proven is proven, too; what does not, is not."""
        name = "tls13-key-update-aes128gcm"
        log, random = key_log(name), key_log(name)[0].split()[1]
        secrets = json.loads(self.command("derive", log, dissected(name))[0][0])["secrets"]
        last = max(label for label in secrets if label.startswith("SERVER_TRAFFIC_SECRET_"))
        label = f"SERVER_TRAFFIC_SECRET_{int(last[-1]) + 1}"
        info = bytes([0, 32, 17]) + b"tls13 traffic upd" + bytes([0, 1])
        secret = hmac.new(bytes.fromhex(secrets[last]), info, "sha256").hexdigest()
        for written in (label, "SERVER_TRAFFIC_SECRET_N"):
            out, err, status = self.command("derive", [*log, f"{written} {random} {secret}"], dissected(name))
            self.assertEqual((err, status), ("", OK))
            self.assertEqual(json.loads(out[0])["secrets"][label], secret)
        _, err, status = self.command("derive", [*log, turned(f"{label} {random} {secret}")], dissected(name))
        self.assertRegex(err, f"whether {label} in line .* fits cannot be told: tshark shows no record")
        self.assertEqual((err.count("\n"), status), (1, FAILED))

    def test_all_wrong(self):
        for name in NAMES[:3]:
            wrong = [turned(line) for line in key_log(name)]
            out, err, status = self.command("derive", wrong, dissected(name))
            self.assertEqual(status, FAILED)
            for got in map(json.loads, out):
                self.assertIn("secret does not fit: no recorded record opens under the keys", got["error"])
            out, _, _ = self.command("verify", wrong, dissected(name))
            self.assertEqual(out[-1], f"0 passed, {len(out) - 1} failed")

    def test_explained_without_the_secrets_of_the_handshake(self):
        """ServerHello, which is not encrypted, says what the secrets are made of."""
        for name in ("tls13-x25519-chacha20", "tls13-hrr-aes256gcm"):
            log = [line for line in key_log(name) if "HANDSHAKE" not in line]
            out, _, status = self.command("explain", log, dissected(name))
            self.assertEqual(status, FAILED)
            self.assertIn("      0 --> HKDF-Extract = early_secret", out)
            self.assertIn("(EC)DHE --> HKDF-Extract = handshake_secret", out)
            self.assertNotIn("No (EC)DHE", "".join(out))

    def test_missing_lines(self):
        """What the log does not have is not in the line, and the transcript needs both handshake secrets."""
        name = "tls13-client-auth-aes128gcm"
        log = key_log(name)
        for i, line in enumerate(log):
            out, err, status = self.command("derive", [*log[:i], *log[i + 1:]], dissected(name))
            got = json.loads(out[0])
            self.assert_recorded(got, [line.split()[0]])
            is_needed = "HANDSHAKE" in line
            is_used = line.split()[0] in TRAFFIC
            self.assertEqual(f"incomplete: the key log has no {line.split()[0]}\n" in err, is_used)
            self.assertEqual("server_finished" in got, not is_needed)
            self.assertEqual(status, FAILED if is_used else OK)
        out, err, status = self.command("derive", [], dissected(name))
        self.assertEqual((out, status), ([], FAILED))
        self.assertIn("left out: the key log lacks its secrets", err)
        random = log[0].split()[1]
        ech = [f"ECH_SECRET {random} {'00' * 32}", f"ECH_CONFIG {random} fe0d"]
        out, err, _ = self.command("derive", ech, dissected(name))
        self.assertIn("left out: the key log has the secret of its Encrypted ClientHello alone", err)
        out, err, status = self.command("derive", [*log, *ech], dissected(name))
        self.assertEqual((err, status), ("", OK))

    def test_a_later_secret_that_the_log_lacks(self):
        """Records behind a key update are under secrets that the log has not, all of them or one."""
        name = "tls13-key-update-aes128gcm"
        log = key_log(name)
        later = [i for i, line in enumerate(log) if line.split()[0].endswith("_N")]
        for lost in (later, *([i] for i in later)):
            out, err, status = self.command(
                "derive", [line for i, line in enumerate(log) if i not in lost], dissected(name))
            side = log[lost[0]].split("_")[0].lower()
            self.assertIn(
                f"incomplete: later records of the {side}'s open under none of its logged secrets, as behind "
                "a key update\n", err)
            got = json.loads(out[0])
            self.assertEqual(got["secrets"].items() - RECORDED[got["id"]["client_random"]]["secrets"].items(),
                             set())
            self.assertEqual(status, FAILED)

    def test_a_traffic_secret_that_the_log_lacks(self):
        """Records behind the handshake that nobody can open are no success."""
        for name in ("tls13-aes128-gcm-sha256", "quic-v1-early-data-aes128gcm"):
            for labels, says in ((("CLIENT",), "no CLIENT_TRAFFIC_SECRET_0"),
                                 (("SERVER",), "no SERVER_TRAFFIC_SECRET_0"),
                                 (("CLIENT", "SERVER"),
                                  "neither CLIENT_TRAFFIC_SECRET_0 nor SERVER_TRAFFIC_SECRET_0")):
                log = [line for line in key_log(name)
                       if not line.startswith(tuple(f"{label}_TRAFFIC_SECRET_0" for label in labels))]
                _, err, status = self.command("verify", log, dissected(name))
                self.assertIn(f"incomplete: the key log has {says}\n", err)
                self.assertEqual(status, FAILED)

    def test_every_loss(self):
        """Nothing that is printed is wrong, and what is missing is said."""
        for name in ("tls13-hrr-aes256gcm", "tls13-early-data-aes128gcm"):
            with open(pcap(name), "rb") as file:
                data = file.read()
            packets, at = [], 24
            while at < len(data):
                n, = struct.unpack("<I", data[at + 8:at + 12])
                packets.append(data[at:at + 16 + n])
                at += 16 + n
            sessions = {line.split()[1] for line in key_log(name)}
            for i in one_in_eight(len(packets)):
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


class Gaps(Commands):
    """A capture of TLS 1.3 that lacks packets: records are numbered, and behind a gap nobody says how."""
    NAME = "tls13_hrr"
    # The packets with the first records under these secrets.
    FIRST = {"SERVER_TRAFFIC_SECRET_0": 5, "CLIENT_TRAFFIC_SECRET_0": 7}

    def setUp(self):
        super().setUp()
        with open(os.path.join(VECTORS, "cases", f"{self.NAME}.ek"), encoding="ascii") as file:
            self.packets = [packet for packet in map(json.loads, file) if "layers" in packet]
        with open(os.path.join(VECTORS, "cases", f"{self.NAME}.keylog"), encoding="ascii") as file:
            self.log = [line.strip() for line in file if not line.startswith("#")]

    def gap(self, what, log, lost, shift=0):
        """Runs the command on the packets without one, which had `shift` bytes more."""
        gone = self.packets[lost]["layers"]["tcp"]
        left = json.loads(json.dumps(self.packets[:lost] + self.packets[lost + 1:]))
        for packet in left[lost:]:
            tcp = packet["layers"]["tcp"]
            if tcp["tcp_tcp_srcport"] == gone["tcp_tcp_srcport"]:
                tcp["tcp_tcp_seq"] = str(int(tcp["tcp_tcp_seq"]) + shift)
        path = self.file("gap.ek", "".join(json.dumps(packet) + "\n" for packet in left).encode())
        return self.command(what, log, path)

    def test_a_lost_record(self):
        """A record that comes later proves the secret."""
        whole = self.command("derive", self.log, os.path.join(VECTORS, "cases", f"{self.NAME}.ek"))
        for label, lost in self.FIRST.items():
            for shift in (0, 1000):
                self.assertEqual(self.gap("derive", self.log, lost, shift), whole, label)

    def test_a_wrong_secret_behind_a_gap(self):
        for label, lost in self.FIRST.items():
            log = [turned(line) if line.startswith(label) else line for line in self.log]
            out, err, status = self.gap("derive", log, lost)
            self.assertNotIn(label, json.loads(out[0])["secrets"])
            self.assertIn(f"{label} in line {1 + [x.split()[0] for x in log].index(label)} of ", err)
            self.assertIn("is left out: no record opens under its keys\n", err)
            self.assertEqual(status, FAILED)

    def test_a_gap_of_many_bytes(self):
        """Not all numbers that the next record may have are tried: a secret that opens none is used, and
        named."""
        for label, lost in self.FIRST.items():
            log = [turned(line) if line.startswith(label) else line for line in self.log]
            out, err, status = self.gap("derive", log, lost, 100_000)
            self.assertIn(label, json.loads(out[0])["secrets"])
            self.assertIn("client_finished", json.loads(out[0]))
            self.assertRegex(err, f"whether {label} in line . of .* fits cannot be told: the capture has a "
                                  "gap before the records")
            self.assertEqual((err.count("\n"), status), (1, FAILED))
            out, _, status = self.gap("verify", log, lost, 100_000)
            self.assertTrue(out[0].endswith(": secret fits, but of 1 of 5 logged secrets it cannot be told; "
                                            "its exporter secret cannot be checked"), out)
            self.assertEqual(status, FAILED)

    def test_a_gap_in_the_handshake(self):
        """The client's Finished is lost: its later record opens, and what is missing is said."""
        out, err, status = self.gap("derive", self.log, 4)
        got = json.loads(out[0])
        self.assertIn("CLIENT_TRAFFIC_SECRET_0", got["secrets"])
        self.assertNotIn("client_finished", got)
        self.assertIn("incomplete: the client's encrypted records have a gap before its Finished, or in its "
                      "place\n", err)
        self.assertEqual(status, FAILED)


def quic_packets():
    """The recorded packets, by capture."""
    packets = {}
    with open(os.path.join(VECTORS, "tls13", "own-quic.jsonl"), encoding="utf-8") as file:
        for vector in map(json.loads, file):
            packets.setdefault(vector["id"].rsplit("/", 1)[0], []).append(vector)
    return packets


class Quic(Commands):
    NAMES = sorted(name[:-5] for name in os.listdir(CAPTURES)
                   if name.startswith("quic") and name.endswith(".pcap"))

    def keys_of(self, out):
        """Key, IV and key of header protection by secret: behind key updates the first secret's."""
        keys = {}
        for got in map(json.loads, out):
            for label, secret in got["secrets"].items():
                made = got["traffic_keys"].get(label)
                if made:
                    first = got["traffic_keys"][label[:-1] + "0"] if label[-1].isdigit() else made
                    keys[secret] = (made["key"], made["iv"], first["hp"])
                    if made is not first:
                        keys[got["secrets"][label[:-1] + "0"], int(label[-1])] = keys[secret]
        return keys

    def test_every_capture(self):
        """Every recorded packet has its keys, those behind key updates, too."""
        self.assertGreaterEqual(len(self.NAMES), 6)
        for name in self.NAMES:
            out, err, status = self.command("derive", key_log(name), pcap(name))
            self.assertEqual((err, status), ("", OK), name)
            keys = self.keys_of(out)
            for packet in quic_packets()[name]:
                if packet["level"] != "initial":
                    n = packet.get("key_update")
                    self.assertEqual(keys[(packet["secret"], n) if n else packet["secret"]],
                                     (packet["key"], packet["iv"], packet["hp"]), packet["id"])
            dcids = {json.loads(line)["id"]["dcid"] for line in out}
            self.assertTrue({p["dcid"] for p in quic_packets()[name] if "dcid" in p} >= dcids, name)
            self.assertTrue(all("client_finished" in json.loads(line) for line in out))
            out, err, status = self.command("verify", key_log(name), dissected(name))
            self.assertTrue(all(says_fits(line, labels_of(key_log(name), line)) for line in out[:-1]), out)
            self.assertEqual((out[-1], err, status), (f"{len(out) - 1} passed, 0 failed", "", OK))
            out, err, status = self.command("explain", key_log(name), dissected(name))
            self.assertIn("QUIC v2" if "-v2-" in name else "QUIC v1", "".join(out))

    def test_key_updates(self):
        out, _, _ = self.command("derive", key_log("quic-v1-key-update-aes128gcm"),
                                 pcap("quic-v1-key-update-aes128gcm"))
        self.assertIn("CLIENT_TRAFFIC_SECRET_1", json.loads(out[0])["secrets"])

    def test_a_wrong_secret(self):
        for name in ("quic-v1-ngtcp2-aes128ccm",):
            right, = map(json.loads, self.command("derive", key_log(name), dissected(name))[0])
            for i, line in enumerate(log := key_log(name)):
                label = line.split()[0]
                if label not in TRAFFIC:
                    continue
                wrong = [*log[:i], turned(line), *log[i + 1:]]
                out, err, status = self.command("derive", wrong, dissected(name))
                self.assertEqual(status, FAILED, label)
                self.assertIn(f"{label} in line {i + 1} of ", err)
                self.assertIn("no packet opens under its keys", err)
                self.assertNotIn("record", err)
                self.assertEqual("incomplete: no packet with the" in err, "HANDSHAKE" in label)
                got = json.loads(out[0])
                self.assertNotIn(label, got["secrets"])
                self.assertEqual(got["secrets"] | right["secrets"], right["secrets"])
                self.assertEqual(got["traffic_keys"] | right["traffic_keys"], right["traffic_keys"])

    def test_all_wrong(self):
        for name in self.NAMES[:2]:
            wrong = [turned(line) for line in key_log(name)]
            out, err, status = self.command("derive", wrong, dissected(name))
            self.assertEqual(status, FAILED)
            for got in map(json.loads, out):
                self.assertIn("secret does not fit: no recorded packet opens under the keys", got["error"])

    def test_missing_lines(self):
        out, err, status = self.command("derive", [], dissected("quic-v2-aes256gcm"))
        self.assertEqual((out, status), ([], FAILED))
        self.assertIn("udp.stream 0, client_random ", err)
        self.assertIn("left out: the key log lacks its secrets", err)
        log = [line for line in key_log("quic-v2-aes256gcm") if "HANDSHAKE" not in line]
        err = self.command("derive", log, dissected("quic-v2-aes256gcm"))[1]
        self.assertIn("incomplete: the key log has neither CLIENT_HANDSHAKE_TRAFFIC_SECRET nor ", err)

    def test_early_packets_whose_secret_the_log_lacks(self):
        name = "quic-v1-early-data-aes128gcm"
        log = [line for line in key_log(name) if not line.startswith("CLIENT_EARLY")]
        self.assertLess(len(log), len(key_log(name)))
        _, err, status = self.command("derive", log, dissected(name))
        self.assertEqual((err.count("incomplete: the key log has no CLIENT_EARLY_TRAFFIC_SECRET\n"), status),
                         (1, FAILED), err)

    def test_a_late_beginning(self):
        """Of a capture that begins behind the handshake it is said that it does."""
        name = "quic-v1-key-update-aes128gcm"
        with open(os.path.join(VECTORS, "cases", "quic_retry.ek"), encoding="ascii") as file:
            late = [line for line in file if '"layers"' in line][-3:]
        path = self.file("late.ek", "".join(late).encode())
        out, err, status = self.command("derive", key_log(name), path)
        self.assertEqual((out, status), ([], FAILED))
        self.assertIn("no handshake: there are packets of QUIC", err)
        for files in ((path, pcap(name)), (pcap(name), path)):
            result = run("verify", "--key-log", os.path.join(CAPTURES, name + ".keylog"), *files)
            self.assertEqual(
                (result.stdout.count(": secret fits"), result.stderr, result.returncode),
                (1, f"lanekdf: {path}: udp.stream 0: left out: the capture lacks its handshake, and has "
                    "later packets alone (or the client came from another address before)\n", FAILED))

    def test_two_secrets_of_one_label(self):
        log = key_log("quic-v2-aes256gcm")
        expected = self.command("derive", log, dissected("quic-v2-aes256gcm"))[0]
        for line in [line for line in log if line.split()[0] in TRAFFIC]:
            for both in ([turned(line), *log], [*log, turned(line)]):
                out, err, _ = self.command("derive", both, dissected("quic-v2-aes256gcm"))
                self.assertEqual(out, expected)
                self.assertEqual(err.count("is left out"), 1)

    def test_every_loss(self):
        for name in ("quic-v2-retry-aes128gcm",):
            right = self.keys_of(self.command("derive", key_log(name), pcap(name))[0])
            with open(pcap(name), "rb") as file:
                data = file.read()
            packets, at = [], 24
            while at < len(data):
                n, = struct.unpack("<I", data[at + 8:at + 12])
                packets.append(data[at:at + 16 + n])
                at += 16 + n
            for i in one_in_eight(len(packets)):
                capture = self.file("lost.pcap", data[:24] + b"".join(packets[:i] + packets[i + 1:]))
                out, err, status = self.command("derive", key_log(name), capture)
                for got in map(json.loads, out):
                    self.assertNotIn("error", got)
                keys = self.keys_of(out)
                self.assertEqual(keys | right, right)
                out, _, _ = self.command("verify", key_log(name), capture)
                # The lost packet may be the one that all packets of a kind were in.
                self.assertTrue(all(": secret fits" in line for line in out[:-1]), (i, out))


if __name__ == "__main__":
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        sys.exit(77)
    skips.main()
