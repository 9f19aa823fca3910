/* EARLY jobs of TLS 1.3: what a PSK gives before ServerHello. RFC 8446 sections 4.2.11.2 and 7.1. */
#include "tls13.h"

/* Flags in shape.parts: the early secret is known; which of its secrets are wanted. */
enum { KNOWN = 0x10, BINDER = 0x20, EARLY_TRAFFIC = 0x40, EARLY_EXPORTER = 0x80 };
_Static_assert(KNOWN &SHAPE_EXACT_PARTS, "a known early secret is a key, and a PSK is a message");

static const struct lanekdf_tls13_early *early_of(const struct record *record)
{
    return (const struct lanekdf_tls13_early *)record->job;
}

static bool early_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_early *job = early_of(record);
    const bool has_keys = job->client_early_keys != NULL;
    shape->exact = tls13_exact(job->version, has_keys ? job->key_len : 0, has_keys ? job->iv_len : 0) |
                   (uint32_t)(job->binder ? job->psk_kind : 0) << 24;
    shape_set(shape, job->known_early_secret ? 0 : prf_blocks(shape->hash, job->psk.len), 0,
        job->handshake_salt ? 1 : 0,
        (uint8_t)((job->known_early_secret ? KNOWN : 0) | (job->binder ? BINDER : 0) |
                  (job->client_early_traffic_secret || has_keys ? EARLY_TRAFFIC : 0) |
                  (job->early_exporter_master_secret ? EARLY_EXPORTER : 0)));
    return true;
}

static void binder_formula(struct formula *f, const struct shape *shape, struct formula_key early_secret)
{
    static const char *const labels[] = {[LANEKDF_PSK_RESUMPTION] = "res binder",
        [LANEKDF_PSK_EXTERNAL] = "ext binder",
        [LANEKDF_PSK_IMPORTED] = "imp binder"};
    const unsigned n = shape->hash->digest_bytes;
    const struct protocol *protocol = tls13_protocol(shape);
    const formula_value binder_key =
        hkdf_derive_secret(f, early_secret, protocol, labels[shape->exact >> 24]);
    const formula_value finished_key = hkdf_expand_label(f, SECRET(binder_key), protocol, "finished", n);
    const int binder_hash =
        FORMULA_MESSAGE(f, BYTES(JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, binder_hash, n)));
    tls13_deliver(f,
        formula_hmac(
            f, SECRET(finished_key), formula_input(binder_hash, (unsigned)hash_n_blocks(shape->hash, n))),
        WANTED(lanekdf_tls13_early, binder, shape));
}

static void early_formula(struct formula *f, const struct shape *shape)
{
    const struct protocol *protocol = tls13_protocol(shape);
    const unsigned n = shape->hash->digest_bytes;
    const struct place client_hello_hash =
        JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, client_hello_hash, n);
    struct formula_key early_secret;
    if (shape->parts & KNOWN) {
        early_secret = formula_key_input(
            formula_list_key(f, JOB_POINTER(struct lanekdf_tls13_early, known_early_secret, n)));
    } else {
        const int psk =
            FORMULA_MESSAGE(f, BYTES(JOB_SPAN(struct lanekdf_tls13_early, psk, LANEKDF_MAX_SECRET)));
        const formula_value extracted = hkdf_extract_without_salt(f, psk, shape->n_blocks);
        tls13_deliver(f, extracted, WANTED(lanekdf_tls13_early, early_secret, shape));
        early_secret = SECRET(extracted);
    }
    if (shape->parts & BINDER) {
        binder_formula(f, shape, early_secret);
    }
    if (shape->parts & EARLY_TRAFFIC) {
        const formula_value client_early_traffic_secret =
            hkdf_derive_secret_over(f, early_secret, protocol, "c e traffic", client_hello_hash);
        tls13_deliver(
            f, client_early_traffic_secret, WANTED(lanekdf_tls13_early, client_early_traffic_secret, shape));
        tls13_keys(f, shape, SECRET(client_early_traffic_secret),
            JOB_POINTER_IF_GIVEN(struct lanekdf_tls13_early, client_early_keys, 0), true, false);
    }
    if (shape->parts & EARLY_EXPORTER) {
        tls13_deliver(f,
            hkdf_derive_secret_over(f, early_secret, protocol, "e exp master", client_hello_hash),
            WANTED(lanekdf_tls13_early, early_exporter_master_secret, shape));
    }
    if (shape->n_out_blocks) {
        tls13_deliver(f, hkdf_derive_secret(f, early_secret, protocol, "derived"),
            WANTED(lanekdf_tls13_early, handshake_salt, shape));
    }
}

static const struct derivation derivation_tls13_early = {
    .name = "tls13_early", .shape = early_shape, .formula = early_formula};

static const struct derivation *const early_phases[] = {&derivation_tls13_early, NULL};

KIND_INLINE void early_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_early *job = (const struct lanekdf_tls13_early *)any;
    const size_t n = hkdf_secret_len(job->hash);
    view_add_output(view, VIEW_IF_GIVEN(job->early_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->binder, n));
    view_add_output(view, VIEW_IF_GIVEN(job->handshake_salt, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_early_traffic_secret, n));
    view_add_output(view, VIEW_IF_GIVEN(job->client_early_keys,
                              tls13_block_len(n, job->version, job->key_len, job->iv_len, true, 0)));
    view_add_output(view, VIEW_IF_GIVEN(job->early_exporter_master_secret, n));
    view_add_input(view, job->psk.data, job->psk.len);
    view_add_input(view, VIEW_IF_GIVEN(job->known_early_secret, n));
    view_add_input(view, VIEW_IF_NEEDED(job->binder_hash, n, job->binder));
    view_add_input(view,
        VIEW_IF_NEEDED(job->client_hello_hash, n,
            job->client_early_traffic_secret || job->client_early_keys || job->early_exporter_master_secret));
}

KIND_INLINE int early_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_early *job = (const struct lanekdf_tls13_early *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, job->key_len, job->iv_len, job->client_early_keys);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (job->reserved || job->psk_kind > LANEKDF_PSK_IMPORTED) {
        return LANEKDF_ERROR_RESERVED;
    }
    if ((job->psk.len != 0) == (job->known_early_secret != NULL) ||
        (job->early_secret && job->known_early_secret)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return job->psk.len > LANEKDF_MAX_SECRET ||
                   !(job->early_secret || job->binder || job->handshake_salt ||
                       job->client_early_traffic_secret || job->client_early_keys ||
                       job->early_exporter_master_secret)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

STAGE_FUNCTIONS(early)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_early, member)
const struct kind kind_tls13_early = {.job_bytes = sizeof(struct lanekdf_tls13_early),
    .phases = early_phases,
    .view = early_view,
    .check = early_check,
    .begin = early_begin,
    ROUTE_MEMBERS(early),
    .optional = POINTER(known_early_secret) | POINTER(binder_hash) | POINTER(client_hello_hash) |
                POINTER(early_secret) | POINTER(binder) | POINTER(handshake_salt) |
                POINTER(client_early_traffic_secret) | POINTER(client_early_keys) |
                POINTER(early_exporter_master_secret),
    .buffers = POINTER(psk.data),
    .ignored = KIND_JOB_IGNORED};
#undef POINTER
