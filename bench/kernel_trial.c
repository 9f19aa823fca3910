/*
 * Times one kernel by itself, for the search for better parameters (simd/kernel_search.py), which links this
 * program anew for each try: with the kernel's new assembler before the library, whose own is then left out.
 *
 *     kernel_trial KERNEL TASKS...
 *
 * It prints the cycles per compression for each number of tasks, and fails if this CPU does not run the
 * kernel, or if start-up has found that the kernel gives wrong answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_clock.h"
#include "kernel_bench.h"
#include "peers_support.h"

enum { TIMINGS = 9, CALLS = 32 };

static struct kernel_bench *timed;

static void run(void)
{
    for (int i = 0; i < CALLS; i++) {
        kernel_bench_run(timed);
    }
}

static int compare(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* The median of timings, each of which is the least of several already. */
static double cycles_per_compression(size_t kernel, size_t n_tasks)
{
    double cycles[TIMINGS];
    timed = kernel_bench_new(kernel, n_tasks);
    const struct compressions one_call = kernel_bench_compressions(timed);
    for (int i = 0; i < TIMINGS; i++) {
        cycles[i] = core_clock_cycles(run);
    }
    qsort(cycles, TIMINGS, sizeof(*cycles), compare);
    return cycles[TIMINGS / 2] / (CALLS * (double)compressions_total(&one_call));
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        peers_fail("usage: kernel_trial KERNEL TASKS...");
    }
    size_t kernel = 0;
    for (const char *name; (name = kernel_bench_name(kernel)) && strcmp(name, argv[1]) != 0;) {
        kernel++;
    }
    if (!kernel_bench_name(kernel)) {
        peers_fail("this CPU does not run %s, or its answers are wrong", argv[1]);
    }
    for (int i = 2; i < argc; i++) {
        printf("%.3f\n", cycles_per_compression(kernel, strtoul(argv[i], NULL, 10)));
    }
    return 0;
}
