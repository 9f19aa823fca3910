#include "good_jobs.h"

#include <string.h>

#include "must.h"

/*
 * Hashes
 */

static const struct {
    uint32_t id;
    const char *family; /* of the kernels that serve it alone */
} hashes[] = {
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) {LANEKDF_##id, kernels},
#include "tested_hashes.h"
#undef TESTED_HASH
};
enum { N_HASHES = sizeof(hashes) / sizeof(*hashes) };

static uint32_t favoured[N_HASHES];
static size_t n_favoured;

void favour_family(const char *family)
{
    n_favoured = 0;
    for (size_t i = 0; i < N_HASHES; i++) {
        if (!family || strcmp(hashes[i].family, family) == 0) {
            favoured[n_favoured++] = hashes[i].id;
        }
    }
}

uint32_t tested_hash(size_t i)
{
    return n_favoured ? favoured[i % n_favoured] : hashes[i % N_HASHES].id;
}

size_t n_tested_hashes(void)
{
    return n_favoured ? n_favoured : N_HASHES;
}

uint32_t any_hash(struct guarded_memory *memory)
{
    struct rng *rng = guarded_rng(memory);
    const size_t i = rng_below(rng, N_HASHES);

    return rng_one_in(rng, 2) ? tested_hash(i) : hashes[i].id;
}

uint32_t any_hash_of_kind(struct guarded_memory *memory, const struct job_kind *kind)
{
    uint32_t hash;

    do {
        hash = any_hash(memory);
    } while (!(kind->hashes >> hash & 1));
    return hash;
}

/*
 * Lengths. These are the edges at which an engine may go wrong: blocks have 64 or 128 bytes, and padding
 * takes 9 or 17 of them; an HMAC key is hashed if it is longer than a block; an output block is a digest, and
 * the second message of a PRF begins with one. MD5 and SHA-1 together have half of a secret each.
 */

static const uint16_t edges[] = {0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 22, 24, 31, 32, 33, 36, 40, 47,
    48, 49, 55, 56, 63, 64, 65, 66, 80, 96, 127, 128, 129, 130, 151, 255, 256, 257, 511, 512, 513};
static const uint16_t long_edges[] = {1023, 1024, 1025, 4096, 16383, 16384, 16385, 65472, 65534, 65535};

/* The length of a message that just fits its blocks, or just does not. */
static size_t block_edge(struct rng *rng)
{
    static const uint8_t digests[] = {0, 16, 20, 32, 48, 64};
    const size_t block = 64u << rng_below(rng, 2), padding = rng_one_in(rng, 4) ? 0 : block / 8 + 1;
    const size_t end = block * (1 + rng_below(rng, 4)) + 2 - rng_below(rng, 3);
    const size_t start = 1 + padding + digests[rng_below(rng, sizeof(digests))];
    const size_t len = end > start ? end - start : 0;

    return rng_one_in(rng, 4) ? 2 * len + rng_below(rng, 2) : len;
}

size_t any_length(struct guarded_memory *memory, enum job_lengths lengths, size_t min, size_t max)
{
    struct rng *rng = guarded_rng(memory);
    size_t len;

    if (lengths == LONG_LENGTHS && rng_one_in(rng, 24)) {
        len = long_edges[rng_below(rng, sizeof(long_edges) / sizeof(*long_edges))];
    } else if (rng_one_in(rng, 4)) {
        len = rng_below(rng, 600);
    } else if (rng_one_in(rng, 2)) {
        len = block_edge(rng);
    } else {
        len = edges[rng_below(rng, sizeof(edges) / sizeof(*edges))];
    }
    return len < min ? min : len > max ? max : len;
}

/* The length of an output. Where its range is small, every second output has the full length, and the others
 * have any length of the range. */
static size_t any_output_length(
    struct guarded_memory *memory, enum job_lengths lengths, size_t min, size_t max)
{
    struct rng *rng = guarded_rng(memory);

    if (max - min > 1024) {
        return any_length(memory, lengths, min, max);
    }
    return rng_one_in(rng, 2) ? max : min + rng_below(rng, (uint32_t)(max - min) + 1);
}

static size_t any_number_of_pieces(struct rng *rng, size_t len)
{
    return len ? 1 + rng_below(rng, rng_one_in(rng, 4) ? 6 : 2) : 0;
}

/*
 * Of given lengths
 */

struct job_case good_prf(struct guarded_memory *memory, uint32_t hash, size_t secret_len, size_t label_len,
    size_t seed_len, size_t n_seed, size_t out_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_PRF, memory);
    struct lanekdf_prf *prf = &job_case.any->prf;

    prf->hash = hash;
    prf->secret = take_bytes(memory, secret_len);
    prf->label = take_bytes(memory, label_len);
    prf->seed = take_pieces(memory, seed_len, n_seed).list;
    prf->n_seed = n_seed;
    prf->out = take_output(&job_case, memory, out_len);
    return job_case;
}

static size_t any_part_of_digest(struct guarded_memory *memory, uint32_t hash)
{
    return any_output_length(memory, SHORT_LENGTHS, 1, lanekdf_hash_len(hash));
}

struct job_case good_hmac(
    struct guarded_memory *memory, uint32_t hash, size_t key_len, size_t message_len, size_t n_message)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_HMAC, memory);
    struct lanekdf_hmac *hmac = &job_case.any->hmac;

    hmac->hash = hash == LANEKDF_MD5_SHA1 ? LANEKDF_SHA1 : hash;
    hmac->key = take_bytes(memory, key_len);
    hmac->message = take_pieces(memory, message_len, n_message).list;
    hmac->n_message = n_message;
    hmac->out = take_output(&job_case, memory, any_part_of_digest(memory, hmac->hash));
    return job_case;
}

struct job_case good_message_hash(
    struct guarded_memory *memory, uint32_t hash, size_t message_len, size_t n_message)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_HASH, memory);
    struct lanekdf_message_hash *message_hash = &job_case.any->message_hash;

    message_hash->hash = hash;
    message_hash->message = take_pieces(memory, message_len, n_message).list;
    message_hash->n_message = n_message;
    message_hash->out = take_output(&job_case, memory, any_part_of_digest(memory, hash));
    return job_case;
}

struct job_case good_ssl3_prf(
    struct guarded_memory *memory, size_t secret_len, size_t seed_len, size_t out_len)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_SSL3_PRF, memory);
    struct lanekdf_ssl3_prf *prf = &job_case.any->ssl3_prf;

    prf->secret = take_bytes(memory, secret_len);
    prf->n_seed = any_number_of_pieces(guarded_rng(memory), seed_len);
    prf->seed = take_pieces(memory, seed_len, prf->n_seed).list;
    prf->out = take_output(&job_case, memory, out_len);
    return job_case;
}

struct job_case good_ssl3_finished(struct guarded_memory *memory, size_t message_len, size_t n_message)
{
    struct job_case job_case = job_case_new(LANEKDF_KIND_SSL3_FINISHED, memory);
    struct lanekdf_ssl3_finished *finished = &job_case.any->ssl3_finished;

    finished->sender = rng_below(guarded_rng(memory), 2);
    finished->master_secret = take_input(memory, LANEKDF_MASTER_SECRET_LEN);
    finished->n_handshake_messages = n_message;
    finished->handshake_messages = take_pieces(memory, message_len, n_message).list;
    finished->out = take_output(&job_case, memory, LANEKDF_SSL3_FINISHED_LEN).data;
    return job_case;
}

/*
 * Of any kind, field by field
 */

/* The most bytes of message times bytes of output, since a job with more takes seconds. engine.c has a few
 * such jobs. */
enum { MAX_WORK = 4000000, USUAL_OUT = 48 };

/* Label and seed are one message, with one maximum. */
static void set_pieces(struct job_case *job_case, const struct job_field *field,
    struct guarded_memory *memory, enum job_lengths lengths, size_t message_len)
{
    const size_t len = any_length(memory, lengths, 0, field->max - message_len);
    const size_t n = any_number_of_pieces(guarded_rng(memory), len);

    job_field_set_pieces(job_case->any, field, take_pieces(memory, len, n));
}

static size_t message_len_of(union any_job *any, const struct job_kind *kind)
{
    size_t len = 0;

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct job_field *field = &kind->fields[i];

        if (field->type == FIELD_BYTES && !field->is_secret) {
            len += job_field_bytes(any, field)->len;
        } else if (field->type == FIELD_PIECES) {
            len += job_pieces_len(job_field_pieces(any, field));
        }
    }
    return len;
}

static void set_output(struct job_case *job_case, const struct job_field *field,
    struct guarded_memory *memory, enum job_lengths lengths, size_t message_len)
{
    const union any_job *any = job_case->any;
    size_t len = any_output_length(memory, lengths, job_field_min(any, field), job_field_max(any, field));

    if (len * message_len > MAX_WORK) {
        len = USUAL_OUT;
    }
    *job_field_span(job_case->any, field) = take_output(job_case, memory, len);
}

static void set_field(struct job_case *job_case, const struct job_kind *kind, const struct job_field *field,
    struct guarded_memory *memory, enum job_lengths lengths)
{
    union any_job *any = job_case->any;
    struct rng *rng = guarded_rng(memory);
    const size_t message_len = message_len_of(any, kind); /* of the fields before this one */

    switch (field->type) {
    case FIELD_NUMBER:
        job_field_set_number(
            any, field, field->min + rng_below(rng, (uint32_t)(field->max - field->min) + 1));
        break;
    case FIELD_BITS:
        job_field_set_number(any, field, field->may_be_left_out ? 0 : rng_next(rng) & field->max);
        break;
    case FIELD_HASH:
        job_field_set_number(any, field, any_hash_of_kind(memory, kind));
        break;
    case FIELD_BYTES:
        *job_field_bytes(any, field) = take_bytes(
            memory, any_length(memory, lengths, job_field_min(any, field), job_field_max(any, field)));
        break;
    case FIELD_PIECES:
        set_pieces(job_case, field, memory, lengths, message_len);
        break;
    case FIELD_FIXED:
        *job_field_fixed(any, field) = take_input(memory, job_field_max(any, field));
        break;
    case FIELD_VERSION: /* of stages, which are made elsewhere */
    case FIELD_LIST:
        must(false, "a field of stages alone");
        break;
    case FIELD_PREPARED: /* made of the secret, when that is there */
        break;
    case FIELD_OUT:
        set_output(job_case, field, memory, lengths, message_len);
        break;
    case FIELD_FIXED_OUT:
        job_field_set_output(any, field, take_output(job_case, memory, field->max).data);
        break;
    case FIELD_PREPARED_OUT:
        job_field_set_output(any, field, take_prepared_output(job_case, memory));
        break;
    }
}

/* The functions that follow make the fields of a job agree with each other, by kind. */

static void arrange_exporter(struct job_case *job_case, struct rng *rng)
{
    struct lanekdf_exporter *exporter = &job_case->any->exporter;

    if (!(exporter->flags & LANEKDF_EXPORTER_HAS_CONTEXT) || rng_one_in(rng, 4)) {
        exporter->context.len = 0;
    }
}

static void arrange_finished(struct job_case *job_case, struct rng *rng)
{
    struct lanekdf_finished *finished = &job_case->any->finished;
    const uint32_t left_out = rng_below(rng, 3);

    if (left_out == 1) {
        forget_output(job_case, finished->client_verify_data);
        finished->client_finished_hash = (struct lanekdf_bytes){NULL, 0};
        finished->client_verify_data = NULL;
    } else if (left_out == 2) {
        forget_output(job_case, finished->server_verify_data);
        finished->server_finished_hash = (struct lanekdf_bytes){NULL, 0};
        finished->server_verify_data = NULL;
    }
}

static const struct {
    uint32_t kind;
    void (*arrange)(struct job_case *job_case, struct rng *rng);
} arrangements[] = {
    {LANEKDF_KIND_EXPORTER, arrange_exporter},
    {LANEKDF_KIND_FINISHED, arrange_finished},
};

static void arrange(struct job_case *job_case, struct rng *rng)
{
    for (size_t i = 0; i < sizeof(arrangements) / sizeof(*arrangements); i++) {
        if (arrangements[i].kind == job_case->any->job.kind) {
            arrangements[i].arrange(job_case, rng);
        }
    }
}

static struct job_case good_job_by_fields(
    const struct job_kind *kind, struct guarded_memory *memory, enum job_lengths lengths)
{
    struct job_case job_case = job_case_new(kind->id, memory);

    for (size_t i = 0; i < kind->n_fields; i++) {
        set_field(&job_case, kind, &kind->fields[i], memory, lengths);
    }
    arrange(&job_case, guarded_rng(memory));
    return job_case;
}

struct job_case good_job_of_kind(
    uint32_t id, struct guarded_memory *memory, enum job_secrets secrets, enum job_lengths lengths)
{
    const struct job_kind *kind = job_kind(id);
    struct rng *rng = guarded_rng(memory);
    struct job_case job_case;

    if (id == LANEKDF_KIND_HANDSHAKE) {
        return good_handshake(memory, lengths);
    }
    job_case = is_stage(id) ? good_stage(id, memory, lengths) : good_job_by_fields(kind, memory, lengths);
    if (secrets == ANY_SECRETS && job_kind_field(kind, FIELD_PREPARED) &&
        job_has_secret_bytes(job_case.any) && rng_one_in(rng, 3)) {
        prepare_secret(&job_case, memory);
    }
    return job_case;
}

struct job_case good_job(struct guarded_memory *memory, enum job_lengths lengths)
{
    struct rng *rng = guarded_rng(memory);
    const uint32_t kind = rng_one_in(rng, 4) ? (uint32_t)LANEKDF_KIND_HANDSHAKE
                                             : job_kinds[rng_below(rng, (uint32_t)n_job_kinds)].id;
    struct job_case job_case = good_job_of_kind(kind, memory, ANY_SECRETS, lengths);

    if (rng_one_in(rng, 8)) {
        job_case.any->job.legacy = rng_below(rng, LANEKDF_LEGACY_ALL + 1);
    }
    return job_case;
}
