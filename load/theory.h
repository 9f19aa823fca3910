/*
 * What queueing theory says of a point, from the times that its calls took: how long handshakes stay that
 * arrive independently of each other, or in bursts that do. Where the measured times are much longer,
 * something else took them.
 *
 * One handshake at a time is the queue M/D/1. Its mean is that of Pollaczek and Khinchine, and far out its
 * tail is C exp(-theta t). A burst that is a whole number of groups waits in that queue, too, and each of its
 * handshakes is done some time later. Groups of handshakes that come alone are a chain: while an iteration of
 * n handshakes lasts, a number of others arrive, which the next iteration takes.
 */
#ifndef THEORY_H
#define THEORY_H

#include "load_run.h"

struct theory {
    bool is_known; /* there is one for these arrivals, and this rate can be done */
    double mean_ns;
    double ns[LOAD_N_PERCENTILES];
};

struct theory theory_of(const struct load_settings *settings, const struct load_point *point);

/* Which measured time is more than a tenth off, at a load of up to 80 %: the mean, or else the first of
 * load_percentiles[] by its number. Of bursts only percentiles are judged, which are off by more than chance;
 * of mixes nothing is. */
enum { THEORY_AGREES = -1, THEORY_MEAN = LOAD_N_PERCENTILES };
int theory_deviation(
    const struct load_settings *settings, const struct load_point *point, const struct theory *theory);

#endif
