/*
 * The messages in a lane that are not fixed: their pieces have other lengths in every job, so they are put
 * into the row one after the other, with padding and length behind them.
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

struct lane {
    uint8_t *row;
    const struct program *program;
    uint8_t *end;                     /* of the message being staged: the place of its next byte */
    int input;                        /* the number of that message */
    uint32_t len[FORMULA_MAX_INPUTS]; /* bytes of each message */
};

/* How far behind a message lane_end() zeroes, so that all of the padding is there but its length: 0x80 and
 * the length take at most 17 bytes, and fill up to a block less one byte. */
static inline size_t lane_slack(const struct hash *hash)
{
    return hash->block_bytes + 32u;
}

/* Begins a message. */
static inline void lane_begin(struct lane *lane, int input)
{
    lane->input = input;
    lane->end = lane->row + lane->program->inputs[input].offset;
}

/* The next bytes of the message. */
static inline void lane_put(struct lane *lane, const void *bytes, size_t len)
{
    copy_bytes(lane->end, bytes, len);
    lane->end += len;
}

/* Ends the message: 0x80 and zeros. Its length is written by lane_finish(). */
static inline void lane_end(struct lane *lane)
{
    lane->len[lane->input] = (uint32_t)(lane->end - lane->row - lane->program->inputs[lane->input].offset);
    copy_zeros(lane->end, lane_slack(lane->program->hash));
    *lane->end = 0x80;
}

/* Completes the row when all messages are staged: the copies and lengths of struct program. A compiler must
 * take it that a store of a byte may change anything, so the counts are read once, before all stores. */
static inline void lane_finish(struct lane *lane)
{
    const struct program *p = lane->program;
    const struct hash *hash = p->hash;
    const unsigned slot = hash_slot_bytes(hash), n_copies = p->n_copies, n_lengths = p->n_lengths;
    uint8_t *row = lane->row;
    for (unsigned i = 0; i < n_copies; i++) {
        uint8_t *to = row + p->copies[i].to;
        const uint8_t *from = row + p->copies[i].from;
        memcpy(to, from, 32); /* pieces of constant size take no call */
        if (slot > 32) {
            memcpy(to + 32, from + 32, 32);
        }
    }
    for (unsigned i = 0; i < n_lengths; i++) {
        hash_put_length(hash, row + p->lengths[i].end, p->lengths[i].before + lane->len[p->lengths[i].input]);
    }
}
_Static_assert(HASH_MAX_BLOCK / 2 == 64, "a slot is one or two pieces of 32 bytes");

#endif
