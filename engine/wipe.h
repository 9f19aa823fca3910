/* Zeroing that no compiler leaves out. */
#ifndef ENGINE_WIPE_H
#define ENGINE_WIPE_H

#include <stddef.h>
#include <string.h>

static inline void wipe(void *data, size_t len)
{
    memset(data, 0, len);
    __asm__ volatile("" : : "r"(data) : "memory");
}

/* Zeroes the WIPE_STACK_BYTES below the caller's frame: the dead frames of what it
 * called, kernels included. */
enum { WIPE_STACK_BYTES = 1984 };
void wipe_stack(void);

#endif
