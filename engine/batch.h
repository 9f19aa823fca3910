/*
 * The engine for many jobs: jobs in, groups of a shape, kernels, outputs. A context
 * (context.c) brings the memory.
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "compiler.h"
#include "derivation.h"
#include "evaluate.h"
#include "lane.h"
#include "plan.h"

/* Jobs of one shape, in one phase, that wait. Without any it keeps the shape for the next. */
struct group {
    struct shape shape;
    const struct program *program;
    const struct plan *plan; /* of the hash's family */
    struct record *first;
    uint32_t n;
    uint32_t lanes; /* of the plan's bulk kernel: so many fill a task */
    uint8_t phase;
    size_t vain; /* n_pushed when there was nothing to merge with */
};

/* A task in a kernel's hands. */
struct cursor {
    struct shape shape;
    const struct program *program;
    struct record *first; /* its lanes */
    uint32_t n;           /* of them; 0: idle */
    uint8_t phase;
    uint8_t *bank;
    const struct program *bound; /* whose constants are in the bank, for the running kernel */
};

enum {
    BATCH_MAX_GROUPS = 64,                                 /* bits of a mask */
    BATCH_ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK, /* at most, of one lane */
    BATCH_DIGEST_BYTES = FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST
};

/* Working memory for a shape's program or evaluation. */
struct batch_work {
    struct evaluation evaluation;
    struct compiler compiler;
    uint8_t digests[BATCH_DIGEST_BYTES];
};

struct batch {
    /* Set by whoever owns the memory. */
    struct simd_feed feed;                     /* first; its next is batch_next() */
    const struct plan *plans;                  /* by family */
    const struct simd_kernel *const *one_lane; /* by family: for evaluations */
    struct record *free;                       /* a list of all records */
    struct group *groups;                      /* BATCH_MAX_GROUPS, all zero at first */
    uint8_t *rows;                             /* row_stride apart, for the lanes of the widest kernel */
    uint8_t *digests;                          /* BATCH_DIGEST_BYTES for each */
    uint8_t *scratch;
    struct batch_work *work;
    size_t row_stride; /* bytes */
    uint32_t legacy;   /* enum lanekdf_legacy: what jobs may use */
    struct cursor cursors[SIMD_MAX_TASKS_IN_FLIGHT];

    /* The batch's own. */
    const struct simd_kernel *kernel; /* that runs now */
    struct lanekdf_job *const *jobs, *const *jobs_end;
    size_t n_failed;
    size_t n_pushed;             /* how often a record came to a group, over all batches */
    unsigned n_waiting;          /* records in groups */
    struct record *long_records; /* for evaluation */
    /* Groups: with records; with enough for their bulk kernel; those of the latter whose
     * bulk kernel is the one that runs. */
    uint64_t waiting, full, ready;
    /* What has to be wiped. */
    unsigned most_lanes, most_row_bytes, most_digest_bytes, most_bank_bytes[SIMD_MAX_TASKS_IN_FLIGHT];
};

/*
 * What a kernel is given by the feed: the next task of the running batch. Whoever wants to count tasks sets
 * feed.next to a function of his own, which calls this one and looks at the task and at batch->kernel.
 */
int batch_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task);

/* Derives all jobs, wipes everything that it wrote, returns how many failed. */
size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs);

#endif
