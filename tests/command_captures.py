#!/usr/bin/env python3
"""Captures and key logs, as lines of tshark's and by hand."""
import json
import os
import tempfile
import unittest

from command_support import ERROR, FAILED, OK, lines, one_of_each, run, session, sessions


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
        return {"timestamp": "0",
                "layers": {"tcp": {"tcp_tcp_stream": str(stream)}, "tls": {"tls_tls_handshake_raw": raw}}}

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
        packets = [self.packet(i, part[n]) for n in range(max(map(len, parts)))
                   for i, part in enumerate(parts) if n < len(part)]
        result = self.command("verify", "".join(map(self.line, vectors)), packets)
        self.assertEqual((result.stdout, result.stderr), (f"{len(vectors)} passed, 0 failed\n", ""))
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
        messages = self.messages(vector)
        several = self.packet(7)
        several["layers"]["tls"] = [{"tls_tls_handshake_raw": messages[2]}, {"other": 1},
                                    {"tls_tls_handshake_raw": messages[3:]}]
        packets = [{"index": {"_index": "packets"}}, self.packet(7, "00000000"),
                   self.packet(7, *messages[:2]), several,
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
        packets = [self.packet(0, *self.messages(first)), self.packet(0, "00000000"),
                   self.packet(0, *self.messages(second))]
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
            result = self.command("derive", self.line(vector),
                                  [*packets, self.packet(2, *self.messages(vector))])
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
                           (no_raw, "tls_tls_handshake_raw is missing"),
                           (self.packet(0, "0g"), "not hexadecimal"),
                           (self.packet(0, "000"), "hexadecimal digits expected"),
                           (self.packet(0, 1, 2), "hexadecimal digits expected")):
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
        for log in ("# comment\n\n" + good, good.replace("\n", "\r\n"), good * 2,
                    good.upper().replace("CLIENT_RANDOM", words[0]),
                    f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {words[1]} {words[2]}\nNEW_LABEL x\n" + good):
            result = self.command("derive", log, packets)
            self.assertEqual((result.stderr, result.returncode), ("", OK))
        for bad, error in ((f"CLIENT_RANDOM {words[1]} {words[2][2:]}", "not as long"),
                           (f"CLIENT_RANDOM {words[1][1:]} {words[2]}", "not as long"),
                           (f"CLIENT_RANDOM {words[1]} {words[2][1:]}g", "not hexadecimal"),
                           (f"{good[:-1]} 00", "behind the secret"),
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


if __name__ == "__main__":
    unittest.main()
