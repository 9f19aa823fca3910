/*
 * tls13-schedule: the eight secrets of RFC 8446 section 7.1 under the names that ACVP gives them, from a PSK,
 * a shared secret and the four pieces of a transcript. A stage needs what the stage before it gives, so that
 * each has a wave.
 */
#include "algorithms.h"
#include "line_stage.h"

enum { WAVE_HASHES, WAVE_EARLY, WAVE_HANDSHAKE, WAVE_LATER };

/* The hash of the first i + 1 pieces is hashes[i]. */
enum { N_PIECES = 4 };

static bool add_hashes(struct line *line, const struct stage *stage, const uint8_t *hashes[N_PIECES])
{
    static const enum field fields[N_PIECES] = {FIELD_ACVP_CLIENT_HELLO, FIELD_ACVP_SERVER_HELLO,
        FIELD_ACVP_SERVER_FINISHED, FIELD_ACVP_CLIENT_FINISHED};
    struct lanekdf_bytes *pieces = arena_take(line->arena, N_PIECES * sizeof(*pieces));

    for (size_t i = 0; i < N_PIECES; i++) {
        if (!line_bytes(line, fields[i], 0, SIZE_MAX, &pieces[i])) {
            return false;
        }
        hashes[i] = stage_hash(line, WAVE_HASHES, stage, pieces, i + 1);
    }
    return true;
}

/* Reads a secret of the key exchange; absent and empty are the same. */
static bool read_secret(struct line *line, enum field field, struct lanekdf_bytes *secret)
{
    *secret = (struct lanekdf_bytes){0};
    return !line_has(line, field) || line_bytes(line, field, 0, LANEKDF_MAX_SECRET, secret);
}

static bool add_early(
    struct line *line, const struct stage *stage, const uint8_t *hash, const uint8_t **handshake_salt)
{
    struct lanekdf_tls13_early *job = line_job(line, WAVE_EARLY, LANEKDF_KIND_TLS13_EARLY, sizeof(*job));

    if (!read_secret(line, FIELD_PSK, &job->psk)) {
        return false;
    }
    if (job->psk.len == 0) {
        job->psk = (struct lanekdf_bytes){stage_zeros, stage->hash_len};
    }
    job->hash = stage->hash;
    job->version = stage->version;
    job->client_hello_hash = hash;
    job->handshake_salt = line_memory(line, stage->hash_len);
    *handshake_salt = job->handshake_salt;
    return stage_answer(line, stage, FIELD_ACVP_CLIENT_EARLY, &job->client_early_traffic_secret) &&
           stage_answer(line, stage, FIELD_ACVP_EARLY_EXPORTER, &job->early_exporter_master_secret);
}

static bool add_handshake(struct line *line, const struct stage *stage, const uint8_t *hash,
    const uint8_t *handshake_salt, const uint8_t **master_secret)
{
    struct lanekdf_tls13_handshake *job =
        line_job(line, WAVE_HANDSHAKE, LANEKDF_KIND_TLS13_HANDSHAKE, sizeof(*job));

    job->hash = stage->hash;
    job->version = stage->version;
    job->handshake_salt = handshake_salt;
    job->transcript_hash = hash;
    job->master_secret = line_memory(line, stage->hash_len);
    *master_secret = job->master_secret;
    return read_secret(line, FIELD_DHE, &job->shared_secret[0]) &&
           stage_answer(line, stage, FIELD_ACVP_CLIENT_HANDSHAKE, &job->client_handshake_traffic_secret) &&
           stage_answer(line, stage, FIELD_ACVP_SERVER_HANDSHAKE, &job->server_handshake_traffic_secret);
}

static bool add_later(struct line *line, const struct stage *stage, const uint8_t *hashes[N_PIECES],
    const uint8_t *master_secret)
{
    struct lanekdf_tls13_application *application =
        line_job(line, WAVE_LATER, LANEKDF_KIND_TLS13_APPLICATION, sizeof(*application));
    struct lanekdf_tls13_resumption *resumption =
        line_job(line, WAVE_LATER, LANEKDF_KIND_TLS13_RESUMPTION, sizeof(*resumption));

    application->hash = resumption->hash = stage->hash;
    application->version = resumption->version = stage->version;
    application->master_secret = resumption->master_secret = master_secret;
    application->transcript_hash = hashes[2];
    resumption->transcript_hash = hashes[3];
    return stage_answer(
               line, stage, FIELD_ACVP_CLIENT_APPLICATION, &application->client_application_traffic_secret) &&
           stage_answer(
               line, stage, FIELD_ACVP_SERVER_APPLICATION, &application->server_application_traffic_secret) &&
           stage_answer(line, stage, FIELD_ACVP_EXPORTER, &application->exporter_master_secret) &&
           stage_answer(line, stage, FIELD_ACVP_RESUMPTION, &resumption->resumption_master_secret);
}

bool tls13_schedule_fill(struct line *line)
{
    const uint8_t *hashes[N_PIECES], *handshake_salt, *master_secret;
    struct stage stage;

    return stage_read(line, &stage) && add_hashes(line, &stage, hashes) &&
           add_early(line, &stage, hashes[0], &handshake_salt) &&
           add_handshake(line, &stage, hashes[1], handshake_salt, &master_secret) &&
           add_later(line, &stage, hashes, master_secret);
}
