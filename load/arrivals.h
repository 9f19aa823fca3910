/*
 * When handshakes arrive: a schedule that is known beforehand and depends on the pattern, the rate, the seed
 * and the place in the pattern alone. It waits for nobody, which is what makes a load open.
 *
 * Several streams carry a load together, one for each thread of each process. What a pattern does not leave
 * to chance is one for all of them: arrivals at equal distances and those of a trace are dealt out to the
 * streams in turn, and all streams of ARRIVALS_ON_OFF pause together. What is chance comes of the seed, and
 * each stream has its own.
 */
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

enum arrivals_kind {
    ARRIVALS_POISSON, /* each for itself */
    ARRIVALS_FIXED,   /* at equal distances */
    ARRIVALS_BURSTS,  /* several at a moment, the moments as with ARRIVALS_POISSON */
    ARRIVALS_ON_OFF,  /* as with ARRIVALS_POISSON for a while, then none for a while */
    ARRIVALS_TRACE    /* as recorded, again and again */
};

struct arrivals_pattern {
    enum arrivals_kind kind;
    size_t burst;           /* arrivals of a burst */
    double on_ns, off_ns;   /* of ARRIVALS_ON_OFF */
    const double *trace_ns; /* n_trace times from 0 on, none less than the one before, the last above 0 */
    size_t n_trace;
    const char *contents; /* a digest of the trace, borrowed; NULL: there is none */
};

/* How many arrivals per second a trace has. */
double arrivals_trace_rate(const struct arrivals_pattern *pattern);

/* Where in its pattern a stream begins. */
struct arrivals_place {
    unsigned stream, n_streams; /* stream 0 is the first of n_streams */
    uint64_t n_before;          /* arrivals that each of the streams has had before */
};

struct arrivals {
    const struct arrivals_pattern *pattern;
    struct arrivals_place place;
    double distance_ns; /* the mean time from one arrival to the next; 0: all are there at the start */
    uint64_t random;
    double begin_ns;  /* where the schedule begins, as the pattern counts */
    double moment_ns; /* of the last arrival, as the pattern counts: without the pauses of on_off */
    uint64_t n;       /* arrivals up to now */
};

/* Begins a schedule of so many arrivals per second of this stream on average, which may be INFINITY. The
 * pattern is borrowed for as long as there are calls. */
void arrivals_begin(struct arrivals *arrivals, const struct arrivals_pattern *pattern,
    const struct arrivals_place *place, double per_second, uint64_t seed);

/* The time of the next arrival, in nanoseconds from the start of the schedule. */
double arrivals_next(struct arrivals *arrivals);

#endif
