/*
 * SHA-256 in one lane with the SHA extensions, one operation after the other. The arithmetic is in
 * sha256_shani_x1.S.
 *
 * sha256_shani interleaves operations that are independent. A CPU whose round instruction shares its port
 * with the message schedule gains nothing by that, and loses time by the instructions that it takes: there
 * this kernel is the faster one, as start-up finds out.
 */
#include "sha256_shani.h"

/* Runs the operations from pair->op up to `end`, which is behind the last one, in their order. */
void sha256_shani_x1_operations(struct pair *pair, const struct simd_op *end);

static void run_task(const struct simd_task *task)
{
    const struct simd_program *program = task->program;
    struct pair pair = {program->ops, task->bank, program->digest_words, program->hi_digest_words};

    sha256_shani_x1_operations(&pair, program->ops + program->n_ops);
}

static void sha256_shani_x1_run(struct simd_feed *feed, void *scratch)
{
    struct simd_task task;

    (void)scratch;
    while (feed->next(feed, 0, &task)) {
        run_task(&task);
    }
}

static void sha256_shani_x1_run_tasks(const struct simd_task *tasks, unsigned n_tasks, void *scratch)
{
    (void)scratch;
    for (unsigned i = 0; i < n_tasks; i++) {
        run_task(&tasks[i]);
    }
}

const struct simd_kernel sha256_shani_x1 = {
    .name = "sha256_shani_x1",
    .description = "SHA extensions, one lane, one operation at a time",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI,
    .lanes = 1,
    .tasks_in_flight = 1,
    .vector_width = 128,
    .stack_bytes = 512,
    .run = sha256_shani_x1_run,
    .run_tasks = sha256_shani_x1_run_tasks,
    .load_message = shani_load_message,
    .load_state = shani_load_state,
    .store_state = shani_store_state,
    .hash_blocks = sha256_shani_x1_blocks,
};
