/*
 * A histogram of times, log-linear: every octave from 1 ns on has the same number of steps, so that a value
 * is known to a part of itself, 1/256, however long it is. Histograms add exactly: what k of them recorded
 * gives, count for count, the histogram of one that recorded all.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    HISTOGRAM_STEPS_LOG2 = 8,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEPS_LOG2, /* of an octave */
    HISTOGRAM_OCTAVES = 37,                      /* 1 ns to 137 s */
    HISTOGRAM_N = HISTOGRAM_OCTAVES * HISTOGRAM_STEPS
};

struct histogram {
    uint64_t counts[HISTOGRAM_N];
    uint64_t n;       /* all that was recorded, with what did not fit */
    uint64_t n_below; /* shorter than 1 ns */
    uint64_t n_above; /* longer than the last octave */
    /* Each value is rounded to nanoseconds, so that the order of additions is no matter. UINT64_MAX stands
     * for a sum that does not fit: 584 years. */
    uint64_t sum_ns;
    double least_ns, most_ns; /* exact; 0 where nothing was recorded */
};

/* The step of a value: what lies between two powers of two is parted evenly, which is the order of the bits
 * of a floating-point number. Negative below 1 ns, HISTOGRAM_N or more above the last octave. */
static inline int64_t histogram_step(double ns)
{
    enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023 };
    uint64_t bits;
    memcpy(&bits, &ns, sizeof(bits));
    return (int64_t)(bits >> (MANTISSA_BITS - HISTOGRAM_STEPS_LOG2)) -
           ((int64_t)EXPONENT_BIAS << HISTOGRAM_STEPS_LOG2);
}

/* Where a step begins, for steps 0 to HISTOGRAM_N: the end of a step is where the next one begins. */
double histogram_step_begin(size_t step);

/* A sum of times that keeps its greatest value where it does not fit. */
static inline uint64_t histogram_sum(uint64_t a, uint64_t b)
{
    return b <= UINT64_MAX - a ? a + b : UINT64_MAX;
}

/* Records a time; one below 0 counts as 0. */
static inline void histogram_record(struct histogram *histogram, double ns)
{
    ns = ns > 0 ? ns : 0;
    const int64_t step = histogram_step(ns);
    if (step < 0) {
        histogram->n_below++;
    } else if (step >= HISTOGRAM_N) {
        histogram->n_above++;
    } else {
        histogram->counts[step]++;
    }
    histogram->least_ns = histogram->n == 0 || ns < histogram->least_ns ? ns : histogram->least_ns;
    histogram->most_ns = ns > histogram->most_ns ? ns : histogram->most_ns;
    histogram->sum_ns = histogram_sum(histogram->sum_ns, ns < 0x1p63 ? (uint64_t)(ns + 0.5) : UINT64_MAX);
    histogram->n++;
}

void histogram_clear(struct histogram *histogram);

/* Adds what another one recorded. */
void histogram_add(struct histogram *histogram, const struct histogram *other);

/* At least the mean, where the sum does not fit. */
double histogram_mean(const struct histogram *histogram);

/* The time within which this percentage of what was recorded lies, as the middle of its step; the longest
 * time where that is one which did not fit, and 0 where nothing was recorded. */
double histogram_percentile(const struct histogram *histogram, double percent);

/* Whether so many values lie beyond a percentile that it says something, HISTOGRAM_CARRIED, and its own is
 * one that did fit. */
enum { HISTOGRAM_CARRIED = 100 };
bool histogram_carries(const struct histogram *histogram, double percent);

/* Writes the percentiles in microseconds, in the form that HdrHistogram's plotters read. Returns false if the
 * file took an error. */
bool histogram_write_percentiles(const struct histogram *histogram, FILE *file);

#endif
