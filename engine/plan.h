/*
 * Which kernel takes how many jobs: decided once, from measured costs.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>

#include "simd.h"

enum { PLAN_MAX_JOBS = 64 }; /* more waiting jobs than this are all the same */
_Static_assert((int)SIMD_MAX_LANES <= (int)PLAN_MAX_JOBS && PLAN_MAX_JOBS <= UINT8_MAX,
    "a plan has a row for every number of jobs that do not fill a kernel; they are counted in bytes");

struct plan {
    struct {
        const struct simd_kernel *kernel;
        uint8_t n_jobs;             /* that it takes of those that wait */
    } choices[PLAN_MAX_JOBS + 1];   /* by number of waiting jobs of one shape; [0] is unused */
    float best[PLAN_MAX_JOBS + 1];  /* ns that this takes for one operation of theirs */
    const struct simd_kernel *bulk; /* the cheapest for as many jobs as one likes */
    /* As long as no more jobs wait, of whatever shapes, all go to choices[1].kernel one by one. */
    uint8_t n_narrow;
    /* ns of one operation of a task of it, by the number of tasks that run side by side. */
    float beside[SIMD_MAX_COST_TASKS + 1];
};

/* What a plan may use. */
struct plan_limits {
    const struct simd_kernel *kernel; /* only this one; NULL: any */
    uint32_t max_vector_width;        /* bits; 0: any */
    bool one_lane;                    /* only kernels of one lane */
};

/* After simd_start(). False if nothing is left to choose from. */
bool plan_make(struct plan *plan, enum simd_family family, const struct plan_limits *limits);

bool plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate);

/* ns for one operation of n_jobs jobs, on one kernel. */
double plan_cost(const struct simd_candidate *candidate, size_t n_jobs);

static inline size_t plan_index(size_t n_jobs)
{
    return n_jobs < PLAN_MAX_JOBS ? n_jobs : PLAN_MAX_JOBS;
}

/* Lanes without a job are moved in and out and wiped like the others: about a quarter of a
 * program's time, which the measured cost does not have. */
static inline float plan_charge(size_t n_lanes, size_t n_jobs)
{
    return n_jobs < n_lanes ? 1 + (float)(n_lanes - n_jobs) / (float)(4 * n_lanes) : 1;
}

/* Whether n_jobs had better go to the bulk kernel, as one of n_tasks tasks of any shapes
 * side by side, than to what they would choose by themselves. */
static inline bool plan_is_bulk(const struct plan *plan, size_t n_jobs, size_t n_tasks)
{
    n_tasks = n_tasks < SIMD_MAX_COST_TASKS ? n_tasks : SIMD_MAX_COST_TASKS;
    return n_jobs >= plan->bulk->lanes ||
           plan->beside[n_tasks] * plan_charge(plan->bulk->lanes, n_jobs) < plan->best[n_jobs];
}

/* The least time, ns, for one operation of n_jobs, as one of n_tasks tasks. */
static inline float plan_best(const struct plan *plan, size_t n_jobs, size_t n_tasks)
{
    n_tasks = n_tasks < SIMD_MAX_COST_TASKS ? n_tasks : SIMD_MAX_COST_TASKS;
    const size_t lanes = plan->bulk->lanes, n = (n_jobs + lanes - 1) / lanes;
    const float crowd = plan->beside[n_tasks] * (float)n * plan_charge(n * lanes, n_jobs);
    return n_jobs <= PLAN_MAX_JOBS && plan->best[n_jobs] < crowd ? plan->best[n_jobs] : crowd;
}

#endif
