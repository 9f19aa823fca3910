/* One implementation with a workload in calls of one size, ready to run. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "compressions.h"
#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fixture {
    const char *name; /* for messages */
    const struct impl *impl;
    size_t batch_size;
    struct workload_batch pool; /* a whole number of batches, which take turns: a fair sample of a mix */
    void *state;                /* what the implementation prepared */
    size_t next;                /* the item at which the next batch begins */
    double *n_needed;           /* compressions of each batch */
};

/* Prepares the pool. A worker other than 0 gets copies of the inputs in memory that the calling thread
 * touches first: it has to be the thread that will derive them. The fixture lives as long as the program. */
struct fixture *fixture_new(const char *name, const struct impl *impl, const struct workload *workload,
    size_t batch_size, unsigned worker);

/* Derives the next batch. This is what is timed. */
static inline void fixture_derive_next(struct fixture *fixture)
{
    fixture->impl->derive(fixture->state, fixture->next, fixture->batch_size);
    fixture->next += fixture->batch_size;
    if (fixture->next == fixture->pool.n) {
        fixture->next = 0;
    }
}

/* Derives all batches of the pool, one after the other; the next one is the first of them. */
static inline void fixture_derive_pool(struct fixture *fixture)
{
    do {
        fixture_derive_next(fixture);
    } while (fixture->next != 0);
}

/* The batches that take turns. */
size_t fixture_n_batches(const struct fixture *fixture);

/* Derives the whole pool afresh and compares each byte with the outputs of the implementation that judges the
 * workload. The program ends if they differ. One thread at a time may call this. */
void fixture_check(struct fixture *fixture);

/* The compressions of the next n_calls batches. */
double fixture_n_compressions(const struct fixture *fixture, double n_calls);

/* What the floor (floor.h) of one batch is made of, for each batch that takes its turn one or more calls.
 * Returns how many; *calls live as long as the program. */
size_t fixture_calls(const struct fixture *fixture, const struct compressions **calls);

/* The floor of all batches of the pool together, one after the other, in core cycles, by what was measured up
 * to now: for an implementation that is kept to a kernel that of this kernel. 0 if nothing is known. */
double fixture_floor_cycles(const struct fixture *fixture);

/* See lane_fill.h. Negative where no context derives the batches. */
double fixture_lane_fill(const struct fixture *fixture);

/* What the implementation chose to use; "" if there is no choice. */
const char *fixture_label(const struct fixture *fixture);

#ifdef __cplusplus
}
#endif
#endif
