/* Running one program on one bank: a feed that has one task. */
#ifndef ENGINE_ONE_TASK_H
#define ENGINE_ONE_TASK_H

#include <stdbool.h>

#include "simd.h"

struct one_task {
    struct simd_feed feed;
    struct simd_task task;
    bool is_given;
};

static inline int one_task_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct one_task *one = (struct one_task *)feed;
    (void)cursor;
    if (one->is_given) {
        return 0;
    }
    *task = one->task;
    one->is_given = true;
    return 1;
}

static inline void one_task_run(
    const struct simd_kernel *kernel, const struct simd_program *program, uint8_t *bank, void *scratch)
{
    struct one_task one = {{one_task_next}, {program, bank}, false};
    kernel->run(&one.feed, scratch);
}

#endif
