/*
 * What the SHA-256 kernels in rows have in common: running programs, and moving
 * lanes in and out. A row is one word of all lanes, a slot eight rows, for states
 * and messages alike, words in the machine's byte order.
 *
 * The including file defines LANES and, as inline functions on its type `row`:
 *
 *   row  row_gather(const uint8_t *bytes, size_t stride)
 *        16 bytes from each of lanes 0, 4, 8, ..., where lane l is at bytes + l * stride
 *   void row_scatter(uint8_t *bytes, size_t stride, row x)
 *        the reverse
 *   row  row_swap(row x)
 *        the bytes of each word reversed
 *   row_low32, row_high32, row_low64, row_high64(row x, row y)
 *        unpack within each 128 bits
 *   void row_compress(row *dst, const row *state, const row *lo, const row *hi,
 *                     uint32_t xor_pattern, row ring[16])
 */
#ifndef SIMD_ROWS_SHA256_H
#define SIMD_ROWS_SHA256_H

#include "sha256.h"

#include <string.h>

struct rows_scratch {
    row ring[16];  /* the message schedule, if it is not all in registers */
    row filled[8]; /* a short digest, filled up with words of lo */
};

static void rows_operation(row (*slot)[8], struct simd_op op, unsigned digest_words, struct rows_scratch *scratch)
{
    const row *lo = slot[op.digest == SIMD_NO_SLOT ? op.lo : op.digest];

    if (op.digest != SIMD_NO_SLOT && digest_words < 8) {
        for (unsigned word = 0; word < 8; word++)
            scratch->filled[word] = slot[word < digest_words ? op.digest : op.lo][word];
        lo = scratch->filled;
    }
    row_compress(slot[op.dst], slot[op.state], lo, slot[op.hi], op.xor_byte * UINT32_C(0x01010101),
        scratch->ring);
}

static void rows_run(struct simd_feed *feed, void *scratch)
{
    struct simd_task task;

    while (feed->next(feed, 0, &task)) {
        const struct simd_program *program = task.program;
        for (unsigned i = 0; i < program->n_ops; i++)
            rows_operation((void *)task.bank, program->ops[i], program->digest_words, scratch);
    }
}

static void rows_clear(void *scratch)
{
    memset(scratch, 0, sizeof(struct rows_scratch));
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* the stores are not dead */
}

/* Within each 128 bits: word j of row i becomes word i of row j. */
static inline void rows_transpose(row x[4])
{
    row low01 = row_low32(x[0], x[1]), high01 = row_high32(x[0], x[1]);
    row low23 = row_low32(x[2], x[3]), high23 = row_high32(x[2], x[3]);

    x[0] = row_low64(low01, low23);
    x[1] = row_high64(low01, low23);
    x[2] = row_low64(high01, high23);
    x[3] = row_high64(high01, high23);
}

/* Four words of every lane at a time: lanes i, i + 4, i + 8, ... make a row, and a
 * transposition in each 128 bits puts lanes in order. */
static void rows_load(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    row *to = slots;

    for (size_t quad = 0; quad < n_slots * 2; quad++, to += 4, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < 4; i++)
            x[i] = row_swap(row_gather(bytes + i * stride, stride));
        rows_transpose(x);
        for (unsigned i = 0; i < 4; i++)
            to[i] = x[i];
    }
}

static void rows_load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    rows_load(slot, bytes, stride, 1);
}

static void rows_store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    const row *from = slot;

    for (unsigned quad = 0; quad < 2; quad++, from += 4, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < 4; i++)
            x[i] = row_swap(from[i]);
        rows_transpose(x);
        for (unsigned i = 0; i < 4; i++)
            row_scatter(bytes + i * stride, stride, x[i]);
    }
}

#endif
