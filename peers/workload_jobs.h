/* A batch as the jobs of lanekdf.h, which the engine and the reference take alike. */
#ifndef WORKLOAD_JOBS_H
#define WORKLOAD_JOBS_H

#include "workload.h"

/* Each of these returns batch->n pointers to jobs, which live as long as the program. */
struct lanekdf_job **workload_handshake_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_prf_jobs(const struct workload_batch *batch);
struct lanekdf_job **workload_exporter_jobs(const struct workload_batch *batch); /* from the master secret */

/* The calls of a batch of connections, one after the other. A job may begin with what an earlier call gave.
 */
struct workload_calls {
    size_t n;
    struct workload_call {
        struct lanekdf_job **jobs;
        size_t n;
    } call[N_STAGES];
};
struct workload_calls workload_connection_calls(const struct workload_batch *batch);

#endif
