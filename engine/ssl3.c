/*
 * The derivations of SSLv3, RFC 6101: its PRF (sections 6.1 and 6.2.2), the final keys of
 * its export suites (section 6.2.2.1) and its Finished (section 5.6.9). Nothing here is
 * HMAC: all are messages hashed once with MD5 or SHA-1, and a phase hashes one of them.
 */
#include "derivation.h"
#include "lane.h"

enum { MESSAGE };

static const struct hash *const md5 = &hashes[LANEKDF_MD5], *const sha1 = &hashes[LANEKDF_SHA1];

static void hash_formula(struct formula *f, const struct shape *shape)
{
    formula_output(f, formula_hash(f, formula_input(MESSAGE, shape->n_blocks)));
}

static void set_shape(struct shape *shape, const struct hash *hash, uint64_t len)
{
    shape->hash = hash;
    shape->n_blocks = shape_blocks(hash_n_blocks(hash, len));
}

/* ---- the PRF: for each 16 bytes MD5(secret + SHA(letters + secret + seed)) ---- */

/* Where n_done stands: step 2i is the SHA of block i, step 2i + 1 its MD5. */
static unsigned block_of(const struct record *record)
{
    return record->n_done / 2;
}

static int is_sha(const struct record *record)
{
    return record->n_done % 2 == 0;
}

static void prf_shape(const struct record *record, uint64_t seed_len, struct shape *shape)
{
    const uint64_t letters = block_of(record) + 1, secret_len = record->keys[0].len;
    if (is_sha(record)) {
        set_shape(shape, sha1, letters + secret_len + seed_len);
    } else {
        set_shape(shape, md5, secret_len + sha1->digest_bytes);
    }
}

static void put_secret(const struct record *record, struct lane *lane)
{
    lane_put(lane, record->keys[0].data, record->keys[0].len);
}

/* The head of a message, up to the seed; returns whether there is one. */
static int stage_head(const struct record *record, struct lane *lane)
{
    lane_begin(lane, MESSAGE);
    if (!is_sha(record)) {
        put_secret(record, lane);
        lane_put(lane, record->secrets.chain, sha1->digest_bytes);
        return 0;
    }
    uint8_t letters[UINT8_MAX];
    memset(letters, 'A' + (int)block_of(record), sizeof(letters));
    lane_put(lane, letters, block_of(record) + 1);
    put_secret(record, lane);
    return 1;
}

/* Returns 1 as long as there are blocks of out_len bytes left. */
static int prf_finish(struct record *record, const uint8_t *digest, uint8_t *out, size_t out_len)
{
    const size_t at = (size_t)block_of(record) * md5->digest_bytes, left = out_len - at;
    const int was_sha = is_sha(record);
    record->n_done++;
    if (was_sha) {
        record->has_secrets = 1;
        memcpy(record->secrets.chain, digest, sha1->digest_bytes);
        return 1;
    }
    memcpy(out + at, digest, left < md5->digest_bytes ? left : md5->digest_bytes);
    if (left > md5->digest_bytes) {
        return 1;
    }
    record->n_done = 0;
    return 0;
}

/* SSL3_PRF jobs */

static int ssl3_prf_shape(const struct record *record, struct shape *shape)
{
    prf_shape(record, record->message_len, shape);
    return 1;
}

static void ssl3_prf_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_ssl3_prf *job = (const struct lanekdf_ssl3_prf *)record->job;
    (void)shape;
    if (stage_head(record, lane)) {
        for (size_t i = 0; i < job->n_seed; i++) {
            lane_put(lane, job->seed[i].data, job->seed[i].len);
        }
    }
    lane_end(lane);
}

static int ssl3_prf_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    (void)shape;
    return prf_finish(record, digests, record->out.data, record->out.len);
}

const struct derivation derivation_ssl3_prf = {
    "ssl3_prf", ssl3_prf_shape, hash_formula, ssl3_prf_stage, ssl3_prf_finish};

/* ---- handshakes ---- */

static int master_secret_shape(const struct record *record, struct shape *shape)
{
    if (record_handshake(record)->known_master_secret) {
        return 0;
    }
    prf_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return 1;
}

static void master_secret_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    (void)shape;
    if (stage_head(record, lane)) {
        lane_put_randoms(
            lane, record_handshake(record)->client_random, record_handshake(record)->server_random);
    }
    lane_end(lane);
}

static int master_secret_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    (void)shape;
    if (prf_finish(record, digests, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN)) {
        return 1;
    }
    record_set_secret(record, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    if (job->master_secret) {
        memcpy(job->master_secret, record->secrets.master_secret, LANEKDF_MASTER_SECRET_LEN);
    }
    return 0;
}

const struct derivation derivation_ssl3_master_secret = {
    "ssl3_master_secret", master_secret_shape, hash_formula, master_secret_stage, master_secret_finish};

static int key_block_shape(const struct record *record, struct shape *shape)
{
    prf_shape(record, 2 * LANEKDF_RANDOM_LEN, shape);
    return handshake_key_block_len(record_handshake(record)) != 0;
}

static void key_block_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    (void)shape;
    if (stage_head(record, lane)) { /* the server's first, here */
        lane_put_randoms(
            lane, record_handshake(record)->server_random, record_handshake(record)->client_random);
    }
    lane_end(lane);
}

static int key_block_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    (void)shape;
    return prf_finish(record, digests, job->key_block, handshake_key_block_len(job));
}

const struct derivation derivation_ssl3_key_block = {
    "ssl3_key_block", key_block_shape, hash_formula, key_block_stage, key_block_finish};

/* ---- export suites: MD5(key + randoms), the own random first; of no key for the IVs ---- */

/* n_done: final_client_write_key, final_server_write_key, client_write_IV, server_write_IV */
enum { FINAL_KEYS = 2, FINAL_IVS = 4 };

static int final_keys_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    const size_t key_len = record->n_done < FINAL_KEYS ? job->enc_key_len : 0;
    set_shape(shape, md5, key_len + 2 * LANEKDF_RANDOM_LEN);
    return job->final_key_len != 0;
}

static void final_keys_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    const int is_server = record->n_done % 2;
    (void)shape;
    lane_begin(lane, MESSAGE);
    if (record->n_done < FINAL_KEYS) {
        lane_put(lane, job->key_block + 2 * job->mac_key_len + (is_server ? job->enc_key_len : 0),
            job->enc_key_len);
    }
    if (is_server) {
        lane_put_randoms(lane, job->server_random, job->client_random);
    } else {
        lane_put_randoms(lane, job->client_random, job->server_random);
    }
    lane_end(lane);
}

static int final_keys_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_handshake *job = record_handshake(record);
    const size_t n = record->n_done % 2;
    (void)shape;
    if (record->n_done < FINAL_KEYS) {
        memcpy(job->final_keys + n * job->final_key_len, digests, job->final_key_len);
    } else {
        memcpy(job->final_keys + 2 * job->final_key_len + n * job->fixed_iv_len, digests, job->fixed_iv_len);
    }
    record->n_done++;
    if (record->n_done < (job->fixed_iv_len ? FINAL_IVS : FINAL_KEYS)) {
        return 1;
    }
    record->n_done = 0;
    return 0;
}

const struct derivation derivation_ssl3_final_keys = {
    "ssl3_final_keys", final_keys_shape, hash_formula, final_keys_stage, final_keys_finish};

/* ---- Finished: an inner and an outer hash with MD5, then with SHA ---- */

enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c, MAX_PAD = 48 };

static const struct hash *finished_hash(const struct record *record)
{
    return record->n_done < 2 ? md5 : sha1;
}

static int is_outer(const struct record *record)
{
    return record->n_done % 2;
}

/* Secret and pad fill up to whole blocks, more or less: 96 bytes, or 88. */
static size_t pad_len(const struct record *record)
{
    return finished_hash(record) == md5 ? 48 : 40;
}

static int ssl3_finished_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = finished_hash(record);
    const uint64_t head = is_outer(record) ? hash->digest_bytes : record->message_len + 4;
    set_shape(shape, hash, head + LANEKDF_MASTER_SECRET_LEN + pad_len(record));
    return 1;
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
    lane_begin(lane, MESSAGE);
    if (is_outer(record)) {
        put_secret_and_pad(record, lane, OUTER_PAD);
        lane_put(lane, record->secrets.chain, shape->hash->digest_bytes);
    } else {
        for (size_t i = 0; i < job->n_handshake_messages; i++) {
            lane_put(lane, job->handshake_messages[i].data, job->handshake_messages[i].len);
        }
        lane_put(lane, job->sender ? "SRVR" : "CLNT", 4);
        put_secret_and_pad(record, lane, INNER_PAD);
    }
    lane_end(lane);
}

static int ssl3_finished_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_ssl3_finished *job = (const struct lanekdf_ssl3_finished *)record->job;
    if (is_outer(record)) {
        memcpy(job->out + (shape->hash == md5 ? 0 : md5->digest_bytes), digests, shape->hash->digest_bytes);
    } else {
        record->has_secrets = 1;
        memcpy(record->secrets.chain, digests, shape->hash->digest_bytes);
    }
    return ++record->n_done < 4;
}

const struct derivation derivation_ssl3_finished = {
    "ssl3_finished", ssl3_finished_shape, hash_formula, ssl3_finished_stage, ssl3_finished_finish};
