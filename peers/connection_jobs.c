#include "workload_jobs.h"
#include "peers_support.h"

#include <string.h>

/* A job of any of the stages. */
union stage_job {
    struct lanekdf_job job;
    struct lanekdf_quic_initial initial;
    struct lanekdf_tls13_early early;
    struct lanekdf_tls13_handshake handshake;
    struct lanekdf_tls13_finished finished;
    struct lanekdf_tls13_application application;
    struct lanekdf_tls13_resumption resumption;
    struct lanekdf_tls13_traffic traffic;
    struct lanekdf_tls13_exporter exporter;
};

static void set_initial(struct lanekdf_quic_initial *job, const struct connection_view *view, bool has_server)
{
    *job = (struct lanekdf_quic_initial){
        .job.kind = LANEKDF_KIND_QUIC_INITIAL,
        .version = view->connection->version,
        .connection_id = {view->in->connection_id, view->connection->connection_id_len},
        .client_keys = view->out->initial_keys[LANEKDF_CLIENT],
        .server_keys = has_server ? view->out->initial_keys[LANEKDF_SERVER] : NULL,
    };
}

static void set_early(struct lanekdf_tls13_early *job, const struct connection_view *view)
{
    *job = (struct lanekdf_tls13_early){
        .job.kind = LANEKDF_KIND_TLS13_EARLY,
        .hash = view->connection->hash,
        .version = view->connection->version,
        .psk_kind = view->connection->psk_kind,
        .psk = connection_psk(view),
        .handshake_salt = view->out->handshake_salt,
    };
    if (connection_has_binder(view)) {
        job->binder_hash = view->in->transcript_hash[STAGE_EARLY];
        job->binder = view->out->binder;
    }
    if (connection_has_early_data(view)) {
        const struct recorded_connection *recorded = view->recorded;
        job->key_len = view->connection->key_len;
        job->iv_len = IV_LEN;
        job->client_hello_hash = view->recorded_in + recorded_client_hello_hash_at(recorded);
        job->client_early_traffic_secret = view->recorded_out;
        job->early_exporter_master_secret = view->recorded_out + recorded_early_exporter_at(recorded);
        job->client_early_keys = view->recorded_out + recorded_early_keys_at(recorded);
    }
}

static void set_handshake(struct lanekdf_tls13_handshake *job, const struct connection_view *view)
{
    const struct connection *connection = view->connection;
    *job = (struct lanekdf_tls13_handshake){
        .job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
        .hash = connection->hash,
        .version = connection->version,
        .key_len = connection->key_len,
        .iv_len = IV_LEN,
        .shared_secret = {connection_shared_secret(view, 0), connection_shared_secret(view, 1)},
        .handshake_salt = connection_handshake_salt(view),
        .transcript_hash = view->in->transcript_hash[STAGE_HANDSHAKE],
        .client_handshake_traffic_secret = view->out->handshake_traffic_secret[LANEKDF_CLIENT],
        .server_handshake_traffic_secret = view->out->handshake_traffic_secret[LANEKDF_SERVER],
        .client_keys = view->out->handshake_keys[LANEKDF_CLIENT],
        .server_keys = view->out->handshake_keys[LANEKDF_SERVER],
        .master_secret = view->out->master_secret,
    };
}

static void set_finished(
    struct lanekdf_tls13_finished *job, const struct connection_view *view, enum lanekdf_role side)
{
    *job = (struct lanekdf_tls13_finished){
        .job.kind = LANEKDF_KIND_TLS13_FINISHED,
        .hash = view->connection->hash,
        .finished_key = connection_finished_key(view, side),
        .transcript_hash =
            view->in->transcript_hash[side == LANEKDF_CLIENT ? STAGE_CLIENT_FINISHED : STAGE_SERVER_FINISHED],
        .verify_data = view->out->verify_data[side],
    };
}

static void set_application(struct lanekdf_tls13_application *job, const struct connection_view *view)
{
    *job = (struct lanekdf_tls13_application){
        .job.kind = LANEKDF_KIND_TLS13_APPLICATION,
        .hash = view->connection->hash,
        .version = view->connection->version,
        .key_len = view->connection->key_len,
        .iv_len = IV_LEN,
        .master_secret = connection_master_secret(view),
        .transcript_hash = view->in->transcript_hash[STAGE_APPLICATION],
        .client_application_traffic_secret = view->out->application_traffic_secret[LANEKDF_CLIENT],
        .server_application_traffic_secret = view->out->application_traffic_secret[LANEKDF_SERVER],
        .client_keys = view->out->application_keys[LANEKDF_CLIENT],
        .server_keys = view->out->application_keys[LANEKDF_SERVER],
        .exporter_master_secret = view->out->exporter_master_secret,
    };
}

static void set_resumption(struct lanekdf_tls13_resumption *job, const struct connection_view *view)
{
    const size_t n_tickets = connection_n_tickets(view);
    struct lanekdf_bytes *nonces = n_tickets > 0 ? peers_alloc(n_tickets * sizeof(*nonces)) : NULL;
    for (size_t i = 0; i < n_tickets; i++) {
        nonces[i] = connection_nonce(view, i);
    }
    *job = (struct lanekdf_tls13_resumption){
        .job.kind = LANEKDF_KIND_TLS13_RESUMPTION,
        .hash = view->connection->hash,
        .version = view->connection->version,
        .master_secret = connection_master_secret(view),
        .transcript_hash = view->in->transcript_hash[STAGE_RESUMPTION],
        .nonces = nonces,
        .n_nonces = n_tickets,
        .resumption_master_secret = view->out->resumption_master_secret,
        .psks = nonces ? connection_ticket_psks(view) : NULL,
    };
}

static void set_traffic(struct lanekdf_tls13_traffic *job, const struct connection_view *view, size_t number)
{
    const struct connection_update update = connection_update_of(view, number);
    *job = (struct lanekdf_tls13_traffic){
        .job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .hash = view->connection->hash,
        .version = view->connection->version,
        .n_updates = update.n_steps,
        .key_len = view->connection->key_len,
        .iv_len = IV_LEN,
        .traffic_secret = update.secret,
        .next_secret = update.next_secret,
        .keys = update.keys,
    };
}

static void set_exporter(
    struct lanekdf_tls13_exporter *job, const struct connection_view *view, size_t number)
{
    const struct connection_exporter exporter = connection_exporter_of(view, number);
    *job = (struct lanekdf_tls13_exporter){
        .job.kind = LANEKDF_KIND_TLS13_EXPORTER,
        .hash = view->connection->hash,
        .version = view->connection->version,
        .exporter_master_secret = connection_exporter_master_secret(view),
        .label = {(const uint8_t *)exporter.label, strlen(exporter.label)},
        .context = exporter.context,
        .out = exporter.out,
    };
}

static void set_job(union stage_job *job, struct connection_call call, const struct connection_view *view)
{
    switch (call.stage) {
    case STAGE_INITIAL:
        set_initial(&job->initial, view, true);
        break;
    case STAGE_INITIAL_CLIENT:
        set_initial(&job->initial, view, false);
        break;
    case STAGE_EARLY:
        set_early(&job->early, view);
        break;
    case STAGE_HANDSHAKE:
        set_handshake(&job->handshake, view);
        break;
    case STAGE_SERVER_FINISHED:
        set_finished(&job->finished, view, LANEKDF_SERVER);
        break;
    case STAGE_APPLICATION:
        set_application(&job->application, view);
        break;
    case STAGE_CLIENT_FINISHED:
        set_finished(&job->finished, view, LANEKDF_CLIENT);
        break;
    case STAGE_RESUMPTION:
        set_resumption(&job->resumption, view);
        break;
    case STAGE_TRAFFIC:
        set_traffic(&job->traffic, view, call.number);
        break;
    case STAGE_EXPORTER:
        set_exporter(&job->exporter, view, call.number);
        break;
    case N_STAGES:
        peers_fail("connection_jobs.c has no job for stage %d", (int)call.stage);
    }
}

/* Adds a job of each connection that has a stage of this number. Returns false if none has. */
static bool add_call(struct workload_calls *calls, const struct workload_batch *batch)
{
    const size_t number = calls->n;
    union stage_job *jobs = peers_alloc(batch->n * sizeof(*jobs));
    struct lanekdf_job **pointers = peers_alloc(batch->n * sizeof(*pointers));
    size_t *n_before = peers_alloc((batch->n + 1) * sizeof(*n_before));
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct connection_view view = workload_batch_connection(batch, i);
        const struct connection_call call = connection_call_of_number(view.connection, view.recorded, number);
        if (call.stage < N_STAGES) {
            set_job(&jobs[n], call, &view);
            pointers[n] = &jobs[n].job;
            n++;
        }
        n_before[i + 1] = n;
    }
    if (n > 0) {
        calls->jobs[number] = pointers;
        calls->n_before[number] = n < batch->n ? n_before : NULL;
        calls->n++;
    }
    return n > 0;
}

struct workload_calls workload_connection_calls(const struct workload_batch *batch)
{
    struct workload_calls calls = {0};
    while (calls.n < CONNECTION_MAX_CALLS && add_call(&calls, batch)) {
    }
    return calls;
}
