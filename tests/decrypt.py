#!/usr/bin/env python3
"""The proof of the keys: the first protected records of every recorded session, decrypted by libcrypto
under the keys that lanekdf derives, are the recorded plaintexts; under keys with one bit turned none is.
usage: decrypt.py LANEKDF DECRYPT_RECORDS"""
import collections, json, pathlib, subprocess, sys, zlib

HERE = pathlib.Path(__file__).parent / 'vectors'
ANSWERS = ('key_block', 'session_hash', 'client_finished', 'server_finished')


def sessions():
    for file in sorted(HERE.glob('*.jsonl')):
        for line in map(json.loads, file.open()):
            if line['alg'] == 'tls-session' and line['records']:
                yield line


def derived(command, lines):
    """The keys, from lines without answers; those with a pre-master secret start there."""
    asked = [{k: v for k, v in line.items() if k not in ANSWERS and k != 'records' and (k != 'master' or 'pms' not in line)}
             for line in lines]
    run = subprocess.run([command, 'derive'], input=''.join(json.dumps(line) + '\n' for line in asked),
                         stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(text) for text in run.stdout.splitlines()]


def cipher(line):
    """libcrypto's name, and a short tag's mark in the place of a MAC."""
    name, bits = line['cipher'], 8 * line['key_len']
    if name in ('NULL', 'CHACHA20-POLY1305'):
        return name, line.get('mac_hash', '-')
    family, mode = name.split('-')
    mac = line.get('mac_hash') or ('-8' if mode == 'CCM8' else '-')
    return ('DES-EDE3-CBC' if family == '3DES' else f'{family}-{bits}-{mode.replace("8", "")}'), mac


def requests(line, keys, flip=False):
    """What decrypt_records reads for each record."""
    name, mac = cipher(line)
    sequence, chained = collections.Counter(), {}
    for record in line['records']:
        side, data = record['dir'], record['record']
        mac_key, key, iv = (keys[f'{side}_{what}'] for what in ('write_MAC_key', 'write_key', 'write_IV'))
        if flip:
            turned = key or mac_key
            turned = format(int(turned[0], 16) ^ 1, 'x') + turned[1:]
            key, mac_key = (turned, mac_key) if key else ('', turned)
        iv = chained.get(side, iv)
        yield ' '.join((name, mac, str(int(line['etm'])), str(sequence[side]), mac_key or '-', key or '-', iv or '-', data))
        sequence[side] += 1
        if line['block_len'] and line['version'] < '0302':  # the next record's IV
            protected = data[:len(data) - 2 * line['mac_len']] if line['etm'] else data
            chained[side] = protected[-2 * line['block_len']:]


def decrypt(helper, lines):
    run = subprocess.run([helper], input='\n'.join(lines) + '\n', stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout.splitlines()


def main():
    command, helper = sys.argv[1:]
    lines = list(sessions())
    keys = derived(command, lines)
    failures, counts, absent = 0, collections.Counter(), collections.Counter()
    for line, key in zip(lines, keys, strict=True):
        kind = f"{line['version']} {line['cipher']}" + ('' if line['mac_len'] == 0 else ' encrypt-then-MAC' if line['etm'] else ' MAC-then-encrypt')
        inflate = {side: zlib.decompressobj() for side in ('client', 'server')}
        plain = decrypt(helper, requests(line, key))
        if 'error: no such cipher' in plain:
            absent[kind] += 1
            continue
        for record, text in zip(line['records'], plain, strict=True):
            if line.get('compression') == 'deflate' and not text.startswith('error'):
                text = inflate[record['dir']].decompress(bytes.fromhex(text)).hex()
            if text != record['plaintext']:
                failures += 1
                print(f"FAIL {line['id']}: {record['dir']}: {text[:80]}")
        turned = decrypt(helper, requests(line, key, flip=True))
        if not all(text.startswith('error') or text != record['plaintext'] for record, text in zip(line['records'], turned)):
            failures += 1
            print(f"FAIL {line['id']}: decrypts with a bit of the key turned")
        counts[kind] += len(plain)
    for kind, n in sorted(counts.items()):
        print(f'ok   {n:4} records of {kind}')
    for kind, n in sorted(absent.items()):
        print(f'skipped: {n} sessions of {kind}: this libcrypto lacks the cipher')
    sys.exit(failures > 0 or not counts)


main()
