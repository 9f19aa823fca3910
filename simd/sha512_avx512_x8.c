/*
 * SHA-512 in eight lanes with AVX-512. The arithmetic is written by sha512_avx512_x8.py, and what kernels
 * that are a pipeline have in common is in rows_pipeline.h.
 */
#include "sha512.h"
#include "stage.h"

typedef uint64_t word;
#define KERNEL(function) sha512_avx512_x8_##function
#include "rows_pipeline.h"

static void sha512_avx512_x8_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    simd_stage_avx512_x8(bank, columns, parts, lanes, ((struct scratch *)scratch)->staging.raw);
}

const struct simd_kernel sha512_avx512_x8 = {
    .name = "sha512_avx512_x8",
    .description = "AVX-512, eight lanes, up to two operations at a time",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW,
    .stage = sha512_avx512_x8_stage,
    ROWS_PIPELINE,
};
