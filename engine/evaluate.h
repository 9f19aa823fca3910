/*
 * A formula as a calculation instead of a program: what formula_hash() and
 * formula_hmac() do when there is no program for a shape, because its messages are
 * too long for one (FORMULA_MAX_BLOCKS) or because the table of programs is full.
 * Every call hashes at once, one lane, block by block, its inputs streamed from
 * where they lie: any length in constant memory, by the same formula.
 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "program.h"

struct derivation;
struct record;
struct shape;

/* The caller's memory; full of secrets. */
struct evaluation {
    _Alignas(64) uint8_t bank[3 * HASH_MAX_BLOCK / 2]; /* of one lane: chaining value, block */
    uint8_t block[HASH_MAX_BLOCK];
    uint8_t (*values)[HASH_MAX_BLOCK / 2];                        /* in the writer */
    uint8_t inner[HASH_MAX_BLOCK / 2], outer[HASH_MAX_BLOCK / 2]; /* chaining values of ... */
    struct formula_key key;                                       /* ... this key */
    uint64_t len;                                                 /* bytes hashed so far */
    const struct simd_kernel *kernel;                             /* of one lane */
    void *scratch;
    const struct hash *hash;
    const struct record *record;
    const struct shape *shape;
    uint8_t n_values, has_key;
};

/* Runs the shape's formula on one record; its outputs go to digests, digest_bytes of
 * the hash apart. The writer is working memory; scratch is the kernel's. It wipes all
 * that it wrote but the digests. */
void evaluate(struct evaluation *e, struct formula *f, const struct simd_kernel *kernel, void *scratch,
    const struct record *record, const struct shape *shape, uint8_t *digests);

/* The next bytes of the message being hashed. For lane.h. */
void evaluation_put(struct evaluation *e, const void *bytes, size_t len);

/* For program.c. */
formula_value evaluation_hash(struct evaluation *e, const struct formula_message *message);
formula_value evaluation_hmac(
    struct evaluation *e, const struct formula_key *key, const struct formula_message *message);
formula_value evaluation_input_state(struct evaluation *e, int input);
void evaluation_prepared(
    struct evaluation *e, const struct formula_key *key, formula_value *inner, formula_value *outer);

#endif
