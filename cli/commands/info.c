/* info: shows what the library found out about this machine. */
#include "command.h"
#include "commands.h"
#include "lanekdf.h"

#include <stdio.h>
#include <string.h>

static const size_t numbers_of_jobs[] = {1, 2, 4, 8, 16, 64};
enum { N_NUMBERS = sizeof(numbers_of_jobs) / sizeof(numbers_of_jobs[0]), NAME_WIDTH = 21 };

static bool query(size_t index, struct lanekdf_kernel *kernel)
{
    *kernel = (struct lanekdf_kernel){.size = sizeof(*kernel)};
    return lanekdf_kernel_query(index, kernel) == LANEKDF_OK;
}

static const char *state_text(const struct lanekdf_kernel *kernel)
{
    switch (kernel->state) {
    case LANEKDF_KERNEL_USABLE:
        return "usable";
    case LANEKDF_KERNEL_UNSUPPORTED:
        return "not on this CPU: lacks ";
    case LANEKDF_KERNEL_FAULTY:
        return "FAULTY: failed its known-answer test, never used";
    case LANEKDF_KERNEL_EXCLUDED:
        return "kept out by the options";
    }
    return "in a state that this command does not know";
}

static void show_kernels(void)
{
    struct lanekdf_kernel kernel;

    printf("Kernels\n  %-*s  lanes  vector    state\n", NAME_WIDTH, "name");
    for (size_t i = 0; query(i, &kernel); i++) {
        printf("  %-*s  %5u  %3u bits  %s%s\n", NAME_WIDTH, kernel.name, (unsigned)kernel.lanes,
            (unsigned)kernel.vector_width, state_text(&kernel),
            kernel.state == LANEKDF_KERNEL_UNSUPPORTED ? kernel.missing : "");
        printf("  %-*s  %s\n", NAME_WIDTH, "", kernel.description);
    }
}

static void show_costs(void)
{
    struct lanekdf_kernel kernel;

    printf("\nMeasured at start-up: nanoseconds per compression and job, when so many jobs wait\n  %-*s",
        NAME_WIDTH, "jobs");
    for (size_t k = 0; k < N_NUMBERS; k++) {
        printf("%9zu", numbers_of_jobs[k]);
    }
    printf("\n");
    for (size_t i = 0; query(i, &kernel); i++) {
        if (kernel.state != LANEKDF_KERNEL_USABLE && kernel.state != LANEKDF_KERNEL_EXCLUDED) {
            continue;
        }
        printf("  %-*s", NAME_WIDTH, kernel.name);
        for (size_t k = 0; k < N_NUMBERS; k++) {
            printf("%9.1f", lanekdf_kernel_cost(i, numbers_of_jobs[k]) / (double)numbers_of_jobs[k]);
        }
        printf("\n");
    }
}

/* Returns the cheapest kernel of the same family that was not chosen, to show by how much the chosen one is
 * cheaper; (size_t)-1 if there is no other usable one. */
static size_t runner_up(size_t chosen, size_t n_jobs)
{
    struct lanekdf_kernel kernel, winner;
    size_t cheapest = (size_t)-1;

    query(chosen, &winner);
    for (size_t i = 0; query(i, &kernel); i++) {
        if (i != chosen && kernel.state == LANEKDF_KERNEL_USABLE &&
            strcmp(kernel.family, winner.family) == 0 &&
            (cheapest == (size_t)-1 ||
                lanekdf_kernel_cost(i, n_jobs) < lanekdf_kernel_cost(cheapest, n_jobs))) {
            cheapest = i;
        }
    }
    return cheapest;
}

static void show_choice(enum lanekdf_hash hash, size_t n_jobs)
{
    struct lanekdf_kernel kernel, next;
    size_t n_taken = 0, other;
    size_t chosen = lanekdf_kernel_choice(hash, n_jobs, &n_taken);

    if (!query(chosen, &kernel)) {
        printf("  %4zu  none\n", n_jobs);
        return;
    }
    other = runner_up(chosen, n_jobs);
    printf("  %4zu  %-*s takes %4zu", n_jobs, NAME_WIDTH, kernel.name, n_taken);
    if (!query(other, &next)) {
        printf("  the only usable one\n");
    } else {
        printf("  %.1f ns per compression and job; next %s %.1f\n",
            lanekdf_kernel_cost(chosen, n_taken) / (double)n_taken, next.name,
            lanekdf_kernel_cost(other, n_jobs) / (double)n_jobs);
    }
}

static void show_choices(enum lanekdf_hash hash, const char *name, const struct options *options)
{
    printf("\nChosen for %s, when so many jobs of one shape wait (the cheapest per job%s)\n", name,
        options->kernel ? "; here as --kernel says" : "");
    for (size_t k = 0; k < N_NUMBERS; k++) {
        show_choice(hash, numbers_of_jobs[k]);
    }
}

int info_main(const struct options *options)
{
    if (!command_start(options->kernel)) {
        return COMMAND_ERROR;
    }
    printf("lanekdf %s\n\nCPU features that kernels use: %s\n\n", lanekdf_version_text(),
        lanekdf_cpu_text()[0] != '\0' ? lanekdf_cpu_text() : "none");
    show_kernels();
    show_costs();
    show_choices(LANEKDF_SHA256, "SHA-256", options);
    show_choices(LANEKDF_SHA384, "SHA-384 and SHA-512", options);
    printf("\nlanekdf_derive_one takes one job at a time: the fastest kernel of one lane.\n"
           "LANEKDF_KERNEL=NAME or --kernel NAME forces a kernel.\n");
    return COMMAND_OK;
}
