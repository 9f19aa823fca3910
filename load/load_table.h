/* Results for people: a table for each engine. */
#ifndef LOAD_TABLE_H
#define LOAD_TABLE_H

#include "search.h"

#include <stdio.h>

/* Prints what was run, and with which clock. own_ns is that of loop_own_ns(). */
void load_table_head(FILE *file, const struct load_settings *settings, double own_ns);

/* Prints the points of all engines; those of one engine lie behind each other. */
void load_table_points(
    FILE *file, const struct load_settings *settings, const struct load_point *points, size_t n);

/* A row of results by itself: what it needs of a tally. A rate that is NAN is left out. */
struct load_table_row {
    uint64_t n; /* handshakes that it tells of */
    double load, offered, rate, busy;
    double ns[LOAD_N_PERCENTILES]; /* negative where too few handshakes lie beyond */
    double longest_ns, keys_ns, per_call, per_call_by_handshakes, derivation_ns;
};
void load_table_row_of(
    struct load_table_row *row, double load, double offered, double rate, const struct tally *tally);

/* Prints the names of the columns, and a row with a note behind it, "" for none. */
void load_table_columns(FILE *file);
void load_table_row_put(FILE *file, const struct load_table_row *row, const char *note);

/* Prints, behind all tables, what the columns mean whose names do not tell. */
void load_table_legend(FILE *file);

/* Prints what was not as it should be: a rate that was not reached, interruptions. */
void load_table_notes(FILE *file, const struct tally *tally);

/* Prints how many outputs were wrong, if any was, and where: in all slices of a search, also in those whose
 * rows are not printed, or in the end. */
#define LOAD_TABLE_OF_SEARCH "in all slices of the search"
#define LOAD_TABLE_OF_END "in the end, of all engines"
void load_table_wrong(FILE *file, const char *where, uint64_t n_wrong, uint64_t n_verified);

/* Prints objectives: "p99 within 1.00ms and p50 within 5.00us". */
void load_table_objectives(FILE *file, const struct loop_objective *objectives, size_t n);

/* Prints what a search for these objectives found. */
void load_table_search(FILE *file, const struct load_settings *settings,
    const struct loop_objective *objectives, size_t n_objectives, const struct search *search);

#endif
