/* In the place of copy.h, whose functions have a proof of their own: a copy asks for the right to read and
 * write its bytes, and moves none. */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include "cbmc.h"

static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    PROVE(n == 0 || __CPROVER_r_ok(from, n));
    PROVE(n == 0 || __CPROVER_w_ok(to, n));
}

static inline void copy_zeros(uint8_t *to, size_t n)
{
    PROVE(__CPROVER_w_ok(to, n));
}

#endif
