/* Zeroing that no compiler leaves out. */
#ifndef ENGINE_WIPE_H
#define ENGINE_WIPE_H

#include <stddef.h>
#include <string.h>

#include "reference.h"
#include "simd.h"

static inline void wipe(void *data, size_t len)
{
    simd_wipe(data, len);
}

/*
 * These functions zero bytes below the caller's frame, where the dead frames of what it called are: the
 * engine's own, and those of a function of a kernel. wipe_program_stack() does where programs ran, or blocks
 * were hashed; wipe_stack() where an evaluation (evaluate.h) called the kernel from deep within a formula;
 * and wipe_batch_stack() behind a batch, in which the engine calls a second function of a kernel when run()
 * asks for a task. Most jobs need the least: with 704 bytes more a lone handshake takes 0.5 % longer. What
 * the caller computes in its own frame is not wiped: it handles no secrets but in memory that it wipes by
 * itself, and calls functions that are not inlined.
 *
 * tests/wiped_stack.c fails if a kernel is called from so deep that what it says of its stack does not fit,
 * or if anything else writes to the stack below. A build without optimisation has larger frames, and so have
 * one with a canary in each of them, and CPUs with more registers for functions to save; clang's small code
 * has some. With optimisation on x86 fewer than 2,048 bytes are wiped for one job, since from there on
 * memset() is slower on some CPUs.
 */
#if defined(__OPTIMIZE_SIZE__) && !defined(__SSP_ALL__) && (defined(__x86_64__) || defined(__i386__))
enum { WIPE_ONE_ENGINE_BYTES = 1408, WIPE_BATCH_ENGINE_BYTES = 960 };
#elif defined(__OPTIMIZE__) && !defined(__SSP_ALL__) && (defined(__x86_64__) || defined(__i386__))
enum { WIPE_ONE_ENGINE_BYTES = 1344, WIPE_BATCH_ENGINE_BYTES = 960 };
_Static_assert((int)WIPE_ONE_ENGINE_BYTES + (int)SIMD_MAX_STACK_BYTES < 2048, "memset() is fast");
#elif defined(__OPTIMIZE__) && !defined(__SSP_ALL__)
enum { WIPE_ONE_ENGINE_BYTES = 1536, WIPE_BATCH_ENGINE_BYTES = 1216 };
#elif defined(__OPTIMIZE__) || !defined(__clang__)
enum { WIPE_ONE_ENGINE_BYTES = 1984, WIPE_BATCH_ENGINE_BYTES = 2688 };
#else
enum { WIPE_ONE_ENGINE_BYTES = 2560, WIPE_BATCH_ENGINE_BYTES = 3328 };
#endif
/* How much less deep programs are run than formulas are evaluated. Without optimisation the check of a job,
 * which handles no secrets, lies as deep as an evaluation, and the test cannot tell its frame from others. */
#ifdef __OPTIMIZE__
enum { WIPE_LESS_FOR_PROGRAMS = 704 };
#else
enum { WIPE_LESS_FOR_PROGRAMS = 0 };
#endif
enum {
    WIPE_COPY_BYTES = 384 + 2 * SIMD_FRAME_BYTES,
    WIPE_STACK_BYTES = WIPE_ONE_ENGINE_BYTES + 6 * SIMD_FRAME_BYTES + SIMD_MAX_STACK_BYTES,
    WIPE_PROGRAM_BYTES = WIPE_STACK_BYTES - WIPE_LESS_FOR_PROGRAMS,
    WIPE_BATCH_BYTES = WIPE_BATCH_ENGINE_BYTES + 6 * SIMD_FRAME_BYTES + 2 * SIMD_MAX_STACK_BYTES,
    WIPE_REFERENCE_BYTES = REFERENCE_STACK_BYTES + 1024 /* which verification.c takes */
};

/* Where arguments are pushed onto the stack, padding above them aligns it for the call, and keeps what a
 * callee left there: only the caller could zero that. */
#ifdef __i386__
#define WIPE_ARGUMENTS_IN_REGISTERS __attribute__((regparm(2)))
#else
#define WIPE_ARGUMENTS_IN_REGISTERS
#endif

/* Zeroes the `len` bytes below the caller's frame, and a few more to make the memory 64-byte aligned, with
 * one of the two functions below. */
WIPE_ARGUMENTS_IN_REGISTERS void wipe_frames(size_t len, void *(*set_memory)(void *, int, size_t));

/* memset(), through a pointer that the compiler has to load: it cannot see that the bytes are dead, nor write
 * out the stores itself. The C library's memset is faster. */
extern void *(*const volatile wipe_dead)(void *, int, size_t);
void *wipe_dead_in_halves(void *dead, int zero, size_t len);

static inline __attribute__((always_inline)) void wipe_program_stack(void)
{
    wipe_frames(WIPE_PROGRAM_BYTES, wipe_dead);
}

static inline __attribute__((always_inline)) void wipe_stack(void)
{
    wipe_frames(WIPE_STACK_BYTES, wipe_dead);
}

/* The same where bytes were copied and nothing was hashed. */
static inline __attribute__((always_inline)) void wipe_stack_of_copy(void)
{
    wipe_frames(WIPE_COPY_BYTES, wipe_dead);
}

static inline __attribute__((always_inline)) void wipe_batch_stack(void)
{
    wipe_frames(WIPE_BATCH_BYTES, wipe_dead_in_halves);
}

/* The same after the reference (verification.h). */
static inline __attribute__((always_inline)) void wipe_reference_stack(void)
{
    wipe_frames(WIPE_REFERENCE_BYTES, wipe_dead_in_halves);
}

#endif
