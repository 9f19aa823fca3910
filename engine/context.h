/*
 * What a context is made of. context.c has the public calls on it; tests and benchmarks look inside, for
 * secrets that were left behind and for what the batch does.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "batch.h"
#include "start.h"

/* Records suffice for the jobs of a realistic mix to find others of their shape; a batch of one shape
 * only ever touches the first few. */
enum { CONTEXT_N_RECORDS = 256 };

/* The struct stands at the beginning of the context's memory; rows, digests, scratch and banks follow. */
struct lanekdf_context {
    struct batch batch;
    struct plans plans;
    size_t size; /* bytes of all the memory */
    struct batch_work work;
    struct group groups[BATCH_MAX_GROUPS];
    struct record records[CONTEXT_N_RECORDS];
};

#endif
