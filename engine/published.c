#include "published.h"

#include <stdatomic.h>

/*
 * Programs lie in the order in which they were made, and are found by a table of places. That is never more
 * than half full, so that a search ends at an empty place soon, also for a shape that has no program here.
 * (Threads that race for the last entries may take some places in vain, so the search counts them, too.) A
 * program takes 8.5 KB, but only where there is one: pages that nobody has touched take no memory.
 */
enum { MAX_PROGRAMS = 512, PLACE_BITS = 10, N_PLACES = 1 << PLACE_BITS };
_Static_assert(2 * (int)MAX_PROGRAMS <= (int)N_PLACES, "a search ends at an empty place");

/*
 * Peers of a connection choose lengths: of contexts and labels of exporters, of PSKs and identities, of
 * tickets. Messages of so many blocks or fewer have few shapes for each field; all longer ones together, and
 * all shapes of one derivation and hash, have a part of the room and no more. So nobody who chooses lengths
 * takes the room of others.
 */
enum { SHORT_BLOCKS = 4, MAX_LONG = MAX_PROGRAMS / 4, MAX_OF_ONE = MAX_PROGRAMS / 8 };
enum { COUNT_BITS = 10, N_COUNTS = 1 << COUNT_BITS };

static struct published {
    struct shape shape;
    bool has_program; /* or the compiler has refused the formula */
    struct program program;
} entries[MAX_PROGRAMS];

static _Atomic(uint32_t) n_entries, n_long;
/* By derivation and hash. Two that share a count share its part of the room. */
static _Atomic(uint32_t) counts[N_COUNTS];

/*
 * A place is 0, or has bits of its shape's hash and below them the number of an entry, counted from 1. The
 * thread that changes a place from 0 writes the entry, with the number BEING_WRITTEN in its place until then.
 */
enum { NUMBER_BITS = 12, BEING_WRITTEN = (1 << NUMBER_BITS) - 1, LOST = BEING_WRITTEN - 1 };
_Static_assert((int)MAX_PROGRAMS < (int)LOST, "these are no numbers of entries");
static _Atomic(uint32_t) places[N_PLACES];

static uint32_t tag_of(uint64_t mixed)
{
    return (uint32_t)(mixed >> 20) << NUMBER_BITS | 1u << 31;
}

/* ---- the room ---- */

static uint8_t longest(const struct shape *shape)
{
    return shape->n_blocks > shape->n_digest_blocks ? shape->n_blocks : shape->n_digest_blocks;
}

static bool is_long(const struct shape *shape)
{
    const struct shape then = {.counts = shape->then};
    return longest(shape) > SHORT_BLOCKS || longest(&then) > SHORT_BLOCKS;
}

static _Atomic(uint32_t) *count_of(const struct shape *shape)
{
    const struct shape of_all = {.derivation = shape->derivation, .hash = shape->hash};
    return &counts[shape_mixed(&of_all) >> (64 - COUNT_BITS)];
}

/* Threads that ask at the same time may get a little more room than there should be, but
 * take_number() has the last word. */
static bool has_room(const struct shape *shape)
{
    return atomic_load_explicit(&n_entries, memory_order_relaxed) < MAX_PROGRAMS &&
           atomic_load_explicit(count_of(shape), memory_order_relaxed) < MAX_OF_ONE &&
           !(is_long(shape) && atomic_load_explicit(&n_long, memory_order_relaxed) >= MAX_LONG);
}

/* The number of a new entry; LOST if others took the last ones. */
static uint32_t take_number(const struct shape *shape)
{
    uint32_t n = atomic_load_explicit(&n_entries, memory_order_relaxed);
    do {
        if (n == MAX_PROGRAMS) {
            return LOST;
        }
    } while (!atomic_compare_exchange_weak(&n_entries, &n, n + 1));
    atomic_fetch_add_explicit(count_of(shape), 1, memory_order_relaxed);
    if (is_long(shape)) {
        atomic_fetch_add_explicit(&n_long, 1, memory_order_relaxed);
    }
    return n + 1;
}

/* ---- programs ---- */

static const struct program *program_of(const struct published *entry)
{
    return entry->has_program ? &entry->program : NULL;
}

/* Writes the entry of a place that is this thread's. */
static const struct program *publish(
    _Atomic(uint32_t) *place, uint32_t tag, const struct shape *shape, struct compiler *compiler)
{
    const uint32_t number = take_number(shape);
    const struct program *program = NULL;
    if (number != LOST) {
        struct published *entry = &entries[number - 1];
        derivation_write(shape, compiler_begin(compiler, shape->hash));
        entry->shape = *shape;
        entry->has_program = compiler_finish(compiler, &entry->program);
        program = program_of(entry);
    }
    atomic_store_explicit(place, tag | number, memory_order_release);
    return program;
}

const struct program *published_program(const struct shape *shape, struct compiler *compiler)
{
    const uint64_t mixed = shape_mixed(shape);
    const uint32_t tag = tag_of(mixed);
    unsigned n_being_written = 0;
    if (shape_is_long(shape)) {
        return NULL;
    }
    for (size_t tries = 0, i = (size_t)(mixed >> (64 - PLACE_BITS)); tries < N_PLACES;
         tries++, i = (i + 1) % N_PLACES) {
        uint32_t place = atomic_load_explicit(&places[i], memory_order_acquire);
        if (!place) {
            if (!has_room(shape)) {
                return NULL;
            }
            if (atomic_compare_exchange_strong(&places[i], &place, tag | BEING_WRITTEN)) {
                return publish(&places[i], tag, shape, compiler);
            }
        }
        const uint32_t number = place & BEING_WRITTEN;
        if ((place ^ number) != tag || number == LOST) {
            continue;
        }
        /* What another thread is writing is of this shape, as good as certainly. Waiting for it would be a
         * lock, which a forked child might find taken for ever. A second entry does no harm, but with one
         * for every thread of a large machine they would fill the table. */
        if (number == BEING_WRITTEN) {
            if (++n_being_written == 2) {
                return NULL;
            }
        } else if (shape_equal(&entries[number - 1].shape, shape)) {
            return program_of(&entries[number - 1]);
        }
    }
    return NULL;
}

void published_count(struct published_counts *published)
{
    *published = (struct published_counts){.n = atomic_load_explicit(&n_entries, memory_order_relaxed),
        .n_long = atomic_load_explicit(&n_long, memory_order_relaxed),
        .max = MAX_PROGRAMS,
        .max_long = MAX_LONG};
}
