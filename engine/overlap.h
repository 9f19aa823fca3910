#ifndef ENGINE_OVERLAP_H
#define ENGINE_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether two buffers share a byte; an empty buffer shares none. The differences wrap, so that one comparison
 * does for either order of the two. */
static inline bool overlap(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return (a_len != 0) & (b_len != 0) & ((p - q < b_len) | (q - p < a_len));
}

#endif
