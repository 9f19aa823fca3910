/*
 * A few jobs, of which each has a task by itself: so few that the plans of their families give each of them
 * to the kernel of one lane. Then no job waits for others of its shape, and there are no groups to be kept.
 *
 * The jobs work in the memory of the batch.
 */
#ifndef ENGINE_FEW_H
#define ENGINE_FEW_H

#include "batch.h"

/* Derives the jobs, BATCH_MAX_FEW at most, and wipes everything that it wrote. *n_failed becomes the number
 * of those that failed. Returns false if they are too many for a family of their hashes: nothing is derived
 * then. The kernels of one lane are those that the plans have for a job that comes alone. */
bool few_derive(struct batch *b, struct lanekdf_job *const *jobs, size_t n_jobs, size_t *n_failed);

#endif
