#!/usr/bin/env python3
"""Whatever comes in, and wherever the output goes, there is a clear outcome."""
import hashlib
import json
import os
import pty
import select
import subprocess
import tempfile
import time
import unittest

import skips
from command_support import (
    ABC, ERROR, FAILED, FAULTS, LANEKDF, MASTER, MIB, OK, SESSION_HASH, UNSUPPORTED, derive,
    derive_each, hash_line, keys_line, lines, run, session)


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

    def expect_each(self, cases):
        """Lines, each with its error, or None where it has an answer: all in one run, with a good line behind
        each. The first that fails makes the status of a run of its own, too."""
        cases, good = list(cases), self.GOOD.encode()
        rows = [row if isinstance(row, bytes) else row.encode() for row, _ in cases]
        result = run("derive", stdin=b"".join(row + b"\n" + good + b"\n" for row in rows))
        got = [json.loads(x) for x in result.stdout.splitlines()]
        for i, (bad, right, (row, error)) in enumerate(zip(got[::2], got[1::2], cases, strict=True)):
            self.assertEqual(right.get("digest"), ABC, (row[:200], right))
            if error is None:
                self.assertEqual(bad.get("digest"), ABC, (row[:200], bad))
            else:
                self.assertIn(error, bad["error"], row[:200])
                self.assertEqual((bad["line"], list(bad)), (2 * i + 1, ["id", "line", "error"]), row[:200])
        self.assertEqual(result.returncode, FAILED)
        row, error = next((row, error) for row, (_, error) in zip(rows, cases) if error is not None)
        self.expect(row + b"\n" + good, error=error)

    def test_empty(self):
        result = run("derive")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", OK))
        result = run("verify")
        self.assertEqual((result.stdout, result.returncode), ("0 passed, 0 failed\n", FAILED))
        self.assertIn("nothing to verify", result.stderr)
        self.assertEqual(run("explain").returncode, OK)

    def test_empty_is_allowed(self):
        """A partition without lines passes; --allow-empty forgives nothing else."""
        empty = "0 passed, 0 failed\n"
        for data in ("", "\n \n"):
            result = run("verify", "--allow-empty", stdin=data)
            self.assertEqual((result.stdout, result.stderr, result.returncode), (empty, "", OK))
        for option in ([], ["--allow-empty"]):  # a fault of the input is told beside the numbers
            result = run("verify", *option, "/nonexistent")
            self.assertEqual((result.stdout, result.returncode), (f"0 passed, 0 failed{FAULTS}\n", ERROR))
        bare = lines([hash_line()])
        self.assertEqual(run("verify", "--allow-empty", stdin=bare).returncode, FAILED)
        unsupported = lines([hash_line(hash="md2")])
        self.assertEqual(run("verify", "--allow-empty", stdin=unsupported).returncode, UNSUPPORTED)

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
        self.expect_each((b'{"id":"' + bad + b'","alg":"hash","hash":"sha256","msg":""}', "UTF-8")
                         for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xf5\x80\x80\x80"))

    def test_nul_bytes(self):
        self.expect(b"\0\n" + self.GOOD.encode(), error="not a JSON object")
        self.expect(b'{"id":"a\0b"}\n', error="invalid JSON")
        self.expect(self.GOOD.encode() + b"\0\n", error="invalid JSON")

    def test_broken_json(self):
        self.expect_each((bad, "JSON") for bad in (
            "{", "[1]", "1", "\"x\"", "null", self.GOOD[:-1], self.GOOD + "x", self.GOOD + self.GOOD,
            "{'id':1}", '{"id":01}', '{"id":NaN}', '{"id":"\t"}', '{"id":' + "[" * 5000 + "]" * 5000 + "}"))

    def test_words_for_broken_json(self):
        self.expect_each((
            ("not json", "not a JSON object"), ('{"x":tru}', "a word that is not true"),
            ('{"x":01}', "digits that are no number"), ('{"x":1e}', "no number"),
            ('{"x":-}', "no number"), ('{"x":"\\q"}', "no escape"),
            ('{"x":"\\u12g4"}', "no escape"), ('{"x":"\\ud800"', "missing or in the wrong"),
            ('{"x":"y}', "without its closing quotation mark"), ('{"x":1,}', "wrong place"),
            ('{"x" 1}', "wrong place"), ('{"x":"\x01"}', "a control character in a string"),
            ('{"x":' + "[" * 2000 + "]" * 2000 + "}", "more than 1024")))

    def test_values_beyond_simdjson(self):
        """RFC 8259 allows numbers of any size, and halves of surrogate pairs, which nobody has to use."""
        rest = self.GOOD[len('{"id": "h"'):]
        values = ("123456789012345678901234567890", "-9223372036854775809", "18446744073709551616", "1e999",
                  "-1.5E+400", '"\\ud800"', '"\\udc00\\ud800"', '"\\ud800\\\\ud800\\u0041"',
                  '[{"a":1e999,"\\udfff":"\\uD83D\\ude00"}]')
        cases = []
        for value in values:
            cases += [('{"x":' + value + rest, None),
                      ('{"x":{"y":[' + value + ',"\\\\",01]}' + rest, "digits that are no number"),
                      ('{"x":' + value + ',"out_len":' + value + rest, "a whole number expected, not ")]
        cases += [(r'{"\ud800":1,"\ud801":2' + rest, None),
                  (r'{"\ud800":1,"\ud800":2' + rest, "duplicate key"),
                  (r'{"x":1e999,"out_len":32' + rest, None)]
        label = ('{"alg":"tls12-prf","hash":"sha256","secret":"00","seed":"00","out_len":4,'
                 '"label_text":"%s"}\n')
        cases += [(label.rstrip() % text, "a string with half of a surrogate pair")
                  for text in (r"\ud800", r"a\udc00b", r"\ud83d\ud83d\ude00")]
        self.expect_each(cases)
        whole = run("derive", stdin=label % r"\ud83d\ude00" + label % "\U0001f600")
        self.assertEqual(len(set(whole.stdout.splitlines())), 1, whole)

    def test_ids_as_they_were_written(self):
        cases = []
        rest = self.GOOD[len('{"id": "h"'):]
        for written in ("1.10", "-0", "1E5", "1e999", "123456789012345678901234567890", "true", "null",
                        r'"\ud800"', '{"a":1.10,"b":["\\u0041 ",-0]}', "[]", '"\u20ac \\"\\\\"',
                        '"' + "x" * 5000 + r'\n"'):
            for line in ('{"id":' + written + rest, '{"x":{"id":[1,"}"]} , "id" : ' + written + " " + rest,
                         '{"x":1e999,"y":"\\\\","\\u0069d":' + written + rest):
                cases.append((line, written))
        for written, printed in (('{ "a" :\t[ 1.10 , "x y" ] }', '{"a":[1.10,"x y"]}'),
                                 (r'"\u20ac\n"', r'"\u20ac\u000a"'.replace(r"\u20ac", "\u20ac")),
                                 ('"\x7f\x9b"', r'"\u007f\u009b"'), ('["\x7f\x9b"]', r'["\u007f\u009b"]'),
                                 ('"\u2027\u2028\u202e\u202f"', '"\u2027' + r"\u2028\u202e" + '\u202f"'),
                                 ('"\u2065\u2066\u2069\u206a"', '"\u2065' + r"\u2066\u2069" + '\u206a"'),
                                 ('["\u202e\xa0"]', r'["\u202e' + '\xa0"]'),
                                 ('"' + "\x9b" * 5000 + '"', '"' + r"\u009b" * 5000 + '"')):
            cases.append(('{"id":' + written + rest, printed))
        result = run("derive", stdin="".join(line + "\n" for line, _ in cases))
        for (line, printed), got in zip(cases, result.stdout.split("\n")[:-1], strict=True):
            self.assertEqual(got, f'{{"id":{printed},"digest":"{ABC}"}}', line[:200])
        self.assertIn('{"id":1.10,"line":1,"error":', run("derive", stdin='{"id":1.10}').stdout)
        self.assertIn(":1: 1.10: alg is missing", run("verify", stdin='{"id":1.10}').stdout)

    def test_names_of_files(self):
        """No terminal obeys the name of a file, and JSON with one in it is UTF-8."""
        evil = b"\x1b]0;x\x07\x9b2J\xc2\x9b\x7f\xff\xe2\x82.jsonl"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder.encode(), evil)
            with open(path, "wb") as file:
                file.write(b'{"id":1}\n')
            for arguments in ((b"verify", path), (b"explain", path), (b"derive", path, path),
                              (b"derive", path + b"x"), (b"derive", b"--key-log", path, path),
                              (b"kdf", path), (path,), (b"derive", b"--export", path),
                              (b"explain", b"--suite", path), (b"suites", path)):
                result = run(*arguments)
                for c in result.stdout + result.stderr:
                    self.assertFalse(ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0, result)
            self.assertIn(r"\u001b]0;x\u0007\x9b2J\u009b\u007f\xff\xe2\x82.jsonl:1: 1: alg is missing",
                          run(b"verify", path).stdout)
            file = json.loads(run(b"derive", path, path).stdout.splitlines()[0])["file"]
            self.assertTrue(file.endswith("\x1b]0;x\x07\ufffd2J\x9b\x7f\ufffd\ufffd\ufffd.jsonl"), file)

    def test_hexadecimal(self):
        cases = [("0", "odd number"), ("616", "odd number"), ("6g", "not hexadecimal"),
                 ("0x0x61", "not hexadecimal"), ("61-62-", "not hexadecimal"),
                 ("\u0661\u0661", "not hexadecimal"), ("/0", "not hexadecimal"),
                 (";0", "not hexadecimal"), ("@0", "not hexadecimal"), ("`0", "not hexadecimal"),
                 ("61" * 40 + "\u0000a", "not hexadecimal")]
        cases += [("0" * place + "G" + "0" * (39 - place), "not hexadecimal") for place in range(40)]
        self.expect_each((json.dumps(hash_line(msg=bad)), error) for bad, error in cases)

    def test_wrong_types(self):
        for line, name, found, got in derive_each(
                (hash_line(**{name: value}), name, found) for name in ("alg", "hash", "msg")
                for value, found in ((1, "a number"), (None, "null"), (True, "true or false"),
                                     ([], "an array"), ({}, "an object"),
                                     (-1, "a number that is negative, a fraction or beyond 64 bits"))):
            self.assertRegex(got["error"], f"^{name}: a string.* expected, not {found}$", line)
        cases = [(value, "out_len: a whole number") for value in ("5", None, True, -1, 1.5, [], {})]
        cases += [(2**64 - 1, "must be at most 32"), (0, "0 bytes")]
        self.expect_each((json.dumps(hash_line(out_len=value)), error) for value, error in cases)

    def test_missing_fields(self):
        cases = []
        for line in (hash_line(), keys_line(),
                     keys_line(alg="tls12-ems-keys", session_hash=SESSION_HASH.hex())):
            for name in line.keys() - {"id"}:
                if line["alg"] == "tls12-ems-keys" and "hello" in name:
                    continue
                cases.append(({k: v for k, v in line.items() if k != name}, name))
        for _, name, got in derive_each(cases):
            self.assertIn("missing", got["error"], name)

    def test_duplicate_keys(self):
        cases = [
            ('{"id":5,"alg":"hash","hash":"sha256","msg":"00","msg":"00"}', "duplicate key msg"),
            ('{"id":5,"alg":"hash","hash":"sha256","msg":"00","m\\u0073g":"00"}', "duplicate key msg"),
            ('{"id":5,"alg":"hash","hash":"sha256","msg":"00","id":5}', "duplicate key id"),
            ('{"x":5,"alg":"hash","hash":"sha256","msg":"00","x":5}', "duplicate key x"),
            ('{"":5,"alg":"hash","hash":"sha256","msg":"00","":5}', "duplicate key ")]
        rest = ',"alg":"hash","hash":"sha256","msg":"00"}'
        for key, value, twice in (("id", '{"a":1,"b":{},"a":2}', "a"),
                                  ("id", '[0,[{"b":{"a":1,"\\u0061":1}}]]', "a"),
                                  ("x", '{"a":{"":1,"":2}}', ""),
                                  ("exporters", '[{"out":"","out":""}]', "out"),
                                  ("secrets", '{"A":"","A":""}', "A")):
            cases.append((f'{{"{key}":{value}{rest}', f"duplicate key {twice} inside {key}"))
        many = "".join(f'"k{i}":0,' for i in range(1000))
        cases += [('{"x":{"a":{"a":1},"b":[{"a":1},{"a":1}]},' + self.GOOD[1:], None),
                  ("{" + many + self.GOOD[1:], None),
                  ("{" + many + '"k500":0,' + self.GOOD[1:], "duplicate key k500")]
        self.expect_each(cases)
        very_many = "".join(f'"k{i}":0,' for i in range(300_000))  # a comparison of all pairs takes minutes
        self.expect("{" + very_many + self.GOOD[1:], digests=1)
        for line, expected in (('{"id":5,"alg":"hash","hash":"sha256","msg":"00","msg":"00"}', 5),
                               ('{"id":5,"id":6,"alg":"hash","hash":"sha256","msg":"00"}', None),
                               ('{"id":{"a":1,"a":2},"alg":"hash","hash":"sha256","msg":"00"}', None)):
            self.assertEqual(json.loads(run("derive", stdin=line).stdout)["id"], expected)

    def test_long_line(self):
        message = bytes(5 * MIB)
        line = hash_line(msg=message.hex(), digest=hashlib.sha256(message).hexdigest())
        self.assertEqual(run("verify", stdin=lines([line, hash_line(digest=ABC)] * 2)).stdout,
                         "4 passed, 0 failed\n")
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
        self.assertIn("cannot be derived",
                      derive(line | {"label": "00" * 60000, "seed": "00" * 60000})[0]["error"])
        self.assertEqual(len(derive(line | {"out_len": 65535})[0]["out"]), 2 * 65535)

    def test_no_secret_in_an_error(self):
        for line in (keys_line(pms="c0ffee" * 16 + "zz"), keys_line(pms="c0ffee" * 16 + "c"),
                     keys_line(master="c0ffee" * 15)):
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
            self.assertEqual((result.stdout, result.returncode), (f"1 passed, 0 failed{FAULTS}\n", ERROR))
            self.assertIn(bad + ": ", result.stderr)
            self.assertEqual(run("derive", bad).returncode, ERROR)

    def test_no_room_for_the_output(self):
        for command in ("derive", "verify", "info", "--help"):
            with open("/dev/full", "wb") as full:
                files = [self.file("a", [hash_line(digest=ABC)])] if command in ("derive", "verify") else []
                result = subprocess.run([LANEKDF, command, *files], stdout=full, stderr=subprocess.PIPE,
                                        timeout=60)
            self.assertEqual(result.returncode, ERROR, command)
            self.assertIn(b"cannot write", result.stderr, command)
        many = self.file("b", [hash_line()] * 20000)
        with open("/dev/full", "wb") as full:
            result = subprocess.run([LANEKDF, "derive", many], stdout=full, stderr=subprocess.PIPE,
                                    timeout=60)
        self.assertEqual((result.stderr.count(b"cannot write"), result.returncode), (1, ERROR))

    def test_closed_pipe(self):
        path = self.file("a", [hash_line()] * 20000)
        for command in ("derive", "verify", "info"):
            for restore in (True, False):
                reader, writer = os.pipe()
                os.close(reader)
                result = subprocess.run([LANEKDF, command] + ([] if command == "info" else [path]),
                                        stdout=writer,
                                        stderr=subprocess.PIPE, restore_signals=restore, timeout=60)
                os.close(writer)
                self.assertNotEqual(result.returncode, OK)
                self.assertEqual(result.stderr, b"")

    def test_closed_pipe_half_way(self):
        path = self.file("a", [hash_line()] * 200000)
        with subprocess.Popen([LANEKDF, "derive", path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
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


class Limits(unittest.TestCase):
    """What outgrows a buffer is served whole or refused, never cut off in silence."""

    def test_long_file_name(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, *["x" * 200] * 8)
            os.makedirs(path)
            path = os.path.join(path, "lines")
            with open(path, "w", encoding="utf-8") as file:
                file.write(lines([hash_line()]))
            self.assertIn(path + ':1: "h": nothing to verify', run("verify", path).stdout)

    def test_more_messages_than_a_transcript_may_have(self):
        got, = derive(session(resumed=False) | {"handshake": ["00000000"] * 40000})
        self.assertEqual(got["error"], "handshake: 40000 are too many")

    def test_lines_of_a_capture_fill_a_batch_and_a_session_comes_too(self):
        """explain takes 64 lines at once: that many are errors before the capture's end brings a session."""
        vector = session(resumed=True)

        def packet(port, record):
            return {"layers": {"tcp": {"tcp_tcp_stream": "0", "tcp_tcp_srcport": port},
                               "tls": {"tls_tls_record_raw": record}}}
        hellos = [packet(port, f"160303{len(message) // 2:04x}{message}")
                  for port, message in zip("12", vector["handshake"])]
        ends = [packet(port, "140303000101") for port in "12"]
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as log:
            log.write(f'CLIENT_RANDOM {vector["client_random"]} {vector["master"]}\n')
            log.flush()
            packets = [*hellos, *ends, *[packet("1", "0g")] * 64]
            result = run("explain", "--json", "--key-log", log.name, stdin=lines(packets))
        got = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(sum("error" in o for o in got), 64)
        self.assertEqual(sum("keys" in o for o in got), 1)
        self.assertEqual(result.returncode, FAILED)


class Terminal(unittest.TestCase):
    def stderr_of(self, stdout_is_terminal):
        """What a person sees on standard error while lines come slowly."""
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a bare root without /dev/pts
            self.skipTest(f"progress on a terminal: {error}")
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


if __name__ == "__main__":
    skips.main()
