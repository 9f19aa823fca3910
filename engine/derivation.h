/*
 * A derivation is one phase of a job, which many jobs go through in lockstep: many lanes, one program.
 *
 * A job passes one or more phases. A handshake, for example, is: hash the pre-master secret if it is longer
 * than a block, which is rare; derive the master secret; derive the key block and Finished. Jobs are grouped
 * anew before each phase, because what makes two of them differ in one phase need not matter in another: a
 * job with Finished and one without still share lanes for the master secret.
 *
 * The drivers, batch.c for many jobs and one.c for one, know derivations, records and shapes and nothing
 * else.
 */
#ifndef ENGINE_DERIVATION_H
#define ENGINE_DERIVATION_H

#include "record.h"
#include "shape.h"

struct lane;

struct derivation {
    const char *name;
    /* Fills in the counts of a shape that record_shape() began, and may change its hash. Returns false if
     * this job does not need this phase. */
    bool (*shape)(const struct record *record, struct shape *shape);
    /* The text of the RFC for this shape, written once for all lengths and hashes. Runs once per shape. */
    void (*formula)(struct formula *f, const struct shape *shape);
    /* Puts the bytes of one job, such as secret, label and randoms, into the job's lane. Runs once per job.
     */
    void (*stage)(const struct record *record, const struct shape *shape, struct lane *lane);
    /* Takes the digests of one lane, which lie one after the other in the order of the formula's outputs, to
     * the outputs of the job and to its record. Runs once per job. Returns true if this phase has to run
     * again. */
    bool (*finish)(struct record *record, const struct shape *shape, const uint8_t *digests);
};

/* The shape of a record's next phase, whose counts are still to be filled in. */
static inline struct shape record_shape(const struct record *r)
{
    return (struct shape){.derivation = *r->phases, .hash = record_hash(r)};
}

#endif
