"""Puts the inputs of a fuzzer into a text file, and takes them out of one.

usage: corpus.py pack FOLDER FILE
       corpus.py unpack FILE FOLDER

An input is a line: printable characters stand for themselves, a line feed is \\n, a backslash is \\\\, and
other bytes are \\x and two digits. tests/fuzz/replay.c reads the same. In a folder each input is a file.
"""
import hashlib
import pathlib
import re
import sys


def escaped(match):
    byte = match.group()
    return {b"\n": b"\\n", b"\\": b"\\\\"}.get(byte) or b"\\x%02x" % ord(byte)


def unescaped(match):
    return {b"n": b"\n", b"\\": b"\\"}.get(match.group(1)) or bytes.fromhex(match.group(2).decode())


def by_length(content):
    return len(content), content


def pack(folder, file):
    inputs = {path.read_bytes() for path in folder.iterdir()}
    lines = [re.sub(rb"[^ -\[\]-~]", escaped, content) for content in sorted(inputs, key=by_length)]
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def unpack(file, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in file.read_bytes().splitlines():
        content = re.sub(rb"\\(n|\\|x(..))", unescaped, line)
        (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


{"pack": pack, "unpack": unpack}[sys.argv[1]](*map(pathlib.Path, sys.argv[2:]))
