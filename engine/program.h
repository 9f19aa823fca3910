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
    PROGRAM_MAX_CONSTANTS = 6, /* chaining values that operations read */
    PROGRAM_MAX_MOVES = 32,
    PROGRAM_MAX_ODD_MOVES = 16,
    PROGRAM_MAX_RUNS = 12,
    PROGRAM_MAX_STORES = 16
};
_Static_assert((int)HASH_MAX_DIGEST == HASH_MAX_BLOCK / 2, "a slot is room for any output");

/*
 * Slots come in this order: messages, constant chaining values, inputs that are chaining values, and what the
 * operations write. So only the last of these change while the program runs.
 *
 * A lane is staged in a *row*: the bytes of its message slots, one after the other, then those of its
 * chaining values. A message lies in consecutive slots from `offset` on. The slot that ends it gets its
 * *length*, which depends on what was hashed before it. Some slots of a message are needed twice: with a
 * length, where another operation reads the slot without one or with another; or shifted, where an operation
 * reads the message from between two slots, as behind a digest that does not fill one. Such a slot is a
 * *copy*.
 *
 * If all pieces of a message have the same length in every job, the message is *fixed*: which byte of it goes
 * where is known here. What is constant of its slots, such as labels, padding and length, is in `row`, and
 * *moves* bring the rest, to copies as well. Behind them come slots of messages that are constant as a whole.
 * The slots of a message that is not fixed come behind all others, and are staged piece by piece (lane.h).
 */
struct program {
    struct simd_program simd;
    const struct hash *hash;
    uint8_t n_message_slots, n_constants, n_copies, n_lengths, n_outputs;
    uint8_t n_moves, n_wide_moves, n_odd_moves, n_keys, n_loads, n_binds, n_row_loads;
    uint8_t n_row_slots;  /* of messages and chaining values */
    uint8_t output_bytes; /* of each output: those of a digest, or of a chaining value */
    uint8_t first_state;  /* the first input that is a chaining value; FORMULA_MAX_INPUTS: there is none */
    uint8_t longest_path; /* compressions of one job that wait for each other */
    uint8_t variable;     /* a bit for each input that is a message and not fixed */
    struct {
        uint16_t offset;    /* bytes into the row */
        uint16_t len;       /* bytes of its slots */
        uint8_t state_slot; /* where a chaining value is loaded to; SIMD_NO_SLOT: the input is a message */
    } inputs[FORMULA_MAX_INPUTS];
    /* Of messages that are not fixed: */
    struct {
        uint16_t from, to; /* bytes into the row; a slot is copied */
    } copies[PROGRAM_MAX_COPIES];
    struct {
        uint16_t end; /* bytes into the row, behind the length */
        uint8_t input;
        uint8_t before; /* bytes hashed before the input: those of a key's block and of a digest */
    } lengths[PROGRAM_MAX_LENGTHS];
    /* Bytes of known number, 8 to 32, that go from behind a pointer to the row: first those of 16 and more,
     * then the others. */
    struct program_move {
        uint16_t offset; /* of the pointer, in its struct */
        uint16_t skip;   /* bytes between what it points to and the first that is moved */
        uint16_t to;     /* bytes into the row */
        uint8_t len, base;
    } moves[PROGRAM_MAX_MOVES];
    /* The moves that are not like that: the place is in the struct, or has no bytes in some lanes, or fewer
     * than eight. And keys of whatever length. */
    struct program_odd_move {
        struct place from;
        uint16_t to;
    } odd_moves[PROGRAM_MAX_ODD_MOVES], keys[FORMULA_MAX_INPUTS];
    /* Message slots in a row that differ from lane to lane and are loaded for each task, and those that are
     * the same in every lane and stay in the bank. */
    struct program_run {
        uint8_t first, n;
    } loads[PROGRAM_MAX_RUNS], binds[PROGRAM_MAX_RUNS];
    /* What a kernel with stage() has in the place of moves and loads, if columns can express it (columns.h).
     * Keys, and slots in row_loads, come from rows all the same. */
    struct simd_columns columns;
    struct program_run row_loads[PROGRAM_MAX_RUNS];
    struct program_constant {
        uint8_t slot;
        uint8_t bytes[HASH_MAX_BLOCK / 2];
    } constants[PROGRAM_MAX_CONSTANTS];
    uint8_t outputs[FORMULA_MAX_OUTPUTS]; /* slots */
    /* How one lane delivers its outputs if all of them go behind pointers: a digest by a store, or by several
     * where it has several places. No stores: the list of deliveries says more than these could. */
    uint8_t n_stores;
    uint16_t digest_bytes; /* memory of one lane for outputs that go by the list */
    struct program_store {
        uint16_t slot;   /* bytes into the bank of one lane */
        uint16_t offset; /* of the pointer, in its struct */
        uint16_t skip;   /* bytes between what it points to and the first that is written */
        uint16_t len_at; /* of a size_t in the same struct that is 0 if nothing is wanted; of a place whose
                          * length is given, as many bytes are */
        uint8_t base, len;
        uint8_t before; /* bytes of the same place that other stores write, in front of these */
        bool is_given;
    } stores[PROGRAM_MAX_STORES];
    struct formula_list list; /* whose deliveries, and pieces of variable messages, count */
    struct simd_op ops[PROGRAM_MAX_OPS];
    /* The constant bytes of message slots; with room for a slot more, so that two can be copied at a time. */
    uint8_t row[PROGRAM_MAX_SLOT_BYTES + HASH_MAX_BLOCK / 2];
};

_Static_assert(FORMULA_MAX_INPUTS <= 8, "`variable` has a bit for each input");

/* The most slots that a program of this family has. */
static inline size_t program_max_slots(enum simd_family family)
{
    return PROGRAM_MAX_SLOT_BYTES / (8 * simd_word_bytes(family));
}

#endif
