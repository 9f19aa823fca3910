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

/* Prints what a search for these objectives found. */
void load_table_search(FILE *file, const struct load_settings *settings,
    const struct loop_objective *objectives, size_t n_objectives, const struct search *search);

#endif
