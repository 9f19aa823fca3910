/*
 * Few jobs: whether lanekdf chooses well among its kernels, for 1 to 24 jobs of one shape. For people, on a
 * quiet machine:
 *
 *     lanekdf_bench_few_jobs
 *
 * Prints, for each number of jobs, the time of a batch by lanekdf's own choice and on the one kernel that is
 * the fastest, and the ratio of the first to the second and to a batch of one job more. It exits with 1 if
 * some jobs take longer than one more does, or than that kernel, by more than a few percent: then the choice
 * is a wrong one, or the machine was disturbed. tests/plans.c asserts the same of costs, without a clock.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <stdio.h>

#include "affinity.h"
#include "workload_jobs.h"
#include "peers_support.h"
#include "timing.h"
#include "impl.h"

enum {
    MOST_JOBS = 24,
    MAX_JOBS = MOST_JOBS + 1 /* to compare the last one with */,
    MAX_CHOICES = 16,
    N_ROUNDS = 150,
    N_CALLS = 4
};

/* The ratios that are right. The look for the best choice takes time as well, which a context with one kernel
 * does not need. */
static const double most_to_next = 1.03, most_to_one_kernel = 1.05;

/* A context that is kept to a kernel, or that chooses: the first one. */
struct choice {
    const char *kernel;
    lanekdf_context *context;
    double ns[MAX_JOBS + 1]; /* the least time of a batch, by its jobs */
};
static struct choice choices[MAX_CHOICES];
static size_t n_choices;

static void add_choice(const char *kernel)
{
    const struct lanekdf_options options = {.size = sizeof(options), .kernel = kernel};
    struct choice *choice = &choices[n_choices++];
    *choice = (struct choice){.kernel = kernel};
    if (lanekdf_context_new(&choice->context, &options) != LANEKDF_OK) {
        peers_fail("no context for %s", kernel ? kernel : "the default kernels");
    }
}

static void add_choices(enum lanekdf_hash hash)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};
    n_choices = 0;
    add_choice(NULL);
    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK && n_choices < MAX_CHOICES; i++) {
        if (kernel.state == LANEKDF_KERNEL_USABLE && impl_kernel_serves(&kernel, hash)) {
            add_choice(kernel.name);
        }
    }
}

/* The contexts take turns, so that a disturbance of the machine spoils a round of all rather than all rounds
 * of one; the first call of each turn is not timed. */
static void time_round(struct lanekdf_job *const *jobs)
{
    for (size_t n = 1; n <= MAX_JOBS; n++) {
        for (size_t i = 0; i < n_choices; i++) {
            lanekdf_context_derive(choices[i].context, jobs, n);
            const double start = now_ns();
            for (int call = 0; call < N_CALLS; call++) {
                lanekdf_context_derive(choices[i].context, jobs, n);
            }
            const double ns = (now_ns() - start) / N_CALLS;
            if (choices[i].ns[n] == 0 || ns < choices[i].ns[n]) {
                choices[i].ns[n] = ns;
            }
        }
    }
}

/* Prints the row of n jobs, and returns whether it is as it should be. */
static bool print_row(size_t n)
{
    const struct choice *fastest = &choices[1];
    for (size_t i = 2; i < n_choices; i++) {
        fastest = choices[i].ns[n] < fastest->ns[n] ? &choices[i] : fastest;
    }
    const double own = choices[0].ns[n], next = choices[0].ns[n + 1];
    const bool is_right = own <= most_to_one_kernel * fastest->ns[n] && own <= most_to_next * next;
    printf("%4zu %10.0f %10.0f %-22s %6.2f %9.2f%s\n", n, own, fastest->ns[n], fastest->kernel,
        own / fastest->ns[n], own / next, is_right ? "" : "  <--");
    return is_right;
}

static bool measure(const char *name)
{
    static struct handshake_outputs outputs[MAX_JOBS];
    const struct workload_batch batch = workload_batch_of(workload_find(name), 0, MAX_JOBS, outputs);
    struct lanekdf_job **jobs = workload_handshake_jobs(&batch);
    bool all_right = true;
    add_choices((enum lanekdf_hash)batch.workload->handshake.hash);
    for (int round = 0; round < N_ROUNDS; round++) {
        time_round(jobs);
    }
    printf("%s, ns for all jobs\n%4s %10s %10s %-22s %6s %9s\n", name, "jobs", "own choice", "one kernel",
        "which is", "ratio", "to one more");
    for (size_t n = 1; n <= MOST_JOBS; n++) {
        all_right &= print_row(n);
    }
    for (size_t i = 0; i < n_choices; i++) {
        lanekdf_context_free(choices[i].context);
    }
    return all_right;
}

int main(void)
{
    affinity_pin(0);
    const bool sha256_is_right = measure("tls12-sha256"), sha384_is_right = measure("tls12-sha384");
    return !(sha256_is_right && sha384_is_right);
}
