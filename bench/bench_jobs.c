#include "bench_jobs.h"

static struct lanekdf_handshake handshake_job(const struct batch *batch, size_t i)
{
    const struct shape *shape = &batch->shapes[i];
    const struct session *session = &batch->sessions[i];
    struct session_keys *keys = &batch->keys[i];
    const size_t hash_len = shape_transcript_hash_len(shape);
    struct lanekdf_handshake job = {
        .job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = shape->version,
        .hash = shape->hash,
        .client_random = session->client_random,
        .server_random = session->server_random,
        .mac_key_len = shape->mac_key_len,
        .enc_key_len = shape->enc_key_len,
        .fixed_iv_len = shape->fixed_iv_len,
        .final_key_len = shape->final_key_len,
    };
    if (shape->pre_master_len > 0) {
        job.pre_master_secret = (struct lanekdf_bytes){batch_pre_master(batch, i), shape->pre_master_len};
        job.master_secret = keys->master;
    } else {
        job.known_master_secret = session->known_master;
    }
    if (shape->extended) {
        job.session_hash = (struct lanekdf_bytes){session->session_hash, hash_len};
    }
    if (shape_key_block_len(shape) > 0) {
        job.key_block = keys->key_block;
    }
    if (shape->final_key_len > 0) {
        job.final_keys = keys->final_keys;
    }
    if (shape->client_finished) {
        job.client_finished_hash = (struct lanekdf_bytes){session->client_finished_hash, hash_len};
        job.client_verify_data = keys->client_verify_data;
    }
    if (shape->server_finished) {
        job.server_finished_hash = (struct lanekdf_bytes){session->server_finished_hash, hash_len};
        job.server_verify_data = keys->server_verify_data;
    }
    return job;
}

struct lanekdf_handshake *bench_handshake_jobs(const struct batch *batch)
{
    struct lanekdf_handshake *jobs = workload_alloc(batch->n * sizeof(*jobs));
    for (size_t i = 0; i < batch->n; i++) {
        jobs[i] = handshake_job(batch, i);
    }
    return jobs;
}

struct lanekdf_prf *bench_prf_jobs(const struct batch *batch)
{
    static const char label[] = "master secret";
    struct lanekdf_prf *jobs = workload_alloc(batch->n * sizeof(*jobs));
    struct lanekdf_bytes *seeds = workload_alloc(batch->n * 2 * sizeof(*seeds));
    for (size_t i = 0; i < batch->n; i++) {
        const struct session *session = &batch->sessions[i];
        struct lanekdf_bytes *seed = &seeds[2 * i];
        seed[0] = (struct lanekdf_bytes){session->client_random, RANDOM_LEN};
        seed[1] = (struct lanekdf_bytes){session->server_random, RANDOM_LEN};
        jobs[i] = (struct lanekdf_prf){
            .job.kind = LANEKDF_KIND_PRF,
            .hash = batch->shapes[i].hash,
            .secret = {session->pre_master, PRE_MASTER_LEN},
            .label = {(const uint8_t *)label, sizeof(label) - 1},
            .seed = seed,
            .n_seed = 2,
            .out = {batch->keys[i].master, MASTER_LEN},
        };
    }
    return jobs;
}

struct lanekdf_exporter *bench_exporter_jobs(const struct batch *batch)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    struct lanekdf_exporter *jobs = workload_alloc(batch->n * sizeof(*jobs));
    for (size_t i = 0; i < batch->n; i++) {
        const struct session *session = &batch->sessions[i];
        jobs[i] = (struct lanekdf_exporter){
            .job.kind = LANEKDF_KIND_EXPORTER,
            .hash = batch->shapes[i].hash,
            .flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT,
            .master_secret = session->known_master,
            .client_random = session->client_random,
            .server_random = session->server_random,
            .label = {(const uint8_t *)label, sizeof(label) - 1},
            .out = {batch->keys[i].key_block, EXPORTED_LEN},
        };
    }
    return jobs;
}
