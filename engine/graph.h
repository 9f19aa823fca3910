/*
 * A formula written down: its compressions and what they read, as a graph of nodes.
 *
 *  - Equal expressions are one node. Every HMAC writes out its key set-up; that ipad and opad are hashed once
 *    for each secret, and shared by the key block and both Finished, needs no thought from the author.
 *  - What depends on constants alone is a constant, computed at once by the portable kernel.
 *  - Messages are cut into slots here, with their padding, so the compiler sees no bytes but constants.
 *
 * Nothing here knows a hash: everything is counted in slots and blocks of `struct hash`.
 */
#ifndef ENGINE_GRAPH_H
#define ENGINE_GRAPH_H

#include "formula.h"

enum {
    GRAPH_MAX_NODES = 128,
    GRAPH_MAX_CONSTANTS = 24, /* those that only other constants are computed from count, too */
    /* Of the second digest of a key, as many words belong to the key: a master secret has 48 bytes, of which
     * 32 are a digest of SHA-256. */
    GRAPH_HI_DIGEST_WORDS = 4
};

enum graph_node_kind {
    GRAPH_OPERATION,
    GRAPH_MESSAGE,         /* one slot of an input */
    GRAPH_STATE,           /* an input that is a chaining value or a digest */
    GRAPH_CONSTANT_STATE,  /* a chaining value */
    GRAPH_CONSTANT_MESSAGE /* one slot of a message */
};

/* A node. If the node is a value of the formula, its formula_value is the number of the node. */
struct graph_node {
    uint8_t kind; /* enum graph_node_kind */
    union {
        struct { /* nodes, or FORMULA_NONE; as in struct simd_op */
            uint8_t state, digest, lo, hi_digest, hi, xor_byte, hints;
        } op;
        struct {
            uint8_t input;
            bool has_length; /* the slot is the last of its message and ends with the length */
            uint8_t before;  /* bytes hashed before the input: those of a key's block and of a digest */
            int16_t word;    /* the word of the input where the slot begins; negative: in the digest before */
        } message;
        uint8_t input;    /* of a GRAPH_STATE */
        uint8_t constant; /* its index */
    };
};

/* Where an operation over constants is computed. */
struct graph_fold {
    _Alignas(16) uint8_t bank[4 * HASH_MAX_BLOCK / 2];
    _Alignas(16) uint8_t scratch[SIMD_SCALAR_SCRATCH];
};

/* The caller's memory; it never holds a secret. */
struct graph {
    struct formula formula;
    struct graph_fold *fold;
    uint8_t n_nodes, n_constants;
    struct graph_node nodes[GRAPH_MAX_NODES]; /* the operands of an operation come before it */
    uint8_t constants[GRAPH_MAX_CONSTANTS][HASH_MAX_BLOCK / 2];
};

/* Empties a graph. The caller writes a formula to what this returns, and has no other use for *fold
 * meanwhile. */
struct formula *graph_begin(struct graph *g, struct graph_fold *fold, const struct hash *hash);

static inline bool graph_is_constant(const struct graph_node *node)
{
    return node->kind == GRAPH_CONSTANT_STATE || node->kind == GRAPH_CONSTANT_MESSAGE;
}

#endif
