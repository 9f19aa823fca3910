/*
 * HASH and HMAC jobs, and the hash that stands for a secret longer than a block. FIPS 180-4, RFC 2104.
 */
#include "digest.h"

#include "kind.h"
#include "prf.h"
#include "route.h"

/* ---- RFC 2104 section 2: a key longer than a block is hashed first ---- */

static bool secret_hash_shape(const struct record *record, struct shape *shape)
{
    const size_t key_len = record->keys[record->pass].len;
    digest_shape(shape, key_len);
    return key_len > shape->hash->block_bytes;
}

/* The hashed secrets of two passes lie one behind the other: the first is that of MD5. */
static size_t hashed_at(const struct shape *shape)
{
    return shape->parts & SHAPE_SECOND_PASS ? hashes[LANEKDF_MD5].digest_bytes : 0;
}

static void secret_hash_formula(struct formula *f, const struct shape *shape)
{
    struct place hashed = IN_RECORD(secrets.hashed, shape->hash->digest_bytes);
    hashed.offset += (uint16_t)hashed_at(shape);
    DIGEST_FORMULA(f, shape, hashed,
        BYTES(shape->parts & SHAPE_SECOND_PASS ? RECORD_SPAN(keys[1], LANEKDF_MAX_SECRET)
                                               : RECORD_SPAN(keys[0], LANEKDF_MAX_SECRET)));
}

static bool secret_hash_next(struct record *record, const struct shape *shape)
{
    record->has_secrets = true;
    record->keys[record->pass] =
        (struct lanekdf_bytes){record->secrets.hashed + hashed_at(shape), shape->hash->digest_bytes};
    return record_next_pass(record);
}

const struct derivation derivation_secret_hash = {.name = "secret_hash",
    .shape = secret_hash_shape,
    .formula = secret_hash_formula,
    .next = secret_hash_next};

/* ---- HASH jobs: out = Hash(message) ---- */

static bool message_hash_shape(const struct record *record, struct shape *shape)
{
    digest_shape(shape, record->message_len);
    return true;
}

static void message_hash_formula(struct formula *f, const struct shape *shape)
{
    DIGEST_FORMULA(f, shape, RECORD_SPAN(to, shape->hash->digest_bytes),
        JOB_ARRAY(struct lanekdf_message_hash, message, n_message));
}

/* The digest of LANEKDF_MD5_SHA1 is that of MD5 and, behind it, that of SHA-1. */
static void message_hash_enter(struct record *record)
{
    const struct lanekdf_span *out = &((const struct lanekdf_message_hash *)record->job)->out;
    const size_t md5_len = record->pass ? record->hashes[0]->digest_bytes : 0,
                 at = md5_len < out->len ? md5_len : out->len;
    record->to = (struct lanekdf_span){out->data + at, out->len - at};
}

static const struct derivation derivation_message_hash = {.name = "message_hash",
    .shape = message_hash_shape,
    .formula = message_hash_formula,
    .enter = message_hash_enter};

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

static bool hmac_shape(const struct record *record, struct shape *shape)
{
    const struct hash *hash = shape->hash;
    shape_set(shape, prf_blocks(hash, record->message_len), 0, 0, prf_secret_parts(record));
    return true;
}

static void hmac_formula(struct formula *f, const struct shape *shape)
{
    const struct formula_key key = prf_secret(f, shape, 0);
    const int message = FORMULA_MESSAGE(f, JOB_ARRAY(struct lanekdf_hmac, message, n_message));
    const formula_value digest = formula_hmac(f, key, formula_input(message, shape->n_blocks));
    formula_deliver(f, &digest, 1, JOB_SPAN(struct lanekdf_hmac, out, shape->hash->digest_bytes));
}

static const struct derivation derivation_hmac = {
    .name = "hmac", .shape = hmac_shape, .formula = hmac_formula};

static const struct derivation *const hmac_phases[] = {&derivation_secret_hash, &derivation_hmac, NULL};

KIND_INLINE void hmac_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    view_add_output(view, hmac->out.data, hmac->out.len);
    view_add_input(view, hmac->key.data, hmac->key.len);
    view_add_input(view, VIEW_IF_GIVEN(hmac->prepared_key, sizeof(*hmac->prepared_key)));
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
    return hmac->prepared_key ? prf_check_secrets(hmac->key.len != 0, hmac->prepared_key, hmac->hash)
                              : LANEKDF_OK; /* an empty key is one */
}

KIND_INLINE void hmac_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    prf_set_secret(record, hmac->key.data, hmac->key.len, hmac->prepared_key);
}

static int hmac_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_hmac *)job)->hash;
    return kind_begin(&kind_hmac, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(hmac, kind_hmac)

#define POINTER(member) KIND_POINTER(lanekdf_hmac, member)
const struct kind kind_hmac = {.job_bytes = sizeof(struct lanekdf_hmac),
    .phases = hmac_phases,
    .view = hmac_view,
    .check = hmac_check,
    .fill = hmac_fill,
    .begin = hmac_begin,
    ROUTE_MEMBERS(hmac),
    .optional = POINTER(prepared_key),
    .buffers = POINTER(key.data) | POINTER(message) | POINTER(out.data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_hmac, prepared_key)},
    .pieces = {KIND_PIECES(lanekdf_hmac, message)}};
#undef POINTER
