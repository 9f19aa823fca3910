/*
 * The PRF of TLS 1.0 to 1.2 (RFC 5246 section 5, RFC 2246 section 5), and the jobs that are one call of it or
 * prepare one: PRF, EXPORTER (RFC 5705) and PREPARE.
 */
#include "prf.h"

#include "digest.h"
#include "kind.h"

/* ---- P_hash ---- */

/*
 *     A(1) = HMAC_hash(secret, seed), A(i) = HMAC_hash(secret, A(i-1))
 *     P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
 */
void prf_formula(struct formula *f, const struct shape *shape)
{
    const struct formula_key secret = prf_secret(shape);
    formula_value a = shape->parts & PRF_GOES_ON
                          ? formula_input_value(f, PRF_CHAIN)
                          : formula_hmac(f, secret, formula_input(PRF_SEED, shape->n_blocks));
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        formula_output(f, formula_hmac(f, secret, formula_digest_then(a, PRF_SEED, shape->n_digest_blocks)));
        if (i + 1 < shape->n_out_blocks || shape->parts & PRF_MORE) {
            a = formula_hmac(f, secret, formula_digest(a));
        }
    }
    if (shape->parts & PRF_MORE) {
        formula_output(f, a);
    }
}

/* PRF and EXPORTER jobs are one call of the PRF each. They differ in how the seed is made of the job. */

static bool one_prf_shape(const struct record *record, struct shape *shape)
{
    prf_shape(record, record->message_len, record->out.len, 0, shape);
    return true;
}

static bool one_prf_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    return prf_finish(record, shape, digests, record->out.data, record->out.len) || record_next_pass(record);
}

/* ---- PRF jobs ---- */

static void prf_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_prf *job = (const struct lanekdf_prf *)record->job;
    lane_begin(lane, PRF_SEED);
    lane_put(lane, job->label.data, job->label.len);
    lane_put_pieces(lane, job->seed, job->n_seed);
    lane_end(lane);
    prf_stage_secret(record, shape, lane);
}

static const struct derivation derivation_prf = {
    "prf", one_prf_shape, prf_formula, prf_stage, one_prf_finish};

static const struct derivation *const prf_phases[] = {&derivation_secret_hash, &derivation_prf, NULL};

KIND_INLINE void prf_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    view_add_output(view, prf->out.data, prf->out.len);
    view_add_input(view, prf->secret.data, prf->secret.len);
    view_add_input(view, VIEW_IF_GIVEN(prf->prepared_secret, sizeof(*prf->prepared_secret)));
    view_add_input(view, prf->label.data, prf->label.len);
    view_add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
    view->head_len = prf->label.len;
}

KIND_INLINE int prf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    (void)hash, (void)legacy;
    if (prf->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->label.len > LANEKDF_MAX_SEED ||
        prf->n_seed > LANEKDF_MAX_PIECES || !kind_is_between(prf->out.len, 1, LANEKDF_MAX_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return prf->prepared_secret ? prf_check_secrets(prf->secret.len != 0, prf->prepared_secret, prf->hash)
                                : LANEKDF_OK; /* an empty secret is one */
}

KIND_INLINE void prf_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    prf_set_secret(record, prf->secret.data, prf->secret.len, prf->prepared_secret);
    record->out = prf->out;
}

static int prf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_prf *)job)->hash;
    return kind_begin(&kind_prf, job, hash, record, legacy);
}

const struct kind kind_prf = {.job_bytes = sizeof(struct lanekdf_prf),
    .phases = prf_phases,
    .view = prf_view,
    .check = prf_check,
    .fill = prf_fill,
    .begin = prf_begin};

/* ---- EXPORTER jobs ---- */

static void exporter_stage(const struct record *record, const struct shape *shape, struct lane *lane)
{
    const struct lanekdf_exporter *job = (const struct lanekdf_exporter *)record->job;
    lane_begin(lane, PRF_SEED);
    lane_put(lane, job->label.data, job->label.len);
    lane_put_randoms(lane, job->client_random, job->server_random);
    if (job->flags & LANEKDF_EXPORTER_HAS_CONTEXT) {
        const uint8_t len[2] = {(uint8_t)(job->context.len >> 8), (uint8_t)job->context.len};
        lane_put(lane, len, sizeof(len));
        lane_put(lane, job->context.data, job->context.len);
    }
    lane_end(lane);
    prf_stage_secret(record, shape, lane);
}

static const struct derivation derivation_exporter = {
    "exporter", one_prf_shape, prf_formula, exporter_stage, one_prf_finish};

static const struct derivation *const exporter_phases[] = {&derivation_exporter, NULL};

KIND_INLINE void exporter_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    const size_t context_len = exporter->flags & LANEKDF_EXPORTER_HAS_CONTEXT ? 2 + exporter->context.len : 0;
    view_add_output(view, exporter->out.data, exporter->out.len);
    view_add_input(view, VIEW_IF_GIVEN(exporter->master_secret, LANEKDF_MASTER_SECRET_LEN));
    view_add_input(view, VIEW_IF_GIVEN(exporter->prepared_secret, sizeof(*exporter->prepared_secret)));
    view_add_input(view, exporter->client_random, LANEKDF_RANDOM_LEN);
    view_add_input(view, exporter->server_random, LANEKDF_RANDOM_LEN);
    view_add_input(view, exporter->label.data, exporter->label.len);
    view_add_input(view, exporter->context.data, exporter->context.len);
    view->head_len = exporter->label.len + 2 * LANEKDF_RANDOM_LEN + context_len;
    view->max_message_len = view->head_len; /* exporter_check() has the bounds of the parts */
}

/* RFC 5705 section 4 and RFC 7627 section 6: the labels that TLS itself uses with a master secret. Labels are
 * not secret, so memcmp() may be used. */
static bool is_label_of_tls(const struct lanekdf_bytes *label)
{
    static const char *const labels[] = {
        "client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    for (unsigned i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
        if (label->len == strlen(labels[i]) && memcmp(label->data, labels[i], label->len) == 0) {
            return true;
        }
    }
    return false;
}

KIND_INLINE int exporter_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    const uint32_t flags = exporter->flags;
    if (!prf_is_hash_of_version(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (flags & ~(uint32_t)(LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET | LANEKDF_EXPORTER_HAS_CONTEXT)) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (!(flags & LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET) && !(legacy & LANEKDF_LEGACY_EXPORTER)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (exporter->context.len && !(flags & LANEKDF_EXPORTER_HAS_CONTEXT)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (!kind_is_between(exporter->label.len, 1, LANEKDF_MAX_SEED) ||
        exporter->context.len > LANEKDF_MAX_CONTEXT ||
        !kind_is_between(exporter->out.len, 1, LANEKDF_MAX_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    if (exporter->label.data && is_label_of_tls(&exporter->label)) {
        return LANEKDF_ERROR_LABEL;
    }
    return prf_check_secrets(exporter->master_secret != NULL, exporter->prepared_secret, exporter->hash);
}

KIND_INLINE void exporter_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    prf_set_secret(record, exporter->master_secret, LANEKDF_MASTER_SECRET_LEN, exporter->prepared_secret);
    record->out = exporter->out;
}

static int exporter_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_exporter *)job)->hash;
    return kind_begin(&kind_exporter, job, hash, record, legacy);
}

const struct kind kind_exporter = {.job_bytes = sizeof(struct lanekdf_exporter),
    .phases = exporter_phases,
    .view = exporter_view,
    .check = exporter_check,
    .fill = exporter_fill,
    .begin = exporter_begin};

/* ---- PREPARE jobs: the hash states after the inner and the outer padded key, of each pass ---- */

static bool prepare_shape(const struct record *record, struct shape *shape)
{
    (void)shape;
    return record->prepared_out != NULL;
}

static void prepare_formula(struct formula *f, const struct shape *shape)
{
    formula_output_prepared(f, prf_secret(shape));
}

static bool prepare_finish(struct record *record, const struct shape *shape, const uint8_t *digests)
{
    struct lanekdf_prepared_secret *prepared = record->prepared_out;
    memcpy(prepared_states(prepared, record->pass), digests, 2 * (size_t)hash_slot_bytes(shape->hash));
    prepared->opaque[0] = prepared_tag(hash_id(record->hashes[0], record->hashes[1]));
    return record_next_pass(record);
}

const struct derivation derivation_prepare = {
    "prepare", prepare_shape, prepare_formula, prf_stage_secret, prepare_finish};

static const struct derivation *const prepare_phases[] = {&derivation_secret_hash, &derivation_prepare, NULL};

KIND_INLINE void prepare_view(const struct lanekdf_job *job, struct view *view)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    view_add_output(view, prepare->prepared, sizeof(*prepare->prepared));
    view_add_input(view, prepare->secret.data, prepare->secret.len);
}

KIND_INLINE int prepare_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    (void)hash, (void)legacy;
    if (prepare->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    return prepare->secret.len > LANEKDF_MAX_SECRET ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

KIND_INLINE void prepare_fill(const struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    record_set_secret(record, prepare->secret.data, prepare->secret.len);
    record->prepared_out = prepare->prepared;
}

static int prepare_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_prepare *)job)->hash;
    return kind_begin(&kind_prepare, job, hash, record, legacy);
}

const struct kind kind_prepare = {.job_bytes = sizeof(struct lanekdf_prepare),
    .phases = prepare_phases,
    .view = prepare_view,
    .check = prepare_check,
    .fill = prepare_fill,
    .begin = prepare_begin};
