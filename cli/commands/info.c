/* info: shows what the library found out about this machine. */
#include "command.h"
#include "commands.h"
#include "lanekdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t numbers_of_jobs[] = {1, 2, 4, 8, 16, 64};
enum { N_NUMBERS = sizeof(numbers_of_jobs) / sizeof(numbers_of_jobs[0]), NAME_WIDTH = 21 };

/* The hashes for which the choice is shown. Those of one family have one choice. */
static const struct shown_hash {
    enum lanekdf_hash hash;
    const char *family, *title;
} shown_hashes[] = {
    {LANEKDF_SHA256, "sha256", "SHA-256"},
    {LANEKDF_SHA384, "sha512", "SHA-384 and SHA-512"},
};
enum { N_SHOWN_HASHES = sizeof(shown_hashes) / sizeof(shown_hashes[0]) };

/* The kernel that is to be used for its family whatever it costs. */
struct forced {
    const char *name; /* NULL: none */
    const char *by;   /* what names it: --kernel, LANEKDF_KERNEL */
    /* A kernel that LANEKDF_KERNEL names, and that cannot be used; NULL: none. */
    const char *unusable;
};

static bool query(size_t index, struct lanekdf_kernel *kernel)
{
    *kernel = (struct lanekdf_kernel){.size = sizeof(*kernel)};
    return lanekdf_kernel_query(index, kernel) == LANEKDF_OK;
}

static bool query_name(const char *name, struct lanekdf_kernel *kernel)
{
    size_t i = 0;

    while (query(i, kernel) && strcmp(kernel->name, name) != 0) {
        i++;
    }
    return query(i, kernel);
}

static bool is_forced(const struct forced *forced, const char *family)
{
    struct lanekdf_kernel kernel;

    return forced->name && query_name(forced->name, &kernel) && strcmp(kernel.family, family) == 0;
}

/* ---- what is chosen ---- */

struct choice {
    size_t n_jobs, n_taken;
    struct lanekdf_kernel kernel, next; /* next: the cheapest of the others of the family */
    double cost, next_cost;             /* nanoseconds of one compression of one job */
    bool is_there, has_next;
};

/* Finds the cheapest kernel of the same family that was not chosen, to show by how much the chosen one is
 * cheaper. */
static void find_next(struct choice *choice, size_t chosen)
{
    struct lanekdf_kernel kernel;

    for (size_t i = 0; query(i, &kernel); i++) {
        const double cost = lanekdf_kernel_cost(i, choice->n_jobs) / (double)choice->n_jobs;
        if (i != chosen && kernel.state == LANEKDF_KERNEL_USABLE &&
            strcmp(kernel.family, choice->kernel.family) == 0 &&
            (!choice->has_next || cost < choice->next_cost)) {
            choice->has_next = true;
            choice->next = kernel;
            choice->next_cost = cost;
        }
    }
}

static struct choice choice_of(enum lanekdf_hash hash, size_t n_jobs)
{
    struct choice choice = {.n_jobs = n_jobs};
    const size_t chosen = lanekdf_kernel_choice(hash, n_jobs, &choice.n_taken);

    choice.is_there = query(chosen, &choice.kernel);
    if (choice.is_there) {
        choice.cost = lanekdf_kernel_cost(chosen, choice.n_taken) / (double)choice.n_taken;
        find_next(&choice, chosen);
    }
    return choice;
}

/* ---- for people ---- */

static void show_state(const struct lanekdf_kernel *kernel, const struct forced *forced)
{
    switch (kernel->state) {
    case LANEKDF_KERNEL_USABLE:
        printf("usable");
        return;
    case LANEKDF_KERNEL_UNSUPPORTED:
        printf("lacks %s", kernel->missing);
        return;
    case LANEKDF_KERNEL_FAULTY:
        printf("FAULTY: failed its known-answer test");
        return;
    case LANEKDF_KERNEL_EXCLUDED:
        printf("kept out by %s", forced->by ? forced->by : "the options");
        return;
    case LANEKDF_KERNEL_WITHDRAWN:
        printf("WITHDRAWN: gave wrong bytes in service");
        return;
    }
    printf("in a state that this command does not know");
}

static void show_kernels(const struct forced *forced)
{
    struct lanekdf_kernel kernel;

    printf("Kernels\n  %-*s  lanes  vector    on this CPU\n", NAME_WIDTH, "name");
    for (size_t i = 0; query(i, &kernel); i++) {
        printf("  %-*s  %5u  %3u bits  ", NAME_WIDTH, kernel.name, (unsigned)kernel.lanes,
            (unsigned)kernel.vector_width);
        show_state(&kernel, forced);
        printf("\n      %s\n", kernel.description);
    }
}

static bool has_cost(const struct lanekdf_kernel *kernel)
{
    return kernel->state == LANEKDF_KERNEL_USABLE || kernel->state == LANEKDF_KERNEL_EXCLUDED;
}

static void show_costs(void)
{
    struct lanekdf_kernel kernel;

    printf("\nMeasured: nanoseconds per compression and job, when so many jobs wait\n  %-*s", NAME_WIDTH,
        "jobs");
    for (size_t k = 0; k < N_NUMBERS; k++) {
        printf("%9zu", numbers_of_jobs[k]);
    }
    printf("\n");
    for (size_t i = 0; query(i, &kernel); i++) {
        if (has_cost(&kernel)) {
            printf("  %-*s", NAME_WIDTH, kernel.name);
            for (size_t k = 0; k < N_NUMBERS; k++) {
                printf("%9.1f", lanekdf_kernel_cost(i, numbers_of_jobs[k]) / (double)numbers_of_jobs[k]);
            }
            printf("\n");
        }
    }
}

static void show_choice(const struct choice *choice, const char *without_next)
{
    if (!choice->is_there) {
        printf("  %4zu  none\n", choice->n_jobs);
        return;
    }
    printf("  %4zu  %-*s  %5zu  %6.1f  ", choice->n_jobs, NAME_WIDTH, choice->kernel.name, choice->n_taken,
        choice->cost);
    if (choice->has_next) {
        printf("%-*s  %6.1f\n", NAME_WIDTH, choice->next.name, choice->next_cost);
    } else {
        printf("%s\n", without_next);
    }
}

static void show_choices(const struct shown_hash *shown, const struct forced *forced)
{
    const bool is_told = is_forced(forced, shown->family);
    char without_next[64] = "none: no other runs here";

    if (is_told) {
        snprintf(without_next, sizeof(without_next), "none, by %s", forced->by);
    }
    printf("\nChosen for %s when so many jobs wait (%s%s%s)\n", shown->title,
        is_told ? "as " : "the cheapest", is_told ? forced->by : "", is_told ? " says" : " per job");
    printf("  %4s  %-*s  %5s  %6s  %-*s  %6s\n", "jobs", NAME_WIDTH, "kernel", "takes", "ns", NAME_WIDTH,
        "next", "ns");
    for (size_t k = 0; k < N_NUMBERS; k++) {
        const struct choice choice = choice_of(shown->hash, numbers_of_jobs[k]);
        show_choice(&choice, without_next);
    }
}

static struct lanekdf_programs room_for_programs(void)
{
    struct lanekdf_programs programs = {.size = sizeof(programs)};

    lanekdf_programs_query(&programs);
    return programs;
}

static void show_text(const struct forced *forced)
{
    struct lanekdf_kernel kernel;

    printf("lanekdf %s\n\n", lanekdf_version_text());
    if (forced->unusable) {
        printf("%s is \"%s\", which %s: the other commands\nrefuse to run with it. What follows is what "
               "they would do without.\n\n",
            COMMAND_KERNEL_VARIABLE, forced->unusable,
            query_name(forced->unusable, &kernel) ? "cannot be used here" : "is the name of no kernel");
    }
    printf(
        "CPU features that kernels use: %s\n\n", lanekdf_cpu_text()[0] != '\0' ? lanekdf_cpu_text() : "none");
    show_kernels(forced);
    show_costs();
    for (size_t i = 0; i < N_SHOWN_HASHES; i++) {
        show_choices(&shown_hashes[i], forced);
    }
    const struct lanekdf_programs programs = room_for_programs();
    printf("\nPrograms: %u made at start-up, room for %u; of these %u with messages of more\n"
           "than four blocks\n",
        (unsigned)programs.n_programs, (unsigned)programs.max_programs, (unsigned)programs.max_long);
    printf("\nlanekdf_derive_one takes one job at a time: the fastest kernel of one lane.\n"
           "%s=NAME or --kernel NAME forces a kernel.\n",
        COMMAND_KERNEL_VARIABLE);
}

/* ---- for programs ---- */

/* Prints a string; no name and no text of the library has a character that JSON escapes. */
static void put_string(const char *name, const char *text)
{
    printf(text ? "\"%s\":\"%s\"" : "\"%s\":null", name, text);
}

/* Prints words that spaces part as an array. */
static void put_words(const char *name, const char *text)
{
    printf("\"%s\":[", name);
    for (size_t len = 0; *text != '\0'; text += len, text += strspn(text, " ")) {
        len = strcspn(text, " ");
        printf("\"%.*s\"%s", (int)len, text, text[len] == ' ' ? "," : "");
    }
    printf("]");
}

static const char *state_name(const struct lanekdf_kernel *kernel)
{
    switch (kernel->state) {
    case LANEKDF_KERNEL_USABLE:
        return "usable";
    case LANEKDF_KERNEL_UNSUPPORTED:
        return "unsupported";
    case LANEKDF_KERNEL_FAULTY:
        return "faulty";
    case LANEKDF_KERNEL_EXCLUDED:
        return "excluded";
    case LANEKDF_KERNEL_WITHDRAWN:
        return "withdrawn";
    }
    return "unknown";
}

static void put_kernel(size_t index, const struct lanekdf_kernel *kernel)
{
    printf("%s{", index > 0 ? "," : "");
    put_string("name", kernel->name);
    printf(",");
    put_string("family", kernel->family);
    printf(",");
    put_string("description", kernel->description);
    printf(",\"lanes\":%u,\"vector_bits\":%u,", (unsigned)kernel->lanes, (unsigned)kernel->vector_width);
    put_string("state", state_name(kernel));
    printf(",");
    put_words("missing", kernel->missing);
    printf(",\"ns_per_job\":{");
    for (size_t k = 0; has_cost(kernel) && k < N_NUMBERS; k++) {
        printf("%s\"%zu\":%.1f", k > 0 ? "," : "", numbers_of_jobs[k],
            lanekdf_kernel_cost(index, numbers_of_jobs[k]) / (double)numbers_of_jobs[k]);
    }
    printf("}}");
}

static void put_choice(const struct shown_hash *shown, const struct choice *choice)
{
    printf("{");
    put_string("family", shown->family);
    printf(",\"jobs\":%zu,", choice->n_jobs);
    put_string("kernel", choice->is_there ? choice->kernel.name : NULL);
    printf(",\"takes\":%zu,", choice->n_taken);
    put_string("next", choice->has_next ? choice->next.name : NULL);
    printf("}");
}

static void put_json(const struct forced *forced)
{
    struct lanekdf_kernel kernel;

    printf("{");
    put_string("version", lanekdf_version_text());
    printf(",");
    put_words("cpu_features", lanekdf_cpu_text());
    printf(",");
    put_string("forced_kernel", forced->name);
    printf(",\"environment_is_usable\":%s,\"kernels\":[", forced->unusable ? "false" : "true");
    for (size_t i = 0; query(i, &kernel); i++) {
        put_kernel(i, &kernel);
    }
    printf("],\"choices\":[");
    for (size_t i = 0; i < N_SHOWN_HASHES; i++) {
        for (size_t k = 0; k < N_NUMBERS; k++) {
            const struct choice choice = choice_of(shown_hashes[i].hash, numbers_of_jobs[k]);
            printf("%s", i + k > 0 ? "," : "");
            put_choice(&shown_hashes[i], &choice);
        }
    }
    const struct lanekdf_programs programs = room_for_programs();
    printf("],\"programs\":{\"made\":%u,\"room\":%u,\"long\":%u,\"room_for_long\":%u}}\n",
        (unsigned)programs.n_programs, (unsigned)programs.max_programs, (unsigned)programs.n_long,
        (unsigned)programs.max_long);
}

/* ---- the command ---- */

/* Whether the library starts with what the environment says. A process starts it once, so that another one,
 * which says nothing, has to try. */
static bool environment_serves(void)
{
    int status;
    const pid_t pid = fork();

    if (pid == 0) {
        _exit(lanekdf_start(NULL) == LANEKDF_OK ? COMMAND_OK : COMMAND_ERROR);
    }
    if (pid < 0) {
        command_die("cannot start a process");
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == COMMAND_OK;
}

int info_main(const struct options *options)
{
    const char *named = getenv(COMMAND_KERNEL_VARIABLE);
    struct forced forced = {0};

    if (options->kernel) {
        forced = (struct forced){.name = options->kernel, .by = "--kernel"};
    } else if (named && named[0] != '\0') {
        if (environment_serves()) {
            forced = (struct forced){.name = named, .by = COMMAND_KERNEL_VARIABLE};
        } else {
            forced.unusable = named;
            unsetenv(COMMAND_KERNEL_VARIABLE);
        }
    }
    if (!command_start(options->kernel, NULL)) {
        return COMMAND_ERROR;
    }
    (options->json ? put_json : show_text)(&forced);
    return COMMAND_OK;
}
