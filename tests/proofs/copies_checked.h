/* In the place of copy.h, whose functions have a proof of their own: a copy asks for the right to read and
 * write its bytes, and moves none. */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include "cbmc.h"

#define COPY_INLINE static inline

static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    PROVE(n == 0 || __CPROVER_r_ok(from, n));
    PROVE(n == 0 || __CPROVER_w_ok(to, n));
}

static inline void copy_16_to_32(uint8_t *to, const uint8_t *from, size_t n)
{
    PROVE(n >= 16 && n <= 32);
    copy_bytes(to, from, n);
}

static inline void copy_8_to_16(uint8_t *to, const uint8_t *from, size_t n)
{
    PROVE(n >= 8 && n <= 16);
    copy_bytes(to, from, n);
}

static inline void copy_zeros(uint8_t *to, size_t n)
{
    PROVE(__CPROVER_w_ok(to, n));
}

#endif
