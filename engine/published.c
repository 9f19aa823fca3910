#include "published.h"

#include <stdatomic.h>

/* Far more shapes than a server meets, enough for all hashes and versions at once; each is
 * about 1.5 KB, and untouched entries are untouched pages. */
enum { ENTRY_BITS = 9, N_ENTRIES = 1 << ENTRY_BITS };

enum { EMPTY, BEING_WRITTEN, READY, WITHOUT_PROGRAM };

/* An entry changes from EMPTY once, by whoever claims it, and never again. */
struct entry {
    _Atomic(int) state;
    struct shape shape;
    struct program program;
};

static struct entry entries[N_ENTRIES];

static unsigned first_place(const struct shape *shape)
{
    return (unsigned)(shape_mixed(shape) >> (64 - ENTRY_BITS));
}

static const struct program *write_entry(
    struct entry *entry, const struct shape *shape, struct compiler *compiler)
{
    shape->derivation->formula(compiler_begin(compiler, shape->hash), shape);
    entry->shape = *shape;
    const bool done = compiler_finish(compiler, &entry->program);
    atomic_store_explicit(&entry->state, done ? READY : WITHOUT_PROGRAM, memory_order_release);
    return done ? &entry->program : NULL;
}

const struct program *published_program(const struct shape *shape, struct compiler *compiler)
{
    if (shape_is_long(shape)) {
        return NULL;
    }
    for (unsigned i = 0, place = first_place(shape); i < N_ENTRIES; i++, place = (place + 1) % N_ENTRIES) {
        struct entry *entry = &entries[place];
        int state = atomic_load_explicit(&entry->state, memory_order_acquire);
        if (state == EMPTY && atomic_compare_exchange_strong(&entry->state, &state, BEING_WRITTEN)) {
            return write_entry(entry, shape, compiler);
        }
        /* One that is being written, perhaps of this very shape, is passed over: then
         * the shape gets a second entry, which does no harm. */
        if (state >= READY && shape_equal(&entry->shape, shape)) {
            return state == READY ? &entry->program : NULL;
        }
    }
    return NULL;
}
