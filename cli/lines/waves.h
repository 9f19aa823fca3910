/*
 * The jobs of many lines, to be derived together.
 *
 * Jobs run in waves: a job may read what jobs of earlier waves of the same line write, simply by pointing to
 * it.
 */
#ifndef WAVES_H
#define WAVES_H

#include "lanekdf.h"

#include <stddef.h>

enum { N_WAVES = 6 };

struct waves {
    struct wave {
        struct lanekdf_job **jobs;
        size_t n_jobs, capacity;
    } of[N_WAVES];
};

/* How many jobs each wave has. */
struct waves_mark {
    size_t n_jobs[N_WAVES];
};

/* Adds a job to a wave. Without memory the command ends with a message. */
void waves_add(struct waves *waves, unsigned number, struct lanekdf_job *job);

/* Where the waves end now; and what takes away all jobs that were added since a mark was taken. */
struct waves_mark waves_end(const struct waves *waves);
void waves_cut(struct waves *waves, const struct waves_mark *mark);

/* Takes away all jobs. */
void waves_reset(struct waves *waves);

/* Derives one wave after the other, and calls on_failure for each job that failed. */
void waves_derive(
    const struct waves *waves, lanekdf_context *context, void (*on_failure)(const struct lanekdf_job *job));

void waves_free(struct waves *waves);

#endif
