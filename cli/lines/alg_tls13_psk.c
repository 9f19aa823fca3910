/*
 * What a PSK of TLS 1.3 gives: tls13-early, all of the early stage; tls13-psk-binder, its binder alone; and
 * tls13-psk-import, the PSK that an external one becomes.
 */
#include "algorithms.h"
#include "line_stage.h"

#include <string.h>

static struct lanekdf_tls13_early *early_job(struct line *line, const struct stage *stage)
{
    struct lanekdf_tls13_early *job = line_job(line, 0, LANEKDF_KIND_TLS13_EARLY, sizeof(*job));

    job->hash = stage->hash;
    job->version = stage->version;
    return job;
}

/* Reads the PSK, or an early secret in its place. */
static bool read_psk(struct line *line, const struct stage *stage, struct lanekdf_tls13_early *job)
{
    if (line_has(line, FIELD_PSK) || !line_has(line, FIELD_EARLY_SECRET)) {
        return line_bytes(line, FIELD_PSK, 1, LANEKDF_MAX_SECRET, &job->psk) &&
               stage_answer(line, stage, FIELD_EARLY_SECRET, &job->early_secret);
    }
    line_use(line, FIELD_EARLY_SECRET);
    return stage_bytes(line, stage, FIELD_EARLY_SECRET, &job->known_early_secret);
}

static bool add_binder(struct line *line, const struct stage *stage, enum field hash, enum field out,
    struct lanekdf_tls13_early *job)
{
    return stage_read_psk_kind(line, &job->psk_kind) && stage_bytes(line, stage, hash, &job->binder_hash) &&
           stage_answer(line, stage, out, &job->binder);
}

/* Adds what is made of the hash of ClientHello. */
static bool add_early_secrets(struct line *line, struct stage *stage, struct lanekdf_tls13_early *job)
{
    if (!stage_read_key_lengths(line, stage, &early_block, &early_block) ||
        !stage_bytes(line, stage, FIELD_CLIENT_HELLO_HASH, &job->client_hello_hash) ||
        !stage_answer(line, stage, FIELD_CLIENT_EARLY_TRAFFIC_SECRET, &job->client_early_traffic_secret)) {
        return false;
    }
    job->key_len = stage->key_len;
    job->iv_len = stage->iv_len;
    if (stage->key_len > 0) {
        job->client_early_keys = stage_block(line, &job->job);
        if (!stage_answer_block(line, &job->job, LANEKDF_CLIENT, &early_block)) {
            return false;
        }
    }
    return stage_answer(line, stage, FIELD_EARLY_EXPORTER_MASTER_SECRET, &job->early_exporter_master_secret);
}

bool tls13_early_fill(struct line *line)
{
    struct lanekdf_tls13_early *job;
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job = early_job(line, &stage);
    return read_psk(line, &stage, job) &&
           (!line_has(line, FIELD_BINDER_HASH) ||
               add_binder(line, &stage, FIELD_BINDER_HASH, FIELD_BINDER, job)) &&
           (!line_has(line, FIELD_CLIENT_HELLO_HASH) || add_early_secrets(line, &stage, job)) &&
           stage_answer(line, &stage, FIELD_HANDSHAKE_SALT, &job->handshake_salt);
}

bool tls13_psk_binder_fill(struct line *line)
{
    struct lanekdf_tls13_early *job;
    struct stage stage;

    if (!stage_read(line, &stage)) {
        return false;
    }
    job = early_job(line, &stage);
    return line_bytes(line, FIELD_PSK, 1, LANEKDF_MAX_SECRET, &job->psk) &&
           add_binder(line, &stage, FIELD_TRANSCRIPT_HASH, FIELD_OUT, job);
}

/* The KDFs of RFC 9258 section 10. */
enum { HKDF_SHA256 = 1, HKDF_SHA384 = 2 };

static bool read_target(struct line *line, struct lanekdf_tls13_psk_import *job, uint32_t *hash)
{
    uint32_t version;

    if (!stage_read_version(line, &version) ||
        !line_hash_field(
            line, FIELD_TARGET_HASH, HASH_BIT(LANEKDF_SHA256) | HASH_BIT(LANEKDF_SHA384), 0, hash)) {
        return false;
    }
    /* QUIC has the number of TLS 1.3 there (RFC 9258 section 3.1). */
    job->target_protocol = version == LANEKDF_DTLS13 ? LANEKDF_DTLS13 : LANEKDF_TLS13;
    job->target_kdf = *hash == LANEKDF_SHA256 ? HKDF_SHA256 : HKDF_SHA384;
    return true;
}

/* Reads the external PSK, for which there are two names. */
static bool read_external_psk(struct line *line, struct lanekdf_bytes *psk)
{
    const enum field field = line_has(line, FIELD_PSK) ? FIELD_PSK : FIELD_KEY;
    struct lanekdf_bytes key;

    return line_bytes(line, field, 1, LANEKDF_MAX_SECRET, psk) &&
           (field == FIELD_KEY || !line_has(line, FIELD_KEY) ||
               (line_bytes(line, FIELD_KEY, 1, LANEKDF_MAX_SECRET, &key) &&
                   line_same_bytes(line, FIELD_PSK, *psk, FIELD_KEY, key)));
}

bool tls13_psk_import_fill(struct line *line)
{
    struct lanekdf_tls13_psk_import *job = line_job(line, 0, LANEKDF_KIND_TLS13_PSK_IMPORT, sizeof(*job));
    uint32_t target;

    if (!line_hash_of(line, line->algorithm->hashes, LANEKDF_SHA256, &job->hash) ||
        !read_target(line, job, &target) || !read_external_psk(line, &job->psk) ||
        !line_bytes(line, FIELD_IDENTITY, 1, LANEKDF_MAX_CONTEXT, &job->identity) ||
        (line_has(line, FIELD_CONTEXT) &&
            !line_bytes(line, FIELD_CONTEXT, 0, LANEKDF_MAX_CONTEXT, &job->context))) {
        return false;
    }
    job->imported_psk = line_memory(line, lanekdf_hash_len(target));
    return line_answer(line, FIELD_OUT, job->imported_psk, lanekdf_hash_len(target));
}
