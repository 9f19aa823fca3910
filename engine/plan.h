/*
 * Which kernel takes how many jobs. A plan is made once, from the costs that start-up measured, and holds for
 * one family of hashes.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>

#include "simd.h"

enum { PLAN_MAX_JOBS = 64 }; /* with more waiting jobs than this nothing changes */
_Static_assert((int)SIMD_MAX_LANES <= (int)PLAN_MAX_JOBS && PLAN_MAX_JOBS <= UINT8_MAX,
    "a plan has a row for every number of jobs that do not fill a kernel; they are counted in bytes");

/* All costs are nanoseconds for one operation of every job or task that is meant. */
struct plan {
    /* By the number of waiting jobs of one shape, from 1 on. */
    struct {
        const struct simd_kernel *kernel; /* takes some of these jobs next */
        uint8_t n_jobs;                   /* so many of them */
    } choices[PLAN_MAX_JOBS + 1];
    /* By the same number: the cost of all these jobs, if the choices are followed until none is left. */
    float least_cost[PLAN_MAX_JOBS + 1];
    /* The kernel for throughput: it has the least cost per job where its lanes are full and many tasks wait.
     */
    const struct simd_kernel *throughput_kernel;
    /* By the number of its tasks that run side by side: the cost of one of them. */
    float throughput_cost[SIMD_MAX_COST_TASKS + 1];
    /* While no more jobs than this wait, of whatever shapes, choices[1].kernel takes each by itself. */
    uint8_t n_one_by_one;
};

/* What a plan may use. */
struct plan_limits {
    const struct simd_kernel *kernel; /* only this kernel; NULL: any */
    uint32_t max_vector_width;        /* bits; 0: any */
    bool one_lane;                    /* only kernels of one lane */
};

/* Makes a plan; simd_start() comes first. Returns false if the limits leave no kernel of the family. */
bool plan_make(struct plan *plan, enum simd_family family, const struct plan_limits *limits);

/* Whether the limits leave this kernel. */
bool plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate);

/* The cost of n_jobs jobs of one shape that all go to this kernel. */
double plan_cost(const struct simd_candidate *candidate, size_t n_jobs);

static inline size_t plan_index(size_t n_jobs)
{
    return n_jobs < PLAN_MAX_JOBS ? n_jobs : PLAN_MAX_JOBS;
}

/* The factor by which empty lanes raise a cost. They are staged, stored and wiped as the others are, which
 * takes about a quarter of a program's time and is not in the measured cost. */
static inline float plan_empty_lane_factor(size_t n_lanes, size_t n_jobs)
{
    return n_jobs < n_lanes ? 1 + (float)(n_lanes - n_jobs) / (float)(4 * n_lanes) : 1;
}

/* Whether n_jobs jobs of one shape cost less in one task of the kernel for throughput than by the choices.
 * That task is one of n_tasks that run side by side. */
static inline bool plan_prefers_throughput(const struct plan *plan, size_t n_jobs, size_t n_tasks)
{
    const size_t lanes = plan->throughput_kernel->lanes;
    n_tasks = n_tasks < SIMD_MAX_COST_TASKS ? n_tasks : SIMD_MAX_COST_TASKS;
    return n_jobs >= lanes ||
           plan->throughput_cost[n_tasks] * plan_empty_lane_factor(lanes, n_jobs) < plan->least_cost[n_jobs];
}

/* The cost of n_jobs jobs of one shape, by the choices or in tasks of the kernel for throughput, whichever is
 * less. These tasks are among n_tasks that run side by side. */
static inline float plan_least_cost(const struct plan *plan, size_t n_jobs, size_t n_tasks)
{
    n_tasks = n_tasks < SIMD_MAX_COST_TASKS ? n_tasks : SIMD_MAX_COST_TASKS;
    const size_t lanes = plan->throughput_kernel->lanes, n = (n_jobs + lanes - 1) / lanes;
    const float in_tasks =
        plan->throughput_cost[n_tasks] * (float)n * plan_empty_lane_factor(n * lanes, n_jobs);
    return n_jobs <= PLAN_MAX_JOBS && plan->least_cost[n_jobs] < in_tasks ? plan->least_cost[n_jobs]
                                                                          : in_tasks;
}

#endif
