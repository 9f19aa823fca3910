#!/usr/bin/env python3
"""The captures of vectors/cases, from their ek lines and, where tshark is installed, from itself: keys, or
the right refusal. What a Finished must be is what tshark decrypted; a master secret, what the key log says.

usage: capture_cases.py LANEKDF"""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import skips
from command_support import FAILED, LANEKDF, OK, VECTORS, run

CASES = pathlib.Path(VECTORS) / "cases"
TSHARK = ("-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "tls or dtls", "-T", "ek", "-x",
          "-J", "tcp tls udp dtls")
ELSEWHERE = {"resumed_ticket": "captures/tls12-resumption-ticket.pcap"}


def capture_of(name):
    return pathlib.Path(VECTORS) / ELSEWHERE.get(name, f"cases/{name}.pcap")


def read_by_tshark(name, folder):
    """The packets of a capture as tshark prints them today, or None."""
    if shutil.which("tshark") is None or not capture_of(name).exists():
        return None
    path = pathlib.Path(folder) / f"{name}.ek"
    with path.open("wb") as file:
        keys = ("-o", f"tls.keylog_file:{CASES / name}.keylog")
        subprocess.run(["tshark", "-r", capture_of(name), *keys, *TSHARK],
                       stdout=file, stderr=subprocess.DEVNULL, check=True)
    return path


def decrypted_finished(path):
    """Every Finished that tshark could decrypt."""
    found = set()
    for packet in map(json.loads, path.read_text().splitlines()):
        for name in ("tls", "dtls"):
            layers = packet.get("layers", {}).get(name, {})
            for layer in layers if isinstance(layers, list) else [layers]:
                raw = layer.get(f"{name}_{name}_handshake_raw", [])
                found |= {m for m in ([raw] if isinstance(raw, str) else raw)
                          if re.match("140000(0c|24)", m) and len(m) in (32, 48, 80)}
    return found


class Cases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def inputs(self, name):
        """The kept lines, and what tshark prints now."""
        yield CASES / f"{name}.ek"
        now = read_by_tshark(name, self.folder)
        if now is None:
            with self.subTest(name):
                self.skipTest(f"tshark does not read {name}")
        else:
            yield now

    def run_case(self, name, command, path):
        result = run(command, "--key-log", str(CASES / f"{name}.keylog"), str(path))
        return result, result.stdout.splitlines(), result.returncode

    def test_a_finished_of_one_side_is_damaged(self):
        """Catches: a Finished that does not decrypt, passed over since the other side's proves the secret."""
        name, text = "resumed_session_id", (CASES / "resumed_session_id.ek").read_text()
        sealed = set(re.findall("1603030028[0-9a-f]{80}", text))
        self.assertEqual(len(sealed), 4)
        for record in sealed:
            path = pathlib.Path(self.folder) / "damaged.ek"
            path.write_text(text.replace(record, record[:-1] + ("1" if record[-1] == "0" else "0")))
            result, out, status = self.run_case(name, "verify", path)
            self.assertEqual(result.stderr.count("damaged: the "), 1, result.stderr)
            self.assertEqual((sum("secret fits" in line for line in out), status), (2, 1))

    def assert_served(self, name, n):
        """n sessions, whole: master secrets as in the log, each Finished as on the wire, and no remark."""
        masters = set(re.findall("[0-9a-f]{96}", (CASES / f"{name}.keylog").read_text().lower()))
        for path in self.inputs(name):
            result, out, status = self.run_case(name, "derive", path)
            sessions = [json.loads(line) for line in out]
            self.assertEqual((len(sessions), result.stderr, status), (n, "", OK), name)
            finished = decrypted_finished(path)
            self.assertEqual(len(finished), 2 * n)
            for session in sessions:
                self.assertIn(session["master"], masters)
                self.assertLessEqual({session["client_finished"], session["server_finished"]}, finished)
            result, out, status = self.run_case(name, "verify", path)
            self.assertEqual((out[-1], status), (f"{n} passed, 0 failed", OK))
            self.assertTrue(all(line.endswith(": secret fits") for line in out[:-1]))

    def assert_incomplete(self, name, master, remark):
        """One session whose keys come from the log's master secret: no answer depends on the transcript."""
        for path in self.inputs(name):
            result, out, status = self.run_case(name, "derive", path)
            session, = map(json.loads, out)
            self.assertEqual((session["master"][:len(master)], status), (master, FAILED))
            self.assertTrue({"key_block", "client_write_key"} <= set(session))
            self.assertFalse({"session_hash", "client_finished", "server_finished"} & set(session))
            self.assertIn(remark, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1 + ("cannot be told" in result.stderr))

    def test_resumption(self):
        """The secret of a resumed session is that of the handshake that made it."""
        self.assert_served("resumed_ticket", 2)
        self.assert_served("resumed_session_id", 2)

    def test_resumption_before_its_session(self):
        """Also where the file with the resumed session is read first."""
        for name in ("resumed_ticket", "resumed_session_id"):
            packets = [json.loads(line) for line in (CASES / f"{name}.ek").read_text().splitlines()]
            packets = [p for p in packets if "layers" in p]
            paths = []
            for stream in ("1", "0"):
                paths.append(pathlib.Path(self.folder) / f"{name}.{stream}")
                paths[-1].write_text("".join(json.dumps(p) + "\n" for p in packets
                                             if p["layers"]["tcp"]["tcp_tcp_stream"] == stream))
            result = run("verify", "--key-log", str(CASES / f"{name}.keylog"), *map(str, paths))
            self.assertEqual((result.stdout.splitlines()[-1], result.returncode), ("2 passed, 0 failed", OK))
            result = run("derive", "--key-log", str(CASES / f"{name}.keylog"), str(paths[0]))
            self.assertEqual((result.stdout, result.returncode), ("", FAILED))
            self.assertIn("the handshake of the session that it resumes", result.stderr)

    def test_session_id_lines(self):
        self.assert_served("rsa_session_id", 1)

    def test_lost_segment(self):
        """Wrong keys and a wrong session hash came out, with exit status 0."""
        self.assert_incomplete("lost_segment_rsa", "82f7c7e5", "Certificate is missing")
        self.assert_incomplete("lost_segment_ecdhe", "a61d1205", "Certificate is missing")

    def test_lost_segment_without_master(self):
        """The extended master secret depends on the message that is missing: no keys."""
        log = pathlib.Path(self.folder) / "rsa.log"
        lines = (CASES / "lost_segment_rsa.keylog").read_text().splitlines(True)
        log.write_text("".join(line for line in lines if line.startswith("RSA ")))
        result = run("derive", "--key-log", str(log), str(CASES / "lost_segment_rsa.ek"))
        self.assertEqual((result.stdout, result.returncode), ("", FAILED))
        self.assertIn("Certificate is missing", result.stderr)
        self.assertIn("the extended master secret depends on it", result.stderr)

    def test_suites_against_the_rfcs(self):
        """They were refused. The keys are those that the peers had, and the warning names the RFC."""
        for name, rfc in (("des_in_tls12", "RFC 5469"), ("ecdhe_in_ssl3", "RFC 8422")):
            for path in self.inputs(name):
                result, (line,), status = self.run_case(name, "derive", path)
                session = json.loads(line)
                self.assertEqual(status, OK)
                self.assertIn("1 of 1 lines have a warning", result.stderr)
                self.assertIn(rfc, session["warning"])
                self.assertEqual({session["client_finished"], session["server_finished"]},
                                 decrypted_finished(path))
                result, (warning, verdict, last), status = self.run_case(name, "verify", path)
                self.assertEqual((last, status), ("1 passed, 0 failed", OK))
                self.assertIn(rfc, warning)
                self.assertTrue(verdict.endswith(": secret fits"))
                self.assertIn(rfc, self.run_case(name, "explain", path)[0].stdout)

    def test_ssl2_hello(self):
        self.assert_served("ssl2_hello", 1)

    def test_server_hello_out_of_order(self):
        self.assert_served("server_hello_out_of_order", 1)

    def test_data_records(self):
        """Data records are no errors."""
        self.assert_served("data_records", 1)

    def test_wrong_secret(self):
        """verify compared the secret with itself."""
        for path in self.inputs("wrong_secret"):
            for command in ("derive", "verify", "explain"):
                result, out, status = self.run_case("wrong_secret", command, path)
                self.assertEqual(status, FAILED)
                self.assertIn("secret does not fit", result.stdout + result.stderr)
                self.assertNotIn("key_block", result.stdout)

    def test_dtls(self):
        """Cookies, fragments and headers of 12 bytes."""
        self.assert_served("dtls12_cookie_fragments", 1)
        self.assert_served("dtls10_cookie_fragments", 1)

    def test_dtls_first_flights(self):
        self.assert_incomplete("dtls_first_flights", "88bcbc66",
                               "incomplete: Certificate is missing: nothing of the client's can be read")

    def test_dtls_in_any_order(self):
        """Packets of UDP come in any order, twice, or not at all."""
        name = "dtls12_cookie_fragments"
        packets = map(json.loads, (CASES / f"{name}.ek").read_text().splitlines())
        packets = [p for p in packets if "layers" in p]
        first, rest = packets[:3], packets[3:]
        for order in (rest[::-1], rest * 2, rest[::2] + rest[1::2]):
            path = pathlib.Path(self.folder) / "packets.ek"
            path.write_text("".join(json.dumps(p) + "\n" for p in first + order))
            result, out, status = self.run_case(name, "verify", path)
            self.assertEqual((out[-1], result.stderr, status), ("1 passed, 0 failed", "", OK))

    def test_dtls_contradiction(self):
        """The stream of the handshake that has two secrets is one of UDP."""
        log = (CASES / "dtls12_cookie_fragments.keylog").read_text()
        id_ = re.search(r"^CLIENT_RANDOM ([0-9a-f]{64}) ", log, re.M)[1]
        both = pathlib.Path(self.folder) / "both.keylog"
        both.write_text(f"{log}CLIENT_RANDOM {id_} {'00' * 48}\n")
        result = run("verify", "--key-log", str(both), str(CASES / "dtls12_cookie_fragments.ek"))
        self.assertIn("give different secrets for udp.stream 0 of ", result.stderr)
        self.assertEqual(result.returncode, OK)

    def test_quic_ids_that_are_too_long(self):
        """The source of a Retry, from which keys follow, has at most 20 bytes (RFC 9000 section 17.2)."""
        log, lines = CASES / "quic_retry.keylog", (CASES / "quic_retry.ek").read_text().splitlines()
        last = [json.loads(line) for line in lines if "layers" in line][-1]
        expected = run("derive", "--key-log", str(log), stdin="\n".join(lines) + "\n")
        for version, first in (("00000001", "f0"), ("6b3343cf", "c0")):
            for len_ in (0, 20, 255, 21):
                last["layers"]["udp"]["udp_udp_payload_raw"] = (
                    f"{first}{version}08{'5b' * 8}{len_:02x}{'5a' * len_}{'70' * 20}")
                retry = json.dumps(last) + "\n"
                result = run("derive", "--key-log", str(log), stdin=retry)
                self.assertIn(result.returncode, (OK, FAILED), result)
                result = run("derive", "--key-log", str(log), stdin="\n".join(lines) + "\n" + retry)
                got, dcid = json.loads(result.stdout), "5a" * len_
                self.assertEqual((result.stderr, result.returncode), (expected.stderr, OK), result)
                wanted = json.loads(expected.stdout)
                if len_ <= 20:
                    wanted["id"]["dcid"] = dcid
                self.assertEqual(got, wanted)

    def test_nothing_to_read(self):
        log = str(CASES / "data_records.keylog")
        for name, remark in (("json_instead_of_ek.json", "-T json"), ("tshark2_names.ek", "older than 3.0")):
            result = run("derive", "--key-log", log, str(CASES / name))
            self.assertEqual((result.stdout, result.stderr.count("\n"), result.returncode), ("", 1, FAILED))
            self.assertIn(remark, result.stderr)

    def test_lines(self):
        """What was right stays right."""
        for name in ("eap_msk", "odd_key_blocks", "psk_ems", "nss_ssl3_traces", "aead_long_key_block"):
            result = run("verify", str(CASES / f"{name}.jsonl"))
            n = len((CASES / f"{name}.jsonl").read_text().splitlines())
            self.assertEqual((result.stdout, result.returncode), (f"{n} passed, 0 failed\n", OK), name)

    def test_dtls_lines(self):
        """The version decides which header messages have; without the other Finished one is numbered from the
        messages."""
        text = (CASES / "dtls_session.jsonl").read_text()
        result = run("verify", stdin=text)
        self.assertEqual(result.stdout.splitlines()[-1], "1 passed, 1 failed")
        self.assertIn('"dtls/0302": handshake[0]: ClientHello is not whole', result.stdout)
        line = json.loads(text.splitlines()[0])
        bare = {k: v for k, v in line.items() if k not in ("client_finished", "server_finished")}
        got = json.loads(run("derive", stdin=json.dumps(bare) + "\n").stdout)
        self.assertEqual((got["client_finished"], got["server_finished"]),
                         (line["client_finished"], line["server_finished"]))
        for number, name in (("feff", "DTLS 1.0"), ("DTLS1.0", "DTLS 1.0")):
            shown = run("explain", stdin=json.dumps({**line, "version": number}) + "\n").stdout
            self.assertIn(f"{name}, PRF with MD5+SHA-1", shown)
            self.assertNotIn("DIFFERS", shown)


if __name__ == "__main__":
    skips.main()
