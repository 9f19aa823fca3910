/*
 * Who derives: lanekdf one at a time or in groups, its peers, and engines that only take their time, for
 * tests of the loop itself.
 *
 *   null               nothing: what the loop costs by itself
 *   fixed:TIME         each handshake takes TIME
 *   fixed:TIME+TIME    each call takes the first time, and each of its handshakes the second
 *   stall:TIME/PERIOD  once in each period the loop stands still for TIME
 *   flip:ENGINE        derives as ENGINE, and turns over a bit of some outputs, which verification has to
 *                      find
 *   flip-once:ENGINE   does so until the first of them is found
 */
#ifndef LOAD_ENGINE_H
#define LOAD_ENGINE_H

#include "impl.h"
#include "pool.h"

enum { LOAD_ENGINE_MAX_NAME = 64 };

struct load_engine {
    char name[LOAD_ENGINE_MAX_NAME]; /* as it was asked for */
    const char *impl;                /* the implementation's name; NULL: the engine only takes time */
    bool has_groups;                 /* whether it gains by calls of more than one handshake */
    bool flips, flips_once;
    double call_ns, job_ns;     /* what it takes, where it derives nothing */
    double stall_ns, period_ns; /* the period is 0 where it never stalls */
};

/* Row i of the engines that derive; NULL behind the last. */
struct load_engine_row {
    const char *name;
    const char *impl;
    enum impl_library_id library;
    bool has_groups;
    const char *description;
};
const struct load_engine_row *load_engine_row(size_t i);

/* Finds out which engine a name means. Returns false if there is none of that name. */
bool load_engine_parse(const char *name, size_t len, struct load_engine *engine);

/* Why this program cannot run an engine; NULL: it can. */
const char *load_engine_missing(const struct load_engine *engine);

/* Whether the engine can derive all of a mix. If not, *lacks and *item are the first part that it has no code
 * for, and an item of it. */
bool load_engine_serves(
    const struct load_engine *engine, const struct mix *mix, const struct workload **lacks, size_t *item);

/* An engine with a pool, ready to run: belongs to one thread. */
struct load_engine_state {
    const struct load_engine *engine;
    struct pool *pool;
    const struct impl *impls[POOL_MAX_PARTS];
    void *states[POOL_MAX_PARTS];
    void *joined; /* of lanekdf, which takes all parts in one call; NULL: each part has calls of its own */
    double next_stall_ns;
    bool is_found; /* an output that the engine turned a bit over in */
};
void load_engine_prepare(
    struct load_engine_state *state, const struct load_engine *engine, struct pool *pool, size_t n_per_call);

/* Derives n handshakes of the pool from `first` on. */
void load_engine_derive(struct load_engine_state *state, size_t first, size_t n);

/* What a call of n handshakes at such a time takes, of an engine that only takes time. */
double load_engine_takes_ns(struct load_engine_state *state, size_t n, double now);

#endif
