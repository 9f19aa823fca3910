/*
 * The loop of a server: an iteration takes all handshakes whose time has come, does a part of the other work
 * for each, derives their keys in calls of at most a group, does the rest of the work, and counts for each
 * handshake the time since its *intended* arrival. A handshake that could not be taken in time has waited,
 * and that counts: nobody is left out because the loop was busy.
 *
 * Time is one of two clocks. On the real one it passes as ever, and what took the thread away is counted. On
 * the work clock time is the sum of what work took, and idle time is skipped: a call that was interrupted is
 * taken again and counts with its shortest time, and the work around it counts as long as it was said to be,
 * while its footprint is real. Such a run agrees with theory on a machine that is shared with others.
 */
#ifndef LOOP_H
#define LOOP_H

#include "around.h"
#include "arrivals.h"
#include "load_engine.h"
#include "tally.h"

enum {
    LOOP_MAX_ACCEPTED = 4096, /* handshakes of an iteration */
    LOOP_MAX_OBJECTIVES = 8,
    LOOP_MOST_RETAKES = 3 /* of a call that was interrupted, on the work clock */
};

struct loop_settings {
    bool has_real_clock;
    bool sleeps;        /* while it waits on the real clock; else it polls */
    double around_ns;   /* other work for each handshake */
    double before_ns;   /* of this, what comes before the derivation */
    double per_loop_ns; /* other work of an iteration */
    enum footprint footprint;
    size_t accept;          /* handshakes of an iteration at most */
    size_t group;           /* handshakes of a call at most */
    size_t hold_n;          /* fewer wait for more; 0 or 1: none waits */
    double hold_ns;         /* but not longer than this */
    uint64_t verify_one_in; /* outputs that are compared; 0: none */
};

/* An objective: this percentile within this time. */
struct loop_objective {
    double percent, ns;
};

/* A slice of a run. */
struct loop_slice {
    double per_second; /* of this thread */
    uint64_t seed;
    size_t number;              /* of the slices of a point, whose arrivals follow each other; from 0 on */
    unsigned stream, n_streams; /* this thread among those of all processes: arrivals.h */
    size_t n_warm_up;           /* handshakes that do not count */
    size_t n_all;               /* handshakes that count, of all threads */
    size_t n_counted;           /* handshakes behind them */
    /* The slice ends when one of these cannot be met any more. */
    const struct loop_objective *objectives;
    size_t n_objectives;
};

/* A loop with its engine: belongs to one thread, and lives as long as the program. */
struct loop;
struct loop *loop_new(const struct loop_settings *settings, const struct arrivals_pattern *pattern,
    const struct load_engine *engine, struct pool *pool, struct around_memory *memory);

/* Runs a slice, and adds what it counts to the tally. */
void loop_run(struct loop *loop, const struct loop_slice *slice, struct tally *tally);

/* The most handshakes per second that the loop does: all are there at the start. INFINITY where they take no
 * time. The tally is filled on the way. */
double loop_capacity(struct loop *loop, struct tally *tally);

/* The least time of a call of one handshake, in nanoseconds. */
double loop_call_ns(struct loop *loop);

/* What a loop takes by itself for each handshake, in nanoseconds: on the real clock, with nothing to derive
 * and no other work. Once in a program. */
double loop_own_ns(void);

/* Derives the whole pool and compares all of its outputs. Of all that a loop finds wrong, in its slices and
 * here, the first few are printed. */
void loop_verify_all(struct loop *loop, struct tally *tally);

/* The handshakes of a call at most: one where the engine has no calls of more. */
size_t loop_group(const struct loop_settings *settings, const struct load_engine *engine);

#endif
