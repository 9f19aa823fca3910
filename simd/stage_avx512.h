/* Columns for kernels whose rows have 512 bits. stage_rows.h says what each function is for. */
#ifndef SIMD_STAGE_AVX512_H
#define SIMD_STAGE_AVX512_H

#include "rows_avx512.h"

static inline __m256i load_32(const uint8_t *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

static inline void load_wide(row *low, row *high, const uint8_t *const from[4])
{
    const row x = _mm512_inserti64x4(_mm512_castsi256_si512(load_32(from[0])), load_32(from[1]), 1),
              y = _mm512_inserti64x4(_mm512_castsi256_si512(load_32(from[2])), load_32(from[3]), 1);

    *low = _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(2, 0, 2, 0));
    *high = _mm512_shuffle_i64x2(x, y, _MM_SHUFFLE(3, 1, 3, 1));
}

static inline __m128i load_16(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static inline row load_narrow(const uint8_t *const from[4])
{
    row x = _mm512_castsi128_si512(load_16(from[0]));

    x = _mm512_inserti32x4(x, load_16(from[1]), 1);
    x = _mm512_inserti32x4(x, load_16(from[2]), 2);
    return _mm512_inserti32x4(x, load_16(from[3]), 3);
}

static inline row row_constant(word constant)
{
    return sizeof(word) == 8 ? _mm512_set1_epi64((long long)constant) : _mm512_set1_epi32((int)constant);
}

static inline __attribute__((always_inline)) row row_combine(row x, row y, int shift, word constant)
{
    const unsigned left = (unsigned)shift, right = (unsigned)(8 * (int)sizeof(word) - shift);
    const row c = row_constant(constant);

    /* 0xfe: any of the three */
    return sizeof(word) == 8
               ? _mm512_ternarylogic_epi64(_mm512_slli_epi64(x, left), _mm512_srli_epi64(y, right), c, 0xfe)
               : _mm512_ternarylogic_epi32(_mm512_slli_epi32(x, left), _mm512_srli_epi32(y, right), c, 0xfe);
}

#include "stage_rows.h"

#endif
