/*
 * Packets of QUIC (RFC 9000 section 17, RFC 9369 section 3.2): where one ends in its datagram, and what is in
 * it once there are keys.
 */
#ifndef QUIC_PACKET_H
#define QUIC_PACKET_H

#include "lanekdf.h"

#include <stdbool.h>
#include <stdint.h>

enum quic_type { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_1RTT, QUIC_OTHER };

struct quic_packet {
    enum quic_type type;
    uint32_t version;           /* of a long header */
    struct lanekdf_bytes bytes; /* from its first byte to its last */
    struct lanekdf_bytes destination, source;
    size_t number_at; /* where the packet number begins */
};

/*
 * Takes the next packet off a datagram, which is then what is behind it. A short header has a connection ID
 * of short_id_len bytes. Returns false at the end of the datagram, and where it holds no packet of version 1
 * or 2.
 */
bool quic_packet_next(struct lanekdf_bytes *datagram, size_t short_id_len, struct quic_packet *packet);

/* The keys of one direction and encryption level. */
struct quic_keys {
    enum lanekdf_cipher cipher;
    struct lanekdf_bytes key, iv, hp;
    size_t tag_len;
};

enum quic_opened { QUIC_OPENED, QUIC_REFUSED, QUIC_CIPHER_ABSENT };

/* Opens a packet; plain has room for as many bytes as the packet has. *largest is the largest packet number
 * of its sender so far at this level, plus 1, and is brought up to date. */
enum quic_opened quic_packet_open(const struct quic_packet *packet, const struct quic_keys *keys,
    uint64_t *largest, uint8_t *plain, size_t *len);

/* Reads the next CRYPTO frame of a packet's plain text, whose beginning moves behind it: where its bytes are
 * in the sender's stream, and these. Returns false if there is no other one. */
bool quic_crypto_next(struct lanekdf_bytes *plain, uint64_t *offset, struct lanekdf_bytes *bytes);

#endif
