#!/usr/bin/env python3
"""A capture and its key log become session keys with two commands, as the manual says: tshark's and
`lanekdf derive --key-log`. The keys are those of the tls-session lines with the same client_random.
usage: captures.py LANEKDF     exit status 77: tshark is not installed"""
import json, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).parent / 'vectors'
ANSWERS = ('master', 'key_block', 'session_hash', 'client_finished', 'server_finished')
RENEGOTIATION, TLS13 = 'tls12-renegotiation', 'tls13-aes128-gcm-sha256'

failures = 0


def check(name, fine, detail=''):
    global failures
    print('ok  ' if fine else 'FAIL', name, '' if fine else detail)
    failures += not fine


def handshakes(name, folder, log=None):
    """What tshark prints, as a file; without a key log nothing is decrypted."""
    path = pathlib.Path(folder) / (name + '.ek')
    keys = ['-o', f'tls.keylog_file:{log}'] if log else []
    with path.open('wb') as file:
        subprocess.run(['tshark', '-r', HERE / 'captures' / (name + '.pcap'), *keys, '-Y', 'tls.handshake', '-T', 'ek', '-x',
                        '-J', 'tcp tls'], stdout=file, stderr=subprocess.DEVNULL, check=True)
    return path


def lanekdf(command, log, *files, what='derive'):
    run = subprocess.run([command, what, '--key-log', log, *files], capture_output=True, text=True)
    return run.returncode, run.stdout.splitlines(), run.stderr


def main():
    command, = sys.argv[1:]
    if shutil.which('tshark') is None:
        print('skipped: tshark is not installed')
        sys.exit(77)
    expected = {}
    for line in map(json.loads, (HERE / 'cap-own.jsonl').open()):
        if line['alg'] == 'tls-session':
            expected[line['client_random']] = line

    names = sorted(path.stem for path in (HERE / 'captures').glob('*.pcap'))
    all_found, files = set(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            log = HERE / 'captures' / (name + '.keylog')
            sessions = {k for k, line in expected.items() if f'/{name}.pcap#' in line['source']}
            for decrypted in (True, False):
                file = handshakes(name, folder, log if decrypted else None)
                status, out, err = lanekdf(command, log, file)
                found = {o['id']['client_random']: o for o in map(json.loads, out)}
                how = f'{name}, {"decrypted" if decrypted else "not decrypted"}'
                if name == TLS13:
                    check(f'{how}: named and left out', not found and status == 1 and err.count('left out: TLS 1.3') == 1, err)
                    continue
                if name == RENEGOTIATION:
                    check(f'{how}: both handshakes, or the one that is in the clear',
                          status == 0 and len(found) == 1 + decrypted, f'{out} {err}')
                else:
                    check(f'{how}: {len(sessions)} sessions', status == 0 and set(found) == sessions, f'{out} {err}')
                for client_random in sessions:
                    line, got = expected[client_random], found.get(client_random, {})
                    answers = ANSWERS if decrypted else ANSWERS[:2]
                    wrong = [a for a in answers if got.get(a) != line.get(a) and not (a == 'session_hash' and not line['ems'])]
                    at = 4 * line['mac_len']
                    key = line['key_block'][at:at + 2 * line['key_len']]
                    check(f'{how}: the recorded answers', not wrong and got.get('client_write_key') == key, str(wrong))
                if decrypted:
                    files.append(file.rename(file.with_suffix('.decrypted')))
                    file = files[-1]
                    status, out, err = lanekdf(command, log, file, what='verify')
                    check(f'{how}: both Finished are as decrypted', status == 0 and out == [f'{len(found)} passed, 0 failed'], f'{out}')
                    status, out, err = lanekdf(command, log, file, what='explain')
                    check(f'{how}: explained', status == 0 and 'Key block' in '\n'.join(out) and 'DIFFERS' not in '\n'.join(out), f'{err}')
                    all_found |= set(found)

        # All at once, with one key log; and RSA lines alone, which hold pre-master secrets.
        logs = ''.join((HERE / 'captures' / (name + '.keylog')).read_text() for name in names)
        for lines, kept in (('all', logs.splitlines()), ('RSA', [l for l in logs.splitlines() if l.startswith('RSA')])):
            log = pathlib.Path(folder) / 'keys.log'
            log.write_text('\n'.join(kept) + '\n')
            status, out, err = lanekdf(command, log, *files, what='verify')
            n = len(all_found) if lines == 'all' else sum(l.startswith('RSA') for l in kept)
            left = len(all_found) - n
            check(f'all captures in a call, {lines} lines of the key logs: {n} sessions, {left} left out',
                  out == [f'{n} passed, 0 failed'] and err.count('left out: the key log lacks its secret') == left, f'{out} {err}')
    sys.exit(failures > 0)


main()
