/* lanekdf_derive_one: the engine on an arena of one lane, on the stack. */
#include "batch.h"
#include "start.h"
#include "wipe.h"

/* A job's program or evaluation is made when nothing of it is in the bank, so the
 * two share memory. */
struct one_arena {
    struct batch batch;
    struct record record;
    struct group group;
    union {
        struct {
            _Alignas(64) uint8_t bank[PROGRAM_MAX_SLOT_BYTES];
            uint8_t row[BATCH_ROW_BYTES];
            uint8_t digests[BATCH_DIGEST_BYTES];
        };
        struct batch_work work;
    };
    _Alignas(64) uint8_t scratch[SIMD_ONE_LANE_SCRATCH];
};

static void derive(const struct start *start, struct lanekdf_job *job)
{
    struct one_arena arena;
    struct batch *b = &arena.batch;
    b->plan = &start->one;
    b->one_lane = b->kernel = start->one.bulk;
    b->free = &arena.record;
    arena.record.next = NULL;
    b->groups = &arena.group;
    b->max_groups = 1;
    b->rows = arena.row;
    b->row_stride = sizeof arena.row;
    b->digests = arena.digests;
    b->scratch = arena.scratch;
    b->work = &arena.work;
    for (unsigned i = 0; i < SIMD_MAX_TASKS_IN_FLIGHT; i++) {
        b->cursors[i].n = 0;
        b->cursors[i].bank = arena.bank; /* one job: one task at a time */
        b->cursors[i].bound = NULL;
    }
    batch_derive(b, &job, 1);
    wipe_stack(); /* from here, where the frames of batch_derive() were */
}

int lanekdf_derive_one(struct lanekdf_job *job)
{
    const struct start *start = engine_start();
    if (start->status != LANEKDF_OK)
        return job_fail(job, start->status);
    derive(start, job);
    simd_clear_registers();
    return job->status;
}
