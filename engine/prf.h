/*
 * P_hash, RFC 5246 section 5, as a part of derivations: what those with a PRF have in common, from the shape
 * to the bytes of output.
 */
#ifndef ENGINE_PRF_H
#define ENGINE_PRF_H

#include "derivation.h"
#include "prepared.h"

/* The flags in shape.parts. */
enum {
    PRF_GOES_ON = 1, /* P_hash begins with the A(i) in the record */
    PRF_MORE = 2,    /* P_hash will go on in another run of the phase, so A(i) is an output */
    PRF_PREPARED = 4 /* the secret is a prepared one */
};
_Static_assert(((PRF_GOES_ON | PRF_MORE | PRF_PREPARED) & ~SHAPE_EXACT_PARTS) == 0,
    "jobs that differ in these cannot share a program");

/* The length of a label, without its terminating zero. */
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

/* Completes record->prepared_out, whose chaining values are delivered. It is the secret of the phases that
 * follow. Returns false, as the next() of a phase that is over does. */
static inline bool prf_end_prepared(struct record *record)
{
    const size_t state_bytes =
        record->hashes[1] ? 2 * PREPARED_PASS_BYTES : 2 * (size_t)hash_slot_bytes(record->hashes[0]);
    prepared_complete(record->prepared_out, hash_id(record->hashes[0], record->hashes[1]), state_bytes);
    record->prepared = record->prepared_out;
    record->has_secrets = true;
    return false;
}

/* ---- the shape ---- */

/* The number of blocks of an HMAC's message of `len` bytes, without the block of the key. */
static inline uint8_t prf_blocks(const struct hash *hash, uint64_t len)
{
    return shape_blocks(hash_n_blocks(hash, len)); /* the key is one block more before as after the padding */
}

/* The flags of a shape that say where the secret is. */
static inline uint8_t prf_secret_parts(const struct record *record)
{
    return (uint8_t)((record->prepared ? PRF_PREPARED : 0) | (record->pass ? SHAPE_SECOND_PASS : 0));
}

/* The shape of one run of a phase: as much of P_hash as a program holds, if there are `left` bytes to be
 * written. A derivation's own flags are added. */
static inline void prf_shape(
    const struct record *record, uint64_t seed_len, uint64_t left, unsigned other_parts, struct shape *shape)
{
    const struct hash *hash = record_hash(record);
    const uint8_t n_digest_blocks = prf_blocks(hash, hash->digest_bytes + seed_len);
    const uint32_t wanted = ((uint32_t)left + hash->digest_bytes - 1u) / hash->digest_bytes;
    const uint32_t most = n_digest_blocks > 3 ? 2 : 8; /* keeps programs within PROGRAM_MAX_OPS */
    shape_set(shape, prf_blocks(hash, seed_len), n_digest_blocks, (uint8_t)(wanted < most ? wanted : most),
        (uint8_t)((record->n_done ? PRF_GOES_ON : 0) | (wanted > most ? PRF_MORE : 0) |
                  prf_secret_parts(record) | other_parts));
}

/* ---- the formula ---- */

/* The secret in a formula: what the phase before has made in the same program, or what the record says. len:
 * its bytes, if all jobs have as many; 0: they may have any number. */
struct formula_key prf_secret(struct formula *f, const struct shape *shape, unsigned len);

/* The secret in a formula if it is a master secret. MD5 and SHA-1 work on one half of it each. */
static inline struct formula_key prf_master_secret(struct formula *f, const struct shape *shape)
{
    return prf_secret(
        f, shape, shape->hash->legacy ? LANEKDF_MASTER_SECRET_LEN / 2 : LANEKDF_MASTER_SECRET_LEN);
}

/* Delivers the pads of a secret to record->prepared_out, which prf_end_prepared() then completes. */
void prf_keep_prepared(struct formula *f, const struct shape *shape, struct formula_key secret);

/* P_hash(secret, seed), as much of it as the shape says; its digests go to `digests`, of which there are
 * shape->n_out_blocks. */
enum { PRF_MAX_DIGESTS = 8 };
void prf_digests(struct formula *f, const struct shape *shape, struct formula_key secret, int seed,
    formula_value digests[PRF_MAX_DIGESTS]);

/* An output in the place `to`: that of a second pass is xored to that of the first. */
static inline struct place prf_output(const struct shape *shape, struct place to)
{
    to.is_xored = (shape->parts & SHAPE_SECOND_PASS) != 0;
    return to;
}

/* Delivers P_hash(secret, seed) to record->out. */
void prf_formula(struct formula *f, const struct shape *shape, struct formula_key secret, int seed);

/* Takes note that a run of prf_formula() is over. Returns true if the phase has to run again: there is more
 * to be written, or a second pass to make. */
static inline bool prf_next(struct record *record, const struct shape *shape)
{
    if (shape->parts & PRF_MORE) {
        const uint32_t n = (uint32_t)shape->n_out_blocks * shape->hash->digest_bytes;
        record->out.data += n;
        record->out.len -= n;
        record->n_done += n;
        record->has_secrets = true;
        return true;
    }
    record->out.data -= record->n_done;
    record->out.len += record->n_done;
    return record_next_pass(record);
}

/* Makes record->prepared_out of the secret, if that is not NULL, for the caller or for the phases that
 * follow.
 */
extern const struct derivation derivation_prepare;

#endif
