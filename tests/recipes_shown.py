#!/usr/bin/env python3
"""docs/recipes.md shows what tests/recipes.c compiles and runs, all of it and nothing else, and its commands
run.

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


def check_commands(page, lanekdf):
    """What is wrong with the page's commands; an answer that is shown follows its command."""
    environment = dict(os.environ, PATH=os.path.dirname(lanekdf) + os.pathsep + os.environ["PATH"])
    n = 0
    for i, (language, text) in enumerate(page):
        if language != "sh":
            continue
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=TOP, env=environment,
                                capture_output=True, text=True, check=False)
        if result.returncode or result.stderr:
            return f"exit status {result.returncode}\n{text}{result.stdout}{result.stderr}"
        if i + 1 < len(page) and page[i + 1][0] == "json" and result.stdout != page[i + 1][1]:
            return f"{text}printed\n{result.stdout}where the page has\n{page[i + 1][1]}"
        n += 1
    return None if n >= 4 else f"{n} commands only"


def main():
    page = blocks(read("docs/recipes.md"))
    failures = [failure for failure in (check_code(page), check_commands(page, sys.argv[1])) if failure]
    print("\n".join(failures) or "docs/recipes.md shows what is compiled and run")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
