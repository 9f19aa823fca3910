/* What programs that time calls by the clock alone have in common. Whatever tells disturbed samples from
 * others measures with peers/slices.h instead. */
#ifndef TIMING_H
#define TIMING_H

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static inline double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int timing_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values, and returns the one in the middle. */
static inline double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), timing_compare);
    return values[n / 2];
}

#endif
