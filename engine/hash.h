/*
 * What derivations have to know of a hash function. Everything above the kernels counts in the numbers of
 * such a row, so a hash of a known family is a row of hash.c and nothing else in the engine.
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

struct hash {
    const char *name;
    enum simd_family family;
    uint8_t block_bytes;  /* a power of two; a block has 16 words, a slot 8 */
    uint8_t digest_bytes; /* the digest is the first bytes of the chaining value */
    uint8_t length_bytes; /* of the field at the end of the padding that holds the length of the message */
    uint8_t transcript_bytes; /* of the handshake's hash in a Finished (RFC 5246 section 7.4.9) */
    uint8_t components[2];  /* not 0: the row stands for the two hashes with these ids, one after the other */
    uint8_t legacy;         /* enum lanekdf_legacy: a job needs one of these to use the hash; 0: none */
    bool little_endian;     /* of a word, and of the length of a message, the lowest byte comes first */
    const uint8_t *initial; /* the initial chaining value, a slot in the hash's byte order */
    const uint8_t *empty;   /* the digest of no bytes: the key schedule of TLS 1.3 has it; NULL: not there */
};

/* The table has room for public ids up to this one. A row beyond it does not compile. */
enum { HASH_MAX_ID = 15 };
extern const struct hash hashes[HASH_MAX_ID + 1]; /* by public id; a row without a name is no hash */

/* The hash with this public id, or NULL. */
static inline const struct hash *hash_find(uint32_t id)
{
    return id <= HASH_MAX_ID && hashes[id].name ? &hashes[id] : NULL;
}

/* The public id of a hash, or of the row that stands for it and a second one; `second` may be NULL. */
static inline uint32_t hash_id(const struct hash *first, const struct hash *second)
{
    return second ? LANEKDF_MD5_SHA1 : (uint32_t)(first - hashes);
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

/* Ends the padding of a message of `len` bytes: writes its length in bits to the eight bytes before `end`. A
 * length field that is longer than that begins with zeros, which the caller has put there. */
static inline void hash_put_length(const struct hash *hash, uint8_t *end, uint64_t len)
{
    const bool is_little_here = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    const uint64_t bits = 8 * len,
                   length = hash->little_endian == is_little_here ? bits : __builtin_bswap64(bits);
    memcpy(end - sizeof(length), &length, sizeof(length));
}

/* Blocks of a message of `len` bytes, which its padding fills up: a byte 0x80, zeros, the length field.
 * Blocks have 64 or 128 bytes. */
static inline uint64_t hash_n_blocks(const struct hash *hash, uint64_t len)
{
    const unsigned block_bits = 6u + (hash->block_bytes >> 7);
    return ((len + hash->length_bytes) >> block_bits) + 1;
}

#endif
