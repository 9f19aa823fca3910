#!/usr/bin/env python3
"""Records sessions of `openssl s_server` and `openssl s_client` as tls-session lines: recorded.jsonl.
usage: record.py > recorded.jsonl

Both talk through a proxy here, which notes every record. The master secret is that of the key log, the
plaintexts are what was typed, and both Finished and the key block are derived from the master secret by
formulas.py. It is run by hand, since fresh randoms make another file every time."""
import json
import os
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time

from formulas import digest, prf

PSK = bytes(range(1, 33))
TYPED = [b'one line of a client\n', b'and another, somewhat longer than the first one was\n']
# OpenSSL's name, version, more options; cipher, lengths of block, MAC key, key and fixed IV; hash of the MAC
# and of the PRF.
SESSIONS = [
    ('AES128-SHA', '0303', ['-no_etm'], 'AES-CBC', 16, 20, 16, 0, 'sha1', 'sha256'),
    ('ECDHE-RSA-AES256-SHA384', '0303', ['-no_etm'], 'AES-CBC', 16, 48, 32, 0, 'sha384', 'sha384'),
    ('AES256-SHA256', '0303', ['-no_etm'], 'AES-CBC', 16, 32, 32, 0, 'sha256', 'sha256'),
    ('AES256-SHA', '0302', ['-no_etm'], 'AES-CBC', 16, 20, 32, 0, 'sha1', 'md5-sha1'),
    ('AES128-SHA', '0301', ['-no_etm'], 'AES-CBC', 16, 20, 16, 16, 'sha1', 'md5-sha1'),
    ('CAMELLIA128-SHA', '0303', ['-no_etm'], 'CAMELLIA-CBC', 16, 20, 16, 0, 'sha1', 'sha256'),
    ('PSK-AES128-CBC-SHA256', '0303', ['-no_etm'], 'AES-CBC', 16, 32, 16, 0, 'sha256', 'sha256'),
    ('AES128-CCM8', '0303', [], 'AES-CCM8', 0, 0, 16, 4, None, 'sha256'),
    ('AES256-CCM', '0303', [], 'AES-CCM', 0, 0, 32, 4, None, 'sha256'),
    ('NULL-MD5', '0301', ['-no_etm'], 'NULL', 0, 16, 0, 0, 'md5', 'md5-sha1'),
]
PROTOCOL = {'0301': '-tls1', '0302': '-tls1_1', '0303': '-tls1_2'}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def run(folder, suite, version, options):
    """The bytes of each side in the order in which they passed, and the secrets of the key log."""
    port, chunks, log = free_port(), [], f'{folder}/keys.log'
    common = ['-cipher', suite + '@SECLEVEL=0', PROTOCOL[version], '-quiet', '-psk', PSK.hex()]
    server = subprocess.Popen(['openssl', 's_server', '-accept', str(port), '-cert', f'{folder}/cert.pem',
                               '-key', f'{folder}/key.pem', '-rev', '-no_ticket', *common, *options],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    listener = socket.create_server(('127.0.0.1', 0))

    def proxy():
        client, up = listener.accept()[0], socket.create_connection(('127.0.0.1', port))
        while True:
            for source in select.select([client, up], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    client.close(), up.close()
                    return
                chunks.append(('client' if source is client else 'server', data))
                (up if source is client else client).sendall(data)

    thread = threading.Thread(target=proxy)
    thread.start()
    client = subprocess.Popen(['openssl', 's_client', '-connect', f'127.0.0.1:{listener.getsockname()[1]}',
                               '-keylogfile', log, '-nocommands', *common],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    for line in TYPED:
        client.stdin.write(line)
        client.stdin.flush()
        time.sleep(0.3)
    client.stdin.close()
    time.sleep(0.3)
    client.kill(), server.kill(), client.wait(), server.wait(), thread.join(5), listener.close()
    with open(log) as file:
        secrets = dict((words[0], words[-1]) for words in map(str.split, file) if words[0] != '#')
    os.remove(log)
    return chunks, secrets


def cut(buffer, header_len, length_of):
    """The whole records or messages that a buffer begins with, and the rest of it."""
    whole = []
    while len(buffer) >= header_len and len(buffer) >= header_len + length_of(buffer):
        end = header_len + length_of(buffer)
        whole.append(buffer[:end])
        buffer = buffer[end:]
    return whole, buffer


def split(chunks):
    """(side, record) in order."""
    rest, records = {'client': b'', 'server': b''}, []
    for side, data in chunks:
        whole, rest[side] = cut(rest[side] + data, 5, lambda buffer: struct.unpack('>H', buffer[3:5])[0])
        records += [(side, record) for record in whole]
    return records


def messages(records):
    """The handshake messages before ChangeCipherSpec, and the protected records, each with its side."""
    clear, rest = {'client': True, 'server': True}, {'client': b'', 'server': b''}
    out, protected = [], []
    for side, record in records:
        if record[0] == 20:
            clear[side] = False
        elif not clear[side]:
            protected.append((side, record))
        elif record[0] == 22:
            rest[side] += record[5:]
            whole, rest[side] = cut(rest[side], 4, lambda buffer: int.from_bytes(buffer[1:4], 'big'))
            out += whole
    return out, protected


def registry_name(suite):
    listed = subprocess.run(['openssl', 'ciphers', '-stdname', suite + ':@SECLEVEL=0'], capture_output=True,
                            text=True, check=True)
    return next(words[0] for words in map(str.split, listed.stdout.splitlines()) if words[2] == suite)


def line(number, folder, suite, version, options, cipher, block_len, mac_len, key_len, iv_len, mac_hash,
         name):
    chunks, secrets = run(folder, suite, version, options)
    handshake, protected = messages(split(chunks))
    client_hello, server_hello = handshake[:2]
    client_random, server_random = client_hello[6:38], server_hello[6:38]
    at = 39 + server_hello[38]
    master = bytes.fromhex(secrets['CLIENT_RANDOM'])
    n_to_key_exchange = 1 + max(i for i, m in enumerate(handshake) if m[0] == 16)
    session_hash = digest(name, b''.join(handshake[:n_to_key_exchange]))
    ems = b'\x00\x17\x00\x00' in server_hello[at + 3:]
    pms = bytes.fromhex(secrets['RSA']) if 'RSA' in secrets else None
    if suite.startswith('PSK'):
        pms = 2 * len(PSK).to_bytes(2, 'big')
        pms = pms[:2] + bytes(len(PSK)) + pms[2:] + PSK
    if pms is not None:
        made = (prf(name, pms, b'extended master secret', session_hash, 48) if ems
                else prf(name, pms, b'master secret', client_random + server_random, 48))
        assert made == master, suite

    transcript, finished = b''.join(handshake), {}
    for side in ('client', 'server'):
        label = side.encode() + b' finished'
        finished[side] = b'\x14\0\0\x0c' + prf(name, master, label, digest(name, transcript), 12)
        transcript += finished[side]
    typed = {'client': [finished['client'], *TYPED],
             'server': [finished['server'], *(t[:-1][::-1] + b'\n' for t in TYPED)]}
    records = []
    for side, record in protected:
        if record[0] == 21 or not typed[side]:
            continue
        # Because TLS 1.0 chains its IVs, OpenSSL sends an empty record before each record of data.
        may_be_empty = version == '0301' and block_len and record[0] == 23
        is_empty = may_be_empty and len(record) - 5 < mac_len + block_len
        plaintext = b'' if is_empty else typed[side].pop(0)
        records.append({'dir': side, 'record': record.hex(), 'plaintext': plaintext.hex()})
    assert not typed['client'] and not typed['server'], suite
    key_block = prf(name, master, b'key expansion', server_random + client_random,
                    2 * (mac_len + key_len + iv_len))
    out = {
        'id': f'recorded/{number}',
        'alg': 'tls-session',
        'version': version,
        'cipher_suite': server_hello[at:at + 2].hex(),
        'cipher_suite_name': registry_name(suite),
        'hash': name,
        'cipher': cipher,
        'mac_len': mac_len,
        'key_len': key_len,
        'iv_len': iv_len,
        'block_len': block_len,
        'ems': ems,
        'etm': False,
        'resumed': False,
        'client_random': client_random.hex(),
        'server_random': server_random.hex(),
        'session_id': server_hello[39:at].hex(),
        'master': master.hex(),
        'key_block': key_block.hex(),
        'session_hash': session_hash.hex(),
        'session_hash_msgs': n_to_key_exchange,
        'handshake': [m.hex() for m in handshake],
        'client_finished_msgs': len(handshake),
        'server_finished_msgs': len(handshake),
        'finished_order': ['client', 'server'],
        'client_finished': finished['client'].hex(),
        'server_finished': finished['server'].hex(),
        'records': records,
        'source': f'openssl s_server and s_client 3.0, {suite} {" ".join(options)}'.strip(),
    }
    if mac_hash:
        out['mac_hash'] = mac_hash
    if pms is not None:
        out['pms'] = pms.hex()
    return json.dumps(out)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650',
                        '-subj', '/CN=recorded.test', '-keyout', f'{folder}/key.pem',
                        '-out', f'{folder}/cert.pem'], check=True, stderr=subprocess.DEVNULL)
        for number, session in enumerate(SESSIONS):
            print(line(number, folder, *session), flush=True)


main()
