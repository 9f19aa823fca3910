/*
 * SHA-256 in rows of 16 lanes, AVX-512: lanes in and out. sha256_avx512.S does the
 * arithmetic, rows_sha256.h what is common to such kernels.
 */
#include <stddef.h>
#include <stdint.h>
#include <immintrin.h>

typedef __m512i row;
enum { CURSORS = 2, GROUP = 2 };

static inline __m128i load_lane(const uint8_t *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

static inline row row_gather(const uint8_t *bytes, size_t stride)
{
    row x = _mm512_castsi128_si512(load_lane(bytes));

    x = _mm512_inserti32x4(x, load_lane(bytes + 4 * stride), 1);
    x = _mm512_inserti32x4(x, load_lane(bytes + 8 * stride), 2);
    return _mm512_inserti32x4(x, load_lane(bytes + 12 * stride), 3);
}

static inline void row_scatter(uint8_t *bytes, size_t stride, row x)
{
    _mm_storeu_si128((__m128i *)bytes, _mm512_castsi512_si128(x));
    _mm_storeu_si128((__m128i *)(bytes + 4 * stride), _mm512_extracti32x4_epi32(x, 1));
    _mm_storeu_si128((__m128i *)(bytes + 8 * stride), _mm512_extracti32x4_epi32(x, 2));
    _mm_storeu_si128((__m128i *)(bytes + 12 * stride), _mm512_extracti32x4_epi32(x, 3));
}

static inline row row_swap(row x)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    return _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(swap));
}

#define row_low32 _mm512_unpacklo_epi32
#define row_high32 _mm512_unpackhi_epi32
#define row_low64 _mm512_unpacklo_epi64
#define row_high64 _mm512_unpackhi_epi64

#include "rows_sha256.h"

_Static_assert(
    sizeof(struct rows_pair) == 40 && offsetof(struct rows_pair, xor_pattern) == 32, "as in sha256_avx512.S");

void sha256_avx512_one(const struct rows_pair *pair, row ring[GROUP][16]);
void sha256_avx512_two(const struct rows_pair pairs[2], row ring[GROUP][16]);

static void row_compress(const struct rows_pair *pairs, unsigned n, row ring[GROUP][16])
{
    (n == 1 ? sha256_avx512_one : sha256_avx512_two)(pairs, ring);
}

const struct simd_kernel sha256_avx512 = {
    .name = "sha256_avx512",
    .description = "AVX-512, 16 lanes, up to two operations interleaved",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW,
    .lanes = 16,
    .tasks_in_flight = CURSORS,
    .vector_width = 512,
    .stack_bytes = 512,
    .scratch_bytes = sizeof(struct rows_scratch),
    .run = rows_run,
    .load_message = rows_load,
    .load_state = rows_load_state,
    .store_state = rows_store_state,
    .clear = rows_clear,
};
