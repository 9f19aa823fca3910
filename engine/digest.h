/* Plain hashing, as other derivations need it. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include "derivation.h"

/* The input of digest_formula(). */
enum { DIGEST_MESSAGE };

/* Bytes of a message that is hashed, at most. */
#define DIGEST_MAX_MESSAGE ((uint64_t)1 << 60)

/* Hash(DIGEST_MESSAGE), of shape->n_blocks blocks. */
void digest_formula(struct formula *f, const struct shape *shape);

/* The number of blocks of a message of `len` bytes, to a shape that has nothing else. */
static inline void digest_shape(struct shape *shape, uint64_t len)
{
    shape->n_blocks = shape_blocks(hash_n_blocks(shape->hash, len));
}

/* The first phase of every kind with an HMAC: replaces a secret that is longer than a block by its hash (RFC
 * 2104 section 2). */
extern const struct derivation derivation_secret_hash;

#endif
