/* A batch as the jobs of lanekdf.h, which the engine and the reference take alike. */
#ifndef WORKLOAD_JOBS_H
#define WORKLOAD_JOBS_H

#include "workload.h"

/* Each of these returns batch->n pointers to jobs, which live as long as the program. */
struct lanekdf_job **workload_handshake_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_prf_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_exporter_jobs(const struct workload_batch *batch); /* from the master secret */

/* The calls that derive a batch of handshakes or connections, one after the other. A job may begin with what
 * an earlier call gave. Job i of every call is one of item i. */
struct workload_calls {
    size_t n;
    struct lanekdf_job **jobs[N_STAGES];
};
struct workload_calls workload_calls(const struct workload_batch *batch);

static inline struct workload_calls workload_one_call(struct lanekdf_job **jobs)
{
    return (struct workload_calls){.n = 1, .jobs[0] = jobs};
}

/* The calls of connections; for workload_calls(). */
struct workload_calls workload_connection_calls(const struct workload_batch *batch);

#endif
