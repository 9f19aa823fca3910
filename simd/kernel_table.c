/* The one table of kernels, and what start-up finds out about each of them. */
#include "kernel.h"
#include "kernel_start.h"

#define KERNEL(name) &name,
static const struct simd_kernel *const kernels[] = {
#include "kernel_table.h"
};
#undef KERNEL
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
