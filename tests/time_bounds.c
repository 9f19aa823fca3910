/*
 * No job takes more compressions than lanekdf.h says ("Time"), by which a caller bounds the time of a call.
 *
 * Kernels of faulty_kernels.h, none of which is faulty here, count the compressions of each job. The bounds
 * are written once more, from the text of the header and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "faulty_kernels.h"
#include "good_jobs.h"
#include "must.h"

enum { ROUNDS = 300, SEED_OF_RANDOMS = 64, KEY_EXPANSION = 77, EXPORT_KEYS = 80 };

static struct guarded_memory *memory;
static struct rng rng;

/* ---- the words of the header ---- */

struct sizes {
    size_t block, h;
};

static struct sizes sizes_of(uint32_t hash)
{
    return (struct sizes){
        hash == LANEKDF_SHA384 || hash == LANEKDF_SHA512 ? 128 : 64, lanekdf_hash_len(hash)};
}

static size_t rounded_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit;
}

/* B(n) */
static size_t blocks(uint32_t hash, size_t n)
{
    const size_t block = sizes_of(hash).block;

    if (hash == LANEKDF_MD5_SHA1) {
        return 2 * rounded_up(n + 9, block);
    }
    return rounded_up(n + (block == 128 ? 17 : 9), block);
}

/* D */
static size_t digests(uint32_t hash, size_t out)
{
    return rounded_up(out, sizes_of(hash).h);
}

/* X(n) */
static size_t hmac(uint32_t hash, size_t n)
{
    return 2 + blocks(hash, sizes_of(hash).block + n);
}

/* L(n) */
static size_t long_secret(uint32_t hash, size_t n)
{
    return n > sizes_of(hash).block ? blocks(hash, n) : 0;
}

/* P(s) with L(n), both of them twice in TLS 1.0 and 1.1. */
static size_t prf(uint32_t hash, size_t secret, size_t s, size_t out)
{
    const struct sizes sizes = sizes_of(hash);

    if (hash == LANEKDF_MD5_SHA1) {
        const size_t half = rounded_up(secret, 2);
        return prf(LANEKDF_MD5, half, s, out) + prf(LANEKDF_SHA1, half, s, out);
    }
    return 3 + blocks(hash, sizes.block + s) +
           digests(hash, out) * (blocks(hash, sizes.block + sizes.h + s) + 3) + long_secret(hash, secret);
}

/* PREPARE */
static size_t prepare(uint32_t hash, size_t secret)
{
    if (hash == LANEKDF_MD5_SHA1) {
        const size_t half = rounded_up(secret, 2);
        return prepare(LANEKDF_MD5, half) + prepare(LANEKDF_SHA1, half);
    }
    return 2 + long_secret(hash, secret);
}

/* SSL3_PRF */
static size_t ssl3_prf(size_t secret, size_t seed, size_t out)
{
    return rounded_up(out, 16) *
           (blocks(LANEKDF_SHA1, 26 + secret + seed) + blocks(LANEKDF_MD5, secret + 20));
}

/* K, without a finished key */
static size_t keys(uint32_t version)
{
    return version == LANEKDF_TLS13 ? 2 : 3;
}

static size_t len_of(const struct lanekdf_bytes *pieces, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        len += pieces[i].len;
    }
    return len;
}

/* ---- the table of the header ---- */

static size_t ssl3_handshake(const struct lanekdf_handshake *job)
{
    const size_t secret = job->pre_master_secret.len, key_block = lanekdf_handshake_key_block_len(job);

    return (job->known_master_secret ? 0 : ssl3_prf(secret, SEED_OF_RANDOMS, LANEKDF_MASTER_SECRET_LEN)) +
           ssl3_prf(LANEKDF_MASTER_SECRET_LEN, SEED_OF_RANDOMS, key_block) +
           (job->final_key_len > 0 ? 4 * blocks(LANEKDF_MD5, EXPORT_KEYS) : 0);
}

static size_t handshake(const struct lanekdf_handshake *job)
{
    const uint32_t hash = job->hash;
    const size_t secret = job->pre_master_secret.len, session_hash = job->session_hash.len;
    size_t n = 0;

    if (job->version == LANEKDF_SSL3) {
        return ssl3_handshake(job);
    }
    if (!job->known_master_secret) {
        const size_t s = session_hash > 0 ? 22 + session_hash : KEY_EXPANSION;
        n += prf(hash, secret, s, LANEKDF_MASTER_SECRET_LEN);
    }
    if (job->key_block) {
        n += prf(hash, LANEKDF_MASTER_SECRET_LEN, KEY_EXPANSION, lanekdf_handshake_key_block_len(job));
    }
    for (size_t i = 0; i < 2; i++) {
        const size_t len = i == 0 ? job->client_finished_hash.len : job->server_finished_hash.len;
        n += len > 0 ? prf(hash, LANEKDF_MASTER_SECRET_LEN, 15 + len, LANEKDF_VERIFY_DATA_LEN) : 0;
    }
    if (job->final_key_len > 0) {
        n += 2 * prf(hash, job->enc_key_len, EXPORT_KEYS, job->final_key_len) +
             prf(hash, 0, EXPORT_KEYS, (size_t)2 * job->fixed_iv_len);
    }
    return n;
}

static size_t hkdf(const struct lanekdf_hkdf *job)
{
    const uint32_t hash = job->hash;
    const size_t extract =
        job->flags & LANEKDF_HKDF_EXTRACT ? hmac(hash, len_of(job->input, job->n_input)) : 0;

    return extract +
           digests(hash, job->out.len) * hmac(hash, sizes_of(hash).h + 1 + len_of(job->info, job->n_info)) +
           long_secret(hash, job->salt.len) + long_secret(hash, job->prk.len);
}

static size_t expand_label(const struct lanekdf_expand_label *job)
{
    size_t n = long_secret(job->hash, job->secret.len);

    for (size_t i = 0; i < job->n_labels; i++) {
        const struct lanekdf_label *label = &job->labels[i];
        n += digests(job->hash, label->out.len) *
             hmac(job->hash, sizes_of(job->hash).h + 11 + label->label.len + label->context.len);
    }
    return n;
}

static size_t tls13_early(const struct lanekdf_tls13_early *job)
{
    const size_t n_other = (job->handshake_salt != NULL) + (job->early_exporter_master_secret != NULL) +
                           (job->client_early_traffic_secret || job->client_early_keys);

    return (job->known_early_secret ? 0 : hmac(job->hash, job->psk.len)) + (job->binder ? 12 : 0) +
           4 * n_other + (job->client_early_keys ? 4 * keys(job->version) : 0);
}

static size_t tls13_resumption(const struct lanekdf_tls13_resumption *job)
{
    size_t n = 4;

    for (size_t i = 0; i < job->n_nonces; i++) {
        n += hmac(job->hash, 21 + job->nonces[i].len);
    }
    return n;
}

static size_t tls13_exporter(const struct lanekdf_tls13_exporter *job)
{
    return hmac(job->hash, sizes_of(job->hash).h + 11 + job->label.len) +
           blocks(job->hash, job->context.len) + 5 * digests(job->hash, job->out.len);
}

static size_t quic_initial(const struct lanekdf_quic_initial *job)
{
    return 4 + (job->client_initial_secret || job->client_keys ? 16 : 0) +
           (job->server_initial_secret || job->server_keys ? 16 : 0);
}

static size_t of_exporter(const struct lanekdf_exporter *job)
{
    const bool has_context = job->flags & LANEKDF_EXPORTER_HAS_CONTEXT;

    return prf(job->hash, LANEKDF_MASTER_SECRET_LEN,
        job->label.len + (has_context ? 66 + job->context.len : SEED_OF_RANDOMS), job->out.len);
}

static size_t of_finished(const struct lanekdf_finished *job)
{
    const size_t one =
        prf(job->hash, LANEKDF_MASTER_SECRET_LEN, 15 + sizes_of(job->hash).h, LANEKDF_VERIFY_DATA_LEN);

    return (job->client_finished_hash.len > 0 ? one : 0) + (job->server_finished_hash.len > 0 ? one : 0);
}

/* What the job makes besides prepared secrets. */
static size_t derived(const union any_job *any)
{
    const struct lanekdf_prf *p = &any->prf;
    const struct lanekdf_hmac *m = &any->hmac;
    const struct lanekdf_ssl3_finished *finished = &any->ssl3_finished;

    switch (any->job.kind) {
    case LANEKDF_KIND_PRF:
        return prf(p->hash, p->secret.len, p->label.len + len_of(p->seed, p->n_seed), p->out.len);
    case LANEKDF_KIND_HANDSHAKE:
        return handshake(&any->handshake);
    case LANEKDF_KIND_EXPORTER:
        return of_exporter(&any->exporter);
    case LANEKDF_KIND_FINISHED:
        return of_finished(&any->finished);
    case LANEKDF_KIND_PREPARE:
        return prepare(any->prepare.hash, any->prepare.secret.len);
    case LANEKDF_KIND_HASH:
        return blocks(any->message_hash.hash, len_of(any->message_hash.message, any->message_hash.n_message));
    case LANEKDF_KIND_HMAC:
        return 1 + hmac(m->hash, len_of(m->message, m->n_message)) + long_secret(m->hash, m->key.len);
    case LANEKDF_KIND_SSL3_PRF:
        return ssl3_prf(any->ssl3_prf.secret.len, len_of(any->ssl3_prf.seed, any->ssl3_prf.n_seed),
            any->ssl3_prf.out.len);
    case LANEKDF_KIND_SSL3_FINISHED: /* sender, master secret and 48 or 40 bytes; then secret, pads, digest */
        return blocks(LANEKDF_MD5,
                   len_of(finished->handshake_messages, finished->n_handshake_messages) + 4 + 48 + 48) +
               blocks(LANEKDF_MD5, 48 + 48 + 16) +
               blocks(LANEKDF_SHA1,
                   len_of(finished->handshake_messages, finished->n_handshake_messages) + 4 + 48 + 40) +
               blocks(LANEKDF_SHA1, 48 + 40 + 20);
    case LANEKDF_KIND_HKDF:
        return hkdf(&any->hkdf);
    case LANEKDF_KIND_EXPAND_LABEL:
        return expand_label(&any->expand_label);
    case LANEKDF_KIND_TLS13_EARLY:
        return tls13_early(&any->tls13_early);
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        return hmac(any->tls13_handshake.hash, len_of(any->tls13_handshake.shared_secret, 2)) + 16 +
               8 * (keys(any->tls13_handshake.version) + 1);
    case LANEKDF_KIND_TLS13_FINISHED:
        return 4;
    case LANEKDF_KIND_TLS13_APPLICATION:
        return 12 + 8 * keys(any->tls13_application.version);
    case LANEKDF_KIND_TLS13_RESUMPTION:
        return tls13_resumption(&any->tls13_resumption);
    case LANEKDF_KIND_TLS13_TRAFFIC:
        return 4 * (any->tls13_traffic.n_updates + keys(any->tls13_traffic.version));
    case LANEKDF_KIND_TLS13_EXPORTER:
        return tls13_exporter(&any->tls13_exporter);
    case LANEKDF_KIND_TLS13_PSK_IMPORT:
        return hmac(any->tls13_psk_import.hash, any->tls13_psk_import.psk.len) +
               blocks(any->tls13_psk_import.hash,
                   any->tls13_psk_import.identity.len + any->tls13_psk_import.context.len + 8) +
               9;
    case LANEKDF_KIND_ECH_CONFIRMATION:
        return 9;
    case LANEKDF_KIND_QUIC_INITIAL:
        return quic_initial(&any->quic_initial);
    }
    must(false, "a kind without a bound: lanekdf.h and this test");
    return 0;
}

/* A secret that a job prepares has at most a block. */
static size_t prepared(const union any_job *any)
{
    switch (any->job.kind) {
    case LANEKDF_KIND_HANDSHAKE:
        return any->handshake.prepared_master_secret ? prepare(any->handshake.hash, 48) : 0;
    case LANEKDF_KIND_HKDF:
        return any->hkdf.prepared_prk_out ? 2 : 0;
    case LANEKDF_KIND_TLS13_HANDSHAKE:
        return any->tls13_handshake.prepared_master_secret ? 2 : 0;
    case LANEKDF_KIND_TLS13_APPLICATION:
        return any->tls13_application.prepared_exporter_master_secret ? 2 : 0;
    }
    return 0;
}

/* ---- the test ---- */

/* Catches: a bound of the header that is too low, since it forgets an input or an output that a job may have;
 * a formula that hashes twice what it needs once. */
static void test_every_kind(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < n_job_kinds; kind++) {
        size_t n_of_most = 0, most = 0;
        for (size_t i = 0; i < ROUNDS; i++) {
            const struct job_case job_case = good_job_of_kind(
                job_kinds[kind].id, memory, ANY_SECRETS, i % 10 == 0 ? LONG_LENGTHS : SHORT_LENGTHS);
            const size_t bound = derived(job_case.any) + prepared(job_case.any);

            faulty.n_compressions = 0;
            lanekdf_derive_one(&job_case.any->job);
            assert_int_equal(job_case.any->job.status, LANEKDF_OK);
            if (faulty.n_compressions > bound) {
                job_print(job_case.any, true);
                fail_msg("%s took %zu compressions, more than the %zu of lanekdf.h; to repeat: %s",
                    job_case.name, faulty.n_compressions, bound, test_seed_text());
            }
            if (bound > 0 && faulty.n_compressions * most >= n_of_most * bound) {
                n_of_most = faulty.n_compressions;
                most = bound;
            }
            guarded_clear(memory);
        }
        assert_true(n_of_most > 0);
        printf("%s: up to %zu of %zu\n", job_kinds[kind].name, n_of_most, most);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_kind)};
    const struct lanekdf_options options = {.size = sizeof(options), .legacy = LANEKDF_LEGACY_ALL};

    faulty_kernels_begin();
    must(lanekdf_start(&options) == LANEKDF_OK, "lanekdf_start");
    rng = rng_from(test_seed());
    memory = guarded_new(PACKED, &rng);
    puts(test_seed_text());
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    guarded_free(memory);
    return n_failed != 0;
}
