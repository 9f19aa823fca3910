/*
 * HKDF-Extract and HKDF-Expand (RFC 5869) as parts of derivations, from the shape to the bytes of output.
 *
 * HKDF-Expand of more digests than a program holds takes several runs of its phase. The pads of its PRK are
 * hashed once for all of them: the phase before leaves a prepared PRK (record->prepared_out), or
 * derivation_prepare makes one.
 */
#ifndef ENGINE_HKDF_H
#define ENGINE_HKDF_H

#include "prf.h"
#include "program.h"

/* ---- HKDF-Extract: PRK = HMAC(salt, input) ---- */

/* A flag in shape.parts of a phase that makes a PRK, and that a phase with HKDF-Expand may follow in the same
 * program: by itself, the phase leaves a prepared PRK. */
enum { HKDF_KEEPS_PRK = 0x10 };
_Static_assert(HKDF_KEEPS_PRK &SHAPE_EXACT_PARTS, "the flag decides the outputs of a phase by itself");

/* Hands the PRK on to what follows: to the formula of the next phase, or as record->prepared_out. */
void hkdf_keep_prk(struct formula *f, const struct shape *shape, formula_value prk);

/* The next() of a phase with hkdf_keep_prk(). */
static inline bool hkdf_next_after_prk(struct record *record, const struct shape *shape)
{
    return shape->parts & HKDF_KEEPS_PRK ? prf_end_prepared(record) : false;
}

/* ---- HKDF-Expand ---- */

/*
 *     T(1) = HMAC(PRK, info + 0x01), T(i) = HMAC(PRK, T(i-1) + info + i)
 *     HKDF-Expand(PRK, info, L) = the first L bytes of T(1) + T(2) + ...
 *
 * The flags in shape.parts are those of P_hash (prf.h): PRF_GOES_ON and PRF_MORE, the chain being T(i); and
 * PRF_PREPARED. The pieces of `info` are listed for each T(i), which ends with a byte of its own.
 */
enum {
    HKDF_MAX_DIGESTS = 5,     /* of a run */
    HKDF_MAX_INFO_PIECES = 4, /* of the info */
    HKDF_MAX_OUT_DIGESTS = 255
};

/* The digests of one run: `most` at most, and as many as have room in the slots of a program. Where a digest
 * does not fill a slot, each slot of a message is there twice, since an operation reads it from between two
 * slots. */
static inline unsigned hkdf_most_digests(const struct hash *hash, unsigned n_digest_blocks, unsigned most)
{
    enum { OTHER_SLOTS = 12 };
    const unsigned slot = hash_slot_bytes(hash), per_block = hash->digest_bytes == slot ? 2 : 4,
                   n = (PROGRAM_MAX_SLOT_BYTES / slot - OTHER_SLOTS) / (per_block * n_digest_blocks + 2);
    return n_digest_blocks > FORMULA_MAX_BLOCKS || n > most ? most : n ? n : 1;
}

/* The shape of one run of a phase: as much of HKDF-Expand as a program holds, if there are `left` bytes to be
 * written. A derivation's own flags are added. */
static inline void hkdf_expand_shape(const struct record *record, uint64_t info_len, uint64_t left,
    unsigned most, unsigned other_parts, struct shape *shape)
{
    const struct hash *hash = shape->hash;
    const unsigned n_digest_blocks = prf_blocks(hash, hash->digest_bytes + info_len + 1);
    const uint32_t wanted = ((uint32_t)left + hash->digest_bytes - 1u) / hash->digest_bytes;
    const bool goes_on = record->n_expanded != 0;
    most = hkdf_most_digests(hash, n_digest_blocks, most);
    shape_set(shape, goes_on ? 0 : prf_blocks(hash, info_len + 1),
        goes_on || wanted > 1 ? (uint8_t)n_digest_blocks : 0, (uint8_t)(wanted < most ? wanted : most),
        (uint8_t)((goes_on ? PRF_GOES_ON : 0) | (wanted > most ? PRF_MORE : 0) | prf_secret_parts(record) |
                  other_parts));
}

/* Delivers the digests of a run to `to`. */
void hkdf_expand_formula(struct formula *f, const struct shape *shape, struct formula_key prk,
    const struct piece *info, unsigned n_info, struct place to);

/* Takes note that a run of hkdf_expand_formula() to record->out is over. Returns true if there is more to be
 * written. */
static inline bool hkdf_has_more(struct record *record, const struct shape *shape)
{
    if (!(shape->parts & PRF_MORE)) {
        return false;
    }
    const uint32_t n = (uint32_t)shape->n_out_blocks * shape->hash->digest_bytes;
    record->out.data += n;
    record->out.len -= n;
    record->n_expanded += shape->n_out_blocks;
    record->has_secrets = true;
    return true;
}

/* The next() of a phase that is one HKDF-Expand. */
static inline bool hkdf_expand_next(struct record *record, const struct shape *shape)
{
    record->n_done++;
    return hkdf_has_more(record, shape) || record_next_pass(record);
}

#endif
