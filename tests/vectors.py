#!/usr/bin/env python3
"""All lines of tests/vectors and random lines of oracle.py, through the command on one kernel.
usage: vectors.py LANEKDF KERNEL|default     exit status 77: this CPU cannot run the kernel

Catches: an answer that is wrong; a `lanekdf verify` that passes a line which it does not support, skips one
without a word, or passes an answer in which one bit is wrong."""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / 'vectors'
ANSWERS = ('out', 'master', 'key_block', 'digest', 'mac', 'okm', 'prk', 'iv', 'server_hp', 'master_secret',
           'exporter_master_secret', 'resumption_master_secret', 'handshake_salt', 'mask',
           'exporterMasterSecret', 'client_finished')
# So many lines there are of each kind: a file that is lost, or a line that no longer counts, shows here.
SUPPORTED = {'hash': 231, 'hmac': 202, 'ssl3-finished': 5, 'tls-exporter': 4, 'tls-session': 78,
             'tls10-keys': 63, 'tls10-prf': 23, 'tls12-ems-keys': 6, 'tls12-keys': 81, 'tls12-prf': 14,
             'hkdf': 126, 'hkdf-extract': 29, 'hkdf-expand': 4, 'hkdf-expand-label': 312,
             'tls13-session': 38, 'tls13-early': 6, 'tls13-psk-binder': 6, 'tls13-psk-import': 3,
             'tls13-handshake': 29, 'tls13-finished': 48, 'tls13-application': 29, 'tls13-resumption': 29,
             'tls13-traffic-keys': 84, 'tls13-key-update': 24, 'tls13-exporter': 12, 'tls13-extract': 82,
             'tls13-schedule': 135, 'quic-initial': 18, 'quic-packet': 86}
UNSUPPORTED = 62
RANDOM_KINDS = ('tls10-prf,tls12-prf,tls10-keys,ssl3-keys,tls12-keys,tls12-ems-keys,tls-exporter,'
                'hkdf,hkdf-expand-label,tls13-traffic-keys,quic-initial')

failures = 0


def check(name, fine, detail=''):
    global failures
    print('ok  ' if fine else 'FAIL', name, '' if fine else detail)
    failures += not fine


def is_supported(line):
    """HKDF has the hashes of TLS 1.3 alone."""
    return (line['alg'] in SUPPORTED and line.get('hash') != 'sha224' and
            not (line['alg'].startswith('hkdf') and line['hash'] == 'sha1'))


def verify(command, lines):
    """The exit status of `lanekdf verify`, and what it prints."""
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    run = subprocess.run([command, 'verify'], input=text, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def tampered(line):
    """The line with one bit of one answer turned."""
    field = [a for a in ANSWERS if a in line][-1]
    turned = dict(line)
    turned[field] = line[field][:-1] + format(int(line[field][-1], 16) ^ 1, 'x')
    return turned


def main():
    command, kernel = sys.argv[1:]
    if kernel == 'default':
        os.environ.pop('LANEKDF_KERNEL', None)
    else:
        info = subprocess.run([command, 'info'], capture_output=True, text=True, check=True).stdout
        row = [text for text in info.splitlines() if text.split()[:1] == [kernel]]
        if row and 'lacks' in row[0]:
            print(f'skipped: {" ".join(row[0].split())}')
            sys.exit(77)
        os.environ['LANEKDF_KERNEL'] = kernel

    files = sorted([*HERE.glob('*.jsonl'), *HERE.glob('tls13/*.jsonl')])
    lines = [json.loads(text) for file in files for text in file.open()]
    good = [line for line in lines if is_supported(line)]
    other = [line for line in lines if not is_supported(line)]
    count = {kind: sum(line['alg'] == kind for line in good) for kind in SUPPORTED}
    is_all = count == SUPPORTED and len(other) == UNSUPPORTED
    check('all the lines are there', is_all, f'{count} {len(other)}')

    status, text = verify(command, good)
    expected = f'{len(good)} passed, 0 failed'
    check(f'supported lines: {expected}', status == 0 and text.splitlines()[-1] == expected, text[-2000:])

    status, text = verify(command, other)
    expected = f'0 passed, 0 failed, {len(other)} not supported'
    check(f'other lines: {expected}', status == 3 and expected in text.splitlines(), text[-2000:])
    check('each says that it is not supported', text.count('is not supported') == len(other),
          '\n'.join(t for t in text.splitlines() if 'is not supported' not in t)[:2000])

    status, text = verify(command, [tampered(line) for line in good])
    expected = f'0 passed, {len(good)} failed'
    check(f'with a bit turned: {expected}', status != 0 and expected in text.splitlines(), text[-2000:])

    run = subprocess.run([sys.executable, '-B', HERE / 'oracle.py', command, '3000', RANDOM_KINDS],
                         capture_output=True, text=True)
    check(run.stdout.strip(), run.returncode == 0, run.stderr)
    sys.exit(failures > 0)


main()
