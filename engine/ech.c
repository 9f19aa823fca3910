/*
 * ECH_CONFIRMATION jobs, RFC 9849 section 7.2:
 *
 *     confirmation = HKDF-Expand-Label(HKDF-Extract(0, inner_random), label, transcript_hash, 8)
 */
#include "hkdf_label.h"
#include "hkdf.h"
#include "kind.h"
#include "route.h"

/* In shape.exact, beside the number of the prefix: the label is that of HelloRetryRequest. */
enum { HELLO_RETRY = 0x100 };

static bool confirmation_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_ech_confirmation *job = (const struct lanekdf_ech_confirmation *)record->job;
    shape->exact = hkdf_prefix_number(job->version) | (job->is_hello_retry ? HELLO_RETRY : 0);
    return true;
}

static void confirmation_formula(struct formula *f, const struct shape *shape)
{
    const struct hash *hash = shape->hash;
    const char *label =
        shape->exact & HELLO_RETRY ? "hrr ech accept confirmation" : "ech accept confirmation";
    const int inner_random = FORMULA_MESSAGE(
        f, BYTES(JOB_POINTER(struct lanekdf_ech_confirmation, inner_random, LANEKDF_RANDOM_LEN)));
    const formula_value prk =
        hkdf_extract_without_salt(f, inner_random, prf_blocks(hash, LANEKDF_RANDOM_LEN));
    const formula_value confirmation =
        hkdf_expand_label_over(f, formula_key_digest(prk), &protocols[shape->exact & ~(uint32_t)HELLO_RETRY],
            label, JOB_POINTER(struct lanekdf_ech_confirmation, transcript_hash, hash->digest_bytes),
            LANEKDF_ECH_CONFIRMATION_LEN);
    formula_deliver(f, &confirmation, 1,
        JOB_POINTER(struct lanekdf_ech_confirmation, confirmation, LANEKDF_ECH_CONFIRMATION_LEN));
}

static const struct derivation derivation_confirmation = {
    .name = "ech_confirmation", .shape = confirmation_shape, .formula = confirmation_formula};

static const struct derivation *const confirmation_phases[] = {&derivation_confirmation, NULL};

KIND_INLINE void ech_confirmation_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_ech_confirmation *job = (const struct lanekdf_ech_confirmation *)any;
    view_add_output(view, job->confirmation, LANEKDF_ECH_CONFIRMATION_LEN);
    view_add_input(view, job->inner_random, LANEKDF_RANDOM_LEN);
    view_add_input(view, job->transcript_hash, hkdf_secret_len(job->hash));
}

KIND_INLINE int ech_confirmation_check(
    const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ech_confirmation *job = (const struct lanekdf_ech_confirmation *)any;
    (void)legacy;
    if (!hkdf_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (!protocol_find(job->version)) {
        return LANEKDF_ERROR_VERSION;
    }
    return job->reserved || job->is_hello_retry > 1 ? LANEKDF_ERROR_RESERVED : LANEKDF_OK;
}

static int ech_confirmation_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const uint32_t hash = ((const struct lanekdf_ech_confirmation *)job)->hash;
    return kind_begin(&kind_ech_confirmation, job, hash, record, legacy);
}

ROUTE_FUNCTIONS(ech_confirmation, kind_ech_confirmation)

#define POINTER(member) KIND_POINTER(lanekdf_ech_confirmation, member)
const struct kind kind_ech_confirmation = {.job_bytes = sizeof(struct lanekdf_ech_confirmation),
    .phases = confirmation_phases,
    .view = ech_confirmation_view,
    .check = ech_confirmation_check,
    .begin = ech_confirmation_begin,
    ROUTE_MEMBERS(ech_confirmation),
    .buffers = POINTER(inner_random) | POINTER(transcript_hash) | POINTER(confirmation),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER
