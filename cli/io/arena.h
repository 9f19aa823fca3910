/*
 * Memory of one batch of lines: taken in pieces, given back all at once. A piece
 * stays where it is until then.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena {
    struct arena_chunk *first, *current;
    size_t n_used; /* bytes taken since the last reset */
};

/* n bytes, aligned for any type and not cleared. Never NULL: without memory the
 * command ends with a message. */
void *arena_take(struct arena *arena, size_t n);

/* The same, zeroed. */
void *arena_take_zero(struct arena *arena, size_t n);

/* Gives everything back; chunks of unusual size are zeroed and freed. */
void arena_reset(struct arena *arena);

/* Zeroes and frees everything. */
void arena_free(struct arena *arena);

#endif
