/*
 * A message that is hashed in one lane while its bytes come: whole blocks from where they lie, and what fills
 * no block yet in memory of its own. Everything in the struct is secret.
 */
#ifndef ENGINE_RUNNING_HASH_H
#define ENGINE_RUNNING_HASH_H

#include "hash.h"

/*
 * A chaining value is in the byte order of the hash, which all kernels of a family have in common. There is
 * no pointer, so that the struct may be copied in the middle of a message. It may lie in a struct of the
 * caller, who copies it as another type: may_alias keeps a compiler that sees both from taking them for two
 * objects.
 */
struct __attribute__((may_alias)) running_hash {
    uint8_t value[HASH_MAX_BLOCK / 2]; /* the chaining value before the block */
    uint8_t block[HASH_MAX_BLOCK];     /* the bytes that fill no block yet, and zeros behind them */
    uint64_t len;                      /* bytes of the message so far */
};

/* Begins a message, or goes on from a chaining value of whole blocks, of `len` bytes together. All of a value
 * of the widest hash is copied, which takes no call: what stands behind a shorter one is not read. */
static inline void running_hash_begin(
    struct running_hash *running, const uint8_t value[HASH_MAX_BLOCK / 2], uint64_t len)
{
    memcpy(running->value, value, sizeof(running->value));
    memset(running->block, 0, sizeof(running->block));
    running->len = len;
}

/* Adds bytes to the message. The kernel is one of one lane, of the hash's family. */
void running_hash_add(struct running_hash *running, const struct hash *hash, const struct simd_kernel *kernel,
    const void *bytes, size_t len);

/* Ends the message. Its digest is the first bytes of `value` then. */
void running_hash_end(
    struct running_hash *running, const struct hash *hash, const struct simd_kernel *kernel);

#endif
