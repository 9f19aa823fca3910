/*
 * Processes choose alike: the same program, started several times, comes to the same plans, although each
 * process measures the kernels anew.
 *
 *     same_plans          compares processes
 *     same_plans print    is one of them: writes its plans to standard output
 *
 * A process that shares its core with another one measures something else than the others, and may choose
 * differently with good reason. The portable kernels tell: start-up measures them in the same rounds as the
 * others, and hardly anything but a disturbed machine makes them slower. Processes in which one of them was
 * slower than elsewhere do not count; if too few are left, the test is skipped.
 */
#define _POSIX_C_SOURCE 200809L /* fdopen, fork */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "emulated.h"
#include "kernel_argument.h"
#include "start.h"

enum { N_COMPARED = 12, N_ALIKE = 10, MAX_STARTED = 60, MAX_TRIES = 3, MAX_JOBS = PLAN_MAX_JOBS };

/* A portable kernel that was disturbed costs so many times as much as in the best process. */
static const double disturbed = 1.03;

/* Choices whose costs differ by no more than this factor are alike: what counts as equal for a plan, and the
 * noise of the measurement. */
static const double alike = (double)PLAN_TIE * 1.02;

/* ---- one process ---- */

struct choices {
    uint8_t kernel[MAX_JOBS + 1]; /* its index in the table of kernels */
    uint8_t n_jobs[MAX_JOBS + 1];
};

struct process {
    double cost[SIMD_MAX_KERNELS][SIMD_MAX_TASKS_IN_FLIGHT + 1];
    struct choices plans[PLAN_N_USES][SIMD_N_FAMILIES];
};

static size_t index_of(const struct simd_kernel *kernel)
{
    const struct simd_candidate *all;
    size_t i = 0;

    simd_candidates(&all);
    while (all[i].kernel != kernel) {
        i++;
    }
    return i;
}

static void set_choices(struct choices *choices, const struct plan *plan)
{
    for (size_t n = 1; n <= MAX_JOBS; n++) {
        choices->kernel[n] = (uint8_t)index_of(plan->choices[n].kernel);
        choices->n_jobs[n] = plan->choices[n].n_jobs;
    }
}

static int print(void)
{
    static struct process process;
    const struct start *start = start_once();
    const struct simd_candidate *all;
    const size_t n_kernels = simd_candidates(&all);

    if (start->one.status != LANEKDF_OK) {
        return 1;
    }
    for (size_t i = 0; i < n_kernels; i++) {
        memcpy(process.cost[i], all[i].cost, sizeof(process.cost[i]));
    }
    for (unsigned use = 0; use < PLAN_N_USES; use++) {
        for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
            set_choices(&process.plans[use][family], &start->plans.many[use][family]);
        }
    }
    return fwrite(&process, sizeof(process), 1, stdout) != 1;
}

/* ---- several of them ---- */

static struct process processes[MAX_STARTED];

/* Reads what the program prints, which it runs without a shell: its path may have any characters. */
static bool start_process(const char *program, struct process *process)
{
    int ends[2];

    must(pipe(ends) == 0, "a pipe");
    const pid_t child = child_begin();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp(program, program, "print", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    must(output != NULL, "a stream");
    const size_t n_read = fread(process, sizeof(*process), 1, output);
    fclose(output);
    return child_status(child) == 0 && n_read == 1;
}

static double portable_cost(const struct process *process, unsigned family)
{
    return process->cost[index_of(simd_scalar((enum simd_family)family))][1];
}

static bool is_disturbed(const struct process *process, size_t n_started)
{
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        for (size_t i = 0; i < n_started; i++) {
            if (portable_cost(process, family) > disturbed * portable_cost(&processes[i], family)) {
                return true;
            }
        }
    }
    return false;
}

/* Moves the processes that were not disturbed to the front, and returns their number. */
static size_t sort_out(size_t n_started)
{
    size_t n = 0;

    for (size_t i = 0; i < n_started; i++) {
        if (!is_disturbed(&processes[i], n_started)) {
            const struct process undisturbed = processes[i];
            processes[i] = processes[n];
            processes[n++] = undisturbed;
        }
    }
    return n;
}

/* The least that any of the compared processes measured for n_jobs jobs on kernel number k. */
static double cost_of(size_t k, size_t n_jobs)
{
    const struct simd_candidate *all;

    simd_candidates(&all);
    struct simd_candidate least = {.kernel = all[k].kernel};
    memcpy(least.cost, processes[0].cost[k], sizeof(least.cost));
    for (size_t i = 1; i < N_COMPARED; i++) {
        for (unsigned t = 1; t <= least.kernel->tasks_in_flight; t++) {
            least.cost[t] = processes[i].cost[k][t] < least.cost[t] ? processes[i].cost[k][t] : least.cost[t];
        }
    }
    return simd_cost(&least, (n_jobs + least.kernel->lanes - 1) / least.kernel->lanes);
}

static double cost_by_choices(const struct choices *choices, size_t n)
{
    double cost = 0;

    for (; n; n -= choices->n_jobs[n]) {
        cost += cost_of(choices->kernel[n], choices->n_jobs[n]);
    }
    return cost;
}

/* For how many numbers of jobs two choices differ, and the cost with them. */
static unsigned n_unlike_choices(
    const struct choices *x, const struct choices *y, enum simd_family family, bool with_print)
{
    unsigned n_unlike = 0;

    for (size_t n = 1; n <= MAX_JOBS; n++) {
        if (x->kernel[n] == y->kernel[n] && x->n_jobs[n] == y->n_jobs[n]) {
            continue;
        }
        const double one = cost_by_choices(x, n), other = cost_by_choices(y, n);
        n_unlike += one > alike * other || other > alike * one;
        if (with_print) {
            printf("%s, %zu jobs: %.1f or %.1f ns\n", simd_family_name(family), n, one, other);
        }
    }
    return n_unlike;
}

/* The same of all plans of two processes. */
static unsigned n_unlike(const struct process *a, const struct process *b, bool with_print)
{
    unsigned n = 0;

    for (unsigned use = 0; use < PLAN_N_USES; use++) {
        for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
            n += n_unlike_choices(
                &a->plans[use][family], &b->plans[use][family], (enum simd_family)family, with_print);
        }
    }
    return n;
}

/* Prints how the others differ from the process that most are like, and returns how many are like it. */
static size_t compare(void)
{
    size_t most = 0, model = 0;

    for (size_t i = 0; i < N_COMPARED; i++) {
        size_t n = 0;
        for (size_t k = 0; k < N_COMPARED; k++) {
            n += n_unlike(&processes[i], &processes[k], false) == 0;
        }
        if (n > most) {
            most = n;
            model = i;
        }
    }
    for (size_t k = 0; k < N_COMPARED; k++) {
        n_unlike(&processes[model], &processes[k], true);
    }
    return most;
}

/* Starts processes and compares them. Returns the exit status of the test. */
static int compare_processes(const char *program)
{
    size_t n_started = 0, n_undisturbed = 0;

    while (n_undisturbed < N_COMPARED && n_started < MAX_STARTED) {
        if (!start_process(program, &processes[n_started++])) {
            fprintf(stderr, "process %zu failed\n", n_started);
            return 1;
        }
        n_undisturbed = sort_out(n_started);
    }
    if (n_undisturbed < N_COMPARED) {
        printf("skipped: this machine is too busy: it disturbed %zu of %zu processes\n",
            n_started - n_undisturbed, n_started);
        return EXIT_SKIPPED;
    }
    const size_t n_alike = compare();
    printf("%zu of %d processes choose alike; %zu others were disturbed\n", n_alike, N_COMPARED,
        n_started - N_COMPARED);
    return n_alike < N_ALIKE;
}

int main(int argc, char **argv)
{
    int status = 1;

    unsetenv("LANEKDF_KERNEL");
    if (argc == 2 && strcmp(argv[1], "print") == 0) {
        return print();
    }
    if (UNDER_ASAN) {
        puts("skipped: AddressSanitizer is slow; compared in the release build");
        return EXIT_SKIPPED;
    }
    if (is_emulated()) {
        puts("skipped: an emulator takes a time of its own");
        return EXIT_SKIPPED;
    }
    start_once(); /* fills the table of kernels */
    /* Noise that left the portable kernels alone has moved a choice in three processes of twelve, once in
     * many runs. A choice that is a toss of a coin differs each time. */
    for (int i = 0; i < MAX_TRIES && status == 1; i++) {
        status = compare_processes(argv[0]);
    }
    return status;
}
