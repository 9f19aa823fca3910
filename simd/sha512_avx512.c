/*
 * SHA-512 in rows of four lanes with AVX-512, whose registers hold two rows each. The arithmetic is
 * written by sha512_avx512.py, and what kernels in rows have in common is in rows.h.
 */
#include "sha512.h"
#include "stage.h"

typedef uint64_t word;
enum { CURSORS = 4, GROUP = 4, WORK_ROWS = 24 /* 16 of the schedule and 8 of the state */ };
#define KERNEL(function) sha512_avx512_##function
#include "rows_avx2.h"
#include "rows.h"

void sha512_avx512_compress2(const struct rows_pair pairs[2], row work[GROUP * WORK_ROWS]);
void sha512_avx512_compress4(const struct rows_pair pairs[4], row work[GROUP * WORK_ROWS]);

_Static_assert(GROUP *WORK_ROWS * sizeof(row) == 3072, "as in sha2_avx512.py");
_Static_assert(GROUP % 2 == 0, "a pair is copied behind an odd number of them");

/* The assembler does an even number of compressions. If there is an odd number, it does the last one twice.
 */
GENERAL_REGISTERS static void sha512_avx512_compress(struct rows_pair *pairs, unsigned n, row *work)
{
    if (n % 2) {
        pairs[n] = pairs[n - 1];
    }
    (n <= 2 ? sha512_avx512_compress2 : sha512_avx512_compress4)(pairs, work);
}

/* Raw rows take the place of the schedule, which nobody needs between two groups of compressions. */
static void sha512_avx512_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    _Static_assert(SIMD_RAW_ROWS <= GROUP * WORK_ROWS, "raw rows fit");
    simd_stage_avx512vl_x4(bank, columns, parts, lanes, ((struct rows_scratch *)scratch)->work);
}

const struct simd_kernel sha512_avx512 = {
    .name = "sha512_avx512",
    .description = "AVX-512, four lanes, up to four operations at a time",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW | SIMD_CPU_AVX512VL,
    .vector_width = 512,
    .stack_bytes = 640,
    .stage = sha512_avx512_stage,
    ROWS_COMMON,
};
