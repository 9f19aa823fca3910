#!/usr/bin/env python3
"""The reference must give the answers of every published vector and recorded session up to TLS 1.2.
usage: judge_vectors.py PATH/TO/judge_lines

Catches: a reference that is wrong in a way that libcrypto, which judge.c compares it with, does not show."""
import collections
import hashlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / 'vectors'
HASHES = {'sha256': 1, 'sha384': 2, 'sha512': 3, 'md5': 4, 'sha1': 5, 'md5-sha1': 6}
# At least so many lines of each kind there are: a file that is lost, or a line that is not counted any more,
# shows here.
AT_LEAST = {'hash': 231, 'hmac': 202, 'ssl3-finished': 1, 'tls-exporter': 4, 'tls-session': 68,
            'tls10-keys': 63, 'tls10-prf': 25, 'tls12-ems-keys': 6, 'tls12-keys': 81, 'tls12-prf': 18}


def or_none(text):
    return text or '-'


def cut(length):
    """MAC key, key and IV lengths that make a key block of this length."""
    return min(length // 2, 255), max(length // 2 - 255, 0), 0


def handshake(version, v, pms='', known='', randoms=('', ''), session_hash='', lengths=(0, 0, 0),
              hashes=('', '')):
    return ' '.join(['handshake', str(version), str(HASHES[v['hash']]), or_none(pms), or_none(known),
                     *map(or_none, randoms), or_none(session_hash), *map(str, lengths),
                     *map(or_none, hashes)])


def transcript_hash(name, data):
    if name == 'md5-sha1':
        return hashlib.md5(data).hexdigest() + hashlib.sha1(data).hexdigest()
    return hashlib.new(name, data).hexdigest()


def keys(v):
    """Master secret and key block are two derivations, whose randoms may differ."""
    version = 0x0301 if v['alg'].startswith('tls10') else 0x0303
    if 'pms' in v and 'master' in v:
        randoms = v.get('client_hello_random', ''), v.get('server_hello_random', '')
        yield (handshake(version, v, pms=v['pms'], randoms=randoms, session_hash=v.get('session_hash', '')),
               f'{v["master"]}   ')
    if 'key_block' in v:
        yield (handshake(version, v, known=v['master'], randoms=(v['client_random'], v['server_random']),
                         lengths=cut(len(v['key_block']) // 2)),
               f'{v["master"]} {v["key_block"]}  ')


def session(v):
    """From the pre-master secret where it is known, to both Finished."""
    messages = [bytes.fromhex(m) for m in v['handshake']]
    first, second = v['finished_order']
    n = {side: v[side + '_finished_msgs'] for side in v['finished_order']}
    hashes = {first: b''.join(messages[:n[first]])}
    between = b''.join(messages[n[first]:n[second]])
    hashes[second] = hashes[first] + bytes.fromhex(v[first + '_finished']) + between
    hashes = [transcript_hash(v['hash'], hashes[side]) for side in ('client', 'server')]
    if 'pms' in v:
        secret = {'pms': v['pms'], 'session_hash': v['session_hash'] if v['ems'] else ''}
    else:
        secret = {'known': v['master']}
    yield (handshake(int(v['version'], 16), v, randoms=(v['client_random'], v['server_random']),
                     lengths=(v['mac_len'], v['key_len'], v['iv_len']), hashes=hashes, **secret),
           f'{v["master"]} {v["key_block"]} {v["client_finished"][8:]} {v["server_finished"][8:]}')


def prf(v):
    yield (f'prf {HASHES[v["hash"]]} {or_none(v["secret"])} {or_none(v["label"])} {or_none(v["seed"])} '
           f'{len(v["out"]) // 2}', v['out'])


def one_hash(v):
    yield f'hash {HASHES[v["hash"]]} {or_none(v["msg"])} {len(v["digest"]) // 2}', v['digest']


def one_hmac(v):
    yield f'hmac {HASHES[v["hash"]]} {or_none(v["key"])} {or_none(v["msg"])} {len(v["mac"]) // 2}', v['mac']


def exporter(v):
    context = or_none(v['context']) if 'context' in v else 'none'
    yield (f'exporter {HASHES[v["hash"]]} {v["master"]} {v["client_random"]} {v["server_random"]} '
           f'{v["label"]} {context} {len(v["out"]) // 2}', v['out'])


def ssl3_finished(v):
    sender = ['CLNT', 'SRVR'].index(bytes.fromhex(v['sender']).decode())
    yield f'ssl3-finished {sender} {v["master"]} {v["handshake"]}', v['out']


QUESTIONS = {'hash': one_hash, 'hmac': one_hmac, 'ssl3-finished': ssl3_finished, 'tls-exporter': exporter,
             'tls-session': session, 'tls10-keys': keys, 'tls10-prf': prf, 'tls12-ems-keys': keys,
             'tls12-keys': keys, 'tls12-prf': prf}


def main():
    asked, count = [], collections.Counter()
    for file in sorted(HERE.glob('*.jsonl')):
        for v in map(json.loads, file.open()):
            if v['alg'] in QUESTIONS and v['hash'] in HASHES:
                count[v['alg']] += 1
                asked += [(v['id'], *question) for question in QUESTIONS[v['alg']](v)]
    run = subprocess.run([sys.argv[1]], input=''.join(line + '\n' for _, line, _ in asked), text=True,
                         stdout=subprocess.PIPE, check=True)
    answered = zip(asked, run.stdout.splitlines())
    wrong = [(name, answer, got) for (name, _, answer), got in answered if answer != got]
    for name, answer, got in wrong[:20]:
        print(f'FAIL {name}: {got[:200]}, expected {answer[:200]}')
    missing = {alg: n for alg, n in AT_LEAST.items() if count[alg] < n}
    if missing:
        print(f'FAIL lines are missing: of {missing} there are {dict(count)}')
    print(f'{len(asked) - len(wrong)} of {len(asked)} derivations right')
    sys.exit(bool(wrong or missing or run.stdout.count('\n') != len(asked)))


main()
