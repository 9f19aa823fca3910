/*
 * Which kernel takes how many jobs: decided once, from measured costs.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "simd.h"

enum { PLAN_MAX_JOBS = 64 }; /* more waiting jobs than this are all the same */

struct plan {
    struct {
        const struct simd_kernel *kernel;
        uint8_t n_jobs;             /* that it takes of those that wait */
    } choices[PLAN_MAX_JOBS + 1];   /* by number of waiting jobs of one shape; [0] is unused */
    const struct simd_kernel *bulk; /* the cheapest for as many jobs as one likes */
};

/* What a plan may use. */
struct plan_limits {
    const char *kernel;        /* only this one; NULL: any */
    uint32_t max_vector_width; /* bits; 0: any */
    int one_lane;              /* only kernels of one lane */
};

/* After simd_start(). 0 if nothing is left to choose from. */
int plan_make(struct plan *plan, enum simd_family family, const struct plan_limits *limits);

int plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate);

/* ns for one operation of n_jobs jobs, on one kernel. */
double plan_cost(const struct simd_candidate *candidate, size_t n_jobs);

static inline size_t plan_index(size_t n_jobs)
{
    return n_jobs < PLAN_MAX_JOBS ? n_jobs : PLAN_MAX_JOBS;
}

#endif
