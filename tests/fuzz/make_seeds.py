"""Makes inputs that the fuzzers begin with: make_seeds.py FOLDER

FOLDER/lines gets the lines of the manual page lanekdf-vectors(5), one of each kind, and a few of each kind
from each file of recorded ones; FOLDER/captures gets recorded cases as tshark's lines, each behind its key
log and an empty line, and forged key logs and packets. All of them were written or recorded for this project,
and so tests/fuzz/corpus, which descends from them, has nothing of others.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
RECORDED = ("recorded", "cap-own", "cap-own-multi", "tls13/own-*")
CASES = ("resumed_ticket", "dtls10_cookie_fragments", "dtls12_cookie_fragments", "tls13_hrr",
         "tls13_early_data", "quic_retry")
PER_KIND = 2  # lines of one kind from one file
MAX_BYTES = 65536  # of an input


def manual_lines():
    page = (ROOT / "cli" / "lanekdf_vectors.5.scd").read_text()
    for example in re.findall(r'^```\n(\{[^`]+\})\n```$', page, re.MULTILINE):
        line = json.loads(example)
        yield f"manual-{line['alg']}", json.dumps(line).encode() + b"\n"


def recorded_lines():
    for path in sorted(path for name in RECORDED for path in VECTORS.glob(name + ".jsonl")):
        taken = {}
        for line in path.read_bytes().splitlines():
            kind = json.loads(line).get("alg")
            if len(line) < MAX_BYTES and taken.setdefault(kind, 0) < PER_KIND:
                taken[kind] += 1
                yield f"{path.stem}-{kind}-{taken[kind]}", line + b"\n"


def captures():
    for name in CASES:
        path = VECTORS / "cases" / name
        secrets = [line for line in path.with_suffix(".keylog").read_bytes().splitlines() if line]
        yield name, (b"\n".join(secrets) + b"\n\n" + path.with_suffix(".ek").read_bytes())[:MAX_BYTES]


def key_logs():
    """Ids and secrets that are longer than any that a protocol has."""
    yield "long_id", b"CLIENT_RANDOM %s %s\n\n" % (b"5a" * 1000, b"5a" * 48)
    yield "long_secret", b"CLIENT_RANDOM %s %s\n\n" % (b"5a" * 32, b"5a" * 1000)


def packets():
    """Retry packets of both versions of QUIC whose source is longer than any connection ID."""
    for version, first in ((1, "f0"), (0x6b3343cf, "c0")):
        packet = f"{first}{version:08x}08{'5b' * 8}ff{'5a' * 255}{'70' * 20}"
        line = json.dumps({"layers": {"udp": {"udp_udp_stream": "0", "udp_udp_payload_raw": packet},
                                      "quic": {}}})
        yield f"long_retry_{version:x}", f"CLIENT_RANDOM {'5a' * 32} {'5a' * 48}\n\n{line}\n".encode()


def main():
    for name, seeds in (("lines", [*manual_lines(), *recorded_lines()]),
                        ("captures", [*captures(), *key_logs(), *packets()])):
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds:
            (folder / seed).write_bytes(content)


main()
