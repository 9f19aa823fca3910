/*
 * HASH and HMAC jobs, and the hash that stands for a secret longer than a block. FIPS 180-4, RFC 2104.
 */
#include "digest.h"

#include "kind.h"
#include "lane.h"

void digest_formula(struct formula *f, const struct shape *shape)
{
    formula_output(f, formula_hash(f, formula_input(DIGEST_MESSAGE, shape->n_blocks)));
}

/* ---- RFC 2104 section 2: a key longer than a block is hashed first ---- */

static bool secret_hash_shape(const struct record *record, struct shape *shape)
{
    const size_t key_len = record->keys[record->pass].len;
    digest_shape(shape, key_len);
    return key_len > shape->hash->block_bytes;
}

static void secret_hash_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    (void)shape;
    lane_begin(lane, DIGEST_MESSAGE);
    lane_put_pieces(lane, &record->keys[record->pass], 1);
    lane_end(lane);
}

static bool secret_hash_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    uint8_t *hashed = record->secrets.hashed + (record->pass ? record->hashes[0]->digest_bytes : 0);
    memcpy(hashed, digests, shape->hash->digest_bytes);
    record->has_secrets = true;
    record->keys[record->pass] = (struct lanekdf_bytes){hashed, shape->hash->digest_bytes};
    return record_next_pass(record);
}

const struct derivation derivation_secret_hash = {
    "secret_hash", secret_hash_shape, digest_formula, secret_hash_stage, secret_hash_finish};

/* ---- HASH jobs: out = Hash(message) ---- */

static bool message_hash_shape(const struct record *record, struct shape *shape)
{
    digest_shape(shape, record->message_len);
    return true;
}

static void message_hash_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_message_hash *job = (const struct lanekdf_message_hash *)record->job;
    (void)shape;
    lane_begin(lane, DIGEST_MESSAGE);
    lane_put_pieces(lane, job->message, job->n_message);
    lane_end(lane);
}

/* The digest of LANEKDF_MD5_SHA1 is that of MD5 and, behind it, that of SHA-1. */
static bool message_hash_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_message_hash *job = (const struct lanekdf_message_hash *)record->job;
    const size_t at = record->pass ? record->hashes[0]->digest_bytes : 0, n = shape->hash->digest_bytes;
    if (job->out.len > at) {
        memcpy(job->out.data + at, digests, job->out.len - at < n ? job->out.len - at : n);
    }
    return record_next_pass(record);
}

static const struct derivation derivation_message_hash = {
    "message_hash", message_hash_shape, digest_formula, message_hash_stage, message_hash_finish};

static const struct derivation *const message_hash_phases[] = {&derivation_message_hash, NULL};

KIND_INLINE void message_hash_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_message_hash *hash = (const struct lanekdf_message_hash *)job;
    view_add_output(view, hash->out.data, hash->out.len);
    view_add_pieces(view, hash->message, hash->n_message, DIGEST_MAX_MESSAGE);
}

KIND_INLINE int message_hash_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_message_hash *m = (const struct lanekdf_message_hash *)job;
    (void)legacy;
    if (m->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (m->n_message > LANEKDF_MAX_PIECES || !kind_is_between(m->out.len, 1, hash->digest_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

static int message_hash_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_message_hash *)job)->hash;
    return kind_begin(&kind_message_hash, job, hash, record, legacy);
}

const struct kind kind_message_hash = {.job_bytes = sizeof(struct lanekdf_message_hash),
    .phases = message_hash_phases,
    .view = message_hash_view,
    .check = message_hash_check,
    .begin = message_hash_begin};

/* ---- HMAC jobs: out = HMAC_hash(key, message) ---- */

enum { HMAC_KEY, HMAC_MESSAGE }; /* inputs */

static bool hmac_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = shape->hash;
    shape->n_blocks = shape_blocks(hash_n_blocks(hash, hash->block_bytes + record->message_len) - 1);
    return true;
}

static void hmac_formula(struct formula *f, const struct shape *shape)
{
    formula_output(
        f, formula_hmac(f, formula_key_input(HMAC_KEY), formula_input(HMAC_MESSAGE, shape->n_blocks)));
}

static void hmac_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_hmac *job = (const struct lanekdf_hmac *)record->job;
    (void)shape;
    lane_key(lane, HMAC_KEY, record->keys[0].data, record->keys[0].len);
    lane_begin(lane, HMAC_MESSAGE);
    lane_put_pieces(lane, job->message, job->n_message);
    lane_end(lane);
}

static bool hmac_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    const struct lanekdf_hmac *job = (const struct lanekdf_hmac *)record->job;
    (void)shape;
    lane_copy(job->out.data, digests, job->out.len);
    return false;
}

static const struct derivation derivation_hmac = {"hmac", hmac_shape, hmac_formula, hmac_stage, hmac_finish};

static const struct derivation *const hmac_phases[] = {&derivation_secret_hash, &derivation_hmac, NULL};

KIND_INLINE void hmac_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    view_add_output(view, hmac->out.data, hmac->out.len);
    view_add_input(view, hmac->key.data, hmac->key.len);
    view_add_pieces(view, hmac->message, hmac->n_message, DIGEST_MAX_MESSAGE);
}

KIND_INLINE int hmac_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    (void)legacy;
    if (hash->components[0]) { /* there is no HMAC of MD5 and SHA-1 together */
        return LANEKDF_ERROR_HASH;
    }
    if (hmac->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (hmac->key.len > LANEKDF_MAX_SECRET || hmac->n_message > LANEKDF_MAX_PIECES ||
        !kind_is_between(hmac->out.len, 1, hash->digest_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

KIND_INLINE void hmac_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    record_set_secret(record, hmac->key.data, hmac->key.len);
}

static int hmac_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_hmac *)job)->hash;
    return kind_begin(&kind_hmac, job, hash, record, legacy);
}

const struct kind kind_hmac = {.job_bytes = sizeof(struct lanekdf_hmac),
    .phases = hmac_phases,
    .view = hmac_view,
    .check = hmac_check,
    .fill = hmac_fill,
    .begin = hmac_begin};
