/*
 * TLS13_PSK_IMPORT jobs, RFC 9258 section 5.1:
 *
 *     imported_psk = HKDF-Expand-Label(HKDF-Extract(0, psk), "derived psk", Hash(ImportedIdentity), L)
 *
 * The hash of ImportedIdentity is a phase before: a digest can only be at the head of a message of the same
 * program. What is imported has the length of the target's hash, and all else the hash of the external PSK.
 */
#include "digest.h"
#include "hkdf.h"
#include "hkdf_label.h"
#include "kind.h"
#include "route.h"

static const struct lanekdf_tls13_psk_import *import_of(const struct record *record)
{
    return (const struct lanekdf_tls13_psk_import *)record->job;
}

/* RFC 9258 section 10: the target KDFs, whose numbers are those of the public hashes. */
_Static_assert(LANEKDF_SHA256 == 1 && LANEKDF_SHA384 == 2, "HKDF_SHA256 is 0x0001, HKDF_SHA384 is 0x0002");

static bool is_target_kdf(uint16_t target_kdf)
{
    return target_kdf == LANEKDF_SHA256 || target_kdf == LANEKDF_SHA384;
}

/* ---- Hash(ImportedIdentity) ---- */

/* In shape.exact: the two numbers at the end of ImportedIdentity. */
static bool identity_hash_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_psk_import *job = import_of(record);
    digest_shape(shape, 2 + job->identity.len + 2 + job->context.len + 2 + 2);
    shape->exact = (uint32_t)job->target_protocol << 16 | job->target_kdf;
    return true;
}

/* No phase of an import has to hash a key, so that the record has room where such a hash would lie. */
static void identity_hash_formula(struct formula *f, const struct shape *shape)
{
    const uint8_t target[] = {(uint8_t)(shape->exact >> 24), (uint8_t)(shape->exact >> 16),
        (uint8_t)(shape->exact >> 8), (uint8_t)shape->exact};
    DIGEST_FORMULA(f, shape, IN_RECORD(secrets.hashed, shape->hash->digest_bytes),
        JOB_VECTOR(2, struct lanekdf_tls13_psk_import, identity, "", 0),
        JOB_VECTOR(2, struct lanekdf_tls13_psk_import, context, "", 0),
        formula_text(f, target, sizeof(target)));
}

static const struct derivation derivation_identity_hash = {
    .name = "identity_hash", .shape = identity_hash_shape, .formula = identity_hash_formula};

/* ---- the imported PSK ---- */

static const char import_label[] = "derived psk";

/* In shape.exact: the bytes of the imported PSK. */
static bool imported_psk_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_psk_import *job = import_of(record);
    shape->exact = hashes[job->target_kdf].digest_bytes;
    shape->n_blocks = prf_blocks(shape->hash, job->psk.len);
    return true;
}

/* The shape of HKDF-Expand by itself. */
static struct shape expand_shape(const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const uint64_t info_len = hkdf_label_len(sizeof(import_label) - 1, n);
    struct shape expand = {.hash = shape->hash};
    shape_set(&expand, prf_blocks(shape->hash, info_len + 1), prf_blocks(shape->hash, n + info_len + 1),
        (uint8_t)((shape->exact + n - 1) / n), 0);
    return expand;
}

static void imported_psk_formula(struct formula *f, const struct shape *shape)
{
    const uint8_t length[] = {0, (uint8_t)shape->exact};
    const unsigned n = shape->hash->digest_bytes;
    const int psk =
        FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_tls13_psk_import, psk, LANEKDF_MAX_SECRET)));
    const formula_value prk = hkdf_extract_without_salt(f, psk, shape->n_blocks);
    const struct piece info[] = {formula_text(f, length, sizeof(length)),
        hkdf_label_text(f, protocol_find(LANEKDF_TLS13), import_label, n),
        BYTES(IN_RECORD(secrets.hashed, n))};
    const struct shape expand = expand_shape(shape);
    hkdf_expand_formula(f, &expand, formula_key_digest(prk), info, sizeof(info) / sizeof(*info),
        JOB_POINTER(struct lanekdf_tls13_psk_import, imported_psk, shape->exact));
}

static const struct derivation derivation_imported_psk = {
    .name = "imported_psk", .shape = imported_psk_shape, .formula = imported_psk_formula};

/* ---- jobs ---- */

static const struct derivation *const import_phases[] = {
    &derivation_identity_hash, &derivation_imported_psk, NULL};

KIND_INLINE void tls13_psk_import_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_psk_import *job = (const struct lanekdf_tls13_psk_import *)any;
    view_add_output(
        view, job->imported_psk, is_target_kdf(job->target_kdf) ? hashes[job->target_kdf].digest_bytes : 0);
    view_add_input(view, job->psk.data, job->psk.len);
    view_add_input(view, job->identity.data, job->identity.len);
    view_add_input(view, job->context.data, job->context.len);
}

KIND_INLINE int tls13_psk_import_check(
    const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_psk_import *job = (const struct lanekdf_tls13_psk_import *)any;
    (void)legacy;
    if (!hkdf_has_hash(hash) || !is_target_kdf(job->target_kdf)) {
        return LANEKDF_ERROR_HASH;
    }
    if (job->target_protocol != LANEKDF_TLS13 && job->target_protocol != LANEKDF_DTLS13) {
        return LANEKDF_ERROR_VERSION;
    }
    return kind_is_between(job->psk.len, 1, LANEKDF_MAX_SECRET) &&
                   kind_is_between(job->identity.len, 1, LANEKDF_MAX_CONTEXT) &&
                   job->context.len <= LANEKDF_MAX_CONTEXT
               ? LANEKDF_OK
               : LANEKDF_ERROR_LENGTH;
}

static int tls13_psk_import_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_tls13_psk_import *)job)->hash;
    return kind_begin(&kind_tls13_psk_import, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(tls13_psk_import, kind_tls13_psk_import)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_psk_import, member)
const struct kind kind_tls13_psk_import = {.job_bytes = sizeof(struct lanekdf_tls13_psk_import),
    .phases = import_phases,
    .view = tls13_psk_import_view,
    .check = tls13_psk_import_check,
    .begin = tls13_psk_import_begin,
    ROUTE_MEMBERS(tls13_psk_import),
    .buffers = POINTER(psk.data) | POINTER(identity.data) | POINTER(context.data) | POINTER(imported_psk),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER
