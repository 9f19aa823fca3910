/*
 * HANDSHAKE and FINISHED jobs of TLS 1.0 to 1.2: master secret, key block, Finished, and the final keys of
 * export suites. RFC 5246 sections 6.3, 7.4.9 and 8.1; RFC 7627 section 4; RFC 2246 section 6.3.1. For SSLv3
 * a handshake has phases of its own, in ssl3.c.
 */
#include "digest.h"
#include "handshake.h"
#include "kind.h"
#include "prf.h"
#include "route.h"

/* ---- the master secret ---- */

/* A flag in shape.parts. */
enum { EXTENDED = 0x10 };
_Static_assert(EXTENDED &SHAPE_EXACT_PARTS, "an extended master secret has another seed");

static bool key_block_shape(const struct record *record, struct shape *shape);
static const struct derivation derivation_key_block;

static bool master_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    if (job->known_master_secret) {
        return false;
    }
    prf_shape(record,
        job->session_hash.len ? LABEL_LEN("extended master secret") + job->session_hash.len
                              : LABEL_LEN("master secret") + 2 * LANEKDF_RANDOM_LEN,
        LANEKDF_MASTER_SECRET_LEN, job->session_hash.len ? EXTENDED : 0, shape);
    /* Two passes have to meet before the key block; rare phases take the master secret from the record. */
    if (!record->hashes[1] && record->phases[1] == &derivation_key_block && !record->phases[2]) {
        struct shape key_block = {.hash = shape->hash};
        if (key_block_shape(record, &key_block) && !(key_block.parts & PRF_MORE)) {
            shape->then = key_block.counts;
            shape->parts |= job->master_secret ? SHAPE_WANTS_SECRET : 0;
        }
    }
    return true;
}

/* A piece of a handshake: n bytes behind one of its pointers. */
#define HANDSHAKE_BYTES(member, n) BYTES(JOB_POINTER(struct lanekdf_handshake, member, n))
#define CLIENT_RANDOM HANDSHAKE_BYTES(client_random, LANEKDF_RANDOM_LEN)
#define SERVER_RANDOM HANDSHAKE_BYTES(server_random, LANEKDF_RANDOM_LEN)

/*
 * RFC 5246 section 8.1:
 *
 *     master_secret = PRF(pre_master_secret, "master secret", client_random + server_random)
 *
 * RFC 7627 section 4:
 *
 *     master_secret = PRF(pre_master_secret, "extended master secret", session_hash)
 */
static void master_secret_formula(struct formula *f, const struct shape *shape)
{
    formula_value digests[PRF_MAX_DIGESTS];
    const int seed = shape->parts & EXTENDED
                         ? FORMULA_MESSAGE(f, TEXT("extended master secret"),
                               HANDSHAKE_BYTES(session_hash.data, shape->hash->transcript_bytes))
                         : FORMULA_MESSAGE(f, TEXT("master secret"), CLIENT_RANDOM, SERVER_RANDOM);
    const unsigned n = shape->n_out_blocks;
    const struct place wanted =
        JOB_POINTER_IF_GIVEN(struct lanekdf_handshake, master_secret, LANEKDF_MASTER_SECRET_LEN);
    prf_digests(f, shape, prf_secret(f, shape, 0), seed, digests);
    if (shape->then) {
        formula_set_secret(f, digests, n, LANEKDF_MASTER_SECRET_LEN);
        if (shape->parts & SHAPE_WANTS_SECRET) {
            formula_deliver(f, digests, n, wanted);
        }
    } else {
        formula_deliver(
            f, digests, n, prf_output(shape, IN_RECORD(secrets.master_secret, LANEKDF_MASTER_SECRET_LEN)));
        formula_deliver_also(f, prf_output(shape, wanted));
    }
}

/* The master secret is the secret of the phases that follow. */
static bool master_secret_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    record->has_secrets = true;
    if (record_next_pass(record)) {
        return true;
    }
    record_set_secret(record, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    return false;
}

static const struct derivation derivation_master_secret = {.name = "master_secret",
    .shape = master_secret_shape,
    .formula = master_secret_formula,
    .next = master_secret_next,
    .followed_by = &derivation_key_block};

/* ---- Finished, of both kinds of job ---- */

/* Flags in shape.parts. */
enum { CLIENT_FINISHED = 0x20, SERVER_FINISHED = 0x40 };
_Static_assert(((CLIENT_FINISHED | SERVER_FINISHED) & SHAPE_EXACT_PARTS) == 0, "each only adds an output");

static unsigned finished_parts(size_t client_hash_len, size_t server_hash_len)
{
    return (client_hash_len ? CLIENT_FINISHED : 0u) | (server_hash_len ? SERVER_FINISHED : 0u);
}

/* The shape of Finished without a key block. */
static void finished_set_shape(const struct record *record, unsigned parts, struct shape *shape)
{
    shape_set(shape, 0, 0, 0, (uint8_t)(prf_secret_parts(record) | parts));
}

/* RFC 5246 section 7.4.9: verify_data = PRF(master_secret, finished_label, Hash(handshake_messages))[0..11]
 */
static void one_finished_formula(struct formula *f, const struct shape *shape,
    struct formula_key master_secret, struct piece label, struct place handshake_hash,
    struct place verify_data)
{
    const struct hash *hash = shape->hash;
    const uint64_t seed_len = label.place.len + (uint64_t)hash->transcript_bytes;
    const int seed = FORMULA_MESSAGE(f, label, BYTES(handshake_hash));
    const formula_value a = formula_hmac(f, master_secret, formula_input(seed, prf_blocks(hash, seed_len)));
    const formula_value digest = formula_hmac(
        f, master_secret, formula_digest_then(a, seed, prf_blocks(hash, hash->digest_bytes + seed_len)));
    formula_deliver(f, &digest, 1, prf_output(shape, verify_data));
}

/* Where a kind of job has what belongs to its Finished. */
struct finished_places {
    struct place client_hash, server_hash, client_verify_data, server_verify_data;
};
#define FINISHED_PLACES(type, hash)                                                                          \
    (&(const struct finished_places){                                                                        \
        JOB_SPAN_OR_ZEROS(type, client_finished_hash, (hash)->transcript_bytes),                             \
        JOB_SPAN_OR_ZEROS(type, server_finished_hash, (hash)->transcript_bytes),                             \
        JOB_POINTER_IF(type, client_verify_data, LANEKDF_VERIFY_DATA_LEN, client_finished_hash),             \
        JOB_POINTER_IF(type, server_verify_data, LANEKDF_VERIFY_DATA_LEN, server_finished_hash)})

/* The Finished that the shape has. A job that does not want one has no hash for it, and may have a lane of
 * the program all the same, because other lanes want it (shape_union()): it has zeros in the seed then, and
 * no output. */
static void finished_formula(struct formula *f, const struct shape *shape, struct formula_key master_secret,
    const struct finished_places *places)
{
    if (shape->parts & CLIENT_FINISHED) {
        one_finished_formula(f, shape, master_secret, TEXT("client finished"), places->client_hash,
            places->client_verify_data);
    }
    if (shape->parts & SERVER_FINISHED) {
        one_finished_formula(f, shape, master_secret, TEXT("server finished"), places->server_hash,
            places->server_verify_data);
    }
}

/* ---- the key block and Finished of a handshake, from the master secret ---- */

static bool key_block_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    /* A key block that takes several runs of this phase has Finished in the first. */
    const unsigned parts =
        record->n_done ? 0 : finished_parts(job->client_finished_hash.len, job->server_finished_hash.len);
    if (record->out.len) {
        prf_shape(record, LABEL_LEN("key expansion") + 2 * LANEKDF_RANDOM_LEN, record->out.len, parts, shape);
    } else {
        finished_set_shape(record, parts, shape);
    }
    return record->out.len || parts;
}

/* RFC 5246 section 6.3: key_block = PRF(master_secret, "key expansion", server_random + client_random) */
static void key_block_formula(struct formula *f, const struct shape *shape)
{
    const struct formula_key master_secret = prf_master_secret(f, shape);
    if (shape->n_out_blocks) {
        const int seed = FORMULA_MESSAGE(f, TEXT("key expansion"), SERVER_RANDOM, CLIENT_RANDOM);
        prf_formula(f, shape, master_secret, seed);
    }
    finished_formula(f, shape, master_secret, FINISHED_PLACES(struct lanekdf_handshake, shape->hash));
}

static const struct derivation derivation_key_block = {
    .name = "key_block", .shape = key_block_shape, .formula = key_block_formula, .next = prf_next};

/* ---- export suites: the final write keys, from the short ones, and the IV block ---- */

static bool final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const unsigned digest = shape->hash->digest_bytes;
    shape->n_out_blocks = (uint8_t)((2u * job->fixed_iv_len + digest - 1) / digest);
    return job->final_key_len != 0;
}

/* The keys of this pass are the first two of record->pieces. */
static void final_keys_enter(struct record *record)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    if (!job->final_key_len) { /* there need not be a key block either */
        return;
    }
    const uint8_t *client_write_key = handshake_client_write_key(job);
    record->pieces[0] = record_half(record, record->pass, client_write_key, job->enc_key_len);
    record->pieces[1] =
        record_half(record, record->pass, client_write_key + job->enc_key_len, job->enc_key_len);
    for (unsigned i = 0; i < 2; i++) {
        record->final[i] =
            (struct lanekdf_span){job->final_keys + i * (size_t)job->final_key_len, job->final_key_len};
    }
    record->final[2] = (struct lanekdf_span){
        job->final_keys + 2 * (size_t)job->final_key_len, 2 * (size_t)job->fixed_iv_len};
}

/* Has a function of its own, so that its part of the stack is free again when the formula goes deeper. */
static int final_seed(struct formula *f, struct piece label)
{
    return FORMULA_MESSAGE(f, label, CLIENT_RANDOM, SERVER_RANDOM);
}

/* The next n digests of P_hash(key, label + client_random + server_random), RFC 2246 section 6.3.1. */
static void final_formula(struct formula *f, const struct shape *shape, struct formula_key key,
    struct piece label, unsigned n, struct place to)
{
    const struct hash *hash = shape->hash;
    const uint64_t seed_len = label.place.len + 2u * LANEKDF_RANDOM_LEN;
    struct shape p_hash = *shape;
    formula_value digests[PRF_MAX_DIGESTS];
    shape_set(&p_hash, prf_blocks(hash, seed_len), prf_blocks(hash, hash->digest_bytes + seed_len),
        (uint8_t)n, shape->parts);
    prf_digests(f, &p_hash, key, final_seed(f, label), digests);
    formula_deliver(f, digests, n, prf_output(shape, to));
}

static void final_keys_formula(struct formula *f, const struct shape *shape)
{
    const unsigned block = shape->hash->block_bytes, digest = shape->hash->digest_bytes;
    final_formula(f, shape, formula_key_input(formula_list_key(f, RECORD_SPAN(pieces[0], block))),
        TEXT("client write key"), 1, RECORD_SPAN(final[0], digest));
    final_formula(f, shape, formula_key_input(formula_list_key(f, RECORD_SPAN(pieces[1], block))),
        TEXT("server write key"), 1, RECORD_SPAN(final[1], digest));
    if (shape->n_out_blocks) { /* the secret of the IV block is empty */
        final_formula(f, shape, formula_key_constant(NULL, 0), TEXT("IV block"), shape->n_out_blocks,
            RECORD_SPAN(final[2], shape->n_out_blocks * digest));
    }
}

static const struct derivation derivation_final_keys = {.name = "final_keys",
    .shape = final_keys_shape,
    .formula = final_keys_formula,
    .enter = final_keys_enter};

/* ---- HANDSHAKE jobs ---- */

static const struct derivation *const handshake_phases[] = {
    &derivation_secret_hash, &derivation_master_secret, &derivation_key_block, NULL};

/* Few handshakes are those of an export suite or want a prepared master secret: the others need not ask
 * whether they need these phases. */
static const struct derivation *const rare_handshake_phases[] = {&derivation_secret_hash,
    &derivation_master_secret, &derivation_key_block, &derivation_final_keys, &derivation_prepare, NULL};

KIND_INLINE void handshake_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const size_t key_block_len = handshake_key_block_len(hs);
    const size_t final_keys_len = hs->final_key_len ? 2 * ((size_t)hs->final_key_len + hs->fixed_iv_len) : 0;
    const bool needs_randoms = key_block_len || (!hs->known_master_secret && !hs->session_hash.len);
    const size_t random_len = needs_randoms ? LANEKDF_RANDOM_LEN : 0;
    view_add_output(view, VIEW_IF_GIVEN(hs->master_secret, LANEKDF_MASTER_SECRET_LEN));
    view_add_output(view, hs->key_block, key_block_len);
    view_add_output(view, hs->final_keys, final_keys_len);
    view_add_output(view, hs->client_verify_data, hs->client_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    view_add_output(view, hs->server_verify_data, hs->server_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    view_add_output(view, VIEW_IF_GIVEN(hs->prepared_master_secret, sizeof(*hs->prepared_master_secret)));
    view_add_input(view, hs->pre_master_secret.data, hs->pre_master_secret.len);
    view_add_input(view, VIEW_IF_GIVEN(hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN));
    view_add_input(view, hs->client_random, random_len);
    view_add_input(view, hs->server_random, random_len);
    view_add_input(view, hs->session_hash.data, hs->session_hash.len);
    view_add_input(view, hs->client_finished_hash.data, hs->client_finished_hash.len);
    view_add_input(view, hs->server_finished_hash.data, hs->server_finished_hash.len);
}

/* What a protocol version decides about a handshake, by its distance from SSLv3. */
static const struct version {
    uint32_t legacy;     /* enum lanekdf_legacy: the permission that it takes; 0: none */
    bool has_two_hashes; /* its PRF and its handshake hash are MD5 and SHA-1 together */
} versions[] = {
    [LANEKDF_SSL3 - LANEKDF_SSL3] = {LANEKDF_LEGACY_SSL3, true},
    [LANEKDF_TLS10 - LANEKDF_SSL3] = {LANEKDF_LEGACY_TLS10, true},
    [LANEKDF_TLS11 - LANEKDF_SSL3] = {LANEKDF_LEGACY_TLS11, true},
    [LANEKDF_TLS12 - LANEKDF_SSL3] = {0, false},
};

/* Checks a version, whether the hash is one of it, and whether it is allowed. Returns a status. */
KIND_INLINE int check_version(unsigned id, const struct hash *hash, uint32_t legacy)
{
    if (id - LANEKDF_SSL3 >= sizeof(versions) / sizeof(*versions)) {
        return LANEKDF_ERROR_VERSION;
    }
    const struct version *version = &versions[id - LANEKDF_SSL3];
    if (!prf_is_hash_of_version(hash) || version->has_two_hashes != (hash->components[0] != 0)) {
        return LANEKDF_ERROR_HASH;
    }
    return version->legacy && !(version->legacy & legacy) ? LANEKDF_ERROR_DISABLED : LANEKDF_OK;
}

/* Checks what an export suite asks. Returns a status. */
KIND_INLINE int check_export(const struct lanekdf_handshake *hs, uint32_t legacy)
{
    if (!hs->final_key_len) {
        return LANEKDF_OK;
    }
    if (hs->version == LANEKDF_TLS12) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (!(legacy & LANEKDF_LEGACY_EXPORT)) {
        return LANEKDF_ERROR_DISABLED;
    }
    return hs->final_key_len > 16 || hs->fixed_iv_len > 16 || !kind_is_between(hs->enc_key_len, 1, 16)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

KIND_INLINE int handshake_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const size_t client = hs->client_finished_hash.len, server = hs->server_finished_hash.len;
    const size_t key_block_len = handshake_key_block_len(hs);
    int status = check_version(hs->version, hash, legacy);
    if (status == LANEKDF_OK) {
        status = check_export(hs, legacy);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    if (hs->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    /* No key exchange yields an empty pre-master secret: the caller has not set it. */
    if (hs->known_master_secret ? hs->pre_master_secret.len || hs->session_hash.len
                                : !hs->pre_master_secret.len) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (hs->version == LANEKDF_SSL3 && (status = ssl3_check_handshake(hs)) != LANEKDF_OK) {
        return status;
    }
    if (hs->pre_master_secret.len > LANEKDF_MAX_SECRET ||
        (hs->session_hash.len && hs->session_hash.len != hash->digest_bytes) ||
        (hs->key_block && !key_block_len) || (client && client != hash->digest_bytes) ||
        (server && server != hash->digest_bytes) ||
        !(key_block_len || hs->master_secret || client || server || hs->prepared_master_secret)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

KIND_INLINE void handshake_choose(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    record->out.len = handshake_key_block_len(hs);
    if (hs->version == LANEKDF_SSL3) {
        ssl3_begin_handshake(record);
    } else if (hs->final_key_len || hs->prepared_master_secret) {
        record->phases = rare_handshake_phases;
    }
}

KIND_INLINE void handshake_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    record->prepared_out = hs->prepared_master_secret;
    if (hs->known_master_secret) {
        record_set_secret(record, hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
        if (hs->master_secret) {
            memcpy(hs->master_secret, hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
        }
    } else {
        record_set_secret(record, hs->pre_master_secret.data, hs->pre_master_secret.len);
    }
    record->out.data = hs->key_block;
}

static int handshake_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_handshake *)job)->hash;
    return kind_begin(&kind_handshake, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(handshake, kind_handshake)

#define POINTER(member) KIND_POINTER(lanekdf_handshake, member)
const struct kind kind_handshake = {.job_bytes = sizeof(struct lanekdf_handshake),
    .phases = handshake_phases,
    .view = handshake_view,
    .check = handshake_check,
    .choose = handshake_choose,
    .fill = handshake_fill,
    .begin = handshake_begin,
    ROUTE_MEMBERS(handshake),
    .optional = POINTER(known_master_secret) | POINTER(master_secret) | POINTER(key_block) |
                POINTER(prepared_master_secret),
    .buffers = POINTER(pre_master_secret.data) | POINTER(client_random) | POINTER(server_random) |
               POINTER(session_hash.data) | POINTER(client_finished_hash.data) |
               POINTER(server_finished_hash.data) | POINTER(final_keys) | POINTER(client_verify_data) |
               POINTER(server_verify_data),
    /* There are four bytes of padding behind the lengths. */
    .ignored = KIND_JOB_IGNORED | KIND_IGNORED(lanekdf_handshake, final_key_len) << 1};
#undef POINTER

/* ---- FINISHED jobs ---- */

static bool finished_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_finished *job = (const struct lanekdf_finished *)record->job;
    finished_set_shape(
        record, finished_parts(job->client_finished_hash.len, job->server_finished_hash.len), shape);
    return true;
}

static void finished_job_formula(struct formula *f, const struct shape *shape)
{
    finished_formula(
        f, shape, prf_master_secret(f, shape), FINISHED_PLACES(struct lanekdf_finished, shape->hash));
}

static const struct derivation derivation_finished = {
    .name = "finished", .shape = finished_shape, .formula = finished_job_formula};

static const struct derivation *const finished_phases[] = {&derivation_finished, NULL};

KIND_INLINE void finished_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    const struct lanekdf_bytes *client = &finished->client_finished_hash,
                               *server = &finished->server_finished_hash;
    view_add_output(view, finished->client_verify_data, client->len ? LANEKDF_VERIFY_DATA_LEN : 0);
    view_add_output(view, finished->server_verify_data, server->len ? LANEKDF_VERIFY_DATA_LEN : 0);
    view_add_input(view, VIEW_IF_GIVEN(finished->master_secret, LANEKDF_MASTER_SECRET_LEN));
    view_add_input(view, VIEW_IF_GIVEN(finished->prepared_secret, sizeof(*finished->prepared_secret)));
    view_add_input(view, client->data, client->len);
    view_add_input(view, server->data, server->len);
}

KIND_INLINE int finished_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    const size_t client = finished->client_finished_hash.len, server = finished->server_finished_hash.len;
    (void)legacy;
    if (!prf_is_hash_of_version(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (finished->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (!(client || server) || (client && client != hash->transcript_bytes) ||
        (server && server != hash->transcript_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return prf_check_secrets(finished->master_secret != NULL, finished->prepared_secret, finished->hash);
}

KIND_INLINE void finished_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    prf_set_secret(record, finished->master_secret, LANEKDF_MASTER_SECRET_LEN, finished->prepared_secret);
}

static int finished_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_finished *)job)->hash;
    return kind_begin(&kind_finished, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(finished, kind_finished)

#define POINTER(member) KIND_POINTER(lanekdf_finished, member)
const struct kind kind_finished = {.job_bytes = sizeof(struct lanekdf_finished),
    .phases = finished_phases,
    .view = finished_view,
    .check = finished_check,
    .fill = finished_fill,
    .begin = finished_begin,
    ROUTE_MEMBERS(finished),
    .optional = POINTER(master_secret) | POINTER(prepared_secret),
    .buffers = POINTER(client_finished_hash.data) | POINTER(server_finished_hash.data) |
               POINTER(client_verify_data) | POINTER(server_verify_data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_finished, prepared_secret)}};
#undef POINTER
