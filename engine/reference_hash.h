/*
 * The hashes and the HMAC of the judge (reference.h), from the text of FIPS 180-4, RFC 1321
 * and RFC 2104. Ids are those of enum lanekdf_hash, LANEKDF_MD5_SHA1 excepted.
 */
#ifndef REFERENCE_HASH_H
#define REFERENCE_HASH_H

#include <stdbool.h>
#include <string.h>

#include "lanekdf.h"

enum { REFERENCE_MAX_DIGEST = 64, REFERENCE_MAX_BLOCK = 128 };

/* The compiler may not drop the memset: the empty asm could read what p points to. */
static inline void reference_wipe(void *p, size_t len)
{
    memset(p, 0, len);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

/*
 * tests/nothing_left.c has a reference of its own that tells it of every value that a secret
 * turns into: bytes, and words in the machine's order. Here these are nothing.
 */
#ifdef REFERENCE_IS_WATCHED
void reference_saw_bytes(const void *bytes, size_t len);
void reference_saw_words(const void *words, size_t len, bool is_of_round);
#define SAW_BYTES(bytes, len) reference_saw_bytes(bytes, len)
#define SAW_STATE(words) reference_saw_words(&(words), sizeof(words), false)
#define SAW_IN_ROUND(word) reference_saw_words(&(word), sizeof(word), true)
#else
#define SAW_BYTES(bytes, len) ((void)0)
#define SAW_STATE(words) ((void)0)
#define SAW_IN_ROUND(word) ((void)0)
#endif

/* The hash value, in words of 32 or 64 bits. */
union reference_state {
    uint32_t w32[8];
    uint64_t w64[8];
};

struct reference_hash {
    uint32_t id;
    union reference_state state;
    uint8_t block[REFERENCE_MAX_BLOCK]; /* the begun block */
    uint64_t len;                       /* bytes of message so far */
};

void reference_hash_start(struct reference_hash *hash, uint32_t id);
void reference_hash_add(struct reference_hash *hash, struct lanekdf_bytes message);
/* Returns the length of the digest; wipes hash. */
size_t reference_hash_end(struct reference_hash *hash, uint8_t *digest);

/* K, a block of the hash: the secret, hashed first if it is longer, filled up with zeros. */
void reference_hmac_key(uint32_t id, struct lanekdf_bytes secret, uint8_t *K);
/* Between the two: reference_hash_add(). */
void reference_hmac_start(struct reference_hash *hash, uint32_t id, const uint8_t *K);
/* Returns the length of mac; wipes hash. */
size_t reference_hmac_end(struct reference_hash *hash, const uint8_t *K, uint8_t *mac);

#endif
