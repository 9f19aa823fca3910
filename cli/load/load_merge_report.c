#include "load_merge_parts.h"

#include "command.h"
#include "load_hgrm.h"
#include "memory.h"
#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- what is printed --- */

/* Prints a value as it stands in a line, a string without its quotation marks. */
static void print_value(const char *value)
{
    const size_t len = strlen(value), n_quotes = len > 1 && value[0] == '"';
    printf("%.*s", (int)(len - 2 * n_quotes), value + n_quotes);
}

/* Whether a value says more than that there is none of it. */
static bool says_something(const char *value)
{
    return value[0] != '\0' && strcmp(value, "\"\"") != 0 && strcmp(value, "0") != 0;
}

static void print_head(const struct load_merge *merge)
{
    const char *before = "";
    printf("%zu run%s of lanekdf ", merge->n_machines, merge->n_machines == 1 ? "" : "s");
    print_value(merge->common[LANEKDF]);
    printf("\n");
    for (enum load_merge_field field = CLOCK; field < FIRST_OTHER; field++) {
        if (says_something(merge->common[field])) {
            printf("%s%s ", before, load_merge_fields[field]);
            print_value(merge->common[field]);
            before = ", ";
        }
    }
    printf("\n\n");
    for (size_t i = 0; i < merge->n_machines; i++) {
        const struct machine *machine = &merge->machines[i];
        char *file = load_merge_shown(machine->file, strlen(machine->file));
        printf("%s: %s, %s, run %.8s\n", file, machine->host, machine->cpu, machine->run);
        memory_give_back(file);
    }
}

/* Runs of one host are told apart by their files. */
static void print_share(const struct share *share)
{
    const struct machine *machine = share->machine;
    char *file = load_merge_shown(machine->file, strlen(machine->file));
    char *name = memory_take(strlen(machine->host) + 2 + strlen(file) + 1);
    strcpy(name, machine->host);
    if (machine->shares_host) {
        strcat(strcat(name, ", "), file);
    }
    load_table_row_put(stdout, &share->row, name);
    memory_give_back(name);
    memory_give_back(file);
}

/* Rates of machines that did not work at the same time are no rate of anything. */
static void print_point(const struct merged_point *point)
{
    const double worth_saying = 0.9;
    const bool is_together = load_merge_is_together(point);
    struct load_table_row row;
    load_table_row_of(&row, point->load, is_together ? point->offered_sum : NAN,
        is_together ? point->rate_sum : NAN, &point->tally);
    load_table_row_put(stdout, &row, "all");
    if (!is_together) {
        printf("        the runs do not overlap in time: their rates do not add\n");
    } else if (load_merge_overlap(point) < worth_saying) {
        printf("        all runs together: %.0f %% of the time, for which alone their rates add\n",
            100 * load_merge_overlap(point));
    }
    load_table_notes(stdout, &point->tally);
    for (size_t i = 0; i < point->n_shares; i++) {
        print_share(&point->shares[i]);
    }
}

static bool is_of_same_table(const struct merged_point *a, const struct merged_point *b)
{
    return strcmp(a->engine, b->engine) == 0 && strcmp(a->kind, b->kind) == 0;
}

/* Prints the objectives of a search, {"p99":1000000,"p50":5000}; or, if they are something else, as they are.
 */
static void print_objectives(const struct merged_search *search)
{
    struct loop_objective objectives[LOOP_MAX_OBJECTIVES];
    const char *at = search->objectives;
    size_t n = 0;
    int len = 0;
    while (n < LOOP_MAX_OBJECTIVES && strcmp(at, "}") != 0 &&
           sscanf(at, n == 0 ? "{\"p%lf\":%lf%n" : ",\"p%lf\":%lf%n", &objectives[n].percent,
               &objectives[n].ns, &len) == 2) {
        at += len;
        n++;
    }
    if (n > 0 && strcmp(at, "}") == 0) {
        load_table_objectives(stdout, objectives, n);
    } else {
        print_value(search->objectives);
    }
}

/* A search that found a rate has its points. Wrong outputs may have been found in slices of none of them. */
static void print_search(const struct merged_search *search)
{
    char least[QUANTITY_MAX_TEXT];
    if (search->n_passed < search->n) {
        printf("\n%s: no rate was found that meets ", search->engine);
        print_objectives(search);
        printf("; a handshake that meets no other takes %s\n", quantity_time_text(least, search->least_ns));
    } else if (search->n_wrong > 0) {
        printf("\n%s: ", search->engine);
        print_objectives(search);
        printf("\n");
    }
    load_table_wrong(stdout, LOAD_TABLE_OF_SEARCH, search->n_wrong, search->n_verified);
}

static void print_report(const struct load_merge *merge)
{
    print_head(merge);
    for (size_t i = 0; i < merge->n_points; i++) {
        const struct merged_point *point = merge->points[i];
        if (i == 0 || !is_of_same_table(point, merge->points[i - 1])) {
            const char *kind = strcmp(point->kind, "passed") == 0   ? ", highest rate that passed"
                               : strcmp(point->kind, "failed") == 0 ? ", lowest rate that failed"
                                                                    : "";
            printf("\n%s%s\n", point->engine, kind);
            load_table_columns(stdout);
        }
        print_point(point);
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        print_search(&merge->searches[i]);
    }
    if (merge->n_wrong > 0) {
        printf("\n");
        load_table_wrong(stdout, LOAD_TABLE_OF_END, merge->n_wrong, merge->n_verified);
    }
    if (merge->n_points > 0) {
        load_table_legend(stdout);
    }
}

/* --- how it went --- */

/* As for each of the runs: a rate that failed in a search is no failure, but a wrong output of it is. */
static bool is_well(const struct load_merge *merge)
{
    bool is_well = merge->n_wrong == 0;
    for (size_t i = 0; i < merge->n_points; i++) {
        const struct tally *tally = &merge->points[i]->tally;
        is_well = is_well && tally->n_wrong == 0 &&
                  (strcmp(merge->points[i]->kind, "failed") == 0 ||
                      (!tally_is_behind(tally) && !tally_is_disturbed(tally)));
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        is_well =
            is_well && merge->searches[i].n_passed == merge->searches[i].n && merge->searches[i].n_wrong == 0;
    }
    return is_well;
}

/* Writes the percentiles of all machines together, where a file for them was named. A file has the rate of
 * all in its name, or that of the first machine if the rates do not add. */
static bool write_percentiles(const struct load_merge *merge, const char *name)
{
    bool is_written = true;
    for (size_t i = 0; name && i < merge->n_points && is_written; i++) {
        const struct merged_point *point = merge->points[i];
        if (strcmp(point->kind, "failed") != 0) {
            is_written = load_hgrm_write(name, point->engine,
                load_merge_is_together(point) ? point->offered_sum : point->offered, &point->tally.latency,
                merge->n_points == 1);
        }
    }
    return is_written;
}

int load_merge_report(const struct load_merge *merge, const char *percentiles)
{
    print_report(merge);
    const int status = is_well(merge) ? COMMAND_OK : COMMAND_FAILED;
    return write_percentiles(merge, percentiles) ? status : COMMAND_ERROR;
}
