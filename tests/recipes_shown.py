#!/usr/bin/env python3
"""docs/recipes.md shows what tests/recipes.c compiles and runs, all of it and nothing else, and its commands
run. So do those of docs/terms.md, one after the other.

recipes_shown.py LANEKDF

Catches: a recipe in the page that is not what was compiled, a recipe that the page lacks, a command that
fails or prints another answer than the page says."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def blocks(page):
    """The blocks of the page in order, as pairs of language and text."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def check_code(page):
    """What is wrong with the page's C, against the part of recipes.c that it shows."""
    shown = read("tests/recipes.c").split("/* ---- what the page shows ---- */\n")[1]
    left = shown.split("/* ---- their answers ---- */\n")[0]
    for language, text in page:
        if language == "c":
            if left.count(text) != 1:
                return "this is not in tests/recipes.c, or more than once:\n" + text
            left = left.replace(text, "")
    return "the page lacks this:\n" + left.strip() if left.strip() else None


def run(text, lanekdf):
    """The commands, with lanekdf in the path."""
    environment = dict(os.environ, PATH=os.path.dirname(lanekdf) + os.pathsep + os.environ["PATH"])
    return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=TOP, env=environment,
                          capture_output=True, text=True, check=False)


def check_terms(page, lanekdf):
    """What is wrong with the commands of docs/terms.md, which use functions that the page defines."""
    text = "".join(text for language, text in page if language == "sh")
    result = run(text, lanekdf)
    if result.returncode or result.stderr:
        return f"docs/terms.md: exit status {result.returncode}\n{result.stderr}"
    pre_master_secrets = re.findall('"pms": "([0-9a-f]+)"', result.stdout)
    if len(pre_master_secrets) != 2 or len(set(pre_master_secrets)) != 1:
        return f"docs/terms.md: not one pre-master secret twice, but {pre_master_secrets}"
    secrets = run(text.split("explain cap-own", 1)[0] + "explain cap-own/11 --secrets", lanekdf)
    if "03036d0cc507f2ffecf5d35db2d36f4c170fe1930c779c7fc92bad866ca694eb" not in secrets.stdout:
        return "docs/terms.md: its explain() drops options"
    return None


def check_commands(page, lanekdf):
    """What is wrong with the page's commands; an answer that is shown follows its command."""
    n = 0
    for i, (language, text) in enumerate(page):
        if language != "sh":
            continue
        result = run(text, lanekdf)
        if result.returncode or result.stderr:
            return f"exit status {result.returncode}\n{text}{result.stdout}{result.stderr}"
        if i + 1 < len(page) and page[i + 1][0] == "json" and result.stdout != page[i + 1][1]:
            return f"{text}printed\n{result.stdout}where the page has\n{page[i + 1][1]}"
        n += 1
    return None if n >= 4 else f"{n} commands only"


def main():
    page = blocks(read("docs/recipes.md"))
    failures = [failure for failure in (check_code(page), check_commands(page, sys.argv[1]),
                                        check_terms(blocks(read("docs/terms.md")), sys.argv[1])) if failure]
    print("\n".join(failures) or "docs/recipes.md and docs/terms.md show what is compiled and run")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
