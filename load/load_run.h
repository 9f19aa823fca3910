/*
 * A run: several engines meet the same arrivals, at one rate after the other. Each rate of each engine is a
 * point; its slices take turns with those of all others, in random order, so that what disturbs the machine
 * for a while hits all alike.
 */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "crew.h"
#include "loop.h"

enum { LOAD_MAX_ENGINES = 16, LOAD_MAX_SLICES = 100 };

struct load_settings {
    struct loop_settings loop;
    struct arrivals_pattern arrivals;
    struct mix mix;
    struct load_engine engines[LOAD_MAX_ENGINES]; /* that serve the mix */
    size_t n_engines;
    unsigned n_threads;
    size_t n_slices;    /* of a point */
    uint64_t n_samples; /* handshakes of a point that count, at least; all threads and slices together */
    uint64_t seed;
};

/* The percentiles that results have. */
enum { LOAD_N_PERCENTILES = 5 };
extern const double load_percentiles[LOAD_N_PERCENTILES];

/* What a slice found out. */
struct load_slice {
    double rate; /* handshakes per second that were done */
    double ns[LOAD_N_PERCENTILES];
};

struct load_point {
    const struct load_engine *engine;
    double load;       /* the share of the engine's capacity; 0 where the rate was given */
    double per_second; /* offered, of all threads together */
    struct tally tally;
    struct load_slice slices[LOAD_MAX_SLICES];
    size_t n_slices;
    double begin, end; /* seconds since 1970: when its first slice began, and its last one ended */
};

struct load_run;

/* Prepares all engines in all threads. The settings are borrowed for the life of the run, which is that of
 * the program. */
struct load_run *load_run_new(const struct load_settings *settings);

/* The most handshakes per second that an engine does; INFINITY where it takes no time. */
double load_run_capacity(struct load_run *run, const struct load_engine *engine);

/* The least time of a call of one handshake, in nanoseconds. */
double load_run_call_ns(const struct load_run *run, const struct load_engine *engine);

/* Runs a slice of a point, and adds it to the point. */
void load_run_slice(struct load_run *run, struct load_point *point, const struct loop_slice *slice);

/* Runs all slices of all points, which have an engine and a rate. */
void load_run_points(struct load_run *run, struct load_point *points, size_t n_points);

/* Has slice_done() called behind each slice, with the point that it was one of. */
void load_run_watch(
    struct load_run *run, void (*slice_done)(void *state, const struct load_point *point), void *state);

/* Compares all outputs of all engines once more. Returns how many were wrong, each of which was printed. */
uint64_t load_run_verify(struct load_run *run);

void load_run_free(struct load_run *run);

/* How far a percentile may be off, as the slices differ: half of the interval that has it with a chance of 95
 * %. Negative where fewer than three slices were run. */
double load_point_precision(const struct load_point *point, size_t percentile);

#endif
