/*
 * A program: the straight line of compressions that kernels run for one phase of a shape, and how a job's
 * bytes get into a lane of it. The compiler makes it of a formula (compiler.h); it holds no secrets.
 */
#ifndef ENGINE_PROGRAM_H
#define ENGINE_PROGRAM_H

#include "formula.h"

enum {
    PROGRAM_MAX_OPS = 80,
    PROGRAM_MAX_SLOT_BYTES = 2816, /* all slots of one lane */
    PROGRAM_MAX_COPIES = 24,
    PROGRAM_MAX_LENGTHS = 24,
    PROGRAM_MAX_CONSTANTS = 6 /* that operations read */
};
_Static_assert((int)HASH_MAX_DIGEST == HASH_MAX_BLOCK / 2, "a slot is room for any output");

/*
 * Slots come in this order: messages, constants, inputs that are chaining values, and what the operations
 * write. So only the last of these change while the program runs.
 *
 * A lane is staged in a *row*: the bytes of its message slots, one after the other, then those of its
 * chaining values. A message lies in consecutive slots from `offset` on. The slot that ends it gets its
 * *length*, which differs from lane to lane and with what was hashed before it. Some slots of a message are
 * needed twice: with a length, where another operation reads the slot without one or with another; or
 * shifted, where an operation reads the message from between two slots, as behind a digest that does not fill
 * one. Such a slot is a *copy*.
 */
struct program {
    struct simd_program simd;
    const struct hash *hash;
    uint8_t n_message_slots, n_constants, n_copies, n_lengths, n_outputs;
    uint8_t n_row_slots;  /* of messages and chaining values */
    uint8_t output_bytes; /* of each output: those of a digest, or of a chaining value */
    uint8_t first_state;  /* the first input that is a chaining value; FORMULA_MAX_INPUTS: there is none */
    uint8_t longest_path; /* compressions of one job that wait for each other */
    struct {
        uint16_t offset;    /* bytes into the row */
        uint16_t len;       /* bytes of its slots */
        uint8_t state_slot; /* where a chaining value is loaded to; SIMD_NO_SLOT: the input is a message */
    } inputs[FORMULA_MAX_INPUTS];
    struct {
        uint16_t from, to; /* bytes into the row; a slot is copied */
        uint8_t input;     /* whose bytes they are */
    } copies[PROGRAM_MAX_COPIES];
    struct {
        uint16_t end; /* bytes into the row, behind the length */
        uint8_t input;
        uint8_t before; /* bytes hashed before the input: those of a key's block and of a digest */
    } lengths[PROGRAM_MAX_LENGTHS];
    struct {
        uint8_t slot;
        bool is_state;
        uint8_t bytes[HASH_MAX_BLOCK / 2];
    } constants[PROGRAM_MAX_CONSTANTS];
    uint8_t outputs[FORMULA_MAX_OUTPUTS]; /* slots */
    struct simd_op ops[PROGRAM_MAX_OPS];
};

/* The most slots that a program of this family has. */
static inline size_t program_max_slots(enum simd_family family)
{
    return PROGRAM_MAX_SLOT_BYTES / (8 * simd_word_bytes(family));
}

#endif
