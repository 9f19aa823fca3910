#!/usr/bin/env python3
"""tshark's lines with bytes changed, lengths changed, lines lost, repeated, in turn and cut: lanekdf never
crashes, and prints no answer that differs from the recorded one unless it says that it could not check the
secret.

usage: capture_mutations.py LANEKDF [ROUNDS [SEED]]"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).parent / 'vectors' / 'cases'
ANSWERS = ('master', 'key_block', 'session_hash', 'client_finished', 'server_finished', 'secrets',
           'traffic_keys')
NAMES = ('tls13_hrr', 'tls13_early_data', 'quic_retry',
         'resumed_ticket', 'resumed_session_id', 'rsa_session_id', 'lost_segment_rsa', 'ssl2_hello',
         'data_records', 'server_hello_out_of_order', 'dtls12_cookie_fragments', 'dtls10_cookie_fragments')
VARIANTS = 200  # of each case in a round


def change_bytes(line, rng):
    """Changes a byte wherever tshark shows it: in the payload, the record and the message."""
    runs = re.findall('[0-9a-f]{32,}', line)
    if not runs:
        return line
    run = rng.choice(runs)
    at = 2 * rng.randrange(min(len(run) // 2 - 8, 4 if rng.random() < .3 else 1 << 20) or 1)
    window = run[at:at + 16]
    byte = f'{rng.choice((0, 0xff, int(window[:2], 16) ^ 1 << rng.randrange(8))):02x}'
    return line.replace(window, byte + window[2:])


def cut_bytes(line, rng):
    runs = re.findall('[0-9a-f]{32,}', line)
    if not runs:
        return line
    run = rng.choice(runs)
    return line.replace(run, run[:2 * rng.randrange(len(run) // 2)])


def mutate(lines, rng):
    lines = list(lines)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        i, what = rng.randrange(len(lines)), rng.randrange(6)
        if what < 3:
            lines[i] = change_bytes(lines[i], rng)
        elif what == 3:
            lines[i] = cut_bytes(lines[i], rng)
        elif what == 4:
            lines.insert(rng.randrange(len(lines)), lines.pop(i))
        else:
            lines[i:i + 1] = [lines[i]] * rng.choice((0, 2))
            lines = lines or ['{"index":{}}']
    return lines


def renumber(line, variant):
    """The line in a stream that only this variant has."""
    return re.sub(r'"((?:tcp_tcp|udp_udp)_stream)":"(\d+)"',
                  lambda m: f'"{m[1]}":"{100 * variant + int(m[2])}"', line)


def derive(command, log, text, folder):
    path = folder / 'packets.ek'
    path.write_text(text)
    return subprocess.run([command, 'derive', '--key-log', log, path], capture_output=True, text=True,
                          timeout=300)


def differs(got, right):
    """Of several secrets, those are compared that both have: one that does not fit is left out."""
    if isinstance(got, dict):
        return any(got[k] != right[k] for k in got if k in right)
    return got != right


def answers(result):
    return [o for o in map(json.loads, result.stdout.splitlines()) if 'error' not in o]


def main():
    command, rounds, seed = sys.argv[1], *map(int, (sys.argv[2:] + ['1', '1'][len(sys.argv) - 2:])[:2])
    rng, failures = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for case in NAMES * rounds:
            log = CASES / f'{case}.keylog'
            lines = [l for l in (CASES / f'{case}.ek').read_text().splitlines() if '"layers"' in l]
            whole = derive(command, log, '\n'.join(lines), folder)
            right = {o['id']['client_random']: o for o in answers(whole)}
            variants = [[renumber(l, v) for l in mutate(lines, rng)] for v in range(VARIANTS)]
            result = derive(command, log, '\n'.join('\n'.join(v) for v in variants), folder)
            unchecked = 'cannot be told' in result.stderr
            wrong = [(o['id'], a) for o in answers(result) for a in ANSWERS
                     if a in o and a in right.get(o['id']['client_random'], {}) and
                     differs(o[a], right[o['id']['client_random']][a])]
            if result.returncode not in (0, 1) or (wrong and not unchecked):
                failures += 1
                print(f'FAIL {case}: status {result.returncode}, {wrong[:3]}, {result.stderr[-2000:]}')
            else:  # one by one, which of them was not checked is known
                for variant in (variants[v] for v in sorted({id_['stream'] // 100 for id_, _ in wrong})):
                    alone = derive(command, log, '\n'.join(variant), folder)
                    bad = [o['id'] for o in answers(alone) for a in ANSWERS
                           if a in o and a in right.get(o['id']['client_random'], {}) and
                           differs(o[a], right[o['id']['client_random']][a])]
                    if bad and 'cannot be told' not in alone.stderr:
                        failures += 1
                        print(f'FAIL {case}: {bad[:2]} {alone.stderr[-500:]}')
    print(f'seed {seed}, {rounds} rounds: {failures} failures')
    sys.exit(failures > 0)


main()
