/*
 * The engine for many jobs. Jobs become records; records wait in groups, each of one shape; whenever a kernel
 * asks for a task, a group gives it as many records as the kernel has lanes; and what the kernel has computed
 * takes each record to its next phase, and so to another group, until its job is done.
 *
 * A context (context.c) brings the memory.
 */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "compiler.h"
#include "derivation.h"
#include "evaluate.h"
#include "plan.h"
#include "route.h"
#include "staging.h"

/* Which plans hold, and how many records of a group fill a task. */
enum batch_mode {
    BATCH_UNIFORM, /* the plans for full tasks, and as many records as these say */
    BATCH_SEVERAL, /* the same plans, and as many as a task has lanes, since other groups' tasks run beside it
                    */
    BATCH_MIXED,   /* the plans for unfilled tasks, and as many as a task has lanes */
    BATCH_N_MODES
};

/* Records that wait for the same program. A group without records keeps its shape: the next batch is likely
 * to have it as well. */
struct group {
    struct shape shape; /* without a derivation: the group was never used */
    const struct program *program;
    struct record *first;
    uint32_t n;                    /* records */
    uint8_t family;                /* of the hash */
    uint8_t n_full[BATCH_N_MODES]; /* so many records need no look at other groups and kernels */
    uint8_t
        phase; /* of the first record that came; records of different kinds may meet in different phases */
    size_t unmerged_at; /* n_gained when group_merge() last found nothing to merge with */
    uint64_t stamp;     /* another one whenever the group gets another shape; 0: it was never used */
    uint64_t bit;       /* of the group in the sets of groups */
    /* The set of groups whose shapes have a shape_union() with its own, itself included; only itself where
     * kernels have one lane. */
    uint64_t mates;
};

/* One of few jobs, each of which has a task by itself (few.h). */
struct few_job {
    struct record *record;         /* NULL: the job is done */
    const struct program *program; /* of its phase; NULL: there is none, the phase has to be evaluated */
    struct shape shape;            /* of that phase */
    uint8_t family;                /* of the hash of that phase */
};
enum { BATCH_MAX_FEW = 8 };
_Static_assert((int)BATCH_MAX_FEW <= (int)SIMD_MAX_TASKS_IN_FLIGHT, "each has a bank of its own");

/* A task in a kernel's hands. */
struct cursor {
    struct shape shape;
    const struct program *program;
    /* By lane: the record, and its job. They lie in the arrays of the batch. */
    struct record **records;
    struct lanekdf_job **jobs;
    uint32_t n;   /* records; 0: the cursor is idle */
    uint32_t lot; /* tasks of the same number began together */
    uint8_t phase;
    uint8_t *bank;
    const struct program
        *bound; /* the program whose constants the bank holds, as the running kernel has them */
};

enum {
    BATCH_MAX_GROUPS = 64, /* sets of groups are the bits of a uint64_t */
    BATCH_MAX_IN_FLIGHT = SIMD_MAX_TASKS_BYTES / SIMD_MIN_LANE_BYTES, /* records that a kernel has at most */
    BATCH_ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK,            /* at most, of one lane */
    BATCH_DIGEST_BYTES = FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST
};

/* Memory to compile a shape's formula in, or to evaluate it. */
struct batch_work {
    struct evaluation evaluation;
    struct compiler compiler;
    uint8_t digests[BATCH_DIGEST_BYTES];
};

struct batch {
    /* Whoever owns the memory sets these. */
    struct simd_feed feed;                     /* the first member; its next is batch_next() */
    const struct plan *plans[BATCH_N_MODES];   /* by mode, and by family */
    const struct simd_kernel *const *one_lane; /* by family: the kernels for evaluations */
    struct record *free;                       /* a list, of all records between batches */
    struct group *groups;                      /* BATCH_MAX_GROUPS of them, all zero at first */
    struct routes *routes;
    uint8_t *rows;    /* one for each lane of the widest kernel, row_stride apart */
    uint8_t *digests; /* BATCH_DIGEST_BYTES for each of these lanes */
    uint8_t *scratch;
    struct batch_work *work;
    size_t row_stride; /* bytes */
    uint32_t legacy;   /* enum lanekdf_legacy: what jobs without a permission of their own may use */
    struct cursor cursors[SIMD_MAX_TASKS_IN_FLIGHT];
    struct record *records[BATCH_MAX_IN_FLIGHT];
    struct lanekdf_job *record_jobs[BATCH_MAX_IN_FLIGHT];

    /* The batch sets these. */
    enum batch_mode mode;
    const struct simd_kernel *kernel; /* the running one */
    const struct program
        *rows_bound; /* the program whose constant bytes the rows of the kernel's lanes hold */
    struct lanekdf_job *const *jobs, *const *jobs_end; /* the jobs that have no record yet */
    size_t n_failed;
    uint64_t n_shapes; /* how often a group got a shape, in all batches so far */
    size_t n_gained;   /* how often a group got records or may have got mates, in all batches so far */
    unsigned n_waiting[SIMD_N_FAMILIES]; /* records in groups */
    unsigned lot, finished_lot;       /* of the tasks that begin now, and of the last one that was finished */
    unsigned n_in_lot, n_in_last_lot; /* tasks that began in this lot so far, and in the one before */
    /* The plan chose the running kernel for n_chosen more records of the group with this stamp. A choice does
     * not outlive the shape of the group: the next one may be of another hash, which the kernel does not
     * know. */
    uint64_t chosen_stamp;
    unsigned n_chosen;
    struct record *long_records; /* a list of those whose shape has no program */
    uint32_t evaluated;          /* the families of such shapes, a bit for each */
    /* Sets of groups: those with records; those with enough for a full task; those of the latter whose task
     * the running kernel takes. */
    uint64_t waiting, full, ready;
    uint64_t apart;      /* those whose records go to a kernel of one lane, each by itself */
    bool apart_is_known; /* whether find_apart() has found these out, and the answer still holds */
    const struct simd_kernel *apart_kernel[SIMD_N_FAMILIES]; /* the kernel for these */
    /* The groups that stay apart and whose records the running kernel takes, in the order in which it does,
     * from number apart_turn on: the index of each is in the lowest byte. */
    uint32_t apart_order[BATCH_MAX_GROUPS];
    unsigned n_apart, apart_turn;
    /* Of the sets below, groups stay members from batch to batch. */
    uint64_t of_family[SIMD_N_FAMILIES]; /* the groups of each family */
    uint64_t of_two_phases;              /* those whose shapes have two phases in one program */
    uint8_t tags[BATCH_MAX_GROUPS];      /* a byte of the hash of each group's shape; 0: it was never used */
    uint8_t kin_tags[BATCH_MAX_GROUPS];  /* the same of what it has in common with its kin (shape_kin()) */
    /* How much of the memory has been used, and has to be wiped. */
    unsigned most_lanes, most_row_bytes, most_digest_bytes, most_bank_bytes[SIMD_MAX_TASKS_IN_FLIGHT];
    struct few_job few[BATCH_MAX_FEW], *few_end;
};

/* Gives a cursor of a kernel with so many lanes its places in the arrays of the batch. */
static inline void batch_place_lanes(struct batch *b, unsigned cursor, unsigned lanes)
{
    b->cursors[cursor].records = &b->records[cursor * lanes];
    b->cursors[cursor].jobs = &b->record_jobs[cursor * lanes];
}

/*
 * What a kernel is given by the feed: the next task of the running batch. Whoever wants to count tasks sets
 * feed.next to a function of his own, which calls this one and looks at the task and at batch->kernel.
 */
int batch_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task);

/* Forgets the groups, between batches, when the plans have become others. */
void batch_forget_groups(struct batch *b);

/* Derives all jobs and wipes everything that it wrote. Returns how many jobs failed. */
size_t batch_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs);

#endif
