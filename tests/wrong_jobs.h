/*
 * Random jobs that must fail. Each is good but for one mistake: one of those that a field of its type can
 * have, for every field of job_kinds.c, or one of those that are a kind's own.
 */
#ifndef WRONG_JOBS_H
#define WRONG_JOBS_H

#include "job_case.h"

/* How many mistakes there are. */
size_t n_wrong_jobs(void);
/* A job with mistake i. */
struct job_case wrong_job(size_t i, struct guarded_memory *memory);
/* A job with any of them. */
struct job_case any_wrong_job(struct guarded_memory *memory);

#endif
