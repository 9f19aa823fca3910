#include "kernel_bench.h"

#include "peers_support.h"
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
    struct kernel_bench *bench = peers_alloc(sizeof(*bench));
    bench->scratch = peers_alloc(kernel->scratch_bytes);
    sample_init(&bench->sample, kernel, peers_alloc(n_tasks * sample_bank_bytes(kernel)),
        peers_alloc(SIMD_MAX_LANES * sizeof(sample_row)), n_tasks);
    sample_load(&bench->sample, 0);
    return bench;
}

struct kernel_bench *kernel_bench_new_chain(size_t index)
{
    struct kernel_bench *bench = kernel_bench_new(index, 1);
    struct simd_op *ops = bench->sample.ops;
    ops[0].state = ops[0].dst; /* the other operands of the first operation are message slots */
    for (int i = 1; i < SAMPLE_N_OPS; i++) {
        ops[i] = ops[0];
    }
    return bench;
}

void kernel_bench_run(struct kernel_bench *bench)
{
    sample_run(&bench->sample, SAMPLE_N_OPS, bench->scratch);
}

size_t kernel_bench_n_ops(const struct kernel_bench *bench)
{
    return bench->sample.program.n_ops;
}

static size_t later(size_t time, const size_t times[SAMPLE_N_SLOTS], uint8_t slot)
{
    return slot != SIMD_NO_SLOT && times[slot] > time ? times[slot] : time;
}

/* The most operations of the program that wait for each other. */
static size_t path_of(const struct simd_program *program)
{
    size_t times[SAMPLE_N_SLOTS] = {0}; /* when a slot is written, counted in operations */
    size_t last = 0;
    for (unsigned i = 0; i < program->n_ops; i++) {
        const struct simd_op *op = &program->ops[i];
        size_t time = later(0, times, op->state);
        time = later(time, times, op->digest);
        time = later(time, times, op->lo);
        time = later(time, times, op->hi_digest);
        time = later(time, times, op->hi);
        times[op->dst] = time + 1;
        last = time + 1 > last ? time + 1 : last;
    }
    return last;
}

struct compressions kernel_bench_compressions(const struct kernel_bench *bench)
{
    static const enum lanekdf_hash hashes[SIMD_N_FAMILIES] = {[SIMD_SHA256] = LANEKDF_SHA256,
        [SIMD_SHA512] = LANEKDF_SHA384,
        [SIMD_MD5] = LANEKDF_MD5,
        [SIMD_SHA1] = LANEKDF_SHA1};
    const struct sample *sample = &bench->sample;
    struct compressions c = {0};
    c.of[hashes[sample->kernel->family]].n = sample->n_tasks * sample->kernel->lanes * sample->program.n_ops;
    c.of[hashes[sample->kernel->family]].path = path_of(&sample->program);
    return c;
}
