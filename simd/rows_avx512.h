/* Rows of 512 bits. rows_slots.h says what each function is for. */
#ifndef SIMD_ROWS_AVX512_H
#define SIMD_ROWS_AVX512_H

#include <stddef.h>
#include <stdint.h>
#include <immintrin.h>

typedef __m512i row;

static inline row row_gather(const uint8_t *bytes, size_t stride)
{
    row x = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)bytes));

    x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + stride)), 1);
    x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + 2 * stride)), 2);
    return _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + 3 * stride)), 3);
}

static inline void row_scatter(uint8_t *bytes, size_t stride, row x)
{
    _mm_storeu_si128((__m128i *)bytes, _mm512_castsi512_si128(x));
    _mm_storeu_si128((__m128i *)(bytes + stride), _mm512_extracti32x4_epi32(x, 1));
    _mm_storeu_si128((__m128i *)(bytes + 2 * stride), _mm512_extracti32x4_epi32(x, 2));
    _mm_storeu_si128((__m128i *)(bytes + 3 * stride), _mm512_extracti32x4_epi32(x, 3));
}

static inline row row_swap(row x)
{
    const __m128i words32 = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i words64 = _mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607);

    return _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(sizeof(word) == 8 ? words64 : words32));
}

#define row_low32 _mm512_unpacklo_epi32
#define row_high32 _mm512_unpackhi_epi32
#define row_low64 _mm512_unpacklo_epi64
#define row_high64 _mm512_unpackhi_epi64

#endif
