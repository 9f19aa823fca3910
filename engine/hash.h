/*
 * What a derivation has to know of a hash function. Everything above the kernels
 * counts in these: adding a hash of a known family is adding a row to hash.c.
 */
#ifndef ENGINE_HASH_H
#define ENGINE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lanekdf.h"
#include "simd.h"

enum { /* bytes, over all hashes */
    HASH_MAX_BLOCK = 128,
    HASH_MAX_DIGEST = 64
};

/* The bytes that HMAC xors to a key's block (RFC 2104 section 2): ipad and opad. */
enum { HASH_INNER_PAD = 0x36, HASH_OUTER_PAD = 0x5c };

struct hash {
    const char *name;
    enum simd_family family;
    uint8_t block_bytes;      /* a block is 16 words, a slot 8; a power of two */
    uint8_t digest_bytes;     /* the leftmost ones of the chaining value */
    uint8_t length_bytes;     /* of the message length that ends the padding */
    uint8_t transcript_bytes; /* of the handshake hash in a Finished (RFC 5246 section 7.4.9) */
    uint8_t components[2];    /* ids; not 0: this row stands for these two, one after the other */
    uint8_t legacy;           /* enum lanekdf_legacy: a job needs one of these to use it; 0: none */
    uint8_t little_endian;    /* words and that length: the lowest byte first */
    uint8_t initial[HASH_MAX_BLOCK / 2]; /* the initial chaining value, in the hash's byte order */
};

enum { HASH_MAX_ID = 6 };
extern const struct hash hashes[HASH_MAX_ID + 1]; /* by id; a row without a name is none */

/* The hash with this public id, or NULL. */
static inline const struct hash *hash_find(uint32_t id)
{
    return id <= HASH_MAX_ID && hashes[id].name ? &hashes[id] : NULL;
}

/* The public id of a hash, or of the row that stands for it and another. */
static inline uint32_t hash_id(const struct hash *first, int is_one_of_two)
{
    return is_one_of_two ? LANEKDF_MD5_SHA1 : (uint32_t)(first - hashes);
}

static inline unsigned hash_slot_bytes(const struct hash *hash)
{
    return hash->block_bytes / 2u;
}

/* Words of a digest: a kernel counts in these. */
static inline unsigned hash_digest_words(const struct hash *hash)
{
    return hash->digest_bytes / (unsigned)simd_word_bytes(hash->family);
}

/* Ends the padding of a message of `len` bytes: its length in bits, to the eight bytes
 * before `end`. What a longer length field has before them is zero. */
static inline void hash_put_length(const struct hash *hash, uint8_t *end, uint64_t len)
{
    const int is_little_here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    const uint64_t bits = 8 * len,
                   length = hash->little_endian == is_little_here ? bits : __builtin_bswap64(bits);
    memcpy(end - sizeof(length), &length, sizeof(length));
}

/* Blocks of a message of `len` bytes with its padding. */
static inline uint64_t hash_n_blocks(const struct hash *hash, uint64_t len)
{
    const unsigned block_bits = (unsigned)__builtin_ctz(hash->block_bytes);
    return (len + hash->length_bytes + hash->block_bytes) >> block_bits; /* 1 + ... - 1 */
}

#endif
