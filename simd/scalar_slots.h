/*
 * Slots of one lane. State slots and message slots both hold eight words in the machine's byte order, so that
 * a digest can be used as a part of a block as it is.
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
 *       Does one compression of a state of STATE_WORDS words. The block w may become the message schedule.
 *
 * A kernel with a way of its own for the blocks of a message also defines, before,
 *
 *   SEVERAL_BLOCKS        for how many blocks it takes that way: for so many or more, 1 or 2
 *
 * and after it
 *
 *   void KERNEL(compress_blocks)(word *state, const uint8_t *blocks, size_t n_blocks)
 *       Does the compressions of so many blocks, one behind the other, which need no alignment.
 */
#ifndef SIMD_SCALAR_SLOTS_H
#define SIMD_SCALAR_SLOTS_H

#include "simd.h"

#include <string.h>

enum { SLOT_BYTES = 8 * sizeof(word) };

static void KERNEL(compress)(word *dst, const word *state, word w[16]);

/* Changes a word from the hash's byte order to the machine's, or back. */
static inline word in_order(word x)
{
    const int is_little_here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

    if (LITTLE_ENDIAN_WORDS == is_little_here) {
        return x;
    }
    return sizeof(word) == 8 ? (word)__builtin_bswap64(x) : (word)__builtin_bswap32((uint32_t)x);
}

/* Loads slot by slot, so that no loop counts words. `bytes` may be the slots themselves. */
static void KERNEL(load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    word *to = slots;

    (void)stride; /* there is one lane */
    for (; n_slots; n_slots--, to += 8, bytes += SLOT_BYTES) {
        word x[8];
        memcpy(x, bytes, SLOT_BYTES);
        to[0] = in_order(x[0]);
        to[1] = in_order(x[1]);
        to[2] = in_order(x[2]);
        to[3] = in_order(x[3]);
        to[4] = in_order(x[4]);
        to[5] = in_order(x[5]);
        to[6] = in_order(x[6]);
        to[7] = in_order(x[7]);
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

#ifdef SEVERAL_BLOCKS
static void KERNEL(compress_blocks)(word *state, const uint8_t *blocks, size_t n_blocks);
#endif

static void KERNEL(hash_blocks)(uint8_t *state, const uint8_t *blocks, size_t n_blocks)
{
    _Alignas(16) word slot[8], w[16]; /* a vector of sha512_bmi2 is aligned */

    KERNEL(load_state)(slot, state, 0);
#ifdef SEVERAL_BLOCKS
    if (n_blocks >= SEVERAL_BLOCKS) {
        KERNEL(compress_blocks)(slot, blocks, n_blocks);
        n_blocks = 0;
    }
#endif
    for (; n_blocks; n_blocks--, blocks += 2 * SLOT_BYTES) {
        KERNEL(load_message)(w, blocks, 0, 2);
        KERNEL(compress)(slot, slot, w);
    }
    KERNEL(store_state)(state, 0, slot);
}

/* What is the same in the struct simd_kernel of each kernel with such slots. */
#define SCALAR_SLOTS                                                                                         \
    .lanes = 1, .load_message = KERNEL(load_message), .load_state = KERNEL(load_state),                      \
    .store_state = KERNEL(store_state), .hash_blocks = KERNEL(hash_blocks)

#endif
