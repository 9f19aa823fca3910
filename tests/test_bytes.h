/* Bytes for the functions and jobs of lanekdf.h: those that a test has, random ones, and published ones. */
#ifndef TEST_BYTES_H
#define TEST_BYTES_H

#include "lanekdf.h"
#include "must.h"
#include "rng.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline struct lanekdf_bytes bytes(const void *data, size_t len)
{
    return (struct lanekdf_bytes){data, len};
}

static inline struct lanekdf_span span(void *data, size_t len)
{
    return (struct lanekdf_span){data, len};
}

/* Random bytes, 1 or more, for free(3): allocated at exactly their length, so that AddressSanitizer sees a
 * byte too many. */
static inline uint8_t *random_bytes(struct rng *rng, size_t len)
{
    uint8_t *data = malloc(len);

    must(data, "no memory");
    rng_fill(rng, data, len);
    return data;
}

/* Decodes hexadecimal digits into at most max bytes, and returns how many there are. */
static inline size_t from_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    unsigned byte;

    for (; n < max && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        out[n++] = (uint8_t)byte;
    }
    must(*hex == '\0', "published bytes that are no hexadecimal digits, or too many");
    return n;
}

#endif
