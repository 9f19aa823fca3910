#!/usr/bin/env python3
"""Key logs as logging services, editors and writers without a lock leave them: read where the meaning is
plain, each spelling with one remark, and never read as something else.

usage: key_logs.py LANEKDF"""
import pathlib
import random
import tempfile
import unittest

import skips
from command_support import ERROR, FAILED, FAULTS, OK, VECTORS, run

CASES = pathlib.Path(VECTORS) / "cases"
EK, LOG = CASES / "data_records.ek", CASES / "data_records.keylog"


class KeyLogs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "keys.log"
        self.line = next(line for line in LOG.read_text().splitlines() if line.startswith("CLIENT_RANDOM"))
        self.label, self.id, self.secret = self.line.split()

    def verify(self, text):
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run("verify", "--key-log", str(self.path), str(EK))

    def assert_read(self, text, remark=None):
        """The secret is found, and the remark is the only one."""
        result = self.verify(text)
        self.assertEqual(
            (result.stdout.splitlines()[-1], result.returncode), ("1 passed, 0 failed", OK), result.stderr
        )
        self.assertEqual(result.stderr.count("\n"), remark is not None, result.stderr)
        self.assertIn(remark or "", result.stderr)
        self.assert_no_secret(result)

    def assert_not_read(self, text, remark, n_remarks=1):
        """The session is left out for want of a secret, and the log is remarked on."""
        result = self.verify(text)
        self.assertEqual((result.stdout, result.returncode), (f"0 passed, 0 failed{FAULTS}\n", FAILED))
        self.assertEqual(result.stderr.count("\n"), n_remarks + 1, result.stderr)
        self.assertIn(f"{self.path}: {remark}", result.stderr)
        self.assertIn("left out: the key log lacks its secret", result.stderr)
        self.assert_no_secret(result)

    def assert_no_secret(self, result):
        for at in range(0, len(self.secret) - 12, 12):
            self.assertNotIn(self.secret[at : at + 12].lower(), (result.stdout + result.stderr).lower())

    def test_plain(self):
        for text in (
            self.line,
            f"  {self.line}  \r\n",
            f"{self.line} # a comment\n",
            f"{self.line}\0\n",
            f"{self.label}\t{self.id}\t{self.secret}\n",
            f"{self.label} {self.id.upper()} {self.secret.upper()}",
            f"\ufeff{self.line}\n",
            f"# {self.line}\n\n{self.line}\n",
        ):
            self.assert_read(text)

    def test_lines_that_lost_their_end(self):
        """Both entries were lost, since the first secret was too long."""
        self.assert_read(self.line * 2 + "\n", "behind another one on the same line (times: 1)")
        self.assert_read(
            f"CLIENT_RANDOM {'00' * 32} {'00' * 48}{self.line}\n", "behind another one on the same line"
        )
        self.assert_read(
            f"{self.line}PMS_CLIENT_RANDOM {'00' * 32} 00\n", "behind another one on the same line"
        )

    def test_torn_entry(self):
        """The rest of an entry that was not finished is named by its line, and hides no other."""
        result = self.verify(f"CLIENT_RANDOM 0011{self.line}\n")
        self.assertEqual(result.stdout.splitlines()[-1], "1 passed, 0 failed")
        self.assertIn(f"{self.path}:1: the line ends before its secret", result.stderr)

    def test_system_log(self):
        """As tmm and rsyslog write them; words that look like labels in front are none."""
        for prefix in ("Jan 1 12:00:00 host tmm[1]: ", "<13>1 RSA key log: ", "CLIENT_RANDOM: ", "\x1b[32m"):
            self.assert_read(f"{prefix}{self.line}\n" * 3, "in front of a label")

    def test_lower_case(self):
        self.assert_read(self.line.lower(), "in lower case (lines: 1)")

    def test_utf16(self):
        """Whichever the byte order, without a line that another one's zero byte belongs to."""
        for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
            for end in ("\n", "\r\n"):
                self.assert_read(mark + f"# x{end}{self.line}{end}".encode(encoding), "in UTF-16")

    def test_long_line_in_utf16(self):
        """No part of a line is cut off: a secret that lacks its end is another one."""
        text = f"# x\n{'x' * 5000} {self.line}\n".encode("utf-16-le")
        result = self.verify(b"\xff\xfe" + text)
        self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("1 passed, 0 failed", OK))

    def test_nothing_to_use(self):
        """One remark on the log beside the sessions that are left out."""
        for text, remark in (
            ("", "the key log is empty"),
            ("# comment\n\n", "the key log is empty"),
            ("hello\nworld\n", "no line of it can be used (lines: 2)"),
            (
                f"QUIC_CLIENT_1RTT_SECRET {self.id} {self.secret}\nMY_TRAFFIC_SECRET_9 {self.id} 00\n",
                "the key log has labels alone that RFC 9850 does not have",
            ),
            (f"MY_{self.line}\n", "no line of it can be used (lines: 1)"),
            (f"CLIENT_RANDOM={self.id} {self.secret}\n", "no line of it can be used (lines: 1)"),
        ):
            with self.subTest(text=text[:20]):
                self.assert_not_read(text, remark)

    def test_unknown_labels(self):
        """Misspelt or of other programs, they are no failure, and named once with the first line of each;
        what may be a piece of a secret is no label."""
        remark = "labels are misspelt or not known here (lines: {}); such lines were passed over: {}\n"
        rest = f"{self.id} {self.secret}\n"
        for text, n, named in (
            (f"CLIENT_TRAFIC_SECRET_0 {rest}{self.line}", 1, "CLIENT_TRAFIC_SECRET_0 in line 1"),
            (f"{self.line}\nQUIC_SECRET {rest}CLIENT-RANDOM {rest}QUIC_SECRET {rest}", 3,
             "QUIC_SECRET in line 2, CLIENT-RANDOM in line 3"),
            ("".join(f"X{i}_SECRET {rest}" for i in range(5)) + self.line, 5,
             ", ".join(f"X{i}_SECRET in line {i + 1}" for i in range(4)) + ", and others"),
        ):
            self.assert_read(text, remark.format(n, named))
        result = self.verify(f"CLIENT_TRAFIC_SECRET_0 {rest}")
        self.assertIn("labels alone that RFC 9850 does not have, as drafts of QUIC had: "
                      "CLIENT_TRAFIC_SECRET_0 in line 1\n", result.stderr)
        for first in ("00112233", f"X_{self.secret}", "\x1b[2J", "x\u202e", "NEW_LABEL x"):
            self.assert_read(f"{first} {rest}{self.line}")

    def test_conflict(self):
        """Of two secrets for one client random the one that fits wins, whichever comes first."""
        wrong = f"CLIENT_RANDOM {self.id} {'00' * 48}"
        for text in (f"{wrong}\n{self.line}\n", f"{self.line}\n{wrong}\n", f"{wrong}{self.line}\n"):
            result = self.verify(text)
            self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("1 passed, 0 failed", OK))
            self.assertIn("give different secrets", result.stderr)

    def test_rubbish(self):
        """No bytes bring the command to anything but a clear end."""
        rng = random.Random(16)
        words = [
            b"CLIENT_RANDOM ",
            b"RSA ",
            b"PMS_CLIENT_RANDOM ",
            b"Session-ID:",
            b"Master-Key:",
            b"\0",
            b"\xff\xfe",
            b"#",
            b"\n",
            b"\r",
            b" ",
            self.id.encode(),
            self.secret.encode(),
            b"00" * 9,
            b"c",
            b"\xc3\xa4",
            b"\x1f\x8b",
        ]
        for _ in range(60):
            result = self.verify(b"".join(rng.choices(words, k=rng.randrange(60))))
            self.assertIn(result.returncode, (OK, FAILED, ERROR))
            self.assertNotIn("Sanitizer", result.stderr)


if __name__ == "__main__":
    skips.main()
