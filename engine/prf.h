/*
 * P_hash, RFC 5246 section 5, as a part of derivations: what those of a PRF have in
 * common, from the shape to the bytes that they deliver.
 */
#ifndef ENGINE_PRF_H
#define ENGINE_PRF_H

#include "derivation.h"
#include "lane.h"
#include "prepared.h"

/* Inputs of formulas. A prepared secret is two: the inner chaining value in place of the
 * key, and the outer one. */
enum {
    PRF_KEY,
    PRF_SEED,
    PRF_CHAIN,
    PRF_OUTER,
    PRF_OTHER_SEEDS /* a derivation's own, from here on */
};

/* shape.parts */
enum {
    PRF_GOES_ON = 1, /* P_hash begins with the A(i) in PRF_CHAIN */
    PRF_MORE = 2,    /* P_hash will go on: A(i) is an output */
    PRF_PREPARED = 4 /* the secret is a prepared one */
};

/* A label without its terminating zero, and its length. */
#define LABEL(text) (text), (sizeof(text) - 1)
#define LABEL_LEN(text) (sizeof(text) - 1)

/* Blocks of a message of HMAC: of `len` bytes, after the key's block. */
static inline uint8_t prf_blocks(const struct hash *hash, uint64_t len)
{
    return shape_blocks(hash_n_blocks(hash, hash->block_bytes + len) - 1);
}

/* The parts of a shape that say where the secret is. */
static inline uint8_t prf_secret_parts(const struct record *record)
{
    return record->prepared ? PRF_PREPARED : 0;
}

/* As much of P_hash as one phase may compute of out_len bytes: more takes several. Parts that a
 * derivation has of its own are added. */
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

/* The secret in a formula; and in a lane, with the A(i) to go on from, when all messages
 * are staged: the zeros behind those may reach to where chaining values lie. */
static inline struct formula_key prf_secret(const struct shape *shape)
{
    return shape->parts & PRF_PREPARED ? formula_key_prepared(PRF_KEY, PRF_OUTER)
                                       : formula_key_input(PRF_KEY);
}

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

/* P_hash(secret, PRF_SEED) as this shape has it. */
void prf_formula(struct formula *f, const struct shape *shape);

/* Digests of the other outputs begin behind these. */
static inline unsigned prf_n_outputs(const struct shape *shape)
{
    return shape->n_out_blocks + (shape->parts & PRF_MORE ? 1u : 0u);
}

/* n bytes of P_hash to where those of the PRF go. */
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

/* The next bytes of P_hash to `out`, of out_len bytes in all, and what the next phase
 * goes on with to the record. Returns 1 if there is one. */
static inline int prf_finish(
    struct record *record, const struct shape *shape, const uint8_t *digests, uint8_t *out, size_t out_len)
{
    const size_t n = (size_t)shape->n_out_blocks * shape->hash->digest_bytes, left = out_len - record->n_done;
    prf_deliver(record, out + record->n_done, digests, n < left ? n : left);
    if (!(shape->parts & PRF_MORE)) {
        return 0;
    }
    record->n_done += (uint32_t)n;
    record->has_secrets = 1;
    memcpy(record->secrets.chain, digests + n, shape->hash->digest_bytes);
    return 1;
}

#endif
