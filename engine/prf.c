/*
 * The PRF of TLS 1.0 to 1.2 (RFC 5246 section 5, RFC 2246 section 5), and the jobs that are one call of it or
 * prepare one: PRF, EXPORTER (RFC 5705) and PREPARE.
 */
#include "prf.h"

#include "digest.h"
#include "kind.h"
#include "route.h"

/* ---- P_hash ---- */

/*
 *     A(1) = HMAC_hash(secret, seed), A(i) = HMAC_hash(secret, A(i-1))
 *     P_hash(secret, seed) = HMAC_hash(secret, A(1) + seed) + HMAC_hash(secret, A(2) + seed) + ...
 */
void prf_digests(struct formula *f, const struct shape *shape, struct formula_key secret, int seed,
    formula_value digests[PRF_MAX_DIGESTS])
{
    const unsigned digest_bytes = shape->hash->digest_bytes;
    formula_value a =
        shape->parts & PRF_GOES_ON
            ? formula_input_value(f, formula_list_value(f, IN_RECORD(secrets.chain, digest_bytes)))
            : formula_hmac(f, secret, formula_input(seed, shape->n_blocks));
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        digests[i] = formula_hmac(f, secret, formula_digest_then(a, seed, shape->n_digest_blocks));
        if (i + 1 < shape->n_out_blocks || shape->parts & PRF_MORE) {
            a = formula_hmac(f, secret, formula_digest(a));
        }
    }
    if (shape->parts & PRF_MORE) {
        formula_deliver(f, &a, 1, IN_RECORD(secrets.chain, digest_bytes));
    }
}

void prf_formula(struct formula *f, const struct shape *shape, struct formula_key secret, int seed)
{
    formula_value digests[PRF_MAX_DIGESTS];
    prf_digests(f, shape, secret, seed, digests);
    formula_deliver(f, digests, shape->n_out_blocks,
        prf_output(shape, RECORD_SPAN(out, shape->n_out_blocks * (unsigned)shape->hash->digest_bytes)));
}

/* ---- the secret ---- */

static struct place key_place(const struct shape *shape, unsigned len)
{
    if (len) {
        return shape->parts & SHAPE_SECOND_PASS ? RECORD_POINTER(keys[1].data, len)
                                                : RECORD_POINTER(keys[0].data, len);
    }
    return shape->parts & SHAPE_SECOND_PASS ? RECORD_SPAN(keys[1], shape->hash->block_bytes)
                                            : RECORD_SPAN(keys[0], shape->hash->block_bytes);
}

/* One of the two chaining values of a prepared secret. */
static int prepared_value(struct formula *f, const struct shape *shape, unsigned i)
{
    const unsigned slot = hash_slot_bytes(shape->hash);
    struct place place = RECORD_POINTER(prepared, slot);
    place.skip = (uint16_t)(prepared_offset(shape->parts & SHAPE_SECOND_PASS ? 1 : 0) + i * slot);
    return formula_list_value(f, place);
}

struct formula_key prf_secret(struct formula *f, const struct shape *shape, unsigned len)
{
    if (formula_has_secret(f)) {
        return formula_secret(f);
    }
    if (shape->parts & PRF_PREPARED) {
        const int inner = prepared_value(f, shape, 0);
        return formula_key_prepared(inner, prepared_value(f, shape, 1));
    }
    return formula_key_input(formula_list_key(f, key_place(shape, len)));
}

/* ---- jobs ---- */

/* PRF and EXPORTER jobs are one call of the PRF each. They differ in how the seed is made of the job. */

static bool one_prf_shape(const struct record *record, struct shape *shape)
{
    prf_shape(record, record->message_len, record->out.len, 0, shape);
    return true;
}

/* ---- PRF jobs ---- */

static void one_prf_formula(struct formula *f, const struct shape *shape)
{
    const int seed = FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_prf, label, LANEKDF_MAX_SEED)),
        JOB_ARRAY(struct lanekdf_prf, seed, n_seed));
    prf_formula(f, shape, prf_secret(f, shape, 0), seed);
}

static const struct derivation derivation_prf = {
    .name = "prf", .shape = one_prf_shape, .formula = one_prf_formula, .next = prf_next};

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

ROUTE_FUNCTIONS(prf, kind_prf)

#define POINTER(member) KIND_POINTER(lanekdf_prf, member)
const struct kind kind_prf = {.job_bytes = sizeof(struct lanekdf_prf),
    .phases = prf_phases,
    .view = prf_view,
    .check = prf_check,
    .fill = prf_fill,
    .begin = prf_begin,
    ROUTE_MEMBERS(prf),
    .optional = POINTER(prepared_secret),
    .buffers = POINTER(secret.data) | POINTER(label.data) | POINTER(seed) | POINTER(out.data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_prf, prepared_secret)},
    .pieces = {KIND_PIECES(lanekdf_prf, seed)}};
#undef POINTER

/* ---- EXPORTER jobs ---- */

/* A flag in shape.parts: the exporter has a context, which may be empty. */
enum { HAS_CONTEXT = 0x10 };
_Static_assert(HAS_CONTEXT &SHAPE_EXACT_PARTS, "the context is a part of the seed");

static bool exporter_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_exporter *job = (const struct lanekdf_exporter *)record->job;
    prf_shape(record, record->message_len, record->out.len,
        job->flags & LANEKDF_EXPORTER_HAS_CONTEXT ? HAS_CONTEXT : 0, shape);
    return true;
}

/* RFC 5705 section 4: label, client_random, server_random and, if there is one, context length and context */
static void exporter_formula(struct formula *f, const struct shape *shape)
{
    const struct piece seed[] = {BYTES(JOB_SPAN(struct lanekdf_exporter, label, LANEKDF_MAX_SEED)),
        BYTES(JOB_POINTER(struct lanekdf_exporter, client_random, LANEKDF_RANDOM_LEN)),
        BYTES(JOB_POINTER(struct lanekdf_exporter, server_random, LANEKDF_RANDOM_LEN)),
        JOB_NUMBER(2, struct lanekdf_exporter, context.len, 0),
        BYTES(JOB_SPAN(struct lanekdf_exporter, context, LANEKDF_MAX_CONTEXT))};
    const unsigned n = shape->parts & HAS_CONTEXT ? 5 : 3;
    prf_formula(f, shape, prf_master_secret(f, shape), formula_list_message(f, seed, n));
}

static const struct derivation derivation_exporter = {
    .name = "exporter", .shape = exporter_shape, .formula = exporter_formula, .next = prf_next};

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
    view->message.max_len = view->head_len; /* exporter_check() has the bounds of the parts */
}

/* RFC 5705 section 4 and RFC 7627 section 6: the labels that TLS itself uses with a master secret. Labels are
 * not secret, so memcmp() may be used. A route has KIND_LABEL_BYTES of a label, which must be all that is
 * compared here. */
static bool is_label_of_tls(const struct lanekdf_bytes *label)
{
    static const char *const labels[] = {
        "client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    _Static_assert(sizeof("extended master secret") - 1 <= KIND_LABEL_BYTES, "the longest of them");
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

ROUTE_FUNCTIONS(exporter, kind_exporter)

#define POINTER(member) KIND_POINTER(lanekdf_exporter, member)
const struct kind kind_exporter = {.job_bytes = sizeof(struct lanekdf_exporter),
    .phases = exporter_phases,
    .view = exporter_view,
    .check = exporter_check,
    .fill = exporter_fill,
    .begin = exporter_begin,
    ROUTE_MEMBERS(exporter),
    .optional = POINTER(master_secret) | POINTER(prepared_secret),
    .buffers = POINTER(client_random) | POINTER(server_random) | POINTER(label.data) | POINTER(context.data) |
               POINTER(out.data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_exporter, prepared_secret), KIND_LABEL(lanekdf_exporter, label)}};
#undef POINTER

/* ---- PREPARE jobs: the hash states after the inner and the outer padded key, of each pass ---- */

static bool prepare_shape(const struct record *record, struct shape *shape)
{
    (void)shape;
    return record->prepared_out != NULL;
}

void prf_keep_prepared(struct formula *f, const struct shape *shape, struct formula_key secret)
{
    struct place to = RECORD_POINTER(prepared_out, 2 * hash_slot_bytes(shape->hash));
    to.skip = (uint16_t)prepared_offset(shape->parts & SHAPE_SECOND_PASS ? 1 : 0);
    formula_deliver_prepared(f, secret, to);
}

static void prepare_formula(struct formula *f, const struct shape *shape)
{
    prf_keep_prepared(f, shape, prf_secret(f, shape, 0));
}

static bool prepare_next(struct record *record, const struct shape *shape)
{
    (void)shape;
    return record_next_pass(record) || prf_end_prepared(record);
}

const struct derivation derivation_prepare = {
    .name = "prepare", .shape = prepare_shape, .formula = prepare_formula, .next = prepare_next};

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
