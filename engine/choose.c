#include "choose.h"

#include "admit.h"
#include "group.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Of two groups that fill no task, the one that is taken from first has the lesser number. Early phases come
 * first, since they bring work for later ones; then the longest program, which the records of most others can
 * be merged into. */
static uint32_t place_of(const struct group *g)
{
    return (uint32_t)g->phase << 16 | (uint16_t)~g->program->simd.n_ops;
}

/* The group to take from first when no group fills a task. */
static struct group *first_unfilled(const struct batch *b, uint64_t groups)
{
    struct group *first = group_first(b, groups);
    uint32_t least_place = place_of(first);
    for (uint64_t left = groups & (groups - 1); left; left &= left - 1) {
        struct group *g = group_first(b, left);
        const uint32_t place = place_of(g);
        if (place < least_place) {
            least_place = place;
            first = g;
        }
    }
    return first;
}

/* Whether several groups wait, of which none fills a task. */
static bool is_mixed(const struct batch *b)
{
    return !b->full && b->waiting & (b->waiting - 1);
}

/* Whether records of this family run that stay apart. */
static bool runs_apart(const struct batch *b, enum simd_family family)
{
    if (!b->kernel || !b->n_apart || b->kernel != b->apart_kernel[family]) {
        return false;
    }
    for (unsigned i = 0; i < b->kernel->tasks_in_flight; i++) {
        if (b->cursors[i].n) {
            return true;
        }
    }
    return false;
}

/* The kernel of one lane that takes each record of a group: because so few records of the family wait, which
 * spares the look at all groups, or because choose_kernel() found that to be best. A few that come while
 * records run that stay apart join these, since they would have no company behind them. NULL: there is none.
 */
static const struct simd_kernel *kernel_for_each(const struct batch *b, const struct group *g)
{
    const struct plan *plan = group_plan(b, g);
    if (b->apart & g->bit) {
        return b->apart_kernel[g->family];
    }
    if (b->n_waiting[g->family] > plan->n_one_by_one) {
        return NULL;
    }
    return runs_apart(b, g->family) ? b->kernel : plan->choices[1].kernel;
}

/*
 * Lets records whose shapes have two phases go through them one by one, when no group fills a task and there
 * is more than one group: records that differ in one of the phases may share the lanes of the other.
 */
static void split_phases(struct batch *b)
{
    if (!is_mixed(b)) {
        return;
    }
    for (uint64_t left = b->waiting & b->of_two_phases & ~b->apart; left; left &= left - 1) {
        struct group *g = group_first(b, left);
        if (!kernel_for_each(b, g)) {
            const struct shape first = shape_first(g->shape);
            struct group *to = group_find(b, &first);
            if (to && to->program) {
                group_move(b, g, to, g->n);
                b->n_gained++;
            }
        }
    }
}

/* Whether a task that is running may bring more records to g, so that g had better wait. */
static bool may_grow(const struct batch *b, const struct group *g)
{
    for (unsigned i = 0; i < b->kernel->tasks_in_flight; i++) {
        if (b->cursors[i].n && b->cursors[i].phase < g->phase) {
            return true;
        }
    }
    return false;
}

/* Whether the jobs of these records have other phases, too, in which they may find company. */
static bool has_other_phases(const struct group *g)
{
    return g->shape.then || g->phase || g->first->phases[1];
}

/* The kernel for a group that fills no task, and how many of its records that kernel takes, task by task. */
static const struct simd_kernel *kernel_for_unfilled(
    const struct batch *b, const struct group *g, unsigned *n)
{
    const struct plan *plan = group_plan(b, g);
    const size_t i = plan_index(g->n);
    if (b->n_chosen && b->chosen_stamp == g->stamp) {
        *n = least(b->n_chosen, g->n);
        return b->kernel;
    }
    const struct plan_company company = group_company(b, plan, group_waiting(b, g->family) & ~b->apart);
    if (plan_prefers_throughput(plan, g->n, &company) ||
        (has_other_phases(g) && plan_stays_with_throughput(plan, g->n, &company))) {
        *n = least(g->n, plan->throughput_kernel->lanes);
        return plan->throughput_kernel;
    }
    *n = plan->choices[i].n_jobs;
    return plan->choices[i].kernel;
}

/* The waiting groups of which the running kernel may take records: those that stay apart, if it is the kernel
 * for these, or the others of its family. It does not change until no such group is left. */
static uint64_t groups_for(const struct batch *b, const struct simd_kernel *kernel)
{
    const uint64_t groups = group_waiting(b, kernel->family), apart = groups & b->apart;
    return apart && b->apart_kernel[kernel->family] == kernel ? apart : groups & ~b->apart;
}

/* Orders groups that stay apart, and whose records the running kernel takes one by one: to look through all
 * groups for each of them would take longer. */
static void order_apart(struct batch *b, uint64_t groups)
{
    unsigned n = 0;
    for (; groups; groups &= groups - 1) {
        const struct group *g = group_first(b, groups);
        const uint32_t place = place_of(g) << 8 | (uint32_t)(g - b->groups);
        unsigned at = n++;
        for (; at && place < b->apart_order[at - 1]; at--) {
            b->apart_order[at] = b->apart_order[at - 1];
        }
        b->apart_order[at] = place;
    }
    b->n_apart = n;
    b->apart_turn = 0;
}

/* The first group in that order whose records still wait and stay apart; NULL: there is none. */
static struct group *next_apart(struct batch *b)
{
    for (; b->apart_turn < b->n_apart; b->apart_turn++) {
        struct group *g = &b->groups[b->apart_order[b->apart_turn] & 0xff];
        if (b->waiting & b->apart & g->bit) {
            return g;
        }
    }
    return NULL;
}

/* Takes the first group of a set out of it, and those whose records could run one program with its own.
 * Returns them if they had better stay apart, where an operation costs `each`; else no group. */
static uint64_t apart_of_mates(const struct batch *b, const struct plan *plan,
    const struct plan_company *company, float each, uint64_t *groups)
{
    const uint64_t mates = *groups & group_first(b, *groups)->mates;
    unsigned n = 0, n_ops = 0, most_ops = 0;
    for (uint64_t left = mates; left; left &= left - 1) {
        const struct group *g = group_first(b, left);
        n += g->n;
        n_ops += g->n * g->program->simd.n_ops;
        most_ops = most_ops < g->program->simd.n_ops ? g->program->simd.n_ops : most_ops;
    }
    *groups &= ~mates;
    return each * (float)n_ops <= PLAN_APART * (float)most_ops * plan_least_cost(plan, n, company) ? mates
                                                                                                   : 0;
}

/* Of the waiting groups of a family, none of which fills a task, those whose records had better go to the
 * kernel for jobs that stay apart: too few could share lanes for that to take less time. */
static uint64_t apart_of_family(const struct batch *b, enum simd_family family)
{
    const struct plan *plan = &b->plans[BATCH_MIXED][family];
    const uint64_t groups = group_waiting(b, family);
    const float each = plan_apart_cost_each(plan, b->n_waiting[family]);
    uint64_t several = 0, apart = 0; /* several phases */
    unsigned n = 0, most = 0;
    for (uint64_t left = groups; left; left &= left - 1) {
        const struct group *g = group_first(b, left);
        if (has_other_phases(g)) {
            several |= g->bit;
            n += g->n;
            most = most < g->n ? g->n : most;
        }
    }
    if (several && most <= plan->n_one_by_one && each <= plan_sharing(n) * plan_least_cost_each(plan, n)) {
        apart = several;
    }
    /* Groups that stay apart are no company for the others, of which some may then have none that helps. */
    for (uint64_t undecided = groups & ~several; undecided;) {
        const struct plan_company company = group_company(b, plan, groups & ~apart);
        uint64_t found = 0;
        for (uint64_t left = undecided; left;) {
            found |= apart_of_mates(b, plan, &company, each, &left);
        }
        apart |= found;
        undecided = found ? undecided & ~found : 0;
    }
    return apart;
}

/* The records of a set of groups. */
static unsigned count_records(const struct batch *b, uint64_t groups)
{
    unsigned n = 0;
    for (; groups; groups &= groups - 1) {
        n += group_first(b, groups)->n;
    }
    return n;
}

/* Finds out which groups stay apart, and which kernels take their records, unless that is known. What was
 * found holds until choose_kernel() meets no full group: a kernel that takes the full tasks in between would
 * else take the records of these groups as well. */
static void find_apart(struct batch *b)
{
    if (b->apart_is_known || !is_mixed(b)) {
        return;
    }
    b->apart_is_known = true;
    for (uint64_t left = b->waiting; left;) {
        const enum simd_family family = group_first(b, left)->family;
        const struct plan *plan = &b->plans[BATCH_MIXED][family];
        const uint64_t groups = group_waiting(b, family);
        left &= ~groups;
        if (groups & (groups - 1) && b->n_waiting[family] > plan->n_one_by_one && plan->apart[1].kernel) {
            const uint64_t apart = apart_of_family(b, family);
            b->apart |= apart;
            b->apart_kernel[family] = plan->apart[plan_index(count_records(b, apart))].kernel;
        }
    }
}

void choose_begin_run(struct batch *b)
{
    order_apart(b, groups_for(b, b->kernel) & b->apart);
}

struct group *choose_group(struct batch *b, unsigned *n)
{
    const struct simd_kernel *kernel = b->kernel;
    struct group *g = next_apart(b);
    *n = kernel->lanes;
    if (g) {
        return g;
    }
    while (!b->ready && admit_is_possible(b)) {
        admit_jobs(b);
    }
    find_apart(b);
    split_phases(b);
    const uint64_t groups = groups_for(b, kernel);
    if (!b->full && groups) {
        if (groups & b->apart) {
            order_apart(b, groups);
            return next_apart(b);
        }
        g = first_unfilled(b, groups);
        if (kernel_for_each(b, g) == kernel) {
            return g;
        }
        g = group_merge(b, g);
        unsigned n_taken;
        if (!b->full && kernel_for_unfilled(b, g, &n_taken) == kernel &&
            (kernel->lanes == 1 || !may_grow(b, g))) {
            *n = least(n_taken, kernel->lanes);
            b->chosen_stamp = g->stamp;
            b->n_chosen = n_taken - *n;
            return g;
        }
    }
    return b->ready ? group_first(b, b->ready) : NULL;
}

static void forget_apart(struct batch *b)
{
    b->n_gained += b->apart != 0;
    b->apart = 0;
    b->apart_is_known = false;
}

/* Goes to another mode, in which other numbers of records fill a task. */
static void enter_mode(struct batch *b, enum batch_mode mode)
{
    if (b->mode == mode) {
        return;
    }
    b->mode = mode;
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        group_update_sets(b, group_first(b, left));
    }
}

/* Whether so few records wait that the plans for unfilled tasks hold for all of them. */
static bool are_few(const struct batch *b)
{
    for (unsigned family = 0; family < SIMD_N_FAMILIES; family++) {
        const unsigned n = b->n_waiting[family];
        if (n && !plan_is_for_more(&b->plans[BATCH_UNIFORM][family], n)) {
            return false;
        }
    }
    return true;
}

const struct simd_kernel *choose_kernel(struct batch *b)
{
    b->n_chosen = b->n_in_lot = b->n_in_last_lot = 0;
    if (admit_is_possible(b)) {
        enter_mode(b, BATCH_UNIFORM);
        forget_apart(b);
    }
    while (!b->full && admit_is_possible(b)) {
        admit_jobs(b);
    }
    if (is_mixed(b) && b->mode == BATCH_UNIFORM) {
        enter_mode(b, BATCH_SEVERAL);
        if (is_mixed(b) && are_few(b)) {
            enter_mode(b, BATCH_MIXED);
        }
    }
    if (!b->full) {
        forget_apart(b);
    }
    find_apart(b);
    split_phases(b);
    if (is_mixed(b)) {
        enter_mode(b, BATCH_MIXED);
    }
    if (b->full) {
        return group_plan(b, group_first(b, b->full))->throughput_kernel;
    }
    if (!b->waiting) {
        return NULL;
    }
    struct group *g = first_unfilled(b, b->waiting);
    const struct simd_kernel *for_each = kernel_for_each(b, g);
    if (for_each) {
        return for_each;
    }
    unsigned n;
    g = group_merge(b, g);
    const struct simd_kernel *kernel = kernel_for_unfilled(b, g, &n);
    b->chosen_stamp = g->stamp;
    b->n_chosen = n;
    return kernel;
}
