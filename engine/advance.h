/* The way of a record through a batch, from group to group as it goes from phase to phase, until its job is
 * done. */
#ifndef ENGINE_ADVANCE_H
#define ENGINE_ADVANCE_H

#include "group.h"
#include "kind.h"

/* Wipes a record whose job is done, and makes it free for another job. */
static inline void advance_release(struct batch *b, struct record *r)
{
    record_wipe(r);
    r->next = b->free;
    b->free = r;
}

/* Ends a job whose phases are all behind it. */
static inline void advance_complete(struct batch *b, struct record *r)
{
    r->job->status = LANEKDF_OK;
    advance_release(b, r);
}

/* Ends a job that has failed on its way. */
static inline void advance_fail(struct batch *b, struct record *r, int status)
{
    kinds_fail_job(r->job, status);
    b->n_failed++;
    advance_release(b, r);
}

/* advance_record() for a record that has no route, or whose step is not known. `step` is to become known,
 * unless it is NULL. */
void advance_by_shape(struct batch *b, struct record *r, struct route_step *step);

/* Puts a record into the group of its next phase, or completes its job. Records of one route go to the same
 * groups, so the shape is asked for the first of them alone. */
static inline void advance_record(struct batch *b, struct record *r)
{
    if (!*r->phases) {
        advance_complete(b, r);
        return;
    }
    struct route_step *step = route_next_step(r);
    if (!step || b->groups[step->group].stamp != step->stamp) {
        advance_by_shape(b, r, step);
        return;
    }
    record_skip_phases(r, step->n_skipped);
    group_push(b, &b->groups[step->group], r);
}

#endif
