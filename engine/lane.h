/*
 * Staging: a job's bytes on their way into one lane. A derivation's stage() gives all inputs of its formula,
 * for example
 *
 *     lane_begin(lane, SEED);
 *     lane_put(lane, "master secret", 13);
 *     lane_put(lane, client_random, 32);
 *     lane_put(lane, server_random, 32);
 *     lane_end(lane);
 *     lane_key(lane, KEY, secret, secret_len);
 *
 * and does not know whether the bytes go into a row, from which kernels load them, or into the running hash
 * of an evaluation.
 *
 * The order matters to a row. Zeros behind a message may reach into the input that lies behind it, which
 * therefore has to be staged later. Messages and keys lie in the order of their numbers, chaining values
 * behind them all.
 */
#ifndef ENGINE_LANE_H
#define ENGINE_LANE_H

#include <string.h>

#include "evaluate.h"
#include "program.h"
#include "wipe.h"

/* The most that lane_slack() gives for any hash. */
enum { LANE_SLACK = HASH_MAX_BLOCK + 32 };

struct lane {
    uint8_t *row;
    const struct program *program;
    uint8_t *end;                     /* of the message being staged: the place of its next byte */
    int input;                        /* the number of that message */
    uint32_t len[FORMULA_MAX_INPUTS]; /* bytes of each message */
    /* If there is an evaluation, there is no row and no program. */
    struct evaluation *evaluation;
    int wanted;   /* the one input that the evaluation asks for; all others are dropped */
    uint8_t *key; /* where a key or a chaining value goes, if that is wanted */
};

/* memcpy() without a call for short copies: two moves, which may overlap. */
static inline void lane_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 64) {
        memcpy(to, from, n);
    } else if (n > 32) {
        memcpy(to, from, 32);
        memcpy(to + n - 32, from + n - 32, 32);
    } else if (n > 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else {
        for (size_t i = 0; i < n; i++) {
            to[i] = from[i];
        }
    }
}

/* Copies n bytes of a secret. The lengths of secrets differ from lane to lane, and a branch on the length
 * would be mispredicted: all lengths from 16 to 64 bytes take the same moves, which overlap. */
static inline void lane_copy_secret(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n < 16 || n > 64) {
        lane_copy(to, from, n);
        return;
    }
    const size_t last = n - 16;
    memcpy(to, from, 16);
    for (size_t i = 16; i <= 48; i += 16) {
        const size_t at = i < last ? i : last;
        memcpy(to + at, from + at, 16);
    }
}

/* Zeroes n bytes, a multiple of 32, in pieces of constant size, of which compilers make neither a call nor a
 * slow rep stos. */
static inline void lane_zero(uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i += 32) {
        memset(to + i, 0, 32);
    }
}

/* How far behind a message lane_end() zeroes, so that all of the padding is there but its length: 0x80 and
 * the length take at most 17 bytes, and fill up to a block less one byte. */
static inline size_t lane_slack(const struct hash *hash)
{
    return hash->block_bytes + 32u;
}

/* A whole input: a key of at most one block, which is padded with zeros. */
static inline void lane_key(struct lane *lane, int input, const void *bytes, size_t len)
{
    uint8_t *to;
    if (lane->evaluation) {
        to = input == lane->wanted ? lane->key : NULL; /* the evaluation has zeroed it */
    } else {
        to = lane->row + lane->program->inputs[input].offset;
        lane_zero(to, lane->program->hash->block_bytes);
    }
    if (to) {
        lane_copy_secret(to, bytes, len);
    }
}

/* A whole input: a chaining value of `len` bytes. */
static inline void lane_state(struct lane *lane, int input, const uint8_t *bytes, size_t len)
{
    uint8_t *to = lane->evaluation ? (input == lane->wanted ? lane->key : NULL)
                                   : lane->row + lane->program->inputs[input].offset;
    if (to) {
        memcpy(to, bytes, len);
    }
}

/* Begins a message. */
static inline void lane_begin(struct lane *lane, int input)
{
    lane->input = input;
    if (!lane->evaluation) {
        lane->end = lane->row + lane->program->inputs[input].offset;
    }
}

/* The next bytes of the message. */
static inline void lane_put(struct lane *lane, const void *bytes, size_t len)
{
    if (lane->evaluation) {
        if (lane->input == lane->wanted) {
            evaluation_put(lane->evaluation, bytes, len);
        }
        return;
    }
    lane_copy(lane->end, bytes, len);
    lane->end += len;
}

/* Puts the pieces of a message, one after the other. */
static inline void lane_put_pieces(struct lane *lane, const struct lanekdf_bytes *pieces, size_t n_pieces)
{
    for (size_t i = 0; i < n_pieces; i++) {
        lane_put(lane, pieces[i].data, pieces[i].len);
    }
}

static inline void lane_put_randoms(struct lane *lane, const uint8_t *first, const uint8_t *second)
{
    lane_put(lane, first, LANEKDF_RANDOM_LEN);
    lane_put(lane, second, LANEKDF_RANDOM_LEN);
}

/* Ends the message: 0x80 and zeros. Its length is written by lane_finish(). */
static inline void lane_end(struct lane *lane)
{
    if (lane->evaluation) {
        return;
    }
    lane->len[lane->input] = (uint32_t)(lane->end - lane->row - lane->program->inputs[lane->input].offset);
    lane_zero(lane->end, lane_slack(lane->program->hash));
    *lane->end = 0x80;
}

/* Completes the row when all inputs are staged: the copies and lengths of struct program. A compiler must
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
