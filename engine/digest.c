/*
 * The derivations of plain hashing: HASH and HMAC jobs, and the hash that stands for
 * a secret longer than a block. FIPS 180-4, RFC 2104.
 */
#include "derivation.h"
#include "lane.h"

enum { KEY, MESSAGE };

/* ---- RFC 2104 section 2: a key longer than a block is hashed first ---- */

static int secret_hash_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = record_hash(record);
    const size_t key_len = record->keys[record->pass].len;
    if (key_len <= hash->block_bytes) {
        return 0;
    }
    shape->n_blocks = shape_blocks(hash_n_blocks(hash, key_len));
    return 1;
}

static void hash_formula(struct formula *f, const struct shape *shape)
{
    formula_output(f, formula_hash(f, formula_input(MESSAGE, shape->n_blocks)));
}

static void secret_hash_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_bytes *key = &record->keys[record->pass];
    (void)shape;
    lane_begin(lane, MESSAGE);
    lane_put(lane, key->data, key->len);
    lane_end(lane);
}

static int secret_hash_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    uint8_t *hashed = record->secrets.hashed + (record->pass ? record->hashes[0]->digest_bytes : 0);
    memcpy(hashed, digests, shape->hash->digest_bytes);
    record->has_secrets = 1;
    record->keys[record->pass] = (struct lanekdf_bytes){hashed, shape->hash->digest_bytes};
    return record_next_pass(record);
}

const struct derivation derivation_secret_hash = {
    "secret_hash", secret_hash_shape, hash_formula, secret_hash_stage, secret_hash_finish};

/* ---- HASH jobs: out = Hash(message) ---- */

static void put_pieces(struct lane *lane, const struct lanekdf_bytes *pieces, size_t n_pieces)
{
    lane_begin(lane, MESSAGE);
    for (size_t i = 0; i < n_pieces; i++) {
        lane_put(lane, pieces[i].data, pieces[i].len);
    }
    lane_end(lane);
}

static int message_hash_shape(const struct record *record, struct shape *shape)
{
    shape->n_blocks = shape_blocks(hash_n_blocks(record_hash(record), record->message_len));
    return 1;
}

static void message_hash_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_message_hash *job = (const struct lanekdf_message_hash *)record->job;
    (void)shape;
    put_pieces(lane, job->message, job->n_message);
}

/* MD5 and SHA-1 lie one after the other. */
static int message_hash_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_message_hash *job = (const struct lanekdf_message_hash *)record->job;
    const size_t at = record->pass ? record->hashes[0]->digest_bytes : 0, n = shape->hash->digest_bytes;
    if (job->out.len > at) {
        memcpy(job->out.data + at, digests, job->out.len - at < n ? job->out.len - at : n);
    }
    return record_next_pass(record);
}

const struct derivation derivation_message_hash = {
    "message_hash", message_hash_shape, hash_formula, message_hash_stage, message_hash_finish};

/* ---- HMAC jobs: out = HMAC_hash(key, message) ---- */

static int hmac_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = record_hash(record);
    shape->n_blocks = shape_blocks(hash_n_blocks(hash, hash->block_bytes + record->message_len) - 1);
    return 1;
}

static void hmac_formula(struct formula *f, const struct shape *shape)
{
    formula_output(f, formula_hmac(f, formula_key_input(KEY), formula_input(MESSAGE, shape->n_blocks)));
}

static void hmac_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_hmac *job = (const struct lanekdf_hmac *)record->job;
    (void)shape;
    lane_key(lane, KEY, record->keys[0].data, record->keys[0].len);
    put_pieces(lane, job->message, job->n_message);
}

static int hmac_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_hmac *job = (const struct lanekdf_hmac *)record->job;
    (void)shape;
    lane_copy(job->out.data, digests, job->out.len);
    return 0;
}

const struct derivation derivation_hmac = {"hmac", hmac_shape, hmac_formula, hmac_stage, hmac_finish};
