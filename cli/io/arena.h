/*
 * Memory that is taken in pieces and given back all at once, for a batch of lines for one. A piece stays
 * where it is until then.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena {
    struct arena_chunk *first, *current;
    size_t n_used; /* bytes taken since the last reset */
};

/* Takes n bytes, aligned for any type and not cleared. The result is never NULL: without memory the command
 * ends with a message. */
void *arena_take(struct arena *arena, size_t n);

/* Takes n bytes and zeroes them. */
void *arena_take_zero(struct arena *arena, size_t n);

/* Gives everything back. The arena keeps chunks of the usual size for what comes, and zeroes and frees the
 * others. */
void arena_reset(struct arena *arena);

/* Zeroes and frees everything. */
void arena_free(struct arena *arena);

#endif
