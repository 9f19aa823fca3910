#include "job_case.h"

#include <string.h>

#include "must.h"

struct job_case job_case_new(uint32_t kind, struct guarded_memory *memory)
{
    const struct job_kind *row = job_kind(kind);
    struct job_case job_case = {.name = row->name};

    job_case.any = guarded_take(memory, row->size, sizeof(void *));
    memset(job_case.any, 0, row->size);
    job_case.any->job.kind = kind;
    rng_fill(guarded_rng(memory), &job_case.any->job.status, sizeof(job_case.any->job.status));
    job_case.any->job.owner = job_case.any;
    return job_case;
}

/*
 * Inputs
 */

const uint8_t *take_input(struct guarded_memory *memory, size_t len)
{
    uint8_t *input = guarded_take(memory, len, 1);

    if (len) {
        rng_fill(guarded_rng(memory), input, len);
    }
    return input;
}

struct lanekdf_bytes take_bytes(struct guarded_memory *memory, size_t len)
{
    return (struct lanekdf_bytes){take_input(memory, len), len};
}

/* Each piece is an input of its own, which nobody may read beyond. */
static void cut_apart(struct lanekdf_bytes *pieces, size_t n, size_t len, struct guarded_memory *memory)
{
    for (size_t i = 0; i < n; i++) {
        const size_t part = i + 1 == n ? len : rng_below(guarded_rng(memory), (uint32_t)len + 1);

        pieces[i] = take_bytes(memory, part);
        len -= part;
    }
}

/* Pieces of about the same length lie side by side in one input: there may be thousands of them. */
static void cut_in_place(struct lanekdf_bytes *pieces, size_t n, size_t len, struct guarded_memory *memory)
{
    const uint8_t *at = take_input(memory, len);
    const size_t usual = 2 * len / n;

    for (size_t i = 0; i < n; i++) {
        const size_t most = len < usual ? len : usual;
        const size_t part = i + 1 == n ? len : rng_below(guarded_rng(memory), (uint32_t)most + 1);

        pieces[i] = (struct lanekdf_bytes){at, part};
        at = at ? at + part : NULL;
        len -= part;
    }
}

struct job_pieces take_pieces(struct guarded_memory *memory, size_t len, size_t n)
{
    struct lanekdf_bytes *pieces = guarded_take(memory, n * sizeof(*pieces), sizeof(void *));

    (n > 8 ? cut_in_place : cut_apart)(pieces, n, len, memory);
    return (struct job_pieces){pieces, n};
}

/*
 * Outputs
 */

void add_output(struct job_case *job_case, struct lanekdf_span out)
{
    must(job_case->n_outputs < JOB_CASE_MAX_OUTPUTS, "raise JOB_CASE_MAX_OUTPUTS");
    job_case->outputs[job_case->n_outputs++] = out;
}

void forget_output(struct job_case *job_case, const uint8_t *data)
{
    size_t n = 0;

    for (size_t i = 0; i < job_case->n_outputs; i++) {
        if (job_case->outputs[i].data != data) {
            job_case->outputs[n++] = job_case->outputs[i];
        }
    }
    job_case->n_outputs = n;
}

struct lanekdf_span take_output(struct job_case *job_case, struct guarded_memory *memory, size_t len)
{
    const struct lanekdf_span out = {guarded_take(memory, len, 1), len};

    add_output(job_case, out);
    return out;
}

static struct lanekdf_prepared_secret *new_prepared(struct guarded_memory *memory)
{
    return guarded_take(memory, sizeof(struct lanekdf_prepared_secret), sizeof(uint64_t));
}

struct lanekdf_prepared_secret *take_prepared_output(struct job_case *job_case, struct guarded_memory *memory)
{
    struct lanekdf_prepared_secret *prepared = new_prepared(memory);

    add_output(job_case, (struct lanekdf_span){(uint8_t *)prepared, sizeof(*prepared)});
    return prepared;
}

/*
 * Prepared secrets
 */

/* By a handshake whose master secret the secret is. */
static int prepare_by_handshake(
    uint32_t hash, const uint8_t *master_secret, struct lanekdf_prepared_secret *prepared)
{
    struct lanekdf_handshake job = {.job = {.kind = LANEKDF_KIND_HANDSHAKE, .legacy = LANEKDF_LEGACY_ALL},
        .version = hash == LANEKDF_MD5_SHA1 ? LANEKDF_TLS10 : LANEKDF_TLS12,
        .hash = (uint16_t)hash,
        .known_master_secret = master_secret,
        .prepared_master_secret = prepared};

    return lanekdf_derive_one(&job.job);
}

static int prepare_by_job(
    uint32_t hash, struct lanekdf_bytes secret, struct lanekdf_prepared_secret *prepared)
{
    struct lanekdf_prepare job = {.job = {.kind = LANEKDF_KIND_PREPARE, .legacy = LANEKDF_LEGACY_ALL},
        .hash = hash,
        .secret = secret,
        .prepared = prepared};

    return lanekdf_derive_one(&job.job);
}

struct lanekdf_prepared_secret *take_prepared(
    struct guarded_memory *memory, uint32_t hash, struct lanekdf_bytes secret)
{
    struct lanekdf_prepared_secret *prepared = new_prepared(memory);
    const bool may_be_master =
        secret.len == LANEKDF_MASTER_SECRET_LEN && job_kind(LANEKDF_KIND_HANDSHAKE)->hashes >> hash & 1;
    const int status = may_be_master && rng_one_in(guarded_rng(memory), 2)
                           ? prepare_by_handshake(hash, secret.data, prepared)
                           : prepare_by_job(hash, secret, prepared);

    must(status == LANEKDF_OK, "a secret could not be prepared");
    return prepared;
}

void prepare_secret(struct job_case *job_case, struct guarded_memory *memory)
{
    union any_job *any = job_case->any;
    const struct job_kind *kind = job_kind(any->job.kind);
    const struct job_field *secret = job_kind_secret(kind);

    if (secret->type == FIELD_BYTES) {
        job_case->prepared_from = *job_field_bytes(any, secret);
        *job_field_bytes(any, secret) = take_bytes(memory, 0); /* with an address or without */
    } else {
        job_case->prepared_from =
            (struct lanekdf_bytes){*job_field_fixed(any, secret), job_field_max(any, secret)};
        *job_field_fixed(any, secret) = NULL;
    }
    *job_field_prepared(any, job_kind_field(kind, FIELD_PREPARED)) =
        take_prepared(memory, job_hash(any), job_case->prepared_from);
}

void job_case_again(struct job_case *job_case)
{
    must(job_case->status == LANEKDF_OK || job_case->status == LANEKDF_ERROR_DISABLED,
        "outputs of a wrong job may lie in its inputs");
    job_case->any->job.status = ~job_case->status;
    for (size_t i = 0; i < job_case->n_outputs; i++) {
        memset(job_case->outputs[i].data, (uint8_t)~GUARDED_FILL, job_case->outputs[i].len);
    }
}

union any_job job_case_of_bytes(const struct job_case *job_case)
{
    const struct job_kind *kind = job_kind(job_case->any->job.kind);
    const struct job_field *secret = job_kind_secret(kind), *prepared = job_kind_field(kind, FIELD_PREPARED);
    union any_job copy;

    memcpy(&copy, job_case->any, kind->size);
    if (!prepared || !*job_field_prepared(&copy, prepared)) {
        return copy;
    }
    *job_field_prepared(&copy, prepared) = NULL;
    if (secret->type == FIELD_BYTES) {
        *job_field_bytes(&copy, secret) = job_case->prepared_from;
    } else {
        *job_field_fixed(&copy, secret) = job_case->prepared_from.data;
    }
    return copy;
}
