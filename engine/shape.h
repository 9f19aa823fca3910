/*
 * A shape is what decides a program: a derivation, a hash and counts of blocks.
 *
 * A shape never holds a length in bytes. Padding and length words are bytes that a lane brings along, so jobs
 * of different lengths share the lanes of one program as long as their messages have the same number of
 * blocks.
 */
#ifndef ENGINE_SHAPE_H
#define ENGINE_SHAPE_H

#include <stdbool.h>

#include "formula.h"

struct derivation;

struct shape {
    const struct derivation *derivation;
    const struct hash *hash;
    union {
        struct {
            uint8_t n_blocks;        /* of the message; of an HMAC's without the block of its key */
            uint8_t n_digest_blocks; /* of a digest and the message, without the block of the key */
            uint8_t n_out_blocks;    /* digests of output */
            uint8_t parts;           /* flags that each derivation defines for itself */
        };
        uint32_t counts; /* the four together */
    };
    /* The counts of a second phase, derivation->followed_by, whose secret the first one makes: one program
     * has both. 0: there is none. */
    uint32_t then;
    /* Whatever else decides the program, as the derivation defines it: constants of the formula such as the
     * version and the lengths in its labels. Jobs that differ in it never share a program. */
    uint32_t exact;
};

/* The four counts, to be written in one store: `counts` is read right after, and the CPU would stall on
 * loading four bytes that stores of a byte have just written. */
static inline uint32_t shape_counts(
    uint8_t n_blocks, uint8_t n_digest_blocks, uint8_t n_out_blocks, uint8_t parts)
{
    const uint32_t a = n_blocks, b = n_digest_blocks, c = n_out_blocks, d = parts;
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? a | b << 8 | c << 16 | d << 24
                                                     : a << 24 | b << 16 | c << 8 | d;
}

static inline void shape_set(
    struct shape *shape, uint8_t n_blocks, uint8_t n_digest_blocks, uint8_t n_out_blocks, uint8_t parts)
{
    shape->counts = shape_counts(n_blocks, n_digest_blocks, n_out_blocks, parts);
}

static inline bool shape_equal(const struct shape *a, const struct shape *b)
{
    return a->counts == b->counts && a->then == b->then && a->exact == b->exact &&
           a->derivation == b->derivation && a->hash == b->hash;
}

/* The hash of a shape, for tables of shapes. Of the two addresses only the bits below the page number enter:
 * address space randomization leaves them alone, so shapes collide, and cost time, alike in every process. */
static inline uint64_t shape_mixed(const struct shape *shape)
{
    const uint64_t names = ((uintptr_t)shape->derivation * 3 ^ (uintptr_t)shape->hash) & 0xfff;
    return (((uint64_t)shape->counts << 12 | names) + (uint64_t)(shape->then + shape->exact) * 0x10001) *
           UINT64_C(0x9e3779b97f4a7c15);
}

/* The flags among `parts` that change which messages a program reads or how it ends. Jobs that differ in one
 * of them cannot share a program; every other flag only adds outputs. */
enum { SHAPE_EXACT_PARTS = 0x1f };

/* The flag that all derivations have in common: the record makes its second pass (record.h), so the secret is
 * the second one, and outputs are xored to those of the first pass. */
enum { SHAPE_SECOND_PASS = 0x08 };

/* The flag of a first phase that is followed by a second one in the same program: the secret that it makes is
 * an output of the job. It only adds an output. */
enum { SHAPE_WANTS_SECRET = 0x80 };

/* The first of two phases by itself. */
static inline struct shape shape_first(struct shape shape)
{
    if (shape.then) {
        shape.then = 0;
        shape.parts &= (uint8_t)~SHAPE_WANTS_SECRET;
    }
    return shape;
}

/* What all counts of one phase have in common that have a union with these. */
static inline uint32_t shape_kin_counts(uint32_t counts)
{
    struct shape kin = {.counts = counts};
    kin.n_out_blocks = 0;
    kin.parts &= SHAPE_EXACT_PARTS;
    return kin.counts;
}

/* What all shapes have in common that have a union with this one: they are its kin, and each other's. */
static inline struct shape shape_kin(struct shape shape)
{
    shape.counts = shape_kin_counts(shape.counts);
    shape.then = shape_kin_counts(shape.then);
    return shape;
}

/* shape_union() for the counts of one phase. */
static inline bool shape_union_counts(const struct shape *a, const struct shape *b, struct shape *both)
{
    if (a->n_blocks != b->n_blocks || a->n_digest_blocks != b->n_digest_blocks ||
        ((a->parts ^ b->parts) & SHAPE_EXACT_PARTS)) {
        return false;
    }
    both->counts = a->counts;
    both->parts |= b->parts;
    if (both->n_out_blocks < b->n_out_blocks) {
        both->n_out_blocks = b->n_out_blocks;
    }
    return true;
}

/*
 * Finds the shape whose program has all outputs of a's and of b's and reads the same messages; false if there
 * is none. A job in a lane of such a program has zeros for what it lacks, and no place for the outputs that
 * it does not want: the places of both say PLACE_IF.
 */
static inline bool shape_union(const struct shape *a, const struct shape *b, struct shape *both)
{
    const struct shape a_then = {.counts = a->then}, b_then = {.counts = b->then};
    struct shape then = {.counts = 0};
    if (a->derivation != b->derivation || a->hash != b->hash || a->exact != b->exact ||
        !a->then != !b->then || (a->then && !shape_union_counts(&a_then, &b_then, &then))) {
        return false;
    }
    *both =
        (struct shape){.derivation = a->derivation, .hash = a->hash, .then = then.counts, .exact = a->exact};
    return shape_union_counts(a, b, both);
}

/* A number of blocks as a shape holds it. All numbers above FORMULA_MAX_BLOCKS are one: no program has so
 * many blocks, and an evaluation counts them itself. */
static inline uint8_t shape_blocks(uint64_t n)
{
    return n > FORMULA_MAX_BLOCKS ? FORMULA_MAX_BLOCKS + 1 : (uint8_t)n;
}

/* Whether a message of this shape is too long for a program, so that the formula has to be evaluated. */
static inline bool shape_is_long(const struct shape *shape)
{
    const struct shape then = {.counts = shape->then};
    return shape->n_blocks > FORMULA_MAX_BLOCKS || shape->n_digest_blocks > FORMULA_MAX_BLOCKS ||
           then.n_blocks > FORMULA_MAX_BLOCKS || then.n_digest_blocks > FORMULA_MAX_BLOCKS;
}

#endif
