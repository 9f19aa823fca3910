/* TRAFFIC jobs of TLS 1.3: key updates, and the keys of one traffic secret. RFC 8446 sections 7.2 and 7.3. */
#include "tls13.h"

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
    return hkdf_expand_label(
        f, prf_secret(f, shape, n), tls13_protocol(shape), tls13_protocol(shape)->update, n);
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
        tls13_keys(f, shape, secret, keys, tls13_has_number_key(tls13_protocol(shape), is_updated), false);
    }
}

static const struct derivation derivation_tls13_traffic = {
    .name = "tls13_traffic", .shape = traffic_shape, .formula = traffic_formula};

static const struct derivation *const traffic_phases[] = {
    &derivation_tls13_update, &derivation_tls13_traffic, NULL};

KIND_INLINE void traffic_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_traffic *job = (const struct lanekdf_tls13_traffic *)any;
    const size_t n = hkdf_secret_len(job->hash);
    const bool has_number_key = tls13_has_number_key(protocol_find(job->version), job->n_updates);
    view_add_output(view, VIEW_IF_GIVEN(job->next_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->keys, tls13_block_len(n, job->version, job->key_len, job->iv_len,
                                                       has_number_key, 0)));
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
