/*
 * What one side of a connection sent of handshakes, in the order in which it was sent.
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum item_kind {
    ITEM_MESSAGE,            /* a handshake message, as transcripts have it */
    ITEM_CHANGE_CIPHER_SPEC, /* the side's next record is the first one under new keys */
    ITEM_SEALED,             /* an encrypted handshake record, whole */
    ITEM_GAP                 /* the capture lacks something here */
};

struct item {
    enum item_kind kind;
    uint8_t type;      /* of a message: enum message_type; of a sealed packet of QUIC: enum quic_type */
    bool is_decrypted; /* the message was encrypted, and tshark could decrypt it */
    bool is_ssl2;      /* the message is a ClientHello in SSLv2 format */
    struct lanekdf_bytes bytes; /* the message, or the record */
    /* Of a gap: bytes of TCP, or messages of DTLS; 0: unknown. Of a sealed packet of QUIC: where its number
     * begins.
     */
    uint64_t n_missing;
    uint64_t number; /* of the line of tshark's that completed the item */
};

struct items {
    struct item *at;
    size_t n, capacity;
};

/* Adds a copy of the item; its bytes are copied, too. */
void items_add(struct items *items, struct item item);

/* Adds a copy of the item in the same way, but before the last n items. */
void items_add_before(struct items *items, size_t n, struct item item);

/* Moves the first n items of `from` to the end of `to`. */
void items_move(struct items *to, struct items *from, size_t n);

/* Zeroes the items and frees them. */
void items_free(struct items *items);

#endif
