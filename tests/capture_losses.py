#!/usr/bin/env python3
"""Captures without any one packet, with any two in turn, with any one twice, cut off anywhere, or in small
segments: never a wrong key, and every handshake is printed or named. All variants of a connection are one
capture, told apart by their addresses; lanekdf reads it itself, and reads what the tshark command of version
0.1 prints of it.

usage: capture_losses.py LANEKDF [FOLDER]     FOLDER has .pcap and .keylog
exit status 77: tshark is not installed"""
import collections
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

VECTORS = pathlib.Path(__file__).parent / 'vectors'
# The command that version 0.1 documented.
TSHARK_01 = ('-Y', 'tls.handshake', '-T', 'ek', '-x', '-J', 'tcp tls')
ANSWERS = ('master', 'key_block', 'session_hash', 'client_finished', 'server_finished')
# NOT_WHOLE: captures of protocols that are not served, and captures that lack a packet from the start. NEW:
# what the tshark command of version 0.1 leaves out.
NOT_WHOLE = ('tls13', 'dtls13', 'quic', 'lost_segment', 'wrong_secret', 'server_hello_out_of_order')
NEW = ('dtls', 'ssl2')
# Remarks on a whole file that are true of none of these.
FALSE_REMARKS = re.compile('lack the bytes of their records|takes for something else|has no TLS|: no TLS')
HEADER_LEN = {0: 4, 1: 14, 113: 16}  # bytes before the IP header, by link type


def read_pcap(path):
    """The link type, and each packet's bytes."""
    data = path.read_bytes()
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    link, = struct.unpack(order + 'I', data[20:24])
    at, packets = 24, []
    while at < len(data):
        n, = struct.unpack(order + 'I', data[at + 8:at + 12])
        packets.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return link, packets


def write_pcap(path, link, packets):
    with path.open('wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18, link))
        for number, packet in enumerate(packets):
            seconds, rest = divmod(number, 1000)
            file.write(struct.pack('<IIII', 1_700_000_000 + seconds, rest * 1000, len(packet), len(packet)))
            file.write(packet)


def connections(link, packets):
    """The packets of each connection over IPv4, by addresses and ports; a new one begins at each SYN."""
    found, at = collections.defaultdict(list), HEADER_LEN[link]
    numbers = collections.Counter()
    for packet in packets:
        ip = packet[at:]
        ports = ip[(ip[0] & 15) * 4:]
        ends = frozenset(((ip[12:16], ports[:2]), (ip[16:20], ports[2:4])))
        if ip[9] == 6 and ports[13] & 0x12 == 2:
            numbers[ends] += 1
        found[ends, numbers[ends]].append(packet)
    return list(found.values())


def move(packet, link, number):
    """The packet between two addresses that only this variant has."""
    at = HEADER_LEN[link] + 12
    client, server = (bytes((10, i)) + struct.pack('>H', number) for i in (1, 2))
    ports = packet[HEADER_LEN[link] + (packet[HEADER_LEN[link]] & 15) * 4:]
    ends = (client, server) if ports[:2] > ports[2:4] else (server, client)
    return packet[:at] + ends[0] + ends[1] + packet[at + 8:]


def in_segments(packet, link, size):
    """The TCP packet as segments of at most this many bytes, most of which begin or end within a record."""
    ip = HEADER_LEN[link]
    tcp = ip + (packet[ip] & 15) * 4
    payload = tcp + (packet[tcp + 12] >> 4) * 4
    end = ip + struct.unpack('>H', packet[ip + 2:ip + 4])[0]
    sequence, = struct.unpack('>I', packet[tcp + 4:tcp + 8])
    if packet[ip + 9] != 6 or end - payload <= size:
        return [packet]
    return [packet[:ip + 2] + struct.pack('>H', payload - ip + len(packet[at:min(at + size, end)])) +
            packet[ip + 4:tcp + 4] + struct.pack('>I', (sequence + at - payload) % 2**32) +
            packet[tcp + 8:payload] + packet[at:min(at + size, end)] for at in range(payload, end, size)]


def variants(packets, link):
    n = len(packets)
    yield 'whole', packets
    for size in 7, 100:
        yield f'in segments of {size} bytes', [part for p in packets for part in in_segments(p, link, size)]
    for i in range(n):
        yield f'without packet {i}', packets[:i] + packets[i + 1:]
        yield f'packet {i} twice', packets[:i + 1] + packets[i:]
        yield f'up to packet {i}', packets[:i + 1]
        if i + 1 < n:
            yield f'packets {i} and {i + 1} in turn', packets[:i] + packets[i:i + 2][::-1] + packets[i + 2:]


def run(command, options, log, tshark_log, link, packets, folder):
    """What lanekdf derives, and its remarks, by stream. options: of tshark; None: lanekdf runs it."""
    pcap, ek = folder / 'variants.pcap', folder / 'variants.ek'
    write_pcap(pcap, link, packets)
    if options:
        with ek.open('wb') as file:
            subprocess.run(['tshark', '-r', pcap, '-o', f'tls.keylog_file:{tshark_log}', *options],
                           stdout=file, stderr=subprocess.DEVNULL, check=True)
    result = subprocess.run([command, 'derive', '--key-log', log, ek if options else pcap],
                            capture_output=True, text=True, timeout=300)
    derived, named = collections.defaultdict(list), collections.defaultdict(list)
    for line in map(json.loads, result.stdout.splitlines()):
        derived[line['id']['stream']].append(line)
    for remark in result.stderr.splitlines():
        streams = re.findall(r'(?:tcp|udp)\.stream (\d+)', remark)
        for stream in streams:
            named[int(stream)].append(remark)
        if not streams and FALSE_REMARKS.search(remark):
            named[None].append(remark)
    return derived, named


def has_handshake(packets):
    """Whether a packet has the beginning of a handshake record, so that lanekdf has something to name."""
    return any(re.search(rb'\x16(\x03[\0-\3]|\xfe[\xff\xfd])', packet) for packet in packets)


def is_wrong(got, want):
    return [a for a in ANSWERS
            if a in got and got[a] != want.get(a) and not (a == 'session_hash' and not want['ems'])]


def check(command, name, log, expected, folder, options, tshark_log):
    link, packets = read_pcap(name)
    everything, titles, number = [], [], 0
    for part in connections(link, packets):
        for title, variant in variants(part, link):
            everything += [move(packet, link, number) for packet in variant]
            titles.append((title, has_handshake(variant)))
            number += 1
    derived, named = run(command, options, log, tshark_log, link, everything, folder)
    expected = dict(expected)
    failures = []
    for stream, (title, has) in enumerate(titles):
        if title == 'whole':  # of which verify says that the secret fits
            expected.update((got['id']['client_random'], {'ems': True, **got}) for got in derived[stream]
                            if got['id']['client_random'] not in expected)
        for got in derived[stream]:
            want = expected.get(got['id']['client_random'])
            wrong = is_wrong(got, want) if want and 'error' not in got else []
            if wrong or 'error' in got:
                failures.append(f'{title}: {wrong or got["error"]}')
        if has and not derived[stream] and not named[stream]:
            failures.append(f'{title}: neither printed nor named')
        if title == 'whole' and has and not derived[stream] and log.stem == name.stem:
            failures.append(f'{title}: {named[stream]}')
    failures += named[None]
    n_named = sum(bool(named[s]) for s in range(len(titles)))
    print('FAIL' if failures else 'ok  ', f'{name.stem}: {len(titles)} variants, {n_named} with a remark')
    for failure in failures[:10]:
        print('     ', failure)
    return len(failures)


def main():
    command = sys.argv[1]
    folders = [pathlib.Path(sys.argv[2])] if len(sys.argv) > 2 else [VECTORS / 'captures', VECTORS / 'cases']
    if shutil.which('tshark') is None:
        print('skipped: tshark is not installed')
        sys.exit(77)
    expected = {}
    for path in ('cap-own.jsonl', 'cap-own-multi.jsonl'):
        for line in map(json.loads, (VECTORS / path).open()):
            if line['alg'] == 'tls-session':
                expected[line['client_random']] = line
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for pcap in sorted(path for root in folders for path in root.glob('*.pcap')):
            log = pcap.with_suffix('.keylog')
            if not log.exists() or pcap.stem.startswith(NOT_WHOLE):
                continue
            pre_master = folder / 'pre_master.log'
            pre_master.write_text(''.join(l for l in log.read_text().splitlines(True) if l.startswith('RSA')))
            logs = [log] + [pre_master] * (pre_master.stat().st_size > 0)
            for options in (None,) if pcap.stem.startswith(NEW) else (None, TSHARK_01):
                for used in logs:
                    failures += check(command, pcap, used, expected, folder, options, log)
    sys.exit(failures > 0)


main()
