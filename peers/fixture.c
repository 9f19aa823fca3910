#include "fixture.h"

#include "floor.h"
#include "lane_fill.h"
#include "mixes.h"
#include "peers_support.h"

#include <math.h>
#include <string.h>

enum { MIX_POPULATION = 256 /* handshakes, at least, that the batches of a mix are taken from */ };

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The items that batches of this size are taken from. */
static size_t population_of(const struct workload *workload, size_t batch_size)
{
    const size_t least = workload->deal_connections ? STAGES_POPULATION : workload->deal ? MIX_POPULATION : 1;
    return larger(least, batch_size) / batch_size * batch_size;
}

/* --- the judge --- */

/* What the reference derives of the first items of a workload, at least n of them, once for all fixtures. */
static const uint8_t *expected_of(const struct workload *workload, size_t n)
{
    static struct known {
        struct known *next;
        const struct workload *workload;
        size_t n;
        uint8_t *outputs;
    } *first;
    for (const struct known *known = first; known; known = known->next) {
        if (known->workload == workload && known->n >= n) {
            return known->outputs;
        }
    }
    struct known *known = peers_alloc(sizeof(*known));
    *known = (struct known){first, workload, n, peers_alloc(n * workload_output_len(workload))};
    first = known;
    const struct workload_batch pool = workload_batch_of(workload, 0, n, known->outputs);
    const struct impl *judge = impl_judge(workload);
    judge->derive(judge->prepare(judge, &pool, n), 0, n);
    return known->outputs;
}

void fixture_check(struct fixture *fixture)
{
    const struct workload_batch *pool = &fixture->pool;
    const size_t bytes = pool->n * workload_output_len(pool->workload);
    uint8_t *outputs = workload_batch_outputs(pool);
    memset(outputs, 0, bytes);
    fixture->next = 0;
    fixture_derive_pool(fixture);
    if (memcmp(outputs, expected_of(pool->workload, pool->n), bytes) != 0) {
        peers_fail("%s: wrong output", fixture->name);
    }
}

/* --- the fixture --- */

static const void *copied(const void *from, size_t bytes)
{
    return memcpy(peers_alloc(bytes), from, bytes);
}

/* Puts the inputs into memory that the calling thread touches first. */
static void copy_inputs(struct workload_batch *pool)
{
    const size_t n = pool->n;
    if (workload_has_connections(pool->workload)) {
        pool->connections = copied(pool->connections, n * sizeof(*pool->connections));
        pool->connection_inputs = copied(pool->connection_inputs, n * sizeof(*pool->connection_inputs));
    } else {
        pool->handshakes = copied(pool->handshakes, n * sizeof(*pool->handshakes));
        pool->inputs = copied(pool->inputs, n * sizeof(*pool->inputs));
        pool->long_pre_masters = copied(pool->long_pre_masters, n * pool->long_pre_master_len);
    }
    if (pool->recorded) {
        pool->recorded = copied(pool->recorded, n * sizeof(*pool->recorded));
        pool->recorded_inputs = copied(pool->recorded_inputs, n * pool->recorded_inputs_len);
    }
}

/* Batch i of those that take turns, for what asks about its items. */
static struct workload_batch batch_at(const struct fixture *fixture, size_t i)
{
    const struct workload_batch *pool = &fixture->pool;
    const size_t first = i * fixture->batch_size;
    return workload_batch_of(pool->workload, first, fixture->batch_size,
        workload_batch_outputs(pool) + first * workload_output_len(pool->workload));
}

struct fixture *fixture_new(const char *name, const struct impl *impl, const struct workload *workload,
    size_t batch_size, unsigned worker)
{
    const size_t n = population_of(workload, batch_size);
    struct fixture *fixture = peers_alloc(sizeof(*fixture));
    *fixture = (struct fixture){.name = name, .impl = impl, .batch_size = batch_size};
    fixture->pool = workload_batch_of(workload, 0, n, peers_alloc(n * workload_output_len(workload)));
    fixture->pool.worker = worker;
    if (worker != 0) {
        copy_inputs(&fixture->pool);
    }
    fixture->n_needed = peers_alloc(n / batch_size * sizeof(*fixture->n_needed));
    for (size_t i = 0; i < n / batch_size; i++) {
        const struct workload_batch batch = batch_at(fixture, i);
        const struct compressions needed = compressions_of_batch(&batch);
        fixture->n_needed[i] = (double)compressions_total(&needed);
    }
    fixture->state = impl->prepare(impl, &fixture->pool, batch_size);
    return fixture;
}

size_t fixture_n_batches(const struct fixture *fixture)
{
    return fixture->pool.n / fixture->batch_size;
}

double fixture_n_compressions(const struct fixture *fixture, double n_calls)
{
    const size_t n_batches = fixture_n_batches(fixture), at = fixture->next / fixture->batch_size;
    const size_t n_rest = (size_t)fmod(n_calls, (double)n_batches);
    double all = 0, rest = 0;
    for (size_t i = 0; i < n_batches; i++) {
        all += fixture->n_needed[i];
        rest += i < n_rest ? fixture->n_needed[(at + i) % n_batches] : 0;
    }
    return floor(n_calls / (double)n_batches) * all + rest;
}

size_t fixture_calls(const struct fixture *fixture, const struct compressions **calls)
{
    const size_t n_batches = fixture_n_batches(fixture);
    struct compressions *all = peers_alloc(n_batches * COMPRESSIONS_MAX_CALLS * sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < n_batches; i++) {
        const struct workload_batch batch = batch_at(fixture, i);
        n += compressions_of_calls(&batch, all + n);
    }
    *calls = all;
    return n;
}

double fixture_floor_cycles(const struct fixture *fixture)
{
    const char *kernel = fixture->impl->kernel ? fixture->impl->kernel->name : NULL;
    double sum = 0;
    for (size_t i = 0; i < fixture_n_batches(fixture); i++) {
        const struct workload_batch batch = batch_at(fixture, i);
        struct compressions calls[COMPRESSIONS_MAX_CALLS];
        const size_t n = compressions_of_calls(&batch, calls);
        for (size_t k = 0; k < n; k++) {
            const double cycles = floor_cycles(&calls[k], kernel);
            if (cycles <= 0) {
                return 0;
            }
            sum += cycles;
        }
    }
    return sum;
}

double fixture_lane_fill(const struct fixture *fixture)
{
    const struct impl *impl = fixture->impl;
    if (!impl_is_lanekdf(impl) || (fixture->batch_size == 1 && !impl->kernel)) {
        return -1;
    }
    return lane_fill(impl, &fixture->pool, fixture->batch_size);
}

const char *fixture_label(const struct fixture *fixture)
{
    return fixture->impl->choice ? fixture->impl->choice(fixture->state) : "";
}
