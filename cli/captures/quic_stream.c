#include "quic_stream.h"
#include "handshake_message.h"
#include "memory.h"

#include <string.h>

void quic_stream_add(struct quic_stream *stream, uint64_t offset, struct lanekdf_bytes bytes)
{
    if (offset >= QUIC_STREAM_LEN || bytes.len > QUIC_STREAM_LEN - offset || bytes.len == 0) {
        return;
    }
    if (!stream->bytes) {
        stream->bytes = memory_take((size_t)2 * QUIC_STREAM_LEN);
        stream->is_there = stream->bytes + QUIC_STREAM_LEN;
    }
    memcpy(stream->bytes + offset, bytes.data, bytes.len);
    memset(stream->is_there + offset, 1, bytes.len);
}

/* Whether so many bytes are there behind the messages that were taken. */
static bool has_bytes(const struct quic_stream *stream, size_t len)
{
    return stream->bytes && len <= QUIC_STREAM_LEN - stream->taken &&
           !memchr(stream->is_there + stream->taken, 0, len);
}

bool quic_stream_message(struct quic_stream *stream, struct lanekdf_bytes *message)
{
    const uint8_t *at;
    size_t len;

    if (!has_bytes(stream, MESSAGE_HEADER_LEN)) {
        return false;
    }
    at = stream->bytes + stream->taken;
    len = MESSAGE_HEADER_LEN + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
    if (!has_bytes(stream, len)) {
        return false;
    }
    *message = (struct lanekdf_bytes){at, len};
    stream->taken += len;
    return true;
}

void quic_stream_free(struct quic_stream *stream)
{
    memory_give_back(stream->bytes);
    *stream = (struct quic_stream){0};
}
