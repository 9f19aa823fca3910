/*
 * SHA-512 in one lane: sha512_bmi2 with the rotates of AVX-512VL in its message schedule, and for the blocks
 * of a message sha512_bmi2_avx2 with these. The arithmetic is in sha512_bmi2_avx512vl.S.
 */
#include "sha512.h"

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha512_bmi2_avx512vl_##function
#define SEVERAL_BLOCKS 2
#include "scalar.h"

void sha512_bmi2_avx512vl_compress_block(uint64_t *dst, const uint64_t *state, const uint64_t w[16]);
void sha512_bmi2_avx512vl_blocks(uint64_t state[8], const uint8_t *blocks, size_t n_blocks);

static void sha512_bmi2_avx512vl_compress(uint64_t *dst, const uint64_t *state, uint64_t w[16])
{
    sha512_bmi2_avx512vl_compress_block(dst, state, w);
}

static void sha512_bmi2_avx512vl_compress_blocks(uint64_t *state, const uint8_t *blocks, size_t n_blocks)
{
    sha512_bmi2_avx512vl_blocks(state, blocks, n_blocks);
}

const struct simd_kernel sha512_bmi2_avx512vl = {
    .name = "sha512_bmi2_avx512vl",
    .description = "BMI2 rounds, one lane, beside an AVX-512 schedule",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2 | SIMD_CPU_AVX | SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512VL,
    .vector_width = 256,
    SCALAR_COMMON,
};
