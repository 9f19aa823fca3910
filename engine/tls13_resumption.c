/* RESUMPTION jobs of TLS 1.3: the resumption master secret, and the PSKs of tickets. RFC 8446 sections 4.6.1
 * and 7.1. */
#include "tls13.h"

static const struct lanekdf_tls13_resumption *resumption_of(const struct record *record)
{
    return (const struct lanekdf_tls13_resumption *)record->job;
}

/* ---- the PSKs of tickets ---- */

/*
 * A run derives up to PSKS_OF_RUN of them. If there is another one, the first run leaves a prepared secret in
 * the record, so that the pads are hashed once.
 */
enum {
    PSKS_OF_RUN = 3,
    MAX_NONCE = 255 /* bytes, RFC 8446 section 4.6.1 */
};

static unsigned ticket_blocks(const struct hash *hash, size_t nonce_len)
{
    static const size_t around = 2 + 1 + PROTOCOL_PREFIX_LEN + LABEL_LEN("resumption") + 1 + 1;
    return (unsigned)hash_n_blocks(hash, around + nonce_len);
}

/* Puts into the record the nonces of a run, as the first of its pieces, and where their PSKs go: the next
 * nonces that take as many blocks as the first of them. */
static void put_nonces(const struct lanekdf_tls13_resumption *job, struct record *record)
{
    const struct hash *hash = record_hash(record);
    const size_t n = hash->digest_bytes;
    record->n_pieces = 0;
    for (unsigned i = 0; i < PSKS_OF_RUN; i++) {
        record->pieces[i] = (struct lanekdf_bytes){NULL, 0};
        record->final[i] = (struct lanekdf_span){NULL, 0};
    }
    for (size_t at = record->n_done; at < job->n_nonces && record->n_pieces < PSKS_OF_RUN; at++) {
        if (ticket_blocks(hash, job->nonces[at].len) !=
            ticket_blocks(hash, job->nonces[record->n_done].len)) {
            return;
        }
        record->pieces[record->n_pieces] = job->nonces[at];
        record->final[record->n_pieces++] = (struct lanekdf_span){job->psks + at * n, n};
    }
}

static void ticket_enter(struct record *record)
{
    put_nonces(resumption_of(record), record);
}

static bool ticket_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_resumption *job = resumption_of(record);
    if (!job->n_nonces) {
        return false;
    }
    shape->exact = tls13_exact(job->version, 0, 0);
    shape_set(shape, (uint8_t)ticket_blocks(shape->hash, record->pieces[0].len), 0, (uint8_t)record->n_pieces,
        (uint8_t)(prf_secret_parts(record) |
                  (record->n_done + record->n_pieces < job->n_nonces ? PRF_MORE : 0)));
    return true;
}

static void ticket_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct formula_key secret = prf_secret(f, shape, n);
    const struct place nonces[PSKS_OF_RUN] = {RECORD_SPAN(pieces[0], MAX_NONCE),
        RECORD_SPAN(pieces[1], MAX_NONCE), RECORD_SPAN(pieces[2], MAX_NONCE)};
    const struct place psks[PSKS_OF_RUN] = {
        RECORD_SPAN(final[0], n), RECORD_SPAN(final[1], n), RECORD_SPAN(final[2], n)};
    for (unsigned i = 0; i < shape->n_out_blocks; i++) {
        const formula_value psk = hkdf_expand_label_of_span(
            f, secret, tls13_protocol(shape), "resumption", nonces[i], shape->n_blocks);
        tls13_deliver(f, psk, psks[i]);
    }
    if (shape->parts & PRF_MORE && !(shape->parts & PRF_PREPARED)) {
        prf_keep_prepared(f, shape, secret);
    }
}

static bool ticket_next(struct record *record, const struct shape *shape)
{
    record->n_done += (uint32_t)record->n_pieces;
    if (!(shape->parts & PRF_MORE)) {
        return record_next_pass(record);
    }
    if (!(shape->parts & PRF_PREPARED)) {
        prf_end_prepared(record);
    }
    return true;
}

static const struct derivation derivation_tls13_ticket = {.name = "tls13_ticket",
    .shape = ticket_shape,
    .formula = ticket_formula,
    .next = ticket_next,
    .enter = ticket_enter};

/* ---- the resumption master secret ---- */

/* One program derives the PSKs as well, if it has room for all of them. */
static bool resumption_secret_shape(const struct record *record, struct shape *shape)
{
    const struct lanekdf_tls13_resumption *job = resumption_of(record);
    struct shape ticket = {.hash = shape->hash};
    shape->exact = tls13_exact(job->version, 0, 0);
    shape_set(shape, 0, 0, 0, prf_secret_parts(record));
    if (ticket_shape(record, &ticket) && !(ticket.parts & PRF_MORE)) {
        ticket.parts &= (uint8_t)~PRF_PREPARED; /* its secret is the one that this phase makes */
        shape->then = ticket.counts;
        shape->parts |= job->resumption_master_secret ? SHAPE_WANTS_SECRET : 0;
    }
    return !job->known_resumption_master_secret;
}

static void resumption_secret_formula(struct formula *f, const struct shape *shape)
{
    const unsigned n = shape->hash->digest_bytes;
    const struct place wanted = WANTED(lanekdf_tls13_resumption, resumption_master_secret, shape);
    const formula_value resumption_master_secret =
        hkdf_derive_secret_over(f, prf_secret(f, shape, n), tls13_protocol(shape), "res master",
            JOB_POINTER(struct lanekdf_tls13_resumption, transcript_hash, n));
    if (shape->then) {
        formula_set_secret(f, &resumption_master_secret, 1, n);
        if (shape->parts & SHAPE_WANTS_SECRET) {
            tls13_deliver(f, resumption_master_secret, wanted);
        }
    } else {
        tls13_deliver(f, resumption_master_secret, IN_RECORD_IF(secrets.chain, n, n_pieces));
        formula_deliver_also(f, wanted);
    }
}

/* The resumption master secret is the secret of the PSKs. */
static bool resumption_secret_next(struct record *record, const struct shape *shape)
{
    if (record->n_pieces) {
        record->has_secrets = true;
        prf_set_secret(record, record->secrets.chain, shape->hash->digest_bytes, NULL);
    }
    return false;
}

static const struct derivation derivation_tls13_resumption = {.name = "tls13_resumption",
    .shape = resumption_secret_shape,
    .formula = resumption_secret_formula,
    .next = resumption_secret_next,
    .followed_by = &derivation_tls13_ticket};

static const struct derivation *const resumption_phases[] = {
    &derivation_tls13_resumption, &derivation_tls13_ticket, NULL};
static const struct derivation *const phases_without_tickets[] = {&derivation_tls13_resumption, NULL};

KIND_INLINE void resumption_view(const struct lanekdf_job *any, struct view *view)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    const size_t n = hkdf_secret_len(job->hash);
    view_add_output(view, VIEW_IF_GIVEN(job->resumption_master_secret, n));
    view_add_output(view, job->psks, job->n_nonces <= LANEKDF_MAX_PIECES ? job->n_nonces * n : 0);
    view_add_input(view, VIEW_IF_GIVEN(job->master_secret, n));
    view_add_input(view, VIEW_IF_GIVEN(job->prepared_master_secret, sizeof(*job->prepared_master_secret)));
    view_add_input(view, VIEW_IF_GIVEN(job->known_resumption_master_secret, n));
    view_add_input(view, VIEW_IF_NEEDED(job->transcript_hash, n, !job->known_resumption_master_secret));
    view_add_pieces(view, job->nonces, job->n_nonces, (uint64_t)LANEKDF_MAX_PIECES * MAX_NONCE);
}

/* A job without a nonce is one for the resumption master secret. */
KIND_INLINE int resumption_check(const struct lanekdf_job *any, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    (void)legacy;
    const int status = tls13_check(job->version, hash, 0, 0, false);
    if (status != LANEKDF_OK) {
        return status;
    }
    if ((job->master_secret != NULL) + (job->prepared_master_secret != NULL) +
            (job->known_resumption_master_secret != NULL) !=
        1) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (job->n_nonces > LANEKDF_MAX_PIECES || !(job->n_nonces || job->resumption_master_secret)) {
        return LANEKDF_ERROR_LENGTH;
    }
    for (size_t i = 0; i < job->n_nonces && job->nonces; i++) {
        if (job->nonces[i].len > MAX_NONCE) {
            return LANEKDF_ERROR_LENGTH;
        }
    }
    return job->prepared_master_secret && !prepared_is_for(job->prepared_master_secret, job->hash)
               ? LANEKDF_ERROR_PREPARED
               : LANEKDF_OK;
}

KIND_INLINE void resumption_choose(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    record->phases = job->n_nonces ? resumption_phases : phases_without_tickets;
}

KIND_INLINE void resumption_fill(const struct lanekdf_job *any, struct record *record)
{
    const struct lanekdf_tls13_resumption *job = (const struct lanekdf_tls13_resumption *)any;
    const size_t n = record->hashes[0]->digest_bytes;
    record->n_pieces = 0;
    if (job->n_nonces) {
        record->prepared_out = &record->secrets.prepared;
        put_nonces(job, record); /* the program of the first phase may have the second one as well */
    }
    if (job->known_resumption_master_secret) {
        prf_set_secret(record, job->known_resumption_master_secret, n, NULL);
        if (job->resumption_master_secret) {
            memcpy(job->resumption_master_secret, job->known_resumption_master_secret, n);
        }
    } else {
        prf_set_secret(record, job->master_secret, n, job->prepared_master_secret);
    }
}

STAGE_FUNCTIONS(resumption)

#define POINTER(member) KIND_POINTER(lanekdf_tls13_resumption, member)
const struct kind kind_tls13_resumption = {.job_bytes = sizeof(struct lanekdf_tls13_resumption),
    .max_output_bytes = (size_t)LANEKDF_MAX_PIECES * HASH_MAX_DIGEST,
    .phases = resumption_phases,
    .view = resumption_view,
    .check = resumption_check,
    .choose = resumption_choose,
    .fill = resumption_fill,
    .begin = resumption_begin,
    ROUTE_MEMBERS(resumption),
    .optional = POINTER(master_secret) | POINTER(prepared_master_secret) |
                POINTER(known_resumption_master_secret) | POINTER(nonces) | POINTER(resumption_master_secret),
    .buffers = POINTER(transcript_hash) | POINTER(psks),
    .followed = POINTER(nonces),
    .ignored = KIND_JOB_IGNORED,
    .bytes = {KIND_TAG(lanekdf_tls13_resumption, prepared_master_secret)}};
#undef POINTER
