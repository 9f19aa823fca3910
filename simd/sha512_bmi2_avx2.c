/*
 * SHA-512 in one lane: rounds in general registers with BMI2, beside a message schedule in AVX2, which two
 * blocks of a message have in common. The arithmetic is in sha512_bmi2_avx2.S.
 */
#include "sha512.h"

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha512_bmi2_avx2_##function
#define SEVERAL_BLOCKS 1
#include "scalar.h"

void sha512_bmi2_avx2_compress_block(uint64_t *dst, const uint64_t *state, const uint64_t w[16]);
void sha512_bmi2_avx2_blocks(uint64_t state[8], const uint8_t *blocks, size_t n_blocks);

static void sha512_bmi2_avx2_compress(uint64_t *dst, const uint64_t *state, uint64_t w[16])
{
    sha512_bmi2_avx2_compress_block(dst, state, w);
}

static void sha512_bmi2_avx2_compress_blocks(uint64_t *state, const uint8_t *blocks, size_t n_blocks)
{
    sha512_bmi2_avx2_blocks(state, blocks, n_blocks);
}

const struct simd_kernel sha512_bmi2_avx2 = {
    .name = "sha512_bmi2_avx2",
    .description = "BMI2 rounds, one lane, beside an AVX2 schedule of up to two blocks",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2 | SIMD_CPU_AVX | SIMD_CPU_AVX2,
    .vector_width = 256,
    SCALAR_COMMON,
};
