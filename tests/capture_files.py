#!/usr/bin/env python3
"""Captures as FILEs: what a file is, is told by its first bytes; captures go through tshark; secrets inside a
pcapng are a key log. Where tshark is not installed, a script in its place still tells how it is called and
judged.

usage: capture_files.py LANEKDF"""
import gzip
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import unittest

import capture_bytes
import skips
from command_support import (
    ERROR, FAILED, FAULTS, HAS_SANITIZER, LANEKDF, OK, VECTORS, hash_line, lines, run)

CAPTURES, CASES = pathlib.Path(VECTORS) / "captures", pathlib.Path(VECTORS) / "cases"
NAME = "tls12-rsa-aes128-gcm-sha256"
NONE_PASSED = f"0 passed, 0 failed{FAULTS}\n"
HAS_TSHARK = shutil.which("tshark") is not None


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    def assert_refused(self, result, why, status=FAILED):
        """One sentence on standard error, whatever the length of the input, and nothing else."""
        self.assertEqual(
            (result.stdout.replace(NONE_PASSED, ""), result.stderr.count("\n"), result.returncode),
            ("", 1, status),
            result.stderr,
        )
        self.assertIn(why, result.stderr)


class Recordings(InFolder):
    """With tshark: one command from a capture and its key log to keys."""

    def setUp(self):
        super().setUp()
        if not HAS_TSHARK:
            self.skipTest("tshark is not installed")
        self.key_log = str(CAPTURES / f"{NAME}.keylog")
        self.link, self.packets = capture_bytes.read_pcap(CAPTURES / f"{NAME}.pcap")

    def assert_fits(self, result):
        self.assertEqual(
            (result.stdout.splitlines()[-1:], result.stderr, result.returncode),
            (["1 passed, 0 failed"], "", OK),
        )

    def all_ways(self, data, *options):
        """By name, through a pipe that has a name, and on standard input, from a file and from a pipe."""
        path = self.file("capture", data)
        yield run("verify", *options, path)
        yield run("verify", *options, "-", stdin=data)
        with open(path, "rb") as file:
            yield subprocess.run(
                [LANEKDF, "verify", *options], stdin=file, capture_output=True, text=True, timeout=60
            )
        script = 'cat "$1" | "$2" verify "${@:3}" /dev/fd/0'
        yield subprocess.run(
            ["bash", "-c", script, "-", path, LANEKDF, *options], capture_output=True, text=True, timeout=60
        )

    @unittest.skipIf(HAS_SANITIZER, "capture_cases reads the kept lines of every case with sanitizers")
    def test_as_from_lines(self):
        """What the command has tshark print is enough for every case: it gives what the kept lines give."""
        for capture in sorted(CASES.glob("*.pcap")):
            log, ek = str(capture.with_suffix(".keylog")), str(capture.with_suffix(".ek"))
            by_lines, by_capture = (run("derive", "--key-log", log, path) for path in (ek, str(capture)))
            outputs = [re.sub('"line":[0-9]+', "", result.stdout) for result in (by_lines, by_capture)]
            self.assertEqual(*outputs, capture.name)
            self.assertEqual(by_capture.stderr, by_lines.stderr.replace(ek, str(capture)))
            self.assertEqual(by_capture.returncode, by_lines.returncode, capture.name)

    def test_place(self):
        """The place of a session is the number of the packet that its handshake begins with."""
        place, = (i for i, packet in enumerate(self.packets, 1) if b"\x16\x03\x01" in packet[3])
        result = run("verify", "--key-log", self.key_log, str(CAPTURES / f"{NAME}.pcap"))
        self.assertIn(f".pcap:{place}: ", result.stdout)

    def test_byte_orders_and_clocks(self):
        """A magic number that is not known makes the file binary rubbish."""
        for order in "<>":
            for nanoseconds in (False, True):
                data = capture_bytes.pcap(self.link, self.packets, order, nanoseconds)
                self.assert_fits(run("verify", "--key-log", self.key_log, self.file("capture", data)))

    def test_ways_in(self):
        """The bytes that tell the format are tshark's, too, also where they can be read only once."""
        for result in self.all_ways(capture_bytes.pcap(self.link, self.packets), "--key-log", self.key_log):
            self.assert_fits(result)

    def test_secrets_inside(self):
        """They need no option, in either byte order; in a file that has a name they may be at its end."""
        text = pathlib.Path(self.key_log).read_bytes()
        for order in "<>":
            data = capture_bytes.pcapng(self.link, self.packets, text, order)
            for result in self.all_ways(data):
                self.assert_fits(result)
            data = capture_bytes.pcapng(self.link, self.packets, None, order)
            data += capture_bytes.block(0xBAD, bytes(1 << 20), order) + capture_bytes.secrets(text, order)
            self.assert_fits(run("verify", self.file("capture", data)))
            result = run(
                "verify", self.file("capture", capture_bytes.pcapng(self.link, self.packets, None, order))
            )
            self.assert_refused(result, "a capture without secrets inside: give its key log", ERROR)

    def test_two_sources_of_secrets(self):
        """A wrong secret in the key log does not hide the right one inside."""
        right = pathlib.Path(self.key_log).read_text()
        wrong = "".join(
            f"{' '.join(line.split()[:2])} {'00' * 48}\n" for line in right.splitlines() if line[0] != "#"
        )
        data = capture_bytes.pcapng(self.link, self.packets, right.encode())
        result = run("verify", "--key-log", self.file("wrong.log", wrong), self.file("capture", data))
        self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("1 passed, 0 failed", OK))
        self.assertIn("of secrets in ", result.stderr)

    def test_decode_as(self):
        """TLS on a port that is another protocol's is named with what to type, and typing that helps."""
        port = int.from_bytes(self.packets[-1][3][34:36], "big")
        wrong = f"tcp.port=={port},http"
        other = int.from_bytes(self.packets[-1][3][36:38], "big")
        path = self.file("capture", capture_bytes.pcap(self.link, self.packets))
        result = run("verify", "--key-log", self.key_log, "-d", wrong, "-d", f"tcp.port=={other},http", path)
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stderr, r"give -d tcp\.port==\d+,tls\n$")
        self.assert_fits(
            run("verify", "--key-log", self.key_log, "--decode-as", result.stderr.split()[-1], path)
        )

    def test_nothing_found(self):
        """A capture without TLS is no silence and no success."""
        for packets, why in (
            ([], "nor any data over TCP"),
            (self.packets[:3], "nor any data over TCP"),
            ([p for p in self.packets if b"\x16\x03" not in p[3]], ""),
        ):
            path = self.file("capture", capture_bytes.pcap(self.link, packets))
            self.assert_refused(run("derive", "--key-log", self.key_log, path), why)

    def test_late_beginning(self):
        """A connection of which there are later packets alone is named beside others that are whole."""
        whole = capture_bytes.read_pcap(CAPTURES / "tls13-client-auth-aes128gcm.pcap")[1]
        log = str(CAPTURES / "tls13-client-auth-aes128gcm.keylog")
        for name, first in ((NAME, 20), ("tls13-x25519-chacha20", 8)):
            late = capture_bytes.read_pcap(CAPTURES / f"{name}.pcap")[1][first:]
            for packets, stream in ((whole + late, 1), (late + whole, 0)):
                path = self.file("late.pcap", capture_bytes.pcap(self.link, packets))
                result = run("verify", "--key-log", log, path)
                self.assertEqual(
                    (result.stdout.splitlines()[-1], result.stderr, result.returncode),
                    (
                        "1 passed, 0 failed" + FAULTS,
                        f"lanekdf: {path}: tcp.stream {stream}: left out: the capture lacks its handshake, "
                        "and has later packets alone\n",
                        FAILED,
                    ),
                )

    def test_snap_length(self):
        """Where packets were cut off that is said, whatever is missing of them; where nothing is, since only
        data was cut off, nothing is said."""
        for name in (NAME, "tls13-client-auth-aes128gcm", "quic-v2-aes256gcm"):
            log = str(CAPTURES / f"{name}.keylog")
            link, packets = capture_bytes.read_pcap(CAPTURES / f"{name}.pcap")
            for snap in (60, 70, 100, 200, 500):
                cut = [(*packet[:3], packet[3][:snap]) for packet in packets]
                path = self.file("cut.pcap", capture_bytes.pcap(link, cut))
                result = run("verify", "--key-log", log, path)
                self.assertEqual(result.returncode, FAILED)
                *remarks, last = result.stderr.splitlines()
                for remark in remarks if "cannot be told" in last else [*remarks, last]:
                    self.assertRegex(remark, "the snap length of the capture cut ", (name, snap))
                    of, = re.findall(rf"(?:to {snap} of its|has {snap} of the) (\d+) bytes", remark)
                    number, = re.findall(r" packet (\d+)", remark)
                    self.assertEqual(int(of), packets[int(number) - 1][2])
        data = [(*p[:3], p[3][:120] if b"\x17\x03\x03" in p[3] else p[3]) for p in self.packets]
        self.assertNotEqual(data, self.packets)
        path = self.file("cut.pcap", capture_bytes.pcap(self.link, data))
        self.assert_fits(run("verify", "--key-log", self.key_log, path))

    def test_tshark_fails(self):
        """A file that is cut off gives what there is of it, tshark's message and status 2."""
        data = capture_bytes.pcap(self.link, self.packets)
        for result in self.all_ways(data[:-5], "--key-log", self.key_log):
            self.assertEqual(
                (result.stdout.splitlines()[-1], result.returncode), ("1 passed, 0 failed" + FAULTS, ERROR)
            )
            self.assertIn("tshark failed: ", result.stderr)
            self.assertIn("cut short", result.stderr)
        result = run("derive", "--key-log", self.key_log, "-d", "nonsense", self.file("capture", data))
        self.assert_refused(result, 'tshark failed: Parameter "nonsense"', ERROR)

    def test_several(self):
        """Each file is said to be what it is, and the others go on."""
        good = str(CAPTURES / f"{NAME}.pcap")
        empty = self.file("empty.pcap", capture_bytes.pcap(self.link, []))
        text = self.file("text", "some text\n")
        result = run("verify", "--key-log", self.key_log, empty, text, good)
        self.assertEqual(
            (result.stdout.splitlines()[-1], result.stderr.count("\n"), result.returncode),
            ("1 passed, 0 failed" + FAULTS, 2, FAILED),
        )
        self.assertIn(f"{empty}: no TLS", result.stderr)
        self.assertIn(f"{text}: the file is text", result.stderr)


class Process(InFolder):
    """A script in the place of tshark: how it is called, and what becomes of its end."""

    CAPTURE = capture_bytes.pcap(1, [])

    def tshark(self, script):
        """A PATH on which tshark is this script, which has the variable here."""
        path = self.folder / "tshark"
        path.write_text(f"#!/bin/sh\nhere='{self.folder}'\n{script}\n")
        path.chmod(0o755)
        return {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def run_with(self, script, *arguments, stdin=b""):
        return run(*arguments, stdin=stdin, env=self.tshark(script))

    def key_log(self):
        return self.file("keys.log", f"CLIENT_RANDOM {'00' * 32} {'00' * 48}\n")

    def test_not_installed(self):
        """Which package to install is said, once, and no shell says it."""
        result = run(
            "derive",
            "--key-log",
            self.key_log(),
            self.file("capture", self.CAPTURE),
            env={"PATH": str(self.folder)},
        )
        self.assert_refused(result, "its package is tshark on Debian", ERROR)

    def test_arguments(self):
        """No shell reads a name or a rule, and the key log comes to tshark."""
        name, rule = self.file("a; touch $here 'b\".pcap", self.CAPTURE), "tcp.port==1,tls; $(touch x) `x`"
        self.run_with(
            'for a; do printf "%s\\0" "$a"; done > "$here/arguments"',
            "derive",
            "--key-log",
            self.key_log(),
            "-d",
            rule,
            "--decode-as",
            "udp.port==2,dtls",
            name,
        )
        got = (self.folder / "arguments").read_text().split("\0")
        rules = [got[i + 1] for i, a in enumerate(got) if a == "-d"]
        self.assertEqual(rules, [rule, "udp.port==2,dtls"])
        self.assertEqual(got[got.index("-r") + 1], name)
        self.assertIn(f"tls.keylog_file:{self.folder}/keys.log", got)
        self.assertIn("tcp.reassemble_out_of_order:TRUE", got)

    def test_rules(self):
        """As many rules as there may be come to tshark, none of them lost; one more is refused."""
        path, rules = self.file("capture", self.CAPTURE), [f"tcp.port=={i},tls" for i in range(33)]
        options = [word for rule in rules for word in ("-d", rule)]
        command = ("derive", "--key-log", self.key_log())
        script = 'for a; do printf "%s\\0" "$a"; done > "$here/arguments"'
        self.run_with(script, *command, *options[:-2], path)
        got = (self.folder / "arguments").read_text().split("\0")
        self.assertEqual([got[i + 1] for i, a in enumerate(got) if a == "-d"], rules[:-1])
        self.assertEqual(got[got.index("-J") + 1], "frame tcp tls udp dtls")
        self.assertIn("at most 32 rules", run(*command, *options, path).stderr)

    def test_ends(self):
        """tshark's end is judged, with the first line that it says; what it says at success is no error."""
        path, log = self.file("capture", self.CAPTURE), self.key_log()
        for script, why in (
            ("echo 'tshark: bad thing' >&2; echo more >&2; exit 3", "tshark failed: bad thing\n"),
            ("exit 4", "tshark failed: exit status 4"),
            ("kill -9 $$", "tshark failed: ended by signal 9"),
            ("echo 'Running as user \"root\". x' >&2; echo oops >&2; exit 1", "failed: oops\n"),
            ("yes | head -c 300000 >&2; exit 1", "tshark failed: y\n"),
        ):
            self.assert_refused(self.run_with(script, "derive", "--key-log", log, path), why, ERROR)
        self.assert_refused(
            self.run_with("echo note >&2", "derive", "--key-log", log, path), "no TLS and no DTLS"
        )

    def test_standard_input_is_passed_on(self):
        """All of it, byte for byte, however large, and whether or not tshark reads it."""
        data = self.CAPTURE + os.urandom(1 << 20)
        self.run_with('cat > "$here/copy"', "derive", "--key-log", self.key_log(), "-", stdin=data)
        self.assertEqual((self.folder / "copy").read_bytes(), data)
        result = self.run_with("exit 1", "derive", "--key-log", self.key_log(), "-", stdin=data)
        self.assert_refused(result, "exit status 1", ERROR)

    def test_early_end(self):
        """When nobody reads the output any more, tshark is not waited for, whether or not it prints on."""
        line = "echo '{\"layers\":1'"
        for script in (f"while :; do {line}; done", f"{line}; sleep 1; {line}; exec sleep 600"):
            arguments = [
                *("bash", "-c", '"$0" derive --key-log "$1" "$2" | head -c 1'),
                *(LANEKDF, self.key_log(), self.file("capture", self.CAPTURE)),
            ]
            result = subprocess.run(arguments, capture_output=True, timeout=30, env=self.tshark(script))
            self.assertEqual(len(result.stdout), 1)

    @unittest.skipIf(HAS_SANITIZER, "a sanitizer takes its own time")
    def test_secrets_between_packets(self):
        """Secrets that come one by one, each before its handshake, are not all sorted again for each."""
        n_before, n = 300_000, 300
        script = """exec python3 -c '
import os
i = 0
while os.read(0, 1 << 16):
    i += 1
    hello = f"0303{i:064x}00"
    change, sealed = "140303000101", "1603030028" + "5a" * 40
    for port, records in ((1, ["160303002d010000290" + hello[1:] + "0002c02f0100"]),
                          (2, ["160303002a02000026" + hello + "c02f00", change, sealed]),
                          (1, [change, sealed])):
        os.write(1, (f"{{\\"layers\\":{{\\"tcp\\":{{\\"tcp_tcp_stream\\":\\"{i}\\","
                     f"\\"tcp_tcp_srcport\\":\\"{port}\\"}},\\"tls\\":{{\\"tls_tls_record_raw\\":"
                     f"{records}}}}}}}\\n").replace(chr(39), chr(34)).encode())
'"""
        def secret(i):
            return f"CLIENT_RANDOM {i:064x} {'5a' * 48}\n".encode()
        c = capture_bytes
        data = c.section() + c.secrets(b"".join(map(secret, range(n_before, 0, -1)))) + b"".join(
            c.secrets(secret(i)) + c.block(0xBAD, bytes(1 << 16)) for i in range(n_before, n_before + n))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = self.run_with(script, "derive", "-", stdin=data)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertGreater(result.stdout.count("secret does not fit"), n)
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2.5)

    def test_malformed_blocks(self):
        """Lengths that cannot be are refused, whatever tshark makes of the file; no length takes memory."""
        c, text = capture_bytes, f"CLIENT_RANDOM {'00' * 32} {'00' * 48}\n".encode()
        good = c.section() + c.secrets(text)
        for bad, why in (
            (c.block(5, b"", length=8), "impossible length"),
            (c.block(5, b"", length=13), "impossible length"),
            (c.block(5, b"", length=0), "impossible length"),
            (c.block(5, b"abcd", trailer=12), "lengths differ"),
            (c.secrets(text, length=len(text) + 100), "longer than their block"),
            (c.secrets(text, length=2**32 - 1), "longer than their block"),
            (c.block(c.PCAPNG_SECRETS, b"", length=12), "longer than their block"),
            (c.block(c.PCAPNG_SECRETS, b"", length=0xFFFFFFF0), "impossible length"),
            (c.block(c.PCAPNG_SECTION, bytes(12)), "without a byte order"),
        ):
            result = self.run_with("exit 0", "derive", self.file("capture", good + bad))
            self.assertEqual((result.stdout, result.returncode), ("", ERROR))
            self.assertIn(f"malformed pcapng, ", result.stderr)
            self.assertIn(why, result.stderr)
        result = self.run_with("exit 0", "derive", self.file("capture", good))
        self.assert_refused(result, "no TLS and no DTLS")


class Formats(InFolder):
    """What is given in the place of something else: one sentence about the whole input."""

    def setUp(self):
        super().setUp()
        self.good_log = self.file("good.log", f"CLIENT_RANDOM {'00' * 32} {'00' * 48}\n")

    def test_in_the_place_of_a_capture(self):
        """Instead of thousands of parser errors."""
        cases = (
            (gzip.compress(b"x"), "is compressed"),
            ((CASES / "json_instead_of_ek.json").read_bytes(), "a JSON array"),
            (b"<?xml version='1.0'?>\n<pdml>\n" * 99, "-T pdml"),
            (b"\x7fELF\0\1\2" * 99, "editcap -F pcapng"),
            (b"# comment\n\nCLIENT_RANDOM 00 00\n" * 9, "is a key log"),
            (b"RSA Session-ID:00 Master-Key:00", "is a key log"),
            (b"CLIENT_TRAFFIC_SECRET_0 00 00\n", "is a key log"),
            ("{}\n".encode("utf-16"), "in UTF-16"),
            (b"    1   0.000000 TCP 74\n" * 99, "the file is text"),
            (lines([hash_line()] * 9).encode(), "other JSON"),
        )
        for data, why in cases:
            for command in ("derive", "verify", "explain"):
                result = run(command, "--key-log", self.good_log, self.file("input", data))
                self.assertEqual((result.stdout.replace(NONE_PASSED, ""), result.returncode), ("", FAILED))
                self.assertEqual(result.stderr.count(f"{self.folder}/input: the file is "), 1, result.stderr)
                self.assertIn(why, result.stderr)

    def test_in_the_place_of_lines(self):
        """The same without --key-log, but a file of lines that are wrong is judged by line."""
        ek = json.dumps({"timestamp": "1", "layers": {"tcp": {}}}) + "\n"
        for data, why in (
            (gzip.compress(b"x"), "is compressed"),
            (b"CLIENT_RANDOM 00 00\n", "is a key log"),
            ((CASES / "json_instead_of_ek.json").read_bytes(), "a JSON array"),
            (capture_bytes.pcap(1, []), "give its key log"),
            (ek, "give its key log"),
        ):
            result = run("derive", self.file("input", data))
            self.assertEqual((result.stdout, result.stderr.count("\n")), ("", 1))
            self.assertIn(why, result.stderr)
            self.assertIn(result.returncode, (FAILED, ERROR))
        self.assertEqual(run("derive", self.file("input", "no JSON\n" * 3)).stdout.count("error"), 3)

    def test_in_the_place_of_a_key_log(self):
        """Arguments that were interchanged are named, and nothing is read."""
        for data, why in (
            (capture_bytes.pcap(1, []), "is a capture, not a key log"),
            (capture_bytes.section(), "is a capture"),
            (gzip.compress(b"x"), "is compressed"),
            (b"-----BEGIN PRIVATE KEY-----\n", "--export-tls-session-keys"),
            (b'{"alg":"hash"}\n', "is no key log"),
            (b"\x7fELF\0", "is no key log"),
        ):
            self.assert_refused(run("derive", "--key-log", self.file("input", data)), why, ERROR)

    def test_empty(self):
        """An empty part of a larger job is no failure."""
        for data in (b"", b"\n \n"):
            result = run("derive", "--key-log", self.good_log, self.file("input", data))
            self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", OK))
        path = self.file("input", b'{"index":{"_index":"packets-2026-12-01","_type":"doc"}}\n')
        self.assert_refused(run("derive", "--key-log", self.good_log, path), "no TLS and no DTLS, nor QUIC")


if __name__ == "__main__":
    skips.main()
