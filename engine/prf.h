/*
 * P_hash, RFC 5246 section 5, as a part of derivations: what those with a PRF have in common, from the shape
 * to the bytes of output.
 */
#ifndef ENGINE_PRF_H
#define ENGINE_PRF_H

#include "derivation.h"
#include "lane.h"
#include "prepared.h"

/* The inputs of formulas with a PRF. A prepared secret takes two: PRF_KEY is then the inner chaining value,
 * and PRF_OUTER the outer one. */
enum {
    PRF_KEY,
    PRF_SEED,
    PRF_CHAIN,
    PRF_OUTER,
    PRF_OTHER_SEEDS /* the inputs that a derivation has of its own begin here */
};

/* The flags in shape.parts. */
enum {
    PRF_GOES_ON = 1, /* P_hash begins with the A(i) in PRF_CHAIN */
    PRF_MORE = 2,    /* P_hash will go on in another run of the phase, so A(i) is an output */
    PRF_PREPARED = 4 /* the secret is a prepared one */
};
_Static_assert(((PRF_GOES_ON | PRF_MORE | PRF_PREPARED) & ~SHAPE_EXACT_PARTS) == 0,
    "jobs that differ in these cannot share a program");

/* A label without its terminating zero, and the length of that. */
#define LABEL(text) (text), (sizeof(text) - 1)
#define LABEL_LEN(text) (sizeof(text) - 1)

/* ---- checks ---- */

/* MD5 and SHA-1 each by itself are the PRF of no version. */
static inline bool prf_is_hash_of_version(const struct hash *hash)
{
    return !hash->legacy || hash->components[0];
}

/* Checks that a job has bytes for a secret or a prepared secret of this hash, but not both. Returns a status.
 */
static inline int prf_check_secrets(
    bool has_bytes, const struct lanekdf_prepared_secret *prepared, uint32_t hash_id)
{
    if (has_bytes == (prepared != NULL)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return prepared && !prepared_is_for(prepared, hash_id) ? LANEKDF_ERROR_PREPARED : LANEKDF_OK;
}

/* Sets the secret of a job that has either bytes or a prepared secret. */
static inline void prf_set_secret(
    struct record *record, const uint8_t *secret, size_t len, const struct lanekdf_prepared_secret *prepared)
{
    record->prepared = prepared;
    record_set_secret(record, secret, prepared ? 0 : len);
}

/* ---- the shape ---- */

/* The number of blocks of an HMAC's message of `len` bytes, without the block of the key. */
static inline uint8_t prf_blocks(const struct hash *hash, uint64_t len)
{
    return shape_blocks(hash_n_blocks(hash, hash->block_bytes + len) - 1);
}

/* The flags of a shape that say where the secret is. */
static inline uint8_t prf_secret_parts(const struct record *record)
{
    return record->prepared ? PRF_PREPARED : 0;
}

/* The shape of one run of a phase: as much of P_hash as a program holds, of out_len bytes in all. A
 * derivation's own flags are added. */
static inline void prf_shape(const struct record *record, uint64_t seed_len, uint64_t out_len,
    unsigned other_parts, struct shape *shape)
{
    const struct hash *hash = record_hash(record);
    const uint8_t n_digest_blocks = prf_blocks(hash, hash->digest_bytes + seed_len);
    const uint32_t left = (uint32_t)out_len - record->n_done;
    const uint32_t wanted = (left + hash->digest_bytes - 1u) / hash->digest_bytes;
    const uint32_t most = n_digest_blocks > 3 ? 2 : 8; /* keeps programs within PROGRAM_MAX_OPS */
    shape_set(shape, prf_blocks(hash, seed_len), n_digest_blocks, (uint8_t)(wanted < most ? wanted : most),
        (uint8_t)((record->n_done ? PRF_GOES_ON : 0) | (wanted > most ? PRF_MORE : 0) |
                  prf_secret_parts(record) | other_parts));
}

/* ---- the formula and the lane ---- */

/* The secret in a formula. */
static inline struct formula_key prf_secret(const struct shape *shape)
{
    return shape->parts & PRF_PREPARED ? formula_key_prepared(PRF_KEY, PRF_OUTER)
                                       : formula_key_input(PRF_KEY);
}

/* Puts the secret into a lane, with the A(i) that P_hash goes on from. All messages must have been staged:
 * the zeros behind them may reach to where chaining values lie. */
static inline void prf_stage_secret(const struct record *record, const struct shape *shape, struct lane *lane)
{
    if (shape->parts & PRF_PREPARED) {
        const size_t n = hash_slot_bytes(shape->hash);
        const uint8_t *states = prepared_states(record->prepared, record->pass);
        lane_state(lane, PRF_KEY, states, n);
        lane_state(lane, PRF_OUTER, states + n, n);
    } else {
        lane_key(lane, PRF_KEY, record->keys[record->pass].data, record->keys[record->pass].len);
    }
    if (shape->parts & PRF_GOES_ON) {
        lane_state(lane, PRF_CHAIN, record->secrets.chain, shape->hash->digest_bytes);
    }
}

/* P_hash(secret, PRF_SEED), as much of it as the shape says. */
void prf_formula(struct formula *f, const struct shape *shape);

/* ---- the output ---- */

/* The number of digests that prf_formula() puts out; those of a derivation's other outputs lie behind them.
 */
static inline unsigned prf_n_outputs(const struct shape *shape)
{
    return shape->n_out_blocks + (shape->parts & PRF_MORE ? 1u : 0u);
}

/* Delivers n bytes of P_hash to an output; the bytes of a second pass are xored to those of the first. */
static inline void prf_deliver(const struct record *r, uint8_t *to, const uint8_t *from, size_t n)
{
    if (r->pass) {
        for (size_t i = 0; i < n; i++) {
            to[i] ^= from[i];
        }
    } else {
        lane_copy(to, from, n);
    }
}

/* Delivers the next bytes of P_hash to `out`, which takes out_len bytes in all, and leaves in the record what
 * another run of the phase goes on with. Returns true if there has to be one. */
static inline bool prf_finish(
    struct record *record, const struct shape *shape, const uint8_t *digests, uint8_t *out, size_t out_len)
{
    const size_t n = (size_t)shape->n_out_blocks * shape->hash->digest_bytes, left = out_len - record->n_done;
    prf_deliver(record, out + record->n_done, digests, n < left ? n : left);
    if (!(shape->parts & PRF_MORE)) {
        return false;
    }
    record->n_done += (uint32_t)n;
    record->has_secrets = true;
    memcpy(record->secrets.chain, digests + n, shape->hash->digest_bytes);
    return true;
}

/* Makes record->prepared_out of the secret, if that is not NULL. */
extern const struct derivation derivation_prepare;

#endif
