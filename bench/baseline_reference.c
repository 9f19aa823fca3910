/* The reference of the engine (reference.h), which is the text of the RFCs in plain C. */
#include "bench_jobs.h"
#include "bench_support.h"
#include "impl.h"
#include "reference.h"

struct state {
    struct lanekdf_job **jobs;
    size_t n;
};

static struct state *new_state(struct lanekdf_job **jobs, size_t n)
{
    struct state *state = bench_alloc(sizeof(*state));
    *state = (struct state){jobs, n};
    return state;
}

static void *prepare_handshakes(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    return new_state(bench_handshake_jobs(batch), batch->n);
}

static void *prepare_prfs(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    return new_state(bench_prf_jobs(batch), batch->n);
}

static void *prepare_exporters(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    return new_state(bench_exporter_jobs(batch), batch->n);
}

static void derive_jobs_as_written(void *state)
{
    const struct state *s = state;
    for (size_t i = 0; i < s->n; i++) {
        reference_derive(s->jobs[i]);
    }
}

const struct impl impl_reference = {
    .name = "reference", .prepare = prepare_handshakes, .derive = derive_jobs_as_written};
const struct impl impl_reference_prf = {
    .name = "reference", .prepare = prepare_prfs, .derive = derive_jobs_as_written};
const struct impl impl_reference_exporter = {
    .name = "reference", .prepare = prepare_exporters, .derive = derive_jobs_as_written};
