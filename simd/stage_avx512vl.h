/* Columns for kernels whose rows have 256 bits. stage_rows.h says what each function is for. */
#ifndef SIMD_STAGE_AVX512VL_H
#define SIMD_STAGE_AVX512VL_H

#include "rows_avx2.h"

static inline void load_wide(row *low, row *high, const uint8_t *const from[2])
{
    const row x = _mm256_loadu_si256((const row *)from[0]), y = _mm256_loadu_si256((const row *)from[1]);

    *low = _mm256_inserti128_si256(x, _mm256_castsi256_si128(y), 1);
    *high = _mm256_permute2x128_si256(x, y, 0x31);
}

static inline row load_narrow(const uint8_t *const from[2])
{
    const row x = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)from[0]));

    return _mm256_inserti128_si256(x, _mm_loadu_si128((const __m128i *)from[1]), 1);
}

static inline row row_constant(word constant)
{
    return sizeof(word) == 8 ? _mm256_set1_epi64x((long long)constant) : _mm256_set1_epi32((int)constant);
}

static inline __attribute__((always_inline)) row row_combine(row x, row y, int shift, word constant)
{
    const unsigned left = (unsigned)shift, right = (unsigned)(8 * (int)sizeof(word) - shift);
    const row c = row_constant(constant);

    /* 0xfe: any of the three */
    return sizeof(word) == 8
               ? _mm256_ternarylogic_epi64(_mm256_slli_epi64(x, left), _mm256_srli_epi64(y, right), c, 0xfe)
               : _mm256_ternarylogic_epi32(_mm256_slli_epi32(x, left), _mm256_srli_epi32(y, right), c, 0xfe);
}

#include "stage_rows.h"

#endif
