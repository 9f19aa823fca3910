/* The one table of kernels, and what start-up finds out about each of them. */
#include "kernel_table.h"
#include "md5.h"
#include "sha1.h"
#include "sha256.h"
#include "sha512.h"

static const struct simd_kernel *const kernels[] = {
    &sha256_scalar,
#ifdef SIMD_X86
    &sha256_shani,
    &sha256_shani_avx512vl,
    &sha256_avx2,
    &sha256_avx512,
#endif
    &sha512_scalar,
#ifdef SIMD_X86
    &sha512_bmi2,
    &sha512_avx2,
    &sha512_avx512,
#endif
    &md5_scalar,
    &sha1_scalar,
};
enum { N_KERNELS = sizeof(kernels) / sizeof(*kernels) };
_Static_assert(
    (int)N_KERNELS <= (int)SIMD_MAX_KERNELS, "whoever keeps something for each kernel has room for it");

static struct simd_candidate candidates[N_KERNELS];

void simd_start(uint32_t features)
{
    static struct sample_memory memory; /* never holds a secret */

    for (size_t i = 0; i < N_KERNELS; i++) {
        const uint32_t missing = kernels[i]->features & ~features;
        candidates[i] = (struct simd_candidate){.kernel = kernels[i],
            .missing = missing,
            .state = missing                                ? SIMD_UNSUPPORTED
                     : kernel_is_right(kernels[i], &memory) ? SIMD_USABLE
                                                            : SIMD_FAULTY};
    }
    kernel_measure_all(candidates, N_KERNELS, &memory);
}

size_t simd_candidates(const struct simd_candidate **all)
{
    *all = candidates;
    return N_KERNELS;
}
