/* Zeroing that no compiler leaves out. */
#ifndef ENGINE_WIPE_H
#define ENGINE_WIPE_H

#include <stddef.h>
#include <string.h>

#include "simd.h"

static inline void wipe(void *data, size_t len)
{
    memset(data, 0, len);
    __asm__ volatile("" : : "r"(data) : "memory");
}

/*
 * wipe_stack() and wipe_batch_stack() zero the WIPE_STACK_BYTES or WIPE_BATCH_BYTES below the caller's frame,
 * where the dead frames of what it called are: the engine's own, and those of a function of a kernel. In a
 * batch there are two of these, since the engine calls a second one when run() asks for a task. One job asks
 * for nothing, but an evaluation (evaluate.h) calls the kernel from deep within a formula.
 * tests/wiped_stack.c fails if a kernel is called from so deep that what it says of its stack does not fit. A
 * build without optimisation has larger frames.
 *
 * The first number stays below 2,048 in optimised builds: from there on memset() of glibc on x86 takes rep
 * stosb, which needs longer to begin than all of these bytes take otherwise.
 */
#ifdef __OPTIMIZE__
enum { WIPE_ONE_ENGINE_BYTES = 1344, WIPE_BATCH_ENGINE_BYTES = 832 };
#else
enum { WIPE_ONE_ENGINE_BYTES = 1856, WIPE_BATCH_ENGINE_BYTES = 2240 };
#endif
enum {
    WIPE_STACK_BYTES = WIPE_ONE_ENGINE_BYTES + SIMD_MAX_STACK_BYTES,
    WIPE_BATCH_BYTES = WIPE_BATCH_ENGINE_BYTES + 2 * SIMD_MAX_STACK_BYTES
};
void wipe_frames(void);
void wipe_batch_frames(void);

static inline __attribute__((always_inline)) void wipe_with(void (*frames)(void))
{
    frames();
#ifdef __x86_64__
    /* The frame of that function had its array some words below its return address: the compiler may have
     * put registers and padding in between. These words may be the last of a callee's secrets. They are
     * unused now. The caller, which makes calls, has no variables below its stack pointer itself. */
    __asm__ volatile("movq $0, -16(%%rsp)\n\t"
                     "movq $0, -24(%%rsp)\n\t"
                     "movq $0, -32(%%rsp)\n\t"
                     "movq $0, -40(%%rsp)"
                     :
                     :
                     : "memory");
#endif
}

static inline __attribute__((always_inline)) void wipe_stack(void)
{
    wipe_with(wipe_frames);
}

static inline __attribute__((always_inline)) void wipe_batch_stack(void)
{
    wipe_with(wipe_batch_frames);
}

#endif
