#include "published_route.h"

#include <stdatomic.h>

#include "route.h"

/* Room for far more sorts of jobs than a process has that derives them one at a time. A sort that finds no
 * room among MAX_TRIES places goes through the full check each time. A kind has a quarter of the table: peers
 * choose some of the lengths that make another sort of a job, and cannot take the room of other kinds. Sorts
 * that have no route do not count, of which there are few. */
enum { ENTRY_BITS = 8, N_ENTRIES = 1 << ENTRY_BITS, MAX_TRIES = 4, MAX_OF_KIND = N_ENTRIES / 4 };

/* The entries of each kind, by its public id. Threads that take the last ones at once may go beyond. */
enum { MAX_KIND_ID = 31 };
static _Atomic(unsigned) n_of_kind[MAX_KIND_ID + 1];
#define KIND(id, name) _Static_assert((int)(id) <= (int)MAX_KIND_ID, "its entries are counted");
#include "kind_table.h"
#undef KIND

enum { EMPTY, BEING_WRITTEN, READY, WITHOUT_ROUTE };

/* The thread that changes an entry's state from EMPTY owns the entry until it has written it; from then on
 * nobody writes it. */
struct published_route {
    _Atomic(int) state;
    uint32_t legacy; /* what the job that the entry was made for might use: another may use no less */
    uint64_t mixed;  /* the hash of the words of that job */
    struct route route;
    struct published_phase phase;
};

static struct published_route entries[N_ENTRIES];

static struct published_route *entry_of(const struct published_phase *phase)
{
    return (struct published_route *)((uintptr_t)phase - offsetof(struct published_route, phase));
}

static struct published_route *place_of(uint64_t mixed, unsigned i)
{
    return &entries[((mixed >> (64 - ENTRY_BITS)) + i) % N_ENTRIES];
}

/* Makes a route of a job that the full check has found good. Returns false if there is none. A phase with an
 * enter() has none, since enter() has to be called for each job. */
static bool make_entry(struct published_route *entry, const struct kind *kind, const struct lanekdf_job *job,
    struct record *record, struct compiler *compiler)
{
    if (!route_make(&entry->route, kind, job, record, &entry->phase.shape, &entry->mixed) ||
        entry->phase.shape.derivation->enter) {
        return false;
    }
    entry->phase.program = published_program(&entry->phase.shape, compiler);
    return entry->phase.program != NULL;
}

/* Takes an empty entry for a route of a job, unless the job's kind has its part of the table, or another
 * thread was first. */
static bool take_entry(struct published_route *entry, const struct lanekdf_job *job)
{
    _Atomic(unsigned) *const n = &n_of_kind[job->kind];
    int state = EMPTY;
    if (atomic_load_explicit(n, memory_order_relaxed) >= MAX_OF_KIND ||
        !atomic_compare_exchange_strong(&entry->state, &state, BEING_WRITTEN)) {
        return false;
    }
    atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
    return true;
}

/* Writes an entry for a job of this hash. A job that cannot have a route keeps its entry all the same: the
 * next one like it finds there that it need not try, and takes no entry more. */
static void publish(struct published_route *entry, uint64_t mixed, uint32_t legacy, const struct kind *kind,
    const struct lanekdf_job *job, struct record *record, struct compiler *compiler)
{
    entry->legacy = legacy;
    entry->mixed = mixed;
    const int state = make_entry(entry, kind, job, record, compiler) ? READY : WITHOUT_ROUTE;
    if (state == WITHOUT_ROUTE) {
        atomic_fetch_sub_explicit(&n_of_kind[job->kind], 1, memory_order_relaxed);
    }
    atomic_store_explicit(&entry->state, state, memory_order_release);
}

int published_route_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy,
    struct compiler *compiler, const struct published_phase **phase)
{
    if (*phase && route_try(&entry_of(*phase)->route, job, record) == ROUTE_TAKEN) {
        return LANEKDF_OK;
    }
    const struct kind *kind = kinds_find(job->kind);
    struct published_route *unused = NULL;
    uint64_t mixed = 0;
    *phase = NULL;
    if (kind && route_may_have(kind, job)) {
        mixed = kind->read(job, NULL);
        for (unsigned i = 0; i < MAX_TRIES; i++) {
            struct published_route *entry = place_of(mixed, i);
            const int state = atomic_load_explicit(&entry->state, memory_order_acquire);
            if (state == EMPTY) {
                unused = entry;
                break;
            }
            if (state < READY || entry->mixed != mixed || entry->legacy & ~legacy) {
                continue;
            }
            if (state == WITHOUT_ROUTE) {
                break;
            }
            if (route_try(&entry->route, job, record) == ROUTE_TAKEN) {
                *phase = &entry->phase;
                return LANEKDF_OK;
            }
        }
    }
    const int status = kinds_begin_job(job, record, legacy);
    if (status == LANEKDF_OK && unused && take_entry(unused, job)) {
        publish(unused, mixed, legacy, kind, job, record, compiler);
    }
    return status;
}
