/*
 * The handshakes that a load is made of, with the outputs that are right: each worker has a pool of its own,
 * from which every call derives a window.
 *
 * A pool has parts, one for each sort of items that an implementation is prepared for. What comes in which
 * order is the same in all pools of a mix.
 */
#ifndef POOL_H
#define POOL_H

#include "mix.h"

struct pool_part {
    struct workload_batch batch;
    uint8_t *expected; /* the outputs that are right */
    size_t *n_before;  /* n + 1 counts: the items of this part among the first i of the pool */
};

struct pool {
    size_t n;
    struct pool_part parts[POOL_MAX_PARTS];
    size_t n_parts;
    const uint8_t *part_of; /* of each item, the mix has it; NULL: there is but one part */
};

/* Makes the pool of a worker; it lives as long as the program. One thread at a time may call this. */
struct pool *pool_new(const struct mix *mix, unsigned worker);

/* The items of part `part` among n items from `first` on: how many, and *first_of_part is the first one. */
static inline size_t pool_window(
    const struct pool *pool, size_t part, size_t first, size_t n, size_t *first_of_part)
{
    const size_t *n_before = pool->parts[part].n_before;
    *first_of_part = n_before[first];
    return n_before[first + n] - n_before[first];
}

/* Fills the outputs of a window with bytes that nobody derives. */
void pool_poison(struct pool *pool, size_t first, size_t n);

/* Whether the outputs of an item are right. If not, *field names the first one that is wrong. */
bool pool_is_right(const struct pool *pool, size_t item, const char **field);

/* Turns over a bit of the outputs of an item. */
void pool_flip(struct pool *pool, size_t item);

#endif
