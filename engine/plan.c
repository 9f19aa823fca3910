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
    return simd_cost(candidate, n_tasks) * plan_charge(n_tasks * lanes, n_jobs);
}

/*
 * best(n), the least time for n jobs, is the least of cost(kernel, m) + best(n - m)
 * over all kernels and m <= n: what is left over may go to a narrower kernel.
 */
bool plan_make(struct plan *plan, enum simd_family family, const struct plan_limits *limits)
{
    const struct simd_candidate *candidates;
    const size_t n_candidates = simd_candidates(&candidates);
    double best[PLAN_MAX_JOBS + 1] = {0}, bulk_cost = 0;
    memset(plan, 0, sizeof(*plan));
    for (size_t n = 1; n <= PLAN_MAX_JOBS; n++) {
        for (size_t i = 0; i < n_candidates; i++) {
            if (candidates[i].kernel->family != family || !plan_allows(limits, &candidates[i])) {
                continue;
            }
            for (size_t m = n; m >= 1; m--) {
                const double cost = plan_cost(&candidates[i], m) + best[n - m];
                if (!plan->choices[n].kernel || cost < best[n]) {
                    best[n] = cost;
                    plan->choices[n].kernel = candidates[i].kernel;
                    plan->choices[n].n_jobs = (uint8_t)m;
                }
            }
        }
        plan->best[n] = (float)best[n];
    }
    const struct simd_candidate *bulk = NULL;
    for (size_t i = 0; i < n_candidates; i++) {
        if (candidates[i].kernel->family != family || !plan_allows(limits, &candidates[i])) {
            continue;
        }
        const double cost = simd_cost(&candidates[i], SIMD_MAX_COST_TASKS) / candidates[i].kernel->lanes;
        if (!bulk || cost < bulk_cost) {
            bulk_cost = cost;
            bulk = &candidates[i];
        }
    }
    if (!bulk) {
        return false;
    }
    plan->bulk = bulk->kernel;
    for (size_t n = 1; n <= SIMD_MAX_COST_TASKS; n++) {
        plan->beside[n] = (float)(simd_cost(bulk, n) / (double)n);
    }
    const struct simd_kernel *narrow = plan->choices[1].kernel;
    for (uint8_t n = 1; n < plan->bulk->lanes && n <= PLAN_MAX_JOBS && narrow->lanes == 1 &&
                        plan->choices[n].kernel == narrow && !plan_is_bulk(plan, n, 1);
         n++) {
        plan->n_narrow = n;
    }
    return true;
}
