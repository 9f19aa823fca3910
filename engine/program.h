/*
 * The formula compiler. A derivation is written once, as the RFC writes it:
 *
 *     RFC 5246 section 5:  A(i) = HMAC_hash(secret, A(i-1))
 *     here:                a = formula_hmac(f, secret, formula_digest(a));
 *
 * and program_compile() turns what was written into the straight line of
 * compressions that kernels run. It works like any small compiler:
 *
 *  - equal expressions are one value. Every HMAC writes out its key set-up; that
 *    ipad and opad are hashed once per secret, and shared by the key block and
 *    both Finished, needs no thought from the author;
 *  - expressions over constants are evaluated at once, by the scalar kernel;
 *  - the standard padding of a digest is recognised (SIMD_PADDED_DIGEST);
 *  - operations are ordered longest path first, so that independent ones stand
 *    side by side (ipad with opad, output i with A(i+1)); `gap` follows from the
 *    order, and is all that parallelism within a job takes;
 *  - slots are given by liveness.
 *
 * Nothing here knows a hash: everything is counted in slots and blocks of `struct
 * hash`. A program holds no secrets and depends on the shape alone.
 *
 * Messages too long for a program do not get one: the same formula is then
 * evaluated as it is called, block by block (evaluate.h).
 */
#ifndef ENGINE_PROGRAM_H
#define ENGINE_PROGRAM_H

#include "hash.h"

typedef uint8_t formula_value; /* a digest or chaining value within a formula */

enum {
    FORMULA_NONE = 0xff,
    FORMULA_MAX_BLOCKS = 16, /* of a message */
    FORMULA_MAX_INPUTS = 6,
    FORMULA_MAX_OUTPUTS = 12,
    PROGRAM_MAX_OPS = 80,
    PROGRAM_MAX_SLOT_BYTES = 2816, /* all slots of one lane */
    PROGRAM_MAX_COPIES = 24,
    PROGRAM_MAX_LENGTHS = 24,
    PROGRAM_MAX_CONSTANTS = 6, /* that operations read */
    PROGRAM_MAX_FOLDED = 20,   /* while a formula is written */
    PROGRAM_MAX_VALUES = 128,
    PROGRAM_MAX_EVALUATED = 24
};

/*
 * A finished program, and how a lane's bytes get into its bank. Slots are, in this
 * order: message slots, constants, chaining values that are inputs, and what the
 * operations write (so only the latter ever change while it runs).
 *
 * A lane is staged in a *row*: the bytes of its message slots, one after the other.
 * Each input lies in consecutive slots from `inputs[i].offset` on. A slot that ends a
 * message holds its *length*, which differs by lane and by what was hashed before it.
 * Some slots are *copies*: with a length, where another operation reads the slot with
 * none or another one, and those that read an input from between two slots, as after a digest
 * that does not fill one.
 */
struct program {
    struct simd_program simd;
    const struct hash *hash;
    uint8_t n_message_slots, n_constants, n_copies, n_lengths, n_outputs;
    uint8_t n_row_slots;  /* what a lane brings along: messages, then chaining values */
    uint8_t output_bytes; /* of each: a digest, or a chaining value */
    uint8_t first_state;  /* the first input that is a chaining value; FORMULA_MAX_INPUTS: none is */
    uint8_t longest_path; /* compressions: the least latency of one job */
    struct {
        uint16_t offset;    /* bytes into the row */
        uint16_t len;       /* bytes of its slots */
        uint8_t state_slot; /* a chaining value: its slot; SIMD_NO_SLOT: a message */
    } inputs[FORMULA_MAX_INPUTS];
    struct {
        uint16_t from, to; /* bytes into the row: a slot each */
        uint8_t input;     /* that they are of */
    } copies[PROGRAM_MAX_COPIES];
    struct {
        uint16_t end; /* bytes into the row: behind the length */
        uint8_t input;
        uint8_t before; /* bytes hashed before the input: key block, digest */
    } lengths[PROGRAM_MAX_LENGTHS];
    struct {
        uint8_t slot;
        uint8_t is_state;
        uint8_t bytes[HASH_MAX_BLOCK / 2];
    } constants[PROGRAM_MAX_CONSTANTS];
    uint8_t outputs[FORMULA_MAX_OUTPUTS]; /* slots */
    struct simd_op ops[PROGRAM_MAX_OPS];
};

/* Slots, at most, of a program. */
static inline size_t program_max_slots(enum simd_family family)
{
    return PROGRAM_MAX_SLOT_BYTES / (8 * simd_word_bytes(family));
}

struct evaluation;

/* A formula being written. The caller's memory; no allocation; secrets only in `evaluated`. */
struct formula {
    const struct hash *hash;
    struct evaluation *evaluation; /* not NULL: do not write, evaluate */
    uint8_t failed;                /* a limit was hit: there is no program */
    uint8_t n_values, n_constants, n_outputs;
    uint8_t output_bytes; /* of each */
    formula_value outputs[FORMULA_MAX_OUTPUTS];
    union {
        struct {
            struct program_node {
                uint8_t kind;
                union {
                    struct {
                        uint8_t state, digest, lo, hi, xor_byte, hints;
                    } op;
                    struct {
                        uint8_t input, has_length, before;
                        int16_t word; /* of the input where the slot begins; negative: after a digest */
                    } message;
                    uint8_t input; /* a chaining value */
                    uint8_t constant;
                };
            } values[PROGRAM_MAX_VALUES];
            uint8_t constants[PROGRAM_MAX_FOLDED][HASH_MAX_BLOCK / 2];
            /* program_compile()'s, by value: operations that still follow; the step in which
             * it stands; the position of its last use; its slot */
            uint8_t height[PROGRAM_MAX_VALUES], step[PROGRAM_MAX_VALUES], last_use[PROGRAM_MAX_VALUES];
            uint8_t slot[PROGRAM_MAX_VALUES];
            uint8_t n_ops;
            formula_value order[PROGRAM_MAX_OPS];
        };
        /* The values themselves, where the formula is evaluated: secrets. */
        uint8_t evaluated[PROGRAM_MAX_EVALUATED][HASH_MAX_BLOCK / 2];
    };
};

/*
 * What a message is made of: [digest] [a lane's own bytes] or [digest] [constant
 * bytes], then padding. `input` is one of the derivation's inputs (numbered by it),
 * whose bytes differ by lane and whose length may, as long as the block count is
 * the same.
 */
struct formula_message {
    formula_value digest; /* FORMULA_NONE: none */
    int8_t input;         /* -1: none */
    uint8_t n_blocks;     /* with an input: of digest, input and padding */
    const uint8_t *constant;
    size_t constant_len;
};

/* A message that is just a digest, e.g. A(i - 1). */
static inline struct formula_message formula_digest(formula_value digest)
{
    return (struct formula_message){.digest = digest, .input = -1};
}

/* An input, e.g. label + seed. */
static inline struct formula_message formula_input(int input, uint8_t n_blocks)
{
    return (struct formula_message){.digest = FORMULA_NONE, .input = (int8_t)input, .n_blocks = n_blocks};
}

/* A digest and an input, e.g. A(i) + label + seed. */
static inline struct formula_message formula_digest_then(formula_value digest, int input, uint8_t n_blocks)
{
    return (struct formula_message){.digest = digest, .input = (int8_t)input, .n_blocks = n_blocks};
}

/* Constant bytes. */
static inline struct formula_message formula_constant(const uint8_t *bytes, size_t len)
{
    return (struct formula_message){
        .digest = FORMULA_NONE, .input = -1, .constant = bytes, .constant_len = len};
}

/* A key of at most one block, zero-padded: an input, a digest, or constant bytes. Or a
 * prepared one: the chaining values after its inner and outer pad, each an input. */
struct formula_key {
    formula_value digest;
    int8_t input, outer_input; /* outer_input: -1, or input is the inner chaining value */
    const uint8_t *constant;
    size_t constant_len;
};

static inline struct formula_key formula_key_input(int input)
{
    return (struct formula_key){.digest = FORMULA_NONE, .input = (int8_t)input, .outer_input = -1};
}

static inline struct formula_key formula_key_prepared(int inner_input, int outer_input)
{
    return (struct formula_key){
        .digest = FORMULA_NONE, .input = (int8_t)inner_input, .outer_input = (int8_t)outer_input};
}

static inline struct formula_key formula_key_digest(formula_value digest)
{
    return (struct formula_key){.digest = digest, .input = -1, .outer_input = -1};
}

static inline struct formula_key formula_key_constant(const uint8_t *bytes, size_t len)
{
    return (struct formula_key){
        .digest = FORMULA_NONE, .input = -1, .outer_input = -1, .constant = bytes, .constant_len = len};
}

void program_begin(struct formula *f, const struct hash *hash);
formula_value formula_hash(struct formula *f, struct formula_message message);
formula_value formula_hmac(struct formula *f, struct formula_key key, struct formula_message message);
/* A chaining value or digest that the lane brings along: an input of one slot. */
formula_value formula_input_value(struct formula *f, int input);
/* The next output: outputs are numbered as they come. */
void formula_output(struct formula *f, formula_value value);
/* A formula's only outputs: the chaining values after the inner and the outer pad of
 * an HMAC key, whole slots. */
void formula_output_prepared(struct formula *f, struct formula_key key);

/* Returns 0 if the formula exceeds a PROGRAM_MAX_*. */
int program_compile(struct formula *f, struct program *program);

#endif
