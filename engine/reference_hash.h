/*
 * The hashes and the HMAC of the judge (reference.h), from the text of FIPS 180-4, RFC 1321 and RFC 2104. A
 * hash is given by its id in enum lanekdf_hash; LANEKDF_MD5_SHA1 is not one of them here.
 */
#ifndef REFERENCE_HASH_H
#define REFERENCE_HASH_H

#include <stdbool.h>
#include <string.h>

#include "lanekdf.h"

enum { REFERENCE_MAX_DIGEST = 64, REFERENCE_MAX_BLOCK = 128 };

/* Zeroes len bytes. The compiler may not drop the memset, because the empty asm might read them. */
static inline void reference_wipe(void *p, size_t len)
{
    memset(p, 0, len);
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

/*
 * tests/nothing_left.c compiles a judge of its own, which reports every value that a secret turns into:
 * bytes, and words in the byte order of the machine. In the library's judge the reports are empty.
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

/* A hash value, in words of 32 or 64 bits. */
union reference_state {
    uint32_t w32[8];
    uint64_t w64[8];
};

struct reference_hash {
    uint32_t id;
    union reference_state state;
    uint8_t block[REFERENCE_MAX_BLOCK]; /* the block that has begun */
    uint64_t len;                       /* bytes of the message so far */
};

/* Bytes of a block. */
size_t reference_hash_block_len(uint32_t id);

void reference_hash_start(struct reference_hash *hash, uint32_t id);
void reference_hash_add(struct reference_hash *hash, struct lanekdf_bytes message);
/* Writes the digest, wipes hash, and returns the length of the digest in bytes. */
size_t reference_hash_end(struct reference_hash *hash, uint8_t *digest);

/* Makes the key of an HMAC of a secret: the hash values behind the padded keys, first the inner one and
 * behind it the outer one. Together they are as long as a block. */
void reference_hmac_key(uint32_t id, struct lanekdf_bytes secret, uint8_t *key);
/* HMAC: start, then the message with reference_hash_add(), then end. */
void reference_hmac_start(struct reference_hash *hash, uint32_t id, const uint8_t *key);
/* Writes the MAC, wipes hash, and returns the length of the MAC in bytes. */
size_t reference_hmac_end(struct reference_hash *hash, const uint8_t *key, uint8_t *mac);

#endif
