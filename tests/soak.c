/*
 * Random jobs of all kinds, for as long as anybody wants: `soak DERIVATIONS`, with a process on each core.
 * The reference says once what a batch must come to. Then the form for one job derives it, the engine's own
 * choice of kernels, and every kernel of this CPU, in several orders, and after each call all of memory is
 * compared. The last line says how many derivations that were, and of how many jobs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "good_jobs.h"
#include "kernel_contexts.h"
#include "must.h"
#include "run_and_compare.h"

enum { MAX_JOBS = 300, N_ORDERS = 2 };

static struct rng rng;
static struct job_case cases[MAX_JOBS];
static struct kernel_context contexts[KERNEL_CONTEXTS_MAX];
static size_t n_contexts;

/* Makes a job, or one that is like the last but for its bytes, so that the jobs of a batch share tasks. */
static struct job_case any_job(struct guarded_memory *memory, enum job_lengths lengths, bool is_like_last)
{
    static struct rng last;
    const struct rng now = rng;

    if (!is_like_last) {
        last = rng;
        return good_job(memory, lengths);
    }
    rng_choose_from(&rng, &last);
    const struct job_case job_case = good_job(memory, lengths);
    rng_choose_from(&rng, &now);
    return job_case;
}

/* What a process did. */
struct share {
    uint64_t n_jobs, n_derivations;
    bool is_right;
};

/* context: NULL for one job at a time */
static void derive(struct share *share, struct guarded_memory *memory, struct job_case *some, size_t n,
    lanekdf_context *context)
{
    for (size_t i = 0; i < n; i++) {
        job_case_again(&some[i]);
    }
    share->is_right &= compare_results(memory, some, n, context);
    share->n_derivations += n;
}

static void shuffle(struct job_case *some, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t other = rng_below(&rng, (uint32_t)i);
        const struct job_case job_case = some[other];

        some[other] = some[i - 1];
        some[i - 1] = job_case;
    }
}

/*
 * Derives the jobs of a batch in a context: in one call, and then in another order, in several. A context of
 * one kernel gets the jobs of its family: with others it would do what that of the engine's own choice does.
 */
static void derive_in(
    const struct kernel_context *kernel, struct share *share, struct guarded_memory *memory, size_t n)
{
    static struct job_case some[MAX_JOBS];
    size_t n_some = 0;

    for (size_t i = 0; i < n; i++) {
        if (!kernel->family || job_is_of_family(cases[i].any, kernel->family)) {
            some[n_some++] = cases[i];
        }
    }
    derive(share, memory, some, n_some, kernel->context);
    for (unsigned order = 0; order < N_ORDERS; order++) {
        shuffle(some, n_some);
        for (size_t begin = 0, n_next; begin < n_some; begin += n_next) {
            n_next = 1 + rng_below(&rng, (uint32_t)(n_some - begin));
            derive(share, memory, some + begin, n_next, kernel->context);
        }
    }
}

/* Makes one batch and has it derived in every way. */
static void soak(struct share *share, struct guarded_memory *memory)
{
    const size_t n = 1 + rng_below(&rng, rng_one_in(&rng, 4) ? MAX_JOBS : 20);
    const enum job_lengths lengths = rng_one_in(&rng, 200) ? LONG_LENGTHS : SHORT_LENGTHS;
    const uint32_t alike = rng_one_in(&rng, 2) ? 1 : 16; /* so many jobs in a row, on an average */

    for (size_t i = 0; i < n; i++) {
        cases[i] = any_job(memory, lengths, i && !rng_one_in(&rng, alike));
    }
    share->is_right &= expect_results(memory, cases, n, LANEKDF_LEGACY_ALL);
    derive(share, memory, cases, n, NULL);
    for (size_t c = 0; c < n_contexts; c++) {
        derive_in(&contexts[c], share, memory, n);
    }
    share->n_jobs += n;
    guarded_clear(memory);
}

/*
 * The jobs of a process share its table of programs, which is full after some thousands of random ones, so
 * that new shapes are evaluated from then on. Most processes stop before that, and one of sixteen goes on. It
 * is the seed that decides which, so that the seed alone repeats a process. Seeds are odd (rng.h).
 */
static uint64_t n_jobs_of(uint64_t seed)
{
    return seed % 32 == 31 ? 20000 : 2000;
}

static struct share soak_here(uint64_t seed)
{
    const uint64_t n_jobs = n_jobs_of(seed);
    struct guarded_memory *memory = guarded_new(PACKED, &rng);
    struct share share = {.is_right = true};

    rng = rng_from(seed);
    n_contexts = kernel_contexts_new(contexts);
    while (share.is_right && share.n_jobs < n_jobs) {
        soak(&share, memory);
    }
    for (size_t c = 0; c < n_contexts; c++) {
        lanekdf_context_free(contexts[c].context);
    }
    guarded_free(memory);
    return share;
}

/* ---- processes ---- */

enum { MAX_PROCESSES = 1024 };

static struct process {
    pid_t id;
    uint64_t seed;
    int end; /* of a pipe, from which its share comes */
} processes[MAX_PROCESSES];
static size_t n_processes;

static void begin(uint64_t seed)
{
    int ends[2];

    must(pipe(ends) == 0, "pipe");
    const pid_t child = child_begin();
    if (child == 0) {
        const struct share share = soak_here(seed);

        must(write(ends[1], &share, sizeof(share)) == sizeof(share), "write");
        exit(0);
    }
    close(ends[1]);
    processes[n_processes++] = (struct process){child, seed, ends[0]};
}

/* Waits for a process to end, and returns it. One that crashed has derived nothing right. */
static struct process end_of_one(struct share *share)
{
    int status;
    const pid_t id = wait(&status);
    size_t i = 0;

    while (i < n_processes && processes[i].id != id) {
        i++;
    }
    must(i < n_processes, "a process of somebody else");
    const struct process process = processes[i];
    processes[i] = processes[--n_processes];
    if (read(process.end, share, sizeof(*share)) != sizeof(*share)) {
        *share = (struct share){.is_right = false};
    }
    close(process.end);
    share->is_right &= status == 0;
    return process;
}

/* In a process of its own, since the library starts up for it. */
static void say_what_is_skipped(void)
{
    const pid_t child = child_begin();

    if (child == 0) {
        kernel_contexts_say_what_is_skipped();
        exit(0);
    }
    must(child_status(child) == 0, "start-up");
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Keeps so many processes at work until `goal` derivations are done or one was wrong; *wrong_seed is then
 * that of such a one. */
static struct share soak_on(size_t n_cores, uint64_t goal, uint64_t *wrong_seed)
{
    struct share all = {.is_right = true}, share;
    uint64_t seed = test_seed(), n_said = 0;
    const double begun = seconds();

    for (;;) {
        while (all.is_right && all.n_derivations < goal && n_processes < n_cores) {
            begin(seed);
            seed += 2;
        }
        if (!n_processes) {
            return all;
        }
        const struct process process = end_of_one(&share);

        if (!share.is_right) {
            all.is_right = false;
            *wrong_seed = process.seed;
        }
        all.n_jobs += share.n_jobs;
        all.n_derivations += share.n_derivations;
        if (all.n_derivations - n_said > goal / 10) {
            n_said = all.n_derivations;
            fprintf(stderr, "%" PRIu64 " derivations after %.0f s\n", n_said, seconds() - begun);
        }
    }
}

int main(int argc, char **argv)
{
    const uint64_t goal = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    const long n_online = getenv("LANEKDF_TEST_SEED") ? 1 : sysconf(_SC_NPROCESSORS_ONLN);
    const size_t n_cores = n_online < 1 ? 1 : n_online > MAX_PROCESSES ? MAX_PROCESSES : (size_t)n_online;
    const double begun = seconds();
    uint64_t wrong_seed = 0;

    if (!goal) {
        fprintf(stderr, "usage: soak DERIVATIONS\n");
        return 2;
    }
    say_what_is_skipped();
    const struct share all = soak_on(n_cores, goal, &wrong_seed);

    printf("%" PRIu64 " derivations of %" PRIu64 " jobs by %zu processes at a time in %.0f s, ",
        all.n_derivations, all.n_jobs, n_cores, seconds() - begun);
    if (all.is_right) {
        printf("none wrong; %s\n", test_seed_text());
    } else {
        printf(
            "some WRONG; LANEKDF_TEST_SEED=0x%016" PRIx64 " repeats a process where one was\n", wrong_seed);
    }
    return !all.is_right;
}
