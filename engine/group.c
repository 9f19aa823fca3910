#include "group.h"

#include "published.h"

/* ---- the table ---- */

struct group *group_find_elsewhere(struct batch *b, const struct shape *shape)
{
    struct group *group = NULL;
    for (unsigned i = group_home(shape), left = BATCH_MAX_GROUPS; left; i++, left--) {
        struct group *g = &b->groups[i % BATCH_MAX_GROUPS];
        if (shape_equal(&g->shape, shape)) {
            return g;
        }
        if (!g->shape.derivation) { /* no shape was ever put behind a group that was never used */
            group = g;
            break;
        }
        if (!g->n && !group) {
            group = g;
        }
    }
    if (group) {
        group->shape = *shape;
        group->stamp = ++b->n_shapes;
        group->unmerged_at = 0;
        group->plan = &b->plans[shape->hash->family];
        group->lanes = group->plan->throughput_kernel->lanes;
        group->n_full = group->plan->n_full;
        group->program = published_program(shape, &b->work->compiler);
    }
    return group;
}

/* ---- merging ---- */

void group_move(struct batch *b, struct group *from, struct group *to, unsigned n)
{
    struct record *last = from->first;
    for (unsigned i = 1; i < n; i++) {
        last = last->next;
    }
    struct record *rest = last->next;
    last->next = to->first;
    to->first = from->first;
    if (!to->n || to->phase > from->phase) {
        to->phase = from->phase;
    }
    to->n += n;
    to->unmerged_at = 0;
    from->first = rest;
    from->n -= n;
    group_update_sets(b, from);
    group_update_sets(b, to);
}

/* Waiting records make as many tasks as they would fill together, or as there are groups that fill at least
 * half of one, whichever is more. */
static unsigned count_waiting(const struct batch *b, const struct plan *plan)
{
    const unsigned lanes = plan->throughput_kernel->lanes;
    unsigned n_jobs = 0, n_half = 0;
    for (uint64_t left = b->waiting; left; left &= left - 1) {
        const struct group *g = group_first(b, left);
        if (g->plan == plan) {
            n_jobs += g->n;
            n_half += 2 * g->n >= lanes;
        }
    }
    const unsigned n = n_half > n_jobs / lanes ? n_half : n_jobs / lanes;
    return n ? n : 1;
}

/* Tasks that began together with the last finished one do not count. They are about to be finished, too,
 * since kernels go on with all of their tasks alike, and would not be company for long. */
static unsigned count_running(const struct batch *b, const struct plan *plan)
{
    unsigned n = 0;
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT && b->kernel == plan->throughput_kernel; i++) {
        n += b->cursors[i].n && b->cursors[i].lot > b->finished_lot;
    }
    return n;
}

struct plan_company group_company(const struct batch *b, const struct plan *plan)
{
    return plan_company_of(plan, count_running(b, plan), count_waiting(b, plan));
}

/* The least cost (plan.h) of a group's whole program for n jobs in this company. */
static double cost_of(const struct group *g, unsigned n, const struct plan_company *company)
{
    return g->program->simd.n_ops * plan_least_cost(g->plan, n, company);
}

/* Of the groups in the set, the one with the longest program whose records and those of `shape` could run one
 * program; `both` becomes the shape of that. Returns NULL if there is none. */
static struct group *longest_mate(
    const struct batch *b, uint64_t set, const struct shape *shape, struct shape *both)
{
    struct group *longest = NULL;
    struct shape s;
    for (; set; set &= set - 1) {
        struct group *g = group_first(b, set);
        if ((!longest || g->program->simd.n_ops > longest->program->simd.n_ops) &&
            shape_union(shape, &g->shape, &s)) {
            longest = g;
            *both = s;
        }
    }
    return longest;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

struct group *group_merge(struct batch *b, struct group *g)
{
    /* Tasks apart also take the engine more time than one task of all does, by about a quarter of what they
     * cost. */
    static const double with_engine = 1.25;
    if (g->unmerged_at == b->n_pushed) { /* no record has come since: there are only fewer to merge with */
        return g;
    }
    const struct plan_company company = group_company(b, g->plan);
    struct {
        uint8_t group, n; /* the index of a group; how many of its records would join */
    } mates[SIMD_MAX_LANES];
    unsigned n_mates = 0, n_joining = 0, n = g->n;
    struct shape shape = g->shape, both, merged = shape;
    double apart = cost_of(g, n, &company), most_saved = 0;
    uint64_t left = b->waiting & ~group_bit(b, g);
    while (n < g->lanes) {
        const struct group *h = longest_mate(b, left, &shape, &both);
        if (!h) {
            break;
        }
        left &= ~group_bit(b, h);
        const struct group *all = group_find(b, &both);
        if (!all || !all->program) {
            continue;
        }
        const unsigned k = least(h->n, g->lanes - n);
        mates[n_mates].group = (uint8_t)(h - b->groups);
        mates[n_mates++].n = (uint8_t)k;
        n += k;
        shape = both;
        apart += cost_of(h, h->n, &company) * k /
                 h->n; /* a share: the records that stay in h may be joined by others */
        const double saved = with_engine * apart - cost_of(all, n, &company);
        if (saved > most_saved) {
            most_saved = saved;
            n_joining = n_mates;
            merged = shape;
        }
    }
    struct group *to = n_joining ? group_find(b, &merged) : NULL;
    if (!to || !to->program) {
        g->unmerged_at = b->n_pushed;
        return g;
    }
    if (to != g) {
        group_move(b, g, to, g->n);
    }
    for (unsigned i = 0; i < n_joining; i++) {
        if (&b->groups[mates[i].group] != to) {
            group_move(b, &b->groups[mates[i].group], to, mates[i].n);
        }
    }
    return to;
}
