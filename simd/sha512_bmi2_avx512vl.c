/*
 * SHA-512 in one lane: sha512_bmi2 with the rotates of AVX-512VL in its message schedule. The compression is
 * in sha512_bmi2_avx512vl.S.
 */
#include "sha512.h"

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha512_bmi2_avx512vl_##function
#include "scalar.h"

void sha512_bmi2_avx512vl_compress_block(uint64_t *dst, const uint64_t *state, const uint64_t w[16]);

static void sha512_bmi2_avx512vl_compress(uint64_t *dst, const uint64_t *state, uint64_t w[16])
{
    sha512_bmi2_avx512vl_compress_block(dst, state, w);
}

const struct simd_kernel sha512_bmi2_avx512vl = {
    .name = "sha512_bmi2_avx512vl",
    .description = "BMI2 rounds, one lane, beside an AVX-512 schedule",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2 | SIMD_CPU_AVX | SIMD_CPU_AVX512F | SIMD_CPU_AVX512VL,
    .vector_width = 128,
    SCALAR_COMMON,
};
