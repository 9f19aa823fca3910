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

static struct sample_memory memory; /* never holds a secret */

static enum simd_state state_of(const struct simd_candidate *candidate, bool is_tested)
{
    if (candidate->missing) {
        return SIMD_UNSUPPORTED;
    }
    if (!is_tested) {
        return SIMD_UNTESTED;
    }
    return kernel_is_right(candidate->kernel, &memory) ? SIMD_USABLE : SIMD_FAULTY;
}

static void test_kernels(uint32_t features, bool all)
{
    for (size_t i = 0; i < N_KERNELS; i++) {
        candidates[i] =
            (struct simd_candidate){.kernel = kernels[i], .missing = kernels[i]->features & ~features};
        candidates[i].state = state_of(&candidates[i], all || kernels[i]->lanes == 1);
    }
}

void simd_start(uint32_t features)
{
    test_kernels(features, true);
    kernel_measure_all(candidates, N_KERNELS, &memory);
}

void simd_start_one_lane(uint32_t features)
{
    test_kernels(features, false);
    kernel_measure_one_task(candidates, N_KERNELS, &memory);
}

size_t simd_candidates(const struct simd_candidate **all)
{
    *all = candidates;
    return N_KERNELS;
}
