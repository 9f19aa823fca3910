/*
 * SHA-256 in rows of eight lanes with AVX2. The arithmetic is in sha256_avx2.S, and what all kernels in rows
 * have in common in rows.h.
 */
#include "sha256.h"

typedef uint32_t word;
enum { CURSORS = 2, GROUP = 2, WORK_ROWS = 25 /* 16 of the schedule and 9 of the state */ };
#define KERNEL(function) sha256_avx2_##function
#include "rows_avx2.h"
#include "rows.h"

void sha256_avx2_compress1(const struct rows_pair *pair, row work[2 * WORK_ROWS]);
void sha256_avx2_compress2(const struct rows_pair pairs[2], row work[2 * WORK_ROWS]);

_Static_assert(2 * WORK_ROWS * sizeof(row) == 1600, "as in sha2_avx2.inc");

GENERAL_REGISTERS static void sha256_avx2_compress(struct rows_pair *pairs, unsigned n, row *work)
{
    (n == 1 ? sha256_avx2_compress1 : sha256_avx2_compress2)(pairs, work);
}

const struct simd_kernel sha256_avx2 = {
    .name = "sha256_avx2",
    .description = "AVX2, eight lanes, up to two operations at a time",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_AVX2,
    .vector_width = 256,
    .stack_bytes = 640,
    ROWS_COMMON,
};
