/*
 * Memory that tells after a call whether it is, byte for byte, as it should be.
 *
 * Jobs, inputs and outputs of a test are all taken from here. Before the call guarded_expect() photographs
 * all of it; the test then writes into that image what the call should change (statuses, outputs), and
 * afterwards guarded_difference() compares everything: outputs, the bytes around them, inputs and jobs at
 * once.
 *
 * GUARDED: every piece stands in pages of its own, and at random either ends at a page that cannot be touched
 * or begins behind one, so that a read or write that leaves the piece by one byte is a crash. PACKED: pieces
 * stand one after the other with a few bytes between them, at odd addresses, so that there is room for
 * thousands of jobs.
 */
#ifndef GUARDED_MEMORY_H
#define GUARDED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "rng.h"

enum guarded_form { GUARDED, PACKED };
enum { GUARDED_FILL = 0xc3 }; /* what a piece has in all of its bytes at first */
struct guarded_memory;

/* Pieces stand at random places. The random numbers come from the caller's generator, and guarded_rng() hands
 * that on to whoever fills the pieces. */
struct guarded_memory *guarded_new(enum guarded_form form, struct rng *rng);
void guarded_free(struct guarded_memory *memory);
struct rng *guarded_rng(struct guarded_memory *memory);
/* Forgets all pieces, for the next call. */
void guarded_clear(struct guarded_memory *memory);

/* guarded_return_to() forgets the pieces that were taken after the mark. */
struct guarded_mark {
    size_t small, large, packed;
};
struct guarded_mark guarded_mark(const struct guarded_memory *memory);
void guarded_return_to(struct guarded_memory *memory, struct guarded_mark mark);

/* Takes a piece of len bytes at a multiple of align (a power of two), filled with GUARDED_FILL. A piece of no
 * bytes is an address that nobody may read, or NULL. The test ends if memory runs out. */
void *guarded_take(struct guarded_memory *memory, size_t len, size_t align);

/* Makes the image of all pieces. No piece may be taken after that until guarded_clear(). */
void guarded_expect(struct guarded_memory *memory);
/* The place in the image of the byte at `address`. */
void *guarded_expected(struct guarded_memory *memory, const void *address);
/* The first byte of memory that differs from the image; NULL if no byte does. */
const uint8_t *guarded_difference(struct guarded_memory *memory);

#endif
