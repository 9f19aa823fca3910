/*
 * The stages of a handshake of TLS 1.3: tls13-handshake, tls13-application, tls13-resumption and
 * tls13-finished. tls13-extract is a step of the schedule by itself.
 */
#include "algorithms.h"
#include "line_stage.h"

enum { WAVE_SALT, WAVE_EXTRACT };

/* Adds traffic secrets and blocks of both sides. Without lengths a handshake stage has a block, too: the
 * finished key. */
static bool add_handshake_secrets(struct line *line, struct stage *stage, struct lanekdf_tls13_handshake *job)
{
    if (!stage_read_key_lengths(line, stage, &client_block, &server_block) ||
        !stage_bytes(line, stage, FIELD_TRANSCRIPT_HASH, &job->transcript_hash)) {
        return false;
    }
    job->key_len = stage->key_len;
    job->iv_len = stage->iv_len;
    job->client_keys = stage_block(line, &job->job);
    job->server_keys = stage_block(line, &job->job);
    return stage_answer(
               line, stage, FIELD_CLIENT_HANDSHAKE_TRAFFIC_SECRET, &job->client_handshake_traffic_secret) &&
           stage_answer(
               line, stage, FIELD_SERVER_HANDSHAKE_TRAFFIC_SECRET, &job->server_handshake_traffic_secret) &&
           stage_answer_block(line, &job->job, LANEKDF_CLIENT, &client_block) &&
           stage_answer_block(line, &job->job, LANEKDF_SERVER, &server_block);
}

/* The engine hands out no handshake secret, which nobody has to keep, so that a job of HKDF makes it. */
static bool add_handshake_secret(
    struct line *line, const struct stage *stage, const struct lanekdf_tls13_handshake *job)
{
    const uint8_t *salt = job->handshake_salt;

    if (!salt) {
        salt = stage_derived_salt(line, WAVE_SALT, stage, NULL);
    }
    return line_answer(line, FIELD_HANDSHAKE_SECRET,
        stage_extract(line, WAVE_EXTRACT, stage, (struct lanekdf_bytes){salt, stage->hash_len},
            stage_secret_or_zeros(stage, job->shared_secret[0])),
        stage->hash_len);
}

bool tls13_handshake_fill(struct line *line)
{
    struct lanekdf_tls13_handshake *job;
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job = line_job(line, 0, LANEKDF_KIND_TLS13_HANDSHAKE, sizeof(*job));
    job->hash = stage.hash;
    job->version = stage.version;
    if (!line_has(line, FIELD_SHARED_SECRET) && !line_has(line, FIELD_HANDSHAKE_SALT)) {
        return line_fail(line, "neither shared_secret nor handshake_salt is there%s",
            line_hint(line, FIELD_SHARED_SECRET));
    }
    if ((line_has(line, FIELD_SHARED_SECRET) &&
            !line_bytes(line, FIELD_SHARED_SECRET, 1, LANEKDF_MAX_SECRET, &job->shared_secret[0])) ||
        (line_has(line, FIELD_HANDSHAKE_SALT) &&
            !stage_bytes(line, &stage, FIELD_HANDSHAKE_SALT, &job->handshake_salt)) ||
        !add_handshake_secret(line, &stage, job) ||
        (line_has(line, FIELD_TRANSCRIPT_HASH) && !add_handshake_secrets(line, &stage, job))) {
        return false;
    }
    return stage_answer(line, &stage, FIELD_MASTER_SECRET, &job->master_secret);
}

bool tls13_application_fill(struct line *line)
{
    struct lanekdf_tls13_application *job;
    struct stage stage;

    if (!stage_read(line, &stage) || !stage_read_key_lengths(line, &stage, &client_block, &server_block)) {
        return false;
    }
    job = line_job(line, 0, LANEKDF_KIND_TLS13_APPLICATION, sizeof(*job));
    job->hash = stage.hash;
    job->version = stage.version;
    job->key_len = stage.key_len;
    job->iv_len = stage.iv_len;
    if (stage.key_len > 0) {
        job->client_keys = stage_block(line, &job->job);
        job->server_keys = stage_block(line, &job->job);
    }
    return stage_bytes(line, &stage, FIELD_MASTER_SECRET, &job->master_secret) &&
           stage_bytes(line, &stage, FIELD_TRANSCRIPT_HASH, &job->transcript_hash) &&
           stage_answer(line, &stage, FIELD_CLIENT_APPLICATION_TRAFFIC_SECRET_0,
               &job->client_application_traffic_secret) &&
           stage_answer(line, &stage, FIELD_SERVER_APPLICATION_TRAFFIC_SECRET_0,
               &job->server_application_traffic_secret) &&
           stage_answer_block(line, &job->job, LANEKDF_CLIENT, &client_block) &&
           stage_answer_block(line, &job->job, LANEKDF_SERVER, &server_block) &&
           stage_answer(line, &stage, FIELD_EXPORTER_MASTER_SECRET, &job->exporter_master_secret);
}

/* Adds a PSK for each nonce. */
static bool add_psks(struct line *line, const struct stage *stage, struct lanekdf_tls13_resumption *job)
{
    struct lanekdf_bytes *recorded = NULL, *nonces;
    size_t n_recorded;

    if (!line_bytes_array(line, FIELD_NONCES, 0, UINT8_MAX, LANEKDF_MAX_PIECES, &nonces, &job->n_nonces)) {
        return false;
    }
    job->nonces = nonces;
    if (line_has(line, FIELD_PSKS)) {
        line_use(line, FIELD_PSKS);
        if (!line_bytes_array(line, FIELD_PSKS, 0, SIZE_MAX, SIZE_MAX, &recorded, &n_recorded)) {
            return false;
        }
        if (n_recorded != job->n_nonces) {
            return line_fail(line, "psks: %zu, but there are %zu nonces", n_recorded, job->n_nonces);
        }
    }
    if (job->n_nonces == 0) {
        return true;
    }
    job->psks = line_memory(line, job->n_nonces * stage->hash_len);
    for (size_t i = 0; i < job->n_nonces; i++) {
        line_answer_one(line, (struct answer){.field = FIELD_PSKS,
                                  .label = job->nonces[i],
                                  .derived = {job->psks + i * stage->hash_len, stage->hash_len},
                                  .is_recorded = recorded != NULL,
                                  .recorded = recorded ? recorded[i] : (struct lanekdf_bytes){0}});
    }
    return true;
}

bool tls13_resumption_fill(struct line *line)
{
    struct lanekdf_tls13_resumption *job;
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job = line_job(line, 0, LANEKDF_KIND_TLS13_RESUMPTION, sizeof(*job));
    job->hash = stage.hash;
    job->version = stage.version;
    if (line_has(line, FIELD_MASTER_SECRET) || !line_has(line, FIELD_RESUMPTION_MASTER_SECRET)) {
        if (!stage_bytes(line, &stage, FIELD_MASTER_SECRET, &job->master_secret) ||
            !stage_bytes(line, &stage, FIELD_TRANSCRIPT_HASH, &job->transcript_hash) ||
            !stage_answer(line, &stage, FIELD_RESUMPTION_MASTER_SECRET, &job->resumption_master_secret)) {
            return false;
        }
    } else {
        line_use(line, FIELD_RESUMPTION_MASTER_SECRET);
        if (!stage_bytes(
                line, &stage, FIELD_RESUMPTION_MASTER_SECRET, &job->known_resumption_master_secret)) {
            return false;
        }
        if (!line_has(line, FIELD_NONCES)) {
            return line_fail(line, "nonces is missing%s", line_hint(line, FIELD_NONCES));
        }
    }
    return !line_has(line, FIELD_NONCES) || add_psks(line, &stage, job);
}

bool tls13_finished_fill(struct line *line)
{
    struct lanekdf_tls13_finished *job = line_job(line, 0, LANEKDF_KIND_TLS13_FINISHED, sizeof(*job));
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job->hash = stage.hash;
    return stage_bytes(line, &stage, FIELD_FINISHED_KEY, &job->finished_key) &&
           stage_bytes(line, &stage, FIELD_TRANSCRIPT_HASH, &job->transcript_hash) &&
           stage_answer(line, &stage, FIELD_OUT, &job->verify_data);
}

/* HKDF-Extract(Derive-Secret(prev, "derived", ""), ikm): without prev the salt is empty, without ikm the
 * input is zeros. */
bool tls13_extract_fill(struct line *line)
{
    struct lanekdf_bytes salt = {0}, ikm = {0};
    const uint8_t *prev;
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    if (line_has(line, FIELD_PREV)) {
        if (!stage_bytes(line, &stage, FIELD_PREV, &prev)) {
            return false;
        }
        salt = (struct lanekdf_bytes){stage_derived_salt(line, WAVE_SALT, &stage, prev), stage.hash_len};
    }
    if (line_has(line, FIELD_IKM) && !line_bytes(line, FIELD_IKM, 1, LANEKDF_MAX_SECRET, &ikm)) {
        return false;
    }
    return line_answer(line, FIELD_OUT,
        stage_extract(line, WAVE_EXTRACT, &stage, salt, stage_secret_or_zeros(&stage, ikm)), stage.hash_len);
}
