#!/usr/bin/env python3
"""Captures and key logs, as lines of tshark's and by hand."""
import json
import os
import re
import tempfile
import unittest

import skips
from command_support import ERROR, FAILED, OK, lines, one_of_each, run, session, sessions, tls13_sessions

ANSWERS = ("master", "key_block", "session_hash", "client_finished", "server_finished")
# Those that no handshake that has them can do without, by type. CertificateStatus may be absent.
MESSAGES = {"01": "ClientHello", "02": "ServerHello", "04": "NewSessionTicket", "0b": "Certificate",
            "0c": "ServerKeyExchange", "0d": "CertificateRequest", "0e": "ServerHelloDone",
            "0f": "CertificateVerify", "10": "ClientKeyExchange"}


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
    def record(message):
        """The record that brings a message. Of Finished, which is decrypted here, the record is left out, and
        only the ChangeCipherSpec before it is there: its ciphertext would have to fit the keys."""
        return "140303000101" if message[:2] == "14" else f"160303{len(message) // 2:04x}{message}"

    @classmethod
    def packet(cls, stream, side, *messages):
        """As tshark has it: one message is a string, several are an array."""
        def values(items):
            return items[0] if len(items) == 1 else list(items)
        port = {"client": "1", "server": "2"}[side]
        return {"timestamp": "0",
                "layers": {"tcp": {"tcp_tcp_stream": str(stream), "tcp_tcp_srcport": port},
                           "tls": {"tls_tls_record_raw": values([cls.record(m) for m in messages]),
                                   "tls_tls_handshake_raw": values(messages)}}}

    @classmethod
    def change_cipher_spec(cls, stream, side):
        packet = cls.packet(stream, side, "14")
        del packet["layers"]["tls"]["tls_tls_handshake_raw"]
        return packet

    @staticmethod
    def messages(vector):
        """All of them with the side that sent each, both Finished in their places."""
        sides, side = [], "client"
        for message in vector["handshake"]:
            kind = message[:2]
            if kind in ("02", "04", "0c", "0d", "0e", "16"):
                side = "server"
            elif kind in ("01", "0f", "10"):
                side = "client"
            sides.append((side, message))
            side = "client" if kind == "0e" else side
        for side in reversed(vector["finished_order"]):
            sides.insert(vector[side + "_finished_msgs"], (side, vector[side + "_finished"]))
        return sides

    @classmethod
    def packets(cls, stream, vector):
        return [cls.packet(stream, side, message) for side, message in cls.messages(vector)]

    @staticmethod
    def line(vector):
        return f'CLIENT_RANDOM {vector["client_random"]} {vector["master"]}\n'

    def assert_fit(self, result, n):
        """verify says of n sessions that their secrets fit, and nothing else."""
        *verdicts, last = result.stdout.splitlines()
        self.assertEqual((len(verdicts), last, result.stderr), (n, f"{n} passed, 0 failed", ""))
        self.assertTrue(all(verdict.endswith(": secret fits") for verdict in verdicts), result.stdout)

    def test_every_session(self):
        """All at once, their messages interleaved: one packet of each, in turn."""
        vectors = sessions()
        parts = [self.messages(v) for v in vectors]
        packets = [self.packet(i, *part[n]) for n in range(max(map(len, parts)))
                   for i, part in enumerate(parts) if n < len(part)]
        self.assert_fit(self.command("verify", "".join(map(self.line, vectors)), packets), len(vectors))
        result = self.command("derive", "".join(map(self.line, vectors)), packets)
        got = {o["id"]["client_random"]: o for o in map(json.loads, result.stdout.splitlines())}
        for i, vector in enumerate(vectors):
            o = got[vector["client_random"]]
            self.assertEqual(o["id"], {"stream": i, "version": vector["version"],
                                       "cipher_suite": vector["cipher_suite"],
                                       "client_random": vector["client_random"]})
            self.assertEqual((o["key_block"], o["server_finished"]),
                             (vector["key_block"], vector["server_finished"]))

    def test_shapes_of_packets(self):
        """Index lines, arrays, several TLS layers; HelloRequest and what follows the end is no part of it."""
        vector = session(resumed=False)
        first, *rest = self.packets(7, vector)
        several = self.packet(7, "server")
        several["layers"]["tls"] = [rest[0]["layers"]["tls"], {"other": 1}, rest[1]["layers"]["tls"]]
        hello_request = self.packet(7, "server", "00000000")
        packets = [{"index": {"_index": "packets"}}, hello_request, first, several, *rest[2:], hello_request]
        self.assert_fit(self.command("verify", self.line(vector), packets), 1)

    def test_two_handshakes_on_a_stream(self):
        first, second = session(resumed=False), session(resumed=True)
        decrypted = self.packets(0, second)
        for packet in decrypted:  # whatever their records were
            tls = packet["layers"]["tls"]
            if tls["tls_tls_record_raw"][:2] == "16":
                tls["tls_tls_record_raw"] = "17030300020000"
        packets = [*self.packets(0, first), self.packet(0, "server", "00000000"), *decrypted]
        self.assert_fit(self.command("verify", self.line(first) + self.line(second), packets), 2)

    def test_pre_master_secrets(self):
        """RSA lines by the encrypted pre-master secret, PMS_CLIENT_RANDOM lines by the random."""
        for vector in filter(lambda v: "pms" in v, one_of_each()):
            message = next(m for m in vector["handshake"] if m[:2] == "10")
            logs = [f'PMS_CLIENT_RANDOM {vector["client_random"]} {vector["pms"]}\n']
            if "_RSA_WITH" in vector["cipher_suite_name"]:
                logs.append(f'RSA {message[12:28]} {vector["pms"]}\n')
            for log in logs:
                result = self.command("derive", log, self.packets(0, vector))
                got, = map(json.loads, result.stdout.splitlines())
                self.assertEqual((got["master"], got["key_block"]), (vector["master"], vector["key_block"]))

    def test_left_out(self):
        """Named, and the others go on."""
        vector, other = session(resumed=False), session(resumed=True)
        packets = self.packets(1, other)
        hello = bytes.fromhex(other["handshake"][1])
        at = 39 + hello[38] + 3
        body = hello[4:at] + bytes.fromhex("0006002b00020304")
        tls13 = (b"\2" + len(body).to_bytes(3, "big") + body).hex()
        body = b"\2\0" + hello[6:at]
        ssl2 = (b"\2" + len(body).to_bytes(3, "big") + body).hex()
        for packets, why in (
                (packets, "the key log lacks its secret"),
                (packets[:1], "the capture lacks its ServerHello"),
                (packets[1:], "the capture lacks its ClientHello"),
                ([packets[0], self.packet(1, "server", tls13)], "the key log lacks its secrets"),
                ([packets[0], self.packet(1, "server", ssl2)], "of a version that is not served")):
            result = self.command("derive", self.line(vector), [*packets, *self.packets(2, vector)])
            got, = map(json.loads, result.stdout.splitlines())
            self.assertEqual(got["key_block"], vector["key_block"])
            self.assertEqual(result.returncode, FAILED)
            self.assertIn("standard input: tcp.stream 1", result.stderr)
            self.assertIn(f"left out: {why}", result.stderr)
            self.assertEqual(other["client_random"] in result.stderr, "ClientHello" not in why)

    def test_dtls13_is_named(self):
        """With a ServerHello and without one, as lines of tls13-session are what serves it."""
        vector = next(v for v in tls13_sessions() if v["version"] == "fefc" and "hello_retry" not in v)
        packets = []
        for i, (side, message) in enumerate(zip(("1", "2"), vector["handshake"])):
            length = message[2:8]
            message = f"{message[:8]}000{i}000000{length}{message[8:]}"
            record = f"16fefd{i:016x}{len(message) // 2:04x}{message}"
            packets.append({"timestamp": "0", "layers": {
                "udp": {"udp_udp_stream": "0", "udp_udp_srcport": side},
                "dtls": {"dtls_dtls_record_raw": record, "dtls_dtls_handshake_raw": message}}})
        log = f"CLIENT_TRAFFIC_SECRET_0 {vector['client_random']} {'00' * 32}\n"
        for n, why in ((1, "lacks its ServerHello, and its ClientHello offers DTLS 1.3, which is not served"),
                       (2, "left out: DTLS 1.3 is not served in captures: ")):
            result = self.command("derive", log, packets[:n])
            self.assertEqual((result.stdout, result.returncode), ("", FAILED))
            self.assertIn(why, result.stderr)
            self.assertIn("go into a line of tls13-session", result.stderr)

    def test_bytes_that_are_none(self):
        """Such a line fails alone."""
        vector = session(resumed=False)
        for value in ("0g", "000", 1):
            bad = self.packet(0, "client", "00")
            bad["layers"]["tls"]["tls_tls_record_raw"] = value
            result = self.command("derive", self.line(vector), [bad, *self.packets(0, vector)])
            got = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual((len(got), result.returncode), (2, FAILED))
            self.assertIn("not hexadecimal", got[0]["error"])
            self.assertEqual((got[0]["line"], got[1]["key_block"]), (1, vector["key_block"]))

    def test_nothing_to_read(self):
        """What was found in the place of TLS over TCP is said, beside whatever else there is."""
        vector = session(resumed=False)
        no_stream, no_raw, old = (self.packet(0, "client", "00") for _ in range(3))
        del no_stream["layers"]["tcp"]
        no_raw["layers"]["tls"] = {"tls_tls_record_length": "1"}
        old["layers"]["ssl"] = old["layers"].pop("tls")
        other = {"layers": {"tcp": {"tcp_tcp_stream": "1", "tcp_tcp_dstport": "4433", "tcp_tcp_seq": "1",
                                    "tcp_tcp_payload_raw": "16030100800100007c"}}}
        for bad, why in ((no_stream, "lack tcp.stream"), (no_raw, "needs -x"), (old, "older than 3.0"),
                         (other, "-d tcp.port==4433,tls")):
            for rest in ([], self.packets(0, vector)):
                result = self.command("derive", self.line(vector), [bad, *rest])
                self.assertEqual((result.stdout.count("key_block"), result.returncode),
                                 (len(rest) > 0, FAILED))
                self.assertIn(why, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)
        for nothing, why in (({"layers": {"udp": {}, "quic": {}, "tls": {}}}, "but QUIC"),
                             ({"layers": {"tcp": {}}}, "that tshark does not take for TLS")):
            result = self.command("derive", self.line(vector), [nothing])
            self.assertEqual((result.stdout, result.returncode, result.stderr.count("\n")), ("", FAILED, 1))
            self.assertIn(why, result.stderr)
        result = self.command("derive", self.line(vector), [])
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", OK))

    def test_datagram_that_is_none(self):
        for payload in ("c0zz", "c" * 41, "c0" * 20 + "x0"):
            packet = {"layers": {"udp": {"udp_udp_stream": "0", "udp_udp_payload_raw": payload}, "quic": {}}}
            result = self.command("derive", self.line(session(resumed=False)), [packet])
            self.assertIn("the bytes of a datagram are not hexadecimal", result.stdout)
            self.assertEqual(result.returncode, FAILED)

    def test_layer_without_fields(self):
        """tshark 4.4 has one where the FIN of a connection ends a message of HTTP: nothing is amiss."""
        vector = session(resumed=False)
        end = self.packet(0, "server", "00")
        end["layers"]["tls"] = {}
        packets = [*self.packets(0, vector), end]
        result = self.command("derive", self.line(vector), packets)
        self.assertEqual((result.stdout.count("key_block"), result.stderr, result.returncode), (1, "", OK))
        self.assert_fit(self.command("verify", self.line(vector), packets), 1)

    def test_other_input(self):
        """A file that tshark -T ek did not print is refused in one sentence, however many lines it has."""
        log = self.log(self.line(session(resumed=False)))
        for text, why in (("[\n {\n  \"_index\": 1\n }\n]\n", "-T json"),
                          ("Frame 1: 60 bytes\n" * 9, "is text, but not what tshark"),
                          ('{"alg": "hash"}\n' * 9, "other JSON")):
            result = run("derive", "--key-log", log, stdin=text)
            self.assertEqual((result.stdout, result.returncode, result.stderr.count("\n")), ("", FAILED, 1))
            self.assertIn(why, result.stderr)

    def test_key_logs(self):
        """What is wrong in them is named by line, and nothing of a secret is shown."""
        vector = session(resumed=False)
        good, packets = self.line(vector), self.packets(0, vector)
        words = good.split()
        for log in ("# comment\n\n" + good, good.replace("\n", "\r\n"), good * 2,
                    good.upper().replace("CLIENT_RANDOM", words[0]),
                    f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {words[1]} {words[2]}\nNEW_LABEL x\n" + good):
            result = self.command("derive", log, packets)
            self.assertEqual((result.stderr, result.returncode), ("", OK))
        for bad, error in ((f"CLIENT_RANDOM {words[1]} {words[2][2:]}", "not as long"),
                           (f"CLIENT_RANDOM {words[1][1:]} {words[2]}", "not as long"),
                           (f"CLIENT_RANDOM {words[1]} {words[2][1:]}g", "not hexadecimal"),
                           (f"{good[:-1]} 00", "behind the secret"),
                           (f"CLIENT_RANDOM {words[1]} {words[2][1:]}", "an odd number of digits"),
                           (f"CLIENT_RANDOM {words[1]}", "ends before its secret"),
                           (f"RSA {words[1]} {words[2]}", "not as long"),
                           ("RSA", "ends before its secret")):
            result = self.command("derive", f"{bad}\n{good}", packets)
            self.assertEqual((result.stderr.count("\n"), result.returncode), (1, OK))
            self.assertIn("keys.log:1: ", result.stderr)
            self.assertIn(error, result.stderr)
            self.assertNotIn(words[2][2:12], result.stderr)
        result = run("derive", "--key-log", os.path.join(self.folder.name, "none"))
        self.assertEqual((result.stdout, result.returncode), ("", ERROR))
        self.assertIn("none: ", result.stderr)

    def test_contradiction(self):
        """Of two secrets for one client random the one that the recorded Finished fits wins, whichever comes
        first; without Finished neither does. So it does behind any number of others."""
        vector = session(resumed=False)
        packets, good = self.packets(0, vector), self.line(vector)
        bad = f"CLIENT_RANDOM {vector['client_random']} {'00' * 48}\n"
        others = "".join(f"CLIENT_RANDOM {vector['client_random']} {i:096x}\n" for i in range(100))
        for log, line in ((good + bad, 1), (bad + good, 2), (others + good, 101)):
            result = self.command("derive", log, packets)
            self.assertEqual((json.loads(result.stdout)["key_block"], result.returncode),
                             (vector["key_block"], OK))
            self.assertIn(f"give different secrets for tcp.stream 0 of standard input: line {line} of ",
                          result.stderr)
            result = self.command("derive", log, packets[:-3])
            self.assertEqual((result.stdout, result.returncode), ("", FAILED))
            self.assertIn("different secrets, and which one fits cannot be told", result.stderr)

    def test_long_path(self):
        """The path of a key log stands whole in a message that names its lines, however long it is."""
        vector = session(resumed=False)
        folder = os.path.join(self.folder.name, *["f" * 200] * 4)
        os.makedirs(folder)
        log, bad = os.path.join(folder, "keys.log"), f"CLIENT_RANDOM {vector['client_random']} {'00' * 48}\n"
        with open(log, "w", encoding="utf-8") as file:
            file.write(self.line(vector) + bad)
        for packets, rest in ((self.packets(0, vector), f"line 1 of {log} fits"),
                              (self.packets(0, vector)[:-3], "cannot be told")):
            result = run("derive", "--key-log", log, stdin=lines(packets))
            self.assertIn(f"line 1 of {log} and line 2 of {log} give different secrets", result.stderr)
            self.assertIn(rest, result.stderr)

    def test_wrong_secret(self):
        """No key that does not fit is given, and verify says so."""
        vector = session(resumed=False)
        log = f"CLIENT_RANDOM {vector['client_random']} {'00' * 48}\n"
        result = self.command("derive", log, self.packets(0, vector))
        self.assertEqual((result.returncode, "key_block" in result.stdout), (FAILED, False))
        result = self.command("verify", log, self.packets(0, vector))
        self.assertIn("secret does not fit", result.stdout)
        self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("0 passed, 1 failed", FAILED))

    def test_nothing_independent(self):
        """A session whose Finished was not recorded cannot be verified: no secret is compared with itself."""
        vector = session(resumed=False)
        packets = [packet for packet in self.packets(0, vector) if "1403" not in json.dumps(packet)]
        result = self.command("verify", self.line(vector), packets)
        self.assertIn("cannot tell because the capture has no encrypted Finished", result.stdout)
        self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("0 passed, 1 failed", FAILED))
        result = self.command("derive", self.line(vector), packets)
        self.assertEqual((json.loads(result.stdout)["key_block"], result.returncode),
                         (vector["key_block"], OK))
        self.assertIn("of 1 sessions it cannot be told", result.stderr)

    def assert_nothing_wrong(self, result, vector, where):
        for got in map(json.loads, result.stdout.splitlines()):
            wrong = [name for name in got if name in ANSWERS and got[name] != vector.get(name)
                     and not (name == "session_hash" and not vector["ems"])]
            self.assertEqual(wrong, [], where)

    def test_every_loss(self):
        """Without any one message there is no answer that it decides, and it is named, whether or not a
        Finished tells of the loss: from the suite, the other messages and what ServerHello promises."""
        for vector in one_of_each():
            for proven in (True, False):
                self.check_losses(vector, proven)

    def check_losses(self, vector, proven):
        """A capture has a stream for each message that is lost, from which that one alone is missing."""
        sides, packets = self.messages(vector), []
        for i in range(len(sides)):
            kept = [(s, m) for n, (s, m) in enumerate(sides) if n != i and (proven or m[:2] != "14")]
            packets += [self.packet(i, s, m) for s, m in kept]
            packets += [self.packet(i, s, "00000000") for s in ("client", "server")]
            if not proven:  # the ChangeCipherSpec before each Finished
                packets += [self.change_cipher_spec(i, s) for s in vector["finished_order"]]
        result = self.command("derive", self.line(vector), packets)
        self.assert_nothing_wrong(result, vector, (vector["id"], proven, result.stderr))
        for i, (side, message) in enumerate(sides):
            told = "".join(re.findall(rf".*\btcp\.stream {i}\b.*", result.stderr))
            where = (vector["id"], proven, i, side, message[:2], result.stderr)
            name = MESSAGES.get(message[:2])
            if name == "ClientHello" or name == "ServerHello":
                self.assertIn(f"the capture lacks its {name}", told, where)
            elif name:
                self.assertIn(f"incomplete: {name} is missing", told, where)

    def test_gap(self):
        """A message that a handshake may lack, CertificateStatus, was lost: the bytes' numbers tell."""
        vector = next(v for v in one_of_each() if any(m[:2] == "0b" for m in v["handshake"]))
        packets, at, is_lost = [], {"client": 1, "server": 1}, False
        for side, message in self.messages(vector):
            if message[:2] == "14":
                continue
            packet = self.packet(0, side, message)
            record = self.record(message)
            packet["layers"]["tcp"] |= {"tcp_tcp_seq": str(at[side]), "tcp_tcp_payload_raw": record}
            packets.append(packet)
            at[side] += len(record) // 2
            if message[:2] == "0b" and not is_lost:
                is_lost, at[side] = True, at[side] + 777
        result = self.command("derive", self.line(vector), packets)
        self.assertIn("the capture lacks 777 bytes of the server's behind Certificate", result.stderr)
        self.assertFalse({"session_hash", "client_finished"} & set(json.loads(result.stdout)))


if __name__ == "__main__":
    skips.main()
