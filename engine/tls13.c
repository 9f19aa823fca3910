/*
 * The key schedule of TLS 1.3 (RFC 8446 section 7.1), DTLS 1.3 (RFC 9147) and QUIC (RFC 9001, RFC 9369),
 * stage by stage: EARLY, HANDSHAKE, FINISHED, APPLICATION, RESUMPTION and TRAFFIC jobs.
 *
 * A stage is one program where its job allows. The formulas of a stage share whatever they have in common,
 * such as the pads of its secret, and what constants alone decide costs a job nothing.
 */
#include "tls13.h"

#include "route.h"

/* A stage's secret is its job's, or a digest of its program. */
#define SECRET(value) formula_key_digest(value)

/* The bytes of a buffer of the job that has as many as a digest, unless the pointer to it is NULL. */
#define WANTED(type, member, shape) JOB_POINTER_IF_GIVEN(struct type, member, (shape)->hash->digest_bytes)
#define TRANSCRIPT_HASH(type, shape)                                                                         \
    JOB_POINTER_IF_GIVEN(struct type, transcript_hash, (shape)->hash->digest_bytes)

/* Flags in shape.parts: the sides whose traffic secret is derived, and that their blocks of keys are wanted.
 */
enum { CLIENT_SIDE = 0x20, SERVER_SIDE = 0x40, KEYS = 0x80 };
_Static_assert(((CLIENT_SIDE | SERVER_SIDE | KEYS) & SHAPE_EXACT_PARTS) == 0, "each only adds outputs");

static unsigned sides(
    const void *client_secret, const void *client_keys, const void *server_secret, const void *server_keys)
{
    return (client_secret || client_keys ? CLIENT_SIDE : 0u) |
           (server_secret || server_keys ? SERVER_SIDE : 0u) | (client_keys || server_keys ? KEYS : 0u);
}

/* ---- the keys of one direction ---- */

static void traffic_key(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    const char *label, unsigned length, struct place block, unsigned at)
{
    block.len = length;
    block.skip = (uint16_t)at;
    const formula_value key = hkdf_expand_label(
        f, traffic_secret, tls13_protocol(shape), label, (struct lanekdf_bytes){NULL, 0}, length);
    tls13_deliver(f, key, block);
}

unsigned tls13_traffic_keys(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    struct place block, bool has_number_key)
{
    const struct protocol *protocol = tls13_protocol(shape);
    const unsigned key_len = tls13_key_len(shape), iv_len = tls13_iv_len(shape);
    if (!key_len) {
        return 0;
    }
    traffic_key(f, shape, traffic_secret, protocol->key, key_len, block, 0);
    traffic_key(f, shape, traffic_secret, protocol->iv, iv_len, block, key_len);
    if (has_number_key && protocol->number_key) {
        traffic_key(f, shape, traffic_secret, protocol->number_key, key_len, block, key_len + iv_len);
    }
    return (unsigned)tls13_traffic_keys_len(protocol, key_len, iv_len, has_number_key);
}

/* The traffic secret of one side, and its block of keys if the shape has them. */
static void traffic(struct formula *f, const struct shape *shape, struct formula_key secret,
    const char *label, struct place transcript_hash, struct place traffic_secret, struct place block,
    bool has_finished_key)
{
    const formula_value value =
        hkdf_derive_secret_over(f, secret, tls13_protocol(shape), label, transcript_hash);
    tls13_deliver(f, value, traffic_secret);
    if (shape->parts & KEYS) {
        const unsigned at = tls13_traffic_keys(f, shape, SECRET(value), block, true);
        if (has_finished_key) {
            traffic_key(f, shape, SECRET(value), "finished", shape->hash->digest_bytes, block, at);
        }
    }
}

/* ---- what all kinds of this file do alike ---- */

/* An input that some outputs need, and that counts as soon as it is given. */
#define VIEW_IF_NEEDED(pointer, len, is_needed) (pointer), (pointer) || (is_needed) ? (len) : 0

#define STAGE_FUNCTIONS(stage)                                                                               \
    static int stage##_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)                \
    {                                                                                                        \
        const uint32_t hash = ((const struct lanekdf_tls13_##stage *)job)->hash;                             \
        return kind_begin(&kind_tls13_##stage, job, hash, record, legacy);                                   \
    }                                                                                                        \
    ROUTE_FUNCTIONS(stage, kind_tls13_##stage)

/* Where a stage gives the pads of a secret. */
#define PREPARED(type, member, shape)                                                                        \
    prepared_place(JOB_POINTER_IF_GIVEN(struct type, member, 2 * hash_slot_bytes((shape)->hash)))

static struct place prepared_place(struct place place)
{
    place.skip = (uint16_t)prepared_offset(0);
    return place;
}

/* Completes a prepared secret, whose pads are delivered. */
static void end_prepared(struct lanekdf_prepared_secret *prepared, const struct shape *shape)
{
    if (prepared) {
        prepared->opaque[0] = prepared_tag(hash_id(shape->hash, NULL));
    }
}

/* ---- EARLY jobs ---- */

/* Flags in shape.parts: the early secret is known; which of its secrets are wanted. */
enum { KNOWN = 0x10, BINDER = 0x20, EARLY_TRAFFIC = 0x40, EARLY_EXPORTER = 0x80 };
_Static_assert(KNOWN &SHAPE_EXACT_PARTS, "a known early secret is a key, and a PSK is a message");

static const struct lanekdf_tls13_early *early_of(const struct record *record)
{
    return (const struct lanekdf_tls13_early *)record->job;
}

static bool early_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_early *job = early_of(record);
    const bool has_keys = job->client_early_keys != NULL;
    shape->exact = tls13_exact(job->version, has_keys ? job->key_len : 0, has_keys ? job->iv_len : 0) |
                   (uint32_t)(job->binder ? job->psk_kind : 0) << 24;
    shape_set(shape, job->known_early_secret ? 0 : prf_blocks(shape->hash, job->psk.len), 0,
        job->handshake_salt ? 1 : 0,
        (uint8_t)((job->known_early_secret ? KNOWN : 0) | (job->binder ? BINDER : 0) |
                  (job->client_early_traffic_secret || has_keys ? EARLY_TRAFFIC : 0) |
                  (job->early_exporter_master_secret ? EARLY_EXPORTER : 0)));
    return true;
}

static void binder_formula(struct formula *f, const struct shape *shape, struct formula_key early_secret)
{
    static const char *const labels[] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    const unsigned n = shape->hash->digest_bytes;
    const struct protocol *protocol = tls13_protocol(shape);
    const formula_value binder_key =
        hkdf_derive_secret(f, early_secret, protocol, labels[shape->exact >> 24]);
    const formula_value finished_key =
        hkdf_expand_label(f, SECRET(binder_key), protocol, "finished", (struct lanekdf_bytes){NULL, 0}, n);
    const int binder_hash =
        FORMULA_MESSAGE(f, BYTES(JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, binder_hash, n)));
    tls13_deliver(f,
        formula_hmac(
            f, SECRET(finished_key), formula_input(binder_hash, (unsigned)hash_n_blocks(shape->hash, n))),
        WANTED(lanekdf_tls13_early, binder, shape));
}

static void early_formula(struct formula *f, const struct shape *shape)
{
    const struct protocol *protocol = tls13_protocol(shape);
    const unsigned n = shape->hash->digest_bytes;
    const struct place client_hello_hash =
        JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, client_hello_hash, n);
    struct formula_key early_secret;
    if (shape->parts & KNOWN) {
        early_secret = formula_key_input(
            formula_list_key(f, JOB_POINTER(struct lanekdf_tls13_early, known_early_secret, n)));
    } else {
        const int psk =
            FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_tls13_early, psk, LANEKDF_MAX_SECRET)));
        const formula_value extracted = hkdf_extract_without_salt(f, psk, shape->n_blocks);
        tls13_deliver(f, extracted, WANTED(lanekdf_tls13_early, early_secret, shape));
        early_secret = SECRET(extracted);
    }
    if (shape->parts & BINDER) {
        binder_formula(f, shape, early_secret);
    }
    if (shape->parts & EARLY_TRAFFIC) {
        const formula_value client_early_traffic_secret =
            hkdf_derive_secret_over(f, early_secret, protocol, "c e traffic", client_hello_hash);
        tls13_deliver(
            f, client_early_traffic_secret, WANTED(lanekdf_tls13_early, client_early_traffic_secret, shape));
        tls13_traffic_keys(f, shape, SECRET(client_early_traffic_secret),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, client_early_keys, 0), true);
    }
    if (shape->parts & EARLY_EXPORTER) {
        tls13_deliver(f,
            hkdf_derive_secret_over(f, early_secret, protocol, "e exp master", client_hello_hash),
            WANTED(lanekdf_tls13_early, early_exporter_master_secret, shape));
    }
    if (shape->n_out_blocks) {
        tls13_deliver(f, hkdf_derive_secret(f, early_secret, protocol, "derived"),
            WANTED(lanekdf_tls13_early, handshake_salt, shape));
    }
}

static const struct derivation derivation_tls13_early = {
    .name = "tls13_early", .shape = early_shape, .formula = early_formula};

static const struct derivation *const early_phases[] = {&derivation_tls13_early, NULL};

KIND_INLINE void early_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_early *job = (const struct lanekdf_tls13_early *)any;
    const size_t n = tls13_secret_len(job->hash);
    view_add_output(view, VIEW_IF_GIVEN(job->early_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->binder, n));
    view_add_output(view, VIEW_IF_GIVEN(job->handshake_salt, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_early_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_early_keys,
                              tls13_block_len(job->version, job->key_len, job->iv_len, true, 0)));
    view_add_output(view, VIEW_IF_GIVEN(job->early_exporter_master_secret, n));
    view_add_input(view, job->psk.data, job->psk.len);
    view_add_input(view, VIEW_IF_GIVEN(job->known_early_secret, n));
    view_add_input(view, VIEW_IF_NEEDED(job->binder_hash, n, job->binder));
    view_add_input(view,
        VIEW_IF_NEEDED(job->client_hello_hash, n,
            job->client_early_traffic_secret || job->client_early_keys || job->early_exporter_master_secret));
}

KIND_INLINE int early_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_early *job = (const struct lanekdf_tls13_early *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, job->key_len, job->iv_len, job->client_early_keys);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (job->reserved || job->psk_kind > LANEKDF_PSK_IMPORTED) {
        return LANEKDF_ERROR_RESERVED;
    }
    if ((job->psk.len != 0) == (job->known_early_secret != NULL) ||
        (job->early_secret && job->known_early_secret)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return job->psk.len > LANEKDF_MAX_SECRET ||
                   !(job->early_secret || job->binder || job->handshake_salt ||
                       job->client_early_traffic_secret || job->client_early_keys ||
                       job->early_exporter_master_secret)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

STAGE_FUNCTIONS(early)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_early, member)
const struct kind kind_tls13_early = {.job_bytes = sizeof(struct lanekdf_tls13_early),
    .phases = early_phases,
    .view = early_view,
    .check = early_check,
    .begin = early_begin,
    ROUTE_MEMBERS(early),
    .optional = POINTER(known_early_secret) | POINTER(binder_hash) | POINTER(client_hello_hash) |
                POINTER(early_secret) | POINTER(binder) | POINTER(handshake_salt) |
                POINTER(client_early_traffic_secret) | POINTER(client_early_keys) |
                POINTER(early_exporter_master_secret),
    .buffers = POINTER(psk.data),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER

/* ---- HANDSHAKE jobs ---- */

/* A flag in shape.parts: there is a PSK, and so a salt. */
enum { SALT = 0x10 };
_Static_assert(SALT &SHAPE_EXACT_PARTS, "the salt is a key");

/* What is wanted of the master secret, in shape.n_out_blocks: each has all outputs of the one before. */
enum { NO_MASTER_SECRET, MASTER_SECRET, PREPARED_MASTER_SECRET };

static bool tls13_handshake_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)record->job;
    const bool has_keys = job->client_keys || job->server_keys;
    shape->exact = tls13_exact(job->version, has_keys ? job->key_len : 0, has_keys ? job->iv_len : 0);
    shape_set(shape, prf_blocks(shape->hash, record->pieces[0].len + record->pieces[1].len), 0,
        job->prepared_master_secret ? PREPARED_MASTER_SECRET
        : job->master_secret        ? MASTER_SECRET
                                    : NO_MASTER_SECRET,
        (uint8_t)((job->handshake_salt ? SALT : 0) |
                  sides(job->client_handshake_traffic_secret, job->client_keys,
                      job->server_handshake_traffic_secret, job->server_keys)));
    return true;
}

static void tls13_handshake_formula(struct formula *f, const struct shape *shape)
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
        traffic(f, shape, SECRET(handshake_secret), "c hs traffic", transcript_hash,
            WANTED(lanekdf_tls13_handshake, client_handshake_traffic_secret, shape),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_handshake, client_keys, 0), true);
    }
    if (shape->parts & SERVER_SIDE) {
        traffic(f, shape, SECRET(handshake_secret), "s hs traffic", transcript_hash,
            WANTED(lanekdf_tls13_handshake, server_handshake_traffic_secret, shape),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_handshake, server_keys, 0), true);
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

static bool tls13_handshake_next(struct record *record, const struct shape *shape)
{
    end_prepared(((const struct lanekdf_tls13_handshake *)record->job)->prepared_master_secret, shape);
    return false;
}

static const struct derivation derivation_tls13_handshake = {.name = "tls13_handshake",
    .shape = tls13_handshake_shape,
    .formula = tls13_handshake_formula,
    .next = tls13_handshake_next};

static const struct derivation *const tls13_handshake_phases[] = {&derivation_tls13_handshake, NULL};

KIND_INLINE void tls13_handshake_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_handshake *job = (const struct lanekdf_tls13_handshake *)any;
    const size_t n = tls13_secret_len(job->hash),
                 block = n ? tls13_block_len(job->version, job->key_len, job->iv_len, true, n) : 0;
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

KIND_INLINE int tls13_handshake_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
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
KIND_INLINE void tls13_handshake_fill(const struct lanekdf_job *any, struct record *record)
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
    .phases = tls13_handshake_phases,
    .view = tls13_handshake_view,
    .check = tls13_handshake_check,
    .fill = tls13_handshake_fill,
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

static bool tls13_finished_shape(const struct record *record, struct shape *shape)
{
    shape_set(shape, 0, 0, 0, prf_secret_parts(record));
    return true;
}

static void tls13_finished_formula(struct formula *f, const struct shape *shape)
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
    .name = "tls13_finished", .shape = tls13_finished_shape, .formula = tls13_finished_formula};

static const struct derivation *const tls13_finished_phases[] = {&derivation_tls13_finished, NULL};

KIND_INLINE void tls13_finished_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    const size_t n = tls13_secret_len(job->hash);
    view_add_output(view, job->verify_data, n);
    view_add_input(view, VIEW_IF_GIVEN(job->finished_key, n));
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_finished_key, sizeof(*job->prepared_finished_key)));
    view_add_input(view, job->transcript_hash, n);
}

KIND_INLINE int tls13_finished_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    (void)legacy;
    if (!tls13_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (job->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    return prf_check_secrets(job->finished_key != NULL, job->prepared_finished_key, job->hash);
}

KIND_INLINE void tls13_finished_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_finished *job = (const struct lanekdf_tls13_finished *)any;
    prf_set_secret(record, job->finished_key, record->hashes[0]->digest_bytes, job->prepared_finished_key);
}

STAGE_FUNCTIONS(finished)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_finished, member)
const struct kind kind_tls13_finished = {.job_bytes = sizeof(struct lanekdf_tls13_finished),
    .phases = tls13_finished_phases,
    .view = tls13_finished_view,
    .check = tls13_finished_check,
    .fill = tls13_finished_fill,
    .begin = finished_begin,
    ROUTE_MEMBERS(finished),
    .optional = POINTER(finished_key) | POINTER(prepared_finished_key),
    .buffers = POINTER(transcript_hash) | POINTER(verify_data),
    .followed = POINTER(prepared_finished_key),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER

/* ---- APPLICATION jobs ---- */

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
        (uint8_t)(prf_secret_parts(record) | sides(job->client_application_traffic_secret, job->client_keys,
                                                 job->server_application_traffic_secret, job->server_keys)));
    return true;
}

static void application_formula(struct formula *f, const struct shape *shape)
{
    const struct place transcript_hash = TRANSCRIPT_HASH(lanekdf_tls13_application, shape);
    const struct formula_key master_secret = prf_secret(f, shape, shape->hash->digest_bytes);
    if (shape->parts & CLIENT_SIDE) {
        traffic(f, shape, master_secret, "c ap traffic", transcript_hash,
            WANTED(lanekdf_tls13_application, client_application_traffic_secret, shape),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_application, client_keys, 0), false);
    }
    if (shape->parts & SERVER_SIDE) {
        traffic(f, shape, master_secret, "s ap traffic", transcript_hash,
            WANTED(lanekdf_tls13_application, server_application_traffic_secret, shape),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_application, server_keys, 0), false);
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
    end_prepared(
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
    const size_t n = tls13_secret_len(job->hash),
                 block = tls13_block_len(job->version, job->key_len, job->iv_len, true, 0);
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
    .followed = POINTER(prepared_master_secret),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER

/* ---- RESUMPTION jobs ---- */

static const struct lanekdf_tls13_resumption *resumption_of(const struct record *record)
{
    return (const struct lanekdf_tls13_resumption *)record->job;
}

static bool resumption_secret_shape(const struct record *record, struct shape *shape)
{
    shape->exact = tls13_exact(resumption_of(record)->version, 0, 0);
    shape_set(shape, 0, 0, 0, prf_secret_parts(record));
    return !resumption_of(record)->known_resumption_master_secret;
}

static void resumption_secret_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const formula_value resumption_master_secret =
        hkdf_derive_secret_over(f, prf_secret(f, shape, n), tls13_protocol(shape), "res master",
            JOB_POINTER(struct lanekdf_tls13_resumption, transcript_hash, n));
    tls13_deliver(f, resumption_master_secret, IN_RECORD(secrets.chain, n));
    formula_deliver_also(f, WANTED(lanekdf_tls13_resumption, resumption_master_secret, shape));
}

/* The resumption master secret is the secret of the PSKs. */
static bool resumption_secret_next(struct record *record, const struct shape *shape)
{
    record->has_secrets = true;
    prf_set_secret(record, record->secrets.chain, shape->hash->digest_bytes, NULL);
    return false;
}

static const struct derivation derivation_tls13_resumption = {.name = "tls13_resumption",
    .shape = resumption_secret_shape,
    .formula = resumption_secret_formula,
    .next = resumption_secret_next};

/*
 * The PSKs of tickets: a run derives up to PSKS_OF_RUN of them. The first run hashes the pads of the secret
 * and leaves them in the record, if there is another one.
 */
enum {
    PSKS_OF_RUN = 3,
    MAX_NONCE = 255 /* bytes, RFC 8446 section 4.6.1 */
};

static unsigned ticket_blocks(const struct hash *hash, size_t nonce_len)
{
    static const size_t around = 2 + 1 + PROTOCOL_PREFIX_LEN + LABEL_LEN("resumption") + 1 + 1;
    return (unsigned)hash_n_blocks(hash, around + nonce_len);
}

/* Puts into the record the nonces of a run, as the first of its pieces, and where their PSKs go: the next
 * nonces that take as many blocks as the first of them. */
static void ticket_enter(struct record *record)
{
    const struct lanekdf_tls13_resumption *job = resumption_of(record);
    const struct hash *hash = record_hash(record);
    const size_t n = hash->digest_bytes;
    record->n_pieces = 0;
    for (unsigned i = 0; i < PSKS_OF_RUN; i++) {
        record->pieces[i] = (struct lanekdf_bytes){NULL, 0};
        record->final[i] = (struct lanekdf_span){NULL, 0};
    }
    for (size_t at = record->n_done; at < job->n_nonces && record->n_pieces < PSKS_OF_RUN; at++) {
        if (ticket_blocks(hash, job->nonces[at].len) !=
            ticket_blocks(hash, job->nonces[record->n_done].len)) {
            return;
        }
        record->pieces[record->n_pieces] = job->nonces[at];
        record->final[record->n_pieces++] = (struct lanekdf_span){job->psks + at * n, n};
    }
}

static bool ticket_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_resumption *job = resumption_of(record);
    if (!job->n_nonces) {
        return false;
    }
    shape->exact = tls13_exact(job->version, 0, 0);
    shape_set(shape, (uint8_t)ticket_blocks(shape->hash, record->pieces[0].len), 0, (uint8_t)record->n_pieces,
        (uint8_t)((record->n_done ? PRF_GOES_ON : 0) |
                  (record->n_done + record->n_pieces < job->n_nonces ? PRF_MORE : 0)));
    return true;
}

/* The pads of the secret in the record, which an earlier run has left there. */
static struct formula_key pads_of_record(struct formula *f, const struct shape *shape)
{
    const unsigned slot = hash_slot_bytes(shape->hash);
    struct place outer = IN_RECORD(secrets.hashed, slot);
    outer.offset = (uint16_t)(outer.offset + slot);
    const int inner = formula_list_value(f, IN_RECORD(secrets.hashed, slot));
    return formula_key_prepared(inner, formula_list_value(f, outer));
}
_Static_assert(
    offsetof(struct record, secrets.chain) == offsetof(struct record, secrets.hashed) + HASH_MAX_DIGEST,
    "two pads of the widest hash lie one behind the other");

static void ticket_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct formula_key secret =
        shape->parts & PRF_GOES_ON ? pads_of_record(f, shape) : prf_secret(f, shape, n);
    const struct place nonces[PSKS_OF_RUN] = {RECORD_SPAN(pieces[0], MAX_NONCE),
        RECORD_SPAN(pieces[1], MAX_NONCE), RECORD_SPAN(pieces[2], MAX_NONCE)};
    const struct place psks[PSKS_OF_RUN] = {
        RECORD_SPAN(final[0], n), RECORD_SPAN(final[1], n), RECORD_SPAN(final[2], n)};
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        const formula_value psk = hkdf_expand_label_of_span(
            f, secret, tls13_protocol(shape), "resumption", nonces[i], shape->n_blocks);
        tls13_deliver(f, psk, psks[i]);
    }
    if (shape->parts & PRF_MORE && !(shape->parts & PRF_GOES_ON)) {
        formula_deliver_prepared(f, secret, IN_RECORD(secrets.hashed, 2 * hash_slot_bytes(shape->hash)));
    }
}

static bool ticket_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    record->n_done += (uint32_t)record->n_pieces;
    record->has_secrets = true;
    return record->n_done < resumption_of(record)->n_nonces || record_next_pass(record);
}

static const struct derivation derivation_tls13_ticket = {.name = "tls13_ticket",
    .shape = ticket_shape,
    .formula = ticket_formula,
    .next = ticket_next,
    .enter = ticket_enter};

static const struct derivation *const resumption_phases[] = {
    &derivation_tls13_resumption, &derivation_tls13_ticket, NULL};

KIND_INLINE void resumption_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    const size_t n = tls13_secret_len(job->hash);
    view_add_output(view, VIEW_IF_GIVEN(job->resumption_master_secret, n));
    view_add_output(view, job->psks, job->n_nonces <= LANEKDF_MAX_PIECES ? job->n_nonces * n : 0);
    view_add_input(view, VIEW_IF_GIVEN(job->master_secret, n));
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_master_secret, sizeof(*job->prepared_master_secret)));
    view_add_input(view, VIEW_IF_GIVEN(job->known_resumption_master_secret, n));
    view_add_input(view, VIEW_IF_NEEDED(job->transcript_hash, n, !job->known_resumption_master_secret));
    view_add_pieces(view, job->nonces, job->n_nonces, (uint64_t)LANEKDF_MAX_PIECES * MAX_NONCE);
}

/* A job without a nonce is one for the resumption master secret. */
KIND_INLINE int resumption_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, 0, 0, false);
    if (status != LANEKDF_OK) {
        return status;
    }
    if ((job->master_secret != NULL) + (job->prepared_master_secret != NULL) +
            (job->known_resumption_master_secret != NULL) !=
        1) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (job->n_nonces > LANEKDF_MAX_PIECES || !(job->n_nonces || job->resumption_master_secret)) {
        return LANEKDF_ERROR_LENGTH;
    }
    for (size_t i = 0; i < job->n_nonces && job->nonces; i++) {
        if (job->nonces[i].len > MAX_NONCE) {
            return LANEKDF_ERROR_LENGTH;
        }
    }
    return job->prepared_master_secret && !prepared_is_for(job->prepared_master_secret, job->hash)
               ? LANEKDF_ERROR_PREPARED
               : LANEKDF_OK;
}

KIND_INLINE void resumption_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    const size_t n = record->hashes[0]->digest_bytes;
    if (job->known_resumption_master_secret) {
        prf_set_secret(record, job->known_resumption_master_secret, n, NULL);
        if (job->resumption_master_secret) {
            memcpy(job->resumption_master_secret, job->known_resumption_master_secret, n);
        }
    } else {
        prf_set_secret(record, job->master_secret, n, job->prepared_master_secret);
    }
}

static int resumption_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_tls13_resumption *)job)->hash;
    return kind_begin(&kind_tls13_resumption, job, hash, record, legacy);
}

const struct kind kind_tls13_resumption = {.job_bytes = sizeof(struct lanekdf_tls13_resumption),
    .phases = resumption_phases,
    .view = resumption_view,
    .check = resumption_check,
    .fill = resumption_fill,
    .begin = resumption_begin};

/* ---- TRAFFIC jobs ---- */

/* A flag in shape.parts: there is an update before the keys, and it is the last one. */
enum { LAST_UPDATE = 0x10 };
_Static_assert(LAST_UPDATE &SHAPE_EXACT_PARTS, "keys of the next secret are others");

static const struct lanekdf_tls13_traffic *traffic_of(const struct record *record)
{
    return (const struct lanekdf_tls13_traffic *)record->job;
}

static formula_value next_traffic_secret(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    return hkdf_expand_label(f, prf_secret(f, shape, n), tls13_protocol(shape), tls13_protocol(shape)->update,
        (struct lanekdf_bytes){NULL, 0}, n);
}

/* All updates but the last one, a run for each. */
static bool update_shape(const struct record *record, struct shape *shape)
{
    shape->exact = tls13_exact(traffic_of(record)->version, 0, 0);
    return traffic_of(record)->n_updates > 1;
}

static void update_formula(struct formula *f, const struct shape *shape)
{
    tls13_deliver(f, next_traffic_secret(f, shape), IN_RECORD(secrets.chain, shape->hash->digest_bytes));
}

static bool update_next(struct record *record, const struct shape *shape)
{
    record->has_secrets = true;
    record_set_secret(record, record->secrets.chain, shape->hash->digest_bytes);
    return ++record->n_done + 1 < traffic_of(record)->n_updates || record_next_pass(record);
}

static const struct derivation derivation_tls13_update = {
    .name = "tls13_update", .shape = update_shape, .formula = update_formula, .next = update_next};

static bool traffic_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_traffic *job = traffic_of(record);
    shape->exact = tls13_exact(job->version, job->keys ? job->key_len : 0, job->keys ? job->iv_len : 0);
    shape_set(shape, 0, 0, 0, (uint8_t)((job->n_updates ? LAST_UPDATE : 0) | (job->keys ? KEYS : 0)));
    return true;
}

static void traffic_formula(struct formula *f, const struct shape *shape)
{
    const struct place keys = JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_traffic, keys, 0);
    const bool is_updated = shape->parts & LAST_UPDATE;
    struct formula_key secret = prf_secret(f, shape, shape->hash->digest_bytes);
    if (is_updated) {
        const formula_value next = next_traffic_secret(f, shape);
        tls13_deliver(f, next, WANTED(lanekdf_tls13_traffic, next_secret, shape));
        secret = SECRET(next);
    }
    if (shape->parts & KEYS) {
        tls13_traffic_keys(f, shape, secret, keys, tls13_has_number_key(tls13_protocol(shape), is_updated));
    }
}

static const struct derivation derivation_tls13_traffic = {
    .name = "tls13_traffic", .shape = traffic_shape, .formula = traffic_formula};

static const struct derivation *const traffic_phases[] = {
    &derivation_tls13_update, &derivation_tls13_traffic, NULL};

KIND_INLINE void traffic_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_traffic *job = (const struct lanekdf_tls13_traffic *)any;
    const size_t n = tls13_secret_len(job->hash);
    const bool has_number_key = tls13_has_number_key(protocol_find(job->version), job->n_updates);
    view_add_output(view, VIEW_IF_GIVEN(job->next_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->keys,
                              tls13_block_len(job->version, job->key_len, job->iv_len, has_number_key, 0)));
    view_add_input(view, job->traffic_secret, n);
}

KIND_INLINE int traffic_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_traffic *job = (const struct lanekdf_tls13_traffic *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, job->key_len, job->iv_len, job->keys);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (job->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (job->next_secret && !job->n_updates) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return job->n_updates > LANEKDF_MAX_UPDATES || !(job->next_secret || job->keys) ? LANEKDF_ERROR_LENGTH
                                                                                    : LANEKDF_OK;
}

KIND_INLINE void traffic_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_traffic *job = (const struct lanekdf_tls13_traffic *)any;
    record_set_secret(record, job->traffic_secret, record->hashes[0]->digest_bytes);
}

STAGE_FUNCTIONS(traffic)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_traffic, member)
const struct kind kind_tls13_traffic = {.job_bytes = sizeof(struct lanekdf_tls13_traffic),
    .phases = traffic_phases,
    .view = traffic_view,
    .check = traffic_check,
    .fill = traffic_fill,
    .begin = traffic_begin,
    ROUTE_MEMBERS(traffic),
    .optional = POINTER(next_secret) | POINTER(keys),
    .buffers = POINTER(traffic_secret),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER
