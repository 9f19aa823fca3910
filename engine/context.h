/*
 * What a context is made of. context.c has the public calls on it; tests and benchmarks look inside, for
 * secrets that were left behind and for what the batch does.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "batch.h"
#include "one.h"
#include "start.h"
#include "verification.h"

/* How many jobs are on their way at the same time. With so many, jobs of a realistic mix find others of their
 * shape. A batch of jobs of one shape uses the first few records only, which stay in the cache. */
enum { CONTEXT_N_RECORDS = 232 };

/* Offsets from the beginning of the context, strides and the size are bytes. */
struct context_layout {
    size_t rows, digests, scratch, banks[SIMD_MAX_TASKS_IN_FLIGHT];
    size_t row_stride;
    size_t size; /* of all the memory */
};

/*
 * The struct stands at the beginning of the context's memory; rows, digests, scratch and banks follow. A
 * forked child inherits the members before the batch, of which no byte is secret. From there on its memory is
 * zero, where the system offers that, and lanekdf_context_derive() lays it out again.
 */
enum { CONTEXT_PAGE_BYTES = 4096 };
struct lanekdf_context {
    size_t size; /* bytes of all the memory */
    struct context_layout layout;
    struct start_options options;
    /* service.h: the kernels that the plans leave out, and the families that are without one. */
    uint32_t withdrawn, families_without;
    struct verify_sampler sampler;
    /* Of the batch that was derived last, if it was to be verified: the kernels that ran, and the last one of
     * them. */
    uint32_t ran;
    const struct simd_kernel *last_ran;
    _Alignas(CONTEXT_PAGE_BYTES) struct batch batch;
    struct plans plans;
    union {
        struct batch_work work;
        struct one_arena one; /* of a job that comes alone: there is no batch then */
    };
    struct group groups[BATCH_MAX_GROUPS];
    struct routes routes;
    struct record records[CONTEXT_N_RECORDS];
};

#endif
