/*
 * Random jobs of all kinds, for as long as anybody wants: `soak DERIVATIONS`. The reference says once what a
 * batch must come to. Then every kernel of this CPU derives it, the engine's own choice of kernels, and the
 * form for one job, and after each of these all of memory is compared. The last line says how many
 * derivations that were, and of how many jobs. tests/soak.sh runs one such process on each core.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "good_jobs.h"
#include "must.h"
#include "run_and_compare.h"

enum { MAX_JOBS = 300, MAX_CONTEXTS = 24 };

static struct rng rng;
static struct job_case cases[MAX_JOBS];
static lanekdf_context *contexts[MAX_CONTEXTS]; /* NULL: one job at a time */
static size_t n_contexts;

static void add_context(const char *kernel)
{
    const struct lanekdf_options options = {
        .size = sizeof(options), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};

    must(n_contexts < MAX_CONTEXTS, "raise MAX_CONTEXTS");
    must(lanekdf_context_new(&contexts[n_contexts++], &options) == LANEKDF_OK, "lanekdf_context_new");
}

static void start(void)
{
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    must(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    contexts[n_contexts++] = NULL;
    add_context(NULL);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        if (kernel.state == LANEKDF_KERNEL_USABLE) {
            add_context(kernel.name);
        } else {
            printf("skipped: %s, which is not usable on this CPU\n", kernel.name);
        }
    }
}

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
 * Derives at least n_jobs in this process. The jobs of a process share its table of programs, which is full
 * after some thousands of random ones, so that new shapes are evaluated from then on. Most processes stop
 * before that, and some go on.
 */
static struct share soak_here(uint64_t seed, uint64_t n_jobs)
{
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    struct share share = {.is_right = true};

    rng = rng_from(seed);
    start();
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
static struct share soak_apart(uint64_t seed, uint64_t n_jobs)
{
    struct share share = {.is_right = false};
    int ends[2], status;
    pid_t child;

    fflush(stdout);
    must(pipe(ends) == 0, "pipe");
    child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        share = soak_here(seed, n_jobs);
        must(write(ends[1], &share, sizeof(share)) == sizeof(share), "write");
        exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &share, sizeof(share)) != sizeof(share)) {
        share = (struct share){.is_right = false};
    }
    close(ends[0]);
    must(waitpid(child, &status, 0) == child, "waitpid");
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
        const struct share share = soak_apart(seed + n_children, n_children % 16 == 15 ? 20000 : 2000);

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
