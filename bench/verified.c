/*
 * What verification in service (verify_one_in) costs. For people, on a quiet machine:
 *
 *     lanekdf_bench_verified [ONE_IN]
 *
 * Prints, for workloads of the benchmark, ns for a handshake or a stage in batches of 256 and one at a time,
 * without verification and with one job in 1,024, or in ONE_IN, verified, and the ratio. A process starts
 * once, so each of the two has a process of its own, and they take turns. The medians of the rounds count. It
 * exits with 1 if verification costs 3 % or more anywhere.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "affinity.h"
#include "lanekdf.h"
#include "peers_support.h"
#include "timing.h"
#include "workload_jobs.h"

enum { N_JOBS = 4096, BATCH = 256, N_ROUNDS = 101 };

static const double most = 1.03;

static const char *const names[] = {"tls12-sha256", "tls12-sha384", "tls13-handshake", "tls13-finished",
    "tls13-application", "tls13-resumption", "quic-initial"};
enum { N_NAMES = sizeof(names) / sizeof(*names) };

/* ---- a process ---- */

static lanekdf_context *context;

static struct lanekdf_job **new_jobs(const char *name)
{
    const struct workload *workload = workload_find(name);
    void *outputs = peers_alloc(N_JOBS * workload_output_len(workload));
    const struct workload_batch pool = workload_batch_of(workload, 0, N_JOBS, outputs);
    return workload_calls(&pool).jobs[0]; /* the only call of each of these workloads */
}

/* Derives all jobs in calls of so many. Returns ns for each. */
static double time_calls(struct lanekdf_job *const *jobs, size_t n)
{
    size_t n_failed = 0;
    const double begin = now_ns();
    for (size_t i = 0; i < N_JOBS; i += n) {
        n_failed +=
            n == 1 ? lanekdf_derive_one(jobs[i]) != LANEKDF_OK : lanekdf_context_derive(context, jobs + i, n);
    }
    const double ns = now_ns() - begin;
    if (n_failed) {
        peers_fail("a job fails");
    }
    return ns / N_JOBS;
}

/* What one process asks of the other. */
struct question {
    size_t workload, n_per_call;
};

/* Serves until nobody asks any more. */
static void serve(int asked, int answer, uint32_t one_in)
{
    const struct lanekdf_options options = {.size = sizeof(options), .verify_one_in = one_in};
    struct lanekdf_job **jobs[N_NAMES];
    struct question question;
    if (lanekdf_start(&options) != LANEKDF_OK || lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        peers_fail("lanekdf does not start");
    }
    for (size_t i = 0; i < N_NAMES; i++) {
        jobs[i] = new_jobs(names[i]);
    }
    while (read(asked, &question, sizeof(question)) == sizeof(question)) {
        const double ns = time_calls(jobs[question.workload], question.n_per_call);
        if (write(answer, &ns, sizeof(ns)) != sizeof(ns)) {
            break;
        }
    }
    _exit(0);
}

/* ---- two processes ---- */

struct process {
    int ask, answer; /* ends of pipes */
};

static struct process new_process(uint32_t one_in)
{
    int ask[2], answer[2];
    if (pipe(ask) || pipe(answer)) {
        peers_fail("no pipe");
    }
    const pid_t pid = fork();
    if (pid < 0) {
        peers_fail("no process");
    }
    if (pid == 0) {
        close(ask[1]);
        serve(ask[0], answer[1], one_in);
    }
    close(ask[0]);
    close(answer[1]);
    return (struct process){ask[1], answer[0]};
}

static double ask(const struct process *process, struct question question)
{
    double ns;
    if (write(process->ask, &question, sizeof(question)) != sizeof(question) ||
        read(process->answer, &ns, sizeof(ns)) != sizeof(ns)) {
        peers_fail("a process has ended");
    }
    return ns;
}

/* Returns whether verification costs no more than it may. */
static bool compare(const struct process *without, const struct process *with, struct question question)
{
    static double ns[2][N_ROUNDS], ratios[N_ROUNDS];
    for (size_t i = 0; i < N_ROUNDS; i++) {
        ns[0][i] = ask(without, question);
        ns[1][i] = ask(with, question);
        ratios[i] = ns[1][i] / ns[0][i];
    }
    const double ratio = median(ratios, N_ROUNDS);
    const bool is_right = ratio < most;
    printf("%-18s %6zu %9.1f %9.1f %8.3f%s\n", names[question.workload], question.n_per_call,
        median(ns[0], N_ROUNDS), median(ns[1], N_ROUNDS), ratio, is_right ? "" : "  <--");
    return is_right;
}

int main(int argc, char **argv)
{
    const uint32_t one_in = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1024;
    bool all_right = true;
    affinity_pin(0);
    const struct process without = new_process(0), with = new_process(one_in);
    printf("ns for a job       a call         0 %9lu    ratio\n", (unsigned long)one_in);
    for (size_t i = 0; i < N_NAMES; i++) {
        all_right &= compare(&without, &with, (struct question){i, BATCH});
        all_right &= compare(&without, &with, (struct question){i, 1});
    }
    return !all_right;
}
