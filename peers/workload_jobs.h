/* A batch as the jobs of lanekdf.h, which the engine and the reference take alike. */
#ifndef WORKLOAD_JOBS_H
#define WORKLOAD_JOBS_H

#include "workload.h"

/* Each of these returns batch->n pointers to jobs, which live as long as the program. */
struct lanekdf_job **workload_handshake_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_prf_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_exporter_jobs(const struct workload_batch *batch); /* from the master secret */

/* The calls that derive a batch of handshakes or connections, one after the other. A job may begin with what
 * an earlier call gave. Call k has a job for each item that needs more than k calls, in their order. */
struct workload_calls {
    size_t n;
    struct lanekdf_job **jobs[CONNECTION_MAX_CALLS];
    size_t *n_before[CONNECTION_MAX_CALLS]; /* n + 1 counts: the jobs of the first i items; NULL: each item
                                               has one */
};
struct workload_calls workload_calls(const struct workload_batch *batch);

/* The jobs of call k for n items from `first` on: how many, and *jobs is the first. */
static inline size_t workload_call_window(
    const struct workload_calls *calls, size_t k, size_t first, size_t n, struct lanekdf_job *const **jobs)
{
    const size_t *n_before = calls->n_before[k];
    *jobs = calls->jobs[k] + (n_before ? n_before[first] : first);
    return n_before ? n_before[first + n] - n_before[first] : n;
}

static inline struct workload_calls workload_one_call(struct lanekdf_job **jobs)
{
    return (struct workload_calls){.n = 1, .jobs[0] = jobs};
}

/* The same of n items that belong to several batches, each of which has its items in their order: part_of[i]
 * is the batch of item i. */
struct workload_calls workload_joined_calls(
    const struct workload_batch *const *batches, size_t n_batches, const uint8_t *part_of, size_t n);

/* The calls of connections; for workload_calls(). */
struct workload_calls workload_connection_calls(const struct workload_batch *batch);

#endif
