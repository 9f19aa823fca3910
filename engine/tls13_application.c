/* APPLICATION jobs of TLS 1.3. RFC 8446 section 7.1. */
#include "tls13.h"

/* What is wanted of the exporter secret, in shape.n_out_blocks: each has all outputs of the one before. */
enum { NO_EXPORTER_SECRET, EXPORTER_SECRET, PREPARED_EXPORTER_SECRET };

static bool application_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_application *job = (const struct lanekdf_tls13_application *)record->job;
    const bool has_keys = job->client_keys || job->server_keys;
    shape->exact = tls13_exact(job->version, has_keys ? job->key_len : 0, has_keys ? job->iv_len : 0);
    shape_set(shape, 0, 0,
        job->prepared_exporter_master_secret ? PREPARED_EXPORTER_SECRET
        : job->exporter_master_secret        ? EXPORTER_SECRET
                                             : NO_EXPORTER_SECRET,
        (uint8_t)(prf_secret_parts(record) | tls13_sides(job->client_application_traffic_secret,
                                                 job->client_keys, job->server_application_traffic_secret,
                                                 job->server_keys)));
    return true;
}

static void application_formula(struct formula *f, const struct shape *shape)
{
    const struct place transcript_hash = TRANSCRIPT_HASH(lanekdf_tls13_application, shape);
    const struct formula_key master_secret = prf_secret(f, shape, shape->hash->digest_bytes);
    if (shape->parts & CLIENT_SIDE) {
        const formula_value traffic_secret = tls13_traffic_secret(f, shape, master_secret, "c ap traffic",
            transcript_hash, WANTED(lanekdf_tls13_application, client_application_traffic_secret, shape));
        if (shape->parts & KEYS) {
            tls13_keys(f, shape, SECRET(traffic_secret),
                JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_application, client_keys, 0), true, false);
        }
    }
    if (shape->parts & SERVER_SIDE) {
        const formula_value traffic_secret = tls13_traffic_secret(f, shape, master_secret, "s ap traffic",
            transcript_hash, WANTED(lanekdf_tls13_application, server_application_traffic_secret, shape));
        if (shape->parts & KEYS) {
            tls13_keys(f, shape, SECRET(traffic_secret),
                JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_application, server_keys, 0), true, false);
        }
    }
    if (shape->n_out_blocks) {
        const formula_value exporter_master_secret =
            hkdf_derive_secret_over(f, master_secret, tls13_protocol(shape), "exp master", transcript_hash);
        tls13_deliver(
            f, exporter_master_secret, WANTED(lanekdf_tls13_application, exporter_master_secret, shape));
        if (shape->n_out_blocks == PREPARED_EXPORTER_SECRET) {
            formula_deliver_prepared(f, SECRET(exporter_master_secret),
                PREPARED(lanekdf_tls13_application, prepared_exporter_master_secret, shape));
        }
    }
}

static bool application_next(struct record *record, const struct shape *shape)
{
    tls13_end_prepared(
        ((const struct lanekdf_tls13_application *)record->job)->prepared_exporter_master_secret, shape);
    return false;
}

static const struct derivation derivation_tls13_application = {.name = "tls13_application",
    .shape = application_shape,
    .formula = application_formula,
    .next = application_next};

static const struct derivation *const application_phases[] = {&derivation_tls13_application, NULL};

KIND_INLINE void application_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_application *job = (const struct lanekdf_tls13_application *)any;
    const size_t n = hkdf_secret_len(job->hash),
                 block = tls13_block_len(n, job->version, job->key_len, job->iv_len, true, 0);
    view_add_output(view, VIEW_IF_GIVEN(job->client_application_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->server_application_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_keys, block));
    view_add_output(view, VIEW_IF_GIVEN(job->server_keys, block));
    view_add_output(view, VIEW_IF_GIVEN(job->exporter_master_secret, n));
    view_add_output(view,
        VIEW_IF_GIVEN(job->prepared_exporter_master_secret, sizeof(*job->prepared_exporter_master_secret)));
    view_add_input(view, VIEW_IF_GIVEN(job->master_secret, n));
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_master_secret, sizeof(*job->prepared_master_secret)));
    view_add_input(view, job->transcript_hash, n);
}

KIND_INLINE int application_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_application *job = (const struct lanekdf_tls13_application *)any;
    const bool wants_keys = job->client_keys || job->server_keys;
    (void)legacy;
    const int status = tls13_check(job->version, hash, job->key_len, job->iv_len, wants_keys);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (job->reserved || job->reserved2) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (!(job->client_application_traffic_secret || job->server_application_traffic_secret || wants_keys ||
            job->exporter_master_secret || job->prepared_exporter_master_secret)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return prf_check_secrets(job->master_secret != NULL, job->prepared_master_secret, job->hash);
}

KIND_INLINE void application_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_application *job = (const struct lanekdf_tls13_application *)any;
    prf_set_secret(record, job->master_secret, record->hashes[0]->digest_bytes, job->prepared_master_secret);
}

STAGE_FUNCTIONS(application)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_application, member)
const struct kind kind_tls13_application = {.job_bytes = sizeof(struct lanekdf_tls13_application),
    .phases = application_phases,
    .view = application_view,
    .check = application_check,
    .fill = application_fill,
    .begin = application_begin,
    ROUTE_MEMBERS(application),
    .optional = POINTER(master_secret) | POINTER(prepared_master_secret) |
                POINTER(client_application_traffic_secret) | POINTER(server_application_traffic_secret) |
                POINTER(client_keys) | POINTER(server_keys) | POINTER(exporter_master_secret) |
                POINTER(prepared_exporter_master_secret),
    .buffers = POINTER(transcript_hash),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_tls13_application, prepared_master_secret)}};
#undef POINTER
