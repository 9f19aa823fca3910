/*
 * The bytes that one side sends in CRYPTO frames of one encryption level (RFC 9000 section 7.5), in whatever
 * order the frames come.
 */
#ifndef QUIC_STREAM_H
#define QUIC_STREAM_H

#include "lanekdf.h"

#include <stdbool.h>
#include <stdint.h>

enum { QUIC_STREAM_LEN = 64 * 1024 };

struct quic_stream {
    uint8_t *bytes, *is_there; /* QUIC_STREAM_LEN of each, once there is a frame */
    size_t taken;              /* bytes of the messages that were taken out */
};

/* Adds the bytes of a frame. What lies beyond QUIC_STREAM_LEN is dropped. */
void quic_stream_add(struct quic_stream *stream, uint64_t offset, struct lanekdf_bytes bytes);

/* Takes out the next message that is whole; it lives as long as the stream. */
bool quic_stream_message(struct quic_stream *stream, struct lanekdf_bytes *message);

/* Zeroes the bytes and frees them. */
void quic_stream_free(struct quic_stream *stream);

#endif
