#include "random_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge_openssl.h"
#include "reference.h"

enum { SHA256_LEN = 32 };

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
    default:
        abort();
    }
}

/*
 * Lengths. The padding of SHA-256 takes 9 bytes, HMAC keys are hashed above 64, an
 * output block is 32, and a PRF's second message begins with a digest of 32.
 */
static const uint16_t edges[] = {0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 22, 23, 24, 31, 32, 33, 40, 47, 48, 49,
    54, 55, 56, 57, 63, 64, 65, 66, 72, 87, 88, 96, 104, 119, 120, 121, 127, 128, 129, 136, 151, 152, 183,
    184, 191, 192, 193, 255, 256, 257, 511, 512, 513};
static const uint16_t long_edges[] = {1023, 1024, 1025, 4096, 16383, 16384, 16385, 65472, 65534, 65535};

static size_t any_length(struct rng *rng, enum trial_length length, size_t max)
{
    size_t len;

    if (length == LONG && !rng_below(rng, 24))
        len = long_edges[rng_below(rng, sizeof long_edges / sizeof *long_edges)];
    else if (rng_below(rng, 4))
        len = edges[rng_below(rng, sizeof edges / sizeof *edges)];
    else
        len = rng_below(rng, 600);
    return len < max ? len : max;
}

static bool one_in(struct rng *rng, uint32_t n)
{
    return !rng_below(rng, n);
}

/*
 * Inputs and outputs
 */

static const uint8_t *take_input(struct guarded_memory *memory, struct rng *rng, size_t len)
{
    uint8_t *input = guarded_take(memory, rng, len, 1);

    if (len)
        rng_fill(rng, input, len);
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
    struct lanekdf_bytes *pieces = guarded_take(memory, rng, n * sizeof *pieces, sizeof(void *));
    const uint8_t *shared = n > 8 ? take_input(memory, rng, len) : NULL;

    for (size_t i = 0; i < n; i++) {
        size_t left = len, part = i + 1 == n ? left : rng_below(rng, (uint32_t)left + 1);

        if (n > 8 && i + 1 < n)
            part = left < 2 * len / n + 1 ? rng_below(rng, (uint32_t)left + 1)
                                          : rng_below(rng, (uint32_t)(2 * len / n) + 1);
        pieces[i] = n > 8 ? (struct lanekdf_bytes){shared, part} : take_bytes(memory, rng, part);
        if (n > 8 && shared)
            shared += part;
        len -= part;
    }
    return pieces;
}

static struct trial trial_new(uint32_t kind, const char *name, struct guarded_memory *memory, struct rng *rng)
{
    struct trial trial = {.name = name};
    uint32_t status = (uint32_t)rng_next(rng);

    trial.any = guarded_take(memory, rng, any_job_size(kind), sizeof(void *));
    memset(trial.any, 0, any_job_size(kind));
    trial.any->job.kind = kind;
    memcpy(&trial.any->job.status, &status, sizeof status);
    trial.any->job.owner = trial.any;
    return trial;
}

static void add_output(struct trial *trial, struct lanekdf_span out)
{
    trial->outputs[trial->n_outputs++] = out;
}

static uint8_t *new_output(struct trial *trial, struct guarded_memory *memory, struct rng *rng, size_t len)
{
    struct lanekdf_span out = take_span(memory, rng, len);

    add_output(trial, out);
    return out.data;
}

/*
 * Valid jobs
 */

struct trial trial_prf(struct guarded_memory *memory, struct rng *rng, size_t secret_len, size_t label_len,
    size_t seed_len, size_t n_seed, size_t out_len)
{
    struct trial trial = trial_new(LANEKDF_KIND_PRF, "PRF", memory, rng);
    struct lanekdf_prf *prf = &trial.any->prf;

    prf->hash = LANEKDF_SHA256;
    prf->secret = take_bytes(memory, rng, secret_len);
    prf->label = take_bytes(memory, rng, label_len);
    prf->seed = take_pieces(memory, rng, seed_len, n_seed);
    prf->n_seed = n_seed;
    prf->out = take_span(memory, rng, out_len);
    add_output(&trial, prf->out);
    return trial;
}

struct trial trial_hmac(
    struct guarded_memory *memory, struct rng *rng, size_t key_len, size_t message_len, size_t n_message)
{
    struct trial trial = trial_new(LANEKDF_KIND_HMAC, "HMAC", memory, rng);
    struct lanekdf_hmac *hmac = &trial.any->hmac;

    hmac->hash = LANEKDF_SHA256;
    hmac->key = take_bytes(memory, rng, key_len);
    hmac->message = take_pieces(memory, rng, message_len, n_message);
    hmac->n_message = n_message;
    hmac->out = take_span(memory, rng, one_in(rng, 2) ? SHA256_LEN : 1 + rng_below(rng, SHA256_LEN));
    add_output(&trial, hmac->out);
    return trial;
}

struct trial trial_message_hash(
    struct guarded_memory *memory, struct rng *rng, size_t message_len, size_t n_message)
{
    struct trial trial = trial_new(LANEKDF_KIND_HASH, "HASH", memory, rng);
    struct lanekdf_message_hash *hash = &trial.any->message_hash;

    hash->hash = LANEKDF_SHA256;
    hash->message = take_pieces(memory, rng, message_len, n_message);
    hash->n_message = n_message;
    hash->out = take_span(memory, rng, one_in(rng, 2) ? SHA256_LEN : 1 + rng_below(rng, SHA256_LEN));
    add_output(&trial, hash->out);
    return trial;
}

static void give_key_lengths(struct lanekdf_handshake *handshake, struct rng *rng)
{
    /* MAC, key and IV of: AES-GCM, ChaCha20, AES-CBC with SHA-1 and with SHA-256, NULL ciphers, ... */
    static const uint8_t lengths[][3] = {{0, 16, 4}, {0, 32, 4}, {0, 32, 12}, {20, 16, 0}, {20, 32, 16},
        {32, 16, 0}, {32, 32, 16}, {20, 0, 0}, {1, 0, 0}, {255, 255, 255}};
    const uint8_t *row = lengths[rng_below(rng, sizeof lengths / sizeof *lengths)];

    handshake->mac_key_len = row[0];
    handshake->enc_key_len = row[1];
    handshake->fixed_iv_len = row[2];
    if (one_in(rng, 4)) {
        handshake->mac_key_len = (uint8_t)rng_next(rng);
        handshake->enc_key_len = (uint8_t)(1 + rng_below(rng, 255));
        handshake->fixed_iv_len = (uint8_t)rng_next(rng);
    }
}

static size_t key_block_len(const struct lanekdf_handshake *handshake)
{
    return 2 * ((size_t)handshake->mac_key_len + handshake->enc_key_len + handshake->fixed_iv_len);
}

struct trial trial_handshake(struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    struct trial trial = trial_new(LANEKDF_KIND_HANDSHAKE, "HANDSHAKE", memory, rng);
    struct lanekdf_handshake *handshake = &trial.any->handshake;
    uint32_t wanted = 1 + rng_below(rng, 15);
    bool randoms = !one_in(rng, 4);

    handshake->version = 0x0303;
    handshake->hash = LANEKDF_SHA256;
    if (one_in(rng, 3)) {
        handshake->known_master_secret = take_input(memory, rng, LANEKDF_MASTER_SECRET_LEN);
        handshake->pre_master_secret = take_bytes(memory, rng, 0); /* with an address or without */
        handshake->session_hash = take_bytes(memory, rng, 0);
    } else {
        static const uint16_t lens[] = {32, 48, 48, 48, 56, 66, 128, 256, 384, 512};
        size_t len = one_in(rng, 2) ? lens[rng_below(rng, 10)] : any_length(rng, length, LANEKDF_MAX_SECRET);

        handshake->pre_master_secret = take_bytes(memory, rng, len);
        if (one_in(rng, 2))
            handshake->session_hash = take_bytes(
                memory, rng, one_in(rng, 4) ? 1 + rng_below(rng, LANEKDF_MAX_SESSION_HASH) : SHA256_LEN);
        else
            randoms = true;
    }
    if (wanted & 1)
        handshake->master_secret = new_output(&trial, memory, rng, LANEKDF_MASTER_SECRET_LEN);
    if (wanted & 2) {
        randoms = true;
        give_key_lengths(handshake, rng);
        handshake->key_block = new_output(&trial, memory, rng, key_block_len(handshake));
    }
    if (wanted & 4) {
        handshake->client_finished_hash = take_bytes(memory, rng, SHA256_LEN);
        handshake->client_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    if (wanted & 8) {
        handshake->server_finished_hash = take_bytes(memory, rng, SHA256_LEN);
        handshake->server_verify_data = new_output(&trial, memory, rng, LANEKDF_VERIFY_DATA_LEN);
    }
    if (randoms) {
        handshake->client_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
        handshake->server_random = take_input(memory, rng, LANEKDF_RANDOM_LEN);
    }
    return trial;
}

struct trial trial_of_kind(
    uint32_t kind, struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    size_t n_pieces = 1 + rng_below(rng, one_in(rng, 4) ? 6 : 2);
    size_t key_len, len, out_len;

    switch (kind) {
    case LANEKDF_KIND_PRF:
        key_len = any_length(rng, length, LANEKDF_MAX_SECRET);
        len = any_length(rng, length, LANEKDF_MAX_SEED - 64);
        out_len = any_length(rng, length, LANEKDF_MAX_OUT);
        if (out_len * len > 4000000)
            out_len = 48; /* seconds otherwise; engine.c has one such job */
        return trial_prf(
            memory, rng, key_len, rng_below(rng, 30), len, len ? n_pieces : 0, out_len ? out_len : 1);
    case LANEKDF_KIND_HANDSHAKE:
        return trial_handshake(memory, rng, length);
    case LANEKDF_KIND_HASH:
        len = any_length(rng, length, LANEKDF_MAX_SEED);
        return trial_message_hash(memory, rng, len, len ? n_pieces : 0);
    default:
        key_len = any_length(rng, length, LANEKDF_MAX_SECRET);
        len = any_length(rng, length, LANEKDF_MAX_SEED);
        return trial_hmac(memory, rng, key_len, len, len ? n_pieces : 0);
    }
}

struct trial trial_random(struct guarded_memory *memory, struct rng *rng, enum trial_length length)
{
    static const uint32_t kinds[] = {LANEKDF_KIND_PRF, LANEKDF_KIND_PRF, LANEKDF_KIND_HANDSHAKE,
        LANEKDF_KIND_HANDSHAKE, LANEKDF_KIND_HANDSHAKE, LANEKDF_KIND_HASH, LANEKDF_KIND_HMAC};

    return trial_of_kind(kinds[rng_below(rng, sizeof kinds / sizeof *kinds)], memory, rng, length);
}

/*
 * Wrong jobs. Each row takes a valid job of its kind and makes one thing wrong.
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

/* A second piece, and room to spoil it. */
static struct lanekdf_bytes *own_pieces(struct spoil_site site, size_t n)
{
    struct lanekdf_bytes *pieces = guarded_take(site.memory, site.rng, n * sizeof *pieces, sizeof(void *));

    for (size_t i = 0; i < n; i++)
        pieces[i] = take_bytes(site.memory, site.rng, 20);
    return pieces;
}

/* An output that shares at least one byte with the len bytes at `with`. */
static uint8_t *overlapping(struct spoil_site site, const void *with, size_t len, size_t out_len)
{
    size_t shift = rng_below(site.rng, (uint32_t)(len + out_len - 1));

    return (uint8_t *)(uintptr_t)with + shift - (out_len - 1);
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

/* clang-format off */
#define SPOIL(name) static void name(struct spoil_site site)
SPOIL(kind_zero) { site.trial->any->job.kind = 0; }
SPOIL(kind_next) { site.trial->any->job.kind = LANEKDF_KIND_SSL3_FINISHED + 1; }
SPOIL(kind_high) { site.trial->any->job.kind = 0x80000001; }

SPOIL(prf_hash_zero) { PRF->hash = 0; }
SPOIL(prf_hash_other) { PRF->hash = 7; }
SPOIL(prf_hash_high) { PRF->hash = 0x10001; }
SPOIL(prf_reserved) { PRF->reserved = 1u << rng_below(site.rng, 32); }
SPOIL(prf_secret_null) { PRF->secret = (struct lanekdf_bytes){NULL, 48}; }
SPOIL(prf_label_null) { PRF->label = (struct lanekdf_bytes){NULL, 13}; }
SPOIL(prf_seed_null) { PRF->seed = NULL; PRF->n_seed = 1; }
SPOIL(prf_piece_null)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 3);
    pieces[rng_below(site.rng, 3)].data = NULL;
    PRF->seed = pieces;
    PRF->n_seed = 3;
}
SPOIL(prf_out_null) { PRF->out.data = NULL; }
SPOIL(prf_secret_long) { PRF->secret = take_bytes(site.memory, site.rng, LANEKDF_MAX_SECRET + 1); }
SPOIL(prf_secret_endless) { PRF->secret = (struct lanekdf_bytes){take_input(site.memory, site.rng, 1), SIZE_MAX}; }
SPOIL(prf_label_long) { PRF->label = take_bytes(site.memory, site.rng, LANEKDF_MAX_SEED + 1); PRF->n_seed = 0; }
SPOIL(prf_seed_long)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 2);
    pieces[1] = take_bytes(site.memory, site.rng, LANEKDF_MAX_SEED + 1 - PRF->label.len - pieces[0].len);
    PRF->seed = pieces;
    PRF->n_seed = 2;
}
SPOIL(prf_seed_wraps) /* the sum of the lengths passes SIZE_MAX and is small again */
{
    struct lanekdf_bytes *pieces = own_pieces(site, 3);
    pieces[1].len = SIZE_MAX - 10;
    PRF->seed = pieces;
    PRF->n_seed = 3;
}
/* Refused by their number: not read. */
SPOIL(prf_many_pieces) { PRF->seed = own_pieces(site, 1); PRF->n_seed = LANEKDF_MAX_PIECES + 1; }
SPOIL(prf_endless_pieces) { PRF->seed = own_pieces(site, 1); PRF->n_seed = SIZE_MAX / 8; }
SPOIL(prf_out_empty) { PRF->out.len = 0; site.trial->n_outputs = 0; }
SPOIL(prf_out_long) { PRF->out = (struct lanekdf_span){guarded_take(site.memory, site.rng, LANEKDF_MAX_OUT + 1, 1), LANEKDF_MAX_OUT + 1}; }
SPOIL(prf_out_endless) { PRF->out.len = SIZE_MAX; site.trial->n_outputs = 0; }
SPOIL(prf_over_secret) { uint8_t *at = roomy(site); PRF->secret = (struct lanekdf_bytes){at, 48}; PRF->out = (struct lanekdf_span){overlapping(site, at, 48, 100), 100}; }
SPOIL(prf_over_label) { uint8_t *at = roomy(site); PRF->label = (struct lanekdf_bytes){at, 13}; PRF->out = (struct lanekdf_span){overlapping(site, at, 13, 64), 64}; }
SPOIL(prf_over_piece)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 5);
    uint8_t *at = roomy(site);
    pieces[rng_below(site.rng, 5)].data = at;
    PRF->seed = pieces;
    PRF->n_seed = 5;
    PRF->out = (struct lanekdf_span){overlapping(site, at, 20, 48), 48};
}
SPOIL(prf_over_pieces)
{
    struct lanekdf_bytes *pieces = (struct lanekdf_bytes *)(void *)roomy(site);
    for (size_t i = 0; i < 3; i++)
        pieces[i] = take_bytes(site.memory, site.rng, 20);
    PRF->seed = pieces;
    PRF->n_seed = 3;
    PRF->out = (struct lanekdf_span){overlapping(site, pieces, 3 * sizeof *pieces, 33), 33};
}
SPOIL(prf_over_job)
{
    move_job(site);
    PRF->out.len = 40;
    PRF->out.data = overlapping(site, site.trial->any, sizeof(struct lanekdf_prf), 40);
}

SPOIL(handshake_version) { HANDSHAKE->version = 0x0302; }
SPOIL(handshake_version_zero) { HANDSHAKE->version = 0; }
SPOIL(handshake_hash) { HANDSHAKE->hash = 7; }
SPOIL(handshake_reserved) { HANDSHAKE->reserved = 0x80000000; }
SPOIL(handshake_nothing_wanted)
{
    *HANDSHAKE = (struct lanekdf_handshake){.job = HANDSHAKE->job, .version = 0x0303, .hash = LANEKDF_SHA256};
    HANDSHAKE->known_master_secret = take_input(site.memory, site.rng, 48);
}
SPOIL(handshake_two_secrets)
{
    HANDSHAKE->known_master_secret = take_input(site.memory, site.rng, 48);
    HANDSHAKE->pre_master_secret = take_bytes(site.memory, site.rng, 48);
    HANDSHAKE->session_hash = (struct lanekdf_bytes){NULL, 0};
    HANDSHAKE->client_random = take_input(site.memory, site.rng, 32);
    HANDSHAKE->server_random = take_input(site.memory, site.rng, 32);
}
SPOIL(handshake_known_and_session_hash)
{
    HANDSHAKE->known_master_secret = take_input(site.memory, site.rng, 48);
    HANDSHAKE->pre_master_secret = (struct lanekdf_bytes){NULL, 0};
    HANDSHAKE->session_hash = take_bytes(site.memory, site.rng, 32);
}
static void pre_master(struct spoil_site site)
{
    HANDSHAKE->known_master_secret = NULL;
    HANDSHAKE->pre_master_secret = take_bytes(site.memory, site.rng, 48);
    HANDSHAKE->session_hash = (struct lanekdf_bytes){NULL, 0};
    HANDSHAKE->client_random = take_input(site.memory, site.rng, 32);
    HANDSHAKE->server_random = take_input(site.memory, site.rng, 32);
}
SPOIL(handshake_secret_null) { pre_master(site); HANDSHAKE->pre_master_secret.data = NULL; }
SPOIL(handshake_secret_long) { pre_master(site); HANDSHAKE->pre_master_secret = take_bytes(site.memory, site.rng, LANEKDF_MAX_SECRET + 1); }
SPOIL(handshake_client_random_null) { pre_master(site); HANDSHAKE->client_random = NULL; }
SPOIL(handshake_server_random_null) { pre_master(site); HANDSHAKE->server_random = NULL; }
SPOIL(handshake_session_hash_null) { pre_master(site); HANDSHAKE->session_hash.len = 32; }
SPOIL(handshake_session_hash_long) { pre_master(site); HANDSHAKE->session_hash = take_bytes(site.memory, site.rng, 65); }
static void key_block_wanted(struct spoil_site site)
{
    pre_master(site);
    if (!HANDSHAKE->key_block) {
        give_key_lengths(HANDSHAKE, site.rng);
        HANDSHAKE->key_block = new_output(site.trial, site.memory, site.rng, key_block_len(HANDSHAKE));
    }
}
SPOIL(handshake_key_block_null) { key_block_wanted(site); HANDSHAKE->key_block = NULL; }
SPOIL(handshake_verify_data_null) { HANDSHAKE->client_finished_hash = take_bytes(site.memory, site.rng, 32); HANDSHAKE->client_verify_data = NULL; }
SPOIL(handshake_key_block_random_null) /* the master secret of RFC 7627 needs none, the key block does */
{
    key_block_wanted(site);
    HANDSHAKE->session_hash = take_bytes(site.memory, site.rng, 32);
    HANDSHAKE->server_random = NULL;
}
static void finished_wanted(struct spoil_site site, size_t len)
{
    HANDSHAKE->client_finished_hash = take_bytes(site.memory, site.rng, len);
    if (!HANDSHAKE->client_verify_data)
        HANDSHAKE->client_verify_data = new_output(site.trial, site.memory, site.rng, 12);
}
SPOIL(handshake_finished_short) { finished_wanted(site, 31); }
SPOIL(handshake_finished_long) { finished_wanted(site, 33); }
SPOIL(handshake_finished_null) { finished_wanted(site, 32); HANDSHAKE->client_finished_hash.data = NULL; }
SPOIL(handshake_server_finished_null)
{
    HANDSHAKE->server_finished_hash = (struct lanekdf_bytes){NULL, 32};
    if (!HANDSHAKE->server_verify_data)
        HANDSHAKE->server_verify_data = new_output(site.trial, site.memory, site.rng, 12);
}
SPOIL(handshake_over_secret)
{
    uint8_t *at = roomy(site);
    pre_master(site);
    HANDSHAKE->pre_master_secret = (struct lanekdf_bytes){at, 48};
    HANDSHAKE->master_secret = overlapping(site, at, 48, 48);
}
SPOIL(handshake_over_known)
{
    uint8_t *at = roomy(site);
    HANDSHAKE->pre_master_secret = HANDSHAKE->session_hash = (struct lanekdf_bytes){NULL, 0};
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
    pre_master(site);
    HANDSHAKE->session_hash = (struct lanekdf_bytes){at, 32};
    HANDSHAKE->master_secret = overlapping(site, at, 32, 48);
}
SPOIL(handshake_over_finished_hash)
{
    uint8_t *at = roomy(site);
    HANDSHAKE->server_finished_hash = (struct lanekdf_bytes){at, 32};
    HANDSHAKE->server_verify_data = overlapping(site, at, 32, 12);
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
    HANDSHAKE->client_finished_hash = take_bytes(site.memory, site.rng, 32);
    HANDSHAKE->server_finished_hash = take_bytes(site.memory, site.rng, 32);
    HANDSHAKE->client_verify_data = at;
    HANDSHAKE->server_verify_data = overlapping(site, at, 12, 12);
}
SPOIL(handshake_over_job)
{
    move_job(site);
    HANDSHAKE->master_secret = overlapping(site, site.trial->any, sizeof(struct lanekdf_handshake), 48);
}

SPOIL(hash_hash) { MESSAGE_HASH->hash = 0; }
SPOIL(hash_reserved) { MESSAGE_HASH->reserved = 1; }
SPOIL(hash_message_null) { MESSAGE_HASH->message = NULL; MESSAGE_HASH->n_message = 2; }
SPOIL(hash_piece_null) { struct lanekdf_bytes *p = own_pieces(site, 2); p[1].data = NULL; MESSAGE_HASH->message = p; MESSAGE_HASH->n_message = 2; }
SPOIL(hash_message_long) { struct lanekdf_bytes *p = own_pieces(site, 2); p[1].len = (size_t)1 << 60; MESSAGE_HASH->message = p; MESSAGE_HASH->n_message = 2; }
SPOIL(hash_message_wraps) { struct lanekdf_bytes *p = own_pieces(site, 2); p[1].len = SIZE_MAX - 10; MESSAGE_HASH->message = p; MESSAGE_HASH->n_message = 2; }
SPOIL(hash_many_pieces) { MESSAGE_HASH->message = own_pieces(site, 1); MESSAGE_HASH->n_message = LANEKDF_MAX_PIECES + 1; }
SPOIL(hash_out_null) { MESSAGE_HASH->out.data = NULL; }
SPOIL(hash_out_long) { MESSAGE_HASH->out = site.trial->outputs[0] = (struct lanekdf_span){guarded_take(site.memory, site.rng, 33, 1), 33}; }
SPOIL(hash_out_empty) { MESSAGE_HASH->out.len = 0; site.trial->n_outputs = 0; }
SPOIL(hash_over_message)
{
    struct lanekdf_bytes *pieces = own_pieces(site, 2);
    uint8_t *at = roomy(site);
    pieces[1].data = at;
    MESSAGE_HASH->message = pieces;
    MESSAGE_HASH->n_message = 2;
    MESSAGE_HASH->out.data = overlapping(site, at, 20, MESSAGE_HASH->out.len);
}
SPOIL(hash_over_job)
{
    move_job(site);
    MESSAGE_HASH->out.data = overlapping(site, site.trial->any, sizeof(struct lanekdf_message_hash), MESSAGE_HASH->out.len);
}

SPOIL(hmac_hash) { HMAC->hash = 7; }
SPOIL(hmac_reserved) { HMAC->reserved = 1; }
SPOIL(hmac_key_null) { HMAC->key = (struct lanekdf_bytes){NULL, 1}; }
SPOIL(hmac_key_long) { HMAC->key = take_bytes(site.memory, site.rng, LANEKDF_MAX_SECRET + 1); }
SPOIL(hmac_message_null) { HMAC->message = NULL; HMAC->n_message = 1; }
SPOIL(hmac_piece_null) { struct lanekdf_bytes *p = own_pieces(site, 2); p[0].data = NULL; HMAC->message = p; HMAC->n_message = 2; }
SPOIL(hmac_many_pieces) { HMAC->message = own_pieces(site, 1); HMAC->n_message = LANEKDF_MAX_PIECES + 1; }
SPOIL(hmac_out_null) { HMAC->out.data = NULL; }
SPOIL(hmac_out_long) { HMAC->out = site.trial->outputs[0] = (struct lanekdf_span){guarded_take(site.memory, site.rng, 33, 1), 33}; }
SPOIL(hmac_out_empty) { HMAC->out.len = 0; site.trial->n_outputs = 0; }
SPOIL(hmac_over_key) { uint8_t *at = roomy(site); HMAC->key = (struct lanekdf_bytes){at, 20}; HMAC->out.data = overlapping(site, at, 20, HMAC->out.len); }
SPOIL(hmac_over_message) { struct lanekdf_bytes *p = own_pieces(site, 1); uint8_t *at = roomy(site); p[0].data = at; HMAC->message = p; HMAC->n_message = 1; HMAC->out.data = overlapping(site, at, 20, HMAC->out.len); }

#define ROW(KIND, name, STATUS, fate) {#name, LANEKDF_KIND_##KIND, LANEKDF_ERROR_##STATUS, fate, name}
static const struct {
    const char *name;
    uint32_t kind;
    int32_t status;
    enum trial_outputs fate;
    void (*spoil)(struct spoil_site site);
} spoils[] = {
    ROW(PRF, kind_zero, KIND, LEFT), ROW(HANDSHAKE, kind_next, KIND, LEFT), ROW(HMAC, kind_high, KIND, LEFT),
    ROW(PRF, prf_hash_zero, KIND, ZEROED), ROW(PRF, prf_hash_other, KIND, ZEROED), ROW(PRF, prf_hash_high, KIND, ZEROED),
    ROW(PRF, prf_reserved, RESERVED, ZEROED), ROW(PRF, prf_secret_null, NULL, ZEROED), ROW(PRF, prf_label_null, NULL, ZEROED),
    ROW(PRF, prf_seed_null, NULL, ZEROED), ROW(PRF, prf_piece_null, NULL, ZEROED), ROW(PRF, prf_out_null, NULL, ZEROED),
    ROW(PRF, prf_secret_long, LENGTH, ZEROED), ROW(PRF, prf_secret_endless, LENGTH, EITHER), ROW(PRF, prf_label_long, LENGTH, ZEROED),
    ROW(PRF, prf_seed_long, LENGTH, ZEROED), ROW(PRF, prf_seed_wraps, LENGTH, EITHER), ROW(PRF, prf_many_pieces, LENGTH, EITHER),
    ROW(PRF, prf_endless_pieces, LENGTH, EITHER), ROW(PRF, prf_out_empty, LENGTH, ZEROED), ROW(PRF, prf_out_long, LENGTH, LEFT), ROW(PRF, prf_out_endless, LENGTH, LEFT),
    ROW(PRF, prf_over_secret, OVERLAP, ZEROED), ROW(PRF, prf_over_label, OVERLAP, ZEROED), ROW(PRF, prf_over_piece, OVERLAP, ZEROED),
    ROW(PRF, prf_over_pieces, OVERLAP, ZEROED), ROW(PRF, prf_over_job, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_version, KIND, ZEROED), ROW(HANDSHAKE, handshake_version_zero, KIND, ZEROED), ROW(HANDSHAKE, handshake_hash, KIND, ZEROED),
    ROW(HANDSHAKE, handshake_reserved, RESERVED, ZEROED), ROW(HANDSHAKE, handshake_nothing_wanted, LENGTH, LEFT), ROW(HANDSHAKE, handshake_two_secrets, CONFLICT, ZEROED),
    ROW(HANDSHAKE, handshake_known_and_session_hash, CONFLICT, ZEROED), ROW(HANDSHAKE, handshake_secret_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_secret_long, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_client_random_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_server_random_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_session_hash_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_session_hash_long, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_key_block_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_verify_data_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_key_block_random_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_finished_short, LENGTH, ZEROED), ROW(HANDSHAKE, handshake_finished_long, LENGTH, ZEROED),
    ROW(HANDSHAKE, handshake_finished_null, NULL, ZEROED), ROW(HANDSHAKE, handshake_server_finished_null, NULL, ZEROED),
    ROW(HANDSHAKE, handshake_over_secret, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_known, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_over_random, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_session_hash, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_over_finished_hash, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_two_outputs, OVERLAP, ZEROED),
    ROW(HANDSHAKE, handshake_two_finished, OVERLAP, ZEROED), ROW(HANDSHAKE, handshake_over_job, OVERLAP, ZEROED),
    ROW(HASH, hash_hash, KIND, ZEROED), ROW(HASH, hash_reserved, RESERVED, ZEROED), ROW(HASH, hash_message_null, NULL, ZEROED),
    ROW(HASH, hash_piece_null, NULL, ZEROED), ROW(HASH, hash_message_long, LENGTH, EITHER), ROW(HASH, hash_message_wraps, LENGTH, EITHER),
    ROW(HASH, hash_many_pieces, LENGTH, EITHER), ROW(HASH, hash_out_null, NULL, ZEROED), ROW(HASH, hash_out_long, LENGTH, ZEROED), ROW(HASH, hash_out_empty, LENGTH, ZEROED),
    ROW(HASH, hash_over_message, OVERLAP, ZEROED), ROW(HASH, hash_over_job, OVERLAP, ZEROED),
    ROW(HMAC, hmac_hash, KIND, ZEROED), ROW(HMAC, hmac_reserved, RESERVED, ZEROED), ROW(HMAC, hmac_key_null, NULL, ZEROED),
    ROW(HMAC, hmac_key_long, LENGTH, ZEROED), ROW(HMAC, hmac_message_null, NULL, ZEROED), ROW(HMAC, hmac_piece_null, NULL, ZEROED),
    ROW(HMAC, hmac_many_pieces, LENGTH, EITHER), ROW(HMAC, hmac_out_null, NULL, ZEROED), ROW(HMAC, hmac_out_long, LENGTH, ZEROED), ROW(HMAC, hmac_out_empty, LENGTH, ZEROED),
    ROW(HMAC, hmac_over_key, OVERLAP, ZEROED), ROW(HMAC, hmac_over_message, OVERLAP, ZEROED),
};
/* clang-format on */

size_t n_spoils(void)
{
    return sizeof spoils / sizeof *spoils;
}

/* Where the job keeps the addresses of its outputs. */
static void output_fields(union any_job *any, uint32_t kind, uint8_t **fields[TRIAL_MAX_OUTPUTS])
{
    memset(fields, 0, TRIAL_MAX_OUTPUTS * sizeof *fields);
    switch (kind) {
    case LANEKDF_KIND_PRF:
        fields[0] = &any->prf.out.data;
        break;
    case LANEKDF_KIND_HANDSHAKE:
        fields[0] = &any->handshake.master_secret;
        fields[1] = &any->handshake.key_block;
        fields[2] = &any->handshake.client_verify_data;
        fields[3] = &any->handshake.server_verify_data;
        break;
    case LANEKDF_KIND_HASH:
        fields[0] = &any->message_hash.out.data;
        break;
    default:
        fields[0] = &any->hmac.out.data;
        break;
    }
}

/* Outputs that were spoiled are not told apart from the rest of memory: to be left as they are. */
static void forget_spoiled_outputs(struct trial *trial, uint32_t kind)
{
    uint8_t **fields[TRIAL_MAX_OUTPUTS];
    size_t n = 0;

    output_fields(trial->any, kind, fields);
    for (size_t i = 0; i < trial->n_outputs; i++)
        for (size_t k = 0; k < TRIAL_MAX_OUTPUTS; k++)
            if (fields[k] && *fields[k] == trial->outputs[i].data) {
                trial->outputs[n++] = trial->outputs[i];
                break;
            }
    trial->n_outputs = n;
}

struct trial trial_spoiled(size_t i, struct guarded_memory *memory, struct rng *rng)
{
    struct trial trial = trial_of_kind(spoils[i].kind, memory, rng, SHORT);

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

/* job with its outputs in the image of memory. */
static union any_job into_image(struct guarded_memory *memory, const union any_job *any)
{
    union any_job copy;
    uint8_t **out[TRIAL_MAX_OUTPUTS];

    memcpy(&copy, any, any_job_size(any->job.kind));
    output_fields(&copy, any->job.kind, out);
    for (size_t i = 0; i < TRIAL_MAX_OUTPUTS; i++)
        if (out[i] && *out[i])
            *out[i] = guarded_expected(memory, *out[i]);
    return copy;
}

/* Are the two judges of one mind? */
static bool judges_agree(struct guarded_memory *memory, const struct trial *trial, const union any_job *copy)
{
    uint8_t *by_reference[TRIAL_MAX_OUTPUTS];
    bool agree = true;

    for (size_t i = 0; i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        by_reference[i] = malloc(out.len);
        if (!by_reference[i])
            abort();
        memcpy(by_reference[i], guarded_expected(memory, out.data), out.len);
    }
    openssl_derive(&copy->job);
    for (size_t i = 0; i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        agree &= !memcmp(by_reference[i], guarded_expected(memory, out.data), out.len);
        free(by_reference[i]);
    }
    if (!agree)
        fprintf(stderr, "%s: reference and libcrypto differ\n", trial->name);
    return agree;
}

/* Writes into the image what the call must make of this job. */
static bool expect(struct guarded_memory *memory, struct rng *rng, const struct trial *trial)
{
    union any_job copy, *image = guarded_expected(memory, trial->any);

    if (trial->status == LANEKDF_OK) {
        copy = into_image(memory, trial->any);
        reference_derive(&copy.job);
        if (one_in(rng, 6) && !judges_agree(memory, trial, &copy))
            return false;
    } else if (trial->fate == ZEROED) {
        for (size_t i = 0; i < trial->n_outputs; i++)
            memset(guarded_expected(memory, trial->outputs[i].data), 0, trial->outputs[i].len);
    }
    image->job.status = trial->status;
    return true;
}

static void accept_either(struct guarded_memory *memory, const struct trial *trial)
{
    for (size_t i = 0; trial->fate == EITHER && i < trial->n_outputs; i++) {
        struct lanekdf_span out = trial->outputs[i];
        uint8_t zeros[LANEKDF_MAX_OUT] = {0};

        if (!memcmp(out.data, zeros, out.len))
            memset(guarded_expected(memory, out.data), 0, out.len);
    }
}

static void say_lengths(const union any_job *any)
{
    switch (any->job.kind) {
    case LANEKDF_KIND_PRF: {
        size_t len = any->prf.label.len;
        for (size_t i = 0; any->prf.seed && i < any->prf.n_seed && i < 8; i++)
            len += any->prf.seed[i].len;
        fprintf(stderr, " (secret %zu, label and seed %zu in 1 + %zu pieces, out %zu)", any->prf.secret.len,
            len, any->prf.n_seed, any->prf.out.len);
        break;
    }
    case LANEKDF_KIND_HANDSHAKE:
        fprintf(stderr,
            " (%s %zu, session_hash %zu, key lengths %u %u %u, finished %zu %zu, wanted:%s%s%s%s)",
            any->handshake.known_master_secret ? "known master secret" : "pre_master_secret",
            any->handshake.pre_master_secret.len, any->handshake.session_hash.len, any->handshake.mac_key_len,
            any->handshake.enc_key_len, any->handshake.fixed_iv_len, any->handshake.client_finished_hash.len,
            any->handshake.server_finished_hash.len, any->handshake.master_secret ? " master_secret" : "",
            any->handshake.key_block ? " key_block" : "", any->handshake.client_verify_data ? " client" : "",
            any->handshake.server_verify_data ? " server" : "");
        break;
    case LANEKDF_KIND_HMAC:
        fprintf(stderr, " (key %zu)", any->hmac.key.len);
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

        if (trial->any->job.status != trial->status)
            what = "status";
        for (size_t k = 0; k < trial->n_outputs; k++)
            if (memcmp(trial->outputs[k].data, guarded_expected(memory, trial->outputs[k].data),
                    trial->outputs[k].len))
                what = what ? what : "output";
        if (!what)
            continue;
        fprintf(stderr, "job %zu of %zu, %s: wrong %s, status %d \"%s\", expected %d", i, n, trial->name,
            what, trial->any->job.status, lanekdf_status_text(trial->any->job.status), trial->status);
        say_lengths(trial->any);
        fprintf(stderr, "\n");
        return;
    }
    fprintf(
        stderr, "%zu jobs: a byte that is no output was changed, at %p, 0x%02x\n", n, (const void *)at, *at);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < trials[i].n_outputs; k++)
            if (at - trials[i].outputs[k].data < 4096 && trials[i].outputs[k].data - at < 4096)
                fprintf(stderr, "  %td bytes from the start of an output of job %zu, %s, of %zu bytes\n",
                    at - trials[i].outputs[k].data, i, trials[i].name, trials[i].outputs[k].len);
}

/* What the call itself must say. */
static bool run(struct trial *trials, size_t n, lanekdf_context *context)
{
    size_t failed = 0, n_failed = 0;

    for (size_t i = 0; i < n; i++)
        failed += trials[i].status != LANEKDF_OK;
    if (context) {
        struct lanekdf_job **jobs = malloc((n + 1) * sizeof *jobs);
        if (!jobs)
            abort();
        for (size_t i = 0; i < n; i++)
            jobs[i] = &trials[i].any->job;
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
    if (n_failed != failed)
        fprintf(stderr, "%zu of %zu jobs failed, expected %zu\n", n_failed, n, failed);
    return n_failed == failed;
}

bool trials_run(
    struct guarded_memory *memory, struct rng *rng, struct trial *trials, size_t n, lanekdf_context *context)
{
    const uint8_t *at;
    bool right = true;

    guarded_expect(memory);
    for (size_t i = 0; i < n; i++)
        right &= expect(memory, rng, &trials[i]);
    right &= run(trials, n, context);
    for (size_t i = 0; i < n; i++)
        accept_either(memory, &trials[i]);
    at = guarded_difference(memory);
    if (at)
        say_difference(memory, trials, n, at);
    right &= !at;
    guarded_clear(memory);
    if (!right)
        fprintf(stderr, "%s; to repeat: LANEKDF_TEST_SEED=0x%016llx\n",
            context ? "lanekdf_context_derive" : "lanekdf_derive_one", (unsigned long long)test_seed());
    return right;
}
