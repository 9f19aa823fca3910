/*
 * The derivations of TLS 1.2: the PRF, and a handshake's master secret, key block
 * and Finished. RFC 5246 sections 5, 6.3, 7.4.9 and 8.1; RFC 7627 section 4.
 */
#include "derivation.h"
#include "lane.h"

/* Inputs of the formulas below. */
enum { KEY, SEED, CHAIN, CLIENT_SEED, SERVER_SEED };

/* shape.parts */
enum {
    GOES_ON = 1, /* P_hash begins with the A(i) in CHAIN */
    MORE = 2,    /* P_hash will go on: A(i) is an output */
    CLIENT_FINISHED = 0x10,
    SERVER_FINISHED = 0x20
};

/* ---- P_hash ---- */

/*
 *     A(1) = HMAC_hash(secret, seed), A(i) = HMAC_hash(secret, A(i-1))
 *     P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
 */
static void p_hash(struct program_writer *w, struct program_key secret, const struct shape *shape)
{
    program_value a = shape->parts & GOES_ON ? program_input_state(w, CHAIN)
                                             : program_hmac(w, secret, program_input(SEED, shape->n_blocks));
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        program_output(w, program_hmac(w, secret, program_digest_then(a, SEED, shape->n_digest_blocks)));
        if (i + 1 < shape->n_out_blocks || shape->parts & MORE)
            a = program_hmac(w, secret, program_digest(a));
    }
    if (shape->parts & MORE)
        program_output(w, a);
}

/* As much of P_hash as one phase may compute: a longer output takes several. */
static void p_hash_shape(
    const struct record *record, uint64_t seed_len, uint64_t out_len, struct shape *shape)
{
    const struct hash *hash = record->hash;
    const uint64_t key_blocks = 1;
    shape->n_blocks = shape_blocks(hash_n_blocks(hash, hash->block_bytes + seed_len) - key_blocks);
    shape->n_digest_blocks =
        shape_blocks(hash_n_blocks(hash, hash->block_bytes + hash->digest_bytes + seed_len) - key_blocks);
    const uint64_t wanted = (out_len - record->n_done + hash->digest_bytes - 1) / hash->digest_bytes;
    const uint64_t most = shape->n_digest_blocks > 3 ? 2 : 8; /* keeps programs within PROGRAM_MAX_OPS */
    shape->n_out_blocks = (uint8_t)(wanted < most ? wanted : most);
    shape->parts = (uint8_t)((record->n_done ? GOES_ON : 0) | (wanted > most ? MORE : 0));
}

static void stage_chain(const struct record *record, const struct shape *shape, struct lane *lane)
{
    if (shape->parts & GOES_ON)
        lane_state(lane, CHAIN, record->chain, shape->hash->digest_bytes);
}

/* P_hash's next bytes to `out`, and what the next phase goes on with to the record.
 * Returns 1 if there is one. */
static int p_hash_finish(
    struct record *record, const struct shape *shape, const uint8_t *digests, uint8_t *out, size_t out_len)
{
    const size_t n = (size_t)shape->n_out_blocks * shape->hash->digest_bytes, left = out_len - record->n_done;
    lane_copy(out + record->n_done, digests, n < left ? n : left);
    if (!(shape->parts & MORE))
        return 0;
    record->n_done += (uint32_t)n;
    record->has_secrets = 1;
    memcpy(record->chain, digests + n, shape->hash->digest_bytes);
    return 1;
}

/* ---- PRF(secret, label, seed) = P_hash(secret, label + seed) ---- */

static int prf_shape(const struct record *record, struct shape *shape)
{
    p_hash_shape(record, record->message_len, ((const struct lanekdf_prf *)record->job)->out.len, shape);
    return 1;
}

static void prf_formula(struct program_writer *w, const struct shape *shape)
{
    p_hash(w, program_key_input(KEY), shape);
}

static void prf_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_prf *job = (const struct lanekdf_prf *)record->job;
    lane_key(lane, KEY, record->key, record->key_len);
    lane_begin(lane, SEED);
    lane_put(lane, job->label.data, job->label.len);
    for (size_t i = 0; i < job->n_seed; i++)
        lane_put(lane, job->seed[i].data, job->seed[i].len);
    lane_end(lane);
    stage_chain(record, shape, lane);
}

static int prf_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_prf *job = (const struct lanekdf_prf *)record->job;
    return p_hash_finish(record, shape, digests, job->out.data, job->out.len);
}

const struct derivation derivation_prf = {"prf", prf_shape, prf_formula, prf_stage, prf_finish};

/* ---- the master secret ---- */

/* A label without its terminating zero, and its length. */
#define LABEL(text) (text), (sizeof(text) - 1)
#define LABEL_LEN(text) (sizeof(text) - 1)

static const struct lanekdf_handshake *handshake(const struct record *record)
{
    return (const struct lanekdf_handshake *)record->job;
}

static int master_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake(record);
    if (job->known_master_secret)
        return 0;
    p_hash_shape(record,
        job->session_hash.len ? LABEL_LEN("extended master secret") + job->session_hash.len
                              : LABEL_LEN("master secret") + 2 * LANEKDF_RANDOM_LEN,
        LANEKDF_MASTER_SECRET_LEN, shape);
    return 1;
}

static void master_secret_formula(struct program_writer *w, const struct shape *shape)
{
    p_hash(w, program_key_input(KEY), shape);
}

static void master_secret_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake(record);
    (void)shape;
    lane_key(lane, KEY, record->key, record->key_len);
    lane_begin(lane, SEED);
    if (job->session_hash.len) {
        lane_put(lane, LABEL("extended master secret"));
        lane_put(lane, job->session_hash.data, job->session_hash.len);
    } else {
        lane_put(lane, LABEL("master secret"));
        lane_put(lane, job->client_random, LANEKDF_RANDOM_LEN);
        lane_put(lane, job->server_random, LANEKDF_RANDOM_LEN);
    }
    lane_end(lane);
}

static int master_secret_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake(record);
    (void)shape;
    memcpy(record->secret, digests, LANEKDF_MASTER_SECRET_LEN);
    record->has_secrets = 1;
    record->key = record->secret;
    record->key_len = LANEKDF_MASTER_SECRET_LEN;
    if (job->master_secret)
        memcpy(job->master_secret, digests, LANEKDF_MASTER_SECRET_LEN);
    return 0;
}

const struct derivation derivation_master_secret = {
    "master_secret", master_secret_shape, master_secret_formula, master_secret_stage, master_secret_finish};

/* ---- the key block and both Finished, from the master secret ---- */

static int session_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake(record);
    const size_t len = handshake_key_block_len(job);
    if (len)
        p_hash_shape(record, LABEL_LEN("key expansion") + 2 * LANEKDF_RANDOM_LEN, len, shape);
    if (!record->n_done) { /* with the first part of the key block */
        shape->parts |= job->client_finished_hash.len ? CLIENT_FINISHED : 0;
        shape->parts |= job->server_finished_hash.len ? SERVER_FINISHED : 0;
    }
    return len || shape->parts;
}

static void finished(struct program_writer *w, const struct shape *shape, int seed)
{
    const struct hash *hash = shape->hash;
    const uint64_t seed_len = LABEL_LEN("client finished") + hash->digest_bytes;
    const struct program_key master_secret = program_key_input(KEY);
    const program_value a = program_hmac(w, master_secret,
        program_input(seed, shape_blocks(hash_n_blocks(hash, hash->block_bytes + seed_len) - 1)));
    program_output(w,
        program_hmac(w, master_secret,
            program_digest_then(a, seed,
                shape_blocks(hash_n_blocks(hash, hash->block_bytes + hash->digest_bytes + seed_len) - 1))));
}

static void session_keys_formula(struct program_writer *w, const struct shape *shape)
{
    if (shape->n_out_blocks)
        p_hash(w, program_key_input(KEY), shape);
    if (shape->parts & CLIENT_FINISHED)
        finished(w, shape, CLIENT_SEED);
    if (shape->parts & SERVER_FINISHED)
        finished(w, shape, SERVER_SEED);
}

/* A job that has no such Finished may ride in the lane of a program that does. */
static void stage_finished(
    struct lane *lane, int input, const char *label, const struct lanekdf_bytes *handshake_hash)
{
    static const uint8_t none[HASH_MAX_DIGEST];
    lane_begin(lane, input);
    lane_put(lane, label, LABEL_LEN("client finished"));
    if (handshake_hash->len)
        lane_put(lane, handshake_hash->data, handshake_hash->len);
    else
        lane_put(lane, none, sizeof none);
    lane_end(lane);
}

static void session_keys_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake(record);
    lane_key(lane, KEY, record->key, record->key_len);
    if (shape->n_out_blocks) {
        lane_begin(lane, SEED);
        lane_put(lane, LABEL("key expansion"));
        lane_put(lane, job->server_random, LANEKDF_RANDOM_LEN); /* the server's first, here */
        lane_put(lane, job->client_random, LANEKDF_RANDOM_LEN);
        lane_end(lane);
        stage_chain(record, shape, lane);
    }
    if (shape->parts & CLIENT_FINISHED)
        stage_finished(lane, CLIENT_SEED, "client finished", &job->client_finished_hash);
    if (shape->parts & SERVER_FINISHED)
        stage_finished(lane, SERVER_SEED, "server finished", &job->server_finished_hash);
}

static int session_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake(record);
    const unsigned n = shape->hash->digest_bytes;
    const uint8_t *finished_digest = digests + n * (shape->n_out_blocks + (shape->parts & MORE ? 1u : 0));
    if (shape->parts & CLIENT_FINISHED) {
        if (job->client_finished_hash.len)
            memcpy(job->client_verify_data, finished_digest, LANEKDF_VERIFY_DATA_LEN);
        finished_digest += n;
    }
    if (shape->parts & SERVER_FINISHED && job->server_finished_hash.len)
        memcpy(job->server_verify_data, finished_digest, LANEKDF_VERIFY_DATA_LEN);
    return shape->n_out_blocks &&
           p_hash_finish(record, shape, digests, job->key_block, handshake_key_block_len(job));
}

const struct derivation derivation_session_keys = {
    "session_keys", session_keys_shape, session_keys_formula, session_keys_stage, session_keys_finish};
