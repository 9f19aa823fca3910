/*
 * TLS13_EXPORTER jobs, RFC 8446 section 7.5:
 *
 *     out = HKDF-Expand-Label(Derive-Secret(exporter_master_secret, label, ""), "exporter", Hash(context), L)
 *
 * The hash of the context is a phase before: a digest can only be at the head of a message of the same
 * program. The hash of a context of no bytes is a constant, and such a job has no such phase.
 */
#include "digest.h"
#include "hkdf.h"
#include "tls13.h"

static const struct lanekdf_tls13_exporter *exporter_of(const struct record *record)
{
    return (const struct lanekdf_tls13_exporter *)record->job;
}

/* ---- Hash(context) ---- */

static bool context_hash_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_exporter *job = exporter_of(record);
    digest_shape(shape, job->context.len);
    return job->context.len != 0;
}

/* No phase of an exporter has to hash its secret, so that the record has room where such a hash would lie. */
static void context_hash_formula(struct formula *f, const struct shape *shape)
{
    DIGEST_FORMULA(f, shape, IN_RECORD(secrets.hashed, shape->hash->digest_bytes),
        BYTES(JOB_SPAN(struct lanekdf_tls13_exporter, context, LANEKDF_MAX_CONTEXT)));
}

static const struct derivation derivation_context_hash = {
    .name = "context_hash", .shape = context_hash_shape, .formula = context_hash_formula};

/* ---- HKDF-Expand-Label(., "exporter", Hash(context), L) ---- */

/* A flag in shape.parts: there is a context. */
enum { HAS_CONTEXT = 0x10 };
_Static_assert(HAS_CONTEXT &SHAPE_EXACT_PARTS, "the hash of no context is a constant");

/* A run has so many digests at most, because of FORMULA_MAX_PIECES. */
enum { MOST_DIGESTS = 4 };

static const char exporter_label[] = "exporter";

static void keying_material_set_shape(
    const struct record *record, const struct lanekdf_tls13_exporter *job, struct shape *shape)
{
    shape->exact = hkdf_prefix_number(job->version);
    hkdf_expand_shape(record, hkdf_label_len(sizeof(exporter_label) - 1, shape->hash->digest_bytes),
        record->out.len, MOST_DIGESTS, job->context.len ? HAS_CONTEXT : 0, shape);
}

static bool keying_material_shape(const struct record *record, struct shape *shape)
{
    keying_material_set_shape(record, exporter_of(record), shape);
    return true;
}

static void keying_material_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct formula_key secret = prf_secret(f, shape, n);
    const struct piece info[] = {JOB_NUMBER(2, struct lanekdf_tls13_exporter, out.len, 0),
        hkdf_label_text(f, &protocols[shape->exact], exporter_label, n),
        shape->parts & HAS_CONTEXT
            ? BYTES(IN_RECORD(secrets.hashed, n))
            : (struct piece){.text = shape->hash->empty, .place = {.piece = PIECE_TEXT, .len = n}}};
    hkdf_expand_formula(
        f, shape, secret, info, sizeof(info) / sizeof(*info), RECORD_SPAN(out, shape->n_out_blocks * n));
}

static const struct derivation derivation_keying_material = {.name = "keying_material",
    .shape = keying_material_shape,
    .formula = keying_material_formula,
    .next = hkdf_expand_next};

/* ---- Derive-Secret(exporter_master_secret, label, "") ---- */

static bool exporter_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_exporter *job = exporter_of(record);
    struct shape then = {.hash = shape->hash};
    keying_material_set_shape(record, job, &then);
    shape->exact = then.exact;
    shape_set(shape, prf_blocks(shape->hash, hkdf_label_len(job->label.len, shape->hash->digest_bytes) + 1),
        0, 0, (uint8_t)(prf_secret_parts(record) | HKDF_KEEPS_PRK));
    if (!(then.parts & PRF_MORE)) {
        then.parts &= (uint8_t)~PRF_PREPARED; /* its secret is the one that this phase makes */
        shape->then = then.counts;
    }
    return true;
}

static void exporter_secret_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct piece digest_len = {
        .text = &shape->hash->digest_bytes, .place = {.piece = PIECE_TEXT, .len = 1}};
    const struct formula_key secret = prf_secret(f, shape, n);
    const int info = FORMULA_MESSAGE(f, TEXT("\0"), digest_len,
        JOB_VECTOR(1, struct lanekdf_tls13_exporter, label, hkdf_prefix(shape->exact), PROTOCOL_PREFIX_LEN),
        digest_len, (struct piece){.text = shape->hash->empty, .place = {.piece = PIECE_TEXT, .len = n}},
        TEXT("\x01"));
    hkdf_keep_prk(f, shape, formula_hmac(f, secret, formula_input(info, shape->n_blocks)));
}

static const struct derivation derivation_exporter_secret = {.name = "exporter_secret",
    .shape = exporter_secret_shape,
    .formula = exporter_secret_formula,
    .next = hkdf_next_after_prk,
    .followed_by = &derivation_keying_material};

/* ---- jobs ---- */

static const struct derivation *const exporter_phases[] = {
    &derivation_context_hash, &derivation_exporter_secret, &derivation_keying_material, NULL};

KIND_INLINE void exporter_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_exporter *job = (const struct lanekdf_tls13_exporter *)any;
    view_add_output(view, job->out.data, job->out.len);
    view_add_input(view, VIEW_IF_GIVEN(job->exporter_master_secret, hkdf_secret_len(job->hash)));
    view_add_input(view,
        VIEW_IF_GIVEN(job->prepared_exporter_master_secret, sizeof(*job->prepared_exporter_master_secret)));
    view_add_input(view, job->label.data, job->label.len);
    view_add_input(view, job->context.data, job->context.len);
}

KIND_INLINE int exporter_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_exporter *job = (const struct lanekdf_tls13_exporter *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, 0, 0, false);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (!kind_is_between(job->label.len, 1, LANEKDF_MAX_LABEL) || job->context.len > LANEKDF_MAX_CONTEXT ||
        !kind_is_between(job->out.len, 1, HKDF_MAX_OUT_DIGESTS * (size_t)hash->digest_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return prf_check_secrets(
        job->exporter_master_secret != NULL, job->prepared_exporter_master_secret, job->hash);
}

KIND_INLINE void exporter_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_exporter *job = (const struct lanekdf_tls13_exporter *)any;
    prf_set_secret(record, job->exporter_master_secret, record->hashes[0]->digest_bytes,
        job->prepared_exporter_master_secret);
    record->prepared_out = &record->secrets.prepared;
    record->out = job->out;
    record->n_expanded = 0;
}

STAGE_FUNCTIONS(exporter)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_exporter, member)
const struct kind kind_tls13_exporter = {.job_bytes = sizeof(struct lanekdf_tls13_exporter),
    .phases = exporter_phases,
    .view = exporter_view,
    .check = exporter_check,
    .fill = exporter_fill,
    .begin = exporter_begin,
    ROUTE_MEMBERS(exporter),
    .optional = POINTER(exporter_master_secret) | POINTER(prepared_exporter_master_secret),
    .buffers = POINTER(label.data) | POINTER(context.data) | POINTER(out.data),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_tls13_exporter, prepared_exporter_master_secret)}};
#undef POINTER
