#include "lane_fill.h"

#include "peers_support.h"
#include "compressions.h"
#include "context.h"

#include <string.h>

/* What the kernels computed, by family of hashes. MD5 and SHA-1 serve the same handshakes, so that the two
 * count as one, as SHA-1. */
static struct {
    uint64_t n_computed; /* compressions, in all lanes */
    unsigned lanes;      /* of the widest kernel that ran */
} counts[SIMD_N_FAMILIES];

static enum simd_family family_of(int hash)
{
    switch (hash) {
    case LANEKDF_SHA256:
        return SIMD_SHA256;
    case LANEKDF_SHA384:
        return SIMD_SHA512;
    case LANEKDF_MD5:
    case LANEKDF_SHA1:
        return SIMD_SHA1;
    default:
        peers_fail("lane_fill.c does not know which kernels compute hash %d", hash);
    }
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

static void derive_counted(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    lanekdf_context *context = impl_lanekdf_context(impl, pool->worker);
    void *state = impl->prepare(impl, pool, n_per_call);
    context->batch.feed.next = next_counted;
    for (size_t first = 0; first < pool->n; first += n_per_call) {
        impl->derive(state, first, n_per_call);
    }
    context->batch.feed.next = batch_next;
}

/* Compressions that the items need of kernels with several lanes. */
static uint64_t n_needed(const struct workload_batch *pool)
{
    const struct compressions needed = compressions_of_batch(pool);
    uint64_t n = 0;
    for (int hash = 0; hash < COMPRESSIONS_N_HASHES; hash++) {
        if (needed.of[hash].n > 0 && counts[family_of(hash)].lanes > 1) {
            n += needed.of[hash].n;
        }
    }
    return n;
}

static uint64_t n_computed(void)
{
    uint64_t n = 0;
    for (int family = 0; family < SIMD_N_FAMILIES; family++) {
        if (counts[family].lanes > 1) {
            n += counts[family].n_computed;
        }
    }
    return n;
}

double lane_fill(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    memset(counts, 0, sizeof(counts));
    derive_counted(impl, pool, n_per_call);
    return n_computed() > 0 ? (double)n_needed(pool) / (double)n_computed() : 1;
}
