/* Columns for kernels of eight lanes. stage_rows.h says what each function is for. */
#include <immintrin.h>
#include <stdint.h>

typedef uint32_t word;
enum { LANES = 8 };
#define STAGE simd_stage_avx512vl
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

static inline row row_constant(uint32_t constant)
{
    return _mm256_set1_epi32((int)constant);
}

static inline __attribute__((always_inline)) row row_combine(row x, row y, int shift, uint32_t constant)
{
    return _mm256_ternarylogic_epi32(_mm256_slli_epi32(x, (unsigned)shift),
        _mm256_srli_epi32(y, (unsigned)(32 - shift)), row_constant(constant), 0xfe /* any of the three */);
}

#include "stage_rows.h"
