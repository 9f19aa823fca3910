#include "bench_jobs.h"

static struct lanekdf_handshake handshake_job(
    const struct workload *workload, const struct session *session, struct session_keys *keys)
{
    struct lanekdf_handshake job = {
        .job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = 0x0303,
        .hash = LANEKDF_SHA256,
        .client_random = session->client_random,
        .server_random = session->server_random,
    };
    if (workload->master) {
        job.pre_master_secret = (struct lanekdf_bytes){session->pre_master, PRE_MASTER_LEN};
        job.master_secret = keys->master;
    } else {
        job.known_master_secret = session->known_master;
    }
    if (workload->key_block) {
        job.enc_key_len = KEY_LEN;
        job.fixed_iv_len = IV_LEN;
        job.key_block = keys->key_block;
    }
    if (workload->finished) {
        job.client_finished_hash = (struct lanekdf_bytes){session->client_finished_hash, TRANSCRIPT_HASH_LEN};
        job.server_finished_hash = (struct lanekdf_bytes){session->server_finished_hash, TRANSCRIPT_HASH_LEN};
        job.client_verify_data = keys->client_verify_data;
        job.server_verify_data = keys->server_verify_data;
    }
    return job;
}

struct lanekdf_handshake *bench_handshake_jobs(const struct batch *batch)
{
    struct lanekdf_handshake *jobs = workload_alloc(batch->n * sizeof *jobs);
    for (size_t i = 0; i < batch->n; i++)
        jobs[i] = handshake_job(batch->workload, &batch->sessions[i], &batch->keys[i]);
    return jobs;
}

struct lanekdf_prf *bench_prf_jobs(const struct batch *batch)
{
    static const char label[] = "master secret";
    struct lanekdf_prf *jobs = workload_alloc(batch->n * sizeof *jobs);
    struct lanekdf_bytes *seeds = workload_alloc(batch->n * 2 * sizeof *seeds);
    for (size_t i = 0; i < batch->n; i++) {
        const struct session *session = &batch->sessions[i];
        struct lanekdf_bytes *seed = &seeds[2 * i];
        seed[0] = (struct lanekdf_bytes){session->client_random, RANDOM_LEN};
        seed[1] = (struct lanekdf_bytes){session->server_random, RANDOM_LEN};
        jobs[i] = (struct lanekdf_prf){
            .job.kind = LANEKDF_KIND_PRF,
            .hash = LANEKDF_SHA256,
            .secret = {session->pre_master, PRE_MASTER_LEN},
            .label = {(const uint8_t *)label, sizeof label - 1},
            .seed = seed,
            .n_seed = 2,
            .out = {batch->keys[i].master, MASTER_LEN},
        };
    }
    return jobs;
}
