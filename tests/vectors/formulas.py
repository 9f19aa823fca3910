"""The key derivations of TLS as their RFCs have them, with hashlib and hmac alone, for check.py, oracle.py
and record.py. Nothing here is shared with lanekdf. A hash is a name of hashlib's, or 'md5-sha1'."""
import hashlib
import hmac

QUIC_SALTS = {'00000001': bytes.fromhex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),  # RFC 9001 section 5.2
              '6b3343cf': bytes.fromhex('0dede3def700a6db819381be6e269dcbf9bd2ed9')}  # RFC 9369 section 3.3.1


def digest(name, data):
    """MD5 and SHA-1 stand one behind the other in 'md5-sha1'."""
    return b''.join(hashlib.new(part, data).digest() for part in name.split('-'))


def digest_len(name):
    return len(digest(name, b''))


def mac(name, key, message):
    return hmac.new(key, message, name).digest()


# ---- up to TLS 1.2 ----

def p_hash(name, secret, seed, n):
    """RFC 5246 section 5."""
    a, out = seed, b''
    while len(out) < n:
        a = mac(name, secret, a)
        out += mac(name, secret, a + seed)
    return out[:n]


def prf(name, secret, label, seed, n):
    """RFC 5246 section 5; of 'md5-sha1' RFC 2246 section 5."""
    if name != 'md5-sha1':
        return p_hash(name, secret, label + seed, n)
    half = (len(secret) + 1) // 2
    md5 = p_hash('md5', secret[:half], label + seed, n)
    sha1 = p_hash('sha1', secret[len(secret) - half:], label + seed, n)
    return bytes(x ^ y for x, y in zip(md5, sha1))


def ssl3_prf(secret, seed, n):
    """RFC 6101 sections 6.1 and 6.2.2."""
    out, i = b'', 1
    while len(out) < n:
        letters = bytes([ord('A') - 1 + i]) * i
        out += digest('md5', secret + digest('sha1', letters + secret + seed))
        i += 1
    return out[:n]


def ssl3_pads(name):
    n = 48 if name == 'md5' else 40
    return b'\x36' * n, b'\x5c' * n


def ssl3_mac(name, secret, message):
    """RFC 6101 section 5.2.3.1."""
    pad1, pad2 = ssl3_pads(name)
    return digest(name, secret + pad2 + digest(name, secret + pad1 + message))


def ssl3_finished(master, sender, handshake):
    """RFC 6101 section 5.6.9."""
    out = b''
    for name in ('md5', 'sha1'):
        pad1, pad2 = ssl3_pads(name)
        out += digest(name, master + pad2 + digest(name, handshake + sender + master + pad1))
    return out


# ---- HKDF, TLS 1.3, QUIC ----

def hkdf_extract(name, salt, ikm):
    """RFC 5869 section 2.2."""
    return mac(name, salt or bytes(digest_len(name)), ikm)


def hkdf_expand(name, prk, info, n):
    """RFC 5869 section 2.3."""
    block, out, i = b'', b'', 1
    while len(out) < n:
        block = mac(name, prk, block + info + bytes([i]))
        out += block
        i += 1
    return out[:n]


def hkdf_expand_label(name, secret, label, context, n):
    """RFC 8446 section 7.1."""
    label = b'tls13 ' + label
    return hkdf_expand(name, secret, n.to_bytes(2, 'big') + bytes([len(label)]) + label +
                       bytes([len(context)]) + context, n)


def derive_secret(name, secret, label, messages=b''):
    """RFC 8446 section 7.1."""
    return hkdf_expand_label(name, secret, label, digest(name, messages), digest_len(name))


class Schedule:
    """The key schedule of RFC 8446 section 7 with the labels of a protocol: `tls`; `dtls`, RFC 9147 sections
    4.2.3 and 5.9; `quic`, RFC 9001 section 5.1; `quicv2`, RFC 9369 section 3.3.2."""
    NUMBER_KEYS = {'tls': None, 'dtls': b'sn', 'quic': b'hp', 'quicv2': b'hp'}

    def __init__(self, name, protocol='tls'):
        self.name, self.protocol, self.n = name, protocol, digest_len(name)
        self.of_keys = protocol.encode() + b' ' if protocol.startswith('quic') else b''

    def label(self, secret, label, context=b'', n=None):
        n = self.n if n is None else n
        label = (b'dtls13' if self.protocol == 'dtls' else b'tls13 ') + label
        return hkdf_expand(self.name, secret, n.to_bytes(2, 'big') + bytes([len(label)]) + label +
                           bytes([len(context)]) + context, n)

    def derive(self, secret, label, transcript_hash=None):
        """Derive-Secret, by default over no messages."""
        if transcript_hash is None:
            transcript_hash = digest(self.name, b'')
        return self.label(secret, label, transcript_hash)

    def keys(self, secret, key_len, iv_len):
        keys = {'key': self.label(secret, self.of_keys + b'key', n=key_len),
                'iv': self.label(secret, self.of_keys + b'iv', n=iv_len)}
        number_key = self.NUMBER_KEYS[self.protocol]
        if number_key:
            keys['number_key'] = self.label(secret, self.of_keys + number_key, n=key_len)
        return keys

    def update(self, secret, n_updates=1):
        for _ in range(n_updates):
            secret = self.label(secret, self.of_keys + b'ku' if self.of_keys else b'traffic upd')
        return secret

    def early_secret(self, psk=None):
        return hkdf_extract(self.name, b'', bytes(self.n) if psk is None else psk)

    def next_secret(self, secret, ikm=None):
        """The handshake secret of the early secret, and the master secret of that."""
        return hkdf_extract(self.name, self.derive(secret, b'derived'), bytes(self.n) if ikm is None else ikm)

    def finished_key(self, secret):
        return self.label(secret, b'finished')

    def binder(self, early_secret, label, transcript_hash):
        return mac(self.name, self.finished_key(self.derive(early_secret, label)), transcript_hash)

    def exporter(self, secret, label, context, n):
        return self.label(self.derive(secret, label), b'exporter', digest(self.name, context), n)


def quic_label(version, what):
    """RFC 9001 section 5.1, RFC 9369 section 3.3.2."""
    return (b'quicv2 ' if version == '6b3343cf' else b'quic ') + what


def quic_initial_secret(salt, connection_id, side):
    """RFC 9001 section 5.2."""
    initial = hkdf_extract('sha256', salt, connection_id)
    return hkdf_expand_label('sha256', initial, side.encode() + b' in', b'', 32)
