#include "group.h"

#include "published.h"

/* ---- the table ---- */

/* A byte of a shape's hash, which no group has that was never used. */
static uint8_t tag_of(const struct shape *shape)
{
    return (uint8_t)(0x80 | shape_mixed(shape) >> 51);
}

/* Whether one of eight bytes is `tag`, the bytes that differ from it being those that are not zero behind the
 * xor. */
static bool has_tag(const uint8_t tags[8], uint8_t tag)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes;
    memcpy(&bytes, tags, sizeof(bytes));
    bytes ^= ones * tag;
    return ((bytes - ones) & ~bytes & ones << 7) != 0; /* a byte of zero borrows, and had no highest bit */
}

/* The group that has this shape already, or NULL. With more shapes than groups the table is full, so that no
 * gap in it ends a search: eight groups at a time are ruled out by their tags. */
static struct group *find_shape(const struct batch *b, const struct shape *shape)
{
    const uint8_t tag = tag_of(shape);
    for (unsigned i = 0; i < BATCH_MAX_GROUPS; i += 8) {
        for (unsigned k = i; has_tag(&b->tags[i], tag) && k < i + 8; k++) {
            if (b->tags[k] == tag && shape_equal(&b->groups[k].shape, shape)) {
                return &b->groups[k];
            }
        }
    }
    return NULL;
}

/* Parts a group, whose shape is to become another, from its mates. */
static void leave_mates(struct batch *b, struct group *group)
{
    for (uint64_t left = group->mates; left; left &= left - 1) {
        group_first(b, left)->mates &= ~group->bit;
    }
}

/* Finds the mates of a group that has got its shape. To have a union is an equivalence, so that all of them
 * are mates of each other. Where kernels have one lane, there is none to share. */
static void find_mates(struct batch *b, struct group *group)
{
    const struct shape kin = shape_kin(group->shape);
    const uint8_t tag = tag_of(&kin);
    struct shape both;
    group->mates = group->bit;
    b->kin_tags[group - b->groups] = tag;
    if (b->plans[BATCH_UNIFORM][group->family].throughput_kernel->lanes == 1) {
        return;
    }
    for (unsigned i = 0; i < BATCH_MAX_GROUPS; i += 8) {
        for (unsigned k = i; has_tag(&b->kin_tags[i], tag) && k < i + 8; k++) {
            if (b->kin_tags[k] == tag && shape_union(&group->shape, &b->groups[k].shape, &both)) {
                group->mates |= b->groups[k].bit;
                b->groups[k].mates |= group->bit;
            }
        }
    }
}

struct group *group_find_elsewhere(struct batch *b, const struct shape *shape)
{
    const unsigned home = group_home(shape);
    const uint64_t empty = ~b->waiting, from_home = empty >> home << home;
    struct group *group = find_shape(b, shape);
    if (group || !empty) {
        return group;
    }
    group = group_first(b, from_home ? from_home : empty);
    leave_mates(b, group);
    b->apart &= ~group->bit;
    b->tags[group - b->groups] = tag_of(shape);
    group->shape = *shape;
    group->bit = (uint64_t)1 << (group - b->groups);
    group->stamp = ++b->n_shapes;
    group->unmerged_at = 0;
    b->of_family[group->family] &= ~group->bit;
    group->family = (uint8_t)shape->hash->family;
    b->of_family[group->family] |= group->bit;
    b->of_two_phases = shape->then ? b->of_two_phases | group->bit : b->of_two_phases & ~group->bit;
    find_mates(b, group);
    group->n_full[BATCH_UNIFORM] = b->plans[BATCH_UNIFORM][group->family].n_full;
    for (enum batch_mode mode = BATCH_SEVERAL; mode < BATCH_N_MODES; mode++) {
        group->n_full[mode] = (uint8_t)b->plans[mode][group->family].throughput_kernel->lanes;
    }
    group->program = published_program(shape, &b->work->compiler);
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

/* The records of some groups make as many tasks as they would fill together, or as there are groups that fill
 * at least half of one, whichever is more. */
static unsigned count_tasks(const struct batch *b, const struct plan *plan, uint64_t groups)
{
    const unsigned lanes = plan->throughput_kernel->lanes;
    unsigned n_jobs = 0, n_half = 0;
    for (; groups; groups &= groups - 1) {
        const struct group *g = group_first(b, groups);
        n_jobs += g->n;
        n_half += 2 * g->n >= lanes;
    }
    const unsigned n = n_half > n_jobs / lanes ? n_half : n_jobs / lanes;
    return n ? n : 1;
}

/* Tasks that began together with the last finished one do not count. They are about to be finished, too,
 * since kernels go on with all of their tasks alike, and would not be company for long. If there are no
 * others behind a lot of as many as the kernel runs, that counts as so many (plan.takes). */
static unsigned count_running(const struct batch *b, const struct plan *plan)
{
    unsigned n = 0;
    if (b->kernel != plan->throughput_kernel) {
        return 0;
    }
    for (unsigned i = 0; i < b->kernel->tasks_in_flight; i++) {
        n += b->cursors[i].n && b->cursors[i].lot > b->finished_lot;
    }
    return n || b->n_in_last_lot < b->kernel->tasks_in_flight ? n : b->kernel->tasks_in_flight;
}

struct plan_company group_company(const struct batch *b, const struct plan *plan, uint64_t groups)
{
    return plan_company_of(plan, count_running(b, plan), count_tasks(b, plan, groups));
}

/* The least cost (plan.h) of a group's whole program for n jobs in this company. */
static double cost_of(
    const struct plan *plan, const struct group *g, unsigned n, const struct plan_company *company)
{
    return g->program->simd.n_ops * plan_least_cost(plan, n, company);
}

/* Of a set of groups that is not empty, the one with the longest program. */
static struct group *longest_of(const struct batch *b, uint64_t set)
{
    struct group *longest = group_first(b, set);
    for (; set; set &= set - 1) {
        struct group *g = group_first(b, set);
        if (g->program->simd.n_ops > longest->program->simd.n_ops) {
            longest = g;
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
    uint64_t left = g->mates & b->waiting & ~g->bit & ~b->apart;
    if (!left || g->unmerged_at == b->n_gained) { /* since then no group has gained anything */
        return g;
    }
    const struct plan *plan = group_plan(b, g);
    const struct plan_company company = group_company(b, plan, group_waiting(b, g->family) & ~b->apart);
    const unsigned lanes = plan->throughput_kernel->lanes;
    struct {
        uint8_t group, n; /* the index of a group; how many of its records would join */
    } mates[SIMD_MAX_LANES];
    unsigned n_mates = 0, n_joining = 0, n = g->n;
    struct shape shape = g->shape, both, merged = shape;
    double apart = cost_of(plan, g, n, &company), most_saved = 0;
    while (left && n < lanes) {
        const struct group *h = longest_of(b, left);
        left &= ~h->bit;
        const struct group *all = shape_union(&shape, &h->shape, &both) ? group_find(b, &both) : NULL;
        if (!all || !all->program) {
            continue;
        }
        const unsigned k = least(h->n, lanes - n);
        mates[n_mates].group = (uint8_t)(h - b->groups);
        mates[n_mates++].n = (uint8_t)k;
        n += k;
        shape = both;
        apart += cost_of(plan, h, h->n, &company) * k /
                 h->n; /* a share: the records that stay in h may be joined by others */
        const double saved = with_engine * apart - cost_of(plan, all, n, &company);
        if (saved > most_saved) {
            most_saved = saved;
            n_joining = n_mates;
            merged = shape;
        }
    }
    struct group *to = n_joining ? group_find(b, &merged) : NULL;
    if (!to || !to->program) {
        g->unmerged_at = b->n_gained;
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
