#!/usr/bin/env python3
"""OpenSSL's own test lines through the provider, by the property query, with what reached it counted.
usage: provider_vectors.py PATH/TO/provider_lines

Catches: another output or verdict than OpenSSL's; a provider that is loaded and never asked, with which all
lines would pass; a line that lanekdf should serve and hands on."""
import collections
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / 'vectors' / 'openssl-evp'
DIGESTS = {'SHA256', 'SHA2-256', 'SHA384', 'SHA2-384', 'SHA512', 'SHA2-512'}
# SSKDF is OpenSSL's own, and computes with the HMAC that it finds.
SERVED = {'TLS1-PRF': DIGESTS | {'MD5-SHA1'}, 'HKDF': DIGESTS, 'TLS13-KDF': DIGESTS, 'HMAC': DIGESTS,
          'HMAC BY EVP_PKEY': DIGESTS, 'SSKDF': DIGESTS}
KINDS = ('KDF', 'PKEYKDF', 'MAC')
STEPS = {'MAC_INIT_ERROR': 'init', 'KDF_CTRL_ERROR': 'set', 'PKEY_CTRL_ERROR': 'set',
         'KDF_DERIVE_ERROR': 'derive'}
# Lines that lanekdf serves, of those that OpenSSL's versions have.
COUNTS = {
    '3.0': {'KDF TLS1-PRF': 5, 'KDF HKDF': 9, 'KDF TLS13-KDF': 561, 'KDF SSKDF': 86, 'MAC HMAC': 9,
            'PKEYKDF TLS1-PRF': 5, 'PKEYKDF HKDF': 9},
    '3.5': {'KDF TLS1-PRF': 2, 'KDF HKDF': 9, 'KDF TLS13-KDF': 561, 'KDF SSKDF': 87, 'MAC HMAC': 9,
            'PKEYKDF TLS1-PRF': 5, 'PKEYKDF HKDF': 9}}

failures = 0
served = collections.Counter()


def fail(line, what):
    global failures
    failures += 1
    print(f'FAILED: {line["id"]}: {what}'[:400])


class Lines:
    """The process that runs the lines."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.version = self.process.stdout.readline().strip()

    def run(self, stanza):
        """Returns the output, or the step that failed, and what was counted."""
        length = len(next((value for key, value in stanza if key == 'Output'), '')) // 2
        for key, value in stanza:
            if key in KINDS or key in ('Ctrl', 'Algorithm', 'Key', 'Input'):
                self.process.stdin.write(f'{key} {value}\n')
        self.process.stdin.write(f'run {length}\n')
        self.process.stdin.flush()
        output, n_jobs, n_handed_on = self.process.stdout.readline().split(' ')
        return output, int(n_jobs), int(n_handed_on)

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit(f'FAILED: provider_lines ends with {self.process.returncode}')


def judge(line, lines):
    stanza = line['stanza']
    fields = dict(stanza)
    kind = next(key for key in KINDS if key in fields)
    name = fields[kind].upper()
    digest = next((re.split(':', value)[1].upper() for key, value in stanza
                   if key == 'Ctrl' and re.match('(digest|md):', value)), fields.get('Algorithm'))
    expected = STEPS[fields['Result']] if 'Result' in fields else fields['Output'].lower()
    output, n_jobs, n_handed_on = lines.run(stanza)
    if output != expected:
        fail(line, f'{output} instead of {expected}')
    if 'Result' in fields:
        return
    if digest in SERVED.get(name, ()):
        served[f'{kind} {name}'] += 1
        if n_jobs == 0 or n_handed_on != 0:
            fail(line, f'{n_jobs} jobs, {n_handed_on} handed on')
    elif name in SERVED and n_handed_on == 0:
        fail(line, 'was not handed on')


def main():
    lines = Lines(sys.argv[1])
    number = tuple(map(int, lines.version.split('.')[:2]))
    version = '3.0' if number < (3, 2) else '3.5'
    files = [json.loads(line) for file in sorted(HERE.glob('*.jsonl')) for line in open(file)]
    for line in files:
        if version in line['openssl'] and dict(line['stanza']).keys() & set(KINDS):
            judge(line, lines)
    lines.close()
    if served != COUNTS[version]:
        print(f'FAILED: lanekdf served {dict(served)} instead of {COUNTS[version]}')
        sys.exit(1)
    print(f'OpenSSL {lines.version}: lanekdf served {dict(served)}')
    sys.exit(failures != 0)


if __name__ == '__main__':
    main()
