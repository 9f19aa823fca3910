"""Capture files, byte for byte: pcap in and out, pcapng out, with what may be wrong in either."""
import struct

PCAPNG_SECTION, PCAPNG_INTERFACE, PCAPNG_PACKET, PCAPNG_SECRETS = 0x0A0D0D0A, 1, 6, 10
TLS_KEY_LOG = 0x544C534B


def read_pcap(path):
    """The link type, and the packets as (seconds, microseconds, bytes on the wire, bytes kept)."""
    data = path.read_bytes()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    (link,) = struct.unpack(order + "I", data[20:24])
    packets, at = [], 24
    while at < len(data):
        seconds, fraction, kept, wire = struct.unpack(order + "IIII", data[at : at + 16])
        packets.append((seconds, fraction, wire, data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return link, packets


def pcap(link, packets, order="<", nanoseconds=False):
    """A file in this byte order."""
    head = struct.pack(
        order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, link
    )
    scale = 1000 if nanoseconds else 1
    return head + b"".join(
        struct.pack(order + "IIII", seconds, fraction * scale, len(data), wire) + data
        for seconds, fraction, wire, data in packets
    )


def block(kind, body, order="<", length=None, trailer=None):
    """A block of pcapng; its two lengths are the right ones unless others are given."""
    body += bytes(-len(body) % 4)
    length = 12 + len(body) if length is None else length
    return (
        struct.pack(order + "II", kind, length)
        + body
        + struct.pack(order + "I", length if trailer is None else trailer)
    )


def section(order="<"):
    return block(PCAPNG_SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link, order="<"):
    return block(PCAPNG_INTERFACE, struct.pack(order + "HHI", link, 0, 1 << 18), order)


def secrets(text, order="<", length=None):
    """A block of decryption secrets; length is what it says of itself."""
    length = len(text) if length is None else length
    return block(PCAPNG_SECRETS, struct.pack(order + "II", TLS_KEY_LOG, length) + text, order)


def packet_blocks(packets, order="<"):
    return b"".join(
        block(
            PCAPNG_PACKET,
            struct.pack(order + "IIIII", 0, *divmod(seconds * 10**6 + fraction, 1 << 32), len(data), wire)
            + data
            + bytes(-len(data) % 4),
            order,
        )
        for seconds, fraction, wire, data in packets
    )


def pcapng(link, packets, key_log=None, order="<"):
    """A file in this byte order, with a key log inside if there is one."""
    inside = b"" if key_log is None else secrets(key_log, order)
    return section(order) + interface(link, order) + inside + packet_blocks(packets, order)
