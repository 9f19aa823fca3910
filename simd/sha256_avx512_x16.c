/*
 * SHA-256 in sixteen lanes with AVX-512. The arithmetic is written by sha256_avx512_x16.py, and what kernels
 * that are a pipeline have in common is in rows_pipeline.h.
 */
#include "sha256.h"
#include "stage.h"

typedef uint32_t word;
#define KERNEL(function) sha256_avx512_x16_##function
#include "rows_pipeline.h"

static void sha256_avx512_x16_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    simd_stage_avx512(bank, columns, parts, lanes, ((struct scratch *)scratch)->staging.raw);
}

const struct simd_kernel sha256_avx512_x16 = {
    .name = "sha256_avx512_x16",
    .description = "AVX-512, sixteen lanes, up to two operations at a time",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW,
    .stage = sha256_avx512_x16_stage,
    ROWS_PIPELINE,
};
