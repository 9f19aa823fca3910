/* A task by itself: the program is run for the jobs of some lanes, by way of rows, without a batch. */
#ifndef LONE_TASK_H
#define LONE_TASK_H

#include "prf.h"
#include "staging.h"

enum { LONE_TASK_LANES = 16 }; /* the most that a kernel has */

/* What the task reads and writes. The caller fills jobs and, where the program reads them, records. */
struct lone_task {
    struct lanekdf_prf jobs[LONE_TASK_LANES];
    struct record records[LONE_TASK_LANES];
    uint8_t digests[LONE_TASK_LANES * FORMULA_MAX_OUTPUTS * HASH_MAX_DIGEST];
    const void *job_of[LONE_TASK_LANES], *record_of[LONE_TASK_LANES];
};

/* The first n lanes as staging and delivery want them. They last as long as the task. */
struct staging_lanes lone_task_lanes(struct lone_task *task, unsigned n);
/* Computes the digests of all lanes that the kernel has. */
void lone_task_run(struct lone_task *task, const struct program *program, const struct simd_kernel *kernel);
const uint8_t *lone_task_digest(
    const struct lone_task *task, const struct program *program, unsigned lane, unsigned output);

/* The next kernel of the hash's family that this CPU has the features for, even if start-up finds it faulty.
 * The caller sets *index to 0 before the first. NULL: there is no other. */
const struct simd_kernel *lone_task_kernel(const struct hash *hash, size_t *index);

#endif
