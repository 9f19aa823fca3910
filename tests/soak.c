/*
 * Random jobs of all kinds, for as long as anybody wants: `soak DERIVATIONS`. The reference says once what a
 * batch must come to. Then every kernel of this CPU derives it, the engine's own choice of kernels, and the
 * form for one job, and after each of these all of memory is compared. The last line says how many
 * derivations that were, and of how many jobs. tests/soak.sh runs one such process on each core.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "kernel_contexts.h"
#include "must.h"
#include "run_and_compare.h"

enum { MAX_JOBS = 300 };

static struct rng rng;
static struct job_case cases[MAX_JOBS];
static lanekdf_context *contexts[1 + KERNEL_CONTEXTS_MAX]; /* the first is NULL: one job at a time */
static size_t n_contexts;

/* Makes one batch and has it derived in every way. Returns the number of its jobs, or 0 if one went wrong. */
static size_t soak(struct guarded_memory *memory)
{
    const size_t n = 1 + rng_below(&rng, rng_one_in(&rng, 4) ? MAX_JOBS : 20);
    const enum job_lengths lengths = rng_one_in(&rng, 200) ? LONG_LENGTHS : SHORT_LENGTHS;
    bool is_right;

    for (size_t i = 0; i < n; i++) {
        cases[i] = good_job(memory, lengths);
    }
    is_right = expect_results(memory, cases, n, LANEKDF_LEGACY_ALL);
    for (size_t c = 0; c < n_contexts; c++) {
        for (size_t i = 0; c && i < n; i++) {
            job_case_again(&cases[i]);
        }
        is_right &= compare_results(memory, cases, n, contexts[c]);
    }
    guarded_clear(memory);
    return is_right ? n : 0;
}

/* What a child process did. */
struct share {
    uint64_t n_jobs, n_derivations;
    bool is_right;
};

/*
 * The jobs of a process share its table of programs, which is full after some thousands of random ones, so
 * that new shapes are evaluated from then on. Most processes stop before that, and one of sixteen goes on. It
 * is the seed that decides which, so that the seed alone repeats a process.
 */
static uint64_t n_jobs_of(uint64_t seed)
{
    return seed % 16 == 15 ? 20000 : 2000;
}

static struct share soak_here(uint64_t seed)
{
    const uint64_t n_jobs = n_jobs_of(seed);
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    struct share share = {.is_right = true};

    rng = rng_from(seed);
    n_contexts = 1 + kernel_contexts_new(contexts + 1);
    while (share.is_right && share.n_jobs < n_jobs) {
        const size_t n = soak(memory);

        share.is_right = n != 0;
        share.n_jobs += n;
        share.n_derivations += n * n_contexts;
    }
    for (size_t c = 0; c < n_contexts; c++) {
        lanekdf_context_free(contexts[c]);
    }
    guarded_free(memory);
    return share;
}

/* Does the same in a process of its own. One that crashes has derived nothing right. */
static struct share soak_apart(uint64_t seed)
{
    struct share share = {.is_right = false};
    int ends[2];

    must(pipe(ends) == 0, "pipe");
    const pid_t child = child_begin();
    if (child == 0) {
        share = soak_here(seed);
        must(write(ends[1], &share, sizeof(share)) == sizeof(share), "write");
        exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &share, sizeof(share)) != sizeof(share)) {
        share = (struct share){.is_right = false};
    }
    close(ends[0]);
    share.is_right &= child_status(child) == 0;
    return share;
}

int main(int argc, char **argv)
{
    const uint64_t goal = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    struct share all = {.is_right = true};
    uint64_t seed = test_seed(), n_children = 0;

    if (!goal) {
        fprintf(stderr, "usage: soak DERIVATIONS\n");
        return 2;
    }
    for (; all.is_right && all.n_derivations < goal; n_children++) {
        const struct share share = soak_apart(seed + n_children);

        all.is_right = share.is_right;
        all.n_jobs += share.n_jobs;
        all.n_derivations += share.n_derivations;
    }
    printf("%" PRIu64 " derivations of %" PRIu64 " jobs in %" PRIu64 " processes, ", all.n_derivations,
        all.n_jobs, n_children);
    if (all.is_right) {
        printf("none wrong; LANEKDF_TEST_SEED=0x%016" PRIx64 "\n", seed);
    } else {
        printf("the next one WRONG; to repeat that process: LANEKDF_TEST_SEED=0x%016" PRIx64 "\n",
            seed + n_children - 1);
    }
    return !all.is_right;
}
