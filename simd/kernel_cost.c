/*
 * What a kernel costs is measured on the CPU at hand. Which kernel is the fastest, and for how many jobs,
 * differs from CPU to CPU, and a list of models would not know those of tomorrow.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "kernel_start.h"

#include <time.h>

const unsigned simd_cost_tasks[SIMD_N_COSTS] = {1, 2, 3, 4, SIMD_MAX_COST_TASKS};

/* Each figure is the least of several rounds, each of which measures every kernel once. A disturbance of the
 * machine lasts for a while. It then spoils one round of many figures, rather than every round of one figure.
 */
enum { MAX_ROUNDS = 8, MIN_ROUNDS = 2, BUDGET_NS = 5000000 };

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The banks may hold anything, since the time that a kernel takes does not depend on it. */
static void measure_once(struct simd_candidate *candidate, struct sample_memory *memory)
{
    struct sample sample;

    for (size_t i = 0; i < SIMD_N_COSTS; i++) {
        sample_init(&sample, candidate->kernel, memory->banks, simd_cost_tasks[i]);
        const double start = now_ns();
        sample_run(&sample, SAMPLE_N_OPS, memory->scratch);
        const double cost = (now_ns() - start) / SAMPLE_N_OPS;
        if (candidate->cost[i] == 0 || cost < candidate->cost[i]) {
            candidate->cost[i] = cost;
        }
    }
}

void kernel_measure_all(struct simd_candidate *candidates, size_t n, struct sample_memory *memory)
{
    const double start = now_ns();

    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (round >= MIN_ROUNDS && now_ns() - start > BUDGET_NS) {
            break;
        }
        for (size_t i = 0; i < n; i++) {
            if (candidates[i].state == SIMD_USABLE) {
                measure_once(&candidates[i], memory);
            }
        }
    }
}

double simd_cost(const struct simd_candidate *candidate, size_t n_tasks)
{
    const unsigned *tasks = simd_cost_tasks;
    const double *cost = candidate->cost;

    for (size_t i = 0; i < SIMD_N_COSTS; i++) {
        if (n_tasks == tasks[i]) {
            return cost[i];
        }
        if (n_tasks < tasks[i]) { /* on the straight line between two that were measured */
            const double width = tasks[i] - tasks[i - 1];
            return cost[i - 1] + (cost[i] - cost[i - 1]) * (double)(n_tasks - tasks[i - 1]) / width;
        }
    }
    return cost[SIMD_N_COSTS - 1] * (double)n_tasks / SIMD_MAX_COST_TASKS;
}
