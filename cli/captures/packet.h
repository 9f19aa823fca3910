/*
 * A packet of a capture, as a line of `tshark -T ek -x` has it, with its bytes: TLS over TCP or DTLS over
 * UDP.
 */
#ifndef PACKET_H
#define PACKET_H

#include "json.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
    const char *file; /* where tshark's line is */
    uint64_t number;
    bool is_dtls;
    uint64_t stream;
    const char *source; /* address and port of the sender */

    struct lanekdf_bytes *records; /* whole, as on the wire */
    size_t n_records;
    struct lanekdf_bytes *messages; /* handshake messages and pieces of them; decrypted where tshark could */
    size_t n_messages;

    bool is_placed;      /* over TCP: it is known where in the sender's bytes the records are */
    uint32_t begin, end; /* numbers of their first byte and of the first one behind them; modulo 2^32 */

    uint8_t *bytes; /* all of them */
};

/* Decodes the bytes. What is wrong, or NULL: then packet_free is due. */
const char *packet_decode(
    struct packet *packet, const struct json_packet *json, const char *file, uint64_t number);

/* Zeroes and frees. */
void packet_free(struct packet *packet);

#endif
