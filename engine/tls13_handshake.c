/* HANDSHAKE and FINISHED jobs of TLS 1.3. RFC 8446 sections 4.4.4 and 7.1. */
#include "tls13.h"

/* ---- HANDSHAKE jobs ---- */

/* A flag in shape.parts: there is a PSK, and so a salt. */
enum { SALT = 0x10 };
_Static_assert(SALT &SHAPE_EXACT_PARTS, "the salt is a key");

/* What is wanted of the master secret, in shape.n_out_blocks: each has all outputs of the one before. */
enum { NO_MASTER_SECRET, MASTER_SECRET, PREPARED_MASTER_SECRET };

static bool handshake_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)record->job;
    const bool has_keys = job->client_keys || job->server_keys;
    shape->exact = tls13_exact(job->version, has_keys ? job->key_len : 0, has_keys ? job->iv_len : 0);
    shape_set(shape, prf_blocks(shape->hash, record->pieces[0].len + record->pieces[1].len), 0,
        job->prepared_master_secret ? PREPARED_MASTER_SECRET
        : job->master_secret        ? MASTER_SECRET
                                    : NO_MASTER_SECRET,
        (uint8_t)((job->handshake_salt ? SALT : 0) |
                  tls13_sides(job->client_handshake_traffic_secret, job->client_keys,
                      job->server_handshake_traffic_secret, job->server_keys)));
    return true;
}

static void handshake_formula(struct formula *f, const struct shape *shape)
{
    const struct protocol *protocol = tls13_protocol(shape);
    const struct place transcript_hash = TRANSCRIPT_HASH(lanekdf_tls13_handshake, shape);
    const struct formula_key salt =
        shape->parts & SALT
            ? formula_key_input(formula_list_key(
                  f, JOB_POINTER(struct lanekdf_tls13_handshake, handshake_salt, shape->hash->digest_bytes)))
            : SECRET(hkdf_salt_without_psk(f, protocol));
    const int shared_secret = FORMULA_MESSAGE(f, BYTES(RECORD_SPAN(pieces[0], LANEKDF_MAX_SECRET)),
        BYTES(RECORD_SPAN(pieces[1], LANEKDF_MAX_SECRET)));
    const formula_value handshake_secret =
        formula_hmac(f, salt, formula_input(shared_secret, shape->n_blocks));
    if (shape->parts & CLIENT_SIDE) {
        const formula_value traffic_secret =
            tls13_traffic_secret(f, shape, SECRET(handshake_secret), "c hs traffic", transcript_hash,
                WANTED(lanekdf_tls13_handshake, client_handshake_traffic_secret, shape));
        if (shape->parts & KEYS) {
            tls13_keys(f, shape, SECRET(traffic_secret),
                JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_handshake, client_keys, 0), true, true);
        }
    }
    if (shape->parts & SERVER_SIDE) {
        const formula_value traffic_secret =
            tls13_traffic_secret(f, shape, SECRET(handshake_secret), "s hs traffic", transcript_hash,
                WANTED(lanekdf_tls13_handshake, server_handshake_traffic_secret, shape));
        if (shape->parts & KEYS) {
            tls13_keys(f, shape, SECRET(traffic_secret),
                JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_handshake, server_keys, 0), true, true);
        }
    }
    if (shape->n_out_blocks) {
        const formula_value derived = hkdf_derive_secret(f, SECRET(handshake_secret), protocol, "derived");
        const formula_value master_secret = hkdf_extract_zeros(f, SECRET(derived));
        tls13_deliver(f, master_secret, WANTED(lanekdf_tls13_handshake, master_secret, shape));
        if (shape->n_out_blocks == PREPARED_MASTER_SECRET) {
            formula_deliver_prepared(
                f, SECRET(master_secret), PREPARED(lanekdf_tls13_handshake, prepared_master_secret, shape));
        }
    }
}

static bool handshake_next(struct record *record, const struct shape *shape)
{
    tls13_end_prepared(((const struct lanekdf_tls13_handshake *)record->job)->prepared_master_secret, shape);
    return false;
}

static const struct derivation derivation_tls13_handshake = {.name = "tls13_handshake",
    .shape = handshake_shape,
    .formula = handshake_formula,
    .next = handshake_next};

static const struct derivation *const handshake_phases[] = {&derivation_tls13_handshake, NULL};

KIND_INLINE void handshake_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)any;
    const size_t n = hkdf_secret_len(job->hash),
                 block = tls13_block_len(n, job->version, job->key_len, job->iv_len, true, n);
    view_add_output(view, VIEW_IF_GIVEN(job->client_handshake_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->server_handshake_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_keys, block));
    view_add_output(view, VIEW_IF_GIVEN(job->server_keys, block));
    view_add_output(view, VIEW_IF_GIVEN(job->master_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->prepared_master_secret, sizeof(*job->prepared_master_secret)));
    view_add_input(view, job->shared_secret[0].data, job->shared_secret[0].len);
    view_add_input(view, job->shared_secret[1].data, job->shared_secret[1].len);
    view_add_input(view, VIEW_IF_GIVEN(job->handshake_salt, n));
    view_add_input(view, VIEW_IF_NEEDED(job->transcript_hash, n,
                             job->client_handshake_traffic_secret || job->server_handshake_traffic_secret ||
                                 job->client_keys || job->server_keys));
}

KIND_INLINE int handshake_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)any;
    const size_t first = job->shared_secret[0].len, second = job->shared_secret[1].len;
    (void)legacy;
    const int status = tls13_check(job->version, hash, job->key_len, job->iv_len, false);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (job->reserved || job->reserved2) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (!first && !second && !job->handshake_salt) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return first > LANEKDF_MAX_SECRET || second > LANEKDF_MAX_SECRET - first ||
                   !(job->client_handshake_traffic_secret || job->server_handshake_traffic_secret ||
                       job->client_keys || job->server_keys || job->master_secret ||
                       job->prepared_master_secret)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

/* RFC 8446 section 7.1: without (EC)DHE the shared secret is as many zeros as a digest has bytes. */
KIND_INLINE void handshake_fill(const struct lanekdf_job *any, struct record *record)
{
    static const uint8_t zeros[HASH_MAX_DIGEST];
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)any;
    record->pieces[0] = job->shared_secret[0];
    record->pieces[1] = job->shared_secret[1];
    if (!(job->shared_secret[0].len | job->shared_secret[1].len)) {
        record->pieces[0] = (struct lanekdf_bytes){zeros, record->hashes[0]->digest_bytes};
    }
}

STAGE_FUNCTIONS(handshake)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_handshake, member)
const struct kind kind_tls13_handshake = {.job_bytes = sizeof(struct lanekdf_tls13_handshake),
    .phases = handshake_phases,
    .view = handshake_view,
    .check = handshake_check,
    .fill = handshake_fill,
    .begin = handshake_begin,
    ROUTE_MEMBERS(handshake),
    .optional = POINTER(handshake_salt) | POINTER(transcript_hash) |
                POINTER(client_handshake_traffic_secret) | POINTER(server_handshake_traffic_secret) |
                POINTER(client_keys) | POINTER(server_keys) | POINTER(master_secret) |
                POINTER(prepared_master_secret),
    .buffers = POINTER(shared_secret[0].data) | POINTER(shared_secret[1].data),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER

/* ---- FINISHED jobs ---- */

static bool finished_shape(const struct record *record, struct shape *shape)
{
    shape_set(shape, 0, 0, 0, prf_secret_parts(record));
    return true;
}

static void finished_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct formula_key finished_key = prf_secret(f, shape, n);
    const int transcript_hash =
        FORMULA_MESSAGE(f, BYTES(JOB_POINTER(struct lanekdf_tls13_finished, transcript_hash, n)));
    tls13_deliver(f,
        formula_hmac(
            f, finished_key, formula_input(transcript_hash, (unsigned)hash_n_blocks(shape->hash, n))),
        JOB_POINTER(struct lanekdf_tls13_finished, verify_data, n));
}

static const struct derivation derivation_tls13_finished = {
    .name = "tls13_finished", .shape = finished_shape, .formula = finished_formula};

static const struct derivation *const finished_phases[] = {&derivation_tls13_finished, NULL};

KIND_INLINE void finished_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    const size_t n = hkdf_secret_len(job->hash);
    view_add_output(view, job->verify_data, n);
    view_add_input(view, VIEW_IF_GIVEN(job->finished_key, n));
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_finished_key, sizeof(*job->prepared_finished_key)));
    view_add_input(view, job->transcript_hash, n);
}

KIND_INLINE int finished_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    (void)legacy;
    if (!hkdf_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (job->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    return prf_check_secrets(job->finished_key != NULL, job->prepared_finished_key, job->hash);
}

KIND_INLINE void finished_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    prf_set_secret(record, job->finished_key, record->hashes[0]->digest_bytes, job->prepared_finished_key);
}

STAGE_FUNCTIONS(finished)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_finished, member)
const struct kind kind_tls13_finished = {.job_bytes = sizeof(struct lanekdf_tls13_finished),
    .phases = finished_phases,
    .view = finished_view,
    .check = finished_check,
    .fill = finished_fill,
    .begin = finished_begin,
    ROUTE_MEMBERS(finished),
    .optional = POINTER(finished_key) | POINTER(prepared_finished_key),
    .buffers = POINTER(transcript_hash) | POINTER(verify_data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_tls13_finished, prepared_finished_key)}};
#undef POINTER
