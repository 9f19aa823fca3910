/*
 * SHA-512 in rows of four lanes, AVX2: lanes in and out. sha512_avx2.S does the
 * arithmetic, rows.h what is common to such kernels.
 */
#include "sha512.h"

typedef uint64_t word;
enum { CURSORS = 1, GROUP = 1 };
#include "rows_avx2.h"
#include "rows.h"

_Static_assert(offsetof(struct rows_pair, xor_pattern) == 32, "as in sha2_avx2.inc");

void sha512_avx2_compress(const struct rows_pair *pair, row ring[16]);

static void row_compress(struct rows_pair *pairs, unsigned n, row ring[GROUP][16])
{
    (void)n;
    sha512_avx2_compress(pairs, ring[0]);
}

const struct simd_kernel sha512_avx2 = {
    .name = "sha512_avx2",
    .description = "AVX2, four lanes",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_AVX2,
    .lanes = 4,
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
