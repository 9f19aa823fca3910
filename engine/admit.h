/* Jobs become records of a batch: each is checked, and goes to the group of its first phase. */
#ifndef ENGINE_ADMIT_H
#define ENGINE_ADMIT_H

#include "batch.h"

/* Whether a job can become a record. */
static inline bool admit_is_possible(const struct batch *b)
{
    return b->jobs < b->jobs_end && b->free;
}

/* Makes records of the next jobs: one at least, unless the next job is a bad one. */
void admit_jobs(struct batch *b);

#endif
