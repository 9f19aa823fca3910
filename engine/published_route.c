#include "published_route.h"

#include <stdatomic.h>

#include "route.h"

/* Room for far more sorts of jobs than a process has that derives them one at a time. A sort that finds no
 * room among MAX_TRIES places goes through the full check each time. */
enum { ENTRY_BITS = 8, N_ENTRIES = 1 << ENTRY_BITS, MAX_TRIES = 4 };

enum { EMPTY, BEING_WRITTEN, READY };

/* The thread that changes an entry's state from EMPTY owns the entry until it has written it; from then on
 * nobody writes it. */
struct published_route {
    _Atomic(int) state;
    struct route route;
    struct published_phase phase;
};

static struct published_route entries[N_ENTRIES];

static struct published_route *place_of(uint64_t mixed, unsigned i)
{
    return &entries[((mixed >> (64 - ENTRY_BITS)) + i) % N_ENTRIES];
}

/* Makes a route of a job that the full check has found good. A phase with an enter() has none, since enter()
 * has to be called for each job. A job that cannot have a route keeps the entry from others: such jobs are
 * few, and they would come again. */
static void publish(struct published_route *entry, const struct kind *kind, const struct lanekdf_job *job,
    struct record *record, struct compiler *compiler)
{
    if (!route_make(&entry->route, kind, job, record, &entry->phase.shape) ||
        entry->phase.shape.derivation->enter) {
        return;
    }
    entry->phase.program = published_program(&entry->phase.shape, compiler);
    if (entry->phase.program) {
        atomic_store_explicit(&entry->state, READY, memory_order_release);
    }
}

int published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase)
{
    const struct kind *kind = kinds_find(job->kind);
    struct published_route *unused = NULL;
    *phase = NULL;
    if (kind && route_may_have(kind, job)) {
        const uint64_t mixed = kind->read(job, NULL);
        for (unsigned i = 0; i < MAX_TRIES; i++) {
            struct published_route *entry = place_of(mixed, i);
            const int state = atomic_load_explicit(&entry->state, memory_order_acquire);
            if (state == EMPTY) {
                unused = entry;
                break;
            }
            if (state == READY && entry->route.mixed == mixed &&
                route_try(&entry->route, job, record) == ROUTE_TAKEN) {
                *phase = &entry->phase;
                return LANEKDF_OK;
            }
        }
    }
    const int status = kinds_begin_job(job, record, legacy);
    int state = EMPTY;
    if (status == LANEKDF_OK && unused &&
        atomic_compare_exchange_strong(&unused->state, &state, BEING_WRITTEN)) {
        publish(unused, kind, job, record, compiler);
    }
    return status;
}
