/*
 * Slots in rows. A row has one word of every lane, and a slot is eight rows, of states and of messages alike.
 * Words are in the machine's byte order.
 *
 * The including file defines, before it includes this one,
 *
 *   word               the type of the hash's words
 *   CURSORS            the number of tasks that the kernel has in flight
 *   KERNEL(function)   the name of a function of the kernel, so that a debugger says which kernel it is:
 *                      each kernel has the static functions of this file for itself
 *
 * and includes rows_avx2.h or rows_avx512.h, which define the type `row` and, as inline functions on it,
 *
 *   row row_gather(const uint8_t *bytes, size_t stride)
 *       Loads 16 bytes from each of several places, which are `stride` apart, as many as fill a row.
 *   void row_scatter(uint8_t *bytes, size_t stride, row x)
 *       Stores a row in the same way.
 *   row row_swap(row x)
 *       Reverses the bytes of each word.
 *   row row_low32(row x, row y), row_high32, row_low64, row_high64
 *       Unpack words of 32 or 64 bits within each 128 bits.
 */
#ifndef SIMD_ROWS_SLOTS_H
#define SIMD_ROWS_SLOTS_H

#include "rows_transpose.h"
#include "walk.h"

/* One compression. The kernels' assembler knows this layout. The struct is copied and has no padding, which
 * would take bytes of dead stack along. */
struct rows_pair {
    row *dst;
    const row *state, *lo, *hi;
    uint64_t xor_pattern; /* xor_byte in every byte */
};
_Static_assert(sizeof(struct rows_pair) == 40 && offsetof(struct rows_pair, xor_pattern) == 32,
    "as in sha2_avx2.inc and sha2_avx512.py");

/* Writes the words of a digest, and behind them those of a message. */
static inline __attribute__((always_inline)) void fill_up_one(
    row filled[8], const uint8_t *digest, const uint8_t *message, unsigned digest_words)
{
    for (unsigned i = 0; i < 8; i++) {
        filled[i] = ((const row *)(i < digest_words ? digest : message))[i];
    }
}

/* The same for n tasks of the same program: the operands are at these distances from the beginning of each
 * bank. The function is not to take room in the loops of its callers, which most programs run through without
 * it. Where the number of words is a constant it takes half the instructions: those of SHA-384 are six. */
__attribute__((noinline)) static void fill_up(row filled[][2][8], unsigned half, const struct walk *walk,
    unsigned n, size_t digest, size_t message, unsigned digest_words)
{
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *bank = walk[i].bank;
        if (digest_words == 6) {
            fill_up_one(filled[i][half], bank + digest, bank + message, 6);
        } else {
            fill_up_one(filled[i][half], bank + digest, bank + message, digest_words);
        }
    }
}

/* Makes n pairs of an operation, one for each of n tasks of the same program. An operand is at the same
 * distance from the beginning of every bank. */
GENERAL_REGISTERS static inline void set_pairs(struct rows_pair *pairs, const struct simd_op *of,
    const struct walk *walk, unsigned n, row filled[][2][8])
{
    const struct simd_op op = *of; /* or a compiler must take it that stores to the pairs change it */
    const bool has_digest = op.digest != SIMD_NO_SLOT;
    const size_t slot = 8 * sizeof(row), lo = slot * (has_digest ? op.digest : op.lo), hi = slot * op.hi;
    const uint64_t pattern = op.xor_byte * UINT64_C(0x0101010101010101);

    for (unsigned i = 0; i < n; i++) {
        uint8_t *bank = walk[i].bank;
        pairs[i].dst = (row *)(bank + slot * op.dst);
        pairs[i].state = (const row *)(bank + slot * op.state);
        pairs[i].lo = (const row *)(bank + lo);
        pairs[i].hi = (const row *)(bank + hi);
        pairs[i].xor_pattern = pattern;
    }
    if (has_digest && walk->digest_words < 8) {
        fill_up(filled, 0, walk, n, lo, slot * op.lo, walk->digest_words);
        for (unsigned i = 0; i < n; i++) {
            pairs[i].lo = filled[i][0];
        }
    }
    if (op.hi_digest != SIMD_NO_SLOT) {
        fill_up(filled, 1, walk, n, slot * op.hi_digest, hi, walk->hi_digest_words);
        for (unsigned i = 0; i < n; i++) {
            pairs[i].hi = filled[i][1];
        }
    }
}

/* Loads n = ROWS_WORDS words of every lane at a time. The words of lanes i, i + n, i + 2n, ... are gathered
 * into row i, so that the transposition within each 128 bits puts the lanes in order. */
static void KERNEL(load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    row *to = slots;

    for (size_t left = n_slots * 8; left; left -= ROWS_WORDS, to += ROWS_WORDS, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            x[i] = row_swap(row_gather(bytes + i * stride, ROWS_WORDS * stride));
        }
        rows_transpose(x);
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            to[i] = x[i];
        }
    }
}

static void KERNEL(load_state)(void *slot, const uint8_t *bytes, size_t stride)
{
    KERNEL(load_message)(slot, bytes, stride, 1);
}

static void KERNEL(store_state)(uint8_t *bytes, size_t stride, const void *slot)
{
    const row *from = slot;

    for (unsigned left = 8; left; left -= ROWS_WORDS, from += ROWS_WORDS, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            x[i] = row_swap(from[i]);
        }
        rows_transpose(x);
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            row_scatter(bytes + i * stride, ROWS_WORDS * stride, x[i]);
        }
    }
}

/* What is the same in the struct simd_kernel of each kernel in rows. */
#define ROWS_SLOTS                                                                                           \
    .lanes = sizeof(row) / sizeof(word), .load_message = KERNEL(load_message),                               \
    .load_state = KERNEL(load_state), .store_state = KERNEL(store_state)

#endif
