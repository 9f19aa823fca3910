/*
 * What the kernels in rows have in common that run operations in groups. rows_slots.h says what rows are and
 * what the including file defines for them; for this file it also defines
 *
 *   GROUP              the most operations that the kernel runs at a time
 *   WORK_ROWS          the rows of memory that one compression works in
 *
 * Its own part is the arithmetic:
 *
 *   void KERNEL(compress)(struct rows_pair *pairs, unsigned n, row *work)
 *       Does n independent compressions, 1 to GROUP. It may write the pairs behind these, and it keeps the
 *       message schedule and whatever else it needs in `work`, which has GROUP * WORK_ROWS rows.
 */
#ifndef SIMD_ROWS_H
#define SIMD_ROWS_H

#include "rows_slots.h"

#include <string.h>

static void KERNEL(compress)(struct rows_pair *pairs, unsigned n, row *work);

struct rows_scratch {
    row work[GROUP * WORK_ROWS];
    /* Where a digest begins a half of a block and does not fill it, that half: the words of the digest, and
     * those of the message behind them. */
    row filled[GROUP][2][8];
};

/* Runs n_open tasks that are at the same operation of the same program, up to its end. A group has as many of
 * their next operations as are independent and have room. Inlined wherever n_open is a constant, which clang
 * does not do by itself. */
GENERAL_REGISTERS static inline __attribute__((always_inline)) void run_in_step(
    struct walks *walks, struct rows_scratch *s, const unsigned n_open)
{
    const struct simd_op *op = walks->open[0].op, *const end = walks->open[0].end;

    while (op != end) {
        struct rows_pair pairs[GROUP];
        unsigned depth = 0, n = 0;
        do {
            set_pairs(pairs + n, op++, walks->open, n_open, s->filled + n);
            n += n_open;
            depth++;
        } while (n < GROUP && op != end && op->gap >= depth);
        KERNEL(compress)(pairs, n, s->work);
    }
    for (unsigned i = 0; i < n_open; i++) {
        walks->open[i].op = end;
    }
}

/* Whether all open tasks are at the same operation of the same program. */
GENERAL_REGISTERS static bool are_in_step(const struct walks *walks)
{
    for (unsigned i = 1; i < walks->n_open; i++) {
        if (walks->open[i].op != walks->open[0].op) {
            return false;
        }
    }
    return true;
}

/* Makes the pair of the next operation of a task. Returns whether it was the task's last one. */
GENERAL_REGISTERS static inline bool take(struct walk *walk, struct rows_pair *pair, row filled[][2][8])
{
    const struct simd_op *op = walk->op++;

    set_pairs(pair, op, walk, 1, filled);
    return op + 1 == walk->end;
}

/*
 * Adds to a group of n pairs, which has one operation of each open task: a second one of each task, then a
 * third one, and so on, as long as a task's operations in the group are independent: the gap of each reaches
 * back to the task's first one. Returns the number of pairs. Sets *finished if a task has no more operations.
 */
GENERAL_REGISTERS __attribute__((noinline)) static unsigned add_independent(
    struct walks *walks, struct rows_pair pairs[GROUP], row filled[GROUP][2][8], bool *finished)
{
    unsigned n = walks->n_open, before = 0;

    for (unsigned depth = 1; n < GROUP && n > before; depth++) {
        before = n;
        for (unsigned i = 0; i < walks->n_open && n < GROUP; i++) {
            struct walk *walk = &walks->open[i];
            /* A task that is passed over here is passed over in every later round as well: op stays the same
             * and depth grows. */
            if (walk->op != walk->end && walk->op->gap >= depth) {
                *finished |= take(walk, &pairs[n], &filled[n]);
                n++;
            }
        }
    }
    return n;
}

/* Runs tasks that are not in step, or whose number does not divide a group, until one of them is finished. */
GENERAL_REGISTERS __attribute__((noinline)) static void run_in_turn(
    struct walks *walks, struct rows_scratch *s)
{
    const unsigned n_open = walks->n_open;
    bool finished = false;

    while (!finished) {
        struct rows_pair pairs[GROUP];
        for (unsigned i = 0; i < n_open; i++) {
            finished |= take(&walks->open[i], &pairs[i], &s->filled[i]);
        }
        const unsigned n = n_open < GROUP ? add_independent(walks, pairs, s->filled, &finished) : GROUP;
        KERNEL(compress)(pairs, n, s->work);
    }
}

/* Functions of their own, since clang gives each inlined copy another part of the stack. */
#define RUN_IN_STEP(name, n)                                                                                 \
    GENERAL_REGISTERS __attribute__((noinline)) static void name(                                            \
        struct walks *walks, struct rows_scratch *s)                                                         \
    {                                                                                                        \
        run_in_step(walks, s, n);                                                                            \
    }
RUN_IN_STEP(run_all_in_step, GROUP)
RUN_IN_STEP(run_half_in_step, GROUP / 2)
RUN_IN_STEP(run_one_in_step, 1)

/* Tasks in step are planned together. With their number as a constant this takes half the instructions. */
GENERAL_REGISTERS static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        const unsigned n = are_in_step(&walks) ? walks.n_open : 0;
        if (n == GROUP) {
            run_all_in_step(&walks, scratch);
        } else if (n == 1) {
            run_one_in_step(&walks, scratch);
        } else if (n == GROUP / 2) {
            run_half_in_step(&walks, scratch);
        } else {
            run_in_turn(&walks, scratch);
        }
    }
}

static void KERNEL(clear)(void *scratch)
{
    simd_wipe(scratch, sizeof(struct rows_scratch));
}

/* What is the same in the struct simd_kernel of each of these kernels. */
#define ROWS_COMMON                                                                                          \
    .tasks_in_flight = CURSORS, .scratch_bytes = sizeof(struct rows_scratch), .run = KERNEL(run),            \
    .clear = KERNEL(clear), ROWS_SLOTS

#endif
