/*
 * A derivation is one phase of a job, which many jobs go through in lockstep: many lanes, one program.
 *
 * A job passes one or more phases. A handshake, for example, is: hash the pre-master secret if it is longer
 * than a block, which is rare; derive the master secret; derive the key block and Finished. Jobs are grouped
 * anew before each phase, because what makes two of them differ in one phase need not matter in another: a
 * job with Finished and one without still share lanes for the master secret.
 *
 * The drivers, batch.c for many jobs, few.c for a few and one.c for one, know derivations, records and shapes
 * and nothing else.
 */
#ifndef ENGINE_DERIVATION_H
#define ENGINE_DERIVATION_H

#include "record.h"
#include "shape.h"

struct derivation {
    const char *name;
    /* Fills in the counts of a shape that record_shape() began, and may change its hash. Returns false if
     * this job does not need this phase. */
    bool (*shape)(const struct record *record, struct shape *shape);
    /* The text of the RFC for this shape, written once for all lengths and hashes, with a list of what the
     * inputs consist of and where the outputs go. Runs once per shape. What decides the list is in the shape,
     * as a flag among SHAPE_EXACT_PARTS. */
    void (*formula)(struct formula *f, const struct shape *shape);
    /* Takes note that a run of the phase is over and its outputs are delivered. Returns true if the phase has
     * to run again. NULL: the phase runs once in each pass. */
    bool (*next)(struct record *record, const struct shape *shape);
    /* Puts into the record what the list needs and the job does not say, before each run. NULL: nothing, and
     * a record that takes a route (route.h) is spared shape() as well. */
    void (*enter)(struct record *record);
    /* The phase that comes next and takes the secret that this one makes: one program may have both, and
     * shape() says so by shape->then. NULL: there is none. */
    const struct derivation *followed_by;
};

/* Writes the formula of a shape: that of its derivation, and that of the phase which follows in the same
 * program. */
static inline void derivation_write(const struct shape *shape, struct formula *f)
{
    shape->derivation->formula(f, shape);
    if (shape->then) {
        const struct derivation *second = shape->derivation->followed_by;
        const struct shape then = {
            .derivation = second, .hash = shape->hash, .counts = shape->then, .exact = shape->exact};
        second->formula(f, &then);
    }
}

/* Begins the shape of a record's next phase, whose counts are still to be filled in. It is written member by
 * member, since a compiler copies a whole struct in wider pieces than those that it has just written, for
 * which the CPU waits. */
static inline void record_shape(const struct record *r, struct shape *shape)
{
    shape->derivation = *r->phases;
    shape->hash = record_hash(r);
    shape->counts = shape_counts(0, 0, 0, r->pass ? SHAPE_SECOND_PASS : 0);
    shape->then = shape->exact = 0;
}

/* Takes a record past phases that its job does not need, enters the next one and finds its shape. Returns
 * false if the job is done. */
static inline bool record_enter(struct record *r, struct shape *shape)
{
    for (; *r->phases; record_next_phase(r)) {
        if ((*r->phases)->enter) {
            (*r->phases)->enter(r);
        }
        record_shape(r, shape);
        if (shape->derivation->shape(r, shape)) {
            return true;
        }
    }
    return false;
}

/* Ends a run of the record's phase, which had this shape: the record is at its next run, pass or phase. Two
 * phases in one program have one run and one pass each, and no phase comes behind them. */
static inline void record_end_run(struct record *r, const struct shape *shape)
{
    if (shape->then) {
        record_next_phase(r);
        record_next_phase(r);
        return;
    }
    if (!(shape->derivation->next ? shape->derivation->next(r, shape) : record_next_pass(r))) {
        record_next_phase(r);
    }
}

#endif
