#!/usr/bin/env python3
"""Lines of HKDF, of the stages of TLS 1.3, DTLS 1.3 and QUIC, and of their recorded sessions: against the
text of the RFCs, and against what was recorded.

Catches: a stage that gets a wrong prefix, label, length or transcript; a session that is derived from what it
was not made of; an answer that is wrong and passes, or that nothing was compared with."""
import hashlib
import json
import os
import random
import unittest

import skips
from command_support import (
    FAILED, OK, VECTORS, derive, derive_each, is_served, lines, run, tls13_sessions, vector_files,
    verify_each)

import sys
sys.path.insert(0, VECTORS)
from formulas import hkdf_expand, hkdf_extract, mac  # noqa: E402

random.seed(13)

# Of each protocol: the prefix of labels, the labels of key, IV and number key, and that of key updates.
PROTOCOLS = {"tls": (b"tls13 ", b"key", b"iv", None, b"traffic upd"),
             "dtls": (b"dtls13", b"key", b"iv", b"sn", b"traffic upd"),
             "quic": (b"tls13 ", b"quic key", b"quic iv", b"quic hp", b"quic ku"),
             "quicv2": (b"tls13 ", b"quicv2 key", b"quicv2 iv", b"quicv2 hp", b"quicv2 ku")}
HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}


class Schedule:
    """RFC 8446 section 7.1 with a hash and a protocol."""

    def __init__(self, name, protocol):
        self.name, self.n = name, HASHES[name]
        self.prefix, self.key, self.iv, self.number, self.update = PROTOCOLS[protocol]

    def hash(self, message):
        return hashlib.new(self.name, message).digest()

    def label(self, secret, label, context, n):
        label = self.prefix + label
        info = n.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
        return hkdf_expand(self.name, secret, info, n)

    def derive(self, secret, label, transcript=None):
        return self.label(secret, label, self.hash(b"") if transcript is None else transcript, self.n)

    def extract(self, salt, secret):
        return hkdf_extract(self.name, salt, secret)

    def finished(self, secret, transcript):
        return mac(self.name, self.label(secret, b"finished", b"", self.n), transcript)

    def keys(self, secret, key_len, iv_len, side="", with_number=True):
        keys = {f"{side}key": self.label(secret, self.key, b"", key_len),
                f"{side}iv": self.label(secret, self.iv, b"", iv_len)}
        if self.number and with_number:
            keys[f"{side}number_key"] = self.label(secret, self.number, b"", key_len)
        return keys


def text(values):
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in values.items()}


def some(n):
    return random.randbytes(n)


LENGTHS = [1, 16, 20, 32, 48, 55, 56, 63, 64, 65, 66, 80, 111, 112, 119, 127, 128, 129, 256, 1024]


def early(s):
    psk, binder_hash, hello_hash = some(random.choice(LENGTHS)), some(s.n), some(s.n)
    label, key_len, iv_len = random.choice(["res binder", "ext binder", "imp binder"]), 16, 12
    secret = s.extract(b"", psk)
    traffic = s.derive(secret, b"c e traffic", hello_hash)
    return ({"alg": "tls13-early", "psk": psk, "binder_label": label, "binder_hash": binder_hash,
             "client_hello_hash": hello_hash, "key_len": key_len, "iv_len": iv_len},
            {"early_secret": secret, "binder": s.finished(s.derive(secret, label.encode()), binder_hash),
             "client_early_traffic_secret": traffic, **s.keys(traffic, key_len, iv_len, "client_early_"),
             "early_exporter_master_secret": s.derive(secret, b"e exp master", hello_hash),
             "handshake_salt": s.derive(secret, b"derived")})


def binder(s):
    psk, transcript = some(random.choice(LENGTHS)), some(s.n)
    label = random.choice(["res binder", "ext binder", "imp binder"])
    return ({"alg": "tls13-psk-binder", "psk": psk, "binder_label": label, "transcript_hash": transcript},
            {"out": s.finished(s.derive(s.extract(b"", psk), label.encode()), transcript)})


def handshake(s):
    shared, transcript, with_psk = some(random.choice(LENGTHS)), some(s.n), random.random() < 0.5
    salt = some(s.n) if with_psk else s.derive(s.extract(b"", bytes(s.n)), b"derived")
    line = {"alg": "tls13-handshake", "transcript_hash": transcript, "key_len": 32, "iv_len": 12}
    if with_psk:
        line["handshake_salt"] = salt
    if with_psk and random.random() < 0.3:
        shared = bytes(s.n)
    else:
        line["shared_secret"] = shared
    secret = s.extract(salt, shared)
    answers = {"handshake_secret": secret,
               "master_secret": s.extract(s.derive(secret, b"derived"), bytes(s.n))}
    for side in ("client", "server"):
        traffic = s.derive(secret, side[:1].encode() + b" hs traffic", transcript)
        answers |= {f"{side}_handshake_traffic_secret": traffic, **s.keys(traffic, 32, 12, side + "_"),
                    f"{side}_finished_key": s.label(traffic, b"finished", b"", s.n)}
    return line, answers


def application(s):
    master, transcript = some(s.n), some(s.n)
    answers = {"exporter_master_secret": s.derive(master, b"exp master", transcript)}
    for side in ("client", "server"):
        traffic = s.derive(master, side[:1].encode() + b" ap traffic", transcript)
        answers |= {f"{side}_application_traffic_secret_0": traffic, **s.keys(traffic, 16, 12, side + "_")}
    return ({"alg": "tls13-application", "master_secret": master, "transcript_hash": transcript,
             "key_len": 16, "iv_len": 12}, answers)


def resumption(s):
    master, transcript = some(s.n), some(s.n)
    nonces = [some(n) for n in random.sample([0, 1, 2, 8, 33, 100, 254, 255], random.randrange(4))]
    secret = s.derive(master, b"res master", transcript)
    answers = {"resumption_master_secret": secret}
    if nonces:
        answers["psks"] = [s.label(secret, b"resumption", nonce, s.n).hex() for nonce in nonces]
    return ({"alg": "tls13-resumption", "master_secret": master, "transcript_hash": transcript,
             "nonces": [nonce.hex() for nonce in nonces]}, answers)


def finished(s):
    key, transcript = some(s.n), some(s.n)
    return ({"alg": "tls13-finished", "finished_key": key, "transcript_hash": transcript},
            {"out": mac(s.name, key, transcript)})


def traffic_keys(s):
    secret, key_len = some(s.n), random.choice([1, 16, 32])
    return ({"alg": "tls13-traffic-keys", "secret": secret, "key_len": key_len, "iv_len": 12},
            s.keys(secret, key_len, 12))


def key_update(s):
    secret, n = some(s.n), random.choice([1, 2, 3, 50])
    line = {"alg": "tls13-key-update", "secret": secret, "updates": n, "key_len": 16, "iv_len": 12}
    for _ in range(n):
        secret = s.label(secret, s.update, b"", s.n)
    return line, {"next_secret": secret, **s.keys(secret, 16, 12, with_number=s.number == b"sn")}


def exporter(s):
    secret, label = some(s.n), some(random.choice([1, 24, 40, 249]))
    context = some(random.choice([0, 1, 64, 500]))
    n = random.choice([1, 20, 32, 60, 128, 255])
    return ({"alg": "tls13-exporter", "exporter_master_secret": secret, "label": label, "context": context,
             "length": n},
            {"out": s.label(s.derive(secret, label), b"exporter", s.hash(context), n)})


def ech_confirmation(s):
    """RFC 9849 section 7.2; the label of HelloRetryRequest where the line says so."""
    inner_random, transcript, is_retry = some(32), some(s.n), random.choice([None, False, True])
    label = b"hrr ech accept confirmation" if is_retry else b"ech accept confirmation"
    line = {"alg": "tls13-ech-confirmation", "inner_random": inner_random, "transcript_hash": transcript}
    if is_retry is not None:
        line["hello_retry"] = is_retry
    return line, {"out": s.label(s.extract(b"", inner_random), label, transcript, 8)}


def extract(s):
    line, salt, ikm = {"alg": "tls13-extract"}, b"", bytes(s.n)
    if random.random() < 0.7:
        line["prev"] = some(s.n)
        salt = s.derive(line["prev"], b"derived")
    if random.random() < 0.7:
        ikm = line["ikm"] = some(random.choice(LENGTHS))
    return line, {"out": s.extract(salt, ikm)}


def expand_label(s):
    secret, label = some(random.choice([1, s.n, 64, 129])), some(random.choice([0, 3, 12, 249]))
    context, n = some(random.choice([0, s.n, 255])), random.choice([1, 12, s.n, s.n + 1, 255 * s.n])
    return ({"alg": "hkdf-expand-label", "secret": secret, "label": label, "context": context, "length": n},
            {"out": s.label(secret, label, context, n)})


STAGES = (early, binder, handshake, application, resumption, finished, traffic_keys, key_update, exporter,
          ech_confirmation, extract, expand_label)


class Stages(unittest.TestCase):
    def test_random_lines(self):
        """Every stage with every hash and protocol, derived without the answers and verified with them."""
        asked, expected = [], []
        for stage in STAGES:
            for name in HASHES:
                for protocol in PROTOCOLS:
                    for _ in range(4):
                        line, answers = stage(Schedule(name, protocol))
                        asked.append(text({"id": len(asked), "hash": name, "protocol": protocol} | line))
                        expected.append(text(answers))
        for line, answers, got in zip(asked, expected, derive(*asked), strict=True):
            self.assertEqual(got, {"id": line["id"]} | answers, line["alg"])
        result = run("verify", stdin=lines(a | b for a, b in zip(asked, expected)))
        self.assertEqual(result.stdout, f"{len(asked)} passed, 0 failed\n")

    def test_versions(self):
        """A line may have the version in the place of the protocol."""
        asked = []
        for version, protocol in (("0304", "tls"), ("fefc", "dtls"), ("00000001", "quic"),
                                  ("6b3343cf", "quicv2"), ("DTLS1.3", "dtls"), ("QUIC v2", "quicv2")):
            line, answers = traffic_keys(Schedule("sha256", protocol))
            line = text(line | {"hash": "sha256"})
            for more in ({"version": version}, {"protocol": protocol}):
                asked.append((line | more, {"id": None} | text(answers)))
        for line, answers, got in derive_each(asked):
            self.assertEqual(got, answers, line)
        line = {k: v for k, v in line.items() if k != "protocol"}
        line["protocol"] = "quic"
        self.assertEqual(derive(line | {"version": "0304"}), derive(line))
        self.assertIn("contradict", derive(line | {"version": "fefc"})[0]["error"])
        self.assertIn("not supported", derive(line | {"version": "0303"})[0]["error"])
        self.assertIn("tls, dtls, quic", derive(line | {"protocol": "dtls13"})[0]["error"])

    def test_suites_in_place_of_hash_and_lengths(self):
        asked = []
        for suite, name, key_len in (("1301", "sha256", 16), ("TLS_AES_256_GCM_SHA384", "sha384", 32),
                                     ("TLS_CHACHA20_POLY1305_SHA256", "sha256", 32)):
            s = Schedule(name, "dtls")
            secret = some(s.n)
            asked.append(({"alg": "tls13-traffic-keys", "protocol": "dtls", "secret": secret.hex(),
                           "cipher_suite": suite}, text(s.keys(secret, key_len, 12))))
        for _, keys, got in derive_each(asked):
            self.assertEqual(got, {"id": None} | keys)
        line = {"alg": "tls13-traffic-keys", "protocol": "quic", "secret": "00" * 32}
        self.assertIn("not a cipher suite of this protocol version, QUIC v1",
                      derive(line | {"cipher_suite": "TLS_AES_128_CCM_8_SHA256"})[0]["error"])
        self.assertIn("not a cipher suite of this protocol version",
                      derive(line | {"cipher_suite": "c02f"})[0]["error"])

    def test_handshake_without_lengths_or_transcript(self):
        """Finished keys are there without lengths, and the master secret without a transcript."""
        s = Schedule("sha256", "tls")
        line, answers = handshake(s)
        line = text(line | {"hash": "sha256"})
        answers = text(answers)
        got, = derive({k: v for k, v in line.items() if k not in ("key_len", "iv_len")})
        keys = ("client_key", "client_iv", "server_key", "server_iv")
        self.assertEqual(got, {"id": None} | {k: v for k, v in answers.items() if k not in keys})
        got, = derive({k: v for k, v in line.items() if k != "transcript_hash"})
        self.assertEqual(got, {"id": None} | {k: answers[k] for k in ("handshake_secret", "master_secret")})

    def test_known_secrets_in_the_place_of_a_psk_or_a_master_secret(self):
        s = Schedule("sha384", "tls")
        line, answers = early(s)
        line = text(line | {"hash": "sha384", "early_secret": answers["early_secret"]})
        del line["psk"]
        answers = text(answers)
        del answers["early_secret"]
        self.assertEqual(derive(line), [{"id": None} | answers])
        secret = some(s.n)
        got, = derive({"alg": "tls13-resumption", "hash": "sha384", "nonces": ["00"],
                       "resumption_master_secret": secret.hex()})
        self.assertEqual(got, {"id": None, "psks": [s.label(secret, b"resumption", b"\0", s.n).hex()]})

    def test_psk_import(self):
        """RFC 9258 section 5.1, whose label has the prefix of TLS; QUIC has the number of TLS 1.3."""
        asked = []
        for protocol, number, target, kdf, n in (("tls", 0x0304, "sha256", 1, 32),
                                                 ("dtls", 0xfefc, "sha384", 2, 48),
                                                 ("quic", 0x0304, "sha256", 1, 32)):
            s = Schedule("sha256", "tls")
            psk, identity, context = some(32), some(7), some(9)
            imported = (len(identity).to_bytes(2, "big") + identity + len(context).to_bytes(2, "big") +
                        context + number.to_bytes(2, "big") + kdf.to_bytes(2, "big"))
            out = s.label(s.extract(b"", psk), b"derived psk", s.hash(imported), n)
            asked.append((text({"alg": "tls13-psk-import", "protocol": protocol, "psk": psk,
                                "context": context, "identity": identity, "target_hash": target}), out.hex()))
        for _, out, got in derive_each(asked):
            self.assertEqual(got["out"], out)

    def test_hkdf(self):
        asked = []
        for name in HASHES:
            for n in (1, HASHES[name], HASHES[name] + 1, 255 * HASHES[name]):
                salt, ikm, info = some(random.choice([0, 20, 200])), some(random.choice([0, 33])), some(40)
                prk = hkdf_extract(name, salt, ikm)
                okm = hkdf_expand(name, prk, info, n).hex()
                whole = text({"alg": "hkdf", "hash": name, "salt": salt, "ikm": ikm, "info": info,
                              "out_len": n})
                asked += [(whole, {"id": None, "okm": okm}),
                          (whole | {"alg": "hkdf-extract"}, {"id": None, "prk": prk.hex()}),
                          (whole | {"alg": "hkdf-expand", "prk": prk.hex()}, {"id": None, "okm": okm})]
        for line, answer, got in derive_each(asked):
            self.assertEqual(got, answer, line)
        bare, = derive({"alg": "hkdf", "hash": "sha256", "ikm": "00", "length": 5})
        self.assertEqual(bare["okm"], hkdf_expand("sha256", hkdf_extract("sha256", b"", b"\0"), b"", 5).hex())

    def test_errors(self):
        secret = {"hash": "sha256", "secret": "00" * 32}
        psk = {"hash": "sha256", "psk": "00"}
        for line, error, got in derive_each((
                ({"alg": "tls13-traffic-keys", **secret}, "the lengths of the keys are missing"),
                ({"alg": "tls13-traffic-keys", **secret, "key_len": 16}, "iv_len is missing"),
                ({"alg": "tls13-traffic-keys", **secret, "key_len": 0, "iv_len": 12}, "key_len: 0 bytes"),
                ({"alg": "tls13-traffic-keys", **secret, "key_len": 256, "iv_len": 12}, "at most 255"),
                ({"alg": "tls13-traffic-keys", **secret, "key": "", "iv_len": 12}, "key: 0 bytes"),
                ({"alg": "tls13-traffic-keys", "hash": "sha384", "secret": "00" * 32}, "must be 48"),
                ({"alg": "tls13-traffic-keys", "secret": "00" * 32}, "hash is missing"),
                ({"alg": "tls13-traffic-keys", **secret, "hash": "sha1"}, "\"sha1\" is not supported"),
                ({"alg": "tls13-key-update", **secret}, "updates is missing"),
                ({"alg": "tls13-key-update", **secret, "key_update": 1}, "did you mean \"updates\""),
                ({"alg": "tls13-key-update", **secret, "updates": 0}, "must be 1 or more"),
                ({"alg": "tls13-key-update", **secret, "updates": 65536}, "at most 65535"),
                ({"alg": "tls13-handshake", "hash": "sha256"}, "neither shared_secret nor handshake_salt"),
                ({"alg": "tls13-handshake", "hash": "sha256", "dhe": "00"}, "did you mean \"shared_secret\""),
                ({"alg": "tls13-early", "hash": "sha256"}, "psk is missing"),
                ({"alg": "tls13-early", **psk, "psk": ""}, "psk: 0 bytes"),
                ({"alg": "tls13-early", **psk, "binder_hash": "00" * 32}, "binder_label is missing"),
                ({"alg": "tls13-psk-binder", **psk, "binder_label": "x", "transcript_hash": "00" * 32},
                 "binder_label: \"res binder\""),
                ({"alg": "tls13-psk-binder", **psk, "psk_kind": "x", "transcript_hash": "00" * 32},
                 "psk_kind: resumption"),
                ({"alg": "tls13-psk-import", **psk, "identity": "00"}, "target_hash is missing"),
                ({"alg": "tls13-psk-import", **psk, "identity": "00", "target_hash": "sha512"},
                 "target_hash \"sha512\" is not supported"),
                ({"alg": "tls13-resumption", "hash": "sha256", "resumption_master_secret": "00" * 32},
                 "nonces is missing"),
                ({"alg": "tls13-resumption", "hash": "sha256", "resumption_master_secret": "00" * 32,
                  "nonces": ["00" * 256]}, "nonces[0]: 256 bytes"),
                ({"alg": "tls13-resumption", "hash": "sha256", "resumption_master_secret": "00" * 32,
                  "nonces": ["00"], "psks": []}, "psks: 0, but there are 1 nonces"),
                ({"alg": "tls13-exporter", "hash": "sha256", "exporter_master_secret": "00" * 32,
                  "label": "00" * 250, "length": 1}, "label: 250 bytes"),
                ({"alg": "tls13-exporter", "hash": "sha256", "master_secret": "00" * 32},
                 "exporter_master_secret"),
                ({"alg": "tls13-ech-confirmation", "hash": "sha256", "transcript_hash": "00" * 32},
                 "inner_random is missing"),
                ({"alg": "tls13-ech-confirmation", "hash": "sha256", "inner_random": "00" * 31,
                  "transcript_hash": "00" * 32}, "inner_random: 31 bytes, must be 32"),
                ({"alg": "tls13-ech-confirmation", "hash": "sha256", "inner_random": "00" * 32,
                  "transcript_hash": "00" * 32, "hello_retry": 1}, "hello_retry: true or false expected"),
                ({"alg": "ech-confirmation"}, "did you mean \"tls13-ech-confirmation\"?"),
                ({"alg": "hkdf", "hash": "sha1", "ikm": "", "length": 1},
                 "\"sha1\" is not supported for hkdf"),
                ({"alg": "hkdf", "hash": "sha256", "ikm": "", "length": 255 * 32 + 1}, "at most 8160"),
                ({"alg": "hkdf-expand", "hash": "sha256", "length": 1}, "prk is missing"),
                ({"alg": "hkdf-expand-label", **secret, "label": "", "context": "00" * 256, "length": 1},
                 "context: 256 bytes"),
                ({"alg": "tls12-keys", "hash": "sha256", "master_secret": "00" * 48, "out_len": 1},
                 "did you mean \"master\""))):
            self.assertIn(error, got.get("error", "no error"), line)


class Quic(unittest.TestCase):
    def test_initial(self):
        """Connection IDs of every length, with and without the salt; drafts had other salts."""
        asked = []
        for version, protocol in (("00000001", "quic"), ("6b3343cf", "quicv2")):
            s = Schedule("sha256", protocol)
            salt = {"quic": "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
                    "quicv2": "0dede3def700a6db819381be6e269dcbf9bd2ed9"}[protocol]
            for n in range(21):
                dcid = some(n)
                initial = s.extract(bytes.fromhex(salt), dcid)
                answers = {"initial_secret": initial}
                for side in ("client", "server"):
                    secret = s.label(initial, side.encode() + b" in", b"", 32)
                    answers |= {f"{side}_initial_secret": secret}
                    answers |= {k.replace("number_key", "hp"): v
                                for k, v in s.keys(secret, 16, 12, side + "_").items()}
                line = {"id": n, "alg": "quic-initial", "version": version, "dcid": dcid.hex()}
                answers = {"id": n} | text(answers)
                asked += [(line, answers), (line | {"salt": salt}, answers)]
        for line, answers, got in derive_each(asked):
            self.assertEqual(got, answers, line)
        self.assertIn("salt: not that", derive(line | {"salt": "00" * 20})[0]["error"])
        self.assertIn("dcid: 21 bytes", derive(line | {"dcid": "00" * 21})[0]["error"])
        self.assertIn("not supported", derive(line | {"version": "ff00001d"})[0]["error"])
        self.assertIn("QUIC version 1", derive(line | {"version": "0304"})[0]["error"])
        del line["version"]
        self.assertIn("version is missing", derive(line)[0]["error"])

    def test_packet(self):
        """After key updates the key of header protection is still that of the first secret."""
        for version, protocol in (("00000001", "quic"), ("6b3343cf", "quicv2")):
            s = Schedule("sha384", protocol)
            secret = later = some(48)
            for _ in range(3):
                later = s.label(later, s.update, b"", 48)
            first, last = s.keys(secret, 32, 12), s.keys(later, 32, 12)
            line = {"alg": "quic-packet", "version": version, "aead": "AES-256-GCM", "secret": secret.hex()}
            got, = derive(line | {"key_update": 3})
            self.assertEqual(got, {"id": None} | text({"key": last["key"], "iv": last["iv"],
                                                       "hp": first["number_key"]}))
            self.assertEqual(derive(line)[0]["key"], first["key"].hex())

    def test_keys_that_follow_from_nothing(self):
        """Beside a key of header protection alone no more than the lengths of key and IV can be wrong."""
        line = {"alg": "quic-packet", "version": "00000001", "aead": "aes-128-gcm", "hp": "00" * 16,
                "sample": "00" * 16, "mask": "66e94bd4ef"}
        whole = line | {"key": "00" * 16, "iv": "00" * 12}
        self.assertEqual(verify_each([whole]), ([""], ("1 passed, 0 failed", OK)))
        cases = (({"key": "ff"}, "key: 1 bytes, must be 16"), ({"iv": "00" * 8}, "iv: 8 bytes, must be 12"),
                 ({"key": True}, "key: a string"), ({"iv": None}, "iv: a string"))
        said, end = verify_each(line | more for more, _ in cases)
        for (_, error), text_ in zip(cases, said, strict=True):
            self.assertIn(error, text_)
        self.assertEqual(end, ("0 passed, 4 failed", FAILED))
        self.assertEqual(verify_each([line | cases[0][0]])[1], ("0 passed, 1 failed", FAILED))

    def test_errors(self):
        line = {"alg": "quic-packet", "version": "00000001", "secret": "00" * 32, "hash": "sha256"}
        for asked, error, got in derive_each((line | more, error) for more, error in (
                ({}, "key_len is missing"), ({"aead": "rot13"}, "QUIC has aes-128-gcm"),
                ({"aead": "aes-128-gcm", "sample": "00" * 15}, "sample: 15 bytes"),
                ({"key_len": 16, "sample": "00" * 16}, "aead is missing"),
                ({"dcid": "00"}, "side is missing"), ({"dcid": "00", "side": "both"}, "client or server"),
                ({"cipher_suite": "TLS_AES_128_CCM_8_SHA256"}, "QUIC has aes-128-gcm"))):
            self.assertIn(error, got.get("error", "no error"), asked)
        del line["secret"]
        self.assertIn("neither secret nor dcid", derive(line)[0]["error"])


ANSWERS = ("early_secret", "binder", "handshake_salt", "handshake_secret", "master_secret",
           "server_finished_key", "server_finished", "client_finished_key", "client_finished",
           "resumption_master_secret")


def with_shared_secret():
    return [v for v in tls13_sessions() if "shared_secret" in v or "psk" in v]


def turned(digits):
    """One bit of the last byte is another."""
    return digits[:-1] + format(int(digits[-1], 16) ^ 1, "x")


class Sessions(unittest.TestCase):
    def test_from_the_key_exchange_alone(self):
        """Without answers: every secret, key, Finished and PSK of a ticket that was recorded comes out."""
        asked = []
        for vector in with_shared_secret():
            line = {k: v for k, v in vector.items() if k not in ANSWERS + ("traffic_keys", "exporters")}
            line["tickets"] = [{"nonce": t["nonce"]} for t in vector.get("tickets", [])]
            # The labels say how many key updates there were.
            line["secrets"] = {k: v for k, v in vector["secrets"].items() if not k.endswith(("_0", "SECRET"))}
            line["exporters"] = [{k: v for k, v in e.items() if k != "out"}
                                 for e in vector.get("exporters", [])]
            asked.append(line)
        self.assertGreaterEqual(len(asked), 24)
        for vector, got in zip(with_shared_secret(), derive(*asked), strict=True):
            self.assertEqual({k: got.get(k) for k in ANSWERS if k in vector},
                             {k: vector[k] for k in ANSWERS if k in vector}, vector["id"])
            self.assertEqual(got["secrets"] | vector["secrets"], got["secrets"], vector["id"])
            self.assertEqual(got["traffic_keys"] | vector["traffic_keys"], got["traffic_keys"])
            self.assertEqual(got.get("tickets", []), vector.get("tickets", []))
            self.assertEqual([e["out"] for e in got.get("exporters", [])],
                             [e["out"] for e in vector.get("exporters", [])])

    def test_from_the_key_log(self):
        """Keys and Finished follow from the secrets of a key log as well; nothing above these does."""
        without = ("shared_secret", "psk", "binder_hash", "tickets", "traffic_keys") + ANSWERS
        asked = [{k: v for k, v in vector.items() if k not in without} for vector in tls13_sessions()]
        for vector, got in zip(tls13_sessions(), derive(*asked), strict=True):
            self.assertEqual(got["secrets"], vector["secrets"])
            self.assertEqual(got["traffic_keys"], vector["traffic_keys"] | {
                k: v for k, v in got["traffic_keys"].items() if k not in vector["traffic_keys"]})
            for name in ("server_finished", "client_finished"):
                self.assertEqual(got[name], vector[name])
            self.assertNotIn("master_secret", got)

    def test_a_finished_from_the_key_log_and_a_transcript_with_a_hole(self):
        without = ("shared_secret", "psk", "binder_hash", "tickets", "traffic_keys") + ANSWERS
        cases = []
        for vector in tls13_sessions():
            line = {k: v for k, v in vector.items() if k not in without}
            messages = line["handshake"]
            for i in range("first_client_hello" in line, len(messages) - 1):  # the first is its hash then
                for wrong in ("", messages[i][:-2], messages[i] + "00"):
                    changed = [*messages[:i], wrong, *messages[i + 1:]]
                    cases.append((line | {"handshake": changed}, f"handshake[{i}]: "))
        for _, error, got in derive_each(cases):
            self.assertIn(error, got.get("error", "no error"))

    def test_every_answer_is_compared(self):
        wrong = []
        for vector in with_shared_secret():
            for name in ANSWERS:
                if name in vector:
                    wrong.append((name, vector | {name: turned(vector[name])}))
            for label, secret in vector["secrets"].items():
                wrong.append((f'secrets: "{label}"', vector | {
                    "secrets": vector["secrets"] | {label: turned(secret)}}))
            for label, keys in vector["traffic_keys"].items():
                for member, key in keys.items():
                    wrong.append((f'traffic_keys: "{label}": {member}', vector | {
                        "traffic_keys": vector["traffic_keys"] | {label: keys | {member: turned(key)}}}))
            for i, ticket in enumerate(vector.get("tickets", [])):
                tickets = list(vector["tickets"])
                tickets[i] = ticket | {"psk": turned(ticket["psk"])}
                wrong.append(("tickets", vector | {"tickets": tickets}))
            for i, exporter in enumerate(vector.get("exporters", [])):
                exporters = list(vector["exporters"])
                exporters[i] = exporter | {"out": turned(exporter["out"])}
                wrong.append(("exporters", vector | {"exporters": exporters}))
        result = run("verify", stdin=lines([w | {"id": i} for i, (_, w) in enumerate(wrong)]))
        report = result.stdout.splitlines()
        self.assertEqual(report[-1], f"0 passed, {len(wrong)} failed")
        for i, (name, _) in enumerate(wrong):
            self.assertTrue(any(f": {i}: {name}" in line and ": differs" in line for line in report),
                            (i, name))

    def test_what_the_key_exchange_was(self):
        """A secret that was not a part of the handshake, or that is missing, gives no keys without a word."""
        resumed = next(v for v in with_shared_secret() if "psk" in v and "shared_secret" in v)
        full = next(v for v in with_shared_secret() if "psk" not in v)
        psk_alone = next(v for v in with_shared_secret() if "shared_secret" not in v)
        no_psk = {k: v for k, v in resumed.items() if k != "psk"}
        self.assertIn("psk is missing: ServerHello has pre_shared_key", derive(no_psk)[0]["error"])
        no_share = {k: v for k, v in resumed.items() if k not in ("shared_secret", "secrets")}
        self.assertIn("shared_secret is missing: ServerHello has key_share", derive(no_share)[0]["error"])
        self.assertEqual(derive(psk_alone)[0]["master_secret"], psk_alone["master_secret"])
        # A PSK that the server did not choose.
        refused = full | {"psk": "00" * 32}
        got, = derive(refused)
        self.assertEqual(got["master_secret"], full["master_secret"])
        self.assertEqual(run("verify", stdin=lines([refused])).stdout, "1 passed, 0 failed\n")
        # With a PSK and the key log, but without the shared secret, the early stage alone is derived.
        half = {k: v for k, v in resumed.items() if k != "shared_secret" and k not in ANSWERS}
        got, = derive(half)
        self.assertEqual(got["binder"], resumed["binder"])
        self.assertEqual(got["traffic_keys"] | resumed["traffic_keys"], got["traffic_keys"])
        self.assertNotIn("master_secret", got)
        nothing = {k: v for k, v in full.items() if k not in ("shared_secret", "secrets")}
        self.assertIn("neither shared_secret, nor psk, nor secrets", derive(nothing)[0]["error"])

    def test_transcripts_that_end_early(self):
        vector = next(v for v in with_shared_secret() if "tickets" in v)
        n = vector["server_finished_msgs"]
        bare = {k: v for k, v in vector.items() if k not in ANSWERS + ("traffic_keys", "secrets")}
        for messages, has_server_finished, has_application in ((vector["handshake"][:2], False, False),
                                                               (vector["handshake"][:n], True, False),
                                                               (vector["handshake"][:n + 1], True, True)):
            line = bare | {"handshake": messages, "server_finished_msgs": n}
            del line["client_finished_msgs"]
            if not has_server_finished:
                del line["server_finished_msgs"]
            line.pop("exporters", None)
            got, = derive(line)
            self.assertEqual(got["client_finished_key"], vector["client_finished_key"])
            self.assertEqual(got.get("server_finished"),
                             vector["server_finished"] if has_server_finished else None)
            self.assertEqual("EXPORTER_SECRET" in got["secrets"], has_application)
            self.assertNotIn("resumption_master_secret", got)
        # The client's Finished may be a field of its own, or derived.
        n = vector["client_finished_msgs"]
        line = bare | {"handshake": vector["handshake"][:n]}
        for more in ({}, {"client_finished": vector["client_finished"]}):
            self.assertEqual(derive(line | more)[0]["resumption_master_secret"],
                             vector["resumption_master_secret"])
        self.assertIn("client_finished_msgs: 1000", derive(line | {"client_finished_msgs": 1000})[0]["error"])

    def test_a_message_is_missing(self):
        """No secret comes of a transcript with a gap, and the error names the message."""
        names = {"01": "ClientHello", "02": "ServerHello", "08": "EncryptedExtensions", "0b": "Certificate",
                 "0f": "CertificateVerify", "fe": "ClientHello"}
        kept = ("alg", "protocol", "version", "cipher_suite", "shared_secret", "psk", "first_client_hello")
        tried, cases = set(), []
        for vector in with_shared_secret():
            types = tuple(message[:2] for message in vector["handshake"])
            if types in tried:
                continue
            tried.add(types)
            whole = {k: v for k, v in vector.items() if k in (*kept, "handshake")}
            cases.append((whole, types, None, None))
            for i, message in enumerate(vector["handshake"][:types.index("14")]):
                if message[:2] == "0d":  # only its answer, the client's Certificate, tells that it was there
                    continue
                name = names[message[:2]]
                if types[0] == "fe" and i == 1:
                    name = "HelloRetryRequest"
                cases.append((whole | {"handshake": [*vector["handshake"][:i], *vector["handshake"][i + 1:]]},
                              types, i, name))
        for _, types, i, name, got in derive_each(cases):
            with self.subTest(types=types, without=i):
                if name is None:
                    self.assertNotIn("error", got)
                else:
                    self.assertIn(f"handshake: {name} is missing", got.get("error", "no error"))
                    self.assertNotIn("secrets", got)
        self.assertTrue(any(types[0] == "fe" for types in tried) and len(tried) > 3)

    def test_messages_before_a_counted_finished_are_missing(self):
        vector = next(v for v in with_shared_secret() if "tickets" in v and "psk" not in v)
        bare = {k: v for k, v in vector.items() if k not in ANSWERS + ("traffic_keys", "secrets")}
        messages, n = vector["handshake"], vector["server_finished_msgs"]
        cases = [({k: v for k, v in (bare | more).items() if v is not None}, error) for more, error in (
                ({"handshake": messages[:2], "server_finished_msgs": 2, "client_finished_msgs": None},
                 "EncryptedExtensions is missing"),
                ({"handshake": messages[:3], "server_finished_msgs": 3, "client_finished_msgs": None},
                 "Certificate is missing ahead of the server's Finished"),
                ({"handshake": messages[:n], "server_finished_msgs": n, "client_finished_msgs": n},
                 "Finished of the server is missing ahead of the client's"))]
        asked = next(v for v in with_shared_secret() if any(m[:2] == "0d" for m in v["handshake"]))
        bare = {k: v for k, v in asked.items() if k not in ANSWERS + ("traffic_keys", "secrets")}
        n = asked["server_finished_msgs"] + 1
        line = bare | {"handshake": asked["handshake"][:n], "client_finished_msgs": n}
        cases.append((line, "Certificate is missing ahead of the client's Finished"))
        for _, error, got in derive_each(cases):
            self.assertIn(error, got.get("error", "no error"))

    def test_messages_that_are_not_whole(self):
        vector = next(v for v in with_shared_secret() if "psk" not in v)
        bare = {k: v for k, v in vector.items()
                if k in ("alg", "protocol", "version", "cipher_suite", "shared_secret")}
        messages = vector["handshake"]
        certificate = next(i for i, message in enumerate(messages) if message[:2] == "0b")
        # A ServerHello whose header says its length, and that ends in the midst of its extensions.
        cut = "02" + f"{len(messages[1]) // 2 - 5:06x}" + messages[1][8:-2]
        cases = [(bare | {"handshake": handshake}, error) for handshake, error in (
                (["010000"], "handshake[0]: 3 bytes are no message, whose header alone has 4"),
                ([""], "handshake[0]: 0 bytes"),
                ([messages[0] + "00"], "handshake[0]: ClientHello is not whole: its header says"),
                ([messages[0], messages[1][:-2]], "handshake[1]: ServerHello is not whole"),
                ([messages[0], cut, *messages[2:]], "handshake[1]: ServerHello cannot be read to its end"),
                ([*messages[:certificate], messages[certificate][:100], *messages[certificate + 1:]],
                 f"handshake[{certificate}]: Certificate is not whole"))]
        retried = next(v for v in with_shared_secret() if "first_client_hello" in v)
        hello = retried["first_client_hello"]
        for more, error in (({"first_client_hello": hello[:-2]}, "first_client_hello"),
                            ({"handshake": [hello, *retried["handshake"][1:]]}, "message_hash is missing"),
                            ({"handshake": retried["handshake"][:3]}, "ServerHello is missing")):
            cases.append(({k: v for k, v in retried.items() if k in bare} | more, error))
        for _, error, got in derive_each(cases):
            self.assertIn(error, got.get("error", "no error"))

    def test_a_client_hello_alone(self):
        """The early stage needs no more, and neither do secrets that no transcript goes into."""
        vector = next(v for v in with_shared_secret() if "psk" in v and "client_hello_hash" not in v)
        line = {k: v for k, v in vector.items() if k in ("alg", "protocol", "version", "cipher_suite", "psk")}
        line |= {"handshake": vector["handshake"][:1]}
        whole, = derive({k: v for k, v in vector.items() if k not in ANSWERS})
        self.assertEqual(derive(line)[0]["early_secret"], whole["early_secret"])
        got, = derive(line | {"shared_secret": vector["shared_secret"]})
        self.assertEqual(got["handshake_secret"], whole["handshake_secret"])

    def test_what_nothing_is_derived_for(self):
        """Unknown labels, keys of secrets that are not there, answers of a stage that is not reached."""
        vector = next(v for v in tls13_sessions() if "shared_secret" not in v and "psk" not in v)
        ech = {"ECH_SECRET": "00" * 32, "ECH_CONFIG": "fe0d"}
        self.assertEqual(run("verify", stdin=lines([vector | {"secrets": vector["secrets"] | ech}])).stdout,
                         "1 passed, 0 failed\n")
        secrets = {k: v for k, v in vector["secrets"].items() if k != "EXPORTER_SECRET"}
        keys = {k: v for k, v in vector["traffic_keys"].items() if k != "SERVER_TRAFFIC_SECRET_0"}
        cases = (
                (vector | {"secrets": vector["secrets"] | {"FOO": "00"}}, "secrets: FOO"),
                (vector | {"secrets": vector["secrets"] | {"CLIENT_TRAFFIC_SECRET_01": "00"}},
                 "secrets: CLIENT_TRAFFIC_SECRET_01"),
                (vector | {"secrets": vector["secrets"] | {"CLIENT_TRAFFIC_SECRET_1001": "00"}},
                 "secrets: CLIENT_TRAFFIC_SECRET_1001"),
                (vector | {"traffic_keys": vector["traffic_keys"] | {
                    "CLIENT_TRAFFIC_SECRET_1": {"key": "00" * 16}}}, "traffic_keys: CLIENT_TRAFFIC_SECRET_1"),
                (vector | {"traffic_keys": keys | {"SERVER_TRAFFIC_SECRET_0": {"mac": "00"}}},
                 "traffic_keys: SERVER_TRAFFIC_SECRET_0"),
                (vector | {"master_secret": "00" * 32}, "master_secret"),
                (vector | {"tickets": [{"nonce": "00", "psk": "00" * 32}]}, "tickets"))
        said, end = verify_each(line for line, _ in cases)
        for (_, what), report in zip(cases, said, strict=True):
            self.assertIn(f": {what}: cannot be checked", report)
        self.assertEqual(end, (f"0 passed, {len(cases)} failed", FAILED))
        for _, error, got in derive_each((
                (vector | {"exporters": [{"label_text": "EXPORTER-a", "length": 3}], "secrets": secrets},
                 "exporters: EXPORTER_SECRET is not known"),
                (vector | {"secrets": {"EXPORTER_SECRET": "00"}}, "EXPORTER_SECRET: 1 bytes, must be"),
                (vector | {"secrets": {"EXPORTER_SECRET": 1}}, "a string of hexadecimal digits expected"),
                (vector | {"secrets": []}, "secrets: an object expected"),
                (vector | {"traffic_keys": {"CLIENT_TRAFFIC_SECRET_0": "00"}}, ""))):
            self.assertIn(error, got.get("error", ""))
        twice = {"exporter_secret": vector["secrets"]["EXPORTER_SECRET"]} | vector["secrets"]
        self.assertIn("EXPORTER_SECRET is there twice", derive(vector | {"secrets": twice})[0]["error"])

    def test_no_usable_secret(self):
        """A line that nothing can be derived from is not answered with nothing, and the label that was meant
        is named."""
        zeros = "00" * 32
        line = {"alg": "tls13-session", "cipher_suite": "1301"}
        none_there = "secrets: none is there that keys or exporters are made of"
        no_label = 'secrets: none can be used: "%s" is no label of a secret of TLS 1.3'
        meant = 'secrets: none can be used: the line has "%s"; did you mean "%s"?'
        cases = [(line | {"secrets": secrets}, error) for secrets, error in (
                ({}, none_there),
                ({"ECH_SECRET": zeros, "ECH_CONFIG": "fe0d"}, none_there),
                ({"FOO": zeros}, no_label % "FOO"),
                ({"": zeros}, no_label % ""),
                ({"CLIENT_TRAFFIC_SECRET_N": zeros}, no_label % "CLIENT_TRAFFIC_SECRET_N"),
                ({"CLIENT_TRAFFIC_SECRET_1001": zeros}, no_label % "CLIENT_TRAFFIC_SECRET_1001"),
                ({"x" * 5000: zeros}, "is no label of a secret of TLS 1.3"),
                *(({wrong: zeros, "FOO": zeros}, meant % (wrong, right)) for wrong, right in (
                    ("CLIENT_TRAFFIC_SECRET_O", "CLIENT_TRAFFIC_SECRET_0"),
                    ("SERVER_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"),
                    ("client_handshake_trafic_secret", "CLIENT_HANDSHAKE_TRAFFIC_SECRET"),
                    ("SERVER_HANDSHAKE_TRAFFIC_SECRETS", "SERVER_HANDSHAKE_TRAFFIC_SECRET"),
                    ("CLIENT_EARLY_TRAFFIC_SECRET_0", "CLIENT_EARLY_TRAFFIC_SECRET"),
                    ("EXPORTER_SECRT", "EXPORTER_SECRET"))))]
        for _, error, got in derive_each(cases):
            self.assertIn(error, got["error"])
        said, end = verify_each(asked for asked, _ in cases)
        self.assertNotIn("", said)
        self.assertEqual(end, (f"0 passed, {len(cases)} failed", FAILED))
        told = run("explain", "--json", stdin=lines(asked for asked, _ in cases)).stdout.splitlines()
        for (_, error), text_ in zip(cases, told, strict=True):
            self.assertIn(error, json.loads(text_)["error"])
        for what in ("derive", "verify", "explain"):
            for asked in (cases[0][0], cases[-1][0]):
                self.assertEqual(run(what, stdin=lines([asked])).returncode, FAILED, (what, asked))
        for secrets in ({"CLIENT_TRAFFIC_SECRET_0": zeros}, {"CLIENT_TRAFFIC_SECRET_0": zeros, "FOO": ""}):
            self.assertIn("traffic_keys", derive(line | {"secrets": secrets})[0])
        vector = next(v for v in with_shared_secret() if "secrets" in v)
        self.assertIn("master_secret", derive(vector | {"secrets": {}})[0])

    def test_later_secrets(self):
        """From the first that is known, whatever the order. In QUIC only the first has a number key."""
        for protocol in ("tls", "dtls", "quic", "quicv2"):
            s = Schedule("sha256", protocol)
            first = some(32)
            second = s.label(first, s.update, b"", 32)
            third = s.label(second, s.update, b"", 32)
            line = {"alg": "tls13-session", "protocol": protocol, "hash": "sha256",
                    "key_len": 16, "iv_len": 12, "secrets": {
                        "CLIENT_TRAFFIC_SECRET_3": "00" * 32, "CLIENT_TRAFFIC_SECRET_1": first.hex()}}
            got, = derive(line)
            self.assertEqual(got["secrets"]["CLIENT_TRAFFIC_SECRET_3"], third.hex())
            self.assertEqual(got["traffic_keys"]["CLIENT_TRAFFIC_SECRET_3"]["key"],
                             s.keys(third, 16, 12)["key"].hex())
            members = {"tls": {"key", "iv"}, "dtls": {"key", "iv", "sn"}}.get(protocol, {"key", "iv"})
            for keys in got["traffic_keys"].values():
                self.assertEqual(set(keys), members)
            line["secrets"] = {"CLIENT_TRAFFIC_SECRET_0": first.hex()}
            got, = derive(line)
            self.assertEqual("hp" in got["traffic_keys"]["CLIENT_TRAFFIC_SECRET_0"],
                             protocol.startswith("quic"))

    def test_exporters(self):
        vector = next(v for v in with_shared_secret() if "exporters" in v)
        s = Schedule(vector["hash"], vector["protocol"])
        secret = bytes.fromhex(vector["secrets"]["EXPORTER_SECRET"])

        def export(label, context, n):
            return s.label(s.derive(secret, label), b"exporter", s.hash(context), n).hex()
        options = [x for e in ("eap-tls", "dtls-srtp", "tls-exporter", "EXPORTER-a:c0ff:7")
                   for x in ("--export", e)]
        result = run("derive", *options,
                     stdin=lines([{k: v for k, v in vector.items() if k != "exporters"}]))
        got = json.loads(result.stdout)["exporters"]
        self.assertEqual([e["out"] for e in got], [
            export(b"EXPORTER_EAP_TLS_Key_Material", b"\x0d", 128), export(b"EXTRACTOR-dtls_srtp", b"", 60),
            export(b"EXPORTER-Channel-Binding", b"", 32), export(b"EXPORTER-a", b"\xc0\xff", 7)])
        self.assertEqual(got[0]["label_text"], "EXPORTER_EAP_TLS_Key_Material")
        bare = {"alg": "tls13-session", "hash": "sha256", "secrets": {"CLIENT_TRAFFIC_SECRET_0": "00" * 32}}
        got = json.loads(run("derive", "--export", "eap-tls", stdin=lines([bare])).stdout)
        self.assertEqual(got["warning"], "exporters: EXPORTER_SECRET is not known")

    def test_suites(self):
        """From its id, its name, or ServerHello."""
        vector = next(v for v in with_shared_secret() if v["cipher_suite"] == "1303")
        without = ("cipher_suite", "cipher_suite_name", "hash", "key_len", "iv_len", "traffic_keys")
        bare = {k: v for k, v in vector.items() if k not in without}
        expected = derive(vector)
        for more in ({}, {"cipher_suite": "1303"}, {"cipher_suite_name": "TLS_CHACHA20_POLY1305_SHA256"}):
            self.assertEqual(derive(bare | more), expected)
        self.assertIn("not a cipher suite of this protocol version",
                      derive(bare | {"cipher_suite": "c02f"})[0]["error"])

    def test_a_suite_that_the_server_did_not_choose(self):
        cases = []
        for vector in (next(v for v in with_shared_secret() if v["cipher_suite"] == "1303"),
                       next(v for v in tls13_sessions() if "hello_retry" in v)):
            names = {"1301": "TLS_AES_128_GCM_SHA256", "1302": "TLS_AES_256_GCM_SHA384",
                     "1303": "TLS_CHACHA20_POLY1305_SHA256"}
            without = ("cipher_suite", "cipher_suite_name", "hash", "key_len", "iv_len", "traffic_keys",
                       "secrets")
            bare = {k: v for k, v in vector.items() if k not in without}
            chosen = vector["cipher_suite"]
            for line in (bare, bare | {"secrets": vector["secrets"]}):
                for suite in names:
                    for field, value in (("cipher_suite", suite), ("cipher_suite_name", names[suite])):
                        cases.append((line | {field: value}, field, suite, chosen))
        for _, field, suite, chosen, got in derive_each(cases):
            error = got.get("error", "")
            if suite == chosen or "neither" in error:
                self.assertNotIn("contradict", error)
                continue
            self.assertEqual(error, f"{field} and the ServerHello of handshake contradict each other: "
                                    f"{suite}, {chosen}")


class Vectors(unittest.TestCase):
    def test_every_bit_counts(self):
        """With one bit of one answer turned, a line fails."""
        vectors = []
        for name in vector_files():
            with open(name, encoding="utf-8") as file:
                vectors += [v for v in map(json.loads, file)
                            if v["alg"].startswith(("hkdf", "tls13", "quic")) and is_served(v)]
        asked = []
        for vector, got in zip(vectors, derive(*vectors), strict=True):
            inputs = {"id"}
            if vector["alg"] == "quic-packet" and "dcid" not in vector:
                inputs |= {"secret"} if "secret" in vector else {"key", "iv", "hp"}
            asked += [vector | {k: turned(vector[k])} for k in got
                      if k not in inputs and isinstance(vector.get(k), str)]
        self.assertGreater(len(asked), 2000)
        result = run("verify", stdin=lines(asked))
        self.assertEqual(result.stdout.splitlines()[-1], f"0 passed, {len(asked)} failed")
        self.assertEqual(result.returncode, FAILED)


if __name__ == "__main__":
    skips.main()
