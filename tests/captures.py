#!/usr/bin/env python3
"""A capture and its key log become session keys with two commands, as the manual says: tshark's and
`lanekdf derive --key-log`. The keys are those of the tls-session lines with the same client_random, and the
recorded Finished opens under them, whether or not tshark had the key log. The command that version 0.1
documented serves, too.
usage: captures.py LANEKDF     exit status 77: tshark is not installed"""
import json, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).parent / 'vectors'
ANSWERS = ('master', 'key_block', 'session_hash', 'client_finished', 'server_finished')
RENEGOTIATION = 'tls12-renegotiation'
COMMANDS = {
    'documented': ('-o', 'tcp.reassemble_out_of_order:TRUE', '-Y', 'tls or dtls', '-J', 'tcp tls udp dtls'),
    'of 0.1': ('-Y', 'tls.handshake', '-J', 'tcp tls'),
}

failures = 0


def check(name, fine, detail=''):
    global failures
    print('ok  ' if fine else 'FAIL', name, '' if fine else detail)
    failures += not fine


def packets(name, folder, options, log=None):
    """What tshark prints, as a file; without a key log nothing is decrypted."""
    path = pathlib.Path(folder) / (name + '.ek')
    keys = ['-o', f'tls.keylog_file:{log}'] if log else []
    with path.open('wb') as file:
        pcap = HERE / 'captures' / (name + '.pcap')
        subprocess.run(['tshark', '-r', pcap, *keys, *options, '-T', 'ek', '-x'],
                       stdout=file, stderr=subprocess.DEVNULL, check=True)
    return path


def lanekdf(command, log, *files, what='derive'):
    run = subprocess.run([command, what, '--key-log', log, *files], capture_output=True, text=True,
                         timeout=60)
    return run.returncode, run.stdout.splitlines(), run.stderr


def all_fit(out, n):
    """Whether verify says of n sessions that their secrets fit."""
    *verdicts, last = out
    return (len(verdicts) == n and last.startswith(f'{n} passed, 0 failed') and
            all(verdict.endswith(': secret fits') for verdict in verdicts))


def check_answers(how, line, got):
    wrong = [a for a in ANSWERS
             if got.get(a) != line.get(a) and not (a == 'session_hash' and not line['ems'])]
    at = 4 * line['mac_len']
    key = line['key_block'][at:at + 2 * line['key_len']]
    check(f'{how}: the recorded answers', not wrong and got.get('client_write_key') == key, str(wrong))


def check_capture(command, name, log, file, sessions, decrypted, how):
    """Derives, verifies and explains one capture; returns the client_random of each session."""
    status, out, err = lanekdf(command, log, file)
    found = {o['id']['client_random']: o for o in map(json.loads, out)}
    partly = name == RENEGOTIATION and not decrypted
    if name == RENEGOTIATION:
        check(f'{how}: both handshakes, or the one that is in the clear and a remark on the other',
              status == partly and len(found) == 2 - partly and ('a renegotiation' in err) == partly,
              f'{out} {err}')
    else:
        check(f'{how}: {len(sessions)} sessions',
              status == 0 and set(found) == set(sessions) and err == '', f'{out} {err}')
    for client_random, line in sessions.items():
        check_answers(how, line, found.get(client_random, {}))
    status, out, err = lanekdf(command, log, file, what='verify')
    check(f'{how}: the secrets fit', status == partly and all_fit(out, len(found)), f'{out}')
    status, out, err = lanekdf(command, log, file, what='explain')
    text = '\n'.join(out)
    check(f'{how}: explained', status == partly and 'Key block' in text and 'DIFFERS' not in text, f'{err}')
    return set(found)


def main():
    command, = sys.argv[1:]
    if shutil.which('tshark') is None:
        print('skipped: tshark is not installed')
        sys.exit(77)
    lines = [line for line in map(json.loads, (HERE / 'cap-own.jsonl').open())
             if line['alg'] == 'tls-session']
    # capture_tls13.py has those of TLS 1.3.
    names = sorted(path.stem for path in (HERE / 'captures').glob('tls1[012]*.pcap'))
    all_found, files = set(), []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            log = HERE / 'captures' / (name + '.keylog')
            sessions = {line['client_random']: line for line in lines if f'/{name}.pcap#' in line['source']}
            for which, options in COMMANDS.items():
                for decrypted in (True, False):
                    file = packets(name, folder, options, log if decrypted else None)
                    how = f'{name}, command {which}, {"decrypted" if decrypted else "not decrypted"}'
                    found = check_capture(command, name, log, file, sessions, decrypted, how)
                    if decrypted:
                        all_found |= found
                        files.append(file.rename(file.with_suffix('.' + which.replace(' ', '_'))))

        # All captures at once, with one key log: first with all of its lines, then with the RSA lines alone,
        # which hold pre-master secrets.
        logs = ''.join((HERE / 'captures' / (name + '.keylog')).read_text() for name in names)
        for kind, label in (('all', ''), ('RSA', 'RSA')):
            kept = [line for line in logs.splitlines() if line.startswith(label)]
            log = pathlib.Path(folder) / 'keys.log'
            log.write_text('\n'.join(kept) + '\n')
            status, out, err = lanekdf(command, log, *files, what='verify')
            n = len(COMMANDS) * (len(all_found) if kind == 'all' else len(kept))
            left = len(COMMANDS) * len(all_found) - n
            check(f'all captures in a call, {kind} lines of the key logs: {n} sessions, {left} left out',
                  all_fit(out, n) and err.count('left out: the key log lacks its secret') == left,
                  f'{out} {err}')
    sys.exit(failures > 0)


main()
