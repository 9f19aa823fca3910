/*
 * The times of several things that take turns, a slice of some milliseconds each, in random order: what
 * disturbs the machine for a while then hits all alike. A slice has a probe of the core's throughput before
 * it and behind it (issue_rate.h), and what was disturbed does not count where enough is left.
 */
#ifndef SLICES_H
#define SLICES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct slices_item {
    void (*run)(void *state);
    void *state;

    /* What slices_measure() finds out, of one run. */
    double ns;            /* of CPU time: the median of the slices that count */
    double cycles;        /* of the core; 0 where its clock is not known (core_clock.h) */
    double spread;        /* how far apart the middle half of them lies, as a share of the median */
    size_t n_slices;      /* that were taken */
    size_t n_undisturbed; /* of these */
    struct slice *slices; /* NULL but within slices_measure() */
};

struct slices_outcome {
    double seconds;     /* that it took */
    double core_ghz;    /* the median; 0 where the clock is not known */
    size_t n_slices;    /* of all items together */
    size_t n_disturbed; /* of these: by a neighbour on the core, or by another thread on the CPU */
};

/* The slices that an item has at least, however short the time is. */
enum { SLICES_LEAST = 3 };

/* Measures all items for about so many seconds, and longer if SLICES_LEAST slices of each take longer. The
 * caller has pinned the thread (affinity.h). progress() is told from time to time how many seconds have
 * passed; it may be NULL. */
struct slices_outcome slices_measure(
    struct slices_item *const *items, size_t n_items, double seconds, void (*progress)(double passed));

#ifdef __cplusplus
}
#endif
#endif
