#!/usr/bin/env python3
"""The manual pages, lanekdf(1), lanekdf-load(1) and lanekdf-vectors(5): what they say of lines is what the
command takes.

Catches: a kind of line or a field that the page lacks, or has and the command does not; an example that is
wrong; a command or an option that lanekdf(1) or lanekdf-load(1) lacks."""
import json
import os
import re
import shutil
import subprocess
import unittest

import skips
from command_support import OK, SERVED, lines, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli")
SESSIONS = {"tls-session", "tls13-session"}


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def sections():
    """The sections of lanekdf-vectors(5) that are about kinds of lines: their names, and the text."""
    parts = re.split(r"^## (.*)$", read("lanekdf_vectors.5.scd"), flags=re.M)[1:]
    return [(names.split(", "), re.split(r"^# ", text, flags=re.M)[0]) for names, text in
            zip(parts[::2], parts[1::2])]


def defined(text):
    """The fields that stand in front of a definition: in bold, before lines that begin with a tab."""
    return set(re.findall(r"\*(\w+)\*", "\n".join(re.findall(r"(?:^\*\w+\*.*\n)+(?=\t)", text, re.M))))


def common(text):
    """The fields that a section refers to."""
    return set(re.findall(r"_(\w+?)_(?![a-z])", re.search(r"(?s)Common\s+fields:(.*?)\.\n", text)[1]))


def fields_of(kind):
    text = run("help", "kdf", kind).stdout
    listed, answers = re.search(r"(?s)Fields:(.*)\nAnswers:(.*)\nOptions:", text).groups()
    return set(re.findall(r"--(\w+)", listed)) | set(re.findall(r"\w+", answers))


def examples(text):
    """The lines of the examples, which are broken to fit the page."""
    objects = []
    for block in re.findall(r"(?s)^```\n(.*?)^```", text, re.M):
        decoder, at = json.JSONDecoder(), 0
        while block[at:].strip():
            at += len(block[at:]) - len(block[at:].lstrip())
            found, at = decoder.raw_decode(block, at)
            objects.append(found)
    return objects


class Vectors(unittest.TestCase):
    def test_every_kind_has_a_place(self):
        names = [name for kinds, _ in sections() for name in kinds]
        self.assertEqual(sorted(names), sorted(SERVED))

    def test_every_field_has_a_place(self):
        """And no other field has one."""
        text = read("lanekdf_vectors.5.scd")
        shared = defined(text[text.index("# COMMON FIELDS"):text.index("# THE PRF")])
        for kinds, text in sections():
            self.assertLessEqual(common(text), shared, kinds)
            if not SESSIONS & set(kinds):
                self.assertEqual(defined(text) | common(text), set().union(*map(fields_of, kinds)), kinds)

    def test_examples(self):
        """Each kind has one in its own place, with an answer, which is right."""
        for kinds, text in sections():
            found = examples(text)
            self.assertEqual(sorted(line["alg"] for line in found), sorted(kinds))
            result = run("verify", stdin=lines(found))
            self.assertEqual((result.stdout, result.returncode), (f"{len(found)} passed, 0 failed\n", OK))


class Pages(unittest.TestCase):
    def test_commands_and_options(self):
        text = read("lanekdf.1.scd").replace("\\", "")
        load = read("lanekdf_load.1.scd")
        for row in re.findall(r"^  ([a-z]\w+) ", run("help").stdout.split("Kinds of lines")[0], re.M):
            self.assertIn(f"*lanekdf {row}*", text)
            for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", run("help", row).stdout, re.M):
                self.assertIn(option, load if row == "load" else text, row)

    def test_synopsis(self):
        """It has the options of each command, --help aside; lanekdf-load(1) has those of load."""
        synopsis = re.search(r"(?s)# SYNOPSIS\n(.*?)\n# ", read("lanekdf.1.scd"))[1].replace("\n", " ")
        for row in ("derive", "verify", "explain", "kdf", "suites", "selftest", "info", "bench"):
            own = " ".join(re.findall(rf"\*lanekdf {row}\*(.*?)\+\+", synopsis))
            for short, option in re.findall(r"^  (?:(-\w), )?(--[a-z-]+)", run("help", row).stdout, re.M):
                if option != "--help":
                    self.assertTrue(f"{option} " in own or f"{option}]" in own or (short and short in own),
                                    (row, option))

    def test_scdoc(self):
        if not shutil.which("scdoc"):
            self.skipTest("scdoc is not installed")
        for name in ("lanekdf.1.scd", "lanekdf_load.1.scd", "lanekdf_vectors.5.scd"):
            result = subprocess.run(["scdoc"], input=read(name).encode(), capture_output=True, check=False)
            self.assertEqual((result.stderr, result.returncode), (b"", 0), name)


if __name__ == "__main__":
    skips.main()
