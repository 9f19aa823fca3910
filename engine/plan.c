#include "plan.h"

#include <string.h>

bool plan_allows(const struct plan_limits *limits, const struct simd_candidate *candidate)
{
    const struct simd_kernel *kernel = candidate->kernel, *only = limits->kernel;
    return candidate->state == SIMD_USABLE && (!only || only == kernel || only->family != kernel->family) &&
           (!limits->max_vector_width || kernel->vector_width <= limits->max_vector_width) &&
           (!limits->one_lane || kernel->run_tasks);
}

double plan_cost(const struct simd_candidate *candidate, size_t n_jobs)
{
    return simd_cost(candidate, (n_jobs + candidate->kernel->lanes - 1) / candidate->kernel->lanes);
}

/* The kernels that a plan may choose from, in the order of the table, but for the one for throughput, which
 * comes first. */
struct choice {
    const struct simd_candidate *kernels[SIMD_MAX_KERNELS];
    size_t n;
};

static struct choice allowed_kernels(const struct simd_candidate *candidates, size_t n,
    enum simd_family family, const struct plan_limits *limits)
{
    struct choice choice = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].kernel->family == family && plan_allows(limits, &candidates[i]) &&
            !(limits->withdrawn >> i & 1)) {
            choice.kernels[choice.n++] = &candidates[i];
        }
    }
    return choice;
}

/* ---- the kernel for throughput ---- */

/* The cost of one of many tasks. */
static double cost_per_task(const struct simd_candidate *candidate)
{
    const unsigned most = candidate->kernel->tasks_in_flight;
    return simd_cost(candidate, most) / most;
}

/* The kernel that is cheapest per job in full tasks. Of equals it is the one of most lanes, and of these the
 * first in the table: what the engine does for a task is then done for more jobs. */
static size_t cheapest_in_full_tasks(const struct choice *choice)
{
    double cost[SIMD_MAX_KERNELS], least = 0;
    size_t cheapest = choice->n;
    for (size_t i = 0; i < choice->n; i++) {
        cost[i] = cost_per_task(choice->kernels[i]) / choice->kernels[i]->kernel->lanes;
        least = i == 0 || cost[i] < least ? cost[i] : least;
    }
    for (size_t i = 0; i < choice->n; i++) {
        if (cost[i] <= (double)PLAN_TIE * least &&
            (cheapest == choice->n ||
                choice->kernels[i]->kernel->lanes > choice->kernels[cheapest]->kernel->lanes)) {
            cheapest = i;
        }
    }
    return cheapest;
}

/* The cost of groups that have 1 to n_jobs jobs, one group of each number, side by side with many others. */
static double cost_of_groups(const struct simd_candidate *candidate, size_t n_jobs)
{
    const size_t lanes = candidate->kernel->lanes;
    size_t n_tasks = 0;
    for (size_t n = 1; n <= n_jobs; n++) {
        n_tasks += (n + lanes - 1) / lanes;
    }
    return (double)n_tasks * cost_per_task(candidate);
}

/* The kernel that is cheapest for groups which fill at most one task of the kernel that is cheapest in full
 * ones; the latter, if the two are equal. Kernels of one lane are left to the choices: they have no empty
 * lanes, and gain nothing by company. */
static size_t cheapest_in_unfilled_tasks(const struct choice *choice)
{
    const size_t in_full = cheapest_in_full_tasks(choice);
    const size_t n_jobs = choice->kernels[in_full]->kernel->lanes;
    double least = cost_of_groups(choice->kernels[in_full], n_jobs) / (double)PLAN_TIE;
    size_t cheapest = in_full;
    for (size_t i = 0; i < choice->n; i++) {
        const double cost = cost_of_groups(choice->kernels[i], n_jobs);
        if (cost < least && choice->kernels[i]->kernel->lanes > 1) {
            least = cost;
            cheapest = i;
        }
    }
    return cheapest;
}

/* Leaves out the kernels of more lanes than that. */
static void leave_out_wider(struct choice *choice, unsigned lanes)
{
    size_t n = 0;
    for (size_t i = 0; i < choice->n; i++) {
        if (choice->kernels[i]->kernel->lanes <= lanes) {
            choice->kernels[n++] = choice->kernels[i];
        }
    }
    choice->n = n;
}

/* Moves a kernel to the front of the others. It becomes the one for throughput. */
static void use_for_throughput(struct plan *plan, struct choice *choice, size_t i)
{
    const struct simd_candidate *chosen = choice->kernels[i];
    memmove(&choice->kernels[1], &choice->kernels[0], i * sizeof(*choice->kernels));
    choice->kernels[0] = chosen;
    plan->throughput_kernel = chosen->kernel;
    for (size_t n = 1; n <= chosen->kernel->tasks_in_flight; n++) {
        plan->tasks_cost[n] = (float)simd_cost(chosen, n);
    }
}

/* Jobs of many shapes do not go to wider kernels even where they would fill one: the kernel for throughput
 * has other tasks of them, and would run these alone. */
static void choose_throughput_kernel(struct plan *plan, struct choice *choice, enum plan_use use)
{
    if (use == PLAN_UNIFORM) {
        use_for_throughput(plan, choice, cheapest_in_full_tasks(choice));
    } else {
        use_for_throughput(plan, choice, cheapest_in_unfilled_tasks(choice));
        leave_out_wider(choice, plan->throughput_kernel->lanes);
    }
}

/* ---- the least cost ---- */

static void choose(struct plan *plan, size_t n, const struct simd_kernel *kernel, size_t n_jobs)
{
    plan->choices[n].kernel = kernel;
    plan->choices[n].n_jobs = (uint8_t)n_jobs;
}

/* Lets the kernel take m of n jobs, if that costs less than the kernels before it in the table do. It fills
 * its lanes or takes all n jobs: a kernel with an empty lane can just as well take one more. Numbers of jobs
 * go down, so that n - m jobs still are what the kernels before this one do with them. */
static void try_kernel(struct plan *plan, const struct simd_candidate *candidate)
{
    const size_t lanes = candidate->kernel->lanes;
    for (size_t n = PLAN_MAX_JOBS; n >= 1; n--) {
        for (size_t m = (n + lanes - 1) / lanes * lanes; m; m -= lanes) {
            const size_t n_jobs = m < n ? m : n;
            const float cost = (float)plan_cost(candidate, n_jobs) + plan->least_cost[n - n_jobs];
            if (cost < plan->least_cost[n]) {
                plan->least_cost[n] = cost;
                choose(plan, n, candidate->kernel, n_jobs);
            }
        }
    }
}

/* Finds the least cost of all numbers of jobs, each kernel taking some of them or none. Where several share,
 * the kernel for throughput, which is the first one here, takes what the others leave. */
static void find_least_costs(struct plan *plan, const struct choice *choice)
{
    for (size_t n = 1; n <= PLAN_MAX_JOBS; n++) {
        plan->least_cost[n] = (float)plan_cost(choice->kernels[0], n);
        choose(plan, n, plan->throughput_kernel, n);
    }
    for (size_t i = 1; i < choice->n; i++) {
        try_kernel(plan, choice->kernels[i]);
    }
}

/* ---- the choices ---- */

static bool is_least(const struct plan *plan, size_t n, float cost)
{
    return cost <= PLAN_TIE * plan->least_cost[n];
}

/* What jobs cost that go to the kernel for throughput as long as it takes tasks of them, and then where the
 * choices say: by the number of its tasks that run (plan.takes), and of jobs that are left. */
typedef float costs_to_go[SIMD_MAX_TASKS_IN_FLIGHT + 1][PLAN_MAX_JOBS + 1];

/* Leaves all n jobs to one kernel, if one takes them at the least cost: to that for throughput rather than to
 * others, and else to the first of the table. */
static void choose_one_kernel(struct plan *plan, const struct choice *choice, size_t n)
{
    for (size_t i = 0; i < choice->n; i++) {
        if (is_least(plan, n, (float)plan_cost(choice->kernels[i], n))) {
            choose(plan, n, choice->kernels[i]->kernel, n);
            return;
        }
    }
}

static float cost_by_choice(const struct plan *plan, const struct choice *choice, costs_to_go to_go, size_t n)
{
    const size_t n_jobs = plan->choices[n].n_jobs;
    size_t i = 0;
    while (choice->kernels[i]->kernel != plan->choices[n].kernel) {
        i++;
    }
    return (float)plan_cost(choice->kernels[i], n_jobs) + to_go[0][n - n_jobs];
}

/* How many tasks run when the kernel for throughput has taken one more: the first one behind a lot that is
 * about to be finished runs by itself. */
static unsigned one_more(const struct plan *plan, unsigned running)
{
    return running < plan->throughput_kernel->tasks_in_flight ? running + 1 : 1;
}

/* Whether n jobs cost the least at `cost`: by themselves or, if they are what is left behind a lot of full
 * tasks, with the jobs of the lot. */
static bool is_least_beside(const struct plan *plan, unsigned running, size_t n, float cost)
{
    const struct simd_kernel *kernel = plan->throughput_kernel;
    const size_t all = n + (size_t)kernel->lanes * kernel->tasks_in_flight;
    return is_least(plan, n, cost) || (running == kernel->tasks_in_flight && all <= PLAN_MAX_JOBS &&
                                          is_least(plan, all, plan->tasks_cost[running] + cost));
}

/* Decides whether the kernel for throughput takes a task of n jobs beside so many that run: it does if all of
 * the jobs then cost the least, and always if the task is full and neither the first one nor that of a new
 * lot. */
static void decide(struct plan *plan, costs_to_go to_go, unsigned running, size_t n)
{
    const struct simd_kernel *kernel = plan->throughput_kernel;
    const size_t n_jobs = n < kernel->lanes ? n : kernel->lanes;
    const bool is_within_lot = running && running < kernel->tasks_in_flight;
    const float cost = plan_tasks_cost(plan, running + 1) - plan->tasks_cost[running] +
                       to_go[one_more(plan, running)][n - n_jobs];
    if (is_least_beside(plan, running, n, cost) || (is_within_lot && n >= kernel->lanes)) {
        plan->takes[running] |= UINT64_C(1) << (n - 1);
        to_go[running][n] = cost;
    } else {
        to_go[running][n] = to_go[0][n];
    }
}

/* How many of n jobs the kernel for throughput takes, if none of its tasks runs before. */
static size_t n_taken_by_throughput(const struct plan *plan, size_t n)
{
    const struct simd_kernel *kernel = plan->throughput_kernel;
    size_t left = n;
    for (unsigned running = 0; left && plan_takes(plan, running, left); running = one_more(plan, running)) {
        left -= left < kernel->lanes ? left : kernel->lanes;
    }
    return n - left;
}

/* Makes the choices, those for fewer jobs first. None costs more than PLAN_TIE times the least: that is what
 * choose_one_kernel() and decide() ask, and jobs that are left by a kernel are left to such choices. */
static void make_choices(struct plan *plan, const struct choice *choice)
{
    costs_to_go to_go = {{0}};
    for (size_t n = 1; n <= PLAN_MAX_JOBS; n++) {
        choose_one_kernel(plan, choice, n);
        to_go[0][n] = cost_by_choice(plan, choice, to_go, n);
        for (unsigned running = 0; running <= plan->throughput_kernel->tasks_in_flight; running++) {
            decide(plan, to_go, running, n);
        }
        if (plan_takes(plan, 0, n)) {
            choose(plan, n, plan->throughput_kernel, n_taken_by_throughput(plan, n));
        }
    }
}

static void count_full(struct plan *plan)
{
    plan->n_full = PLAN_MAX_JOBS + 1;
    while (plan->n_full > plan->throughput_kernel->lanes && plan_takes(plan, 0, plan->n_full - 1u)) {
        plan->n_full--;
    }
}

static void count_one_by_one(struct plan *plan)
{
    const struct simd_kernel *kernel = plan->choices[1].kernel;
    uint8_t n = 1;
    /* Where it is the kernel for throughput as well, a job by itself is a full task. */
    const bool is_for_throughput = plan->throughput_kernel == kernel;
    while (n <= PLAN_MAX_JOBS && (n < plan->n_full || is_for_throughput) && kernel->lanes == 1 &&
           plan->choices[n].kernel == kernel) {
        plan->n_one_by_one = n++;
    }
}

/* The cost of jobs of several shapes on a kernel of one lane, for the mean of their operations. Programs of
 * several shapes have several lengths: the last tasks run with less and less company. Their lengths are taken
 * to lie evenly between half of the longest and the longest, as those of handshakes about do. Before the last
 * ones, a task that ends makes room for another. */
static double cost_of_several_lengths(const struct simd_candidate *candidate, size_t n_jobs)
{
    const size_t most = candidate->kernel->tasks_in_flight, last = n_jobs < most ? n_jobs : most;
    double sum = 0;
    for (size_t n = 1; n <= last; n++) {
        sum += simd_cost(candidate, n);
    }
    const double steps = simd_cost(candidate, last) / 2 + sum / (2 * (double)last), /* of the longest */
        mean = (3 * (double)last + 1) / (4 * (double)last);
    return cost_per_task(candidate) * (double)(n_jobs - last) + steps / mean;
}

/* The kernel of one lane that is cheapest for so many jobs of several shapes; of equals the first of the
 * table. */
static const struct simd_candidate *cheapest_of_one_lane(const struct choice *choice, size_t n_jobs)
{
    const struct simd_candidate *cheapest = NULL;
    for (size_t i = 0; i < choice->n; i++) {
        const struct simd_candidate *candidate = choice->kernels[i];
        if (candidate->kernel->lanes == 1 &&
            (!cheapest || (double)PLAN_TIE * cost_of_several_lengths(candidate, n_jobs) <
                              cost_of_several_lengths(cheapest, n_jobs))) {
            cheapest = candidate;
        }
    }
    return cheapest;
}

static void choose_apart_kernels(struct plan *plan, const struct choice *choice)
{
    for (size_t n = 1; n <= PLAN_MAX_JOBS; n++) {
        const struct simd_candidate *cheapest = cheapest_of_one_lane(choice, n);
        if (cheapest) {
            plan->apart[n].kernel = cheapest->kernel;
            plan->apart[n].cost = (float)cost_of_several_lengths(cheapest, n);
        }
    }
}

bool plan_make(struct plan *plan, const struct simd_candidate *candidates, size_t n_candidates,
    enum simd_family family, const struct plan_limits *limits, enum plan_use use)
{
    struct choice choice = allowed_kernels(candidates, n_candidates, family, limits);
    memset(plan, 0, sizeof(*plan));
    if (!choice.n) {
        return false;
    }
    choose_throughput_kernel(plan, &choice, use);
    find_least_costs(plan, &choice);
    make_choices(plan, &choice);
    count_full(plan);
    count_one_by_one(plan);
    choose_apart_kernels(plan, &choice);
    return true;
}

const struct simd_kernel *plan_one_job(const struct simd_candidate *candidates, size_t n_candidates,
    enum simd_family family, const struct plan_limits *limits)
{
    const struct choice choice = allowed_kernels(candidates, n_candidates, family, limits);
    double least = 0;
    for (size_t i = 0; i < choice.n; i++) {
        const double cost = plan_cost(choice.kernels[i], 1);
        least = i == 0 || cost < least ? cost : least;
    }
    for (size_t i = 0; i < choice.n; i++) {
        if (plan_cost(choice.kernels[i], 1) <= (double)PLAN_TIE * least) {
            return choice.kernels[i]->kernel;
        }
    }
    return NULL;
}
