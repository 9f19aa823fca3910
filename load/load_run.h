/*
 * A run: several engines meet the same arrivals, at one rate after the other. Each rate of each engine is a
 * point; its slices take turns with those of all others, in random order, so that what disturbs the machine
 * for a while hits all alike. The order is the same in every run, so that machines which began together are
 * at the same rate at the same time.
 *
 * All rates are those of one process of the fleet, whose processes have equal shares.
 */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "crew.h"
#include "fleet.h"
#include "loop.h"

enum { LOAD_MAX_ENGINES = 16, LOAD_MAX_SLICES = 100 };

/* An engine that does not run. */
struct load_left_out {
    char name[LOAD_ENGINE_MAX_NAME];
    const char *reason; /* borrowed */
};

struct load_settings {
    struct loop_settings loop;
    struct arrivals_pattern arrivals;
    struct mix mix;
    struct load_engine engines[LOAD_MAX_ENGINES]; /* that serve the mix */
    size_t n_engines;
    struct load_left_out left_out[LOAD_MAX_ENGINES];
    size_t n_left_out;
    unsigned n_threads;
    size_t n_slices;    /* of a point */
    uint64_t n_samples; /* handshakes of a point that count, at least; all threads and slices of a process */
    uint64_t seed;
    const char *kernel; /* that lanekdf is kept to; NULL: the measured choice */
};

/* The percentiles that results have. */
enum { LOAD_P99 = 2, LOAD_N_PERCENTILES = 5 };
extern const double load_percentiles[LOAD_N_PERCENTILES];

/* What a slice found out. */
struct load_slice {
    double rate; /* handshakes per second that were done, by all of whom it tells together */
    double ns[LOAD_N_PERCENTILES];
};

struct load_point {
    const struct load_engine *engine;
    double load;       /* the share of the engine's capacity; 0 where the rate was given */
    double per_second; /* offered, of all threads of this process together */
    struct tally tally;
    struct load_slice slices[LOAD_MAX_SLICES];
    size_t n_slices;
    double begin, end; /* seconds since 1970: when its first slice began, and its last one ended everywhere */
};

struct load_run;

/* Prepares all engines in all threads. Settings and fleet are borrowed for the life of the run, which is that
 * of the program. */
struct load_run *load_run_new(const struct load_settings *settings, const struct fleet *fleet);

/* The most handshakes per second that an engine does, the mean of the fleet; INFINITY where it takes no time.
 */
double load_run_capacity(struct load_run *run, const struct load_engine *engine);

/* The least time of a call of one handshake, in nanoseconds, the mean of the fleet. */
double load_run_call_ns(const struct load_run *run, const struct load_engine *engine);

/* Runs a slice of a point, in all processes at the same time, and adds what this one saw to the point. *all
 * is what all processes saw. */
void load_run_slice(
    struct load_run *run, struct load_point *point, const struct loop_slice *slice, struct tally *all);

/* Runs all slices of all points, which have an engine and a rate. */
void load_run_points(struct load_run *run, struct load_point *points, size_t n_points);

/* Has slice_done() called behind each slice, with the point that it was one of, and what all processes saw
 * in it. */
typedef void load_run_slice_done(void *state, const struct load_point *point, const struct load_slice *slice);
void load_run_watch(struct load_run *run, load_run_slice_done *slice_done, void *state);

/* Compares all outputs of all engines of this process once more, *n_verified in number. Returns how many were
 * wrong. */
uint64_t load_run_verify(struct load_run *run, uint64_t *n_verified);

void load_run_free(struct load_run *run);

/* How far a percentile may be off, as the slices differ: half of the interval that has it with a chance of 95
 * %. Negative where fewer than three slices were run. */
double load_point_precision(const struct load_point *point, size_t percentile);

#endif
