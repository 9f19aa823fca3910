/*
 * What the kernels of one lane without interleaving have in common. The portable ones among them are what
 * every other kernel of their family is tested against, and what the engine folds constants with.
 *
 * scalar_slots.h says what slots are and what the including file defines. The block of KERNEL(compress)()
 * lies in scratch.
 */
#ifndef SIMD_SCALAR_H
#define SIMD_SCALAR_H

#include "scalar_slots.h"

enum { SCRATCH_BYTES = 16 * sizeof(word) };
_Static_assert((int)SCRATCH_BYTES <= SIMD_SCALAR_SCRATCH, "the engine has no more for a portable kernel");

/* Copies n words, by twos: memcpy() of a length that varies would be a call. */
static inline void copy_words(word *to, const word *from, unsigned n)
{
    unsigned t = 0;

    for (; t + 2 <= n; t += 2) {
        memcpy(to + t, from + t, 2 * sizeof(word));
    }
    if (t < n) {
        to[t] = from[t];
    }
}

/* Makes the block of an operation. */
static inline void make_block(
    word w[16], const word (*slot)[8], const struct simd_op *op, const struct simd_program *program)
{
    const bool has_digest = op->digest != SIMD_NO_SLOT;

    memcpy(w, slot[has_digest && program->digest_words == 8 ? op->digest : op->lo], SLOT_BYTES);
    memcpy(w + 8, slot[op->hi], SLOT_BYTES);
    if (has_digest && program->digest_words < 8) {
        copy_words(w, slot[op->digest], program->digest_words);
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        copy_words(w + 8, slot[op->hi_digest], program->hi_digest_words);
    }
    if (op->xor_byte) {
        const word pattern = op->xor_byte * ((word)-1 / 0xff); /* xor_byte in every byte */
        for (unsigned t = 0; t < 16; t++) {
            w[t] ^= pattern;
        }
    }
}

static void KERNEL(run_task)(const struct simd_task *task, void *scratch)
{
    word *w = scratch;
    word(*slot)[8] = (void *)task->bank;
    const struct simd_op *op = task->program->ops, *end = op + task->program->n_ops;

    for (; op < end; op++) {
        make_block(w, (const word(*)[8])slot, op, task->program);
        KERNEL(compress)(slot[op->dst], slot[op->state], w);
    }
}

static void KERNEL(run_tasks)(const struct simd_task *tasks, unsigned n_tasks, void *scratch)
{
    for (unsigned i = 0; i < n_tasks; i++) {
        KERNEL(run_task)(&tasks[i], scratch);
    }
}

static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    struct simd_task task;

    while (feed->next(feed, 0, &task)) {
        KERNEL(run_task)(&task, scratch);
    }
}

static void KERNEL(clear)(void *scratch)
{
    simd_wipe(scratch, SCRATCH_BYTES);
}

/* What is the same in the struct simd_kernel of each of these kernels. */
#define SCALAR_COMMON                                                                                        \
    .tasks_in_flight = 1, .stack_bytes = 576 + 2 * SIMD_FRAME_BYTES, .scratch_bytes = SCRATCH_BYTES,         \
    .run = KERNEL(run), .run_tasks = KERNEL(run_tasks), .clear = KERNEL(clear), SCALAR_SLOTS

#define PORTABLE_KERNEL(NAME, FAMILY)                                                                        \
    const struct simd_kernel NAME = {                                                                        \
        .name = #NAME,                                                                                       \
        .description = "portable C, one lane",                                                               \
        .family = FAMILY,                                                                                    \
        .vector_width = 8 * sizeof(word),                                                                    \
        SCALAR_COMMON,                                                                                       \
    }

#endif
