/*
 * The tasks that a kernel has open. From them it takes groups of independent operations, which it then runs
 * at the same time.
 *
 * The including file defines CURSORS, the number of tasks that the kernel has in flight.
 *
 * What is planned depends on programs alone and never on data. A compiler likes to copy structures and to
 * unroll loops by way of vector registers, which takes more instructions here, and twice the code.
 * GENERAL_REGISTERS forbids it.
 */
#ifndef SIMD_WALK_H
#define SIMD_WALK_H

#include "simd.h"

#ifdef __x86_64__
#define GENERAL_REGISTERS __attribute__((target("general-regs-only")))
#else
#define GENERAL_REGISTERS
#endif

/* An open task. sha256_shani.S knows this layout. The struct is copied and has no padding, which would take
 * bytes of dead stack along. */
struct walk {
    const struct simd_op *op, *end; /* the operations that are still to be run */
    uint8_t *bank;
    uint16_t digest_words, hi_digest_words;
    uint32_t cursor;
};

_Static_assert((int)CURSORS <= (int)SIMD_MAX_TASKS_IN_FLIGHT, "the engine has a bank for each cursor");

struct walks {
    struct walk open[CURSORS]; /* the first n_open of them are open */
    unsigned n_open;
    unsigned idle; /* a bit for each cursor that has no task */
};

GENERAL_REGISTERS static void begin_walk(struct walk *walk, const struct simd_task *task, unsigned cursor)
{
    walk->op = task->program->ops;
    walk->end = task->program->ops + task->program->n_ops;
    walk->bank = task->bank;
    walk->digest_words = task->program->digest_words;
    walk->hi_digest_words = task->program->hi_digest_words;
    walk->cursor = cursor;
}

/* Asks the feed for the next task of the cursor. Returns false if there is none. */
GENERAL_REGISTERS static bool next_task(struct simd_feed *feed, unsigned cursor, struct walk *walk)
{
    struct simd_task task;

    if (!feed->next(feed, cursor, &task)) {
        return false;
    }
    begin_walk(walk, &task, cursor);
    return true;
}

/* Opens tasks beside which there will be no others: CURSORS at most. */
GENERAL_REGISTERS static inline void open_tasks(
    struct walks *walks, const struct simd_task *tasks, unsigned n_tasks)
{
    walks->n_open = n_tasks;
    for (unsigned i = 0; i < n_tasks; i++) {
        begin_walk(&walks->open[i], &tasks[i], i);
    }
}

/* Closes the tasks that are finished. Returns whether one is still open. */
GENERAL_REGISTERS static inline bool close_finished(struct walks *walks)
{
    unsigned n = 0;

    for (unsigned i = 0; i < walks->n_open; i++) {
        if (walks->open[i].op != walks->open[i].end) {
            walks->open[n++] = walks->open[i];
        }
    }
    walks->n_open = n;
    return n > 0;
}

/*
 * Asks for new tasks: first for the cursors whose tasks are finished, and then for the idle ones, since the
 * engine may have made new work of what it took back. Once a cursor gets nothing, the others get nothing
 * either (simd_feed), unless one of them has a finished task. Returns whether a task is open.
 */
GENERAL_REGISTERS static bool next_tasks(struct walks *walks, struct simd_feed *feed)
{
    bool has_more = true;

    for (unsigned i = 0; i < walks->n_open;) {
        struct walk *walk = &walks->open[i];
        if (walk->op == walk->end) {
            has_more = next_task(feed, walk->cursor, walk);
        }
        if (walk->op != walk->end) {
            i++;
        } else {
            walks->idle |= 1u << walk->cursor;
            *walk = walks->open[--walks->n_open];
        }
    }
    while (has_more && walks->idle) {
        const unsigned cursor = (unsigned)__builtin_ctz(walks->idle);
        has_more = next_task(feed, cursor, &walks->open[walks->n_open]);
        if (has_more) {
            walks->idle &= ~(1u << cursor);
            walks->n_open++;
        }
    }
    return walks->n_open > 0;
}

#endif
