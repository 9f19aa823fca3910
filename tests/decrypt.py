#!/usr/bin/env python3
"""The proof of the keys: libcrypto decrypts the first protected records of every recorded session, and every
recorded packet of QUIC, to the recorded plaintexts under the keys that lanekdf derives, and none under
keys with one bit turned.
usage: decrypt.py LANEKDF DECRYPT_RECORDS

Catches: a key, an IV or a MAC key that is cut from the wrong place of the key block, which no comparison with
recorded key blocks shows."""
import collections
import json
import pathlib
import subprocess
import sys
import zlib

HERE = pathlib.Path(__file__).parent / 'vectors'
ANSWERS = ('key_block', 'session_hash', 'client_finished', 'server_finished')


def sessions():
    for file in sorted(HERE.glob('*.jsonl')):
        for line in map(json.loads, file.open()):
            if line['alg'] == 'tls-session' and line['records']:
                yield line


def question(line):
    """The line without answers. Where it has a pre-master secret, its master secret is an answer as well."""
    answers = (*ANSWERS, 'records', 'master') if 'pms' in line else (*ANSWERS, 'records')
    return {k: v for k, v in line.items() if k not in answers}


def derived(command, lines):
    """What `lanekdf derive` makes of the lines without their answers."""
    asked = [question(line) for line in lines]
    run = subprocess.run([command, 'derive'], input=''.join(json.dumps(line) + '\n' for line in asked),
                         stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(text) for text in run.stdout.splitlines()]


def cipher(line):
    """libcrypto's name of the cipher, and the hash of the MAC; '-8' stands there for a short tag."""
    name, bits = line['cipher'], 8 * line['key_len']
    if name in ('NULL', 'CHACHA20-POLY1305'):
        return name, line.get('mac_hash', '-')
    family, mode = name.split('-')
    mac = line.get('mac_hash') or ('-8' if mode == 'CCM8' else '-')
    return ('DES-EDE3-CBC' if family == '3DES' else f'{family}-{bits}-{mode.replace("8", "")}'), mac


def turn_bit(digits):
    return format(int(digits[0], 16) ^ 1, 'x') + digits[1:]


def requests(line, keys, turned=False):
    """A line for decrypt_records for each record. turned: with one bit of a key turned."""
    name, mac = cipher(line)
    sequence, chained = collections.Counter(), {}
    for record in line['records']:
        side, data = record['dir'], record['record']
        mac_key, key, iv = (keys[f'{side}_{what}'] for what in ('write_MAC_key', 'write_key', 'write_IV'))
        if turned:
            key, mac_key = (turn_bit(key), mac_key) if key else ('', turn_bit(mac_key))
        iv = chained.get(side, iv)
        words = (name, mac, int(line['etm']), sequence[side], mac_key or '-', key or '-', iv or '-', data)
        yield ' '.join(map(str, words))
        sequence[side] += 1
        if line['block_len'] and line['version'] < '0302':  # the last block is the IV of the next record
            protected = data[:len(data) - 2 * line['mac_len']] if line['etm'] else data
            chained[side] = protected[-2 * line['block_len']:]


def decrypt(helper, lines):
    run = subprocess.run([helper], input=''.join(line + '\n' for line in lines), stdout=subprocess.PIPE,
                         text=True, check=True)
    return run.stdout.splitlines()


def tls13_cipher(name, key_len):
    """libcrypto's name of an AEAD cipher, and the word that stands for the length of its tag."""
    name = name.upper()
    if 'CHACHA' in name:
        return 'CHACHA20-POLY1305', 'aad'
    mode = 'CCM' if 'CCM' in name else 'GCM'
    return f'AES-{8 * key_len}-{mode}', 'aad-8' if name.endswith('CCM8') else 'aad'


def sealed(name, keys, number, header, body):
    """A line for decrypt_records."""
    cipher_name, mac = tls13_cipher(name, len(keys['key']) // 2)
    return ' '.join((cipher_name, mac, '0', str(number), header, keys['key'], keys['iv'], '00' * 5 + body))


def later_sealed(command):
    """Kind, id, line and plaintext of each record and packet from TLS 1.3 on, under keys of lanekdf's."""
    lines = [line for file in sorted([*HERE.glob('*.jsonl'), *HERE.glob('tls13/*.jsonl')])
             for line in map(json.loads, file.open())
             if line['alg'] == 'tls13-session' or line['alg'] == 'quic-packet' and 'secret' in line]
    answers = ('traffic_keys', 'key', 'iv', 'hp', 'mask', 'records')
    asked = [{k: v for k, v in line.items() if k not in answers} for line in lines]
    run = subprocess.run([command, 'derive'], input=''.join(json.dumps(line) + '\n' for line in asked),
                         stdout=subprocess.PIPE, text=True, check=True)
    for line, got in zip(lines, map(json.loads, run.stdout.splitlines()), strict=True):
        if line['alg'] == 'quic-packet':
            header = line['header']
            yield (f"{line['version']} {line['aead']}", line['id'], line['payload'],
                   sealed(line['aead'], got, line['pn'], header, line['packet'][len(header):]))
            continue
        for record in line['records']:
            header = record.get('header', record['record'][:10])
            yield (f"{line['version']} {line['cipher']}", line['id'], record['inner_plaintext'],
                   sealed(line['cipher'], got['traffic_keys'][record['secret']], record['seq'], header,
                          record['record'][len(header):]))


def check_later(command, helper, counts):
    """Opens every record and packet from TLS 1.3 on. Returns how many do not open to what was recorded."""
    failures, found = 0, list(later_sealed(command))
    for (kind, name, expected, _), text in zip(found, decrypt(helper, [f[3] for f in found]), strict=True):
        counts[kind] += 1
        if text != expected:
            failures += 1
            print(f'FAIL {name}: {text[:80]}')
    turned = [f[3].split() for f in found]
    for words in turned:
        words[5] = turn_bit(words[5])
    opened = [text for text in decrypt(helper, map(' '.join, turned)) if not text.startswith('error')]
    if opened:
        print(f'FAIL: {len(opened)} open with a bit of the key turned')
    return failures + len(opened)


def kind_of(line):
    if line['mac_len'] == 0:
        return f"{line['version']} {line['cipher']}"
    return f"{line['version']} {line['cipher']} {'encrypt-then-MAC' if line['etm'] else 'MAC-then-encrypt'}"


def main():
    command, helper = sys.argv[1:]
    lines = list(sessions())
    keys = derived(command, lines)
    failures, counts, absent = 0, collections.Counter(), collections.Counter()
    for line, key in zip(lines, keys, strict=True):
        kind = kind_of(line)
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
        turned = decrypt(helper, requests(line, key, turned=True))
        pairs = zip(line['records'], turned, strict=True)
        if any(text == record['plaintext'] for record, text in pairs):
            failures += 1
            print(f"FAIL {line['id']}: decrypts with a bit of the key turned")
        counts[kind] += len(plain)
    failures += check_later(command, helper, counts)
    for kind, n in sorted(counts.items()):
        print(f'ok   {n:4} records of {kind}')
    for kind, n in sorted(absent.items()):
        print(f'skipped: {n} sessions of {kind}: this libcrypto lacks the cipher')
    sys.exit(failures > 0 or not counts)


main()
