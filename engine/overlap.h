/* Whether two buffers share a byte; an empty one shares none. */
#ifndef ENGINE_OVERLAP_H
#define ENGINE_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

static inline int overlap(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return (a_len != 0) & (b_len != 0) & ((p - q < b_len) | (q - p < a_len)); /* differences wrap */
}

#endif
