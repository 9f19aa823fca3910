/*
 * A state in the order of sha256rnds2: F E B A in one register and H G D C in another, the lowest word first.
 * The SHA-NI kernels keep their states like that, so that a chain of operations moves no words about.
 */
#ifndef SIMD_SHA256_FEBA_H
#define SIMD_SHA256_FEBA_H

#include <stdint.h>
#include <immintrin.h>

/* Four words, between the hash's byte order and the machine's. */
static inline __m128i feba_load_words(const uint8_t *bytes)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes), swap);
}

static inline void feba_store_words(uint8_t *bytes, __m128 words)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    _mm_storeu_si128((__m128i *)bytes, _mm_shuffle_epi8(_mm_castps_si128(words), swap));
}

static inline void feba_load_state(__m128 *feba, __m128 *hgdc, const uint8_t *bytes)
{
    const __m128 abcd = _mm_castsi128_ps(feba_load_words(bytes));
    const __m128 efgh = _mm_castsi128_ps(feba_load_words(bytes + 16));

    *feba = _mm_shuffle_ps(efgh, abcd, _MM_SHUFFLE(0, 1, 0, 1));
    *hgdc = _mm_shuffle_ps(efgh, abcd, _MM_SHUFFLE(2, 3, 2, 3));
}

static inline void feba_store_state(uint8_t *bytes, __m128 feba, __m128 hgdc)
{
    feba_store_words(bytes, _mm_shuffle_ps(feba, hgdc, _MM_SHUFFLE(2, 3, 2, 3)));
    feba_store_words(bytes + 16, _mm_shuffle_ps(feba, hgdc, _MM_SHUFFLE(0, 1, 0, 1)));
}

#endif
