#include "kernel_bench.h"

#include "bench_support.h"
#include "lanekdf.h"
#include "sample_program.h"

struct kernel_bench {
    struct sample sample;
    void *scratch;
};

static const struct simd_kernel *usable_kernel(size_t index)
{
    const struct simd_candidate *candidates;
    lanekdf_start(NULL); /* fills the table of kernels */
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE && index-- == 0) {
            return candidates[i].kernel;
        }
    }
    return NULL;
}

const char *kernel_bench_name(size_t index)
{
    const struct simd_kernel *kernel = usable_kernel(index);
    return kernel ? kernel->name : NULL;
}

struct kernel_bench *kernel_bench_new(size_t index, size_t n_tasks)
{
    const struct simd_kernel *kernel = usable_kernel(index);
    struct kernel_bench *bench = bench_alloc(sizeof(*bench));
    bench->scratch = bench_alloc(kernel->scratch_bytes);
    sample_init(&bench->sample, kernel, bench_alloc(n_tasks * sample_bank_bytes(kernel)), n_tasks);
    sample_load(&bench->sample, 0);
    return bench;
}

void kernel_bench_run(struct kernel_bench *bench)
{
    sample_run(&bench->sample, SAMPLE_N_OPS, bench->scratch);
}

size_t kernel_bench_compressions(const struct kernel_bench *bench)
{
    return bench->sample.n_tasks * bench->sample.kernel->lanes * SAMPLE_N_OPS;
}
