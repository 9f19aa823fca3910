/*
 * SHA-256 in rows of eight lanes, AVX2: lanes in and out. sha256_avx2.S does the
 * arithmetic, rows_sha256.h what is common to such kernels.
 */
#include <stddef.h>
#include <stdint.h>
#include <immintrin.h>

typedef __m256i row;
enum { CURSORS = 1, GROUP = 1 };

static inline row row_gather(const uint8_t *bytes, size_t stride)
{
    __m128i lane = _mm_loadu_si128((const __m128i *)bytes);
    __m128i lane4 = _mm_loadu_si128((const __m128i *)(bytes + 4 * stride));

    return _mm256_inserti128_si256(_mm256_castsi128_si256(lane), lane4, 1);
}

static inline void row_scatter(uint8_t *bytes, size_t stride, row x)
{
    _mm_storeu_si128((__m128i *)bytes, _mm256_castsi256_si128(x));
    _mm_storeu_si128((__m128i *)(bytes + 4 * stride), _mm256_extracti128_si256(x, 1));
}

static inline row row_swap(row x)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    return _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(swap));
}

#define row_low32 _mm256_unpacklo_epi32
#define row_high32 _mm256_unpackhi_epi32
#define row_low64 _mm256_unpacklo_epi64
#define row_high64 _mm256_unpackhi_epi64

#include "rows_sha256.h"

_Static_assert(offsetof(struct rows_pair, xor_pattern) == 32, "as in sha256_avx2.S");

void sha256_avx2_compress(const struct rows_pair *pair, row ring[16]);

static void row_compress(const struct rows_pair *pairs, unsigned n, row ring[GROUP][16])
{
    (void)n;
    sha256_avx2_compress(pairs, ring[0]);
}

const struct simd_kernel sha256_avx2 = {
    .name = "sha256_avx2",
    .description = "AVX2, eight lanes",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_AVX2,
    .lanes = 8,
    .tasks_in_flight = CURSORS,
    .vector_width = 256,
    .stack_bytes = 512,
    .scratch_bytes = sizeof(struct rows_scratch),
    .run = rows_run,
    .load_message = rows_load,
    .load_state = rows_load_state,
    .store_state = rows_store_state,
    .clear = rows_clear,
};
