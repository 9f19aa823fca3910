#include "judge_openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "test_bytes.h"

enum { KDF_MAX_SEED = 1024 }; /* bytes of label and seed that EVP_KDF TLS1-PRF takes in OpenSSL 3.0 */

static void openssl_must(int ok, const char *what)
{
    if (ok > 0) {
        return;
    }
    fprintf(stderr, "libcrypto: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

static const EVP_MD *digest_of(uint32_t hash)
{
#define TESTED_HASH(id, name, bytes, kernels, is_old, judge, abc) [LANEKDF_##id] = (judge),
    static const EVP_MD *(*const digests[])(void) = {
#include "tested_hashes.h"
    };
#undef TESTED_HASH

    return digests[hash]();
}

static struct lanekdf_bytes text(const char *s)
{
    return bytes(s, strlen(s));
}

/* The pieces one behind the other, in memory for the caller to free. */
static uint8_t *joined(const struct lanekdf_bytes *pieces, size_t n, size_t *len)
{
    uint8_t *all, *at;

    *len = 0;
    for (size_t i = 0; i < n; i++) {
        *len += pieces[i].len;
    }
    all = at = malloc(*len + 1);
    must(all != NULL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len) {
            memcpy(at, pieces[i].data, pieces[i].len);
        }
        at += pieces[i].len;
    }
    return all;
}

/* A list with `first` in front of the pieces, in memory for the caller to free. */
static struct lanekdf_bytes *with_first(
    struct lanekdf_bytes first, const struct lanekdf_bytes *pieces, size_t n)
{
    struct lanekdf_bytes *all = malloc((n + 1) * sizeof(*all));

    must(all != NULL, "out of memory");
    all[0] = first;
    if (n) {
        memcpy(all + 1, pieces, n * sizeof(*all));
    }
    return all;
}

static size_t hash_of(uint32_t hash, const struct lanekdf_bytes *pieces, size_t n, uint8_t *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned len;

    openssl_must(context && EVP_DigestInit_ex(context, digest_of(hash), NULL), "EVP_DigestInit_ex");
    for (size_t i = 0; i < n; i++) {
        openssl_must(EVP_DigestUpdate(context, pieces[i].data, pieces[i].len), "EVP_DigestUpdate");
    }
    openssl_must(EVP_DigestFinal_ex(context, digest, &len), "EVP_DigestFinal_ex");
    EVP_MD_CTX_free(context);
    return len;
}

static void hmac(uint32_t hash, struct lanekdf_bytes key, const uint8_t *message, size_t len, uint8_t *mac)
{
    const void *data = key.len ? (const void *)key.data : (const void *)""; /* NULL would mean no new key */

    openssl_must(HMAC(digest_of(hash), data, (int)key.len, message, len, mac, NULL) != NULL, "HMAC");
}

/* P_hash of RFC 5246 section 5 out of HMACs, for seeds that TLS1-PRF refuses. The result is xored into
 * out. */
static void p_hash(
    uint32_t hash, struct lanekdf_bytes secret, const uint8_t *seed, size_t seed_len, struct lanekdf_span out)
{
    const size_t hash_len = (size_t)EVP_MD_get_size(digest_of(hash));
    uint8_t *a = malloc(hash_len + seed_len), block[EVP_MAX_MD_SIZE];

    must(a != NULL, "out of memory");
    memcpy(a + hash_len, seed, seed_len);
    hmac(hash, secret, seed, seed_len, a);
    for (size_t done = 0; done < out.len; done += hash_len) {
        hmac(hash, secret, a, hash_len + seed_len, block);
        for (size_t i = 0; i < hash_len && done + i < out.len; i++) {
            out.data[done + i] ^= block[i];
        }
        hmac(hash, secret, a, hash_len, block);
        memcpy(a, block, hash_len);
    }
    free(a);
}

static void kdf(
    uint32_t hash, struct lanekdf_bytes secret, uint8_t *seed, size_t seed_len, struct lanekdf_span out)
{
    EVP_KDF *method = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(method);
    char digest[32];
    uint8_t nothing[1];
    OSSL_PARAM params[4];

    openssl_must(context != NULL, "EVP_KDF_CTX_new");
    snprintf(digest, sizeof(digest), "%s", EVP_MD_get0_name(digest_of(hash)));
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_SECRET, secret.len ? (void *)(uintptr_t)secret.data : nothing, secret.len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, seed_len);
    params[3] = OSSL_PARAM_construct_end();
    openssl_must(EVP_KDF_derive(context, out.data, out.len, params), "EVP_KDF_derive TLS1-PRF");
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(method);
}

static void prf(uint32_t hash, struct lanekdf_bytes secret, const struct lanekdf_bytes *seed, size_t n_seed,
    struct lanekdf_span out)
{
    size_t len, half = (secret.len + 1) / 2;
    uint8_t *all = joined(seed, n_seed, &len);

    if (len && len <= KDF_MAX_SEED) {
        kdf(hash, secret, all, len, out);
    } else {
        memset(out.data, 0, out.len);
        if (hash == LANEKDF_MD5_SHA1) {
            p_hash(LANEKDF_MD5, bytes(secret.data, half), all, len, out);
            p_hash(
                LANEKDF_SHA1, bytes(secret.len ? secret.data + secret.len / 2 : NULL, half), all, len, out);
        } else {
            p_hash(hash, secret, all, len, out);
        }
    }
    free(all);
}

/* The PRF of RFC 6101 section 6.1. */
static void ssl3_prf(
    struct lanekdf_bytes secret, const struct lanekdf_bytes *seed, size_t n_seed, struct lanekdf_span out)
{
    uint8_t sha1[20], md5[16], letters[26];
    struct lanekdf_bytes *inner = malloc((n_seed + 2) * sizeof(*inner));

    must(inner != NULL, "out of memory");
    inner[1] = secret;
    if (n_seed) {
        memcpy(inner + 2, seed, n_seed * sizeof(*inner));
    }
    for (size_t done = 0, i = 1; done < out.len; done += sizeof(md5), i++) {
        struct lanekdf_bytes outer[] = {secret, {sha1, sizeof(sha1)}};

        memset(letters, 'A' - 1 + (int)i, i);
        inner[0] = bytes(letters, i);
        hash_of(LANEKDF_SHA1, inner, n_seed + 2, sha1);
        hash_of(LANEKDF_MD5, outer, 2, md5);
        memcpy(out.data + done, md5, out.len - done < sizeof(md5) ? out.len - done : sizeof(md5));
    }
    free(inner);
}

static void derive_prf(const struct lanekdf_job *any)
{
    const struct lanekdf_prf *job = (const void *)any;
    struct lanekdf_bytes *seed = with_first(job->label, job->seed, job->n_seed);

    must(!job->prepared_secret, "libcrypto knows no prepared secrets");
    prf(job->hash, job->secret, seed, job->n_seed + 1, job->out);
    free(seed);
}

/* RFC 5246 section 7.4.9. Without a transcript hash no verify_data is wanted. */
static void verify_data(uint32_t hash, struct lanekdf_bytes master, const char *label,
    struct lanekdf_bytes transcript, uint8_t *out)
{
    struct lanekdf_bytes seed[] = {text(label), transcript};

    if (transcript.len) {
        prf(hash, master, seed, 2, span(out, LANEKDF_VERIFY_DATA_LEN));
    }
}

/* The final keys and IVs of export suites: RFC 2246 section 6.3.1, RFC 6101 section 6.2.2.1. */
static void final_keys(const struct lanekdf_handshake *job)
{
    const struct lanekdf_bytes client_random = {job->client_random, LANEKDF_RANDOM_LEN};
    const struct lanekdf_bytes server_random = {job->server_random, LANEKDF_RANDOM_LEN};
    uint8_t *const out = job->final_keys, digest[16], *const ivs = out + 2 * job->final_key_len;

    for (int server = 0; server < 2; server++) {
        const struct lanekdf_bytes key = {
            job->key_block + 2 * job->mac_key_len + server * job->enc_key_len, job->enc_key_len};
        uint8_t *const to = out + server * job->final_key_len;

        if (job->version == LANEKDF_SSL3) {
            struct lanekdf_bytes pieces[] = {
                key, server ? server_random : client_random, server ? client_random : server_random};
            hash_of(LANEKDF_MD5, pieces, 3, digest);
            memcpy(to, digest, job->final_key_len);
            hash_of(LANEKDF_MD5, pieces + 1, 2, digest);
            memcpy(ivs + server * job->fixed_iv_len, digest, job->fixed_iv_len);
        } else {
            struct lanekdf_bytes seed[] = {
                text(server ? "server write key" : "client write key"), client_random, server_random};
            prf(job->hash, key, seed, 3, span(to, job->final_key_len));
        }
    }
    if (job->version != LANEKDF_SSL3 && job->fixed_iv_len) {
        struct lanekdf_bytes seed[] = {text("IV block"), client_random, server_random};
        prf(job->hash, bytes(NULL, 0), seed, 3, span(ivs, 2 * (size_t)job->fixed_iv_len));
    }
}

static void derive_handshake(const struct lanekdf_job *any)
{
    const struct lanekdf_handshake *job = (const void *)any;
    struct lanekdf_bytes client_random = {job->client_random, LANEKDF_RANDOM_LEN};
    struct lanekdf_bytes server_random = {job->server_random, LANEKDF_RANDOM_LEN};
    uint8_t master[LANEKDF_MASTER_SECRET_LEN];
    struct lanekdf_bytes secret = {master, sizeof(master)};
    const bool ssl3 = job->version == LANEKDF_SSL3;
    size_t key_block_len = 2 * ((size_t)job->mac_key_len + job->enc_key_len);

    if (!job->final_key_len) {
        key_block_len += 2 * (size_t)job->fixed_iv_len;
    }
    if (job->known_master_secret) {
        memcpy(master, job->known_master_secret, sizeof(master));
    } else if (job->session_hash.len) {
        struct lanekdf_bytes seed[] = {text("extended master secret"), job->session_hash};
        prf(job->hash, job->pre_master_secret, seed, 2, span(master, sizeof(master)));
    } else {
        struct lanekdf_bytes seed[] = {text("master secret"), client_random, server_random};
        if (ssl3) {
            ssl3_prf(job->pre_master_secret, seed + 1, 2, span(master, sizeof(master)));
        } else {
            prf(job->hash, job->pre_master_secret, seed, 3, span(master, sizeof(master)));
        }
    }
    if (job->master_secret) {
        memcpy(job->master_secret, master, sizeof(master));
    }
    if (key_block_len) {
        struct lanekdf_bytes seed[] = {text("key expansion"), server_random, client_random};
        if (ssl3) {
            ssl3_prf(secret, seed + 1, 2, span(job->key_block, key_block_len));
        } else {
            prf(job->hash, secret, seed, 3, span(job->key_block, key_block_len));
        }
    }
    if (job->final_key_len && job->final_keys) {
        final_keys(job);
    }
    verify_data(job->hash, secret, "client finished", job->client_finished_hash, job->client_verify_data);
    verify_data(job->hash, secret, "server finished", job->server_finished_hash, job->server_verify_data);
}

static void derive_message_hash(const struct lanekdf_job *any)
{
    const struct lanekdf_message_hash *job = (const void *)any;
    uint8_t digest[EVP_MAX_MD_SIZE];

    hash_of(job->hash, job->message, job->n_message, digest);
    memcpy(job->out.data, digest, job->out.len);
}

static void derive_hmac(const struct lanekdf_job *any)
{
    const struct lanekdf_hmac *job = (const void *)any;
    size_t len;
    uint8_t *all = joined(job->message, job->n_message, &len), mac[EVP_MAX_MD_SIZE];

    must(!job->prepared_key, "libcrypto knows no prepared secrets");
    hmac(job->hash, job->key, all, len, mac);
    memcpy(job->out.data, mac, job->out.len);
    free(all);
}

/* RFC 5705 section 4. */
static void derive_exporter(const struct lanekdf_job *any)
{
    const struct lanekdf_exporter *job = (const void *)any;
    const uint8_t context_len[2] = {(uint8_t)(job->context.len >> 8), (uint8_t)job->context.len};
    struct lanekdf_bytes seed[] = {job->label, {job->client_random, LANEKDF_RANDOM_LEN},
        {job->server_random, LANEKDF_RANDOM_LEN}, {context_len, sizeof(context_len)}, job->context};

    must(!job->prepared_secret, "libcrypto knows no prepared secrets");
    prf(job->hash, bytes(job->master_secret, LANEKDF_MASTER_SECRET_LEN), seed,
        job->flags & LANEKDF_EXPORTER_HAS_CONTEXT ? 5 : 3, job->out);
}

static void derive_finished(const struct lanekdf_job *any)
{
    const struct lanekdf_finished *job = (const void *)any;
    const struct lanekdf_bytes master = {job->master_secret, LANEKDF_MASTER_SECRET_LEN};

    must(!job->prepared_secret, "libcrypto knows no prepared secrets");
    verify_data(job->hash, master, "client finished", job->client_finished_hash, job->client_verify_data);
    verify_data(job->hash, master, "server finished", job->server_finished_hash, job->server_verify_data);
}

/* RFC 6101 section 5.6.9. */
static void derive_ssl3_finished(const struct lanekdf_job *any)
{
    const struct lanekdf_ssl3_finished *job = (const void *)any;
    const struct lanekdf_bytes master = {job->master_secret, LANEKDF_MASTER_SECRET_LEN};
    const size_t n = job->n_handshake_messages;
    uint8_t pad1[48], pad2[48], inner[20], *out = job->out;
    struct lanekdf_bytes *pieces = malloc((n + 3) * sizeof(*pieces));

    must(pieces != NULL, "out of memory");
    memset(pad1, 0x36, sizeof(pad1));
    memset(pad2, 0x5c, sizeof(pad2));
    if (n) {
        memcpy(pieces, job->handshake_messages, n * sizeof(*pieces));
    }
    pieces[n] = text(job->sender ? "SRVR" : "CLNT");
    pieces[n + 1] = master;
    for (int sha = 0; sha < 2; sha++) {
        const uint32_t hash = sha ? LANEKDF_SHA1 : LANEKDF_MD5;
        const size_t pad_len = sha ? 40 : 48;
        struct lanekdf_bytes outer[] = {master, {pad2, pad_len}, {inner, 0}};

        pieces[n + 2] = bytes(pad1, pad_len);
        outer[2].len = hash_of(hash, pieces, n + 3, inner);
        out += hash_of(hash, outer, 3, out);
    }
    free(pieces);
}

static void derive_ssl3_prf(const struct lanekdf_job *any)
{
    const struct lanekdf_ssl3_prf *job = (const void *)any;

    ssl3_prf(job->secret, job->seed, job->n_seed, job->out);
}

static const struct {
    uint32_t kind;
    void (*derive)(const struct lanekdf_job *job);
} derivations[] = {
    {LANEKDF_KIND_PRF, derive_prf},
    {LANEKDF_KIND_HANDSHAKE, derive_handshake},
    {LANEKDF_KIND_HASH, derive_message_hash},
    {LANEKDF_KIND_HMAC, derive_hmac},
    {LANEKDF_KIND_EXPORTER, derive_exporter},
    {LANEKDF_KIND_FINISHED, derive_finished},
    {LANEKDF_KIND_SSL3_PRF, derive_ssl3_prf},
    {LANEKDF_KIND_SSL3_FINISHED, derive_ssl3_finished},
};

void openssl_derive(const struct lanekdf_job *job)
{
    for (size_t i = 0; i < sizeof(derivations) / sizeof(*derivations); i++) {
        if (derivations[i].kind == job->kind) {
            derivations[i].derive(job);
        }
    }
    openssl_derive_stage(job);
}
