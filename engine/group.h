/*
 * The groups of a batch: where records wait for others of their shape.
 *
 * A table of groups, found by shape, and three sets of them (batch.h). Sets are bits of a word, so that no
 * branch depends on which group a job belongs to: jobs come in any order, and the CPU would mispredict.
 */
#ifndef ENGINE_GROUP_H
#define ENGINE_GROUP_H

#include "batch.h"

/* The first group of a set that is not empty. */
static inline struct group *group_first(const struct batch *b, uint64_t set)
{
    return &b->groups[__builtin_ctzll(set)];
}

/* The place in the table where the search for a shape begins. */
static inline unsigned group_home(const struct shape *shape)
{
    return (unsigned)(shape_mixed(shape) >> 58);
}
_Static_assert(BATCH_MAX_GROUPS == 64, "group_home() has as many values");

/* group_find() for a shape that is not at home. */
struct group *group_find_elsewhere(struct batch *b, const struct shape *shape);

/* The group of a shape, which may be new. Returns NULL if there is none and every group has records waiting.
 * As groups keep their shapes from batch to batch, nearly all are at home. */
static inline struct group *group_find(struct batch *b, const struct shape *shape)
{
    struct group *home = &b->groups[group_home(shape)];
    return shape_equal(&home->shape, shape) ? home : group_find_elsewhere(b, shape);
}

/* The plan that holds for the records of a group. */
static inline const struct plan *group_plan(const struct batch *b, const struct group *g)
{
    return &b->plans[b->mode][g->family];
}

/* The groups of a family in which records wait. */
static inline uint64_t group_waiting(const struct batch *b, enum simd_family family)
{
    return b->waiting & b->of_family[family];
}

/* Brings the sets up to date when the number of a group's records has changed. */
static inline void group_update_sets(struct batch *b, const struct group *g)
{
    const bool is_full = g->n >= g->n_full[b->mode];
    b->waiting = g->n ? b->waiting | g->bit : b->waiting & ~g->bit;
    b->full = is_full ? b->full | g->bit : b->full & ~g->bit;
    b->ready =
        is_full && group_plan(b, g)->throughput_kernel == b->kernel ? b->ready | g->bit : b->ready & ~g->bit;
}

static inline void group_push(struct batch *b, struct group *g, struct record *r)
{
    r->next = g->first;
    g->first = r;
    g->n++;
    b->n_gained++;
    b->n_waiting[g->family]++;
    if (g->n == 1) {
        g->phase = r->phase;
    }
    if (g->n == 1 || g->n == g->n_full[b->mode]) {
        group_update_sets(b, g);
    }
}

/* Moves the first n records of one group to another. */
void group_move(struct batch *b, struct group *from, struct group *to, unsigned n);

/* group_push() for a list of n records of one phase. */
static inline void group_push_list(
    struct batch *b, struct group *g, struct record *first, struct record *last, unsigned n)
{
    if (!g->n) {
        g->phase = first->phase;
    }
    last->next = g->first;
    g->first = first;
    g->n += n;
    b->n_gained += n;
    b->n_waiting[g->family] += n;
    group_update_sets(b, g);
}

/* The tasks of the plan's kernel for throughput: those that run, and those that the records of these groups,
 * which are of its family, will make. */
struct plan_company group_company(const struct batch *b, const struct plan *plan, uint64_t groups);

/*
 * Fills up a task that g's records begin, when no group fills one by itself.
 *
 * Records whose programs differ in outputs alone may all run one that has every output, since a lane that
 * would be empty costs as much. Others join g's records, those of long programs first, and as many of them as
 * save the most time, if any do: a few more may save nothing, and many more a lot, as soon as a wide kernel
 * is worth it. Returns the group in which g's records are then.
 */
struct group *group_merge(struct batch *b, struct group *g);

#endif
