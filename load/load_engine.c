#include "load_engine.h"

#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* OpenSSL's row has no calls of several handshakes, so that each is finished before the next one begins. */
static const struct load_engine_row rows[] = {
    {"lanekdf-one", "lanekdf", LIBRARY_NONE, false, "lanekdf, one handshake in a call"},
    {"lanekdf-group", "lanekdf", LIBRARY_NONE, true, "lanekdf, up to --group handshakes in a call"},
    {"openssl", "openssl", LIBRARY_OPENSSL, false, "OpenSSL, one handshake in a call"},
    {"ipsec-mb", "ipsec-mb", LIBRARY_IPSEC_MB, true, "intel-ipsec-mb, up to --group handshakes in a call"},
    {"ipsec-mb+libcrypto", "ipsec-mb+libcrypto", LIBRARY_IPSEC_MB, true,
        "the same, with the hashes of libcrypto where those of one lane are faster"},
};
enum { N_ROWS = sizeof(rows) / sizeof(*rows) };

const struct load_engine_row *load_engine_row(size_t i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

/* --- names --- */

static bool parse_fixed(const char *text, size_t len, struct load_engine *engine)
{
    const char *plus = memchr(text, '+', len);
    if (!plus) {
        return quantity_time(text, len, &engine->job_ns);
    }
    return quantity_time(text, (size_t)(plus - text), &engine->call_ns) &&
           quantity_time(plus + 1, (size_t)(text + len - plus - 1), &engine->job_ns);
}

static bool parse_stall(const char *text, size_t len, struct load_engine *engine)
{
    const char *slash = memchr(text, '/', len);
    return slash && quantity_time(text, (size_t)(slash - text), &engine->stall_ns) &&
           quantity_time(slash + 1, (size_t)(text + len - slash - 1), &engine->period_ns) &&
           engine->period_ns > 0;
}

static bool parse_row(const char *name, size_t len, struct load_engine *engine)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            engine->impl = rows[i].impl;
            engine->has_groups = rows[i].has_groups;
            return true;
        }
    }
    return false;
}

/* Whether the name begins with a word, behind which *rest stands. */
static bool begins(const char *name, size_t len, const char *word, const char **rest)
{
    *rest = name + strlen(word);
    return len > strlen(word) && memcmp(name, word, strlen(word)) == 0;
}

bool load_engine_parse(const char *name, size_t len, struct load_engine *engine)
{
    const char *rest;
    *engine = (struct load_engine){.has_groups = true};
    if (len == 0 || len >= LOAD_ENGINE_MAX_NAME) {
        return false;
    }
    memcpy(engine->name, name, len);
    if (len == 4 && memcmp(name, "null", len) == 0) {
        return true;
    }
    if (begins(name, len, "fixed:", &rest)) {
        return parse_fixed(rest, len - (size_t)(rest - name), engine);
    }
    if (begins(name, len, "stall:", &rest)) {
        return parse_stall(rest, len - (size_t)(rest - name), engine);
    }
    engine->flips_once = begins(name, len, "flip-once:", &rest);
    engine->flips = engine->flips_once || begins(name, len, "flip:", &rest);
    rest = engine->flips ? rest : name;
    return parse_row(rest, len - (size_t)(rest - name), engine);
}

const char *load_engine_missing(const struct load_engine *engine)
{
    const struct impl_library *libraries;
    impl_libraries(&libraries);
    for (size_t i = 0; i < N_ROWS && engine->impl; i++) {
        if (strcmp(rows[i].impl, engine->impl) == 0 && rows[i].library != LIBRARY_NONE) {
            return libraries[rows[i].library].version ? NULL : libraries[rows[i].library].missing;
        }
    }
    return NULL;
}

/* --- what serves what --- */

static const struct impl *find_impl(const struct load_engine *engine, const struct workload *workload)
{
    const struct impl *const *impls;
    const size_t n = impl_table(workload, &impls);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(impls[i]->name, engine->impl) == 0) {
            return impls[i];
        }
    }
    return NULL;
}

/* An item that the implementation does not take; the first one where it takes none. */
static size_t item_not_taken(const struct impl *impl, const struct workload *workload)
{
    const size_t n = workload_n_different(workload);
    const struct workload_batch items = workload_batch_of(workload, 0, n, NULL);
    for (size_t i = 0; i < n && impl && impl->takes; i++) {
        if (!impl->takes(&items, i)) {
            return i;
        }
    }
    return 0;
}

bool load_engine_serves(
    const struct load_engine *engine, const struct mix *mix, const struct workload **lacks, size_t *item)
{
    for (size_t i = 0; i < mix->n_parts && engine->impl; i++) {
        const struct impl *impl = find_impl(engine, mix->parts[i]);
        if (!impl || !impl_serves(impl, mix->parts[i])) {
            *lacks = mix->parts[i];
            *item = item_not_taken(impl, mix->parts[i]);
            return false;
        }
    }
    return true;
}

/* --- running --- */

/* A call of n items has its share of each part: so many on average, at least one, and never more than the
 * part has, since no call is larger than the pool. */
static size_t share_of(const struct pool *pool, const struct pool_part *part, size_t n)
{
    return (n * part->batch.n + pool->n - 1) / pool->n;
}

/* A server that has jobs of several hashes gives them to lanekdf together. */
static void *prepare_joined(const struct pool *pool)
{
    const struct workload_batch *pools[POOL_MAX_PARTS];
    for (size_t i = 0; i < pool->n_parts; i++) {
        pools[i] = &pool->parts[i].batch;
    }
    return impl_lanekdf_prepare_joined(pools, pool->n_parts, pool->part_of, pool->n);
}

void load_engine_prepare(
    struct load_engine_state *state, const struct load_engine *engine, struct pool *pool, size_t n_per_call)
{
    *state = (struct load_engine_state){.engine = engine, .pool = pool};
    if (engine->impl && strcmp(engine->impl, impl_lanekdf.name) == 0 && pool->n_parts > 1) {
        state->joined = prepare_joined(pool);
        return;
    }
    for (size_t i = 0; i < pool->n_parts && engine->impl; i++) {
        const struct pool_part *part = &pool->parts[i];
        const struct impl *impl = find_impl(engine, part->batch.workload);
        state->impls[i] = impl;
        state->states[i] = impl->prepare(impl, &part->batch, share_of(pool, part, n_per_call));
    }
}

/* One item in FLIPPED_ONE_IN is wrong. */
static void flip_some(const struct load_engine_state *state, size_t first, size_t n)
{
    enum { FLIPPED_ONE_IN = 64 };
    for (size_t i = first; i < first + n; i++) {
        if (i % FLIPPED_ONE_IN == FLIPPED_ONE_IN - 1) {
            pool_flip(state->pool, i);
        }
    }
}

static void derive_parts(struct load_engine_state *state, size_t first, size_t n)
{
    for (size_t i = 0; i < state->pool->n_parts; i++) {
        size_t first_of_part;
        const size_t n_of_part = pool_window(state->pool, i, first, n, &first_of_part);
        if (n_of_part > 0) {
            state->impls[i]->derive(state->states[i], first_of_part, n_of_part);
        }
    }
}

void load_engine_derive(struct load_engine_state *state, size_t first, size_t n)
{
    if (state->joined) {
        impl_lanekdf.derive(state->joined, first, n);
    } else {
        derive_parts(state, first, n);
    }
    if (state->engine->flips && !(state->engine->flips_once && state->is_found)) {
        flip_some(state, first, n);
    }
}

double load_engine_takes_ns(struct load_engine_state *state, size_t n, double now)
{
    const struct load_engine *engine = state->engine;
    double ns = engine->call_ns + (double)n * engine->job_ns;
    if (engine->period_ns > 0 && now >= state->next_stall_ns) {
        state->next_stall_ns = (floor(now / engine->period_ns) + 1) * engine->period_ns;
        ns += engine->stall_ns;
    }
    return ns;
}
