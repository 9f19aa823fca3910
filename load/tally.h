/*
 * What a loop counts: times of all handshakes, how many a call derived and how long that took, and what went
 * wrong. Tallies of several threads and slices add up.
 */
#ifndef TALLY_H
#define TALLY_H

#include "histogram.h"

enum { TALLY_MAX_GROUP = 1024 /* handshakes of a call */ };

struct tally {
    struct histogram latency;            /* from the intended arrival to the end of all work */
    struct histogram keys;               /* from the intended arrival to the keys */
    uint64_t calls[TALLY_MAX_GROUP + 1]; /* calls of so many handshakes */
    double call_ns[TALLY_MAX_GROUP + 1]; /* and the time of all of them */
    uint64_t n_slices;                   /* of all threads */
    double elapsed_ns;                   /* on the clock of the run; of all threads and slices together */
    double scheduled_ns; /* from the first to the last intended arrival, of all threads and slices */
    double busy_ns;      /* of elapsed_ns: what was no wait */
    uint64_t n_verified; /* outputs that were compared */
    uint64_t n_wrong;    /* of these */
    uint64_t n_retaken;  /* times that an interrupted call was taken again, on the work clock */
    uint64_t n_gaps;     /* interruptions that were seen, on the real clock */
    double gaps_ns;      /* all of them */
    double longest_gap_ns;
    uint64_t n_switches;   /* times that the system took the CPU away, on the real clock */
    uint64_t n_overloaded; /* slices that ended because more and more handshakes waited */
    uint64_t n_given_up;   /* slices that ended because no objective could be met any more */
};

void tally_clear(struct tally *tally);
void tally_add(struct tally *tally, const struct tally *other);

/* Handshakes per second, of so many threads together: of what was done, and of what was scheduled. Where an
 * iteration has nearly all handshakes, these are done in less time than they came in, and no rate that can be
 * kept: then it is that of their arrivals. */
double tally_rate(const struct tally *tally, size_t n_threads);
double tally_scheduled_rate(const struct tally *tally, size_t n_threads);

/* The share of the time that was no wait. */
double tally_busy(const struct tally *tally);

/* The handshakes of a call: the mean of calls, and what a handshake finds, the mean of handshakes. */
double tally_per_call(const struct tally *tally);
double tally_per_call_by_handshakes(const struct tally *tally);

/* The time of all calls per handshake. */
double tally_derivation_ns(const struct tally *tally);

/* Whether the real clock lost more than a thousandth of its time to others. */
bool tally_is_disturbed(const struct tally *tally);

/* Whether fewer handshakes were done in the time than were scheduled: by more than a fiftieth, and by more
 * than wait at the end of a slice anyway. */
bool tally_is_behind(const struct tally *tally);

#endif
