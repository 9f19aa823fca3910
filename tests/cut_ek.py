#!/usr/bin/env python3
"""Cuts lines of `tshark -T ek -x` down to the fields that lanekdf reads, so that they can be kept as vectors.
usage: cut_ek.py < PACKETS > CUT"""
import json, sys

KEPT = {
    'tcp': ('tcp_tcp_srcport', 'tcp_tcp_dstport', 'tcp_tcp_stream', 'tcp_tcp_seq', 'tcp_tcp_payload_raw'),
    'udp': ('udp_udp_srcport', 'udp_udp_dstport', 'udp_udp_stream', 'udp_udp_payload_raw'),
    'tls': ('tls_tls_record_raw', 'tls_tls_handshake_raw'),
    'dtls': ('dtls_dtls_record_raw', 'dtls_dtls_handshake_raw'),
    'quic': (),
    'ssl': ('ssl_ssl_record_raw', 'ssl_ssl_handshake_raw'),
}


def cut(layer, fields):
    if isinstance(layer, list):
        return [cut(one, fields) for one in layer]
    return {field: layer[field] for field in fields if field in layer}


for text in sys.stdin:
    packet = json.loads(text)
    if 'layers' in packet:
        layers = packet['layers']
        packet['layers'] = {name: layers[name] for name in ('ip_raw', 'ipv6_raw') if name in layers}
        packet['layers'].update({name: cut(layers[name], fields) for name, fields in KEPT.items()
                                 if name in layers})
    print(json.dumps(packet, separators=(',', ':')))
