/*
 * What the kernels of one lane without interleaving have in common. The portable ones among them are what
 * every other kernel of their family is tested against, and what the engine folds constants with.
 *
 * State slots and message slots both hold eight words in the machine's byte order, so that a digest can be
 * used as a part of a block as it is.
 *
 * The including file defines, before it includes this one,
 *
 *   word                  the type of the hash's words
 *   STATE_WORDS           the words of a chaining value, up to 8
 *   LITTLE_ENDIAN_WORDS   1 if the lowest byte of a word comes first in the hash's byte order
 *   KERNEL(function)      the name of a function of the kernel, so that a debugger says which kernel it is:
 *                         each kernel has the static functions of this file for itself
 *
 * and after it
 *
 *   void KERNEL(compress)(word *dst, const word *state, word w[16])
 *       Does one compression of a state of STATE_WORDS words. The block is in w, which lies in scratch and
 *       may become the message schedule.
 */
#ifndef SIMD_SCALAR_H
#define SIMD_SCALAR_H

#include "simd.h"

#include <string.h>

enum { SLOT_BYTES = 8 * sizeof(word), SCRATCH_BYTES = 16 * sizeof(word) };
_Static_assert((int)SCRATCH_BYTES <= SIMD_SCALAR_SCRATCH, "the engine has no more for a portable kernel");

static void KERNEL(compress)(word *dst, const word *state, word w[16]);

static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    word *w = scratch;
    struct simd_task task;

    while (feed->next(feed, 0, &task)) {
        word(*slot)[8] = (void *)task.bank;
        unsigned digest_words = task.program->digest_words, hi_digest_words = task.program->hi_digest_words;

        for (unsigned i = 0; i < task.program->n_ops; i++) {
            struct simd_op op = task.program->ops[i];
            if (op.digest == SIMD_NO_SLOT) {
                memcpy(w, slot[op.lo], SLOT_BYTES);
            } else if (digest_words == 8) {
                memcpy(w, slot[op.digest], SLOT_BYTES);
            } else {
                for (unsigned t = 0; t < 8; t++) { /* memcpy() of a length that varies would be a call */
                    w[t] = t < digest_words ? slot[op.digest][t] : slot[op.lo][t];
                }
            }
            memcpy(w + 8, slot[op.hi], SLOT_BYTES);
            for (unsigned t = 0; op.hi_digest != SIMD_NO_SLOT && t < hi_digest_words; t++) {
                w[8 + t] = slot[op.hi_digest][t];
            }
            for (unsigned t = 0; t < 16 && op.xor_byte; t++) {
                w[t] ^= op.xor_byte * ((word)-1 / 0xff); /* xor_byte in every byte */
            }
            KERNEL(compress)(slot[op.dst], slot[op.state], w);
        }
    }
}

/* Changes a word from the hash's byte order to the machine's, or back. */
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

    (void)stride; /* there is one lane */
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
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* or the compiler may take the stores for dead ones */
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
