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
    HASH_MAX_BLOCK = 64,
    HASH_MAX_DIGEST = 32
};

struct hash {
    const char *name;
    enum simd_family family;
    uint8_t block_bytes;                 /* a block is 16 words, a slot 8 */
    uint8_t digest_bytes;                /* the leftmost ones of the chaining value */
    uint8_t length_bytes;                /* of the message length that ends the padding */
    uint8_t initial[HASH_MAX_BLOCK / 2]; /* the initial chaining value, in the hash's byte order */
};

enum { HASH_MAX_ID = 1 };
extern const struct hash hashes[HASH_MAX_ID + 1]; /* by id; a row without a name is none */

/* The hash with this public id, or NULL. */
static inline const struct hash *hash_find(uint32_t id)
{
    return id <= HASH_MAX_ID && hashes[id].name ? &hashes[id] : NULL;
}

static inline unsigned hash_slot_bytes(const struct hash *hash)
{
    return hash->block_bytes / 2u;
}

/* Blocks of a message of `len` bytes with its padding. */
static inline uint64_t hash_n_blocks(const struct hash *hash, uint64_t len)
{
    return (len + 1 + hash->length_bytes + hash->block_bytes - 1) / hash->block_bytes;
}

#endif
