/*
 * SSLv3, RFC 6101: SSL3_PRF jobs (sections 6.1 and 6.2.2), SSL3_FINISHED jobs (section 5.6.9) and the phases
 * of a HANDSHAKE of that version, with the final keys of its export suites (section 6.2.2.1).
 *
 * Nothing of SSLv3 is HMAC: everything is a message hashed once with MD5 or SHA-1. So each phase here runs
 * several times, a step each time, and a step hashes one message. record->n_done counts the steps, which come
 * in pairs: an inner hash, which goes to secrets.chain, and an outer hash over it. The derivations choose the
 * hash of each step themselves.
 */
#include "digest.h"
#include "handshake.h"
#include "kind.h"
#include "lane.h"

static const struct hash *const md5 = &hashes[LANEKDF_MD5], *const sha1 = &hashes[LANEKDF_SHA1];

static void set_hash_and_shape(struct shape *shape, const struct hash *hash, uint64_t message_len)
{
    shape->hash = hash;
    digest_shape(shape, message_len);
}

static bool is_outer(const struct record *record)
{
    return record->n_done % 2;
}

static void put_secret(const struct record *record, struct lane *lane)
{
    lane_put(lane, record->keys[0].data, record->keys[0].len);
}

/* Leaves an inner hash to the step of the outer one. */
static void keep_inner(struct record *record, const struct hash *hash, const uint8_t *digest)
{
    record->has_secrets = true;
    memcpy(record->secrets.chain, digest, hash->digest_bytes);
}

/* ---- the PRF: for each 16 bytes of output MD5(secret + SHA(letters + secret + seed)) ---- */

_Static_assert(LANEKDF_MAX_SSL3_OUT / 16 == 26, "the last block has the last letter of the alphabet");

/* The block of output that the step is for. */
static unsigned block_of(const struct record *record)
{
    return record->n_done / 2;
}

static void ssl3_set_shape(const struct record *record, uint64_t seed_len, struct shape *shape)
{
    const uint64_t n_letters = block_of(record) + 1, secret_len = record->keys[0].len;
    if (is_outer(record)) {
        set_hash_and_shape(shape, md5, secret_len + sha1->digest_bytes);
    } else {
        set_hash_and_shape(shape, sha1, n_letters + secret_len + seed_len);
    }
}

/* Block i of the output has i + 1 letters: "A", "BB" and so on, to 26 times 'Z'. */
static void put_letters(const struct record *record, struct lane *lane)
{
    const uint8_t letter = (uint8_t)('A' + block_of(record));
    for (unsigned i = 0; i <= block_of(record); i++) {
        lane_put(lane, &letter, sizeof(letter));
    }
}

/* Begins a message. Returns true if it is that of an inner hash, which still lacks the seed. */
static bool ssl3_stage_head(const struct record *record, struct lane *lane)
{
    lane_begin(lane, DIGEST_MESSAGE);
    if (is_outer(record)) {
        put_secret(record, lane);
        lane_put(lane, record->secrets.chain, sha1->digest_bytes);
        return false;
    }
    put_letters(record, lane);
    put_secret(record, lane);
    return true;
}

/* Takes the digest of a step. Returns true as long as there are steps left for out_len bytes of output. */
static bool ssl3_next_step(struct record *record, const uint8_t *digest, uint8_t *out, size_t out_len)
{
    const size_t at = (size_t)block_of(record) * md5->digest_bytes, left = out_len - at;
    const bool was_outer = is_outer(record);
    record->n_done++;
    if (!was_outer) {
        keep_inner(record, sha1, digest);
        return true;
    }
    memcpy(out + at, digest, left < md5->digest_bytes ? left : md5->digest_bytes);
    if (left > md5->digest_bytes) {
        return true;
    }
    record->n_done = 0;
    return false;
}

/* ---- SSL3_PRF jobs ---- */

static bool ssl3_prf_shape(const struct record *record, struct shape *shape)
{
    ssl3_set_shape(record, record->message_len, shape);
    return true;
}

static void ssl3_prf_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_ssl3_prf *job = (const struct lanekdf_ssl3_prf *)record->job;
    (void)shape;
    if (ssl3_stage_head(record, lane)) {
        lane_put_pieces(lane, job->seed, job->n_seed);
    }
    lane_end(lane);
}

static bool ssl3_prf_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    (void)shape;
    return ssl3_next_step(record, digests, record->out.data, record->out.len);
}

static const struct derivation derivation_ssl3_prf = {
    "ssl3_prf", ssl3_prf_shape, digest_formula, ssl3_prf_stage, ssl3_prf_finish};

static const struct derivation *const ssl3_prf_phases[] = {&derivation_ssl3_prf, NULL};

KIND_INLINE void ssl3_prf_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    view_add_output(view, prf->out.data, prf->out.len);
    view_add_input(view, prf->secret.data, prf->secret.len);
    view_add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
}

KIND_INLINE int ssl3_prf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (prf->reserved[0] || prf->reserved[1]) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->n_seed > LANEKDF_MAX_PIECES ||
        !kind_is_between(prf->out.len, 1, LANEKDF_MAX_SSL3_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

KIND_INLINE void ssl3_prf_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    record_set_secret(record, prf->secret.data, prf->secret.len);
    record->out = prf->out;
}

static int ssl3_prf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    return kind_begin(&kind_ssl3_prf, job, LANEKDF_MD5, record, legacy);
}

const struct kind kind_ssl3_prf = {.job_bytes = sizeof(struct lanekdf_ssl3_prf),
    .phases = ssl3_prf_phases,
    .view = ssl3_prf_view,
    .check = ssl3_prf_check,
    .fill = ssl3_prf_fill,
    .begin = ssl3_prf_begin};

/* ---- HANDSHAKE jobs: the master secret and the key block ---- */

static bool ssl3_master_secret_shape(const struct record *record, struct shape *shape)
{
    if (handshake_of(record)->known_master_secret) {
        return false;
    }
    ssl3_set_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return true;
}

static void ssl3_master_secret_stage(
    const struct record *record, const struct shape *shape, struct lane *lane)
{
    (void)shape;
    if (ssl3_stage_head(record, lane)) {
        lane_put_randoms(lane, handshake_of(record)->client_random, handshake_of(record)->server_random);
    }
    lane_end(lane);
}

static bool ssl3_master_secret_finish(
    struct record *record, const struct shape *shape, const uint8_t *digests)
{
    (void)shape;
    if (ssl3_next_step(record, digests, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN)) {
        return true;
    }
    handshake_take_master_secret(record);
    return false;
}

static const struct derivation derivation_ssl3_master_secret = {"ssl3_master_secret",
    ssl3_master_secret_shape, digest_formula, ssl3_master_secret_stage, ssl3_master_secret_finish};

static bool ssl3_key_block_shape(const struct record *record, struct shape *shape)
{
    ssl3_set_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return handshake_key_block_len(handshake_of(record)) != 0;
}

static void ssl3_key_block_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    (void)shape;
    if (ssl3_stage_head(record, lane)) { /* the server's random comes first here */
        lane_put_randoms(lane, handshake_of(record)->server_random, handshake_of(record)->client_random);
    }
    lane_end(lane);
}

static bool ssl3_key_block_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    (void)shape;
    return ssl3_next_step(record, digests, job->key_block, handshake_key_block_len(job));
}

static const struct derivation derivation_ssl3_key_block = {
    "ssl3_key_block", ssl3_key_block_shape, digest_formula, ssl3_key_block_stage, ssl3_key_block_finish};

/* ---- export suites: MD5(key + own random + other random), and the same without a key for the IVs ---- */

/* These steps have no inner hash. record->n_done counts final_client_write_key, final_server_write_key,
 * client_write_IV, server_write_IV. */
enum { FINAL_KEYS = 2, FINAL_IVS = 4 };

static bool ssl3_final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const size_t key_len = record->n_done < FINAL_KEYS ? job->enc_key_len : 0;
    set_hash_and_shape(shape, md5, key_len + 2 * LANEKDF_RANDOM_LEN);
    return job->final_key_len != 0;
}

static void ssl3_final_keys_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const bool is_server = record->n_done % 2;
    (void)shape;
    lane_begin(lane, DIGEST_MESSAGE);
    if (record->n_done < FINAL_KEYS) {
        lane_put(
            lane, handshake_client_write_key(job) + (is_server ? job->enc_key_len : 0), job->enc_key_len);
    }
    if (is_server) {
        lane_put_randoms(lane, job->server_random, job->client_random);
    } else {
        lane_put_randoms(lane, job->client_random, job->server_random);
    }
    lane_end(lane);
}

static bool ssl3_final_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = handshake_of(record);
    const size_t n = record->n_done % 2;
    (void)shape;
    if (record->n_done < FINAL_KEYS) {
        memcpy(job->final_keys + n * job->final_key_len, digests, job->final_key_len);
    } else {
        memcpy(job->final_keys + 2 * job->final_key_len + n * job->fixed_iv_len, digests, job->fixed_iv_len);
    }
    record->n_done++;
    if (record->n_done < (job->fixed_iv_len ? FINAL_IVS : FINAL_KEYS)) {
        return true;
    }
    record->n_done = 0;
    return false;
}

static const struct derivation derivation_ssl3_final_keys = {
    "ssl3_final_keys", ssl3_final_keys_shape, digest_formula, ssl3_final_keys_stage, ssl3_final_keys_finish};

static const struct derivation *const ssl3_handshake_phases[] = {
    &derivation_ssl3_master_secret, &derivation_ssl3_key_block, &derivation_ssl3_final_keys, NULL};

int ssl3_check_handshake(const struct lanekdf_handshake *job)
{
    if (job->session_hash.len || job->client_finished_hash.len || job->server_finished_hash.len ||
        job->prepared_master_secret) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return handshake_key_block_len(job) > LANEKDF_MAX_SSL3_OUT ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

/* With one hash in the record a phase has one pass, and the secret is not halved. */
void ssl3_begin_handshake(struct record *record)
{
    record->phases = ssl3_handshake_phases;
    record->hashes[1] = NULL;
}

/* ---- SSL3_FINISHED jobs: an inner and an outer hash with MD5, then the same with SHA-1 ---- */

/* The bytes of pad_1 and pad_2 in RFC 6101, and the length of the longer pad. */
enum { PAD_1 = 0x36, PAD_2 = 0x5c, MAX_PAD = 48, N_FINISHED_STEPS = 4 };

static const struct hash *finished_hash(const struct record *record)
{
    return record->n_done < 2 ? md5 : sha1;
}

/* Bytes of a pad: as many as RFC 6101 has, which fill a block up with MD5 and nearly so with SHA-1. */
static size_t pad_len(const struct record *record)
{
    return finished_hash(record) == md5 ? 48 : 40;
}

static bool ssl3_finished_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = finished_hash(record);
    const uint64_t rest = is_outer(record) ? hash->digest_bytes : record->message_len + 4;
    set_hash_and_shape(shape, hash, rest + LANEKDF_MASTER_SECRET_LEN + pad_len(record));
    return true;
}

static void put_secret_and_pad(const struct record *record, struct lane *lane, uint8_t byte)
{
    uint8_t pad[MAX_PAD];
    memset(pad, byte, sizeof(pad));
    put_secret(record, lane);
    lane_put(lane, pad, pad_len(record));
}

static void ssl3_finished_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_ssl3_finished *job = (const struct lanekdf_ssl3_finished *)record->job;
    lane_begin(lane, DIGEST_MESSAGE);
    if (is_outer(record)) {
        put_secret_and_pad(record, lane, PAD_2);
        lane_put(lane, record->secrets.chain, shape->hash->digest_bytes);
    } else {
        lane_put_pieces(lane, job->handshake_messages, job->n_handshake_messages);
        lane_put(lane, job->sender == LANEKDF_SERVER ? "SRVR" : "CLNT", 4);
        put_secret_and_pad(record, lane, PAD_1);
    }
    lane_end(lane);
}

static bool ssl3_finished_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_ssl3_finished *job = (const struct lanekdf_ssl3_finished *)record->job;
    if (is_outer(record)) {
        memcpy(job->out + (shape->hash == md5 ? 0 : md5->digest_bytes), digests, shape->hash->digest_bytes);
    } else {
        keep_inner(record, shape->hash, digests);
    }
    return ++record->n_done < N_FINISHED_STEPS;
}

static const struct derivation derivation_ssl3_finished = {
    "ssl3_finished", ssl3_finished_shape, digest_formula, ssl3_finished_stage, ssl3_finished_finish};

static const struct derivation *const ssl3_finished_phases[] = {&derivation_ssl3_finished, NULL};

KIND_INLINE void ssl3_finished_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    view_add_output(view, finished->out, LANEKDF_SSL3_FINISHED_LEN);
    view_add_input(view, finished->master_secret, LANEKDF_MASTER_SECRET_LEN);
    view_add_pieces(view, finished->handshake_messages, finished->n_handshake_messages, DIGEST_MAX_MESSAGE);
}

KIND_INLINE int ssl3_finished_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (finished->reserved || finished->sender > LANEKDF_SERVER) {
        return LANEKDF_ERROR_RESERVED;
    }
    return finished->n_handshake_messages > LANEKDF_MAX_PIECES ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

KIND_INLINE void ssl3_finished_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    record_set_secret(record, finished->master_secret, LANEKDF_MASTER_SECRET_LEN);
}

static int ssl3_finished_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    return kind_begin(&kind_ssl3_finished, job, LANEKDF_MD5, record, legacy);
}

const struct kind kind_ssl3_finished = {.job_bytes = sizeof(struct lanekdf_ssl3_finished),
    .phases = ssl3_finished_phases,
    .view = ssl3_finished_view,
    .check = ssl3_finished_check,
    .fill = ssl3_finished_fill,
    .begin = ssl3_finished_begin};
