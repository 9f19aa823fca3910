#include "workload_jobs.h"

#include "peers_support.h"

#include <string.h>

static struct lanekdf_handshake handshake_job(const struct workload_batch *batch, size_t i)
{
    const struct handshake *handshake = &batch->handshakes[i];
    const struct handshake_inputs *inputs = &batch->inputs[i];
    struct handshake_outputs *outputs = &batch->outputs[i];
    const size_t hash_len = lanekdf_hash_len(handshake->hash);
    struct lanekdf_handshake job = {
        .job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = handshake->version,
        .hash = handshake->hash,
        .client_random = inputs->client_random,
        .server_random = inputs->server_random,
        .mac_key_len = handshake->mac_key_len,
        .enc_key_len = handshake->enc_key_len,
        .fixed_iv_len = handshake->fixed_iv_len,
        .final_key_len = handshake->final_key_len,
    };
    if (handshake->pre_master_len > 0) {
        job.pre_master_secret =
            (struct lanekdf_bytes){workload_batch_pre_master(batch, i), handshake->pre_master_len};
        job.master_secret = outputs->master;
    } else {
        job.known_master_secret = inputs->known_master;
    }
    /* The session hash goes into the master secret, which a resumed session has already (RFC 7627
     * section 5.3). */
    if (handshake->extended && handshake->pre_master_len > 0) {
        job.session_hash = (struct lanekdf_bytes){inputs->session_hash, hash_len};
    }
    if (handshake->key_block_len > 0) {
        job.key_block = outputs->key_block;
    }
    if (handshake->final_key_len > 0) {
        job.final_keys = outputs->final_keys;
    }
    if (handshake->client_finished) {
        job.client_finished_hash = (struct lanekdf_bytes){inputs->client_finished_hash, hash_len};
        job.client_verify_data = outputs->client_verify_data;
    }
    if (handshake->server_finished) {
        job.server_finished_hash = (struct lanekdf_bytes){inputs->server_finished_hash, hash_len};
        job.server_verify_data = outputs->server_verify_data;
    }
    return job;
}

static struct lanekdf_exporter exporter_job(const struct workload_batch *batch, size_t i, size_t len)
{
    const struct handshake_inputs *inputs = &batch->inputs[i];
    return (struct lanekdf_exporter){
        .job.kind = LANEKDF_KIND_EXPORTER,
        .hash = batch->handshakes[i].hash,
        .flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT,
        .master_secret = inputs->known_master,
        .client_random = inputs->client_random,
        .server_random = inputs->server_random,
        .label = {(const uint8_t *)EXPORTER_LABEL, sizeof(EXPORTER_LABEL) - 1},
        .out = {batch->outputs[i].key_block, len},
    };
}

struct lanekdf_job **workload_handshake_jobs(const struct workload_batch *batch)
{
    union item_job {
        struct lanekdf_job job;
        struct lanekdf_handshake handshake;
        struct lanekdf_exporter exporter;
    };
    struct lanekdf_job **jobs = peers_alloc(batch->n * sizeof(*jobs));
    union item_job *items = peers_alloc(batch->n * sizeof(*items));
    for (size_t i = 0; i < batch->n; i++) {
        const size_t exporter_len = batch->handshakes[i].exporter_len;
        if (exporter_len > 0) {
            items[i].exporter = exporter_job(batch, i, exporter_len);
        } else {
            items[i].handshake = handshake_job(batch, i);
        }
        jobs[i] = &items[i].job;
    }
    return jobs;
}

/* Adds a job of each recorded handshake that has an exporter of this number. Returns false if none has. */
static bool add_exporter_call(struct workload_calls *calls, const struct workload_batch *batch, size_t number)
{
    struct lanekdf_exporter *exporters = peers_alloc(batch->n * sizeof(*exporters));
    struct lanekdf_job **jobs = peers_alloc(batch->n * sizeof(*jobs));
    size_t *n_before = peers_alloc((batch->n + 1) * sizeof(*n_before));
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++) {
        if (number < workload_batch_n_exporters(batch, i)) {
            const struct connection_exporter exporter = workload_batch_exporter(batch, i, number);
            exporters[n] = exporter_job(batch, i, exporter.out.len);
            exporters[n].flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET |
                                 (exporter.has_context ? (uint32_t)LANEKDF_EXPORTER_HAS_CONTEXT : 0);
            exporters[n].label =
                (struct lanekdf_bytes){(const uint8_t *)exporter.label, strlen(exporter.label)};
            exporters[n].context = exporter.context;
            exporters[n].out = exporter.out;
            if (batch->handshakes[i].pre_master_len > 0) {
                exporters[n].master_secret = batch->outputs[i].master;
            }
            jobs[n] = &exporters[n].job;
            n++;
        }
        n_before[i + 1] = n;
    }
    calls->jobs[calls->n] = jobs;
    calls->n_before[calls->n] = n_before;
    calls->n += n > 0;
    return n > 0;
}

static struct workload_calls handshake_calls(const struct workload_batch *batch)
{
    struct workload_calls calls = workload_one_call(workload_handshake_jobs(batch));
    for (size_t i = 0;
         batch->recorded && i < RECORDED_MAX_EXPORTERS && add_exporter_call(&calls, batch, i);) {
        i++;
    }
    return calls;
}

struct workload_calls workload_calls(const struct workload_batch *batch)
{
    return workload_has_connections(batch->workload) ? workload_connection_calls(batch)
                                                     : handshake_calls(batch);
}

/* Adds the jobs that all items have in call number joined->n. Returns false if none has one. */
static bool add_joined_call(struct workload_calls *joined, const struct workload_calls *of_batches,
    size_t n_batches, const uint8_t *part_of, size_t n)
{
    const size_t number = joined->n;
    struct lanekdf_job **jobs = peers_alloc(n * sizeof(*jobs));
    size_t *n_before = peers_alloc((n + 1) * sizeof(*n_before));
    size_t *next = peers_alloc(n_batches * sizeof(*next)); /* the item of each batch */
    for (size_t i = 0; i < n; i++) {
        const struct workload_calls *calls = &of_batches[part_of[i]];
        const size_t item = next[part_of[i]]++;
        struct lanekdf_job *const *found;
        n_before[i + 1] = n_before[i];
        if (number < calls->n && workload_call_window(calls, number, item, 1, &found) > 0) {
            jobs[n_before[i + 1]++] = *found;
        }
    }
    peers_free(next);
    joined->jobs[number] = jobs;
    joined->n_before[number] = n_before;
    joined->n += n_before[n] > 0;
    return n_before[n] > 0;
}

struct workload_calls workload_joined_calls(
    const struct workload_batch *const *batches, size_t n_batches, const uint8_t *part_of, size_t n)
{
    struct workload_calls joined = {0}, *of_batches = peers_alloc(n_batches * sizeof(*of_batches));
    for (size_t i = 0; i < n_batches; i++) {
        of_batches[i] = workload_calls(batches[i]);
    }
    while (joined.n < CONNECTION_MAX_CALLS && add_joined_call(&joined, of_batches, n_batches, part_of, n)) {
    }
    peers_free(of_batches);
    return joined;
}

struct lanekdf_job **workload_prf_jobs(const struct workload_batch *batch)
{
    static const char label[] = "master secret";
    struct lanekdf_job **jobs = peers_alloc(batch->n * sizeof(*jobs));
    struct lanekdf_prf *prfs = peers_alloc(batch->n * sizeof(*prfs));
    struct lanekdf_bytes *seeds = peers_alloc(batch->n * 2 * sizeof(*seeds));
    for (size_t i = 0; i < batch->n; i++) {
        const struct handshake_inputs *inputs = &batch->inputs[i];
        struct lanekdf_bytes *seed = &seeds[2 * i];
        seed[0] = (struct lanekdf_bytes){inputs->client_random, RANDOM_LEN};
        seed[1] = (struct lanekdf_bytes){inputs->server_random, RANDOM_LEN};
        prfs[i] = (struct lanekdf_prf){
            .job.kind = LANEKDF_KIND_PRF,
            .hash = batch->handshakes[i].hash,
            .secret = {inputs->pre_master, PRE_MASTER_LEN},
            .label = {(const uint8_t *)label, sizeof(label) - 1},
            .seed = seed,
            .n_seed = 2,
            .out = {batch->outputs[i].master, MASTER_LEN},
        };
        jobs[i] = &prfs[i].job;
    }
    return jobs;
}

struct lanekdf_job **workload_exporter_jobs(const struct workload_batch *batch)
{
    struct lanekdf_job **jobs = peers_alloc(batch->n * sizeof(*jobs));
    struct lanekdf_exporter *exporters = peers_alloc(batch->n * sizeof(*exporters));
    for (size_t i = 0; i < batch->n; i++) {
        exporters[i] = exporter_job(batch, i, EXPORTED_LEN);
        jobs[i] = &exporters[i].job;
    }
    return jobs;
}
