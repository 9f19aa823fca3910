/* Copies of few bytes, in moves that may overlap: a call of memcpy() would take longer. */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COPY_INLINE static inline __attribute__((always_inline))

/* n bytes, 16 to 32. */
COPY_INLINE void copy_16_to_32(uint8_t *to, const uint8_t *from, size_t n)
{
    uint8_t last[16];
    memcpy(last, from + n - 16, 16);
    memcpy(to, from, 16);
    memcpy(to + n - 16, last, 16);
}

/* n bytes, 33 to 48. */
COPY_INLINE void copy_33_to_48(uint8_t *to, const uint8_t *from, size_t n)
{
    memcpy(to, from, 32);
    memcpy(to + n - 16, from + n - 16, 16);
}

/* n bytes, 33 to 64. */
COPY_INLINE void copy_33_to_64(uint8_t *to, const uint8_t *from, size_t n)
{
    memcpy(to, from, 32);
    memcpy(to + n - 32, from + n - 32, 32);
}

/* n bytes, 8 to 16. */
COPY_INLINE void copy_8_to_16(uint8_t *to, const uint8_t *from, size_t n)
{
    memcpy(to, from, 8);
    memcpy(to + n - 8, from + n - 8, 8);
}

static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 64) {
        memcpy(to, from, n);
    } else if (n > 32) {
        copy_33_to_64(to, from, n);
    } else if (n > 16) {
        copy_16_to_32(to, from, n);
    } else if (n >= 8) {
        copy_8_to_16(to, from, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            to[i] = from[i];
        }
    }
}

/* Copies n bytes of a secret. The lengths of secrets differ from lane to lane, and a branch on the length
 * would be mispredicted: all lengths from 16 to 64 bytes take the same moves, which overlap. */
static inline void copy_secret(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n < 16 || n > 64) {
        copy_bytes(to, from, n);
        return;
    }
    const size_t last = n - 16, second = last < 16 ? last : 16, third = last < 32 ? last : 32;
    memcpy(to, from, 16);
    memcpy(to + second, from + second, 16);
    memcpy(to + third, from + third, 16);
    memcpy(to + last, from + last, 16);
}

/* Zeroes n bytes, a multiple of 32, in pieces of constant size, of which compilers make neither a call nor a
 * slow rep stos. */
static inline void copy_zeros(uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i += 32) {
        memset(to + i, 0, 32);
    }
}

#endif
