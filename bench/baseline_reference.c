/* The reference of the engine (reference.h): the RFC text in plain C. */
#include "bench_jobs.h"
#include "impl.h"
#include "reference.h"

struct state {
    const struct lanekdf_job **jobs;
    size_t n;
};

static struct state *new_state(const struct workload_batch *batch)
{
    struct state *state = workload_alloc(sizeof(*state));
    state->n = batch->n;
    state->jobs = workload_alloc(batch->n * sizeof(*state->jobs));
    return state;
}

static void *prepare(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    struct state *state = new_state(batch);
    struct lanekdf_handshake *jobs = bench_handshake_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

static void *prepare_prf(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    struct state *state = new_state(batch);
    struct lanekdf_prf *jobs = bench_prf_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

static void *prepare_exporter(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    struct state *state = new_state(batch);
    struct lanekdf_exporter *jobs = bench_exporter_jobs(batch);
    for (size_t i = 0; i < batch->n; i++) {
        state->jobs[i] = &jobs[i].job;
    }
    return state;
}

static void run(void *state)
{
    const struct state *s = state;
    for (size_t i = 0; i < s->n; i++) {
        reference_derive(s->jobs[i]);
    }
}

const struct impl impl_reference = {.name = "reference", .prepare = prepare, .run = run};
const struct impl impl_reference_prf = {.name = "reference", .prepare = prepare_prf, .run = run};
const struct impl impl_reference_exporter = {.name = "reference", .prepare = prepare_exporter, .run = run};
