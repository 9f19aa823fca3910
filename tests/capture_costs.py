#!/usr/bin/env python3
"""What a capture or a key log that somebody forged may cost: time grows with its length, not by the square.

Catches: a table whose buckets whoever makes a capture can choose, or that has a place for each number below
that of a stream; a list that is gone through for each message that waits; hellos that are read again with
each packet; secrets that are all compared with each other, or all tried on a connection; messages that are
all looked for in all records of a packet; a line of a key log whose rest is gone through from each place; a
number that is none, and is read again from each of its digits.

usage: capture_costs.py LANEKDF"""
import json
import pathlib
import re
import resource
import tempfile
import unittest

import skips
from command_support import FAILED, HAS_SANITIZER, MIB, OK, VECTORS, run

CASES = pathlib.Path(VECTORS) / "cases"
TRIES = 4  # of which the fastest counts: other programs on the same core make everything take longer


def client_hello(i):
    """The record, which tshark cuts into no messages here."""
    return "1603030029" + "01000025" + "0303" + i.to_bytes(32, "big").hex() + "00" + "0000"


def tcp(stream, **fields):
    return {"layers": {"tcp": {"tcp_tcp_stream": str(stream)},
                       "tls": {f"tls_tls_{name}_raw": value for name, value in fields.items()}}}


def renumbered(packet, stream):
    layers = packet["layers"]
    return {"layers": {**layers, "tcp": {**layers["tcp"], "tcp_tcp_stream": str(stream)}}}


def quic(stream):
    return {"layers": {"udp": {"udp_udp_stream": str(stream), "udp_udp_payload_raw": "c0" + "00" * 20},
                       "quic": {}}}


def dtls(number):
    """A fragment without bytes of message `number`."""
    record = "16fefd" + f"{number:016x}" + "000c" + "0b000000" + f"{number:04x}" + "000000000000"
    return {"layers": {"udp": {"udp_udp_stream": "0"}, "dtls": {"dtls_dtls_record_raw": record}}}


def records(message):
    return [f"160303{len(part):04x}{part.hex()}" for part in
            (message[i:i + 16_000] for i in range(0, len(message), 16_000))]


def hello(type_, n_extensions):
    """Records of a hello with as many extensions, all of one random."""
    suites = b"\0\2\xc0\x2f\1\0" if type_ == 1 else b"\xc0\x2f\0"
    body = b"\3\3" + bytes(32) + b"\0" + suites + (4 * n_extensions).to_bytes(2, "big")
    body += b"\xfe\0\0\0" * n_extensions
    return records(bytes([type_]) + len(body).to_bytes(3, "big") + body)


class Costs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def cost_of_text(self, text):
        path = self.folder / "lines"
        path.write_text(text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = run("derive", str(path))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(result.returncode, FAILED, result)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result

    def cost(self, packets, log=f"CLIENT_RANDOM {'00' * 32} {'00' * 48}\n", **how):
        """Seconds of CPU, and what was said."""
        (self.folder / "log").write_text(log)
        path = self.folder / "packets"
        path.write_text("".join(json.dumps(packet) + "\n" for packet in packets))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = run("derive", "--key-log", str(self.folder / "log"), str(path), **how)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertIn(result.returncode, (OK, FAILED), result)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result

    def cheap(self, most, packets, *log):
        """What was said at a cost of less than `most` seconds, which a build with sanitizers need not keep:
        on a machine where memory is slow to come it takes any time."""
        if HAS_SANITIZER:
            return self.cost(packets, *log)[1]
        tries = []
        while len(tries) < TRIES:
            seconds, result = self.cost(packets, *log)
            if seconds < most:
                return result
            tries.append(seconds)
        self.fail(f"no try takes less than {most} s: {tries}")

    def assert_linear(self, cost, n):
        """Four times as much of anything may take four times as long, and some more for want of caches."""
        tries = []
        while len(tries) < TRIES:
            tries.append((cost(n // 4)[0], cost(n)[0]))
            few, many = (min(seconds) for seconds in zip(*tries))
            if many < 9 * few + 0.1:
                return
        self.fail(f"no linear cost: {tries}")

    def assert_linear_in_packets(self, packets):
        self.assert_linear(lambda n: self.cost(packets[:n]), len(packets))

    def test_streams_of_one_bucket(self):
        """Numbers of streams that share their low bits, and those that one multiplication makes alike."""
        self.assert_linear_in_packets([tcp(i * 4096, record=client_hello(i)) for i in range(16_000)])
        inverse = pow(0x9e3779b97f4a7c15, -1, 2**64)
        self.assert_linear_in_packets([quic(i * inverse % 2**64) for i in range(1, 16_001)])

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer takes terabytes of address space")
    def test_large_numbers_of_streams(self):
        """A number takes no more memory than another."""
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (64 * MIB, 64 * MIB))
        numbers = [0, 2**24 - 1, 2**24, 2**31, 2**32 - 1, 2**63, 2**64 - 1, *range(2**20, 2**24, 2**12)]
        self.cost([tcp(i, record=client_hello(1)) for i in numbers], preexec_fn=limit)

    def test_messages_that_wait(self):
        self.assert_linear_in_packets([dtls(i) for i in range(1, 32_001)])

    def test_long_messages_that_wait(self):
        """A fragment of a message of any length takes little time, also if it makes those before it void."""
        def fragment(i, len_):
            return f"16fefd{i:016x}002e01{len_:06x}0000000000{34:06x}fefd" + i.to_bytes(32, "big").hex()

        for len_ in (2**17, 2**20 - 64, 2**24 - 1):
            packets = [{"layers": {"udp": {"udp_udp_stream": "0"}, "dtls": {"dtls_dtls_record_raw": [
                fragment(1000 * k + i, len_) for i in range(1000)]}}} for k in range(1, 13)]
            self.cheap(0.6, packets)

    def test_line_of_a_key_log(self):
        """Letters that begin labels, without a space behind them."""
        for text in ("c", "Master-Key:b92a"):
            self.assert_linear(lambda n, text=text: self.cost([dtls(1)], text * (n // len(text))), 400_000)

    def test_numbers_that_are_none(self):
        """Digits in a line that is no JSON."""
        for before, behind in (("", ""), ("1", "."), ("1", "e"), ("0.", "e")):
            self.assert_linear(lambda n, a=before, b=behind: self.cost_of_text(
                f'{{"alg":"hash","id":{a}{"0" * n}{b}}}'), 100_000)

    def test_secrets_of_one_connection(self):
        """The first 256 are kept and tried, and that is said once."""
        for name, labels, len_ in (("data_records", ["CLIENT_RANDOM"] * 2, 48),
                                   ("tls13_hrr", ["CLIENT_TRAFFIC_SECRET_0", "CLIENT_TRAFFIC_SECRET_N"], 32)):
            key = re.search(r"^[A-Z_0-9]+ ([0-9a-f]{64}) ", (CASES / f"{name}.keylog").read_text(), re.M)[1]
            log = "".join(f"{labels[i % 2]} {key} {i:0{2 * len_}x}\n" for i in range(1, 40_001))
            packets = [json.loads(line) for line in (CASES / f"{name}.ek").read_text().splitlines()]
            result = self.cheap(5, packets, log)
            self.assertEqual(result.stderr.count(f"line 257 of {self.folder}/log: more than 256 secrets"), 1,
                             result.stderr)

    def test_numbers_of_key_updates(self):
        """Which of 128 secrets follow from which of 128 others is not found out whatever it takes."""
        text, log = ((CASES / f"tls13_hrr.{name}").read_text() for name in ("ek", "keylog"))
        id_ = re.search(r"^[A-Z_0-9]+ ([0-9a-f]{64}) ", log, re.M)[1]
        secrets = "".join(f"CLIENT_TRAFFIC_SECRET_{'0N'[i % 2]} {id_} {i:096x}\n" for i in range(1, 257))
        packets = [json.loads(line) for line in text.splitlines() if '"layers"' in line]
        connections = [renumbered(packet, i) for i in range(100) for packet in packets]
        result = self.cheap(2, connections, secrets)
        self.assertEqual(result.stderr.count("left out: none of its secrets in the key log can be used"), 100)

    def test_gaps_between_records(self):
        """Which numbers records have behind gaps is not found out whatever it takes, either."""
        text, log = ((CASES / f"tls13_hrr.{name}").read_text() for name in ("ek", "keylog"))
        id_ = re.search(r"^[A-Z_0-9]+ ([0-9a-f]{64}) ", log, re.M)[1]
        secrets = "".join(f"SERVER_TRAFFIC_SECRET_{i} {id_} {i:096x}\n" for i in range(256))
        packets = [json.loads(line) for line in text.splitlines() if '"layers"' in line][:4]
        record = packets[-1]["layers"]["tcp"] | {"tcp_tcp_payload_raw": "1703030500" + "00" * 0x500}
        gaps = [{"layers": {"tcp": record | {"tcp_tcp_seq": str(10_000 * (i + 1))},
                            "tls": {"tls_tls_record_raw": record["tcp_tcp_payload_raw"]}}} for i in range(48)]
        connections = [renumbered(packet, i) for i in range(10) for packet in packets + gaps]
        result = self.cheap(2, connections, secrets)
        self.assertEqual(result.stdout.count('"id"'), 10)

    def test_long_secrets_of_connections_with_one_id(self):
        """Each secret is tried on each connection; all of them together are as long as one may be."""
        text = (CASES / "data_records.ek").read_text()
        packets = [json.loads(line) for line in text.splitlines() if '"layers"' in line]
        log = (CASES / "data_records.keylog").read_text()
        id_ = re.search(r"^CLIENT_RANDOM ([0-9a-f]{64}) ", log, re.M)[1]

        def cost(n):
            secrets = "".join(f"PMS_CLIENT_RANDOM {id_} {i:0{2 * 65_535}x}\n" for i in range(1, n + 1))
            connections = [renumbered(packet, i) for i in range(n) for packet in packets]
            seconds, result = self.cost(connections, secrets)
            self.assertIn(f"line 2 of {self.folder}/log: more than 256 secrets for one connection, or more "
                          "than 65535 bytes", result.stderr)
            return seconds, result

        self.assert_linear(cost, 256)

    def test_long_hellos(self):
        """What all packets before have said is not read again with each."""
        self.assert_linear_in_packets([tcp(0, record=hello(1, 3000)) for _ in range(400)])
        self.assert_linear(lambda n: self.cost(
            [tcp(0, record=hello(2, n))] + [tcp(0, record="15030300020228")] * n), 12_000)

    def test_messages_in_records(self):
        """Each message is looked for in each record."""
        packet = tcp(0, record=["16030300ff" + "00" * 65_000] * 2, handshake=["00000001"] * 16_000)
        result = self.cheap(2, [packet] * 4)
        self.assertEqual(result.stdout.count("more records or messages than a packet can have"), 4)
        packet = tcp(0, record="16030300ff" + "00" * 10_000, handshake=["00000001"] * 400)
        _, result = self.cost([packet] * 4)
        self.assertEqual(result.stdout, "")

    def test_place_of_a_payload(self):
        """It is not compared with the records at each place of them."""
        zeros, other = "00" * 131_000, "00" * 130_999 + "01"
        for payload, record in ((zeros, zeros), (zeros, other), (other, zeros), (zeros[:131_000], other)):
            packet = tcp(0, record=record)
            packet["layers"]["tcp"] |= {"tcp_tcp_seq": "1", "tcp_tcp_payload_raw": payload}
            self.cheap(1, [packet] * 20)

    def test_parts_of_a_packet(self):
        """No packet has as many records or messages."""
        many = ["16030300" + "00"] * 30_000
        for packet in (tcp(0, record=many, handshake=many), tcp(0, record="1603030001", handshake=many),
                       tcp(0, record=["16030380" + "00" * 200_000], handshake=["00" * 100_000] * 20)):
            result = self.cheap(5, [packet] * 2)
            self.assertEqual(result.stdout.count("more records or messages than a packet can have"), 2)


if __name__ == "__main__":
    if HAS_SANITIZER:
        print("skipped: a sanitizer takes its own time; limits in seconds are those of the other builds")
    skips.main()
