/* The table of job kinds: what each is made of, and what makes one a good one. */
#include "derivation.h"

#include <string.h>

/* What is written once for every kind is compiled once for each, with its numbers of
 * buffers known: a check costs about as much as one compression otherwise. */
#define INLINE static inline __attribute__((always_inline))

/* ---- views ---- */

INLINE void add_output(struct job_view *view, uint8_t *data, size_t len)
{
    view->outputs[view->n_outputs++] = (struct lanekdf_span){data, len};
}

INLINE void add_input(struct job_view *view, const void *data, size_t len)
{
    view->inputs[view->n_inputs++] = (struct lanekdf_bytes){data, len};
}

INLINE void add_pieces(
    struct job_view *view, const struct lanekdf_bytes *pieces, size_t n_pieces, uint64_t max_message_len)
{
    add_input(view, pieces, n_pieces * sizeof *pieces);
    view->pieces = pieces;
    view->n_pieces = n_pieces;
    view->max_message_len = max_message_len;
}

INLINE void prf_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    add_output(view, prf->out.data, prf->out.len);
    add_input(view, prf->secret.data, prf->secret.len);
    add_input(view, prf->label.data, prf->label.len);
    add_pieces(view, prf->seed, prf->n_seed, LANEKDF_MAX_SEED);
    view->head_len = prf->label.len;
}

INLINE void handshake_view(const struct lanekdf_job *job, struct job_view *view)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const int needs_randoms =
        handshake_key_block_len(hs) || (!hs->known_master_secret && !hs->session_hash.len);
    add_output(view, hs->master_secret, hs->master_secret ? LANEKDF_MASTER_SECRET_LEN : 0);
    add_output(view, hs->key_block, handshake_key_block_len(hs));
    add_output(view, hs->client_verify_data, hs->client_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_output(view, hs->server_verify_data, hs->server_finished_hash.len ? LANEKDF_VERIFY_DATA_LEN : 0);
    add_input(view, hs->pre_master_secret.data, hs->pre_master_secret.len);
    add_input(view, hs->known_master_secret, hs->known_master_secret ? LANEKDF_MASTER_SECRET_LEN : 0);
    add_input(view, hs->client_random, needs_randoms ? LANEKDF_RANDOM_LEN : 0);
    add_input(view, hs->server_random, needs_randoms ? LANEKDF_RANDOM_LEN : 0);
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

/* ---- checks of one kind ---- */

static int in_range(size_t n, size_t first, size_t last)
{
    return n >= first && n <= last;
}

INLINE int prf_check(const struct lanekdf_job *job, const struct hash *hash)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    (void)hash;
    if (prf->reserved)
        return LANEKDF_ERROR_RESERVED;
    if (prf->prepared_secret)
        return LANEKDF_ERROR_PREPARED;
    if (prf->secret.len > LANEKDF_MAX_SECRET || prf->label.len > LANEKDF_MAX_SEED ||
        prf->n_seed > LANEKDF_MAX_PIECES || !in_range(prf->out.len, 1, LANEKDF_MAX_OUT))
        return LANEKDF_ERROR_LENGTH;
    return LANEKDF_OK;
}

INLINE int handshake_check(const struct lanekdf_job *job, const struct hash *hash)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const size_t client = hs->client_finished_hash.len, server = hs->server_finished_hash.len;
    if (hs->version != 0x0303)
        return LANEKDF_ERROR_KIND;
    if (hs->reserved)
        return LANEKDF_ERROR_RESERVED;
    if (hs->known_master_secret && (hs->pre_master_secret.len || hs->session_hash.len))
        return LANEKDF_ERROR_CONFLICT;
    if (hs->pre_master_secret.len > LANEKDF_MAX_SECRET || hs->session_hash.len > LANEKDF_MAX_SESSION_HASH ||
        (client && client != hash->digest_bytes) || (server && server != hash->digest_bytes) ||
        !(hs->master_secret || handshake_key_block_len(hs) || client || server))
        return LANEKDF_ERROR_LENGTH;
    return LANEKDF_OK;
}

INLINE int message_hash_check(const struct lanekdf_job *job, const struct hash *hash)
{
    const struct lanekdf_message_hash *m = (const struct lanekdf_message_hash *)job;
    if (m->reserved)
        return LANEKDF_ERROR_RESERVED;
    if (m->n_message > LANEKDF_MAX_PIECES || !in_range(m->out.len, 1, hash->digest_bytes))
        return LANEKDF_ERROR_LENGTH;
    return LANEKDF_OK;
}

INLINE int hmac_check(const struct lanekdf_job *job, const struct hash *hash)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    if (hmac->reserved)
        return LANEKDF_ERROR_RESERVED;
    if (hmac->key.len > LANEKDF_MAX_SECRET || hmac->n_message > LANEKDF_MAX_PIECES ||
        !in_range(hmac->out.len, 1, hash->digest_bytes))
        return LANEKDF_ERROR_LENGTH;
    return LANEKDF_OK;
}

/* ---- checks of every kind ---- */

INLINE int overlap(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;
    return (a_len != 0) & (b_len != 0) & (p - q < b_len || q - p < a_len); /* differences wrap */
}

INLINE int overlaps_output(const struct job_view *view, const void *data, size_t len)
{
    int result = 0;
    for (unsigned i = 0; i < view->n_outputs; i++)
        result |= overlap(data, len, view->outputs[i].data, view->outputs[i].len);
    return result;
}

/* Whether two outputs overlap, or an output something that is read: the job, an input,
 * a piece. What lies outside the box that holds all outputs is settled by that. */
INLINE int has_overlap(const struct lanekdf_job *job, size_t job_bytes, const struct job_view *view)
{
    uintptr_t low = UINTPTR_MAX, high = 0;
    int result = 0;
    for (unsigned i = 0; i < view->n_outputs; i++) {
        const uintptr_t first = (uintptr_t)view->outputs[i].data, end = first + view->outputs[i].len;
        for (unsigned k = 0; k < i; k++)
            result |= overlap(
                view->outputs[i].data, view->outputs[i].len, view->outputs[k].data, view->outputs[k].len);
        low = first != end && first < low ? first : low;
        high = first != end && end > high ? end : high;
    }
#define IN_BOX(p, len) (((uintptr_t)(p) < high) & ((uintptr_t)(p) + (len) > low))
    if (IN_BOX(job, job_bytes))
        result |= overlaps_output(view, job, job_bytes);
    for (unsigned k = 0; k < view->n_inputs; k++)
        if (IN_BOX(view->inputs[k].data, view->inputs[k].len))
            result |= overlaps_output(view, view->inputs[k].data, view->inputs[k].len);
    for (size_t k = 0; k < view->n_pieces; k++)
        if (IN_BOX(view->pieces[k].data, view->pieces[k].len))
            result |= overlaps_output(view, view->pieces[k].data, view->pieces[k].len);
#undef IN_BOX
    return result;
}

INLINE int check_buffers(
    const struct lanekdf_job *job, size_t job_bytes, const struct job_view *view, uint64_t *message_len)
{
    int null = 0;
    for (unsigned i = 0; i < view->n_outputs; i++)
        null |= view->outputs[i].len && !view->outputs[i].data;
    for (unsigned i = 0; i < view->n_inputs; i++)
        null |= view->inputs[i].len && !view->inputs[i].data;
    if (null)
        return LANEKDF_ERROR_NULL;
    uint64_t len = view->head_len;
    for (size_t i = 0; i < view->n_pieces; i++) {
        if (view->pieces[i].len && !view->pieces[i].data)
            return LANEKDF_ERROR_NULL;
        if (view->pieces[i].len > view->max_message_len - len)
            return LANEKDF_ERROR_LENGTH;
        len += view->pieces[i].len;
    }
    if (len > view->max_message_len)
        return LANEKDF_ERROR_LENGTH;
    *message_len = len;
    return has_overlap(job, job_bytes, view) ? LANEKDF_ERROR_OVERLAP : LANEKDF_OK;
}

/* A kind's begin(). */
INLINE int begin(struct lanekdf_job *job, size_t job_bytes, uint32_t hash_id,
    void (*view)(const struct lanekdf_job *, struct job_view *),
    int (*check)(const struct lanekdf_job *, const struct hash *), struct record *record)
{
    const struct hash *hash = hash_find(hash_id);
    if (!hash)
        return LANEKDF_ERROR_KIND;
    const int status = check(job, hash);
    if (status != LANEKDF_OK)
        return status;
    struct job_view v;
    v.n_outputs = v.n_inputs = 0;
    v.pieces = NULL;
    v.n_pieces = 0;
    v.head_len = v.max_message_len = 0;
    view(job, &v);
    /* They are read when the lanes of a task are full, and written when it has run. */
    for (unsigned i = 0; i < v.n_inputs; i++)
        __builtin_prefetch(v.inputs[i].data);
    for (unsigned i = 0; i < v.n_outputs; i++)
        __builtin_prefetch(v.outputs[i].data, 1);
    record->hash = hash;
    return check_buffers(job, job_bytes, &v, &record->message_len);
}

static int prf_begin(struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_prf *prf = (const struct lanekdf_prf *)job;
    record->key = prf->secret.data;
    record->key_len = prf->secret.len;
    return begin(job, sizeof *prf, prf->hash, prf_view, prf_check, record);
}

static int handshake_begin(struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_handshake *hs = (const struct lanekdf_handshake *)job;
    const int status = begin(job, sizeof *hs, hs->hash, handshake_view, handshake_check, record);
    if (hs->known_master_secret) {
        record->key = hs->known_master_secret;
        record->key_len = LANEKDF_MASTER_SECRET_LEN;
        if (status == LANEKDF_OK && hs->master_secret)
            memcpy(hs->master_secret, hs->known_master_secret, LANEKDF_MASTER_SECRET_LEN);
    } else {
        record->key = hs->pre_master_secret.data;
        record->key_len = hs->pre_master_secret.len;
    }
    return status;
}

static int message_hash_begin(struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_message_hash *hash = (const struct lanekdf_message_hash *)job;
    record->key = NULL;
    record->key_len = 0;
    return begin(job, sizeof *hash, hash->hash, message_hash_view, message_hash_check, record);
}

static int hmac_begin(struct lanekdf_job *job, struct record *record)
{
    const struct lanekdf_hmac *hmac = (const struct lanekdf_hmac *)job;
    record->key = hmac->key.data;
    record->key_len = hmac->key.len;
    return begin(job, sizeof *hmac, hmac->hash, hmac_view, hmac_check, record);
}

/* ---- the table ---- */

static const struct job_kind kinds[] = {
    [LANEKDF_KIND_PRF] = {sizeof(struct lanekdf_prf), {&derivation_secret_hash, &derivation_prf}, prf_begin,
        prf_view},
    [LANEKDF_KIND_HANDSHAKE] = {sizeof(struct lanekdf_handshake),
        {&derivation_secret_hash, &derivation_master_secret, &derivation_session_keys}, handshake_begin,
        handshake_view},
    [LANEKDF_KIND_HASH] = {sizeof(struct lanekdf_message_hash), {&derivation_message_hash},
        message_hash_begin, message_hash_view},
    [LANEKDF_KIND_HMAC] = {sizeof(struct lanekdf_hmac), {&derivation_secret_hash, &derivation_hmac},
        hmac_begin, hmac_view},
};

static const struct job_kind *find_kind(uint32_t kind)
{
    return kind < sizeof kinds / sizeof *kinds && kinds[kind].begin ? &kinds[kind] : NULL;
}

/* Whether output i overlaps another output, the job or something that it reads. */
__attribute__((noinline, cold)) static int output_overlaps(
    const struct lanekdf_job *job, size_t job_bytes, const struct job_view *view, unsigned i)
{
    const struct lanekdf_span *out = &view->outputs[i];
    int result = overlap(out->data, out->len, job, job_bytes);
    for (unsigned k = 0; k < view->n_outputs; k++)
        result |= k != i && overlap(out->data, out->len, view->outputs[k].data, view->outputs[k].len);
    for (unsigned k = 0; k < view->n_inputs; k++)
        result |= overlap(out->data, out->len, view->inputs[k].data, view->inputs[k].len);
    for (size_t k = 0; k < view->n_pieces && view->pieces; k++)
        result |= overlap(out->data, out->len, view->pieces[k].data, view->pieces[k].len);
    return result;
}

/* Zeroes the outputs of a bad job: those that can be told, and do not lie over
 * something else of the caller's. */
static void zero_outputs(const struct lanekdf_job *job, const struct job_kind *kind)
{
    struct job_view view = {0};
    kind->view(job, &view);
    if (view.n_pieces > LANEKDF_MAX_PIECES)
        view.n_pieces = 0;
    for (unsigned i = 0; i < view.n_outputs; i++) {
        const struct lanekdf_span *out = &view.outputs[i];
        if (out->data && out->len <= LANEKDF_MAX_OUT && !output_overlaps(job, kind->job_bytes, &view, i))
            memset(out->data, 0, out->len);
    }
}

__attribute__((cold)) int job_fail(struct lanekdf_job *job, int status)
{
    const struct job_kind *kind = find_kind(job->kind);
    if (kind)
        zero_outputs(job, kind);
    job->status = status;
    return status;
}

int job_begin(struct lanekdf_job *job, struct record *record)
{
    const struct job_kind *kind = find_kind(job->kind);
    const int status = kind ? kind->begin(job, record) : LANEKDF_ERROR_KIND;
    if (status != LANEKDF_OK)
        return job_fail(job, status);
    job->status = LANEKDF_PENDING;
    record->job = job;
    record->kind = kind;
    record->n_done = 0;
    record->phase = 0;
    record->has_secrets = 0;
    return LANEKDF_OK;
}
