/*
 * A packet of a capture with TLS over TCP or DTLS over UDP, and the bytes that a line of `tshark -T ek -x`
 * has of it.
 */
#ifndef PACKET_H
#define PACKET_H

#include "json.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packet that the snap length of the capture cut off. */
struct cut_packet {
    uint64_t number;        /* in the capture; 0: no packet was cut off */
    uint64_t kept_len, len; /* bytes in the capture, and those that the packet had */
};

struct packet {
    const char *file; /* the file that has tshark's line, or the recording */
    uint64_t number;
    bool is_dtls;
    uint64_t stream;
    const char *source; /* address and port of the sender */
    struct cut_packet cut;

    struct lanekdf_bytes *records; /* whole records, as on the wire */
    size_t n_records;
    struct lanekdf_bytes *messages; /* handshake messages and pieces of them; decrypted where tshark could */
    size_t n_messages;

    bool is_placed; /* over TCP: `begin` and `end` are known */
    /* Places among the sender's bytes, modulo 2^32: of the records' first byte, and of the one behind them.
     */
    uint32_t begin, end;

    uint8_t *bytes; /* the memory of the records and messages */
};

/* Notes the packet if it was cut off and none was noted before. */
void cut_packet_note(struct cut_packet *cut, const struct json_packet *json);

/* Decodes the bytes of a packet. Returns what is wrong with them, or NULL, and then the caller calls
 * packet_free(). */
const char *packet_decode(
    struct packet *packet, const struct json_packet *json, const char *file, uint64_t number);

/* Zeroes the packet's bytes and frees them. */
void packet_free(struct packet *packet);

#endif
