/*
 * HANDSHAKE and FINISHED jobs of TLS 1.0 to 1.2: master secret, key block, Finished, and the final keys of
 * export suites. RFC 5246 sections 6.3, 7.4.9 and 8.1; RFC 7627 section 4; RFC 2246 section 6.3.1. For SSLv3
 * a handshake has phases of its own, in ssl3.c.
 */
#include "digest.h"
#include "handshake.h"
#include "kind.h"
#include "prf.h"

/* ---- the master secret ---- */

static bool master_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    if (job->known_master_secret) {
        return false;
    }
    prf_shape(record,
        job->session_hash.len ? LABEL_LEN("extended master secret") + job->session_hash.len
                              : LABEL_LEN("master secret") + 2 * LANEKDF_RANDOM_LEN,
        LANEKDF_MASTER_SECRET_LEN, 0, shape);
    return true;
}

static void master_secret_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    lane_begin(lane, PRF_SEED);
    if (job->session_hash.len) {
        lane_put(lane, LABEL("extended master secret"));
        lane_put(lane, job->session_hash.data, job->session_hash.len);
    } else {
        lane_put(lane, LABEL("master secret"));
        lane_put_randoms(lane, job->client_random, job->server_random);
    }
    lane_end(lane);
    prf_stage_secret(record, shape, lane);
}

static bool master_secret_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    (void)shape;
    record->has_secrets = true;
    prf_deliver(record, record->secrets.master_secret, digests, LANEKDF_MASTER_SECRET_LEN);
    if (record_next_pass(record)) {
        return true;
    }
    handshake_take_master_secret(record);
    return false;
}

static const struct derivation derivation_master_secret = {
    "master_secret", master_secret_shape, prf_formula, master_secret_stage, master_secret_finish};

/* ---- Finished, of both kinds of job ---- */

/* Flags in shape.parts. */
enum { CLIENT_FINISHED = 0x10, SERVER_FINISHED = 0x20 };
_Static_assert(((CLIENT_FINISHED | SERVER_FINISHED) & SHAPE_EXACT_PARTS) == 0, "each only adds an output");

/* Inputs of formulas. */
enum { CLIENT_SEED = PRF_OTHER_SEEDS, SERVER_SEED };

/* The Finished that a job asks for. */
struct finished {
    struct lanekdf_bytes client_hash, server_hash; /* empty: not wanted */
    uint8_t *client_verify_data, *server_verify_data;
};

static unsigned finished_parts(const struct finished *finished)
{
    return (finished->client_hash.len ? CLIENT_FINISHED : 0u) |
           (finished->server_hash.len ? SERVER_FINISHED : 0u);
}

/* The shape of Finished without a key block. */
static void finished_set_shape(const struct record *record, unsigned parts, struct shape *shape)
{
    shape_set(shape, 0, 0, 0, (uint8_t)(prf_secret_parts(record) | parts));
}

static void one_finished_formula(struct formula *f, const struct shape *shape, int seed)
{
    const struct hash *hash = shape->hash;
    const uint64_t seed_len = LABEL_LEN("client finished") + hash->transcript_bytes;
    const struct formula_key master_secret = prf_secret(shape);
    const formula_value a = formula_hmac(f, master_secret, formula_input(seed, prf_blocks(hash, seed_len)));
    const struct formula_message second =
        formula_digest_then(a, seed, prf_blocks(hash, hash->digest_bytes + seed_len));
    formula_output(f, formula_hmac(f, master_secret, second));
}

static void finished_formula(struct formula *f, const struct shape *shape)
{
    if (shape->parts & CLIENT_FINISHED) {
        one_finished_formula(f, shape, CLIENT_SEED);
    }
    if (shape->parts & SERVER_FINISHED) {
        one_finished_formula(f, shape, SERVER_SEED);
    }
}

/* Stages the seed of a Finished that the program computes. A job that does not want it has no hash for it,
 * and is in this lane all the same because other lanes want it (shape_union()): its seed has zeros then. */
static void one_finished_stage(const struct shape *shape, struct lane *lane, int input, const char *label,
    const struct lanekdf_bytes *handshake_hash)
{
    static const uint8_t zeros[UINT8_MAX];
    lane_begin(lane, input);
    lane_put(lane, label, LABEL_LEN("client finished"));
    if (handshake_hash->len) {
        lane_put(lane, handshake_hash->data, handshake_hash->len);
    } else {
        lane_put(lane, zeros, shape->hash->transcript_bytes);
    }
    lane_end(lane);
}

static void finished_stage(const struct finished *finished, const struct shape *shape, struct lane *lane)
{
    if (shape->parts & CLIENT_FINISHED) {
        one_finished_stage(shape, lane, CLIENT_SEED, "client finished", &finished->client_hash);
    }
    if (shape->parts & SERVER_FINISHED) {
        one_finished_stage(shape, lane, SERVER_SEED, "server finished", &finished->server_hash);
    }
}

/* Delivers the digests of finished_formula(), which begin at `digests`. */
static void finished_deliver(const struct finished *finished, const struct record *record,
    const struct shape *shape, const uint8_t *digests)
{
    if (shape->parts & CLIENT_FINISHED) {
        if (finished->client_hash.len) {
            prf_deliver(record, finished->client_verify_data, digests, LANEKDF_VERIFY_DATA_LEN);
        }
        digests += shape->hash->digest_bytes;
    }
    if (shape->parts & SERVER_FINISHED && finished->server_hash.len) {
        prf_deliver(record, finished->server_verify_data, digests, LANEKDF_VERIFY_DATA_LEN);
    }
}

/* ---- the key block and Finished of a handshake, from the master secret ---- */

static inline struct finished handshake_finished(const struct lanekdf_handshake *job)
{
    return (struct finished){job->client_finished_hash, job->server_finished_hash, job->client_verify_data,
        job->server_verify_data};
}

static bool key_block_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const struct finished finished = handshake_finished(job);
    const size_t key_block_len = handshake_key_block_len(job);
    /* A key block that takes several runs of this phase has Finished in the first. */
    const unsigned parts = record->n_done ? 0 : finished_parts(&finished);
    if (key_block_len) {
        prf_shape(record, LABEL_LEN("key expansion") + 2 * LANEKDF_RANDOM_LEN, key_block_len, parts, shape);
    } else {
        finished_set_shape(record, parts, shape);
    }
    return key_block_len || parts;
}

static void key_block_formula(struct formula *f, const struct shape *shape)
{
    if (shape->n_out_blocks) {
        prf_formula(f, shape);
    }
    finished_formula(f, shape);
}

static void key_block_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const struct finished finished = handshake_finished(job);
    if (shape->n_out_blocks) {
        lane_begin(lane, PRF_SEED);
        lane_put(lane, LABEL("key expansion"));
        lane_put_randoms(lane, job->server_random, job->client_random); /* the server's comes first here */
        lane_end(lane);
    }
    finished_stage(&finished, shape, lane);
    prf_stage_secret(record, shape, lane);
}

static bool key_block_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const struct finished finished = handshake_finished(job);
    finished_deliver(&finished, record, shape, digests + shape->hash->digest_bytes * prf_n_outputs(shape));
    if (shape->n_out_blocks &&
        prf_finish(record, shape, digests, job->key_block, handshake_key_block_len(job))) {
        return true;
    }
    return record_next_pass(record);
}

static const struct derivation derivation_key_block = {
    "key_block", key_block_shape, key_block_formula, key_block_stage, key_block_finish};

/* ---- export suites: the final write keys, from the short ones, and the IV block ---- */

/* Inputs of the formula. The IV block has no key among them: its secret is empty. */
enum { CLIENT_KEY, SERVER_KEY, CLIENT_LABEL, SERVER_LABEL, IV_LABEL };

static bool final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const unsigned digest = shape->hash->digest_bytes;
    shape->n_out_blocks = (uint8_t)((2u * job->fixed_iv_len + digest - 1) / digest);
    return job->final_key_len != 0;
}

/* The next digest of P_hash(key, label + two randoms). `a` holds A(i), or FORMULA_NONE before the first
 * digest. */
static formula_value final_key_block(
    struct formula *f, struct formula_key key, int seed, size_t label_len, formula_value *a)
{
    const uint64_t seed_len = label_len + 2 * LANEKDF_RANDOM_LEN;
    *a = formula_hmac(
        f, key, *a == FORMULA_NONE ? formula_input(seed, prf_blocks(f->hash, seed_len)) : formula_digest(*a));
    return formula_hmac(
        f, key, formula_digest_then(*a, seed, prf_blocks(f->hash, f->hash->digest_bytes + seed_len)));
}

static void final_keys_formula(struct formula *f, const struct shape *shape)
{
    formula_value a = FORMULA_NONE;
    formula_output(f,
        final_key_block(f, formula_key_input(CLIENT_KEY), CLIENT_LABEL, LABEL_LEN("client write key"), &a));
    a = FORMULA_NONE;
    formula_output(f,
        final_key_block(f, formula_key_input(SERVER_KEY), SERVER_LABEL, LABEL_LEN("server write key"), &a));
    a = FORMULA_NONE;
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        formula_output(
            f, final_key_block(f, formula_key_constant(NULL, 0), IV_LABEL, LABEL_LEN("IV block"), &a));
    }
}

static void stage_final_seed(
    struct lane *lane, int input, const struct lanekdf_handshake *job, const char *label, size_t label_len)
{
    lane_begin(lane, input);
    lane_put(lane, label, label_len);
    lane_put_randoms(lane, job->client_random, job->server_random);
    lane_end(lane);
}

static void final_keys_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const uint8_t *client_write_key = handshake_client_write_key(job);
    const struct lanekdf_bytes client = record_half(record, record->pass, client_write_key, job->enc_key_len);
    const struct lanekdf_bytes server =
        record_half(record, record->pass, client_write_key + job->enc_key_len, job->enc_key_len);
    lane_key(lane, CLIENT_KEY, client.data, client.len);
    lane_key(lane, SERVER_KEY, server.data, server.len);
    stage_final_seed(lane, CLIENT_LABEL, job, LABEL("client write key"));
    stage_final_seed(lane, SERVER_LABEL, job, LABEL("server write key"));
    if (shape->n_out_blocks) {
        stage_final_seed(lane, IV_LABEL, job, LABEL("IV block"));
    }
}

static bool final_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const unsigned n = shape->hash->digest_bytes;
    uint8_t *to = job->final_keys;
    prf_deliver(record, to, digests, job->final_key_len);
    prf_deliver(record, to + job->final_key_len, digests + n, job->final_key_len);
    prf_deliver(record, to + 2 * (size_t)job->final_key_len, digests + 2 * n, 2 * (size_t)job->fixed_iv_len);
    return record_next_pass(record);
}

static const struct derivation derivation_final_keys = {
    "final_keys", final_keys_shape, final_keys_formula, final_keys_stage, final_keys_finish};

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
    if (hs->known_master_secret && (hs->pre_master_secret.len || hs->session_hash.len)) {
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
}

static int handshake_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_handshake *)job)->hash;
    return kind_begin(&kind_handshake, job, hash, record, legacy);
}

const struct kind kind_handshake = {.job_bytes = sizeof(struct lanekdf_handshake),
    .phases = handshake_phases,
    .view = handshake_view,
    .check = handshake_check,
    .choose = handshake_choose,
    .fill = handshake_fill,
    .begin = handshake_begin};

/* ---- FINISHED jobs ---- */

static inline struct finished job_finished(const struct record *record)
{
    const struct lanekdf_finished *job = (const struct lanekdf_finished *)record->job;
    return (struct finished){job->client_finished_hash, job->server_finished_hash, job->client_verify_data,
        job->server_verify_data};
}

static bool finished_job_shape(const struct record *record, struct shape *shape)
{
    const struct finished finished = job_finished(record);
    finished_set_shape(record, finished_parts(&finished), shape);
    return true;
}

static void finished_job_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct finished finished = job_finished(record);
    finished_stage(&finished, shape, lane);
    prf_stage_secret(record, shape, lane);
}

static bool finished_job_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct finished finished = job_finished(record);
    finished_deliver(&finished, record, shape, digests);
    return record_next_pass(record);
}

static const struct derivation derivation_finished = {
    "finished", finished_job_shape, finished_formula, finished_job_stage, finished_job_finish};

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

const struct kind kind_finished = {.job_bytes = sizeof(struct lanekdf_finished),
    .phases = finished_phases,
    .view = finished_view,
    .check = finished_check,
    .fill = finished_fill,
    .begin = finished_begin};
