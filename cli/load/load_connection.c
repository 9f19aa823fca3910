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

static void take_early(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_early *job = session->early_job;
    add_stage(to, STAGE_EARLY, session, job->binder_hash);
    to->class.connection.psk_kind = job->psk_kind;
    copy(session, to->connection_inputs.psk, job->psk.data);
    copy(session, to->connection_answers.binder, job->binder);
    copy(session, to->connection_answers.handshake_salt, job->handshake_salt);
}

/* Where a PSK alone makes the secrets, zeros stand in the place of a shared secret (RFC 8446 section 7.1). */
static void take_handshake(const struct tls13_session *session, struct mix_session *to)
{
    const struct lanekdf_tls13_handshake *job = session->handshake_job;
    const struct lanekdf_bytes shared_secret = stage_secret_or_zeros(&session->stage, session->shared_secret);
    struct connection_outputs *answers = &to->connection_answers;
    add_stage(to, STAGE_HANDSHAKE, session, job->transcript_hash);
    to->class.connection.shared_secret_len[0] = (uint8_t)shared_secret.len;
    memcpy(to->connection_inputs.shared_secret, shared_secret.data, shared_secret.len);
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
    if (session->shared_secret.len > MAX_SHARED_SECRET_LEN) {
        return "a shared secret of more than 80 bytes";
    }
    if (session->has_psk && (!session->has_binder || session->psk.len != session->stage.hash_len)) {
        return "a PSK that is not as long as the hash, or has no binder_hash";
    }
    return NULL;
}

const char *load_connection_take(const struct tls13_session *session, struct mix_session *to)
{
    const char *wrong = why_not(session);
    if (wrong) {
        return wrong;
    }
    memset(&to->connection_inputs, 0, sizeof(to->connection_inputs));
    memset(&to->connection_answers, MIX_POISON, sizeof(to->connection_answers));
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
        add_stage(to, STAGE_RESUMPTION, session, session->resumption_job->transcript_hash);
        copy(session, to->connection_answers.resumption_master_secret,
            session->resumption_job->resumption_master_secret);
    }
    return NULL;
}
