/*
 * Random jobs that must fail. Each job is good but for one mistake. Some mistakes belong to a type of field
 * (field_mistakes.c) and are made in every field of that type in job_kinds.c; the others belong to a kind
 * (kind_mistakes.c, stage_mistakes.c).
 */
#ifndef WRONG_JOBS_H
#define WRONG_JOBS_H

#include "job_case.h"

/* The number of mistakes. */
size_t n_wrong_jobs(void);
/* Makes a job with mistake i. */
struct job_case wrong_job(size_t i, struct guarded_memory *memory);
/* The same. In `twin` it makes the job that this one would be without the mistake, with buffers of its own.
 */
struct job_case wrong_job_and_twin(size_t i, struct guarded_memory *memory, struct job_case *twin);
/* Makes a job with any of the mistakes. */
struct job_case any_wrong_job(struct guarded_memory *memory);

#endif
