/*
 * The derivations of a handshake of TLS 1.0 to 1.2: master secret, key block and
 * Finished, and the final keys of export suites. RFC 5246 sections 6.3, 7.4.9 and 8.1; RFC
 * 7627 section 4; RFC 2246 section 6.3.1.
 */
#include "prf.h"

/* ---- the master secret ---- */

static int master_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    if (job->known_master_secret) {
        return 0;
    }
    prf_shape(record,
        job->session_hash.len ? LABEL_LEN("extended master secret") + job->session_hash.len
                              : LABEL_LEN("master secret") + 2 * LANEKDF_RANDOM_LEN,
        LANEKDF_MASTER_SECRET_LEN, 0, shape);
    return 1;
}

static void master_secret_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = record_handshake(record);
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

static int master_secret_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    (void)shape;
    record->has_secrets = 1;
    prf_deliver(record, record->secrets.master_secret, digests, LANEKDF_MASTER_SECRET_LEN);
    if (record_next_pass(record)) {
        return 1;
    }
    record_set_secret(record, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    if (job->master_secret) {
        memcpy(job->master_secret, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    }
    return 0;
}

const struct derivation derivation_master_secret = {
    "master_secret", master_secret_shape, prf_formula, master_secret_stage, master_secret_finish};

/* ---- the key block and both Finished, from the master secret ---- */

/* shape.parts */
enum { CLIENT_FINISHED = 0x10, SERVER_FINISHED = 0x20 };

/* inputs */
enum { CLIENT_SEED = PRF_OTHER_SEEDS, SERVER_SEED };

/* What a job of either kind wants of this. */
struct session_keys {
    size_t key_block_len;
    struct lanekdf_bytes client_finished_hash, server_finished_hash;
    uint8_t *client_verify_data, *server_verify_data;
};

static inline struct session_keys session_keys_of(const struct record *record)
{
    if (record->job->kind == LANEKDF_KIND_FINISHED) {
        const struct lanekdf_finished *job = (const struct lanekdf_finished *)record->job;
        return (struct session_keys){0, job->client_finished_hash, job->server_finished_hash,
            job->client_verify_data, job->server_verify_data};
    }
    const struct lanekdf_handshake *job = record_handshake(record);
    return (struct session_keys){handshake_key_block_len(job), job->client_finished_hash,
        job->server_finished_hash, job->client_verify_data, job->server_verify_data};
}

static int session_keys_shape(const struct record *record, struct shape *shape)
{
    const struct session_keys job = session_keys_of(record);
    unsigned parts = 0;
    if (!record->n_done) { /* with the first part of the key block */
        parts |= job.client_finished_hash.len ? CLIENT_FINISHED : 0;
        parts |= job.server_finished_hash.len ? SERVER_FINISHED : 0;
    }
    if (job.key_block_len) {
        prf_shape(
            record, LABEL_LEN("key expansion") + 2 * LANEKDF_RANDOM_LEN, job.key_block_len, parts, shape);
    } else {
        shape_set(shape, 0, 0, 0, (uint8_t)(prf_secret_parts(record) | parts));
    }
    return job.key_block_len || parts;
}

static void finished_formula(struct formula *f, const struct shape *shape, int seed)
{
    const struct hash *hash = shape->hash;
    const uint64_t seed_len = LABEL_LEN("client finished") + hash->transcript_bytes;
    const struct formula_key master_secret = prf_secret(shape);
    const formula_value a = formula_hmac(f, master_secret, formula_input(seed, prf_blocks(hash, seed_len)));
    const struct formula_message second =
        formula_digest_then(a, seed, prf_blocks(hash, hash->digest_bytes + seed_len));
    formula_output(f, formula_hmac(f, master_secret, second));
}

static void session_keys_formula(struct formula *f, const struct shape *shape)
{
    if (shape->n_out_blocks) {
        prf_formula(f, shape);
    }
    if (shape->parts & CLIENT_FINISHED) {
        finished_formula(f, shape, CLIENT_SEED);
    }
    if (shape->parts & SERVER_FINISHED) {
        finished_formula(f, shape, SERVER_SEED);
    }
}

/* A job that has no such Finished may ride in the lane of a program that does. */
static void stage_finished(const struct shape *shape, struct lane *lane, int input, const char *label,
    const struct lanekdf_bytes *handshake_hash)
{
    static const uint8_t none[UINT8_MAX];
    lane_begin(lane, input);
    lane_put(lane, label, LABEL_LEN("client finished"));
    if (handshake_hash->len) {
        lane_put(lane, handshake_hash->data, handshake_hash->len);
    } else {
        lane_put(lane, none, shape->hash->transcript_bytes);
    }
    lane_end(lane);
}

static void session_keys_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct session_keys job = session_keys_of(record);
    if (shape->n_out_blocks) {
        lane_begin(lane, PRF_SEED);
        lane_put(lane, LABEL("key expansion"));
        /* the server's first, here */
        lane_put_randoms(
            lane, record_handshake(record)->server_random, record_handshake(record)->client_random);
        lane_end(lane);
    }
    if (shape->parts & CLIENT_FINISHED) {
        stage_finished(shape, lane, CLIENT_SEED, "client finished", &job.client_finished_hash);
    }
    if (shape->parts & SERVER_FINISHED) {
        stage_finished(shape, lane, SERVER_SEED, "server finished", &job.server_finished_hash);
    }
    prf_stage_secret(record, shape, lane);
}

static int session_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct session_keys job = session_keys_of(record);
    const unsigned n = shape->hash->digest_bytes;
    const uint8_t *finished_digest = digests + n * prf_n_outputs(shape);
    if (shape->parts & CLIENT_FINISHED) {
        if (job.client_finished_hash.len) {
            prf_deliver(record, job.client_verify_data, finished_digest, LANEKDF_VERIFY_DATA_LEN);
        }
        finished_digest += n;
    }
    if (shape->parts & SERVER_FINISHED && job.server_finished_hash.len) {
        prf_deliver(record, job.server_verify_data, finished_digest, LANEKDF_VERIFY_DATA_LEN);
    }
    if (shape->n_out_blocks &&
        prf_finish(record, shape, digests, record_handshake(record)->key_block, job.key_block_len)) {
        return 1;
    }
    return record_next_pass(record);
}

const struct derivation derivation_session_keys = {
    "session_keys", session_keys_shape, session_keys_formula, session_keys_stage, session_keys_finish};

/* ---- export suites: the final write keys, from the short ones, and the IV block ---- */

/* inputs; the secret of the IV block is empty */
enum { CLIENT_KEY, SERVER_KEY, CLIENT_LABEL, SERVER_LABEL, IV_LABEL };

static int final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    const unsigned digest = shape->hash->digest_bytes;
    shape->n_out_blocks = (uint8_t)((2u * job->fixed_iv_len + digest - 1) / digest);
    return job->final_key_len != 0;
}

/* A label and two randoms under a key of at most a block. */
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
    const struct lanekdf_handshake *job = record_handshake(record);
    const uint8_t *client_write_key = job->key_block + 2 * (size_t)job->mac_key_len;
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

static int final_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    const unsigned n = shape->hash->digest_bytes;
    uint8_t *to = job->final_keys;
    prf_deliver(record, to, digests, job->final_key_len);
    prf_deliver(record, to + job->final_key_len, digests + n, job->final_key_len);
    prf_deliver(record, to + 2 * (size_t)job->final_key_len, digests + 2 * n, 2 * (size_t)job->fixed_iv_len);
    return record_next_pass(record);
}

const struct derivation derivation_final_keys = {
    "final_keys", final_keys_shape, final_keys_formula, final_keys_stage, final_keys_finish};
