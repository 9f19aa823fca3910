/*
 * What the scalar kernels have in common: running programs on one lane, and bytes in
 * and out. They are the references that every other kernel of their family is tested
 * against, and what the engine folds constants with.
 *
 * Both kinds of slot hold eight words in the machine's own byte order, so a digest is
 * a message as it stands.
 *
 * The including file defines `word`, its type, and
 *
 *   STATE_WORDS   of a chaining value, up to 8
 *   LITTLE_ENDIAN_WORDS   whether the lowest byte of a word comes first
 *   void compress(word *dst, const word *state, word w[16])
 *                 one compression of the first STATE_WORDS words of a state; w, in
 *                 scratch, is the block and may become a message schedule
 */
#ifndef SIMD_SCALAR_H
#define SIMD_SCALAR_H

#include "simd.h"

#include <string.h>

enum { SLOT_BYTES = 8 * sizeof(word), SCRATCH_BYTES = 16 * sizeof(word) };
_Static_assert((int)SCRATCH_BYTES <= SIMD_SCALAR_SCRATCH, "as the engine expects");

static void KERNEL(compress)(word *dst, const word *state, word w[16]);

static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    word *w = scratch;
    struct simd_task task;

    while (feed->next(feed, 0, &task)) {
        word(*slot)[8] = (void *)task.bank;
        unsigned digest_words = task.program->digest_words;

        for (unsigned i = 0; i < task.program->n_ops; i++) {
            struct simd_op op = task.program->ops[i];
            if (op.digest == SIMD_NO_SLOT) {
                memcpy(w, slot[op.lo], SLOT_BYTES);
            } else if (digest_words == 8) {
                memcpy(w, slot[op.digest], SLOT_BYTES);
            } else {
                for (unsigned t = 0; t < 8; t++) { /* no copy of a variable length: that would be a call */
                    w[t] = t < digest_words ? slot[op.digest][t] : slot[op.lo][t];
                }
            }
            memcpy(w + 8, slot[op.hi], SLOT_BYTES);
            for (unsigned t = 0; t < 16 && op.xor_byte; t++) {
                w[t] ^= op.xor_byte * ((word)-1 / 0xff); /* in every byte */
            }
            KERNEL(compress)(slot[op.dst], slot[op.state], w);
        }
    }
}

/* Between the hash's byte order and the machine's. */
static inline word in_order(word x)
{
    const int is_little_here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

    if (LITTLE_ENDIAN_WORDS == is_little_here) {
        return x;
    }
    return sizeof(word) == 8 ? (word)__builtin_bswap64(x) : (word)__builtin_bswap32((uint32_t)x);
}

static void KERNEL(load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    word *to = slots;

    (void)stride; /* one lane */
    for (size_t i = 0; i < n_slots * 8; i++, bytes += sizeof(word)) {
        word x;
        memcpy(&x, bytes, sizeof(x));
        to[i] = in_order(x);
    }
}

static void KERNEL(load_state)(void *slot, const uint8_t *bytes, size_t stride)
{
    KERNEL(load_message)(slot, bytes, stride, 1);
}

static void KERNEL(store_state)(uint8_t *bytes, size_t stride, const void *slot)
{
    const word *from = slot;

    (void)stride;
    for (unsigned i = 0; i < 8; i++, bytes += sizeof(word)) {
        const word x = i < STATE_WORDS ? in_order(from[i]) : 0;
        memcpy(bytes, &x, sizeof(x));
    }
}

static void KERNEL(clear)(void *scratch)
{
    memset(scratch, 0, SCRATCH_BYTES);
    /* Called last before memory is given back, where a compiler that sees both
     * sides might find the stores dead. */
    __asm__ volatile("" : : "r"(scratch) : "memory");
}

/* What is the same in the struct simd_kernel of each of these kernels. */
#define SCALAR_COMMON                                                                                        \
    .lanes = 1, .tasks_in_flight = 1, .stack_bytes = 512, .scratch_bytes = SCRATCH_BYTES,                    \
    .run = KERNEL(run), .load_message = KERNEL(load_message), .load_state = KERNEL(load_state),              \
    .store_state = KERNEL(store_state), .clear = KERNEL(clear)

#define PORTABLE_KERNEL(NAME, FAMILY)                                                                        \
    const struct simd_kernel NAME = {                                                                        \
        .name = #NAME,                                                                                       \
        .description = "portable C, one lane",                                                               \
        .family = FAMILY,                                                                                    \
        .vector_width = 8 * sizeof(word),                                                                    \
        SCALAR_COMMON,                                                                                       \
    }

#endif
