/*
 * What a derivation has to know of a hash function. Everything above the kernels
 * counts in these: adding a hash of a known family is adding a row to hash.c.
 */
#ifndef ENGINE_HASH_H
#define ENGINE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "simd.h"

enum { /* bytes, over all hashes */
    HASH_MAX_BLOCK = 128,
    HASH_MAX_DIGEST = 64
};

struct hash {
    const char *name;
    enum simd_family family;
    uint8_t block_bytes;                 /* a block is 16 words, a slot 8 */
    uint8_t digest_bytes;                /* the leftmost ones of the chaining value */
    uint8_t length_bytes;                /* of the message length that ends the padding */
    uint8_t little_endian;               /* words and that length: the lowest byte first */
    uint8_t initial[HASH_MAX_BLOCK / 2]; /* the initial chaining value, in the hash's byte order */
};

enum {
    HASH_MAX_ID = 5,
    HASH_MAX_JOB_ID = 5 /* of those that jobs may name */
};
extern const struct hash hashes[HASH_MAX_ID + 1]; /* by id; a row without a name is none */

/* The hash that a job names by this public id, or NULL. */
static inline const struct hash *hash_find(uint32_t id)
{
    return id <= HASH_MAX_JOB_ID && hashes[id].name ? &hashes[id] : NULL;
}

static inline unsigned hash_slot_bytes(const struct hash *hash)
{
    return hash->block_bytes / 2u;
}

/* Ends the padding of a message of `len` bytes: its length in bits, to the eight bytes
 * before `end`. What a longer length field has before them is zero. */
static inline void hash_put_length(const struct hash *hash, uint8_t *end, uint64_t len)
{
    const uint64_t bits = 8 * len;
    uint8_t *to = end - 8;
    if (hash->little_endian)
        for (unsigned i = 0; i < 8; i++)
            to[i] = (uint8_t)(bits >> 8 * i);
    else
        for (unsigned i = 0; i < 8; i++)
            to[i] = (uint8_t)(bits >> (56 - 8 * i));
}

/* Blocks of a message of `len` bytes with its padding. */
static inline uint64_t hash_n_blocks(const struct hash *hash, uint64_t len)
{
    return (len + 1 + hash->length_bytes + hash->block_bytes - 1) / hash->block_bytes;
}

#endif
