/*
 * The highest rate at which an engine meets its objectives, such as 99 % within 100 microseconds: what the
 * engine can do at most is halved until a rate passes, and then the distance between a rate that passes and
 * one that does not is halved, to 1 %. A rate passes if three slices out of three meet all objectives.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "load_run.h"

struct search {
    const struct load_engine *engine;
    double capacity;      /* handshakes per second, when all are there at once */
    double least_ns;      /* the shortest latency that the engine has */
    bool is_out_of_reach; /* an objective is shorter than that */
    bool has_passed, has_failed;
    /* Outputs of all slices of this process, also of slices that were taken again and of rates between: */
    uint64_t n_verified, n_wrong;
    struct load_point passed; /* the highest rate that met all objectives */
    struct load_point failed; /* the lowest rate above it that did not */
};

/* The handshakes of a slice that carries the percentile of an objective, or its bursts. */
double search_samples(const struct loop_objective *objective);

/* About how long a search takes, in seconds, for an engine of this capacity; and the handshakes of each of
 * its slices. */
double search_seconds(const struct load_settings *settings, const struct loop_objective *objectives,
    size_t n_objectives, double capacity, size_t *n_of_slice);

/* Searches. A rate is tried with settings->n_samples handshakes in its slices, or with as many as carry the
 * percentiles. */
void search_run(struct load_run *run, const struct load_settings *settings, const struct load_engine *engine,
    const struct loop_objective *objectives, size_t n_objectives, struct search *search);

#endif
