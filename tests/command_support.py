"""What the tests of the command share: running it, and lines that it takes.

Each test is a script of its own: PATH/TO/THE/SCRIPT PATH/TO/lanekdf [unittest's arguments]
"""
import functools
import glob
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
OK, FAILED, ERROR, UNSUPPORTED = 0, 1, 2, 3
FAULTS = ", and the input has faults: see standard error"  # behind verify's numbers
MIB = 1024 * 1024

if len(sys.argv) < 2:
    sys.exit(f"usage: {sys.argv[0]} PATH/TO/lanekdf [unittest's arguments]")
LANEKDF = os.path.abspath(sys.argv.pop(1))
with open(LANEKDF, "rb") as program:
    HAS_SANITIZER = b"__asan_init" in program.read()


def run(*arguments, stdin=b"", **more):
    """Runs the command; text output, so that invalid UTF-8 in it is an error."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    result = subprocess.run([LANEKDF, *arguments], input=stdin, capture_output=True, timeout=300, **more)
    result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
    return result


def job_kinds():
    """The kinds of jobs in lanekdf.h, each with its number."""
    header = os.path.join(os.path.dirname(VECTORS), "..", "engine", "lanekdf.h")
    with open(header, encoding="utf-8") as file:
        kinds = re.findall(r"^    LANEKDF_KIND_(\w+) = (\d+)", file.read(), re.M)
    return {name: int(number) for name, number in kinds}


def lines(objects):
    return "".join(json.dumps(o) + "\n" for o in objects)


def derive(*objects):
    """The output objects of derive, one for each."""
    return [json.loads(line) for line in run("derive", stdin=lines(objects)).stdout.splitlines()]


def derive_each(cases):
    """Each case, which begins with a line, and behind it what derive answers to that line; all in one run: a
    start of the command takes longer than most lines."""
    cases = list(cases)
    for case, got in zip(cases, derive(*(line for line, *_ in cases)), strict=True):
        yield *case, got


def verify_each(objects):
    """What verify says of each line, "" of one that passes, in one run; and its last line and status."""
    objects = list(objects)
    result = run("verify", stdin=lines(objects))
    *report, last = result.stdout.splitlines()
    said = [""] * len(objects)
    for row in report:
        said[int(re.match(r"standard input:(\d+): ", row)[1]) - 1] += row + "\n"
    return said, (last, result.returncode)


def explain_each(objects, *options, status=OK):
    """What explain tells of each line, in one run: a start of the command takes longer than most stories."""
    result = run("explain", *options, stdin=lines(objects))
    if (result.stderr, result.returncode) != ("", status):
        raise AssertionError((options, result.returncode, result.stderr))
    if "--json" in options:
        return result.stdout.splitlines(keepends=True)
    stories = result.stdout.split("\n\n\n")  # two empty lines, which no story has
    return [story + "\n" for story in stories[:-1]] + stories[-1:]


def prf(secret, label, seed, n):
    a, out = label + seed, b""
    while len(out) < n:
        a = hmac.new(secret, a, hashlib.sha256).digest()
        out += hmac.new(secret, a + label + seed, hashlib.sha256).digest()
    return out[:n]


def hash_line(**more):
    return {"id": "h", "alg": "hash", "hash": "sha256", "msg": "616263", **more}


ABC = hashlib.sha256(b"abc").hexdigest()
PMS, CLIENT, SERVER = bytes(range(48)), bytes(range(100, 132)), bytes(range(150, 182))
MASTER = prf(PMS, b"master secret", CLIENT + SERVER, 48)
SESSION_HASH = hashlib.sha256(b"handshake").digest()


def keys_line(**more):
    line = {"id": "k", "alg": "tls12-keys", "hash": "sha256", "pms": PMS.hex(),
            "client_hello_random": CLIENT.hex(), "server_hello_random": SERVER.hex(),
            "client_random": CLIENT.hex(), "server_random": SERVER.hex(), "key_block_len": 40}
    line.update(more)
    return {k: v for k, v in line.items() if v is not None}


def key_block(master, n, client=CLIENT, server=SERVER):
    return prf(master, b"key expansion", server + client, n).hex()


@functools.cache
def sessions():
    """The recorded sessions that lanekdf serves."""
    return list(read_sessions())


def vector_files():
    """The files of lines, up to TLS 1.2 and from TLS 1.3 on."""
    return (sorted(glob.glob(os.path.join(VECTORS, "*.jsonl"))) +
            sorted(glob.glob(os.path.join(VECTORS, "tls13", "*.jsonl"))))


def read_sessions(alg="tls-session"):
    for name in vector_files():
        with open(name, encoding="utf-8") as file:
            for line in file:
                vector = json.loads(line)
                if vector["alg"] == alg:
                    yield vector


@functools.cache
def tls13_sessions():
    """Those of TLS 1.3 and DTLS 1.3."""
    return list(read_sessions("tls13-session"))


def one_of_each():
    """A session of each version, suite, and form of the handshake."""
    return {tuple(v[k] for k in ("version", "cipher_suite", "ems", "etm", "resumed")) + ("pms" in v,): v
            for v in sessions()}.values()


def session(**wanted):
    """The first session that has these values, of TLS 1.2 with SHA-256 unless they say another."""
    for vector in sessions():
        if all(vector.get(k) == v for k, v in ({"version": "0303", "hash": "sha256"} | wanted).items()):
            return vector
    raise LookupError(wanted)


SERVED = {"tls12-prf", "tls10-prf", "ssl3-prf", "p-hash", "tls12-keys", "tls12-ems-keys", "tls10-keys",
          "ssl3-keys",
          "ssl3-finished", "tls12-finished", "tls10-finished", "tls-exporter", "tls-session", "hash", "hmac",
          "hkdf", "hkdf-extract", "hkdf-expand", "hkdf-expand-label",
          "tls13-session", "tls13-early", "tls13-psk-binder", "tls13-psk-import", "tls13-handshake",
          "tls13-finished", "tls13-application", "tls13-resumption", "tls13-traffic-keys", "tls13-key-update",
          "tls13-exporter", "tls13-ech-confirmation", "tls13-extract", "tls13-schedule",
          "quic-initial", "quic-packet"}


def is_served(vector):
    """HKDF has the hashes of TLS 1.3 alone."""
    return (vector["alg"] in SERVED and vector.get("hash") != "sha224" and
            not (vector["alg"].startswith("hkdf") and vector["hash"] == "sha1"))
