/* The reference of the engine (reference.h), which is the text of the RFCs in plain C. */
#include "workload_jobs.h"
#include "peers_support.h"
#include "impl.h"
#include "reference.h"

static struct workload_calls *new_calls(struct lanekdf_job **jobs, size_t n)
{
    struct workload_calls *calls = peers_alloc(sizeof(*calls));
    *calls = (struct workload_calls){.n = 1, .call[0] = {jobs, n}};
    return calls;
}

static void *prepare_batch(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    if (workload_has_connections(batch->workload)) {
        struct workload_calls *calls = peers_alloc(sizeof(*calls));
        *calls = workload_connection_calls(batch);
        return calls;
    }
    return new_calls(workload_handshake_jobs(batch), batch->n);
}

static void *prepare_prfs(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    return new_calls(workload_prf_jobs(batch), batch->n);
}

static void *prepare_exporters(const struct impl *impl, const struct workload_batch *batch)
{
    (void)impl;
    return new_calls(workload_exporter_jobs(batch), batch->n);
}

static void derive_jobs_as_written(void *state)
{
    const struct workload_calls *calls = state;
    for (size_t k = 0; k < calls->n; k++) {
        for (size_t i = 0; i < calls->call[k].n; i++) {
            reference_derive(calls->call[k].jobs[i]);
        }
    }
}

const struct impl impl_reference = {
    .name = "reference", .prepare = prepare_batch, .derive = derive_jobs_as_written};
const struct impl impl_reference_prf = {
    .name = "reference", .prepare = prepare_prfs, .derive = derive_jobs_as_written};
const struct impl impl_reference_exporter = {
    .name = "reference", .prepare = prepare_exporters, .derive = derive_jobs_as_written};
