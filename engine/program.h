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

#endif
