/*
 * What the kernels of one lane with the SHA extensions have in common: their slots, and the place of an
 * operation that the assembler runs.
 *
 * A state slot has the words F E B A H G D C, the order of sha256rnds2. A message slot has its words in
 * order, and each word in the hash's byte order, so that slots are loaded by a plain copy, or by none at all
 * where the bytes lie in the slots already. An operation turns the bytes of the words when it loads a block.
 */
#ifndef SIMD_SHA256_SHANI_H
#define SIMD_SHA256_SHANI_H

#include "sha256.h"
#include "sha256_feba.h"

/* An operation that is run. sha256_shani.inc knows this layout. It holds no secrets, only addresses. */
struct pair {
    const struct simd_op *op;
    uint8_t *bank;
    uint32_t digest_words, hi_digest_words;
};

_Static_assert(sizeof(struct simd_op) == 9 && offsetof(struct simd_op, digest) == 2 &&
                   offsetof(struct simd_op, xor_byte) == 6 && offsetof(struct simd_op, gap) == 8,
    "as in sha256_shani.inc");
_Static_assert(
    sizeof(struct pair) == 24 && offsetof(struct pair, digest_words) == 16, "as in sha256_shani.inc");

/* hash_blocks() of struct simd_kernel. */
void sha256_shani_x1_blocks(uint8_t *state, const uint8_t *blocks, size_t n_blocks);

/* ---- slots ---- */

static void shani_load_message(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    __m128i *to = slots;
    const __m128i *from = (const __m128i *)bytes;

    (void)stride; /* there is one lane */
    if (slots == bytes) {
        return;
    }
    /* Most calls load one slot or two, for which an unrolled loop has more around it than in it. */
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
    for (size_t i = 0; i < n_slots; i++, to += 2, from += 2) {
        _mm_store_si128(to, _mm_loadu_si128(from));
        _mm_store_si128(to + 1, _mm_loadu_si128(from + 1));
    }
}

static void shani_load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    __m128 *registers = slot;

    (void)stride;
    feba_load_state(&registers[0], &registers[1], bytes);
}

static void shani_store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    const __m128 *registers = slot;

    (void)stride;
    feba_store_state(bytes, registers[0], registers[1]);
}

#endif
