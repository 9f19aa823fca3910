/*
 * What a context is made of. context.c has the public calls on it; tests and benchmarks look inside, for
 * secrets that were left behind and for what the batch does.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "batch.h"
#include "start.h"

/* How many jobs are on their way at the same time. With so many, jobs of a realistic mix find others of their
 * shape. A batch of jobs of one shape uses the first few records only, which stay in the cache. */
enum { CONTEXT_N_RECORDS = 256 };

/* The struct stands at the beginning of the context's memory; rows, digests, scratch and banks follow. */
struct lanekdf_context {
    struct batch batch;
    struct plans plans;
    size_t size; /* bytes of all the memory */
    struct batch_work work;
    struct group groups[BATCH_MAX_GROUPS];
    struct routes routes;
    struct record records[CONTEXT_N_RECORDS];
};

#endif
