/* The one table of kernels, and what start-up finds out about each of them. */
#include "kernel.h"
#include "kernel_start.h"

#include <stdatomic.h>

#define KERNEL(name) &name,
static const struct simd_kernel *const kernels[] = {
#include "kernel_table.h"
};
#undef KERNEL
enum { N_KERNELS = sizeof(kernels) / sizeof(*kernels) };
_Static_assert(
    (int)N_KERNELS <= (int)SIMD_MAX_KERNELS, "whoever keeps something for each kernel has room for it");

static enum simd_state state_of(
    const struct simd_candidate *candidate, bool is_tested, struct sample_memory *memory)
{
    if (candidate->missing) {
        return SIMD_UNSUPPORTED;
    }
    if (!is_tested) {
        return SIMD_UNTESTED;
    }
    return kernel_is_right(candidate->kernel, memory) ? SIMD_USABLE : SIMD_FAULTY;
}

static void test_kernels(uint32_t features, bool all, struct simd_start *start)
{
    struct simd_candidate *const c = start->candidates;
    start->n_candidates = N_KERNELS;
    for (size_t i = 0; i < N_KERNELS; i++) {
        c[i] = (struct simd_candidate){.kernel = kernels[i], .missing = kernels[i]->features & ~features};
        c[i].state = state_of(&c[i], all || kernels[i]->run_tasks, (struct sample_memory *)start->memory);
    }
}

void simd_start(uint32_t features, struct simd_start *start)
{
    test_kernels(features, true, start);
    kernel_measure_all(start->candidates, N_KERNELS, (struct sample_memory *)start->memory);
}

void simd_start_one_lane(uint32_t features, struct simd_start *start)
{
    test_kernels(features, false, start);
    kernel_measure_one_task(start->candidates, N_KERNELS, (struct sample_memory *)start->memory);
}

static const struct simd_candidate *_Atomic published;

void simd_publish(const struct simd_candidate *candidates)
{
    atomic_store_explicit(&published, candidates, memory_order_release);
}

size_t simd_candidates(const struct simd_candidate **all)
{
    *all = atomic_load_explicit(&published, memory_order_acquire);
    return N_KERNELS;
}
