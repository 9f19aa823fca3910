/*
 * The messages in lanes that are not fixed: their pieces may have other lengths in every job, so they are put
 * into the row one after the other, with padding and length behind them. Lanes in which all pieces have the
 * same lengths are staged together, piece by piece.
 *
 * The order matters. Zeros behind a message may reach into the input that lies behind it, which therefore has
 * to be staged later. Messages lie in the order of their numbers, chaining values behind them all.
 */
#ifndef ENGINE_LANE_H
#define ENGINE_LANE_H

#include "copy.h"
#include "program.h"

/* The most that lane_slack() gives for any hash. */
enum { LANE_SLACK = HASH_MAX_BLOCK + 32 };

/* Lanes whose messages that are not fixed have the same lengths, piece by piece. */
struct lanes {
    const struct program *program;
    uint8_t *rows;
    size_t row_stride;
    unsigned n;
    int input;                        /* the number of the message being staged */
    size_t end;                       /* of that message, the place of its next byte: bytes into a row */
    uint32_t len[FORMULA_MAX_INPUTS]; /* bytes of each message */
};

/* How far behind a message lanes_end() zeroes, so that all of the padding is there but its length: 0x80 and
 * the length take at most 17 bytes, and fill up to a block less one byte. */
static inline size_t lane_slack(const struct hash *hash)
{
    return hash->block_bytes + 32u;
}

/* Begins a message. */
static inline void lanes_begin(struct lanes *lanes, int input)
{
    lanes->input = input;
    lanes->end = lanes->program->inputs[input].offset;
}

/* The next bytes of the message of a single lane. */
static inline void lanes_put_one(struct lanes *lanes, const uint8_t *from, size_t len)
{
    copy_bytes(lanes->rows + lanes->end, from, len);
    lanes->end += len;
}

/* Copies bytes into the row of every lane: into that of lane l those at from[l * step]. */
COPY_INLINE void lanes_copy(const struct lanes *lanes, const uint8_t *const *from, unsigned step, size_t len,
    void (*copy)(uint8_t *, const uint8_t *, size_t))
{
    const size_t row_stride = lanes->row_stride;
    uint8_t *to = lanes->rows + lanes->end;
    for (unsigned n = lanes->n; n; n--, from += step, to += row_stride) {
        copy(to, *from, len);
    }
}

/* The next bytes of the messages: those of lane l are at from[l * step], and step is 0 or 1. How they are
 * copied is decided outside of the loop over lanes. */
COPY_INLINE void lanes_put(struct lanes *lanes, const uint8_t *const *from, unsigned step, size_t len)
{
    if (len >= 16 && len <= 32) {
        lanes_copy(lanes, from, step, len, copy_16_to_32);
    } else if (len >= 8 && len < 16) {
        lanes_copy(lanes, from, step, len, copy_8_to_16);
    } else if (len) {
        lanes_copy(lanes, from, step, len, copy_bytes);
    }
    lanes->end += len;
}

/* Ends the message: 0x80 and zeros. Its length is written by lanes_finish(). */
static inline void lanes_end(struct lanes *lanes)
{
    const struct program *p = lanes->program;
    const size_t slack = lane_slack(p->hash);
    uint8_t *to = lanes->rows + lanes->end;
    lanes->len[lanes->input] = (uint32_t)(lanes->end - p->inputs[lanes->input].offset);
    for (unsigned l = 0; l < lanes->n; l++, to += lanes->row_stride) {
        copy_zeros(to, slack);
        *to = 0x80;
    }
}

/* Completes the rows when all messages are staged: the copies and lengths of struct program. */
static inline void lanes_finish(const struct lanes *lanes)
{
    const struct program *p = lanes->program;
    const unsigned slot = hash_slot_bytes(p->hash), n_copies = p->n_copies, n_lengths = p->n_lengths;
    for (unsigned i = 0; i < n_copies; i++) {
        uint8_t *to = lanes->rows + p->copies[i].to;
        const uint8_t *from = lanes->rows + p->copies[i].from;
        for (unsigned l = 0; l < lanes->n; l++, to += lanes->row_stride, from += lanes->row_stride) {
            memcpy(to, from, 32); /* pieces of constant size take no call */
            if (slot > 32) {
                memcpy(to + 32, from + 32, 32);
            }
        }
    }
    for (unsigned i = 0; i < n_lengths; i++) {
        uint8_t *end = lanes->rows + p->lengths[i].end;
        const uint64_t len = p->lengths[i].before + lanes->len[p->lengths[i].input];
        for (unsigned l = 0; l < lanes->n; l++, end += lanes->row_stride) {
            hash_put_length(p->hash, end, len);
        }
    }
}
_Static_assert(HASH_MAX_BLOCK / 2 == 64, "a slot is one or two pieces of 32 bytes");

#endif
