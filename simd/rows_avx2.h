/* Rows of 256 bits. rows_slots.h says what each function is for. */
#ifndef SIMD_ROWS_AVX2_H
#define SIMD_ROWS_AVX2_H

#include <stddef.h>
#include <stdint.h>
#include <immintrin.h>

typedef __m256i row;

static inline row row_gather(const uint8_t *bytes, size_t stride)
{
    __m128i first = _mm_loadu_si128((const __m128i *)bytes);
    __m128i next = _mm_loadu_si128((const __m128i *)(bytes + stride));

    return _mm256_inserti128_si256(_mm256_castsi128_si256(first), next, 1);
}

static inline void row_scatter(uint8_t *bytes, size_t stride, row x)
{
    _mm_storeu_si128((__m128i *)bytes, _mm256_castsi256_si128(x));
    _mm_storeu_si128((__m128i *)(bytes + stride), _mm256_extracti128_si256(x, 1));
}

static inline row row_swap(row x)
{
    const __m128i words32 = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i words64 = _mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607);

    return _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(sizeof(word) == 8 ? words64 : words32));
}

#define row_low32 _mm256_unpacklo_epi32
#define row_high32 _mm256_unpackhi_epi32
#define row_low64 _mm256_unpacklo_epi64
#define row_high64 _mm256_unpackhi_epi64

#endif
