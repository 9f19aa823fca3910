/*
 * Random programs for the kernel under test, and what they must come to. The judge of the portable kernels is
 * an interpreter of programs over libcrypto's compression functions; the judge of all others is the portable
 * kernel of their family.
 */
#ifndef KERNEL_PROGRAMS_H
#define KERNEL_PROGRAMS_H

#include "rng.h"
#include "simd.h"

extern const struct simd_kernel *kernel; /* under test */
extern struct rng rng;

/* ---- words of the kernel's family, in its byte order ---- */

size_t word_len(void);
size_t slot_len(void); /* of one lane */
unsigned state_words(void);

/* Zeroes the words that a stored state has and its family has not. */
void zero_unused_words(uint8_t *state);

/* Random words, many of them at the edges of what a word holds: there carries and rotations go wrong first.
 */
void random_words(uint8_t *bytes, size_t len);

/* ---- programs ---- */

/* Slots 0 to N_STATES - 1 hold states and the others messages. The last message is the padding of a digest,
 * as the hint promises it. The slots are few, so that operations often meet in one. */
enum { N_STATES = 7, N_MESSAGES = 5, N_SLOTS = N_STATES + N_MESSAGES, PADDING = N_SLOTS - 1, MAX_OPS = 40 };

struct test_program {
    struct simd_program
        program; /* whose ops are set when the program is used, so that the struct can be copied */
    struct simd_op ops[MAX_OPS];
};

/* Completes a program whose operations are set: each gets the largest gap that the contract allows. */
void finish_program(struct test_program *p, unsigned n_ops, unsigned digest_words, unsigned hi_digest_words);

/* A number of words that a digest in hi may have. */
unsigned random_hi_digest_words(void);

/* Makes a program of up to MAX_OPS operations, some of whose gaps are smaller than the contract allows. */
void random_program(struct test_program *p);

/* An operation on the first two messages, without digests. */
struct simd_op plain_op(unsigned dst, unsigned state);

/* A chain of n_ops operations, each of which needs the result of the one before. */
void chain_program(struct test_program *p, unsigned n_ops);

bool is_written(const struct test_program *p, unsigned slot);

/* ---- the judge ---- */

/* The slots of one lane, slot_len() apart and in the hash's byte order. */
typedef uint8_t slots_of_lane[N_SLOTS * SIMD_MAX_LANE_BYTES];
uint8_t *in_lane(uint8_t *slots, unsigned slot);

/* Runs the program on the slots of one lane. */
void judge_lane(const struct test_program *p, uint8_t *slots);

#endif
