/*
 * A formula as a calculation instead of a program, for a shape that has none: its messages are too long for
 * one (FORMULA_MAX_BLOCKS), or the table of programs is full. formula_hash() and formula_hmac() then hash at
 * once, in one lane, block by block; inputs are streamed from where they lie in the job. So messages of any
 * length take constant memory and the same formula.
 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "formula.h"
#include "running_hash.h"

struct record;
struct shape;

enum { EVALUATE_MAX_VALUES = 24 /* results of formula_hash() and formula_hmac(), and values of inputs */ };

/* The caller's memory, full of secrets while evaluate() runs. */
struct evaluation {
    struct formula formula;
    struct running_hash running; /* of the message being hashed */
    /* The last key, its block, and the chaining values after the block xored with each pad. */
    struct formula_key key;
    bool has_key;
    uint8_t key_block[HASH_MAX_BLOCK];
    uint8_t inner[HASH_MAX_BLOCK / 2], outer[HASH_MAX_BLOCK / 2];
    uint8_t n_values;
    uint8_t values[EVALUATE_MAX_VALUES][HASH_MAX_BLOCK / 2]; /* by formula_value */
    const struct simd_kernel *kernel;
    const void *bases[PLACE_N_BASES]; /* of the places of inputs and outputs */
};

/* Evaluates the shape's formula for one record, with a kernel of one lane, and delivers its outputs.
 * `digests` is memory for FORMULA_MAX_OUTPUTS of the longest. All that was written in the caller's memory is
 * wiped. Returns false if the formula fails: then nothing is delivered. */
bool evaluate(struct evaluation *e, const struct simd_kernel *kernel, struct record *record,
    const struct shape *shape, uint8_t *digests);

#endif
