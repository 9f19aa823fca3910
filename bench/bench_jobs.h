/* A batch as lanekdf's jobs, for the engine and for the reference alike. */
#ifndef BENCH_JOBS_H
#define BENCH_JOBS_H

#include "lanekdf.h"
#include "workload.h"

/* Arrays of batch->n. */
struct lanekdf_handshake *bench_handshake_jobs(const struct workload_batch *batch);
struct lanekdf_prf *bench_prf_jobs(const struct workload_batch *batch);
struct lanekdf_exporter *bench_exporter_jobs(const struct workload_batch *batch); /* from the master secret */

#endif
