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
 * Zeroes the WIPE_STACK_BYTES below the caller's frame, where the dead frames of what it called are: the
 * engine's own, and those of two functions of a kernel, since the engine calls a second one when run() asks
 * for a task. tests/wiped_stack.c fails if a kernel is called from so deep that what it says of its stack
 * does not fit.
 */
enum { WIPE_ENGINE_BYTES = 704, WIPE_STACK_BYTES = WIPE_ENGINE_BYTES + 2 * SIMD_MAX_STACK_BYTES };
void wipe_stack(void);

#endif
