/* A feed that gives a kernel one task. */
#ifndef FEED_OF_ONE_H
#define FEED_OF_ONE_H

#include "simd.h"

struct feed_of_one {
    struct simd_feed feed;
    struct simd_task task;
    bool is_given;
};

static inline int feed_of_one_next(struct simd_feed *feed, unsigned cursor, struct simd_task *task)
{
    struct feed_of_one *one = (struct feed_of_one *)feed;

    (void)cursor;
    if (one->is_given) {
        return 0;
    }
    one->is_given = true;
    *task = one->task;
    return 1;
}

static inline struct feed_of_one feed_of_one(const struct simd_program *program, uint8_t *bank)
{
    return (struct feed_of_one){{feed_of_one_next}, {program, bank}, false};
}

#endif
