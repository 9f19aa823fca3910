#!/usr/bin/env python3
"""A judge must give the answers of every published vector and recorded session: the reference, and the engine
one job at a time.
usage: judge_vectors.py reference|engine COMMAND...
where COMMAND runs judge_lines.

Catches: a reference that is wrong in a way that libcrypto, which judge.c compares it with, does not show; an
engine that is as wrong as the reference."""
import collections
import hashlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / 'vectors'
HASHES = {'sha256': 1, 'sha384': 2, 'sha512': 3, 'md5': 4, 'sha1': 5, 'md5-sha1': 6}
VERSIONS = {'tls': 0x0304, 'dtls': 0xfefc, 'quic': 1, 'quicv2': 0x6b3343cf}
PSK_KINDS = {'res binder': 0, 'ext binder': 1, 'imp binder': 2}
# At least so many lines of each kind there are: a file that is lost, or a line that is not counted any more,
# shows here.
AT_LEAST = {'hash': 231, 'hmac': 202, 'ssl3-finished': 5, 'tls-exporter': 4, 'tls-session': 68,
            'tls10-keys': 63, 'tls10-prf': 23, 'tls12-ems-keys': 6, 'tls12-keys': 81, 'tls12-prf': 14,
            'hkdf': 126, 'hkdf-expand': 4, 'hkdf-expand-label': 312, 'hkdf-extract': 29, 'quic-initial': 18,
            'quic-packet': 86, 'tls13-application': 29, 'tls13-early': 6, 'tls13-exporter': 12,
            'tls13-extract': 82, 'tls13-finished': 48, 'tls13-handshake': 29, 'tls13-key-update': 24,
            'tls13-psk-binder': 6, 'tls13-psk-import': 3, 'tls13-resumption': 29, 'tls13-schedule': 135,
            'tls13-session': 38, 'tls13-traffic-keys': 84}


class Judge:
    """A process of judge_lines, which is asked job by job."""

    def __init__(self, name, command):
        self.process = subprocess.Popen([*command, name], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.n_right = self.n_wrong = 0
        self.line = ''

    def derive(self, kind, inputs, outputs):
        """Derives a job, compares what it gives, and returns that by name. Each output has its answer or,
        where nobody knows that, its length. Inputs and outputs that are None are left out."""
        inputs = {name: value for name, value in inputs.items() if value not in (None, '')}
        outputs = {name: value for name, value in outputs.items() if value not in (None, '')}
        lengths = {name: len(value) // 2 if isinstance(value, str) else value
                   for name, value in outputs.items()}
        words = [f'{name}={value}' for name, value in (inputs | lengths).items()]
        self.process.stdin.write(' '.join([kind, *words]) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip('\n')
        got = dict(zip(outputs, answer.split(' ')))
        for name, value in outputs.items():
            if isinstance(value, int) or got.get(name) == value:
                self.n_right += isinstance(value, str)
                continue
            self.n_wrong += 1
            print(f'FAIL {self.line} {kind} {name}: {got.get(name, answer)[:200]}, expected {value[:200]}')
        return got

    def all_lines_answered(self):
        self.process.stdin.close()
        return self.process.wait() == 0


def piece(data):
    """A list of one piece."""
    return data + ',' if data else None


def transcript_hash(name, data):
    return ''.join(hashlib.new(part, data).hexdigest() for part in name.split('-'))


def digest_len(v):
    return len(transcript_hash(v['hash'], b'')) // 2


def messages_of(v):
    return [bytes.fromhex(message) for message in v['handshake']]


# ---- up to TLS 1.2 ----

def key_lengths(mac, key, iv):
    return {'mac_key_len': mac, 'enc_key_len': key, 'fixed_iv_len': iv}


def check_keys(judge, v):
    """Master secret and key block are two derivations, whose randoms may differ."""
    version = 0x0301 if v['alg'].startswith('tls10') else 0x0303
    common = {'version': version, 'hash': HASHES[v['hash']]}
    if 'pms' in v and 'master' in v:
        inputs = {'pre_master_secret': v['pms'], 'client_random': v.get('client_hello_random'),
                  'server_random': v.get('server_hello_random'), 'session_hash': v.get('session_hash')}
        judge.derive('HANDSHAKE', common | inputs, {'master_secret': v['master']})
    if 'key_block' in v:
        half = len(v['key_block']) // 4
        inputs = {'known_master_secret': v['master'], 'client_random': v['client_random'],
                  'server_random': v['server_random'], **key_lengths(min(half, 255), max(half - 255, 0), 0)}
        outputs = {'master_secret': v['master'], 'key_block': v['key_block']}
        judge.derive('HANDSHAKE', common | inputs, outputs)


def check_session(judge, v):
    """From the pre-master secret where it is known, to both Finished."""
    messages = messages_of(v)
    first, second = v['finished_order']
    n = {side: v[side + '_finished_msgs'] for side in v['finished_order']}
    covered = {first: b''.join(messages[:n[first]])}
    between = b''.join(messages[n[first]:n[second]])
    covered[second] = covered[first] + bytes.fromhex(v[first + '_finished']) + between
    inputs = {'version': int(v['version'], 16), 'hash': HASHES[v['hash']],
              'client_random': v['client_random'], 'server_random': v['server_random'],
              **key_lengths(v['mac_len'], v['key_len'], v['iv_len'])}
    if 'pms' in v:
        inputs |= {'pre_master_secret': v['pms'], 'session_hash': v['session_hash'] if v['ems'] else None}
    else:
        inputs |= {'known_master_secret': v['master']}
    outputs = {'master_secret': v['master'], 'key_block': v['key_block']}
    for side, data in covered.items():
        inputs[side + '_finished_hash'] = transcript_hash(v['hash'], data)
        outputs[side + '_verify_data'] = v[side + '_finished'][8:]
    judge.derive('HANDSHAKE', inputs, outputs)


def check_prf(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'secret': v['secret'], 'label': v['label'], 'seed': piece(v['seed'])}
    judge.derive('PRF', inputs, {'out': v['out']})


def check_hash(judge, v):
    judge.derive('HASH', {'hash': HASHES[v['hash']], 'message': piece(v['msg'])}, {'out': v['digest']})


def check_hmac(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'key': v['key'], 'message': piece(v['msg'])}
    judge.derive('HMAC', inputs, {'out': v['mac']})


def check_exporter(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'flags': 1 + 2 * ('context' in v), 'master_secret': v['master'],
              'client_random': v['client_random'], 'server_random': v['server_random'], 'label': v['label'],
              'context': v.get('context')}
    judge.derive('EXPORTER', inputs, {'out': v['out']})


def check_ssl3_finished(judge, v):
    sender = ['CLNT', 'SRVR'].index(bytes.fromhex(v['sender']).decode())
    inputs = {'sender': sender, 'master_secret': v['master'], 'handshake_messages': piece(v['handshake'])}
    judge.derive('SSL3_FINISHED', inputs, {'out': v['out']})


# ---- HKDF ----

EXTRACT = 1  # LANEKDF_HKDF_EXTRACT


def check_hkdf(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'info': piece(v.get('info'))}
    if 'prk' in v and 'okm' in v:
        inputs |= {'prk': v['prk']}
        outputs = {'out': v['okm']}
    else:
        inputs |= {'flags': EXTRACT, 'salt': v['salt'], 'input': piece(v['ikm'])}
        outputs = {'prk_out': v.get('prk'), 'out': v.get('okm')}
    judge.derive('HKDF', inputs, outputs)


def check_expand_label(judge, v, version='tls'):
    inputs = {'hash': HASHES[v['hash']], 'version': VERSIONS[version], 'secret': v['secret'], 'n_labels': 1,
              'labels[0].label': v['label'], 'labels[0].context': v['context']}
    judge.derive('EXPAND_LABEL', inputs, {'labels[0].out': v['out']})


# ---- stages of TLS 1.3, DTLS 1.3 and QUIC ----

def of_stage(v):
    return {'hash': HASHES[v['hash']], 'version': VERSIONS[v.get('protocol', 'tls')]}


def key_and_iv_len(v):
    return {'key_len': v.get('key_len'), 'iv_len': v.get('iv_len')}


def block(v, side=''):
    """The keys of a side in the order of a block, as far as the line has them."""
    return ''.join(v.get(side + part, '') for part in ('key', 'iv', 'number_key', 'finished_key'))


def check_early(judge, v):
    inputs = {'psk': v['psk'], 'psk_kind': PSK_KINDS[v['binder_label']], 'binder_hash': v['binder_hash'],
              'client_hello_hash': v.get('client_hello_hash'), **key_and_iv_len(v)}
    outputs = {name: v.get(name) for name in
               ('early_secret', 'binder', 'handshake_salt', 'client_early_traffic_secret',
                'early_exporter_master_secret')}
    outputs['client_early_keys'] = block(v, 'client_early_')
    judge.derive('TLS13_EARLY', of_stage(v) | inputs, outputs)


def check_extract(judge, v):
    """HKDF-Extract, with what is derived from the secret before it for a salt. The formula of that salt is
    the same everywhere in the schedule."""
    ikm = v.get('ikm', '00' * digest_len(v))
    if 'prev' not in v:
        judge.derive('TLS13_EARLY', of_stage(v) | {'psk': ikm}, {'early_secret': v['out']})
        return
    salt = judge.derive('TLS13_EARLY', of_stage(v) | {'known_early_secret': v['prev']},
                        {'handshake_salt': digest_len(v)})
    judge.derive('HKDF', {'hash': HASHES[v['hash']], 'flags': EXTRACT, 'input': piece(ikm),
                          'salt': salt['handshake_salt']}, {'prk_out': v['out']})


def shared_secret(v):
    """Two pieces where there are more bytes than one of X25519 or of ML-KEM."""
    secret = v.get('shared_secret', '')
    return {'shared_secret[0]': secret[:64], 'shared_secret[1]': secret[64:]}


def check_handshake(judge, v):
    inputs = {'handshake_salt': v.get('handshake_salt'), 'transcript_hash': v['transcript_hash'],
              **key_and_iv_len(v), **shared_secret(v)}
    outputs = {'master_secret': v['master_secret']}
    for side in ('client', 'server'):
        name = side + '_handshake_traffic_secret'
        outputs |= {name: v[name], side + '_keys': block(v, side + '_')}
    judge.derive('TLS13_HANDSHAKE', of_stage(v) | inputs, outputs)


def check_finished(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'finished_key': v['finished_key'],
              'transcript_hash': v['transcript_hash']}
    judge.derive('TLS13_FINISHED', inputs, {'verify_data': v['out']})


def check_application(judge, v):
    inputs = {'master_secret': v['master_secret'], 'transcript_hash': v['transcript_hash'],
              **key_and_iv_len(v)}
    outputs = {'exporter_master_secret': v['exporter_master_secret']}
    for side in ('client', 'server'):
        outputs[side + '_application_traffic_secret'] = v[side + '_application_traffic_secret_0']
        outputs[side + '_keys'] = block(v, side + '_')
    judge.derive('TLS13_APPLICATION', of_stage(v) | inputs, outputs)


def check_resumption(judge, v):
    inputs = {'master_secret': v['master_secret'], 'transcript_hash': v['transcript_hash'],
              'nonces': ''.join(nonce + ',' for nonce in v['nonces'])}
    judge.derive('TLS13_RESUMPTION', of_stage(v) | inputs,
                 {'resumption_master_secret': v['resumption_master_secret'], 'psks': ''.join(v['psks'])})


def check_traffic(judge, v):
    inputs = {'traffic_secret': v['secret'], 'key_len': len(v['key']) // 2, 'iv_len': len(v['iv']) // 2,
              'n_updates': v.get('updates')}
    outputs = {'next_secret': v.get('next_secret'), 'keys': block(v)}
    judge.derive('TLS13_TRAFFIC', of_stage(v) | inputs, outputs)


def check_binder(judge, v):
    check_early(judge, v | {'binder_hash': v['transcript_hash'], 'binder': v['out']})


def check_stage_exporter(judge, v):
    inputs = {name: v[name] for name in ('exporter_master_secret', 'label', 'context')}
    judge.derive('TLS13_EXPORTER', of_stage(v) | inputs, {'out': v['out']})


def check_psk_import(judge, v):
    inputs = {'hash': HASHES[v['hash']], 'target_protocol': VERSIONS['tls'],
              'target_kdf': HASHES[v['target_hash']], 'psk': v['key'], 'identity': v['identity'],
              'context': v['context']}
    judge.derive('TLS13_PSK_IMPORT', inputs, {'imported_psk': v['out']})


def check_schedule(judge, v):
    """All stages in turn, each with what the one before it gave. ACVP's randoms are the pieces of the
    transcript."""
    n, transcript, hashes = digest_len(v), b'', {}
    for name in ('helloClientRandom', 'helloServerRandom', 'finishedServerRandom', 'finishedClientRandom'):
        transcript += bytes.fromhex(v[name])
        hashes[name] = transcript_hash(v['hash'], transcript)
    zeros = '00' * n
    got = judge.derive('TLS13_EARLY', of_stage(v) | {'psk': v.get('psk') or zeros,
                                                     'client_hello_hash': hashes['helloClientRandom']},
                       {'client_early_traffic_secret': v['clientEarlyTrafficSecret'],
                        'early_exporter_master_secret': v['earlyExporterMasterSecret'], 'handshake_salt': n})
    dhe = shared_secret({'shared_secret': v.get('dhe') or zeros})
    has_salt = v.get('psk') or not v.get('dhe')
    got = judge.derive('TLS13_HANDSHAKE', of_stage(v) | dhe |
                       {'handshake_salt': got['handshake_salt'] if has_salt else None,
                        'transcript_hash': hashes['helloServerRandom']},
                       {'client_handshake_traffic_secret': v['clientHandshakeTrafficSecret'],
                        'server_handshake_traffic_secret': v['serverHandshakeTrafficSecret'],
                        'master_secret': n})
    judge.derive('TLS13_APPLICATION', of_stage(v) | {'master_secret': got['master_secret'],
                                                     'transcript_hash': hashes['finishedServerRandom']},
                 {'client_application_traffic_secret': v['clientApplicationTrafficSecret'],
                  'server_application_traffic_secret': v['serverApplicationTrafficSecret'],
                  'exporter_master_secret': v['exporterMasterSecret']})
    judge.derive('TLS13_RESUMPTION', of_stage(v) | {'master_secret': got['master_secret'],
                                                    'transcript_hash': hashes['finishedClientRandom']},
                 {'resumption_master_secret': v['resumptionMasterSecret']})


# ---- recorded sessions of TLS 1.3 and DTLS 1.3 ----

def check_session_keys(judge, v):
    """What follows from the secrets of a key log: keys, both Finished, exporters."""
    for name, keys in v['traffic_keys'].items():
        stem, _, number = name.rpartition('_')
        inputs = {'key_len': len(keys['key']) // 2, 'iv_len': len(keys['iv']) // 2}
        answers = {'keys': keys['key'] + keys['iv'] + keys.get('sn', '')}
        judge.derive('TLS13_TRAFFIC', of_stage(v) | inputs | {'traffic_secret': v['secrets'][name]}, answers)
        if number.isdigit() and int(number) > 0:
            judge.derive('TLS13_TRAFFIC', of_stage(v) | inputs | {
                'traffic_secret': v['secrets'][stem + '_0'], 'n_updates': int(number)},
                         answers | {'next_secret': v['secrets'][name]})
    for side in ('client', 'server'):
        got = judge.derive('EXPAND_LABEL', of_stage(v) | {
            'secret': v['secrets'][side.upper() + '_HANDSHAKE_TRAFFIC_SECRET'], 'n_labels': 1,
            'labels[0].label': b'finished'.hex()}, {
                'labels[0].out': v.get(side + '_finished_key', digest_len(v))})
        covered = b''.join(messages_of(v)[:v[side + '_finished_msgs']])
        check_finished(judge, {'hash': v['hash'], 'finished_key': got['labels[0].out'],
                               'transcript_hash': transcript_hash(v['hash'], covered),
                               'out': v[side + '_finished'][8:]})
    for exporter in v.get('exporters', ()):
        secret = {'exporter_master_secret': v['secrets']['EXPORTER_SECRET']}
        check_stage_exporter(judge, v | exporter | secret)


def check_recorded_schedule(judge, v):
    """Every stage of a session whose shared secret is known, each from what the one before it gave."""
    messages, n, secrets = messages_of(v), digest_len(v), v['secrets']
    server_hello = max(i for i, message in enumerate(messages) if message[0] == 2)

    def covered(n_messages):
        return {'transcript_hash': transcript_hash(v['hash'], b''.join(messages[:n_messages]))}

    got = {}
    if 'psk' in v:
        got = judge.derive('TLS13_EARLY', of_stage(v) | {
            'psk': v['psk'], 'psk_kind': PSK_KINDS[v['binder_label']], 'binder_hash': v['binder_hash'],
            'client_hello_hash': covered(1)['transcript_hash']}, {
                'binder': v['binder'], 'handshake_salt': v['handshake_salt'],
                'client_early_traffic_secret': secrets.get('CLIENT_EARLY_TRAFFIC_SECRET'),
                'early_exporter_master_secret': secrets.get('EARLY_EXPORTER_SECRET')})
    keys = {side: v['traffic_keys'].get(f'{side.upper()}_HANDSHAKE_TRAFFIC_SECRET')
            for side in ('client', 'server')}
    got = judge.derive('TLS13_HANDSHAKE', of_stage(v) | shared_secret(v) | covered(server_hello + 1) | {
        'handshake_salt': got.get('handshake_salt'), **key_and_iv_len(v)}, {
            'client_handshake_traffic_secret': secrets['CLIENT_HANDSHAKE_TRAFFIC_SECRET'],
            'server_handshake_traffic_secret': secrets['SERVER_HANDSHAKE_TRAFFIC_SECRET'],
            **{side + '_keys': of['key'] + of['iv'] + of.get('sn', '') + v[side + '_finished_key']
               for side, of in keys.items() if of}, 'master_secret': v['master_secret']})
    master_secret = {'master_secret': got['master_secret']}
    judge.derive('TLS13_APPLICATION', of_stage(v) | master_secret | covered(v['server_finished_msgs'] + 1), {
        'client_application_traffic_secret': secrets['CLIENT_TRAFFIC_SECRET_0'],
        'server_application_traffic_secret': secrets['SERVER_TRAFFIC_SECRET_0'],
        'exporter_master_secret': secrets['EXPORTER_SECRET']})
    got = judge.derive('TLS13_RESUMPTION', of_stage(v) | master_secret | covered(len(messages)) | {
        'nonces': ''.join(ticket['nonce'] + ',' for ticket in v['tickets'])}, {
            'resumption_master_secret': v['resumption_master_secret'],
            'psks': ''.join(ticket['psk'] for ticket in v['tickets'])})
    for ticket in v['tickets']:
        judge.derive('TLS13_RESUMPTION', of_stage(v) | {
            'known_resumption_master_secret': got['resumption_master_secret'],
            'nonces': ticket['nonce'] + ','}, {'psks': ticket['psk']})


def check_tls13_session(judge, v):
    check_session_keys(judge, v)
    if 'master_secret' in v:
        check_recorded_schedule(judge, v)


# ---- QUIC ----

def check_quic_initial(judge, v):
    answers = {}
    for side in ('client', 'server'):
        answers[side + '_initial_secret'] = v[side + '_initial_secret']
        answers[side + '_keys'] = ''.join(v[f'{side}_{part}'] for part in ('key', 'iv', 'hp'))
    inputs = {'version': int(v['version'], 16), 'connection_id': v['dcid']}
    judge.derive('QUIC_INITIAL', inputs, answers)
    for name, answer in answers.items():
        judge.derive('QUIC_INITIAL', inputs, {name: answer})


def check_quic_packet(judge, v):
    """A packet after key updates has the header protection key of the first secret."""
    version, n_updates = int(v['version'], 16), v.get('key_update', 0)
    keys = v['key'] + v['iv']
    if v.get('level') == 'initial' and 'dcid' in v:
        judge.derive('QUIC_INITIAL', {'version': version, 'connection_id': v['dcid']},
                     {v['side'] + '_keys': keys + v['hp'], v['side'] + '_initial_secret': v.get('secret')})
    if 'secret' not in v:
        return
    common = {'hash': HASHES[v['hash']], 'version': version, 'traffic_secret': v['secret'],
              'key_len': len(v['key']) // 2, 'iv_len': len(v['iv']) // 2}
    if n_updates:
        judge.derive('TLS13_TRAFFIC', common | {'n_updates': n_updates}, {'keys': keys})
        got = judge.derive('TLS13_TRAFFIC', common, {'keys': 2 * common['key_len'] + common['iv_len']})
        assert got['keys'].endswith(v['hp']), v['id']
    else:
        judge.derive('TLS13_TRAFFIC', common, {'keys': keys + v['hp']})


CHECKS = {'hash': check_hash, 'hmac': check_hmac, 'ssl3-finished': check_ssl3_finished,
          'tls-exporter': check_exporter, 'tls-session': check_session, 'tls10-keys': check_keys,
          'tls10-prf': check_prf, 'tls12-ems-keys': check_keys, 'tls12-keys': check_keys,
          'tls12-prf': check_prf}
HKDF_CHECKS = {'hkdf': check_hkdf, 'hkdf-extract': check_hkdf, 'hkdf-expand': check_hkdf,
               'hkdf-expand-label': check_expand_label, 'tls13-extract': check_extract,
               'tls13-traffic-keys': check_traffic, 'tls13-schedule': check_schedule,
               'tls13-early': check_early, 'tls13-handshake': check_handshake,
               'tls13-finished': check_finished, 'tls13-application': check_application,
               'tls13-resumption': check_resumption, 'tls13-key-update': check_traffic,
               'tls13-psk-binder': check_binder, 'tls13-exporter': check_stage_exporter,
               'tls13-psk-import': check_psk_import, 'tls13-session': check_tls13_session,
               'quic-initial': check_quic_initial, 'quic-packet': check_quic_packet}


def check_of(v):
    """The function for a line; None if no kind of job has its hash."""
    if v['alg'] in HKDF_CHECKS:
        return HKDF_CHECKS[v['alg']] if v.get('hash', 'sha256') in ('sha256', 'sha384', 'sha512') else None
    return CHECKS[v['alg']] if v['alg'] in CHECKS and v['hash'] in HASHES else None


def main():
    judge, count = Judge(sys.argv[1], sys.argv[2:]), collections.Counter()
    for file in sorted(HERE.glob('*.jsonl')) + sorted((HERE / 'tls13').glob('*.jsonl')):
        for v in map(json.loads, file.open()):
            check = check_of(v)
            if not check:
                continue
            judge.line = v['id']
            count[v['alg']] += 1
            check(judge, v)
    missing = {alg: n for alg, n in AT_LEAST.items() if count[alg] < n}
    if missing:
        print(f'FAIL lines are missing: of {missing} there are {dict(count)}')
    print(f'{judge.n_right} of {judge.n_right + judge.n_wrong} outputs right')
    sys.exit(not judge.all_lines_answered() or bool(judge.n_wrong or missing))


main()
