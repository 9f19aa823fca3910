/*
 * The engine: jobs in, groups of a shape, kernels, outputs. Both entry points run
 * it, one job (one.c) and many (context.c); they differ in the memory they bring.
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "derivation.h"
#include "evaluate.h"
#include "lane.h"
#include "plan.h"

/* Jobs of one shape that wait. */
struct group {
    struct shape shape;
    const struct program *program;
    struct record *first;
    uint32_t n;
};

/* A task in a kernel's hands. */
struct cursor {
    struct shape shape;
    const struct program *program;
    struct record *first; /* its lanes */
    uint32_t n;           /* of them; 0: idle */
    uint8_t *bank;
    const struct program *bound; /* whose constants are in the bank */
};

enum {
    BATCH_MAX_GROUPS = 64,                                 /* bits of a mask */
    BATCH_ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK, /* at most, of one lane */
    BATCH_DIGEST_BYTES = PROGRAM_MAX_OUTPUTS * HASH_MAX_DIGEST
};

/* Working memory for a shape's program or evaluation. */
struct batch_work {
    struct evaluation evaluation;
    struct program_writer writer;
    uint8_t digests[BATCH_DIGEST_BYTES];
};

struct batch {
    struct simd_feed feed; /* first: next() gets the address of it */

    /* Set by whoever owns the memory. */
    const struct plan *plan;
    const struct simd_kernel *one_lane; /* for evaluations */
    struct record *free;                /* a list of all records */
    struct group *groups;
    uint8_t *rows;    /* row_stride apart, for the lanes of the widest kernel */
    uint8_t *digests; /* BATCH_DIGEST_BYTES for each */
    uint8_t *scratch;
    struct batch_work *work;
    size_t row_stride; /* bytes */
    unsigned max_groups;
    struct cursor cursors[SIMD_MAX_TASKS_IN_FLIGHT];

    /* The batch's own. */
    const struct simd_kernel *kernel; /* that runs now */
    struct lanekdf_job *const *jobs, *const *jobs_end;
    size_t n_failed;
    struct record *long_records; /* for evaluation */
    struct group *last;          /* where the last record went */
    uint64_t waiting, full;      /* groups with records; with enough for the bulk kernel */
    unsigned n_groups;
    /* What has to be wiped. */
    unsigned most_lanes, most_row_bytes, most_digest_bytes, most_bank_bytes[SIMD_MAX_TASKS_IN_FLIGHT];
};

/* Derives all jobs, wipes everything that it wrote, returns how many failed. */
size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs);

#endif
