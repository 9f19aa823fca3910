/* Plain hashing, as other derivations need it. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include "derivation.h"

/* Bytes of a message that is hashed, at most. */
#define DIGEST_MAX_MESSAGE (((uint64_t)1 << 60) - 1)

/* to = Hash(pieces), of shape->n_blocks blocks. */
#define DIGEST_FORMULA(f, shape, to, ...)                                                                    \
    digest_deliver((f), (shape), FORMULA_MESSAGE((f), __VA_ARGS__), (to))

static inline void digest_deliver(struct formula *f, const struct shape *shape, int message, struct place to)
{
    const formula_value digest = formula_hash(f, formula_input(message, shape->n_blocks));
    formula_deliver(f, &digest, 1, to);
}

/* The number of blocks of a message of `len` bytes, to a shape that has nothing else. */
static inline void digest_shape(struct shape *shape, uint64_t len)
{
    shape->counts |= shape_counts(shape_blocks(hash_n_blocks(shape->hash, len)), 0, 0, 0);
}

/* The first phase of every kind with an HMAC: replaces a secret that is longer than a block by its hash (RFC
 * 2104 section 2). */
extern const struct derivation derivation_secret_hash;

#endif
