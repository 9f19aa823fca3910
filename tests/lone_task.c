#include "lone_task.h"

#include "feed_of_one.h"
#include "must.h"

enum { ROW_BYTES = PROGRAM_MAX_SLOT_BYTES + LANE_SLACK };

struct staging_lanes lone_task_lanes(struct lone_task *task, unsigned n)
{
    for (unsigned l = 0; l < LONE_TASK_LANES; l++) {
        task->job_of[l] = task->records[l].job = &task->jobs[l].job;
        task->record_of[l] = &task->records[l];
    }
    return (struct staging_lanes){.bases = {task->job_of, task->record_of}, .n = n};
}

void lone_task_run(struct lone_task *task, const struct program *program, const struct simd_kernel *kernel)
{
    static _Alignas(64) uint8_t bank[LONE_TASK_LANES * PROGRAM_MAX_SLOT_BYTES],
        scratch[SIMD_MAX_SCRATCH_BYTES];
    static uint8_t rows[LONE_TASK_LANES][ROW_BYTES];
    const struct staging_lanes lanes = lone_task_lanes(task, kernel->lanes);

    must(kernel->lanes <= LONE_TASK_LANES, "raise LONE_TASK_LANES");
    memset(rows, 0xee, sizeof(rows)); /* what is not staged must not matter */
    staging_begin_rows(program, rows[0], ROW_BYTES, kernel->lanes);
    staging_fill_rows(program, &lanes, rows[0], ROW_BYTES);
    staging_bind(kernel, program, bank);
    staging_load(kernel, program, bank, rows[0], ROW_BYTES);
    struct feed_of_one feed = feed_of_one(&program->simd, bank);
    kernel->run(&feed.feed, scratch);
    staging_store(kernel, program, bank, task->digests);
}

const uint8_t *lone_task_digest(
    const struct lone_task *task, const struct program *program, unsigned lane, unsigned output)
{
    return task->digests + lane * staging_output_bytes(program) + output * program->hash->digest_bytes;
}

const struct simd_kernel *lone_task_kernel(const struct hash *hash, size_t *index)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);

    while (*index < n) {
        const struct simd_candidate *c = &candidates[(*index)++];
        if (c->kernel->family == hash->family && c->state != SIMD_UNSUPPORTED) {
            return c->kernel;
        }
    }
    return NULL;
}
