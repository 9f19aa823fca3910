/*
 * Which kernel takes how many jobs. A plan is made once, from the costs that start-up measured, and holds for
 * one family of hashes.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>

#include "simd.h"

enum { PLAN_MAX_JOBS = 64 }; /* with more waiting jobs than this nothing changes */
_Static_assert((int)SIMD_MAX_LANES <= (int)PLAN_MAX_JOBS && PLAN_MAX_JOBS <= 64,
    "a plan has a row for every number of jobs that do not fill a kernel; they are the bits of a uint64_t");

/* All costs are nanoseconds for one operation of every job or task that is meant. */
struct plan {
    /* By the number of waiting jobs of one shape, from 1 on. */
    struct {
        const struct simd_kernel *kernel; /* takes some of these jobs next */
        uint8_t n_jobs;                   /* so many of them */
    } choices[PLAN_MAX_JOBS + 1];
    /* By the same number: the least that all these jobs can cost. The choices cost PLAN_TIE times as much at
     * most. */
    float least_cost[PLAN_MAX_JOBS + 1];
    /* The kernel for throughput: it has the least cost per job where many tasks wait, full ones or not. */
    const struct simd_kernel *throughput_kernel;
    /* By the number of its tasks that run side by side, up to tasks_in_flight: the cost of all of them. */
    float tasks_cost[SIMD_MAX_TASKS_IN_FLIGHT + 1];
    /* By the number of its tasks that run: the numbers of waiting jobs of which it takes one more task, 1 for
     * bit 0. Where tasks_in_flight of them run, these are about to be finished. */
    uint64_t takes[SIMD_MAX_TASKS_IN_FLIGHT + 1];
    /* From this number of waiting jobs on, which fill a task, it takes one whatever runs. */
    uint8_t n_full;
    /* While no more jobs than this wait, of whatever shapes, choices[1].kernel takes each by itself. */
    uint8_t n_one_by_one;
    /* By the number of jobs, of several shapes: the kernel that takes each of them by itself, and what they
     * cost on it. NULL: no kernel of one lane may be used. */
    struct {
        const struct simd_kernel *kernel;
        float cost;
    } apart[PLAN_MAX_JOBS + 1];
};

/* What a plan may use. */
struct plan_limits {
    const struct simd_kernel *kernel; /* in its family only this kernel; NULL: any */
    uint32_t max_vector_width;        /* bits; 0: any */
    bool one_lane;                    /* only kernels that may run jobs that come alone (run_tasks) */
    uint32_t withdrawn;               /* a bit for each candidate, by index: not these (service.h) */
};

/* Which tasks the kernel for throughput is to be the cheapest for. */
enum plan_use {
    PLAN_UNIFORM, /* full ones, of jobs that have few shapes */
    PLAN_MIXED,   /* tasks of jobs that have so many shapes that most tasks have empty lanes */
    PLAN_N_USES
};

/* Makes a plan of the candidates, n_candidates of them: simd_candidates(). Returns false if the limits leave
 * no kernel of the family. */
bool plan_make(struct plan *plan, const struct simd_candidate *candidates, size_t n_candidates,
    enum simd_family family, const struct plan_limits *limits, enum plan_use use);

/* The kernel that takes one job by itself: the cheapest that the limits leave, and of equals the first of the
 * table. It needs no costs but those of one task. NULL if the limits leave no kernel of the family. */
const struct simd_kernel *plan_one_job(const struct simd_candidate *candidates, size_t n_candidates,
    enum simd_family family, const struct plan_limits *limits);

/* Whether the limits leave this kernel, but for what `withdrawn` says. */
bool plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate);

/* The cost of n_jobs jobs of one shape that all go to this kernel. Empty lanes cost what full ones cost. */
double plan_cost(const struct simd_candidate *candidate, size_t n_jobs);

static inline size_t plan_index(size_t n_jobs)
{
    return n_jobs < PLAN_MAX_JOBS ? n_jobs : PLAN_MAX_JOBS;
}

/* Costs that differ by no more than this factor count as equal: to within it, the same kernel costs the same
 * in another process, or beside other jobs. Of equal choices a plan takes the one that needs fewer kernels.
 */
#define PLAN_TIE 1.03f

/* Jobs of one shape stay apart if that costs no more than this, against what they cost in lanes of one task:
 * a kernel that goes through many shapes has none of its tasks wait for others. */
#define PLAN_APART 1.1f

/* Of the kernel for throughput: the cost of n_tasks tasks. It runs as many as it can side by side, one lot
 * after the other. */
static inline float plan_tasks_cost(const struct plan *plan, unsigned n_tasks)
{
    const unsigned most = plan->throughput_kernel->tasks_in_flight;
    return (float)(n_tasks / most) * plan->tasks_cost[most] + plan->tasks_cost[n_tasks % most];
}

/* The least cost of each of n_jobs jobs, of one shape, or by the kernel that takes each by itself. */
static inline float plan_least_cost_each(const struct plan *plan, size_t n_jobs)
{
    return plan->least_cost[plan_index(n_jobs)] / (float)plan_index(n_jobs);
}

static inline float plan_apart_cost_each(const struct plan *plan, size_t n_jobs)
{
    return plan->apart[plan_index(n_jobs)].cost / (float)plan_index(n_jobs);
}

/* What the kernel for throughput has to do at the moment. */
struct plan_company {
    unsigned running; /* tasks that run; tasks_in_flight: a lot of them is about to be finished */
    unsigned waiting; /* tasks that the waiting jobs of all shapes may make, 1 or more */
    float task_cost;  /* what each of these adds to those that run */
};

static inline struct plan_company plan_company_of(const struct plan *plan, unsigned running, unsigned waiting)
{
    const float added = plan_tasks_cost(plan, running + waiting) - plan->tasks_cost[running];
    return (struct plan_company){running, waiting, added / (float)waiting};
}

/* Of the same kernel: how many tasks n_jobs jobs of one shape make. */
static inline unsigned plan_tasks(const struct plan *plan, size_t n_jobs)
{
    const unsigned lanes = plan->throughput_kernel->lanes;
    return n_jobs <= lanes ? 1 : (unsigned)(n_jobs + lanes - 1) / lanes;
}

/* The cost of n_jobs jobs of one shape on it in this company. */
static inline float plan_cost_in_company(
    const struct plan *plan, size_t n_jobs, const struct plan_company *company)
{
    return company->task_cost * (float)plan_tasks(plan, n_jobs);
}

/* Whether the kernel for throughput, while it runs so many tasks, takes one more of n_jobs jobs, up to
 * PLAN_MAX_JOBS, of one shape. */
static inline bool plan_takes(const struct plan *plan, unsigned running, size_t n_jobs)
{
    return plan->takes[running] >> (n_jobs - 1) & 1;
}

/* Whether the kernel for throughput takes a task of n_jobs jobs of one shape in this company: it does if it
 * would without the other jobs that wait, or if they make it cheaper. If not, the choices say where they go.
 */
static inline bool plan_prefers_throughput(
    const struct plan *plan, size_t n_jobs, const struct plan_company *company)
{
    return n_jobs >= plan->n_full || plan_takes(plan, company->running, n_jobs) ||
           (company->waiting > plan_tasks(plan, n_jobs) &&
               plan_cost_in_company(plan, n_jobs, company) <= PLAN_TIE * plan->least_cost[n_jobs]);
}

/* How many times as much n_jobs jobs of several phases and shapes cost, where they share lanes phase by
 * phase, as n_jobs jobs of one shape. About thirteen lanes of each phase stay empty or run what only other
 * jobs need, however many jobs there are, and the engine goes through every phase by itself. From contexts
 * kept to one kernel, timed in turn on a Zen 5, follow 1.9 for 16 handshakes of tls12-mix, 1.7 for 24, 1.6
 * for 32 and 1.3 for 64. */
static inline float plan_sharing(size_t n_jobs)
{
    static const float lost_lanes = 13, with_engine = 1.1f;
    return with_engine + lost_lanes / (float)n_jobs;
}

/* Whether so few jobs of several phases and shapes wait that the kernel for throughput would not run full
 * tasks side by side for long. */
static inline bool plan_is_for_more(const struct plan *plan, unsigned n_jobs)
{
    const struct simd_kernel *kernel = plan->throughput_kernel;
    return kernel->lanes == 1 || n_jobs < 3u * kernel->lanes * kernel->tasks_in_flight;
}

/* Another kernel begins only when all tasks of the running one have ended, and the last of these have no
 * company. So a few jobs of several phases leave the kernel for throughput only if they cost more than so
 * many times as much there as by the choices. */
#define PLAN_CHANGE 2.3f

/* Whether n_jobs jobs of several phases and one shape stay with the kernel for throughput, in this company,
 * though they may cost less by the choices. */
static inline bool plan_stays_with_throughput(
    const struct plan *plan, size_t n_jobs, const struct plan_company *company)
{
    return company->waiting > plan_tasks(plan, n_jobs) &&
           plan_cost_in_company(plan, n_jobs, company) <= PLAN_CHANGE * plan->least_cost[plan_index(n_jobs)];
}

/* The cost of n_jobs jobs of one shape where they cost less: in this company or by the choices. */
static inline float plan_least_cost(
    const struct plan *plan, size_t n_jobs, const struct plan_company *company)
{
    const float in_company = plan_cost_in_company(plan, n_jobs, company);
    return n_jobs <= PLAN_MAX_JOBS && plan->least_cost[n_jobs] < in_company ? plan->least_cost[n_jobs]
                                                                            : in_company;
}

#endif
