#include "random_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge_openssl.h"
#include "reference.h"

enum { SSL3 = 0x0300, TLS10 = 0x0301, TLS11 = 0x0302, TLS12 = 0x0303 };

size_t any_job_size(uint32_t kind)
{
    switch (kind) {
    case LANEKDF_KIND_PRF:
        return sizeof(struct lanekdf_prf);
    case LANEKDF_KIND_HANDSHAKE:
        return sizeof(struct lanekdf_handshake);
    case LANEKDF_KIND_HASH:
        return sizeof(struct lanekdf_message_hash);
    case LANEKDF_KIND_HMAC:
        return sizeof(struct lanekdf_hmac);
    case LANEKDF_KIND_EXPORTER:
        return sizeof(struct lanekdf_exporter);
    case LANEKDF_KIND_FINISHED:
        return sizeof(struct lanekdf_finished);
    case LANEKDF_KIND_PREPARE:
        return sizeof(struct lanekdf_prepare);
    case LANEKDF_KIND_SSL3_PRF:
        return sizeof(struct lanekdf_ssl3_prf);
    case LANEKDF_KIND_SSL3_FINISHED:
        return sizeof(struct lanekdf_ssl3_finished);
    default:
        abort();
    }
}

/*
 * Hashes
 */

size_t hash_len(uint32_t hash)
{
    static const uint8_t lens[] = {[LANEKDF_SHA256] = 32,
        [LANEKDF_SHA384] = 48,
        [LANEKDF_SHA512] = 64,
        [LANEKDF_MD5] = 16,
        [LANEKDF_SHA1] = 20,
        [LANEKDF_MD5_SHA1] = 36};

    return lens[hash];
}

struct hashes {
    uint32_t ids[6];
    uint32_t n;
};
static const struct hashes all_hashes = {
    {LANEKDF_SHA256, LANEKDF_SHA384, LANEKDF_SHA512, LANEKDF_MD5, LANEKDF_SHA1, LANEKDF_MD5_SHA1}, 6};
static const struct hashes sha256_hashes = {{LANEKDF_SHA256}, 1};
static const struct hashes sha512_hashes = {{LANEKDF_SHA384, LANEKDF_SHA512}, 2};
static const struct hashes *favoured = &all_hashes;

void favour_kernel(const char *name)
{
    if (name && !strncmp(name, "sha256_", 7)) {
        favoured = &sha256_hashes;
    } else if (name && !strncmp(name, "sha512_", 7)) {
        favoured = &sha512_hashes;
    } else {
        favoured = &all_hashes;
    }
}

uint32_t trial_hash(size_t i)
{
    return favoured->ids[i % favoured->n];
}

size_t n_trial_hashes(void)
{
    return favoured->n;
}

static uint32_t any_hash(struct rng *rng)
{
    return rng_one_in(rng, 2) ? trial_hash(rng_below(rng, 6)) : all_hashes.ids[rng_below(rng, 6)];
}

/* Those that a handshake may have. */
static uint32_t any_hash_of_tls(struct rng *rng)
{
    const uint32_t hash = any_hash(rng);

    return hash == LANEKDF_MD5 || hash == LANEKDF_SHA1 ? LANEKDF_MD5_SHA1 : hash;
}

/*
 * Lengths. Blocks are of 64 or 128 bytes, the padding takes 9 or 17, HMAC keys are hashed
 * above a block, an output block is a digest, and a PRF's second message begins with one. Of
 * a secret of MD5 and SHA-1 it is the halves that count.
 */
static const uint16_t edges[] = {0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 22, 24, 31, 32, 33, 36, 40, 47,
    48, 49, 63, 64, 65, 66, 96, 127, 128, 129, 130, 151, 255, 256, 257, 511, 512, 513};
static const uint16_t long_edges[] = {1023, 1024, 1025, 4096, 16383, 16384, 16385, 65472, 65534, 65535};

/* The message that just fits, or just does not. */
static size_t block_edge(struct rng *rng)
{
    static const uint8_t digests[] = {0, 16, 20, 32, 48, 64};
    const size_t block = 64u << rng_below(rng, 2), padding = rng_one_in(rng, 4) ? 0 : block / 8 + 1;
    const size_t end = block * (1 + rng_below(rng, 4)) + 2 - rng_below(rng, 3);
    const size_t start = 1 + padding + digests[rng_below(rng, sizeof(digests))];
    const size_t len = end > start ? end - start : 0;

    return rng_one_in(rng, 4) ? 2 * len + rng_below(rng, 2) : len;
}

static size_t any_length(struct rng *rng, enum trial_length length, size_t max)
{
    size_t len;

    if (length == LONG && rng_one_in(rng, 24)) {
        len = long_edges[rng_below(rng, sizeof(long_edges) / sizeof(*long_edges))];
    } else if (rng_one_in(rng, 4)) {
        len = rng_below(rng, 600);
    } else if (rng_one_in(rng, 2)) {
        len = block_edge(rng);
    } else {
        len = edges[rng_below(rng, sizeof(edges) / sizeof(*edges))];
    }
    return len < max ? len : max;
}

/* The same, but not 0. */
static size_t any_length_but_0(struct rng *rng, enum trial_length length, size_t max)
{
    const size_t len = any_length(rng, length, max);

    return len ? len : 1;
}

/*
 * Inputs and outputs
 */

static const uint8_t *take_input(struct guarded_memory *memory, struct rng *rng, size_t len)
{
    uint8_t *input = guarded_take(memory, rng, len, 1);

    if (len) {
        rng_fill(rng, input, len);
    }
    return input;
}

static struct lanekdf_bytes take_bytes(struct guarded_memory *memory, struct rng *rng, size_t len)
{
    return (struct lanekdf_bytes){take_input(memory, rng, len), len};
}

static struct lanekdf_span take_span(struct guarded_memory *memory, struct rng *rng, size_t len)
{
    return (struct lanekdf_span){guarded_take(memory, rng, len, 1), len};
}

/* len bytes cut at n - 1 random places: pieces may be empty. Small ones share pages. */
static const struct lanekdf_bytes *take_pieces(
    struct guarded_memory *memory, struct rng *rng, size_t len, size_t n)
{
    struct lanekdf_bytes *pieces = guarded_take(memory, rng, n * sizeof(*pieces), sizeof(void *));
    const uint8_t *shared = n > 8 ? take_input(memory, rng, len) : NULL;

    for (size_t i = 0; i < n; i++) {
        size_t left = len, part = i + 1 == n ? left : rng_below(rng, (uint32_t)left + 1);

        if (n > 8 && i + 1 < n) {
            part = left < 2 * len / n + 1 ? rng_below(rng, (uint32_t)left + 1)
                                          : rng_below(rng, (uint32_t)(2 * len / n) + 1);
        }
        pieces[i] = n > 8 ? (struct lanekdf_bytes){shared, part} : take_bytes(memory, rng, part);
        if (n > 8 && shared) {
            shared += part;
        }
        len -= part;
    }
    return pieces;
}

static size_t any_number_of_pieces(struct rng *rng, size_t len)
{
    return len ? 1 + rng_below(rng, rng_one_in(rng, 4) ? 6 : 2) : 0;
}

static struct trial trial_new(uint32_t kind, const char *name, struct guarded_memory *memory, struct rng *rng)
{
    struct trial trial = {.name = name};
    uint32_t status = (uint32_t)rng_next(rng);

    trial.any = guarded_take(memory, rng, any_job_size(kind), sizeof(void *));
    memset(trial.any, 0, any_job_size(kind));
    trial.any->job.kind = kind;
    memcpy(&trial.any->job.status, &status, sizeof(status));
    trial.any->job.owner = trial.any;
    return trial;
}

static void add_output(struct trial *trial, struct lanekdf_span out)
{
    if (trial->n_outputs == TRIAL_MAX_OUTPUTS) {
        abort();
    }
    trial->outputs[trial->n_outputs++] = out;
}

static uint8_t *new_output(struct trial *trial, struct guarded_memory *memory, struct rng *rng, size_t len)
{
    struct lanekdf_span out = take_span(memory, rng, len);

    add_output(trial, out);
    return out.data;
}

static struct lanekdf_prepared_secret *take_prepared(struct guarded_memory *memory, struct rng *rng)
{
    return guarded_take(memory, rng, sizeof(struct lanekdf_prepared_secret), 8);
}

static struct lanekdf_prepared_secret *new_prepared_output(
    struct trial *trial, struct guarded_memory *memory, struct rng *rng)
{
    struct lanekdf_prepared_secret *prepared = take_prepared(memory, rng);

    add_output(trial, (struct lanekdf_span){(uint8_t *)prepared, sizeof(*prepared)});
    return prepared;
}

/* Prepared by the engine, in a call of its own: of bytes, or with a handshake whose master
 * secret it is. (Where the hash is not allowed, neither is the job that it is for.) */
static void prepare(
    uint32_t hash, struct lanekdf_bytes secret, bool by_handshake, struct lanekdf_prepared_secret *prepared)
{
    struct lanekdf_prepare job = {
        .job.kind = LANEKDF_KIND_PREPARE, .hash = hash, .secret = secret, .prepared = prepared};
    struct lanekdf_handshake handshake = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = hash == LANEKDF_MD5_SHA1 ? TLS10 : TLS12,
        .hash = (uint16_t)hash,
        .known_master_secret = secret.data,
        .prepared_master_secret = prepared};
    int status = LANEKDF_ERROR_DISABLED;

    if (by_handshake) {
        status = lanekdf_derive_one(&handshake.job);
    }
    if (status == LANEKDF_ERROR_DISABLED) { /* the version may be, and the hash not */
        status = lanekdf_derive_one(&job.job);
    }
    if (status != LANEKDF_OK && status != LANEKDF_ERROR_DISABLED) {
        fprintf(stderr, "a secret could not be prepared: %s\n", lanekdf_status_text(status));
        abort();
    }
}

/* What trial->secret stands for, prepared. */
static const struct lanekdf_prepared_secret *prepared_secret(
    const struct trial *trial, struct guarded_memory *memory, struct rng *rng, uint32_t hash)
{
    struct lanekdf_prepared_secret *prepared = take_prepared(memory, rng);
    const bool may_be_master =
        trial->secret.len == LANEKDF_MASTER_SECRET_LEN && hash != LANEKDF_MD5 && hash != LANEKDF_SHA1;

    prepare(hash, trial->secret, may_be_master && rng_one_in(rng, 2), prepared);
    return prepared;
}

/*
 * Valid jobs. Plain ones have their secrets as bytes, not prepared.
 */

enum form { ANY_FORM, PLAIN };

static struct trial prf(struct guarded_memory *memory, struct rng *rng, enum form form, uint32_t hash,
    size_t secret_len, size_t label_len, size_t seed_len, size_t n_seed, size_t out_len)
{
    struct trial trial = trial_new(LANEKDF_KIND_PRF, "PRF", memory, rng);
    struct lanekdf_prf *job = &trial.any->prf;

    job->hash = hash;
    job->secret = take_bytes(memory, rng, secret_len);
    job->label = take_bytes(memory, rng, label_len);
    job->seed = take_pieces(memory, rng, seed_len, n_seed);
    job->n_seed = n_seed;
    job->out = take_span(memory, rng, out_len);
    add_output(&trial, job->out);
    if (form != PLAIN && rng_one_in(rng, 4)) {
        trial.secret = job->secret;
        trial.name = "PRF of a prepared secret";
        job->secret = take_bytes(memory, rng, 0); /* with an address or without */
        job->prepared_secret = prepared_secret(&trial, memory, rng, hash);
    }
    return trial;
}

struct trial trial_prf(struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t secret_len,
    size_t label_len, size_t seed_len, size_t n_seed, size_t out_len)
{
    return prf(memory, rng, PLAIN, hash, secret_len, label_len, seed_len, n_seed, out_len);
}

static size_t any_digest_part(struct rng *rng, uint32_t hash)
{
    return rng_one_in(rng, 2) ? hash_len(hash) : 1 + rng_below(rng, (uint32_t)hash_len(hash));
}

struct trial trial_hmac(struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t key_len,
    size_t message_len, size_t n_message)
{
    struct trial trial = trial_new(LANEKDF_KIND_HMAC, "HMAC", memory, rng);
    struct lanekdf_hmac *hmac = &trial.any->hmac;

    hmac->hash = hash == LANEKDF_MD5_SHA1 ? LANEKDF_SHA1 : hash;
    hmac->key = take_bytes(memory, rng, key_len);
    hmac->message = take_pieces(memory, rng, message_len, n_message);
    hmac->n_message = n_message;
    hmac->out = take_span(memory, rng, any_digest_part(rng, hmac->hash));
    add_output(&trial, hmac->out);
    return trial;
}

struct trial trial_message_hash(
    struct guarded_memory *memory, struct rng *rng, uint32_t hash, size_t message_len, size_t n_message)
{
    struct trial trial = trial_new(LANEKDF_KIND_HASH, "HASH", memory, rng);
    struct lanekdf_message_hash *job = &trial.any->message_hash;

    job->hash = hash;
    job->message = take_pieces(memory, rng, message_len, n_message);
    job->n_message = n_message;
    job->out = take_span(memory, rng, any_digest_part(rng, hash));
    add_output(&trial, job->out);
    return trial;
}

/* ---- handshakes: first what a suite says, then the rest ---- */

/* MAC, key and IV of no suite. */
static void give_key_lengths(struct lanekdf_handshake *handshake, struct rng *rng)
{
    static const uint8_t lengths[][3] = {{1, 0, 0}, {0, 0, 1}, {255, 255, 255}};
    const uint8_t *row = lengths[rng_below(rng, sizeof(lengths) / sizeof(*lengths))];

    handshake->mac_key_len = row[0];
    handshake->enc_key_len = row[1];
    handshake->fixed_iv_len = row[2];
    if (!rng_one_in(rng, 4)) {
        handshake->mac_key_len = (uint8_t)rng_next(rng);
        handshake->enc_key_len = (uint8_t)(1 + rng_below(rng, 255));
        handshake->fixed_iv_len = (uint8_t)rng_next(rng);
    }
    if (handshake->version == SSL3) { /* 26 letters, 416 bytes */
        handshake->mac_key_len /= 4;
        handshake->enc_key_len = (uint8_t)(1 + handshake->enc_key_len / 4);
        handshake->fixed_iv_len /= 4;
    }
    if (handshake->version != TLS12 && rng_one_in(rng, 3)) {
        handshake->enc_key_len = (uint8_t)(1 + rng_below(rng, 16));
        handshake->fixed_iv_len = (uint8_t)rng_below(rng, 17);
        handshake->final_key_len = (uint8_t)(1 + rng_below(rng, 16));
    }
}

static size_t key_block_len(const struct lanekdf_handshake *handshake)
{
    return 2 * ((size_t)handshake->mac_key_len + handshake->enc_key_len +
                   (handshake->final_key_len ? 0 : handshake->fixed_iv_len));
}

static size_t final_keys_len(const struct lanekdf_handshake *handshake)
{
    return handshake->final_key_len ? 2 * ((size_t)handshake->final_key_len + handshake->fixed_iv_len) : 0;
}

static void give_secret(
    struct lanekdf_handshake *job, struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    static const uint16_t lens[] = {32, 48, 48, 48, 56, 66, 128, 256, 384, 512};
    size_t len = rng_one_in(rng, 2) ? lens[rng_below(rng, 10)] : any_length(rng, length, LANEKDF_MAX_SECRET);

    if (rng_one_in(rng, 3)) {
        job->known_master_secret = take_input(memory, rng, LANEKDF_MASTER_SECRET_LEN);
        job->pre_master_secret = take_bytes(memory, rng, 0); /* with an address or without */
        job->session_hash = take_bytes(memory, rng, 0);
        return;
    }
    job->pre_master_secret = take_bytes(memory, rng, len);
    if (job->version != SSL3 && rng_one_in(rng, 2)) {
        job->session_hash = take_bytes(memory, rng, hash_len(job->hash));
    }
}

/* of: version, hash and lengths, the rest empty. */
static struct trial handshake(struct guarded_memory *memory, struct rng *rng, enum trial_length length,
    const struct lanekdf_handshake *of)
{
    enum { MASTER_SECRET = 1, KEY_BLOCK = 2, CLIENT = 4, SERVER = 8, PREPARED = 16 };
    struct trial trial = trial_new(LANEKDF_KIND_HANDSHAKE, "HANDSHAKE", memory, rng);
    struct lanekdf_handshake *job = &trial.any->handshake;
    uint32_t wanted = 1 + rng_below(rng, rng_one_in(rng, 4) ? 31 : 15);

    if (of->version == SSL3) {
        wanted &= MASTER_SECRET | KEY_BLOCK;
    }
    if (!key_block_len(of)) {
        wanted &= ~(uint32_t)KEY_BLOCK;
    }
    if (!wanted) {
        wanted = MASTER_SECRET;
    }
    job->version = of->version;
    job->hash = of->hash;
    give_secret(job, memory, rng, length);
    if (wanted & MASTER_SECRET) {
        job->master_secret = new_output(&trial, memory, rng, LANEKDF_MASTER_SECRET_LEN);
    }
    if (wanted & KEY_BLOCK) {
        job->mac_key_len = of->mac_key_len;
        job->enc_key_len = of->enc_key_len;
        job->fixed_iv_len = of->fixed_iv_len;
        job->final_key_len = of->final_key_len;
        job->key_block = new_output(&trial, memory, rng, key_block_len(job));
        if (job->final_key_len) {
            job->final_keys = new_output(&trial, memory, rng, final_keys_len(job));
        }
    }
    if (wanted & CLIENT) {
        job->client_finished_hash = take_bytes(memory, rng, hash_len(job->hash));
        job->client_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    if (wanted & SERVER) {
        job->server_finished_hash = take_bytes(memory, rng, hash_len(job->hash));
        job->server_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    if (wanted & PREPARED) {
        job->prepared_master_secret = new_prepared_output(&trial, memory, rng);
    }
    if (wanted & KEY_BLOCK || !(job->known_master_secret || job->session_hash.len) || rng_one_in(rng, 2)) {
        job->client_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
        job->server_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
    }
    return trial;
}

struct trial trial_handshake_of_suite(
    struct guarded_memory *memory, struct rng *rng, const struct lanekdf_suite *suite)
{
    struct lanekdf_handshake of = {.version = 0};

    while (lanekdf_handshake_set_suite(&of, (uint16_t)(SSL3 + rng_below(rng, 4)), suite) != LANEKDF_OK)
        ;
    return handshake(memory, rng, SHORT, &of);
}

struct trial trial_plain_handshake(
    struct guarded_memory *memory, struct rng *rng, uint16_t version, uint16_t hash)
{
    const struct lanekdf_handshake of = {
        .version = version, .hash = hash, .mac_key_len = 20, .enc_key_len = 16, .fixed_iv_len = 16};

    return handshake(memory, rng, SHORT, &of);
}

static const struct lanekdf_suite *any_suite(struct rng *rng)
{
    static size_t n;
    const struct lanekdf_suite *suite;

    for (size_t i = n; lanekdf_suite_query(i, &suite) == LANEKDF_OK; i++) {
        n = i + 1;
    }
    if (lanekdf_suite_query(rng_below(rng, (uint32_t)n), &suite) != LANEKDF_OK) {
        abort();
    }
    return suite;
}

struct trial trial_handshake(struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    struct lanekdf_handshake of = {.hash = (uint16_t)any_hash_of_tls(rng)};

    if (rng_one_in(rng, 2)) {
        return trial_handshake_of_suite(memory, rng, any_suite(rng));
    }
    of.version = (uint16_t)(of.hash == LANEKDF_MD5_SHA1 ? SSL3 + rng_below(rng, 3) : TLS12);
    give_key_lengths(&of, rng);
    return handshake(memory, rng, length, &of);
}

/* ---- jobs of a master secret ---- */

/* Bytes, or prepared: one of the two. */
static const uint8_t *give_master_secret(struct trial *trial, struct guarded_memory *memory, struct rng *rng,
    enum form form, uint32_t hash, const struct lanekdf_prepared_secret **prepared)
{
    const uint8_t *master_secret = take_input(memory, rng, LANEKDF_MASTER_SECRET_LEN);

    if (form == PLAIN || rng_one_in(rng, 2)) {
        return master_secret;
    }
    trial->secret = (struct lanekdf_bytes){master_secret, LANEKDF_MASTER_SECRET_LEN};
    *prepared = prepared_secret(trial, memory, rng, hash);
    return NULL;
}

static struct trial exporter(
    struct guarded_memory *memory, struct rng *rng, enum form form, enum trial_length length)
{
    struct trial trial = trial_new(LANEKDF_KIND_EXPORTER, "EXPORTER", memory, rng);
    struct lanekdf_exporter *job = &trial.any->exporter;

    job->hash = any_hash_of_tls(rng);
    job->flags = rng_below(rng, 4);
    job->master_secret = give_master_secret(&trial, memory, rng, form, job->hash, &job->prepared_secret);
    job->client_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
    job->server_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
    job->label = take_bytes(memory, rng,
        rng_one_in(rng, 4) ? any_length_but_0(rng, length, LANEKDF_MAX_SEED) : 1 + rng_below(rng, 40));
    if (job->flags & LANEKDF_EXPORTER_HAS_CONTEXT && !rng_one_in(rng, 4)) {
        job->context = take_bytes(memory, rng, any_length(rng, length, LANEKDF_MAX_CONTEXT));
    }
    job->out = take_span(memory, rng, any_length_but_0(rng, SHORT, LANEKDF_MAX_OUT));
    add_output(&trial, job->out);
    return trial;
}

static struct trial finished(struct guarded_memory *memory, struct rng *rng, enum form form)
{
    struct trial trial = trial_new(LANEKDF_KIND_FINISHED, "FINISHED", memory, rng);
    struct lanekdf_finished *job = &trial.any->finished;
    const uint32_t wanted = 1 + rng_below(rng, 3);

    job->hash = any_hash_of_tls(rng);
    job->master_secret = give_master_secret(&trial, memory, rng, form, job->hash, &job->prepared_secret);
    if (wanted & 1) {
        job->client_finished_hash = take_bytes(memory, rng, hash_len(job->hash));
        job->client_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    if (wanted & 2) {
        job->server_finished_hash = take_bytes(memory, rng, hash_len(job->hash));
        job->server_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    return trial;
}

static struct trial prepare_job(struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    struct trial trial = trial_new(LANEKDF_KIND_PREPARE, "PREPARE", memory, rng);
    struct lanekdf_prepare *job = &trial.any->prepare;

    job->hash = any_hash(rng);
    job->secret = take_bytes(memory, rng, any_length(rng, length, LANEKDF_MAX_SECRET));
    job->prepared = new_prepared_output(&trial, memory, rng);
    return trial;
}

/* ---- SSLv3 ---- */

struct trial trial_ssl3_prf(
    struct guarded_memory *memory, struct rng *rng, size_t secret_len, size_t seed_len, size_t out_len)
{
    struct trial trial = trial_new(LANEKDF_KIND_SSL3_PRF, "SSL3_PRF", memory, rng);
    struct lanekdf_ssl3_prf *job = &trial.any->ssl3_prf;

    job->secret = take_bytes(memory, rng, secret_len);
    job->n_seed = any_number_of_pieces(rng, seed_len);
    job->seed = take_pieces(memory, rng, seed_len, job->n_seed);
    job->out = take_span(memory, rng, out_len);
    add_output(&trial, job->out);
    return trial;
}

struct trial trial_ssl3_finished(
    struct guarded_memory *memory, struct rng *rng, size_t message_len, size_t n_message)
{
    struct trial trial = trial_new(LANEKDF_KIND_SSL3_FINISHED, "SSL3_FINISHED", memory, rng);
    struct lanekdf_ssl3_finished *job = &trial.any->ssl3_finished;

    job->sender = rng_below(rng, 2);
    job->master_secret = take_input(memory, rng, LANEKDF_MASTER_SECRET_LEN);
    job->n_handshake_messages = n_message;
    job->handshake_messages = take_pieces(memory, rng, message_len, n_message);
    job->out = new_output(&trial, memory, rng, LANEKDF_SSL3_FINISHED_LEN);
    return trial;
}

/* ---- any kind ---- */

static struct trial prf_of_any_lengths(
    struct guarded_memory *memory, struct rng *rng, enum form form, enum trial_length length)
{
    const size_t secret_len = any_length(rng, length, LANEKDF_MAX_SECRET);
    const size_t seed_len = any_length(rng, length, LANEKDF_MAX_SEED - 64);
    size_t out_len = any_length_but_0(rng, length, LANEKDF_MAX_OUT);

    if (out_len * seed_len > 4000000) {
        out_len = 48; /* seconds otherwise; engine.c has one such job */
    }
    return prf(memory, rng, form, any_hash(rng), secret_len, rng_below(rng, 30), seed_len,
        any_number_of_pieces(rng, seed_len), out_len);
}

static struct trial of_kind(
    uint32_t kind, struct guarded_memory *memory, struct rng *rng, enum form form, enum trial_length length)
{
    const size_t key_len = any_length(rng, length, LANEKDF_MAX_SECRET);
    const size_t len = any_length(rng, length, LANEKDF_MAX_SEED), n = any_number_of_pieces(rng, len);
    uint32_t hash;

    switch (kind) {
    case LANEKDF_KIND_PRF:
        return prf_of_any_lengths(memory, rng, form, length);
    case LANEKDF_KIND_HANDSHAKE:
        hash = any_hash_of_tls(rng);
        return form == PLAIN ? trial_plain_handshake(memory, rng,
                                   (uint16_t)(hash == LANEKDF_MD5_SHA1 ? TLS10 + rng_below(rng, 2) : TLS12),
                                   (uint16_t)hash)
                             : trial_handshake(memory, rng, length);
    case LANEKDF_KIND_HASH:
        return trial_message_hash(memory, rng, any_hash(rng), len, n);
    case LANEKDF_KIND_HMAC:
        return trial_hmac(memory, rng, any_hash(rng), key_len, len, n);
    case LANEKDF_KIND_EXPORTER:
        return exporter(memory, rng, form, length);
    case LANEKDF_KIND_FINISHED:
        return finished(memory, rng, form);
    case LANEKDF_KIND_PREPARE:
        return prepare_job(memory, rng, length);
    case LANEKDF_KIND_SSL3_PRF:
        return trial_ssl3_prf(memory, rng, key_len, len,
            rng_one_in(rng, 4) ? 16 * (1 + rng_below(rng, 26)) : 1 + rng_below(rng, LANEKDF_MAX_SSL3_OUT));
    default:
        return trial_ssl3_finished(memory, rng, len, n);
    }
}

struct trial trial_of_kind(
    uint32_t kind, struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    return of_kind(kind, memory, rng, ANY_FORM, length);
}

/* A third are handshakes. */
struct trial trial_random(struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    const uint32_t kind =
        rng_one_in(rng, 4) ? LANEKDF_KIND_HANDSHAKE : 1 + rng_below(rng, LANEKDF_KIND_SSL3_FINISHED);

    return trial_of_kind(kind, memory, rng, length);
}

/*
 * Wrong jobs. Each row takes a valid, plain job of its kind and makes one thing wrong.
 */

/* What a spoiling function works on. */
struct spoil_site {
    struct trial *trial;
    struct guarded_memory *memory;
    struct rng *rng;
};

#define PRF (&site.trial->any->prf)
#define HANDSHAKE (&site.trial->any->handshake)
#define MESSAGE_HASH (&site.trial->any->message_hash)
#define HMAC (&site.trial->any->hmac)
#define EXPORTER (&site.trial->any->exporter)
#define FINISHED (&site.trial->any->finished)
#define PREPARE (&site.trial->any->prepare)
#define SSL3_PRF (&site.trial->any->ssl3_prf)
#define SSL3_FINISHED (&site.trial->any->ssl3_finished)

static const uint8_t *input(struct spoil_site site, size_t len)
{
    return take_input(site.memory, site.rng, len);
}

static struct lanekdf_bytes some(struct spoil_site site, size_t len)
{
    return take_bytes(site.memory, site.rng, len);
}

/* Pieces of 20 bytes, and room to spoil them. */
static struct lanekdf_bytes *own_pieces(struct spoil_site site, size_t n)
{
    struct lanekdf_bytes *pieces = guarded_take(site.memory, site.rng, n * sizeof(*pieces), sizeof(void *));

    for (size_t i = 0; i < n; i++) {
        pieces[i] = some(site, 20);
    }
    return pieces;
}

static const struct lanekdf_bytes *with_null_piece(struct spoil_site site, size_t n)
{
    struct lanekdf_bytes *pieces = own_pieces(site, n);

    pieces[rng_below(site.rng, (uint32_t)n)].data = NULL;
    return pieces;
}

/* Of which the second is that long. */
static const struct lanekdf_bytes *with_long_piece(struct spoil_site site, size_t n, size_t len)
{
    struct lanekdf_bytes *pieces = own_pieces(site, n);

    pieces[1].len = len;
    return pieces;
}

/* Of which one is these 20 bytes. */
static const struct lanekdf_bytes *with_piece_at(struct spoil_site site, size_t n, const uint8_t *at)
{
    struct lanekdf_bytes *pieces = own_pieces(site, n);

    pieces[rng_below(site.rng, (uint32_t)n)].data = at;
    return pieces;
}

/* An output that shares at least one byte with the len bytes at `with`. */
static uint8_t *overlapping(struct spoil_site site, const void *with, size_t len, size_t out_len)
{
    size_t shift = rng_below(site.rng, (uint32_t)(len + out_len - 1));

    return (uint8_t *)(uintptr_t)with + shift - (out_len - 1);
}

/* The same of a prepared secret, at multiples of 8. */
static struct lanekdf_prepared_secret *prepared_overlapping(
    struct spoil_site site, const void *with, size_t len)
{
    enum { PREPARED = sizeof(struct lanekdf_prepared_secret) };
    size_t shift = 8 * rng_below(site.rng, (uint32_t)(len + PREPARED) / 8 - 1);

    return (struct lanekdf_prepared_secret *)((uintptr_t)with + shift - (PREPARED - 8));
}

/* All that the overlap tests touch lies within one piece of memory with room around. */
static uint8_t *roomy(struct spoil_site site)
{
    return (uint8_t *)guarded_take(site.memory, site.rng, 3000, 8) + 1496;
}

static void move_job(struct spoil_site site)
{
    union any_job *moved = (union any_job *)(void *)roomy(site);

    memcpy(moved, site.trial->any, any_job_size(site.trial->any->job.kind));
    site.trial->any = moved;
}

static uint32_t no_hash(struct spoil_site site)
{
    static const uint32_t ids[] = {0, LANEKDF_MD5_SHA1 + 1, 0x10001, UINT32_MAX};

    return ids[rng_below(site.rng, 4)];
}

static uint32_t one_bit(struct spoil_site site)
{
    return 1u << rng_below(site.rng, 32);
}

static struct lanekdf_span longer_out(struct spoil_site site, size_t max)
{
    return site.trial->outputs[0] = take_span(site.memory, site.rng, max + 1);
}

static struct lanekdf_span no_out(struct spoil_site site, struct lanekdf_span out)
{
    site.trial->n_outputs = 0;
    return (struct lanekdf_span){out.data, 0};
}

static struct lanekdf_span out_over(struct spoil_site site, const void *with, size_t len, size_t out_len)
{
    return (struct lanekdf_span){overlapping(site, with, len, out_len), out_len};
}

static const struct lanekdf_prepared_secret *garbage(struct spoil_site site)
{
    struct lanekdf_prepared_secret *prepared = take_prepared(site.memory, site.rng);

    rng_fill(site.rng, prepared, sizeof(*prepared));
    return prepared;
}

static const struct lanekdf_prepared_secret *prepared_with(struct spoil_site site, uint32_t hash)
{
    struct lanekdf_prepared_secret *prepared = take_prepared(site.memory, site.rng);

    prepare(hash, some(site, LANEKDF_MASTER_SECRET_LEN), false, prepared);
    return prepared;
}

static const struct lanekdf_prepared_secret *prepared_with_other(struct spoil_site site, uint32_t hash)
{
    return prepared_with(site, hash % LANEKDF_MD5_SHA1 + 1);
}

static const struct lanekdf_prepared_secret *prepared_at(uint8_t *at, uint32_t hash)
{
    struct lanekdf_prepared_secret *prepared = (struct lanekdf_prepared_secret *)(void *)at;
    static const uint8_t secret[LANEKDF_MASTER_SECRET_LEN];

    prepare(hash, (struct lanekdf_bytes){secret, sizeof(secret)}, false, prepared);
    return prepared;
}

static const struct lanekdf_bytes nothing = {NULL, 0};

/* clang-format off */
#define SPOIL(name) static void name(struct spoil_site site)
SPOIL(kind_zero) { site.trial->any->job.kind = 0; }
SPOIL(kind_next) { site.trial->any->job.kind = LANEKDF_KIND_SSL3_FINISHED + 1; }
SPOIL(job_reserved) { site.trial->any->job.reserved = one_bit(site); }
SPOIL(job_legacy_unknown) { site.trial->any->job.legacy = LANEKDF_LEGACY_ALL + 1; }
SPOIL(kind_high) { site.trial->any->job.kind = 0x80000001; }

SPOIL(prf_hash) { PRF->hash = no_hash(site); }
SPOIL(prf_reserved) { PRF->reserved = one_bit(site); }
SPOIL(prf_secret_null) { PRF->secret = (struct lanekdf_bytes){NULL, 48}; }
SPOIL(prf_label_null) { PRF->label = (struct lanekdf_bytes){NULL, 13}; }
SPOIL(prf_seed_null) { PRF->seed = NULL; PRF->n_seed = 1; }
SPOIL(prf_piece_null) { PRF->seed = with_null_piece(site, 3); PRF->n_seed = 3; }
SPOIL(prf_out_null) { PRF->out.data = NULL; }
SPOIL(prf_secret_long) { PRF->secret = some(site, LANEKDF_MAX_SECRET + 1); }
SPOIL(prf_secret_endless) { PRF->secret = (struct lanekdf_bytes){input(site, 1), SIZE_MAX}; }
SPOIL(prf_label_long) { PRF->label = some(site, LANEKDF_MAX_SEED + 1); PRF->n_seed = 0; }
SPOIL(prf_seed_long)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 2);
    pieces[1] = some(site, LANEKDF_MAX_SEED + 1 - PRF->label.len - pieces[0].len);
    PRF->seed = pieces;
    PRF->n_seed = 2;
}
/* The sum of the lengths passes SIZE_MAX and is small again. */
SPOIL(prf_seed_wraps) { PRF->seed = with_long_piece(site, 3, SIZE_MAX - 10); PRF->n_seed = 3; }
/* Refused by their number: not read. */
SPOIL(prf_many_pieces) { PRF->seed = own_pieces(site, 1); PRF->n_seed = LANEKDF_MAX_PIECES + 1; }
SPOIL(prf_endless_pieces) { PRF->seed = own_pieces(site, 1); PRF->n_seed = SIZE_MAX / 8; }
SPOIL(prf_out_empty) { PRF->out = no_out(site, PRF->out); }
SPOIL(prf_out_long) { PRF->out = longer_out(site, LANEKDF_MAX_OUT); }
SPOIL(prf_out_endless) { PRF->out.len = SIZE_MAX; site.trial->n_outputs = 0; }
SPOIL(prf_garbage) { PRF->secret.len = 0; PRF->prepared_secret = garbage(site); }
SPOIL(prf_prepared_with_other) { PRF->secret.len = 0; PRF->prepared_secret = prepared_with_other(site, PRF->hash); }
SPOIL(prf_two_secrets) { PRF->secret = some(site, 1); PRF->prepared_secret = prepared_with(site, PRF->hash); }
SPOIL(prf_over_secret) { uint8_t *at = roomy(site); PRF->secret = (struct lanekdf_bytes){at, 48}; PRF->out = out_over(site, at, 48, 100); }
SPOIL(prf_over_prepared)
{
    uint8_t *at = roomy(site);
    PRF->secret.len = 0;
    PRF->prepared_secret = prepared_at(at, PRF->hash);
    PRF->out = out_over(site, at, sizeof(*PRF->prepared_secret), 20);
}
SPOIL(prf_over_label) { uint8_t *at = roomy(site); PRF->label = (struct lanekdf_bytes){at, 13}; PRF->out = out_over(site, at, 13, 64); }
SPOIL(prf_over_piece) { uint8_t *at = roomy(site); PRF->seed = with_piece_at(site, 5, at); PRF->n_seed = 5; PRF->out = out_over(site, at, 20, 48); }
SPOIL(prf_over_pieces)
{
    struct lanekdf_bytes *pieces = (struct lanekdf_bytes *)(void *)roomy(site);
    for (size_t i = 0; i < 3; i++)
        pieces[i] = some(site, 20);
    PRF->seed = pieces;
    PRF->n_seed = 3;
    PRF->out = out_over(site, pieces, 3 * sizeof(*pieces), 33);
}
SPOIL(prf_over_job) { move_job(site); PRF->out = out_over(site, PRF, sizeof(*PRF), 40); }

/* A handshake of this version and hash that has a pre-master secret, randoms and a key block. */
static void remake(struct spoil_site site, uint16_t version, uint16_t hash)
{
    do
        *site.trial = trial_plain_handshake(site.memory, site.rng, version, hash);
    while (!HANDSHAKE->key_block || HANDSHAKE->known_master_secret);
}
/* The same, of the version and hash that it has. */
static void key_block_wanted(struct spoil_site site)
{
    remake(site, HANDSHAKE->version, HANDSHAKE->hash);
    HANDSHAKE->pre_master_secret = some(site, 48);
    HANDSHAKE->session_hash = nothing;
}
/* One that asks for the final keys of an export suite. */
static void export_wanted(struct spoil_site site, uint16_t version, uint8_t enc_key_len, uint8_t iv_len, uint8_t final_key_len)
{
    remake(site, version, version == TLS12 ? LANEKDF_SHA256 : LANEKDF_MD5_SHA1);
    HANDSHAKE->enc_key_len = enc_key_len;
    HANDSHAKE->fixed_iv_len = iv_len;
    HANDSHAKE->final_key_len = final_key_len;
    HANDSHAKE->key_block = new_output(site.trial, site.memory, site.rng, key_block_len(HANDSHAKE));
    HANDSHAKE->final_keys = new_output(site.trial, site.memory, site.rng, final_keys_len(HANDSHAKE));
}
static uint16_t old_version(struct spoil_site site) { return (uint16_t)(SSL3 + rng_below(site.rng, 3)); }
static void finished_wanted(struct spoil_site site, size_t len)
{
    HANDSHAKE->client_finished_hash = some(site, len);
    if (!HANDSHAKE->client_verify_data)
        HANDSHAKE->client_verify_data = new_output(site.trial, site.memory, site.rng, LANEKDF_VERIFY_DATA_LEN);
}
static size_t digest_of_handshake(struct spoil_site site) { return hash_len(HANDSHAKE->hash); }

SPOIL(handshake_version)
{
    static const uint16_t versions[] = {0, 0x0002, 0x02ff, 0x0304, 0x0400, 0x0303 ^ 0x8000, 0xfeff};
    HANDSHAKE->version = versions[rng_below(site.rng, 7)];
}
SPOIL(handshake_hash) { HANDSHAKE->hash = (uint16_t)(rng_below(site.rng, 2) ? 0 : LANEKDF_MD5_SHA1 + 1); }
SPOIL(handshake_hash_of_other_version) { HANDSHAKE->version = HANDSHAKE->version == TLS12 ? old_version(site) : TLS12; }
SPOIL(handshake_half_a_hash) { HANDSHAKE->hash = (uint16_t)(rng_below(site.rng, 2) ? LANEKDF_MD5 : LANEKDF_SHA1); }
SPOIL(handshake_reserved) { HANDSHAKE->reserved = one_bit(site); }
SPOIL(handshake_nothing_wanted)
{
    *HANDSHAKE = (struct lanekdf_handshake){.job = HANDSHAKE->job, .version = HANDSHAKE->version, .hash = HANDSHAKE->hash};
    HANDSHAKE->known_master_secret = input(site, 48);
}
SPOIL(handshake_two_secrets) { key_block_wanted(site); HANDSHAKE->known_master_secret = input(site, 48); }
SPOIL(handshake_known_and_session_hash)
{
    key_block_wanted(site);
    HANDSHAKE->known_master_secret = input(site, 48);
    HANDSHAKE->pre_master_secret = nothing;
    HANDSHAKE->session_hash = some(site, digest_of_handshake(site));
}
SPOIL(handshake_secret_null) { key_block_wanted(site); HANDSHAKE->pre_master_secret = (struct lanekdf_bytes){NULL, 48}; }
SPOIL(handshake_secret_long) { key_block_wanted(site); HANDSHAKE->pre_master_secret = some(site, LANEKDF_MAX_SECRET + 1); }
SPOIL(handshake_client_random_null) { key_block_wanted(site); HANDSHAKE->client_random = NULL; }
SPOIL(handshake_server_random_null) { key_block_wanted(site); HANDSHAKE->server_random = NULL; }
SPOIL(handshake_session_hash_null) { key_block_wanted(site); HANDSHAKE->session_hash = (struct lanekdf_bytes){NULL, digest_of_handshake(site)}; }
SPOIL(handshake_session_hash_long) { key_block_wanted(site); HANDSHAKE->session_hash = some(site, digest_of_handshake(site) + 1); }
SPOIL(handshake_session_hash_short) { key_block_wanted(site); HANDSHAKE->session_hash = some(site, digest_of_handshake(site) - 1); }
/* As after lanekdf_handshake_set_suite() that failed: the caller's buffer would keep what it had. */
SPOIL(handshake_without_suite)
{
    key_block_wanted(site);
    HANDSHAKE->mac_key_len = HANDSHAKE->enc_key_len = HANDSHAKE->fixed_iv_len = 0;
    HANDSHAKE->master_secret = new_output(site.trial, site.memory, site.rng, LANEKDF_MASTER_SECRET_LEN);
}
SPOIL(handshake_key_block_null) { key_block_wanted(site); HANDSHAKE->key_block = NULL; }
SPOIL(handshake_key_block_random_null) /* the master secret of RFC 7627 needs none, the key block does */
{
    key_block_wanted(site);
    HANDSHAKE->session_hash = some(site, digest_of_handshake(site));
    HANDSHAKE->server_random = NULL;
}
SPOIL(handshake_verify_data_null) { HANDSHAKE->client_finished_hash = some(site, digest_of_handshake(site)); HANDSHAKE->client_verify_data = NULL; }
SPOIL(handshake_finished_short) { finished_wanted(site, digest_of_handshake(site) - 1); }
SPOIL(handshake_finished_long) { finished_wanted(site, digest_of_handshake(site) + 1); }
SPOIL(handshake_finished_null) { finished_wanted(site, digest_of_handshake(site)); HANDSHAKE->client_finished_hash.data = NULL; }
SPOIL(handshake_server_finished_null)
{
    HANDSHAKE->server_finished_hash = (struct lanekdf_bytes){NULL, digest_of_handshake(site)};
    if (!HANDSHAKE->server_verify_data)
        HANDSHAKE->server_verify_data = new_output(site.trial, site.memory, site.rng, LANEKDF_VERIFY_DATA_LEN);
}
SPOIL(handshake_ssl3_session_hash) { remake(site, SSL3, LANEKDF_MD5_SHA1); HANDSHAKE->session_hash = some(site, 36); }
SPOIL(handshake_ssl3_finished) { remake(site, SSL3, LANEKDF_MD5_SHA1); finished_wanted(site, 36); }
SPOIL(handshake_ssl3_prepared)
{
    remake(site, SSL3, LANEKDF_MD5_SHA1);
    HANDSHAKE->prepared_master_secret = new_prepared_output(site.trial, site.memory, site.rng);
}
SPOIL(handshake_ssl3_key_block_long)
{
    remake(site, SSL3, LANEKDF_MD5_SHA1);
    HANDSHAKE->mac_key_len = (uint8_t)(209 - HANDSHAKE->enc_key_len - HANDSHAKE->fixed_iv_len);
    HANDSHAKE->key_block = new_output(site.trial, site.memory, site.rng, key_block_len(HANDSHAKE));
}
SPOIL(handshake_export_tls12) { export_wanted(site, TLS12, 5, 8, 16); }
SPOIL(handshake_export_key_long) { export_wanted(site, old_version(site), 17, 8, 16); }
SPOIL(handshake_export_no_key) { export_wanted(site, old_version(site), 0, 8, 16); }
SPOIL(handshake_export_iv_long) { export_wanted(site, old_version(site), 5, 17, 16); }
SPOIL(handshake_final_key_long) { export_wanted(site, old_version(site), 5, 8, 17); }
SPOIL(handshake_final_keys_null) { export_wanted(site, old_version(site), 5, 8, 16); HANDSHAKE->final_keys = NULL; }
SPOIL(handshake_over_secret)
{
    uint8_t *at = roomy(site);
    key_block_wanted(site);
    HANDSHAKE->pre_master_secret = (struct lanekdf_bytes){at, 48};
    HANDSHAKE->master_secret = overlapping(site, at, 48, 48);
}
SPOIL(handshake_over_known)
{
    uint8_t *at = roomy(site);
    HANDSHAKE->pre_master_secret = HANDSHAKE->session_hash = nothing;
    HANDSHAKE->known_master_secret = at;
    HANDSHAKE->master_secret = overlapping(site, at, 48, 48);
}
SPOIL(handshake_over_random)
{
    uint8_t *at = roomy(site);
    key_block_wanted(site);
    HANDSHAKE->client_random = at;
    HANDSHAKE->key_block = overlapping(site, at, 32, key_block_len(HANDSHAKE));
}
SPOIL(handshake_over_session_hash)
{
    uint8_t *at = roomy(site);
    key_block_wanted(site);
    HANDSHAKE->session_hash = (struct lanekdf_bytes){at, digest_of_handshake(site)};
    HANDSHAKE->master_secret = overlapping(site, at, digest_of_handshake(site), 48);
}
SPOIL(handshake_over_finished_hash)
{
    uint8_t *at = roomy(site);
    HANDSHAKE->server_finished_hash = (struct lanekdf_bytes){at, digest_of_handshake(site)};
    HANDSHAKE->server_verify_data = overlapping(site, at, digest_of_handshake(site), 12);
}
SPOIL(handshake_two_outputs)
{
    uint8_t *at = roomy(site);
    key_block_wanted(site);
    HANDSHAKE->key_block = at;
    HANDSHAKE->master_secret = overlapping(site, at, key_block_len(HANDSHAKE), 48);
}
SPOIL(handshake_two_finished)
{
    uint8_t *at = roomy(site);
    HANDSHAKE->client_finished_hash = some(site, digest_of_handshake(site));
    HANDSHAKE->server_finished_hash = some(site, digest_of_handshake(site));
    HANDSHAKE->client_verify_data = at;
    HANDSHAKE->server_verify_data = overlapping(site, at, 12, 12);
}
SPOIL(handshake_final_keys_over_key_block)
{
    uint8_t *at = roomy(site);
    export_wanted(site, old_version(site), 5, 8, 16);
    HANDSHAKE->key_block = at;
    HANDSHAKE->final_keys = overlapping(site, at, key_block_len(HANDSHAKE), final_keys_len(HANDSHAKE));
}
SPOIL(handshake_prepared_over_secret)
{
    uint8_t *at = roomy(site);
    key_block_wanted(site);
    HANDSHAKE->pre_master_secret = (struct lanekdf_bytes){at, 48};
    HANDSHAKE->prepared_master_secret = prepared_overlapping(site, at, 48);
}
SPOIL(handshake_over_job) { move_job(site); HANDSHAKE->master_secret = overlapping(site, HANDSHAKE, sizeof(*HANDSHAKE), 48); }

SPOIL(hash_hash) { MESSAGE_HASH->hash = no_hash(site); }
SPOIL(hash_reserved) { MESSAGE_HASH->reserved = one_bit(site); }
SPOIL(hash_message_null) { MESSAGE_HASH->message = NULL; MESSAGE_HASH->n_message = 2; }
SPOIL(hash_piece_null) { MESSAGE_HASH->message = with_null_piece(site, 2); MESSAGE_HASH->n_message = 2; }
SPOIL(hash_message_long) { MESSAGE_HASH->message = with_long_piece(site, 2, (size_t)1 << 60); MESSAGE_HASH->n_message = 2; }
SPOIL(hash_message_wraps) { MESSAGE_HASH->message = with_long_piece(site, 2, SIZE_MAX - 10); MESSAGE_HASH->n_message = 2; }
SPOIL(hash_many_pieces) { MESSAGE_HASH->message = own_pieces(site, 1); MESSAGE_HASH->n_message = LANEKDF_MAX_PIECES + 1; }
SPOIL(hash_out_null) { MESSAGE_HASH->out.data = NULL; }
SPOIL(hash_out_long) { MESSAGE_HASH->out = longer_out(site, hash_len(MESSAGE_HASH->hash)); }
SPOIL(hash_out_empty) { MESSAGE_HASH->out = no_out(site, MESSAGE_HASH->out); }
SPOIL(hash_over_message) { uint8_t *at = roomy(site); MESSAGE_HASH->message = with_piece_at(site, 2, at); MESSAGE_HASH->n_message = 2; MESSAGE_HASH->out = out_over(site, at, 20, MESSAGE_HASH->out.len); }
SPOIL(hash_over_job) { move_job(site); MESSAGE_HASH->out = out_over(site, MESSAGE_HASH, sizeof(*MESSAGE_HASH), MESSAGE_HASH->out.len); }

SPOIL(hmac_hash) { HMAC->hash = no_hash(site); }
SPOIL(hmac_of_both) { HMAC->hash = LANEKDF_MD5_SHA1; }
SPOIL(hmac_reserved) { HMAC->reserved = one_bit(site); }
SPOIL(hmac_key_null) { HMAC->key = (struct lanekdf_bytes){NULL, 1}; }
SPOIL(hmac_key_long) { HMAC->key = some(site, LANEKDF_MAX_SECRET + 1); }
SPOIL(hmac_message_null) { HMAC->message = NULL; HMAC->n_message = 1; }
SPOIL(hmac_piece_null) { HMAC->message = with_null_piece(site, 2); HMAC->n_message = 2; }
SPOIL(hmac_many_pieces) { HMAC->message = own_pieces(site, 1); HMAC->n_message = LANEKDF_MAX_PIECES + 1; }
SPOIL(hmac_out_null) { HMAC->out.data = NULL; }
SPOIL(hmac_out_long) { HMAC->out = longer_out(site, hash_len(HMAC->hash)); }
SPOIL(hmac_out_empty) { HMAC->out = no_out(site, HMAC->out); }
SPOIL(hmac_over_key) { uint8_t *at = roomy(site); HMAC->key = (struct lanekdf_bytes){at, 20}; HMAC->out = out_over(site, at, 20, HMAC->out.len); }
SPOIL(hmac_over_message) { uint8_t *at = roomy(site); HMAC->message = with_piece_at(site, 1, at); HMAC->n_message = 1; HMAC->out = out_over(site, at, 20, HMAC->out.len); }

SPOIL(exporter_hash) { EXPORTER->hash = no_hash(site); }
SPOIL(exporter_half_a_hash) { EXPORTER->hash = rng_below(site.rng, 2) ? LANEKDF_MD5 : LANEKDF_SHA1; }
SPOIL(exporter_flags) { EXPORTER->flags |= 4u << rng_below(site.rng, 30); }
SPOIL(exporter_context_without_flag) { EXPORTER->flags = LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET; EXPORTER->context = some(site, 1); }
SPOIL(exporter_no_secret) { EXPORTER->master_secret = NULL; }
SPOIL(exporter_two_secrets) { EXPORTER->prepared_secret = prepared_with(site, EXPORTER->hash); }
SPOIL(exporter_garbage) { EXPORTER->master_secret = NULL; EXPORTER->prepared_secret = garbage(site); }
SPOIL(exporter_prepared_with_other) { EXPORTER->master_secret = NULL; EXPORTER->prepared_secret = prepared_with_other(site, EXPORTER->hash); }
SPOIL(exporter_label)
{
    static const char *const labels[] = {"client finished", "server finished", "master secret", "key expansion", "extended master secret"};
    const char *label = labels[rng_below(site.rng, 5)];
    uint8_t *copy = guarded_take(site.memory, site.rng, strlen(label), 1);
    memcpy(copy, label, strlen(label));
    EXPORTER->label = (struct lanekdf_bytes){copy, strlen(label)};
}
SPOIL(exporter_label_null) { EXPORTER->label = (struct lanekdf_bytes){NULL, 13}; }
SPOIL(exporter_label_empty) { EXPORTER->label.len = 0; }
SPOIL(exporter_label_long) { EXPORTER->label = some(site, LANEKDF_MAX_SEED + 1); }
static void has_context(struct spoil_site site, struct lanekdf_bytes context) { EXPORTER->flags |= LANEKDF_EXPORTER_HAS_CONTEXT; EXPORTER->context = context; }
SPOIL(exporter_context_null) { has_context(site, (struct lanekdf_bytes){NULL, 7}); }
SPOIL(exporter_context_long) { has_context(site, some(site, LANEKDF_MAX_CONTEXT + 1)); }
SPOIL(exporter_client_random_null) { EXPORTER->client_random = NULL; }
SPOIL(exporter_server_random_null) { EXPORTER->server_random = NULL; }
SPOIL(exporter_out_null) { EXPORTER->out.data = NULL; }
SPOIL(exporter_out_empty) { EXPORTER->out = no_out(site, EXPORTER->out); }
SPOIL(exporter_out_long) { EXPORTER->out = longer_out(site, LANEKDF_MAX_OUT); }
SPOIL(exporter_over_secret) { uint8_t *at = roomy(site); EXPORTER->master_secret = at; EXPORTER->out = out_over(site, at, 48, 30); }
SPOIL(exporter_over_prepared)
{
    uint8_t *at = roomy(site);
    EXPORTER->master_secret = NULL;
    EXPORTER->prepared_secret = prepared_at(at, EXPORTER->hash);
    EXPORTER->out = out_over(site, at, sizeof(*EXPORTER->prepared_secret), 30);
}
SPOIL(exporter_over_client_random) { uint8_t *at = roomy(site); EXPORTER->client_random = at; EXPORTER->out = out_over(site, at, 32, 30); }
SPOIL(exporter_over_server_random) { uint8_t *at = roomy(site); EXPORTER->server_random = at; EXPORTER->out = out_over(site, at, 32, 30); }
SPOIL(exporter_over_label) { uint8_t *at = roomy(site); EXPORTER->label = (struct lanekdf_bytes){at, 9}; EXPORTER->out = out_over(site, at, 9, 30); }
SPOIL(exporter_over_context) { uint8_t *at = roomy(site); has_context(site, (struct lanekdf_bytes){at, 9}); EXPORTER->out = out_over(site, at, 9, 30); }
SPOIL(exporter_over_job) { move_job(site); EXPORTER->out = out_over(site, EXPORTER, sizeof(*EXPORTER), 30); }

static void finished_hash(struct spoil_site site, struct lanekdf_bytes hash)
{
    FINISHED->server_finished_hash = hash;
    if (!FINISHED->server_verify_data)
        FINISHED->server_verify_data = new_output(site.trial, site.memory, site.rng, LANEKDF_VERIFY_DATA_LEN);
}
SPOIL(finished_no_hash) { FINISHED->hash = no_hash(site); }
SPOIL(finished_half_a_hash) { FINISHED->hash = rng_below(site.rng, 2) ? LANEKDF_MD5 : LANEKDF_SHA1; }
SPOIL(finished_reserved) { FINISHED->reserved = one_bit(site); }
SPOIL(finished_nothing_wanted) { FINISHED->client_finished_hash = FINISHED->server_finished_hash = nothing; }
SPOIL(finished_short) { finished_hash(site, some(site, hash_len(FINISHED->hash) - 1)); }
SPOIL(finished_long) { finished_hash(site, some(site, hash_len(FINISHED->hash) + 1)); }
SPOIL(finished_null) { finished_hash(site, (struct lanekdf_bytes){NULL, hash_len(FINISHED->hash)}); }
SPOIL(finished_verify_data_null) { FINISHED->client_finished_hash = some(site, hash_len(FINISHED->hash)); FINISHED->client_verify_data = NULL; }
SPOIL(finished_no_secret) { FINISHED->master_secret = NULL; }
SPOIL(finished_two_secrets) { FINISHED->prepared_secret = prepared_with(site, FINISHED->hash); }
SPOIL(finished_garbage) { FINISHED->master_secret = NULL; FINISHED->prepared_secret = garbage(site); }
SPOIL(finished_prepared_with_other) { FINISHED->master_secret = NULL; FINISHED->prepared_secret = prepared_with_other(site, FINISHED->hash); }
SPOIL(finished_over_secret)
{
    uint8_t *at = roomy(site);
    FINISHED->master_secret = at;
    finished_hash(site, some(site, hash_len(FINISHED->hash)));
    FINISHED->server_verify_data = overlapping(site, at, 48, 12);
}
SPOIL(finished_over_prepared)
{
    uint8_t *at = roomy(site);
    FINISHED->master_secret = NULL;
    FINISHED->prepared_secret = prepared_at(at, FINISHED->hash);
    finished_hash(site, some(site, hash_len(FINISHED->hash)));
    FINISHED->server_verify_data = overlapping(site, at, sizeof(*FINISHED->prepared_secret), 12);
}
SPOIL(finished_over_hash)
{
    uint8_t *at = roomy(site);
    finished_hash(site, (struct lanekdf_bytes){at, hash_len(FINISHED->hash)});
    FINISHED->server_verify_data = overlapping(site, at, hash_len(FINISHED->hash), 12);
}
SPOIL(finished_two_outputs)
{
    uint8_t *at = roomy(site);
    FINISHED->client_finished_hash = FINISHED->server_finished_hash = some(site, hash_len(FINISHED->hash));
    FINISHED->client_verify_data = at;
    FINISHED->server_verify_data = overlapping(site, at, 12, 12);
}
SPOIL(finished_over_job)
{
    move_job(site);
    finished_hash(site, some(site, hash_len(FINISHED->hash)));
    FINISHED->server_verify_data = overlapping(site, FINISHED, sizeof(*FINISHED), 12);
}

SPOIL(prepare_hash) { PREPARE->hash = no_hash(site); }
SPOIL(prepare_reserved) { PREPARE->reserved = one_bit(site); }
SPOIL(prepare_secret_null) { PREPARE->secret = (struct lanekdf_bytes){NULL, 48}; }
SPOIL(prepare_secret_long) { PREPARE->secret = some(site, LANEKDF_MAX_SECRET + 1); }
SPOIL(prepare_out_null) { PREPARE->prepared = NULL; }
SPOIL(prepare_over_secret) { uint8_t *at = roomy(site); PREPARE->secret = (struct lanekdf_bytes){at, 48}; PREPARE->prepared = prepared_overlapping(site, at, 48); }
SPOIL(prepare_over_job) { move_job(site); PREPARE->prepared = prepared_overlapping(site, PREPARE, sizeof(*PREPARE)); }

SPOIL(ssl3_prf_reserved) { SSL3_PRF->reserved[rng_below(site.rng, 2)] = one_bit(site); }
SPOIL(ssl3_prf_secret_null) { SSL3_PRF->secret = (struct lanekdf_bytes){NULL, 48}; }
SPOIL(ssl3_prf_secret_long) { SSL3_PRF->secret = some(site, LANEKDF_MAX_SECRET + 1); }
SPOIL(ssl3_prf_seed_null) { SSL3_PRF->seed = NULL; SSL3_PRF->n_seed = 2; }
SPOIL(ssl3_prf_piece_null) { SSL3_PRF->seed = with_null_piece(site, 2); SSL3_PRF->n_seed = 2; }
SPOIL(ssl3_prf_seed_long) { SSL3_PRF->seed = with_long_piece(site, 2, LANEKDF_MAX_SEED + 1); SSL3_PRF->n_seed = 2; }
SPOIL(ssl3_prf_many_pieces) { SSL3_PRF->seed = own_pieces(site, 1); SSL3_PRF->n_seed = LANEKDF_MAX_PIECES + 1; }
SPOIL(ssl3_prf_out_null) { SSL3_PRF->out.data = NULL; }
SPOIL(ssl3_prf_out_empty) { SSL3_PRF->out = no_out(site, SSL3_PRF->out); }
SPOIL(ssl3_prf_out_long) { SSL3_PRF->out = longer_out(site, LANEKDF_MAX_SSL3_OUT); }
SPOIL(ssl3_prf_over_secret) { uint8_t *at = roomy(site); SSL3_PRF->secret = (struct lanekdf_bytes){at, 48}; SSL3_PRF->out = out_over(site, at, 48, 20); }
SPOIL(ssl3_prf_over_piece) { uint8_t *at = roomy(site); SSL3_PRF->seed = with_piece_at(site, 3, at); SSL3_PRF->n_seed = 3; SSL3_PRF->out = out_over(site, at, 20, 20); }
SPOIL(ssl3_prf_over_job) { move_job(site); SSL3_PRF->out = out_over(site, SSL3_PRF, sizeof(*SSL3_PRF), 20); }

SPOIL(ssl3_finished_reserved) { SSL3_FINISHED->reserved = one_bit(site); }
SPOIL(ssl3_finished_sender) { SSL3_FINISHED->sender |= 2u << rng_below(site.rng, 31); }
SPOIL(ssl3_finished_secret_null) { SSL3_FINISHED->master_secret = NULL; }
SPOIL(ssl3_finished_messages_null) { SSL3_FINISHED->handshake_messages = NULL; SSL3_FINISHED->n_handshake_messages = 1; }
SPOIL(ssl3_finished_piece_null) { SSL3_FINISHED->handshake_messages = with_null_piece(site, 3); SSL3_FINISHED->n_handshake_messages = 3; }
SPOIL(ssl3_finished_message_long) { SSL3_FINISHED->handshake_messages = with_long_piece(site, 2, (size_t)1 << 60); SSL3_FINISHED->n_handshake_messages = 2; }
SPOIL(ssl3_finished_many_pieces) { SSL3_FINISHED->handshake_messages = own_pieces(site, 1); SSL3_FINISHED->n_handshake_messages = LANEKDF_MAX_PIECES + 1; }
SPOIL(ssl3_finished_out_null) { SSL3_FINISHED->out = NULL; }
SPOIL(ssl3_finished_over_secret) { uint8_t *at = roomy(site); SSL3_FINISHED->master_secret = at; SSL3_FINISHED->out = overlapping(site, at, 48, 36); }
SPOIL(ssl3_finished_over_message) { uint8_t *at = roomy(site); SSL3_FINISHED->handshake_messages = with_piece_at(site, 2, at); SSL3_FINISHED->n_handshake_messages = 2; SSL3_FINISHED->out = overlapping(site, at, 20, 36); }
SPOIL(ssl3_finished_over_job) { move_job(site); SSL3_FINISHED->out = overlapping(site, SSL3_FINISHED, sizeof(*SSL3_FINISHED), 36); }

#define ROW(KIND, name, STATUS, fate) {#name, LANEKDF_KIND_##KIND, LANEKDF_ERROR_##STATUS, fate, name}
static const struct {
    const char *name;
    uint32_t kind;
    int32_t status;
    enum trial_outputs fate;
    void (*spoil)(struct spoil_site site);
} spoils[] = {
    ROW(PRF, kind_zero, KIND, LEFT), ROW(HANDSHAKE, kind_next, KIND, LEFT), ROW(HMAC, kind_high, KIND, LEFT),
    ROW(PRF, job_reserved, RESERVED, ZEROED), ROW(HANDSHAKE, job_legacy_unknown, RESERVED, ZEROED),

    ROW(PRF, prf_hash, HASH, ZEROED),
    ROW(PRF, prf_reserved, RESERVED, ZEROED), ROW(PRF, prf_secret_null, NULL, ZEROED), ROW(PRF, prf_label_null, NULL, ZEROED),
    ROW(PRF, prf_seed_null, NULL, ZEROED), ROW(PRF, prf_piece_null, NULL, ZEROED), ROW(PRF, prf_out_null, NULL, ZEROED),
    ROW(PRF, prf_secret_long, LENGTH, ZEROED), ROW(PRF, prf_secret_endless, LENGTH, EITHER), ROW(PRF, prf_label_long, LENGTH, ZEROED),
    ROW(PRF, prf_seed_long, LENGTH, ZEROED), ROW(PRF, prf_seed_wraps, LENGTH, EITHER), ROW(PRF, prf_many_pieces, LENGTH, EITHER),
    ROW(PRF, prf_endless_pieces, LENGTH, EITHER), ROW(PRF, prf_out_empty, LENGTH, ZEROED), ROW(PRF, prf_out_long, LENGTH, LEFT), ROW(PRF, prf_out_endless, LENGTH, LEFT),
    ROW(PRF, prf_garbage, PREPARED, ZEROED), ROW(PRF, prf_prepared_with_other, PREPARED, ZEROED), ROW(PRF, prf_two_secrets, CONFLICT, ZEROED),
    ROW(PRF, prf_over_secret, OVERLAP, ZEROED), ROW(PRF, prf_over_prepared, OVERLAP, ZEROED), ROW(PRF, prf_over_label, OVERLAP, ZEROED),
    ROW(PRF, prf_over_piece, OVERLAP, ZEROED), ROW(PRF, prf_over_pieces, OVERLAP, ZEROED), ROW(PRF, prf_over_job, OVERLAP, ZEROED),

    ROW(HANDSHAKE, handshake_version, VERSION, ZEROED), ROW(HANDSHAKE, handshake_hash, HASH, ZEROED),
    ROW(HANDSHAKE, handshake_hash_of_other_version, HASH, ZEROED), ROW(HANDSHAKE, handshake_half_a_hash, HASH, ZEROED),
    ROW(HANDSHAKE, handshake_reserved, RESERVED, ZEROED), ROW(HANDSHAKE, handshake_nothing_wanted, LENGTH, LEFT), ROW(HANDSHAKE, handshake_two_secrets, CONFLICT, ZEROED),
    ROW(HANDSHAKE, handshake_known_and_session_hash, CONFLICT, ZEROED), ROW(HANDSHAKE, handshake_secret_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_secret_long, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_client_random_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_server_random_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_session_hash_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_session_hash_long, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_session_hash_short, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_without_suite, LENGTH, EITHER), ROW(HANDSHAKE, handshake_key_block_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_verify_data_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_key_block_random_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_finished_short, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_finished_long, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_finished_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_server_finished_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_ssl3_session_hash, CONFLICT, ZEROED), ROW(HANDSHAKE, handshake_ssl3_finished, CONFLICT, ZEROED),
    ROW(HANDSHAKE, handshake_ssl3_prepared, CONFLICT, ZEROED), ROW(HANDSHAKE, handshake_ssl3_key_block_long, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_export_tls12, CONFLICT, ZEROED), ROW(HANDSHAKE, handshake_export_key_long, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_export_no_key, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_export_iv_long, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_final_key_long, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_final_keys_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_over_secret, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_known, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_over_random, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_session_hash, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_over_finished_hash, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_two_outputs, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_two_finished, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_final_keys_over_key_block, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_prepared_over_secret, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_job, OVERLAP, ZEROED),

    ROW(HASH, hash_hash, HASH, ZEROED), ROW(HASH, hash_reserved, RESERVED, ZEROED), ROW(HASH, hash_message_null, NULL, ZEROED),
    ROW(HASH, hash_piece_null, NULL, ZEROED), ROW(HASH, hash_message_long, LENGTH, EITHER), ROW(HASH, hash_message_wraps, LENGTH, EITHER),
    ROW(HASH, hash_many_pieces, LENGTH, EITHER), ROW(HASH, hash_out_null, NULL, ZEROED), ROW(HASH, hash_out_long, LENGTH, ZEROED), ROW(HASH, hash_out_empty, LENGTH, ZEROED),
    ROW(HASH, hash_over_message, OVERLAP, ZEROED), ROW(HASH, hash_over_job, OVERLAP, ZEROED),

    ROW(HMAC, hmac_hash, HASH, ZEROED), ROW(HMAC, hmac_of_both, HASH, ZEROED), ROW(HMAC, hmac_reserved, RESERVED, ZEROED), ROW(HMAC, hmac_key_null, NULL, ZEROED),
    ROW(HMAC, hmac_key_long, LENGTH, ZEROED), ROW(HMAC, hmac_message_null, NULL, ZEROED), ROW(HMAC, hmac_piece_null, NULL, ZEROED),
    ROW(HMAC, hmac_many_pieces, LENGTH, EITHER), ROW(HMAC, hmac_out_null, NULL, ZEROED), ROW(HMAC, hmac_out_long, LENGTH, ZEROED), ROW(HMAC, hmac_out_empty, LENGTH, ZEROED),
    ROW(HMAC, hmac_over_key, OVERLAP, ZEROED), ROW(HMAC, hmac_over_message, OVERLAP, ZEROED),

    ROW(EXPORTER, exporter_hash, HASH, ZEROED), ROW(EXPORTER, exporter_half_a_hash, HASH, ZEROED), ROW(EXPORTER, exporter_flags, RESERVED, ZEROED),
    ROW(EXPORTER, exporter_context_without_flag, CONFLICT, ZEROED), ROW(EXPORTER, exporter_no_secret, CONFLICT, ZEROED), ROW(EXPORTER, exporter_two_secrets, CONFLICT, ZEROED),
    ROW(EXPORTER, exporter_garbage, PREPARED, ZEROED), ROW(EXPORTER, exporter_prepared_with_other, PREPARED, ZEROED), ROW(EXPORTER, exporter_label, LABEL, ZEROED),
    ROW(EXPORTER, exporter_label_null, NULL, ZEROED), ROW(EXPORTER, exporter_label_empty, LENGTH, ZEROED), ROW(EXPORTER, exporter_label_long, LENGTH, ZEROED),
    ROW(EXPORTER, exporter_context_null, NULL, ZEROED), ROW(EXPORTER, exporter_context_long, LENGTH, ZEROED),
    ROW(EXPORTER, exporter_client_random_null, NULL, ZEROED), ROW(EXPORTER, exporter_server_random_null, NULL, ZEROED),
    ROW(EXPORTER, exporter_out_null, NULL, ZEROED), ROW(EXPORTER, exporter_out_empty, LENGTH, ZEROED), ROW(EXPORTER, exporter_out_long, LENGTH, LEFT),
    ROW(EXPORTER, exporter_over_secret, OVERLAP, ZEROED), ROW(EXPORTER, exporter_over_prepared, OVERLAP, ZEROED), ROW(EXPORTER, exporter_over_client_random, OVERLAP, ZEROED),
    ROW(EXPORTER, exporter_over_server_random, OVERLAP, ZEROED), ROW(EXPORTER, exporter_over_label, OVERLAP, ZEROED), ROW(EXPORTER, exporter_over_context, OVERLAP, ZEROED),
    ROW(EXPORTER, exporter_over_job, OVERLAP, ZEROED),

    ROW(FINISHED, finished_no_hash, HASH, ZEROED), ROW(FINISHED, finished_half_a_hash, HASH, ZEROED), ROW(FINISHED, finished_reserved, RESERVED, ZEROED),
    ROW(FINISHED, finished_nothing_wanted, LENGTH, LEFT), ROW(FINISHED, finished_short, LENGTH, ZEROED), ROW(FINISHED, finished_long, LENGTH, ZEROED),
    ROW(FINISHED, finished_null, NULL, ZEROED), ROW(FINISHED, finished_verify_data_null, NULL, ZEROED), ROW(FINISHED, finished_no_secret, CONFLICT, ZEROED),
    ROW(FINISHED, finished_two_secrets, CONFLICT, ZEROED), ROW(FINISHED, finished_garbage, PREPARED, ZEROED), ROW(FINISHED, finished_prepared_with_other, PREPARED, ZEROED),
    ROW(FINISHED, finished_over_secret, OVERLAP, ZEROED), ROW(FINISHED, finished_over_prepared, OVERLAP, ZEROED), ROW(FINISHED, finished_over_hash, OVERLAP, ZEROED),
    ROW(FINISHED, finished_two_outputs, OVERLAP, ZEROED), ROW(FINISHED, finished_over_job, OVERLAP, ZEROED),

    ROW(PREPARE, prepare_hash, HASH, ZEROED), ROW(PREPARE, prepare_reserved, RESERVED, ZEROED), ROW(PREPARE, prepare_secret_null, NULL, ZEROED),
    ROW(PREPARE, prepare_secret_long, LENGTH, ZEROED), ROW(PREPARE, prepare_out_null, NULL, ZEROED), ROW(PREPARE, prepare_over_secret, OVERLAP, ZEROED),
    ROW(PREPARE, prepare_over_job, OVERLAP, ZEROED),

    ROW(SSL3_PRF, ssl3_prf_reserved, RESERVED, ZEROED), ROW(SSL3_PRF, ssl3_prf_secret_null, NULL, ZEROED), ROW(SSL3_PRF, ssl3_prf_secret_long, LENGTH, ZEROED),
    ROW(SSL3_PRF, ssl3_prf_seed_null, NULL, ZEROED), ROW(SSL3_PRF, ssl3_prf_piece_null, NULL, ZEROED), ROW(SSL3_PRF, ssl3_prf_seed_long, LENGTH, EITHER),
    ROW(SSL3_PRF, ssl3_prf_many_pieces, LENGTH, EITHER), ROW(SSL3_PRF, ssl3_prf_out_null, NULL, ZEROED), ROW(SSL3_PRF, ssl3_prf_out_empty, LENGTH, ZEROED),
    ROW(SSL3_PRF, ssl3_prf_out_long, LENGTH, ZEROED), ROW(SSL3_PRF, ssl3_prf_over_secret, OVERLAP, ZEROED), ROW(SSL3_PRF, ssl3_prf_over_piece, OVERLAP, ZEROED),
    ROW(SSL3_PRF, ssl3_prf_over_job, OVERLAP, ZEROED),

    ROW(SSL3_FINISHED, ssl3_finished_reserved, RESERVED, ZEROED), ROW(SSL3_FINISHED, ssl3_finished_sender, RESERVED, ZEROED),
    ROW(SSL3_FINISHED, ssl3_finished_secret_null, NULL, ZEROED), ROW(SSL3_FINISHED, ssl3_finished_messages_null, NULL, ZEROED),
    ROW(SSL3_FINISHED, ssl3_finished_piece_null, NULL, ZEROED), ROW(SSL3_FINISHED, ssl3_finished_message_long, LENGTH, EITHER),
    ROW(SSL3_FINISHED, ssl3_finished_many_pieces, LENGTH, EITHER), ROW(SSL3_FINISHED, ssl3_finished_out_null, NULL, ZEROED),
    ROW(SSL3_FINISHED, ssl3_finished_over_secret, OVERLAP, ZEROED), ROW(SSL3_FINISHED, ssl3_finished_over_message, OVERLAP, ZEROED),
    ROW(SSL3_FINISHED, ssl3_finished_over_job, OVERLAP, ZEROED),
};
/* clang-format on */

size_t n_spoils(void)
{
    return sizeof(spoils) / sizeof(*spoils);
}

/* Where the job keeps the addresses of its outputs; NULL: it has no such. */
static void output_fields(union any_job *any, uint32_t kind, void *fields[TRIAL_MAX_OUTPUTS])
{
    memset(fields, 0, TRIAL_MAX_OUTPUTS * sizeof(*fields));
    switch (kind) {
    case LANEKDF_KIND_PRF:
        fields[0] = &any->prf.out.data;
        break;
    case LANEKDF_KIND_HANDSHAKE:
        fields[0] = &any->handshake.master_secret;
        fields[1] = &any->handshake.key_block;
        fields[2] = &any->handshake.final_keys;
        fields[3] = &any->handshake.client_verify_data;
        fields[4] = &any->handshake.server_verify_data;
        fields[5] = &any->handshake.prepared_master_secret;
        break;
    case LANEKDF_KIND_HASH:
        fields[0] = &any->message_hash.out.data;
        break;
    case LANEKDF_KIND_HMAC:
        fields[0] = &any->hmac.out.data;
        break;
    case LANEKDF_KIND_EXPORTER:
        fields[0] = &any->exporter.out.data;
        break;
    case LANEKDF_KIND_FINISHED:
        fields[0] = &any->finished.client_verify_data;
        fields[1] = &any->finished.server_verify_data;
        break;
    case LANEKDF_KIND_PREPARE:
        fields[0] = &any->prepare.prepared;
        break;
    case LANEKDF_KIND_SSL3_PRF:
        fields[0] = &any->ssl3_prf.out.data;
        break;
    default:
        fields[0] = &any->ssl3_finished.out;
        break;
    }
}

/* Pointers to bytes and to prepared secrets look the same here. */
static uint8_t *field_get(const void *field)
{
    uint8_t *pointer;

    memcpy(&pointer, field, sizeof(pointer));
    return pointer;
}

/* Outputs that were spoiled are not told apart from the rest of memory: to be left as they are. */
static void forget_spoiled_outputs(struct trial *trial, uint32_t kind)
{
    void *fields[TRIAL_MAX_OUTPUTS];
    size_t n = 0;

    output_fields(trial->any, kind, fields);
    for (size_t i = 0; i < trial->n_outputs; i++) {
        for (size_t k = 0; k < TRIAL_MAX_OUTPUTS; k++) {
            if (fields[k] && field_get(fields[k]) == trial->outputs[i].data) {
                trial->outputs[n++] = trial->outputs[i];
                break;
            }
        }
    }
    trial->n_outputs = n;
}

struct trial trial_spoiled(size_t i, struct guarded_memory *memory, struct rng *rng)
{
    struct trial trial = of_kind(spoils[i].kind, memory, rng, PLAIN, SHORT);

    spoils[i].spoil((struct spoil_site){&trial, memory, rng});
    forget_spoiled_outputs(&trial, spoils[i].kind);
    trial.name = spoils[i].name;
    trial.status = spoils[i].status;
    trial.fate = spoils[i].fate;
    return trial;
}

/*
 * Run and compare
 */

/* enum lanekdf_hash of a job. */
static uint32_t hash_of(const union any_job *any)
{
    switch (any->job.kind) {
    case LANEKDF_KIND_PRF:
        return any->prf.hash;
    case LANEKDF_KIND_HANDSHAKE:
        return any->handshake.hash;
    case LANEKDF_KIND_HASH:
        return any->message_hash.hash;
    case LANEKDF_KIND_HMAC:
        return any->hmac.hash;
    case LANEKDF_KIND_EXPORTER:
        return any->exporter.hash;
    case LANEKDF_KIND_FINISHED:
        return any->finished.hash;
    case LANEKDF_KIND_PREPARE:
        return any->prepare.hash;
    default:
        return LANEKDF_MD5_SHA1;
    }
}

/* What lanekdf.h says at enum lanekdf_legacy, of a job that is valid otherwise. */
static bool is_allowed(const union any_job *any, uint32_t legacy)
{
    static const uint32_t of_versions[] = {
        LANEKDF_LEGACY_SSL3, LANEKDF_LEGACY_TLS10, LANEKDF_LEGACY_TLS11, UINT32_MAX};
    uint32_t any_of = UINT32_MAX; /* it takes one of these */

    if (hash_of(any) >= LANEKDF_MD5) {
        any_of = LANEKDF_LEGACY_SSL3 | LANEKDF_LEGACY_TLS10 | LANEKDF_LEGACY_TLS11;
    }
    if (any->job.kind >= LANEKDF_KIND_SSL3_PRF) {
        any_of = LANEKDF_LEGACY_SSL3;
    }
    if (any->job.kind == LANEKDF_KIND_HANDSHAKE) {
        any_of = of_versions[any->handshake.version - SSL3];
    }
    if (any_of != UINT32_MAX && !(any_of & legacy)) {
        return false;
    }
    if (any->job.kind == LANEKDF_KIND_HANDSHAKE && any->handshake.final_key_len) {
        return legacy & LANEKDF_LEGACY_EXPORT;
    }
    if (any->job.kind == LANEKDF_KIND_EXPORTER &&
        !(any->exporter.flags & LANEKDF_EXPORTER_EXTENDED_MASTER_SECRET)) {
        return legacy & LANEKDF_LEGACY_EXPORTER;
    }
    return true;
}

union any_job trial_of_bytes(const struct trial *trial)
{
    union any_job copy;
    const uint32_t kind = trial->any->job.kind;

    memcpy(&copy, trial->any, any_job_size(kind));
    if (kind == LANEKDF_KIND_PRF && copy.prf.prepared_secret) {
        copy.prf.prepared_secret = NULL;
        copy.prf.secret = trial->secret;
    } else if (kind == LANEKDF_KIND_EXPORTER && copy.exporter.prepared_secret) {
        copy.exporter.prepared_secret = NULL;
        copy.exporter.master_secret = trial->secret.data;
    } else if (kind == LANEKDF_KIND_FINISHED && copy.finished.prepared_secret) {
        copy.finished.prepared_secret = NULL;
        copy.finished.master_secret = trial->secret.data;
    }
    return copy;
}

/* job of bytes, with its outputs in the image of memory. */
static union any_job into_image(struct guarded_memory *memory, const struct trial *trial)
{
    union any_job copy = trial_of_bytes(trial);
    void *fields[TRIAL_MAX_OUTPUTS];

    output_fields(&copy, copy.job.kind, fields);
    for (size_t i = 0; i < TRIAL_MAX_OUTPUTS; i++) {
        if (fields[i] && field_get(fields[i])) {
            void *const expected = guarded_expected(memory, field_get(fields[i]));
            memcpy(fields[i], &expected, sizeof(expected));
        }
    }
    return copy;
}

/* Are the two judges of one mind? */
static bool judges_agree(struct guarded_memory *memory, const struct trial *trial, const union any_job *copy)
{
    uint8_t *by_reference[TRIAL_MAX_OUTPUTS];
    bool agree = true;

    if (copy->job.kind == LANEKDF_KIND_PREPARE) {
        return true; /* libcrypto has nothing like it */
    }
    for (size_t i = 0; i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        by_reference[i] = malloc(out.len);
        if (!by_reference[i]) {
            abort();
        }
        memcpy(by_reference[i], guarded_expected(memory, out.data), out.len);
    }
    openssl_derive(&copy->job);
    for (size_t i = 0; i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        agree &= !memcmp(by_reference[i], guarded_expected(memory, out.data), out.len);
        free(by_reference[i]);
    }
    if (!agree) {
        fprintf(stderr, "%s: reference and libcrypto differ\n", trial->name);
    }
    return agree;
}

/* Writes into the image what the call must make of this job. */
static bool expect(struct guarded_memory *memory, struct rng *rng, const struct trial *trial)
{
    union any_job copy, *image = guarded_expected(memory, trial->any);

    if (trial->status == LANEKDF_OK) {
        copy = into_image(memory, trial);
        reference_derive(&copy.job);
        if (rng_one_in(rng, 6) && !judges_agree(memory, trial, &copy)) {
            return false;
        }
    } else if (trial->fate == ZEROED) {
        for (size_t i = 0; i < trial->n_outputs; i++) {
            memset(guarded_expected(memory, trial->outputs[i].data), 0, trial->outputs[i].len);
        }
    }
    image->job.status = trial->status;
    return true;
}

/* A job that is valid, but not under this option. */
static void forbid(struct trial *trial, uint32_t legacy)
{
    if (trial->status != LANEKDF_OK || is_allowed(trial->any, legacy)) {
        return;
    }
    trial->status = LANEKDF_ERROR_DISABLED;
    trial->fate = ZEROED;
}

static void accept_either(struct guarded_memory *memory, const struct trial *trial)
{
    for (size_t i = 0; trial->fate == EITHER && i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        uint8_t zeros[LANEKDF_MAX_OUT] = {0};

        if (!memcmp(out.data, zeros, out.len)) {
            memset(guarded_expected(memory, out.data), 0, out.len);
        }
    }
}

/* Prepared secrets are worth the same if one derives for the engine what the other one does
 * for the reference. What is in the engine's is then what it must be. */
static bool accept_prepared(struct guarded_memory *memory, const struct trial *trial)
{
    const struct lanekdf_prepared_secret *prepared = NULL;
    uint8_t by_engine[100] = {0}, by_reference[100] = {0};
    struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF, .hash = hash_of(trial->any)};

    if (trial->any->job.kind == LANEKDF_KIND_PREPARE) {
        prepared = trial->any->prepare.prepared;
    } else if (trial->any->job.kind == LANEKDF_KIND_HANDSHAKE) {
        prepared = trial->any->handshake.prepared_master_secret;
    }
    if (!prepared || trial->status != LANEKDF_OK || trial->any->job.status != LANEKDF_OK) {
        return true;
    }
    job.prepared_secret = guarded_expected(memory, prepared);
    job.out = (struct lanekdf_span){by_reference, sizeof(by_reference)};
    reference_prf(&job);
    job.prepared_secret = prepared;
    job.out.data = by_engine;
    if (lanekdf_derive_one(&job.job) != LANEKDF_OK ||
        memcmp(by_engine, by_reference, sizeof(by_engine)) != 0) {
        fprintf(stderr, "%s: a prepared secret does not serve\n", trial->name);
        return false;
    }
    memcpy(guarded_expected(memory, prepared), prepared, sizeof(*prepared));
    return true;
}

static void say_lengths(const union any_job *any)
{
    switch (any->job.kind) {
    case LANEKDF_KIND_PRF: {
        size_t len = any->prf.label.len;
        for (size_t i = 0; any->prf.seed && i < any->prf.n_seed && i < 8; i++) {
            len += any->prf.seed[i].len;
        }
        fprintf(stderr, " (hash %u, secret %zu, label and seed %zu in 1 + %zu pieces, out %zu)",
            any->prf.hash, any->prf.secret.len, len, any->prf.n_seed, any->prf.out.len);
        break;
    }
    case LANEKDF_KIND_HANDSHAKE:
        fprintf(stderr,
            " (version %04x, hash %u, %s %zu, session_hash %zu, key lengths %u %u %u, final %u, finished %zu "
            "%zu, "
            "wanted:%s%s%s%s%s)",
            any->handshake.version, any->handshake.hash,
            any->handshake.known_master_secret ? "known master secret" : "pre_master_secret",
            any->handshake.pre_master_secret.len, any->handshake.session_hash.len, any->handshake.mac_key_len,
            any->handshake.enc_key_len, any->handshake.fixed_iv_len, any->handshake.final_key_len,
            any->handshake.client_finished_hash.len, any->handshake.server_finished_hash.len,
            any->handshake.master_secret ? " master_secret" : "",
            any->handshake.key_block ? " key_block" : "", any->handshake.client_verify_data ? " client" : "",
            any->handshake.server_verify_data ? " server" : "",
            any->handshake.prepared_master_secret ? " prepared" : "");
        break;
    case LANEKDF_KIND_HMAC:
        fprintf(stderr, " (hash %u, key %zu)", any->hmac.hash, any->hmac.key.len);
        break;
    case LANEKDF_KIND_EXPORTER:
        fprintf(stderr, " (hash %u, flags %u, label %zu, context %zu, out %zu)", any->exporter.hash,
            any->exporter.flags, any->exporter.label.len, any->exporter.context.len, any->exporter.out.len);
        break;
    case LANEKDF_KIND_PREPARE:
        fprintf(stderr, " (hash %u, secret %zu)", any->prepare.hash, any->prepare.secret.len);
        break;
    case LANEKDF_KIND_SSL3_PRF:
        fprintf(stderr, " (secret %zu, out %zu)", any->ssl3_prf.secret.len, any->ssl3_prf.out.len);
        break;
    default:
        break;
    }
}

/* Which job it is that went wrong, if it can be told. */
static void say_difference(
    struct guarded_memory *memory, const struct trial *trials, size_t n, const uint8_t *at)
{
    for (size_t i = 0; i < n; i++) {
        const struct trial *trial = &trials[i];
        const char *what = NULL;

        if (trial->any->job.status != trial->status) {
            what = "status";
        }
        for (size_t k = 0; k < trial->n_outputs; k++) {
            if (memcmp(trial->outputs[k].data, guarded_expected(memory, trial->outputs[k].data),
                    trial->outputs[k].len)) {
                what = what ? what : "output";
            }
        }
        if (!what) {
            continue;
        }
        fprintf(stderr, "job %zu of %zu, %s: wrong %s, status %d \"%s\", expected %d", i, n, trial->name,
            what, trial->any->job.status, lanekdf_status_text(trial->any->job.status), trial->status);
        say_lengths(trial->any);
        fprintf(stderr, "\n");
        return;
    }
    fprintf(
        stderr, "%zu jobs: a byte that is no output was changed, at %p, 0x%02x\n", n, (const void *)at, *at);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < trials[i].n_outputs; k++) {
            if (at - trials[i].outputs[k].data < 4096 && trials[i].outputs[k].data - at < 4096) {
                fprintf(stderr, "  %td bytes from the start of an output of job %zu, %s, of %zu bytes\n",
                    at - trials[i].outputs[k].data, i, trials[i].name, trials[i].outputs[k].len);
            }
        }
    }
}

/* What the call itself must say. */
static bool run(struct trial *trials, size_t n, lanekdf_context *context)
{
    size_t failed = 0, n_failed = 0;

    for (size_t i = 0; i < n; i++) {
        failed += trials[i].status != LANEKDF_OK;
    }
    if (context) {
        struct lanekdf_job **jobs = malloc((n + 1) * sizeof(*jobs));
        if (!jobs) {
            abort();
        }
        for (size_t i = 0; i < n; i++) {
            jobs[i] = &trials[i].any->job;
        }
        n_failed = lanekdf_context_derive(context, jobs, n);
        free(jobs);
    } else {
        for (size_t i = 0; i < n; i++) {
            int status = lanekdf_derive_one(&trials[i].any->job);
            n_failed += status != LANEKDF_OK;
            if (status != trials[i].any->job.status) {
                fprintf(stderr, "%s: lanekdf_derive_one returned %d, status is %d\n", trials[i].name, status,
                    trials[i].any->job.status);
                return false;
            }
        }
    }
    if (n_failed != failed) {
        fprintf(stderr, "%zu of %zu jobs failed, expected %zu\n", n_failed, n, failed);
    }
    return n_failed == failed;
}

bool trials_run(struct guarded_memory *memory, struct rng *rng, struct trial *trials, size_t n,
    lanekdf_context *context, uint32_t legacy)
{
    const uint8_t *at;
    bool right = true;

    guarded_expect(memory);
    for (size_t i = 0; i < n; i++) {
        forbid(&trials[i], legacy);
        right &= expect(memory, rng, &trials[i]);
    }
    right &= run(trials, n, context);
    for (size_t i = 0; i < n; i++) {
        accept_either(memory, &trials[i]);
        right &= accept_prepared(memory, &trials[i]);
    }
    at = guarded_difference(memory);
    if (at) {
        say_difference(memory, trials, n, at);
    }
    right &= !at;
    guarded_clear(memory);
    if (!right) {
        fprintf(stderr, "%s; to repeat: %s\n", context ? "lanekdf_context_derive" : "lanekdf_derive_one",
            test_seed_text());
    }
    return right;
}
