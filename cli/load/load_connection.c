#include "load_connection.h"

#include <string.h>

/* Copies an output or a hash, which are as long as the session's hash, unless there is none. */
static void copy(const struct tls13_session *session, uint8_t *to, const uint8_t *from)
{
    if (from) {
        memcpy(to, from, session->stage.hash_len);
    }
}

static void add_stage(struct mix_session *to, enum connection_stage stage,
    const struct tls13_session *session, const uint8_t *transcript_hash)
{
    to->class.connection.stages |= (uint16_t)(1 << stage);
    copy(session, to->connection_inputs.transcript_hash[stage], transcript_hash);
}

/* The keys of both sides of a stage stand in blocks, as in the outputs of a connection. */
static void copy_keys(uint8_t *to, size_t max, const uint8_t *const keys[N_ROLES], size_t len)
{
    for (size_t side = 0; side < N_ROLES; side++) {
        memcpy(to + side * max, keys[side], len);
    }
}

static void copy_bytes(uint8_t *to, struct lanekdf_bytes from)
{
    if (from.len > 0) {
        memcpy(to, from.data, from.len);
    }
}

static void take_early(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_early *job = session->early_job;
    const struct recorded_connection *recorded = &to->recorded;
    add_stage(to, STAGE_EARLY, session, job->binder_hash);
    to->class.connection.psk_kind = job->psk_kind;
    copy_bytes(to->recorded_inputs + recorded_psk_at(recorded), job->psk);
    copy(session, to->connection_answers.binder, job->binder);
    copy(session, to->connection_answers.handshake_salt, job->handshake_salt);
    if (recorded->has_early_data) {
        copy(session, to->recorded_inputs + recorded_client_hello_hash_at(recorded), job->client_hello_hash);
        copy(session, to->recorded_answers, job->client_early_traffic_secret);
        copy(session, to->recorded_answers + recorded_early_exporter_at(recorded),
            job->early_exporter_master_secret);
        memcpy(to->recorded_answers + recorded_early_keys_at(recorded), job->client_early_keys,
            connection_keys_len(&to->class.connection));
    }
}

/* Where a PSK alone makes the secrets, zeros stand in the place of a shared secret (RFC 8446 section 7.1). */
static void take_handshake(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_handshake *job = session->handshake_job;
    struct connection_outputs *answers = &to->connection_answers;
    add_stage(to, STAGE_HANDSHAKE, session, job->transcript_hash);
    copy_bytes(to->recorded_inputs, stage_secret_or_zeros(&session->stage, session->shared_secret));
    copy(session, answers->handshake_traffic_secret[LANEKDF_CLIENT], job->client_handshake_traffic_secret);
    copy(session, answers->handshake_traffic_secret[LANEKDF_SERVER], job->server_handshake_traffic_secret);
    copy(session, answers->master_secret, job->master_secret);
    copy_keys(answers->handshake_keys[0], MAX_HANDSHAKE_KEYS_LEN,
        (const uint8_t *const[]){job->client_keys, job->server_keys},
        connection_keys_len(&to->class.connection) + session->stage.hash_len);
}

static void take_application(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_application *job = session->application_job;
    struct connection_outputs *answers = &to->connection_answers;
    add_stage(to, STAGE_APPLICATION, session, job->transcript_hash);
    copy(
        session, answers->application_traffic_secret[LANEKDF_CLIENT], job->client_application_traffic_secret);
    copy(
        session, answers->application_traffic_secret[LANEKDF_SERVER], job->server_application_traffic_secret);
    copy(session, answers->exporter_master_secret, job->exporter_master_secret);
    copy_keys(answers->application_keys[0], MAX_KEYS_LEN,
        (const uint8_t *const[]){job->client_keys, job->server_keys},
        connection_keys_len(&to->class.connection));
}

static void take_finished(const struct tls13_session *session, enum side side, enum connection_stage stage,
    enum lanekdf_role role, struct mix_session *to)
{
    const struct lanekdf_tls13_finished *job = session->finished[side].job;
    if (job) {
        add_stage(to, stage, session, job->transcript_hash);
        copy(session, to->connection_answers.verify_data[role], job->verify_data);
    }
}

static void take_resumption(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_resumption *job = session->resumption_job;
    add_stage(to, STAGE_RESUMPTION, session, job->transcript_hash);
    copy(session, to->connection_answers.resumption_master_secret, job->resumption_master_secret);
    for (size_t i = 0; i < to->recorded.n_tickets; i++) {
        copy_bytes(to->recorded_inputs + recorded_nonce_at(&to->recorded, i), job->nonces[i]);
        copy(session, to->recorded_answers + recorded_psks_at(&to->recorded) + i * session->stage.hash_len,
            job->psks + i * session->stage.hash_len);
    }
}

/* --- key updates --- */

static enum lanekdf_role side_of(const struct tls13_secret *secret)
{
    return secret_is_of_client(secret->id) ? LANEKDF_CLIENT : LANEKDF_SERVER;
}

/* The secret of one side with the fewest key updates, but more than `number`; NULL: there is none. */
static const struct tls13_secret *next_update(
    const struct tls13_session *session, enum lanekdf_role side, unsigned number)
{
    const struct tls13_secret *next = NULL;
    for (size_t i = 0; i < session->n_secrets; i++) {
        const struct tls13_secret *secret = &session->secrets[i];
        if (secret->update_job && side_of(secret) == side && secret->number > number &&
            (!next || secret->number < next->number)) {
            next = secret;
        }
    }
    return next;
}

/* Each update goes on from the one before, as an endpoint does, and the first one from the application stage.
 * Returns false if there are too many. */
static bool count_updates(const struct tls13_session *session, struct recorded_connection *recorded)
{
    for (enum lanekdf_role side = LANEKDF_CLIENT; side <= LANEKDF_SERVER; side++) {
        unsigned number = 0, after = 0;
        for (const struct tls13_secret *next; (next = next_update(session, side, number));) {
            if (recorded->n_updates == RECORDED_MAX_UPDATES || next->number - number > RECORDED_MAX_STEPS) {
                return false;
            }
            recorded->updates[recorded->n_updates].side = (uint8_t)side;
            recorded->updates[recorded->n_updates].after = (uint8_t)after;
            recorded->updates[recorded->n_updates].n_steps = (uint8_t)(next->number - number);
            after = ++recorded->n_updates;
            number = next->number;
        }
    }
    return true;
}

/* QUIC keeps the number key of its first secret. */
static void take_updates(const struct tls13_session *session, struct mix_session *to)
{
    const struct connection *connection = &to->class.connection;
    const size_t keys_len = connection_is_quic(connection) ? (size_t)connection->key_len + IV_LEN
                                                           : connection_keys_len(connection);
    size_t i = 0;
    for (enum lanekdf_role side = LANEKDF_CLIENT; side <= LANEKDF_SERVER; side++) {
        const struct tls13_secret *next = next_update(session, side, 0);
        for (; next && i < to->recorded.n_updates; next = next_update(session, side, next->number)) {
            copy(session, to->recorded_answers + recorded_next_secret_at(&to->recorded, i),
                next->update_job->next_secret);
            memcpy(to->recorded_answers + recorded_next_keys_at(&to->recorded, i), next->update_job->keys,
                keys_len);
            i++;
        }
    }
    to->class.connection.stages |= (uint16_t)(i > 0 ? 1 << STAGE_TRAFFIC : 0);
}

/* --- exporters --- */

/* What jobs of both kinds have. */
struct exported {
    struct lanekdf_bytes label, context;
    bool has_context;
    struct lanekdf_span out;
};

static struct exported exported_of(const struct lanekdf_job *job)
{
    if (job->kind == LANEKDF_KIND_EXPORTER) {
        const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
        return (struct exported){exporter->label, exporter->context,
            exporter->flags & LANEKDF_EXPORTER_HAS_CONTEXT, exporter->out};
    }
    const struct lanekdf_tls13_exporter *exporter = (const struct lanekdf_tls13_exporter *)job;
    return (struct exported){exporter->label, exporter->context, true, exporter->out};
}

const char *load_connection_count_exporters(
    const struct exporter_jobs *jobs, struct recorded_connection *recorded)
{
    for (size_t i = 0; i < jobs->n; i++) {
        const struct exported exported = exported_of(jobs->at[i]);
        if (i == RECORDED_MAX_EXPORTERS || exported.label.len > RECORDED_MAX_LABEL_LEN ||
            memchr(exported.label.data, '\0', exported.label.len) ||
            exported.context.len > RECORDED_MAX_CONTEXT_LEN || exported.out.len > RECORDED_MAX_EXPORTED_LEN) {
            return "more than 4 exporters, or one with a label of more than 64 bytes or with a zero in it, a "
                   "context of more than 255 bytes, or more than 256 bytes of keying material";
        }
        memcpy(recorded->exporters[i].label, exported.label.data, exported.label.len);
        recorded->exporters[i].has_context = exported.has_context;
        recorded->exporters[i].context_len = (uint8_t)exported.context.len;
        recorded->exporters[i].out_len = (uint16_t)exported.out.len;
        recorded->n_exporters++;
    }
    return NULL;
}

void load_connection_take_exporters(const struct exporter_jobs *jobs, struct mix_session *to)
{
    for (size_t i = 0; i < to->recorded.n_exporters; i++) {
        const struct exported exported = exported_of(jobs->at[i]);
        copy_bytes(to->recorded_inputs + recorded_context_at(&to->recorded, i), exported.context);
        memcpy(to->recorded_answers + recorded_exported_at(&to->recorded, i), exported.out.data,
            exported.out.len);
    }
}

/* --- a session --- */

static bool count_tickets(const struct tls13_session *session, struct recorded_connection *recorded)
{
    const size_t n = session->resumption_job ? session->resumption_job->n_nonces : 0;
    for (size_t i = 0; i < n; i++) {
        if (i == RECORDED_MAX_TICKETS || session->nonces[i].len > RECORDED_MAX_NONCE_LEN) {
            return false;
        }
        recorded->nonce_len[i] = (uint8_t)session->nonces[i].len;
        recorded->n_tickets++;
    }
    return true;
}

/* Finds out how much a session has. Returns NULL, or what there is no room for. Key updates and exporters go
 * on from the application stage. */
static const char *count_all(const struct tls13_session *session, struct recorded_connection *recorded)
{
    const struct lanekdf_bytes secret = stage_secret_or_zeros(&session->stage, session->shared_secret);
    *recorded = (struct recorded_connection){.shared_secret_len = (uint16_t)secret.len};
    if (session->has_psk) {
        recorded->psk_len = (uint16_t)session->psk.len;
        recorded->has_binder = session->has_binder;
        recorded->has_early_data = session->early_job->client_early_traffic_secret;
    }
    if (!count_tickets(session, recorded)) {
        return "more than 8 tickets, or a nonce of more than 64 bytes";
    }
    if (session->application_job && !count_updates(session, recorded)) {
        return "more than 8 secrets behind key updates, or more than 8 updates from one to the next";
    }
    return session->application_job ? load_connection_count_exporters(&session->exporter_jobs, recorded)
                                    : NULL;
}

/* What a connection of a mix has no room or no stage for. */
static const char *why_not(const struct tls13_session *session)
{
    const struct lanekdf_tls13_handshake *job = session->handshake_job;
    if (!job) {
        return "its secrets are given, and nothing that they are derived from";
    }
    if (!job->transcript_hash) {
        return "handshake messages up to ServerHello are missing";
    }
    if (session->stage.key_len == 0 || session->stage.key_len > MAX_KEY_LEN ||
        session->stage.iv_len != IV_LEN || session->stage.hash_len > MAX_HASH_LEN) {
        return "a key that is not of 1 to 32 bytes, an IV that is not of 12, or a hash of more than 48";
    }
    if (session->shared_secret.len > RECORDED_MAX_SHARED_SECRET_LEN) {
        return "a shared secret of more than 1,024 bytes";
    }
    if (session->has_psk && session->psk.len > RECORDED_MAX_PSK_LEN) {
        return "a PSK of more than 255 bytes";
    }
    return NULL;
}

const char *load_connection_take(const struct tls13_session *session, struct mix_session *to)
{
    const char *wrong = why_not(session);
    wrong = wrong ? wrong : count_all(session, &to->recorded);
    if (wrong) {
        return wrong;
    }
    memset(&to->connection_inputs, 0, sizeof(to->connection_inputs));
    memset(&to->connection_answers, MIX_POISON, sizeof(to->connection_answers));
    memset(to->recorded_inputs, 0, sizeof(to->recorded_inputs));
    memset(to->recorded_answers, MIX_POISON, sizeof(to->recorded_answers));
    to->class.connection = (struct connection){.version = session->stage.version,
        .hash = (uint8_t)session->stage.hash,
        .key_len = session->stage.key_len};
    if (session->has_psk) {
        take_early(session, to);
    }
    take_handshake(session, to);
    take_finished(session, SERVER, STAGE_SERVER_FINISHED, LANEKDF_SERVER, to);
    if (session->application_job) {
        take_application(session, to);
    }
    take_finished(session, CLIENT, STAGE_CLIENT_FINISHED, LANEKDF_CLIENT, to);
    if (session->resumption_job) {
        take_resumption(session, to);
    }
    take_updates(session, to);
    load_connection_take_exporters(&session->exporter_jobs, to);
    to->class.connection.stages |= (uint16_t)(to->recorded.n_exporters > 0 ? 1 << STAGE_EXPORTER : 0);
    return NULL;
}
