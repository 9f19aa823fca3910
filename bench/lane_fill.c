#include "lane_fill.h"

#include "context.h"

#include <stdint.h>
#include <string.h>

/* What the kernels computed, by family of hashes. MD5 and SHA-1 serve the same handshakes, so that the two
 * count as one. */
static struct {
    uint64_t n_computed; /* compressions, in all lanes */
    unsigned lanes;      /* of the widest kernel that ran */
} counts[SIMD_N_FAMILIES];

static enum simd_family family_of(enum lanekdf_hash hash)
{
    return hash == LANEKDF_SHA256 ? SIMD_SHA256 : hash == LANEKDF_SHA384 ? SIMD_SHA512 : SIMD_SHA1;
}

static void count(const struct simd_kernel *kernel, const struct simd_program *program)
{
    const enum simd_family family = kernel->family == SIMD_MD5 ? SIMD_SHA1 : kernel->family;
    counts[family].n_computed += (uint64_t)program->n_ops * kernel->lanes;
    if (kernel->lanes > counts[family].lanes) {
        counts[family].lanes = kernel->lanes;
    }
}

static int next_counted(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    const int is_given = batch_next(feed, cursor, task);
    if (is_given) {
        count(((struct batch *)feed)->kernel, task->program);
    }
    return is_given;
}

static void derive_counted(const struct impl *impl, const struct workload_batch *batch)
{
    lanekdf_context *context = impl_lanekdf_context(impl, batch);
    context->batch.feed.next = next_counted;
    impl->run(impl->prepare(impl, batch));
    context->batch.feed.next = batch_next;
}

double lane_fill(const struct impl *impl, const struct workload_batch *batches, size_t n_batches)
{
    uint64_t n_needed = 0, n_computed = 0;
    memset(counts, 0, sizeof(counts));
    for (size_t i = 0; i < n_batches; i++) {
        derive_counted(impl, &batches[i]);
    }
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
