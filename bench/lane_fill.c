#include "lane_fill.h"

#include "simd.h"

#include <stdint.h>
#include <string.h>

enum { MAX_KERNELS = 16, COUNTING_WORKER = 1000 /* has contexts of its own */ };

/* What counts: the kernels, copied, with a run() that looks at each task. */
static struct simd_kernel copies[MAX_KERNELS];
static const struct simd_kernel *originals[MAX_KERNELS];

/* By family of hashes. MD5 and SHA-1 serve the same handshakes: they count as one. */
static struct {
    uint64_t n_computed;
    unsigned lanes; /* of the widest kernel */
} counts[SIMD_N_FAMILIES];

static enum simd_family family_of(enum lanekdf_hash hash)
{
    return hash == LANEKDF_SHA256 ? SIMD_SHA256 : hash == LANEKDF_SHA384 ? SIMD_SHA512 : SIMD_SHA1;
}

struct counting_feed {
    struct simd_feed feed; /* first: next() gets its address */
    struct simd_feed *counted;
    const struct simd_kernel *kernel;
};

static int next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct counting_feed *counting = (struct counting_feed *)feed;
    int given = counting->counted->next(counting->counted, cursor, task);
    const unsigned lanes = counting->kernel->lanes;
    const enum simd_family family =
        counting->kernel->family == SIMD_MD5 ? SIMD_SHA1 : counting->kernel->family;
    if (given) {
        counts[family].n_computed += (uint64_t)task->program->n_ops * lanes;
        counts[family].lanes = lanes > counts[family].lanes ? lanes : counts[family].lanes;
    }
    return given;
}

static void run(size_t number, struct simd_feed *feed, void *scratch)
{
    struct counting_feed counting = {{next}, feed, originals[number]};
    originals[number]->run(&counting.feed, scratch);
}

/* run() is not told its kernel: one function for each. */
#define RUN(number)                                                                                          \
    static void run_##number(struct simd_feed *feed, void *scratch)                                          \
    {                                                                                                        \
        run(number, feed, scratch);                                                                          \
    }
RUN(0)
RUN(1)
RUN(2)
RUN(3)
RUN(4)
RUN(5)
RUN(6)
RUN(7)
RUN(8)
RUN(9)
RUN(10)
RUN(11)
RUN(12)
RUN(13)
RUN(14)
RUN(15)
static void (*const runs[MAX_KERNELS])(struct simd_feed *feed, void *scratch) = {run_0, run_1, run_2, run_3,
    run_4, run_5, run_6, run_7, run_8, run_9, run_10, run_11, run_12, run_13, run_14, run_15};

/* The table belongs to dispatch.c, which hands it out to be read. It is no constant. */
static struct simd_candidate *table(size_t *n)
{
    const struct simd_candidate *candidates;
    *n = simd_candidates(&candidates);
    if (*n > MAX_KERNELS) {
        workload_fail("lane_fill.c has room for %d kernels", MAX_KERNELS);
    }
    return (struct simd_candidate *)(uintptr_t)candidates;
}

static void put_copies(void)
{
    size_t n;
    struct simd_candidate *candidates = table(&n);
    for (size_t i = 0; i < n; i++) {
        originals[i] = candidates[i].kernel;
        copies[i] = *originals[i];
        copies[i].run = runs[i];
        candidates[i].kernel = &copies[i];
    }
}

static void put_originals(void)
{
    size_t n;
    struct simd_candidate *candidates = table(&n);
    for (size_t i = 0; i < n; i++) {
        candidates[i].kernel = originals[i];
    }
}

double lane_fill(const struct impl *impl, const struct workload_batch *batches, size_t n_batches)
{
    uint64_t n_needed = 0, n_computed = 0;
    put_copies();
    memset(counts, 0, sizeof(counts));
    for (size_t i = 0; i < n_batches; i++) {
        struct workload_batch batch = batches[i];
        batch.worker = COUNTING_WORKER;
        impl->run(impl->prepare(impl, &batch));
    }
    put_originals();
    for (size_t i = 0; i < n_batches; i++) {
        for (size_t j = 0; j < batches[i].n; j++) {
            if (counts[family_of(batches[i].handshakes[j].hash)].lanes > 1) {
                n_needed += handshake_compressions(&batches[i].handshakes[j]);
            }
        }
    }
    for (int family = 0; family < SIMD_N_FAMILIES; family++) {
        if (counts[family].lanes > 1) {
            n_computed += counts[family].n_computed;
        }
    }
    return n_computed == 0 ? 1 : (double)n_needed / (double)n_computed;
}
