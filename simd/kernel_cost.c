/*
 * What a kernel costs is measured on the CPU at hand. Which kernel is the fastest, and for how many jobs,
 * differs from CPU to CPU, and a list of models would not know those of tomorrow.
 *
 * What is measured is what plans compare, a batch of so many tasks without the jobs: tasks are loaded before
 * the kernel runs them, their outputs are stored, and at the end all of the memory is wiped. A kernel does
 * that for all of its lanes and in as many banks as it has cursors, so an empty lane costs what a full one
 * costs.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "kernel_start.h"

#include <errno.h>
#include <time.h>

/*
 * Each figure is the least of many timings, since whatever disturbs one makes it longer. The rounds time
 * every figure, because a disturbance lasts for a while: it then spoils one round of many figures, rather
 * than every round of one figure. A timing repeats its run until it has lasted for TIMING_NS, beside which a
 * call of the clock is short; and a round times a figure until it has spent FIGURE_NS on it, since a
 * mispredicted branch now and then shows most in the figures of few jobs.
 *
 * The budget is CPU time: on a busy machine start-up waits for its turn, and measures no less.
 */
enum {
    TIMING_NS = 2500,
    FIGURE_NS = 7500,
    BUDGET_NS = 6000000,
    MIN_ROUNDS = 2,
    MAX_ROUNDS = 64,
    ONE_TASK_ROUNDS = 3
};

static double now_ns(void)
{
    struct timespec t = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* A filter of system calls may refuse this clock. The other one needs no system call, and does as long as the
 * machine is not busy. */
static double cpu_ns(void)
{
    struct timespec t;
    const int saved_errno = errno;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t)) {
        errno = saved_errno;
        return now_ns();
    }
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- a batch ---- */

struct staged {
    struct simd_feed feed; /* must be the first member, as in struct sample */
    const struct sample *sample;
    size_t n_left;  /* tasks that are still to be given */
    unsigned given; /* a bit for each cursor that has one */
};

static int next_staged(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct staged *staged = (struct staged *)feed;
    const struct sample *sample = staged->sample;

    if (staged->given >> cursor & 1) {
        sample_unstage(sample, cursor);
        staged->given &= ~(1u << cursor);
    }
    if (!staged->n_left) {
        return 0;
    }
    staged->n_left--;
    staged->given |= 1u << cursor;
    sample_stage(sample, cursor);
    *task = (struct simd_task){&sample->program, sample->banks + cursor * sample_bank_bytes(sample->kernel)};
    return 1;
}

/* ---- figures ---- */

/* The time of n_tasks tasks; expected_ns is what it was before, or 0. */
static double time_tasks(
    const struct simd_kernel *kernel, size_t n_tasks, double expected_ns, struct sample_memory *memory)
{
    const int repeats = expected_ns > 0 && expected_ns < TIMING_NS ? (int)(TIMING_NS / expected_ns) + 1 : 1;
    struct sample sample;

    sample_init(&sample, kernel, memory->banks, memory->rows, n_tasks);
    const double start = now_ns();
    for (int i = 0; i < repeats; i++) {
        struct staged staged = {.feed.next = next_staged, .sample = &sample, .n_left = n_tasks};
        kernel->run(&staged.feed, memory->scratch);
        sample_wipe(&sample, n_tasks, memory->scratch);
    }
    return (now_ns() - start) / repeats;
}

static void measure(struct simd_candidate *candidate, size_t n_tasks, struct sample_memory *memory)
{
    double least = candidate->cost[n_tasks] * SAMPLE_N_OPS;

    for (double spent = 0; spent < FIGURE_NS;) {
        const double ns = time_tasks(candidate->kernel, n_tasks, least, memory);
        spent += ns > TIMING_NS ? ns : TIMING_NS;
        if (least == 0 || ns < least) {
            least = ns;
        }
    }
    candidate->cost[n_tasks] = least / SAMPLE_N_OPS;
}

static void measure_round(struct simd_candidate *candidates, size_t n, struct sample_memory *memory)
{
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE) {
            for (size_t t = 1; t <= candidates[i].kernel->tasks_in_flight; t++) {
                measure(&candidates[i], t, memory);
            }
        }
    }
}

/* Fewer tasks cost no more than more of them do, and tasks together no more than apart. What the timings say
 * otherwise is noise. */
static void smooth(double *cost, size_t n)
{
    for (size_t t = n; t > 1; t--) {
        cost[t - 1] = cost[t] < cost[t - 1] ? cost[t] : cost[t - 1];
    }
    for (size_t t = 2; t <= n; t++) {
        for (size_t part = 1; part <= t / 2; part++) {
            const double apart = cost[part] + cost[t - part];
            cost[t] = apart < cost[t] ? apart : cost[t];
        }
    }
}

void kernel_measure_all(struct simd_candidate *candidates, size_t n, struct sample_memory *memory)
{
    const double end = cpu_ns() + BUDGET_NS;

    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (round >= MIN_ROUNDS && cpu_ns() > end) {
            break;
        }
        measure_round(candidates, n, memory);
    }
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE) {
            smooth(candidates[i].cost, candidates[i].kernel->tasks_in_flight);
        }
    }
}

void kernel_measure_one_task(struct simd_candidate *candidates, size_t n, struct sample_memory *memory)
{
    for (int round = 0; round < ONE_TASK_ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) {
            if (candidates[i].state == SIMD_USABLE) {
                measure(&candidates[i], 1, memory);
            }
        }
    }
}

double simd_cost(const struct simd_candidate *candidate, size_t n_tasks)
{
    const size_t most = candidate->kernel->tasks_in_flight;

    return (double)(n_tasks / most) * candidate->cost[most] + candidate->cost[n_tasks % most];
}
