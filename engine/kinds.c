/* The table of job kinds: what each is made of, and what makes one a good one. */
#include "derivation.h"
#include "overlap.h"
#include "prepared.h"

#include <string.h>

/* What is written once for every kind is compiled once for each, with its numbers of
 * buffers known: a check costs about as much as one compression otherwise. */
#define INLINE static inline __attribute__((always_inline))

/* ---- views ---- */

INLINE void view_begin(struct job_view *view, enum job_lists lists)
{
    view->has_null = view->is_in_box = view->is_output_in_box = 0;
    view->low = UINTPTR_MAX;
    view->high = 0;
    view->pieces = NULL;
    view->n_pieces = 0;
    view->head_len = view->max_message_len = 0;
    view->lists = lists;
    view->n_outputs = view->n_inputs = 0;
}

INLINE int in_box(const struct job_view *view, const void *data, size_t len)
{
    return ((uintptr_t)data < view->high) & ((uintptr_t)data + len > view->low);
}

/* Buffers are fetched ahead: inputs are read when the lanes of a task are full, outputs
 * written when it has run. */
INLINE void add_output(struct job_view *view, void *data, size_t len)
{
    const uintptr_t first = (uintptr_t)data, end = first + len;
    if (!len) {
        return;
    }
    __builtin_prefetch(data, 1);
    view->has_null |= !data;
    view->is_output_in_box |= in_box(view, data, len);
    view->low = first < view->low ? first : view->low;
    view->high = end > view->high ? end : view->high;
    if (view->lists) {
        view->outputs[view->n_outputs++] = (struct lanekdf_span){data, len};
    }
}

INLINE void add_input(struct job_view *view, const void *data, size_t len)
{
    if (!len || view->lists == JOB_LISTS_OUTPUTS) {
        return;
    }
    __builtin_prefetch(data);
    view->has_null |= !data;
    view->is_in_box |= in_box(view, data, len);
    if (view->lists) {
        view->inputs[view->n_inputs++] = (struct lanekdf_bytes){data, len};
    }
}

INLINE void add_pieces(
    struct job_view *view, const struct lanekdf_bytes *pieces, size_t n_pieces, uint64_t max_message_len)
{
    add_input(view, pieces, n_pieces * sizeof(*pieces));
    view->pieces = pieces;
    view->n_pieces = n_pieces;
    view->max_message_len = max_message_len;
}

/* What may be NULL: it is left out then. */
#define IF_GIVEN(pointer, len) (pointer), (pointer) ? (len) : 0

INLINE void add_prepared(struct job_view *view, const struct lanekdf_prepared_secret *prepared)
{
    add_input(view, IF_GIVEN(prepared, sizeof(*prepared)));
}

INLINE void prf_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    add_output(view, prf->out.data, prf->out.len);
    add_input(view, prf->secret.data, prf->secret.len);
    add_prepared(view, prf->prepared_secret);
    add_input(view, prf->label.data, prf->label.len);
    add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
    view->head_len = prf->label.len;
}

INLINE void handshake_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const size_t random_len =
        handshake_key_block_len(hs) || (!hs->known_master_secret && !hs->session_hash.len)
            ? LANEKDF_RANDOM_LEN
            : 0;
    add_output(view, IF_GIVEN(hs->master_secret, LANEKDF_MASTER_SECRET_LEN));
    add_output(view, hs->key_block, handshake_key_block_len(hs));
    add_output(
        view, hs->final_keys, hs->final_key_len ? 2 * ((size_t)hs->final_key_len + hs->fixed_iv_len) : 0);
    add_output(view, hs->client_verify_data, hs->client_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_output(view, hs->server_verify_data, hs->server_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_output(view, IF_GIVEN(hs->prepared_master_secret, sizeof(*hs->prepared_master_secret)));
    add_input(view, hs->pre_master_secret.data, hs->pre_master_secret.len);
    add_input(view, IF_GIVEN(hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN));
    add_input(view, hs->client_random, random_len);
    add_input(view, hs->server_random, random_len);
    add_input(view, hs->session_hash.data, hs->session_hash.len);
    add_input(view, hs->client_finished_hash.data, hs->client_finished_hash.len);
    add_input(view, hs->server_finished_hash.data, hs->server_finished_hash.len);
}

static const uint64_t max_message_len = (uint64_t)1 << 60;

INLINE void message_hash_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_message_hash *hash = (const struct lanekdf_message_hash *)job;
    add_output(view, hash->out.data, hash->out.len);
    add_pieces(view, hash->message, hash->n_message, max_message_len);
}

INLINE void hmac_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    add_output(view, hmac->out.data, hmac->out.len);
    add_input(view, hmac->key.data, hmac->key.len);
    add_pieces(view, hmac->message, hmac->n_message, max_message_len);
}

INLINE void exporter_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    const size_t context_len = exporter->flags & LANEKDF_EXPORTER_HAS_CONTEXT ? 2 + exporter->context.len : 0;
    add_output(view, exporter->out.data, exporter->out.len);
    add_input(view, IF_GIVEN(exporter->master_secret, LANEKDF_MASTER_SECRET_LEN));
    add_prepared(view, exporter->prepared_secret);
    add_input(view, exporter->client_random, LANEKDF_RANDOM_LEN);
    add_input(view, exporter->server_random, LANEKDF_RANDOM_LEN);
    add_input(view, exporter->label.data, exporter->label.len);
    add_input(view, exporter->context.data, exporter->context.len);
    view->head_len = exporter->label.len + 2 * LANEKDF_RANDOM_LEN + context_len;
    view->max_message_len = view->head_len; /* the check has seen to it */
}

INLINE void finished_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    const struct lanekdf_bytes *client = &finished->client_finished_hash,
                               *server = &finished->server_finished_hash;
    add_output(view, finished->client_verify_data, client->len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_output(view, finished->server_verify_data, server->len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_input(view, IF_GIVEN(finished->master_secret, LANEKDF_MASTER_SECRET_LEN));
    add_prepared(view, finished->prepared_secret);
    add_input(view, client->data, client->len);
    add_input(view, server->data, server->len);
}

INLINE void prepare_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    add_output(view, prepare->prepared, sizeof(*prepare->prepared));
    add_input(view, prepare->secret.data, prepare->secret.len);
}

INLINE void ssl3_prf_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    add_output(view, prf->out.data, prf->out.len);
    add_input(view, prf->secret.data, prf->secret.len);
    add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
}

INLINE void ssl3_finished_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    add_output(view, finished->out, LANEKDF_SSL3_FINISHED_LEN);
    add_input(view, finished->master_secret, LANEKDF_MASTER_SECRET_LEN);
    add_pieces(view, finished->handshake_messages, finished->n_handshake_messages, max_message_len);
}

/* ---- checks of one kind ---- */

static int in_range(size_t n, size_t first, size_t last)
{
    return n >= first && n <= last;
}

/* One of two secrets, and only one. */
static int check_secrets(int is_given, const struct lanekdf_prepared_secret *prepared, uint32_t hash_id)
{
    if (!is_given == !prepared) {
        return LANEKDF_ERROR_CONFLICT;
    }
    return prepared && !prepared_is_for(prepared, hash_id) ? LANEKDF_ERROR_PREPARED : LANEKDF_OK;
}

INLINE int prf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    (void)hash, (void)legacy;
    if (prf->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->label.len > LANEKDF_MAX_SEED ||
        prf->n_seed > LANEKDF_MAX_PIECES || !in_range(prf->out.len, 1, LANEKDF_MAX_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return prf->prepared_secret ? check_secrets(prf->secret.len != 0, prf->prepared_secret, prf->hash)
                                : LANEKDF_OK;
}

/* MD5 and SHA-1 by themselves are no PRF of any version. */
static int is_prf_hash(const struct hash *hash)
{
    return hash->two[0] || hash->digest_bytes >= 32;
}

/* The version's hash, and whether the version is allowed. */
INLINE int check_version(uint32_t version, const struct hash *hash, uint32_t legacy)
{
    if (version == LANEKDF_TLS12) {
        return hash->two[0] || !is_prf_hash(hash) ? LANEKDF_ERROR_HASH : LANEKDF_OK;
    }
    if (version < LANEKDF_SSL3 || version > LANEKDF_TLS12) {
        return LANEKDF_ERROR_VERSION;
    }
    if (!hash->two[0]) {
        return LANEKDF_ERROR_HASH;
    }
    return legacy >> (version - LANEKDF_SSL3) & 1 ? LANEKDF_OK : LANEKDF_ERROR_DISABLED;
}
_Static_assert(
    LANEKDF_LEGACY_SSL3 == 1 << 0 && LANEKDF_LEGACY_TLS10 == 1 << 1 && LANEKDF_LEGACY_TLS11 == 1 << 2,
    "as check_version() has it");

INLINE int check_export(const struct lanekdf_handshake *hs, uint32_t legacy)
{
    if (!hs->final_key_len) {
        return LANEKDF_OK;
    }
    if (hs->version == LANEKDF_TLS12) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (!(legacy & LANEKDF_LEGACY_EXPORT)) {
        return LANEKDF_ERROR_DISABLED;
    }
    return hs->final_key_len > 16 || hs->fixed_iv_len > 16 || !in_range(hs->enc_key_len, 1, 16)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

INLINE int handshake_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const size_t client = hs->client_finished_hash.len, server = hs->server_finished_hash.len;
    int status = check_version(hs->version, hash, legacy);
    if (status == LANEKDF_OK) {
        status = check_export(hs, legacy);
    }
    if (status != LANEKDF_OK) {
        return status;
    }
    if (hs->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (hs->known_master_secret && (hs->pre_master_secret.len || hs->session_hash.len)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (hs->version == LANEKDF_SSL3 &&
        (hs->session_hash.len || client || server || hs->prepared_master_secret)) {
        return LANEKDF_ERROR_CONFLICT;
    }
    if (hs->version == LANEKDF_SSL3 && handshake_key_block_len(hs) > LANEKDF_MAX_SSL3_OUT) {
        return LANEKDF_ERROR_LENGTH;
    }
    if (hs->pre_master_secret.len > LANEKDF_MAX_SECRET ||
        (hs->session_hash.len && hs->session_hash.len != hash->digest_bytes) ||
        (hs->key_block && !handshake_key_block_len(hs)) || (client && client != hash->digest_bytes) ||
        (server && server != hash->digest_bytes) ||
        !(handshake_key_block_len(hs) || hs->master_secret || client || server ||
            hs->prepared_master_secret)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

INLINE int message_hash_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_message_hash *m = (const struct lanekdf_message_hash *)job;
    (void)legacy;
    if (m->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (m->n_message > LANEKDF_MAX_PIECES || !in_range(m->out.len, 1, hash->digest_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

INLINE int hmac_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    (void)legacy;
    if (hash->two[0]) {
        return LANEKDF_ERROR_HASH;
    }
    if (hmac->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (hmac->key.len > LANEKDF_MAX_SECRET || hmac->n_message > LANEKDF_MAX_PIECES ||
        !in_range(hmac->out.len, 1, hash->digest_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

/* RFC 5705 section 4 and RFC 7627 section 6: what TLS makes of a master secret itself. Labels are
 * not secret. */
static int is_label_of_tls(const struct lanekdf_bytes *label)
{
    static const char *const labels[] = {
        "client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    for (unsigned i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
        if (label->len == strlen(labels[i]) && memcmp(label->data, labels[i], label->len) == 0) {
            return 1;
        }
    }
    return 0;
}

INLINE int exporter_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    const uint32_t flags = exporter->flags;
    if (!is_prf_hash(hash)) {
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
    if (!in_range(exporter->label.len, 1, LANEKDF_MAX_SEED) || exporter->context.len > LANEKDF_MAX_CONTEXT ||
        !in_range(exporter->out.len, 1, LANEKDF_MAX_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    if (exporter->label.data && is_label_of_tls(&exporter->label)) {
        return LANEKDF_ERROR_LABEL;
    }
    return check_secrets(exporter->master_secret != NULL, exporter->prepared_secret, exporter->hash);
}

INLINE int finished_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    const size_t client = finished->client_finished_hash.len, server = finished->server_finished_hash.len;
    (void)legacy;
    if (!is_prf_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (finished->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (!(client || server) || (client && client != hash->transcript_bytes) ||
        (server && server != hash->transcript_bytes)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return check_secrets(finished->master_secret != NULL, finished->prepared_secret, finished->hash);
}

INLINE int prepare_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    (void)hash, (void)legacy;
    if (prepare->reserved) {
        return LANEKDF_ERROR_RESERVED;
    }
    return prepare->secret.len > LANEKDF_MAX_SECRET ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

INLINE int ssl3_prf_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (prf->reserved[0] || prf->reserved[1]) {
        return LANEKDF_ERROR_RESERVED;
    }
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->n_seed > LANEKDF_MAX_PIECES ||
        !in_range(prf->out.len, 1, LANEKDF_MAX_SSL3_OUT)) {
        return LANEKDF_ERROR_LENGTH;
    }
    return LANEKDF_OK;
}

INLINE int ssl3_finished_check(const struct lanekdf_job *job, const struct hash *hash, uint32_t legacy)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    (void)hash;
    if (!(legacy & LANEKDF_LEGACY_SSL3)) {
        return LANEKDF_ERROR_DISABLED;
    }
    if (finished->reserved || finished->sender > 1) {
        return LANEKDF_ERROR_RESERVED;
    }
    return finished->n_handshake_messages > LANEKDF_MAX_PIECES ? LANEKDF_ERROR_LENGTH : LANEKDF_OK;
}

/* ---- checks of every kind ---- */

/* Whether two outputs overlap. Callers may have them in any order, so this is asked often. */
__attribute__((noinline)) static int outputs_overlap(
    const struct lanekdf_job *job, void (*view)(const struct lanekdf_job *, struct job_view *))
{
    struct job_view v;
    int result = 0;
    view_begin(&v, JOB_LISTS_OUTPUTS);
    view(job, &v);
    for (unsigned i = 1; i < v.n_outputs; i++) {
        for (unsigned k = 0; k < i; k++) {
            result |= overlap(v.outputs[i].data, v.outputs[i].len, v.outputs[k].data, v.outputs[k].len);
        }
    }
    return result;
}

/* Whether output i overlaps another output, the job or something that it reads. */
static int output_overlaps(
    const struct lanekdf_job *job, size_t job_bytes, const struct job_view *view, unsigned i)
{
    const struct lanekdf_span *out = &view->outputs[i];
    int result = overlap(out->data, out->len, job, job_bytes);
    for (unsigned k = 0; k < view->n_outputs; k++) {
        result |= k != i && overlap(out->data, out->len, view->outputs[k].data, view->outputs[k].len);
    }
    for (unsigned k = 0; k < view->n_inputs; k++) {
        result |= overlap(out->data, out->len, view->inputs[k].data, view->inputs[k].len);
    }
    for (size_t k = 0; k < view->n_pieces && view->pieces; k++) {
        result |= overlap(out->data, out->len, view->pieces[k].data, view->pieces[k].len);
    }
    return result;
}

__attribute__((noinline)) static int has_overlap(const struct lanekdf_job *job, size_t job_bytes,
    void (*view)(const struct lanekdf_job *, struct job_view *))
{
    struct job_view v;
    int result = 0;
    view_begin(&v, JOB_LISTS_ALL);
    view(job, &v);
    for (unsigned i = 0; i < v.n_outputs; i++) {
        result |= output_overlaps(job, job_bytes, &v, i);
    }
    return result;
}

/* Every buffer of a job; message_len: bytes of head and pieces. */
INLINE int check_buffers(const struct lanekdf_job *job, size_t job_bytes,
    void (*view)(const struct lanekdf_job *, struct job_view *), uint64_t *message_len)
{
    struct job_view v;
    view_begin(&v, JOB_LISTS_NONE);
    view(job, &v);
    v.is_in_box |= in_box(&v, job, job_bytes);
    if (v.has_null) {
        return LANEKDF_ERROR_NULL;
    }
    uint64_t len = v.head_len;
    for (size_t i = 0; i < v.n_pieces; i++) {
        const struct lanekdf_bytes *piece = &v.pieces[i];
        if (piece->len && !piece->data) {
            return LANEKDF_ERROR_NULL;
        }
        if (piece->len > v.max_message_len - len) {
            return LANEKDF_ERROR_LENGTH;
        }
        len += piece->len;
        v.is_in_box |= in_box(&v, piece->data, piece->len);
    }
    if (len > v.max_message_len) {
        return LANEKDF_ERROR_LENGTH;
    }
    *message_len = len;
    if ((v.is_output_in_box && outputs_overlap(job, view)) ||
        (v.is_in_box && has_overlap(job, job_bytes, view))) {
        return LANEKDF_ERROR_OVERLAP;
    }
    return LANEKDF_OK;
}

/* MD5 and SHA-1 come with a version that has them. */
static int is_allowed(uint32_t hash_id, uint32_t legacy)
{
    return hash_id < LANEKDF_MD5 ||
           legacy & (LANEKDF_LEGACY_SSL3 | LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11);
}

static void set_hashes(struct record *record, const struct hash *hash)
{
    record->hashes[0] = hash->two[0] ? &hashes[hash->two[0]] : hash;
    record->hashes[1] = hash->two[0] ? &hashes[hash->two[1]] : NULL;
}

/* What every kind's begin() does. */
INLINE int begin(struct lanekdf_job *job, size_t job_bytes, uint32_t hash_id,
    void (*view)(const struct lanekdf_job *, struct job_view *),
    int (*check)(const struct lanekdf_job *, const struct hash *, uint32_t), uint32_t legacy,
    const struct derivation *const *phases, struct record *record)
{
    const struct hash *hash = hash_find(hash_id);
    if (job->reserved | (job->legacy & ~(uint32_t)LANEKDF_LEGACY_ALL)) {
        return LANEKDF_ERROR_RESERVED;
    }
    legacy = job->legacy ? job->legacy : legacy;
    if (!hash) {
        return LANEKDF_ERROR_HASH;
    }
    if (!is_allowed(hash_id, legacy)) {
        return LANEKDF_ERROR_DISABLED;
    }
    const int status = check(job, hash, legacy);
    if (status != LANEKDF_OK) {
        return status;
    }
    record->phases = phases;
    record->prepared = NULL;
    record->n_done = 0;
    record->phase = record->pass = record->has_secrets = 0;
    set_hashes(record, hash);
    return check_buffers(job, job_bytes, view, &record->message_len);
}

/* ---- what each kind consists of ---- */

#define PHASES(name, ...) static const struct derivation *const name[] = {__VA_ARGS__, NULL}

PHASES(prf_phases, &derivation_secret_hash, &derivation_prf);
PHASES(handshake_phases, &derivation_secret_hash, &derivation_master_secret, &derivation_session_keys);
PHASES(rare_handshake_phases, &derivation_secret_hash, &derivation_master_secret, &derivation_session_keys,
    &derivation_final_keys, &derivation_prepare);
PHASES(ssl3_handshake_phases, &derivation_ssl3_master_secret, &derivation_ssl3_key_block,
    &derivation_ssl3_final_keys);
PHASES(message_hash_phases, &derivation_message_hash);
PHASES(hmac_phases, &derivation_secret_hash, &derivation_hmac);
PHASES(exporter_phases, &derivation_exporter);
PHASES(finished_phases, &derivation_session_keys);
PHASES(prepare_phases, &derivation_secret_hash, &derivation_prepare);
PHASES(ssl3_prf_phases, &derivation_ssl3_prf);
PHASES(ssl3_finished_phases, &derivation_ssl3_finished);

static void set_secret(
    struct record *record, const uint8_t *secret, size_t len, const struct lanekdf_prepared_secret *prepared)
{
    record->prepared = prepared;
    record_set_secret(record, secret, prepared ? 0 : len);
}

static int prf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    const int status = begin(job, sizeof(*prf), prf->hash, prf_view, prf_check, legacy, prf_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, prf->secret.data, prf->secret.len, prf->prepared_secret);
    }
    record->out = prf->out;
    return status;
}

static int handshake_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const struct derivation *const *phases = hs->version == LANEKDF_SSL3 ? ssl3_handshake_phases
                                             : hs->final_key_len || hs->prepared_master_secret
                                                 ? rare_handshake_phases
                                                 : handshake_phases;
    const int status =
        begin(job, sizeof(*hs), hs->hash, handshake_view, handshake_check, legacy, phases, record);
    if (status != LANEKDF_OK) {
        return status;
    }
    if (hs->version == LANEKDF_SSL3) { /* its secrets are whole, and its derivations choose their hash */
        record->hashes[1] = NULL;
    }
    if (hs->known_master_secret) {
        set_secret(record, hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN, NULL);
        if (hs->master_secret) {
            memcpy(hs->master_secret, hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
        }
    } else {
        set_secret(record, hs->pre_master_secret.data, hs->pre_master_secret.len, NULL);
    }
    return LANEKDF_OK;
}

static int message_hash_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_message_hash *hash = (const struct lanekdf_message_hash *)job;
    return begin(job, sizeof(*hash), hash->hash, message_hash_view, message_hash_check, legacy,
        message_hash_phases, record);
}

static int hmac_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    const int status =
        begin(job, sizeof(*hmac), hmac->hash, hmac_view, hmac_check, legacy, hmac_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, hmac->key.data, hmac->key.len, NULL);
    }
    return status;
}

static int exporter_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_exporter *exporter = (const struct lanekdf_exporter *)job;
    const int status = begin(job, sizeof(*exporter), exporter->hash, exporter_view, exporter_check, legacy,
        exporter_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, exporter->master_secret, LANEKDF_MASTER_SECRET_LEN, exporter->prepared_secret);
    }
    record->out = exporter->out;
    return status;
}

static int finished_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_finished *finished = (const struct lanekdf_finished *)job;
    const int status = begin(job, sizeof(*finished), finished->hash, finished_view, finished_check, legacy,
        finished_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, finished->master_secret, LANEKDF_MASTER_SECRET_LEN, finished->prepared_secret);
    }
    return status;
}

static int prepare_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_prepare *prepare = (const struct lanekdf_prepare *)job;
    const int status = begin(
        job, sizeof(*prepare), prepare->hash, prepare_view, prepare_check, legacy, prepare_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, prepare->secret.data, prepare->secret.len, NULL);
    }
    return status;
}

static int ssl3_prf_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_ssl3_prf *prf = (const struct lanekdf_ssl3_prf *)job;
    const int status =
        begin(job, sizeof(*prf), LANEKDF_MD5, ssl3_prf_view, ssl3_prf_check, legacy, ssl3_prf_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, prf->secret.data, prf->secret.len, NULL);
    }
    record->out = prf->out;
    return status;
}

static int ssl3_finished_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct lanekdf_ssl3_finished *finished = (const struct lanekdf_ssl3_finished *)job;
    const int status = begin(job, sizeof(*finished), LANEKDF_MD5, ssl3_finished_view, ssl3_finished_check,
        legacy, ssl3_finished_phases, record);
    if (status == LANEKDF_OK) {
        set_secret(record, finished->master_secret, LANEKDF_MASTER_SECRET_LEN, NULL);
    }
    return status;
}

/* ---- the table ---- */

static const struct job_kind kinds[] = {
    [LANEKDF_KIND_PRF] = {sizeof(struct lanekdf_prf), prf_begin, prf_view},
    [LANEKDF_KIND_HANDSHAKE] = {sizeof(struct lanekdf_handshake), handshake_begin, handshake_view},
    [LANEKDF_KIND_HASH] = {sizeof(struct lanekdf_message_hash), message_hash_begin, message_hash_view},
    [LANEKDF_KIND_HMAC] = {sizeof(struct lanekdf_hmac), hmac_begin, hmac_view},
    [LANEKDF_KIND_EXPORTER] = {sizeof(struct lanekdf_exporter), exporter_begin, exporter_view},
    [LANEKDF_KIND_FINISHED] = {sizeof(struct lanekdf_finished), finished_begin, finished_view},
    [LANEKDF_KIND_PREPARE] = {sizeof(struct lanekdf_prepare), prepare_begin, prepare_view},
    [LANEKDF_KIND_SSL3_PRF] = {sizeof(struct lanekdf_ssl3_prf), ssl3_prf_begin, ssl3_prf_view},
    [LANEKDF_KIND_SSL3_FINISHED] = {sizeof(struct lanekdf_ssl3_finished), ssl3_finished_begin,
        ssl3_finished_view},
};

static const struct job_kind *find_kind(uint32_t kind)
{
    return kind < sizeof(kinds) / sizeof(*kinds) && kinds[kind].begin ? &kinds[kind] : NULL;
}

/* Zeroes the outputs of a bad job: those that can be told, and do not lie over
 * something else of the caller's. */
static void zero_outputs(const struct lanekdf_job *job, const struct job_kind *kind)
{
    struct job_view view;
    view_begin(&view, JOB_LISTS_ALL);
    kind->view(job, &view);
    if (view.n_pieces > LANEKDF_MAX_PIECES) {
        view.n_pieces = 0;
    }
    for (unsigned i = 0; i < view.n_outputs; i++) {
        const struct lanekdf_span *out = &view.outputs[i];
        if (out->data && out->len <= LANEKDF_MAX_OUT && !output_overlaps(job, kind->job_bytes, &view, i)) {
            memset(out->data, 0, out->len);
        }
    }
}

__attribute__((cold)) int job_fail(struct lanekdf_job *job, int status)
{
    const struct job_kind *kind = find_kind(job->kind);
    if (kind) {
        zero_outputs(job, kind);
    }
    job->status = status;
    return status;
}

int job_begin(struct lanekdf_job *job, struct record *record, uint32_t legacy)
{
    const struct job_kind *kind = find_kind(job->kind);
    const int status = kind ? kind->begin(job, record, legacy) : LANEKDF_ERROR_KIND;
    if (status != LANEKDF_OK) {
        return job_fail(job, status);
    }
    record->job = job;
    return LANEKDF_OK;
}
