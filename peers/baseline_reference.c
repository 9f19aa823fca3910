/* The reference of the engine (reference.h), which is the text of the RFCs in plain C. */
#include "workload_jobs.h"
#include "peers_support.h"
#include "impl.h"
#include "reference.h"

static struct workload_calls *new_calls(struct workload_calls calls)
{
    struct workload_calls *kept = peers_alloc(sizeof(*kept));
    *kept = calls;
    return kept;
}

static void *prepare_pool(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    return new_calls(workload_calls(pool));
}

static void *prepare_prfs(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    return new_calls(workload_one_call(workload_prf_jobs(pool)));
}

static void *prepare_exporters(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call)
{
    (void)impl;
    (void)n_per_call;
    return new_calls(workload_one_call(workload_exporter_jobs(pool)));
}

static void derive_jobs_as_written(void *state, size_t first, size_t n)
{
    const struct workload_calls *calls = state;
    for (size_t k = 0; k < calls->n; k++) {
        struct lanekdf_job *const *jobs;
        const size_t n_jobs = workload_call_window(calls, k, first, n, &jobs);
        for (size_t i = 0; i < n_jobs; i++) {
            reference_derive(jobs[i]);
        }
    }
}

const struct impl impl_reference = {.name = "reference",
    .description = "the RFCs' text in plain C, by which all are judged",
    .prepare = prepare_pool,
    .derive = derive_jobs_as_written};
const struct impl impl_reference_prf = {
    .name = "reference", .prepare = prepare_prfs, .derive = derive_jobs_as_written};
const struct impl impl_reference_exporter = {
    .name = "reference", .prepare = prepare_exporters, .derive = derive_jobs_as_written};
