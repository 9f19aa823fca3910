/*
 * Choosing what runs beside what: the open tasks of a kernel, and groups of
 * independent (operation, bank) pairs taken from them.
 *
 * The including file defines, as constants, CURSORS, its tasks in flight, and GROUP,
 * the most pairs that it runs at a time.
 *
 * Planning hangs on programs alone, never on data, and is meant to run ahead of the
 * arithmetic. So it must not use vector registers, as compilers like to for copying
 * structures: such an instruction queues up behind operations that wait for each
 * other, and what depends on it waits as well.
 */
#ifndef SIMD_WALK_H
#define SIMD_WALK_H

#include "simd.h"

#ifdef __x86_64__
#define GENERAL_REGISTERS __attribute__((target("general-regs-only")))
#else
#define GENERAL_REGISTERS
#endif

/* sha256_shani.S knows this layout. */
struct pair {
    const struct simd_op *op;
    uint8_t *bank;
    uint8_t group; /* of the first pair of a group: pairs in it */
    uint8_t digest_words;
};

/* An open task. */
struct walk {
    const struct simd_op *op, *end; /* still to come */
    uint8_t *bank;
    uint32_t digest_words, cursor; /* no padding: it is copied, and old stack must not be */
};

_Static_assert((int)CURSORS <= (int)SIMD_MAX_TASKS_IN_FLIGHT, "the engine has a bank for each cursor");

struct walks {
    struct walk open[CURSORS]; /* the first n_open */
    unsigned n_open;
    unsigned idle; /* bit for each cursor */
};

/* Gives cursor its next task; returns whether there was one. */
GENERAL_REGISTERS static int next_task(struct simd_feed *feed, unsigned cursor, struct walk *walk)
{
    struct simd_task task;

    if (!feed->next(feed, cursor, &task)) {
        return 0;
    }
    walk->op = task.program->ops;
    walk->end = task.program->ops + task.program->n_ops;
    walk->bank = task.bank;
    walk->digest_words = task.program->digest_words;
    walk->cursor = cursor;
    return 1;
}

/* New tasks for cursors that have finished and, since what those bring back may be
 * work for others, then for the idle ones. Returns whether any task is open. */
GENERAL_REGISTERS static int next_tasks(struct walks *walks, struct simd_feed *feed)
{
    for (unsigned i = 0; i < walks->n_open;) {
        struct walk *walk = &walks->open[i];
        if (walk->op != walk->end || next_task(feed, walk->cursor, walk)) {
            i++;
        } else {
            walks->idle |= 1u << walk->cursor;
            *walk = walks->open[--walks->n_open];
        }
    }
    while (walks->idle) {
        const unsigned cursor = (unsigned)__builtin_ctz(walks->idle);
        if (!next_task(feed, cursor, &walks->open[walks->n_open])) {
            break; /* what there is not for one, there is not for another */
        }
        walks->idle &= ~(1u << cursor);
        walks->n_open++;
    }
    return walks->n_open > 0;
}

/* The next group, at `pair`: from each open task an operation, then another, as long
 * as they are independent: gap reaches back to the task's first in this group. Sets
 * *finished if a task has no more operations; returns the number of pairs. */
GENERAL_REGISTERS static inline unsigned plan_group(
    struct walks *walks, struct pair *pair, unsigned *finished)
{
    struct walk *end = walks->open + walks->n_open;
    unsigned n = 0, before, depth = 0;

    do {
        before = n;
        for (struct walk *walk = walks->open; walk < end && n < GROUP; walk++) {
            /* Who was refused once is refused again: depth grows. */
            if (depth && (walk->op == walk->end || walk->op->gap < depth)) {
                continue;
            }
            pair[n].op = walk->op++;
            pair[n].bank = walk->bank;
            pair[n].digest_words = (uint8_t)walk->digest_words;
            *finished |= walk->op == walk->end;
            n++;
        }
        depth++;
    } while (n < GROUP && n > before);
    pair->group = (uint8_t)n;
    return n;
}

#endif
