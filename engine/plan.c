#include "plan.h"

#include <string.h>

bool plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate)
{
    const struct simd_kernel *kernel = candidate->kernel;
    return candidate->state == SIMD_USABLE && (!limits->kernel || limits->kernel == kernel) &&
           (!limits->max_vector_width || kernel->vector_width <= limits->max_vector_width) &&
           (!limits->one_lane || (kernel->lanes == 1 && kernel->scratch_bytes <= SIMD_ONE_LANE_SCRATCH));
}

double plan_cost(const struct simd_candidate *candidate, size_t n_jobs)
{
    const size_t lanes = candidate->kernel->lanes, n_tasks = (n_jobs + lanes - 1) / lanes;
    return simd_cost(candidate, n_tasks) * plan_empty_lane_factor(n_tasks * lanes, n_jobs);
}

/* The kernels that a plan may choose from, in the order of the table. */
struct choice {
    const struct simd_candidate *kernels[SIMD_MAX_KERNELS];
    size_t n;
};

static struct choice allowed_kernels(enum simd_family family, const struct plan_limits *limits)
{
    struct choice choice = {.n = 0};
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].kernel->family == family && plan_allows(limits, &candidates[i])) {
            choice.kernels[choice.n++] = &candidates[i];
        }
    }
    return choice;
}

/* least_cost(n) is the least of cost(kernel, m) + least_cost(n - m) over all kernels and all m up to n: the
 * jobs that the chosen kernel leaves may go to a narrower one. */
static void make_choices(struct plan *plan, const struct choice *choice)
{
    double least_cost[PLAN_MAX_JOBS + 1] = {0};
    for (size_t n = 1; n <= PLAN_MAX_JOBS; n++) {
        for (size_t i = 0; i < choice->n; i++) {
            for (size_t m = n; m >= 1; m--) {
                const double cost = plan_cost(choice->kernels[i], m) + least_cost[n - m];
                if (!plan->choices[n].kernel || cost < least_cost[n]) {
                    least_cost[n] = cost;
                    plan->choices[n].kernel = choice->kernels[i]->kernel;
                    plan->choices[n].n_jobs = (uint8_t)m;
                }
            }
        }
        plan->least_cost[n] = (float)least_cost[n];
    }
}

static double cost_per_job(const struct simd_candidate *candidate)
{
    return simd_cost(candidate, SIMD_MAX_COST_TASKS) / candidate->kernel->lanes;
}

static void choose_throughput_kernel(struct plan *plan, const struct choice *choice)
{
    const struct simd_candidate *cheapest = choice->kernels[0];
    for (size_t i = 1; i < choice->n; i++) {
        if (cost_per_job(choice->kernels[i]) < cost_per_job(cheapest)) {
            cheapest = choice->kernels[i];
        }
    }
    plan->throughput_kernel = cheapest->kernel;
    for (size_t n = 1; n <= SIMD_MAX_COST_TASKS; n++) {
        plan->throughput_cost[n] = (float)(simd_cost(cheapest, n) / (double)n);
    }
}

static void count_one_by_one(struct plan *plan)
{
    const struct simd_kernel *kernel = plan->choices[1].kernel;
    uint8_t n = 1;
    while (n < plan->throughput_kernel->lanes && n <= PLAN_MAX_JOBS && kernel->lanes == 1 &&
           plan->choices[n].kernel == kernel && !plan_prefers_throughput(plan, n, 1)) {
        plan->n_one_by_one = n++;
    }
}

bool plan_make(struct plan *plan, enum simd_family family, const struct plan_limits *limits)
{
    const struct choice choice = allowed_kernels(family, limits);
    memset(plan, 0, sizeof(*plan));
    if (!choice.n) {
        return false;
    }
    make_choices(plan, &choice);
    choose_throughput_kernel(plan, &choice);
    count_one_by_one(plan);
    return true;
}
