"""Makes inputs that the fuzzers begin with: make_seeds.py FOLDER

FOLDER/lines gets lines of tests/vectors, a few of each kind from each file; FOLDER/captures each recorded
case that has tshark's lines, behind its key log and an empty line.
"""
import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
PER_KIND = 2  # lines of one kind from one file
MAX_BYTES = 65536  # of an input


def lines():
    for path in sorted(VECTORS.rglob("*.jsonl")):
        taken = {}
        for line in path.read_bytes().splitlines():
            kind = json.loads(line).get("alg") if line.startswith(b"{") else None
            if len(line) < MAX_BYTES and taken.setdefault(kind, 0) < PER_KIND:
                taken[kind] += 1
                yield f"{path.stem}-{kind}-{taken[kind]}", line + b"\n"


def captures():
    for path in sorted(VECTORS.rglob("*.ek")):
        key_log = path.with_suffix(".keylog")
        secrets = key_log.read_bytes() if key_log.exists() else b""
        secrets = b"".join(line + b"\n" for line in secrets.splitlines() if line)
        yield path.stem, (secrets + b"\n" + path.read_bytes())[:MAX_BYTES]


def main():
    for name, seeds in ("lines", lines()), ("captures", captures()):
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds:
            (folder / seed).write_bytes(content)


main()
