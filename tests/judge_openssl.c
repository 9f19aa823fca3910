#include "judge_openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHA256_LEN = 32 };
enum { KDF_MAX_SEED = 1024 }; /* of EVP_KDF TLS1-PRF in OpenSSL 3.0: label and seed */

static void must(int ok, const char *what)
{
    if (ok > 0)
        return;
    fprintf(stderr, "libcrypto: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

/* The pieces in one malloc'ed string. */
static uint8_t *joined(const struct lanekdf_bytes *pieces, size_t n, size_t *len)
{
    uint8_t *all, *at;

    *len = 0;
    for (size_t i = 0; i < n; i++)
        *len += pieces[i].len;
    all = at = malloc(*len + 1);
    must(all != NULL, "malloc");
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].len)
            memcpy(at, pieces[i].data, pieces[i].len);
        at += pieces[i].len;
    }
    return all;
}

static void hmac(struct lanekdf_bytes key, const uint8_t *message, size_t len, uint8_t *mac)
{
    const void *data = key.len ? (const void *)key.data : (const void *)""; /* NULL means something else */

    must(HMAC(EVP_sha256(), data, (int)key.len, message, len, mac, NULL) != NULL, "HMAC");
}

/* RFC 5246 section 5 out of HMACs, for seeds that TLS1-PRF refuses. */
static void p_hash(struct lanekdf_bytes secret, const uint8_t *seed, size_t seed_len, struct lanekdf_span out)
{
    uint8_t *a = malloc(SHA256_LEN + seed_len), block[SHA256_LEN];

    must(a != NULL, "malloc");
    memcpy(a + SHA256_LEN, seed, seed_len);
    hmac(secret, seed, seed_len, a);
    for (size_t done = 0; done < out.len; done += SHA256_LEN) {
        hmac(secret, a, SHA256_LEN + seed_len, block);
        memcpy(out.data + done, block, out.len - done < SHA256_LEN ? out.len - done : SHA256_LEN);
        hmac(secret, a, SHA256_LEN, block);
        memcpy(a, block, SHA256_LEN);
    }
    free(a);
}

static void kdf(struct lanekdf_bytes secret, uint8_t *seed, size_t seed_len, struct lanekdf_span out)
{
    EVP_KDF *method = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(method);
    char digest[] = "SHA256";
    uint8_t nothing[1];
    OSSL_PARAM params[4];

    must(context != NULL, "EVP_KDF_CTX_new");
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_SECRET, secret.len ? (void *)(uintptr_t)secret.data : nothing, secret.len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, seed_len);
    params[3] = OSSL_PARAM_construct_end();
    must(EVP_KDF_derive(context, out.data, out.len, params), "EVP_KDF_derive TLS1-PRF");
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(method);
}

static void prf(
    struct lanekdf_bytes secret, const struct lanekdf_bytes *seed, size_t n_seed, struct lanekdf_span out)
{
    size_t len;
    uint8_t *all = joined(seed, n_seed, &len);

    if (len && len <= KDF_MAX_SEED)
        kdf(secret, all, len, out);
    else
        p_hash(secret, all, len, out);
    free(all);
}

static struct lanekdf_bytes text(const char *s)
{
    return (struct lanekdf_bytes){(const uint8_t *)s, strlen(s)};
}

static void derive_prf(const struct lanekdf_prf *job)
{
    struct lanekdf_bytes *seed = malloc((job->n_seed + 1) * sizeof *seed);

    must(seed != NULL, "malloc");
    seed[0] = job->label;
    if (job->n_seed)
        memcpy(seed + 1, job->seed, job->n_seed * sizeof *seed);
    prf(job->secret, seed, job->n_seed + 1, job->out);
    free(seed);
}

static void derive_handshake(const struct lanekdf_handshake *job)
{
    struct lanekdf_bytes client_random = {job->client_random, LANEKDF_RANDOM_LEN};
    struct lanekdf_bytes server_random = {job->server_random, LANEKDF_RANDOM_LEN};
    uint8_t master[LANEKDF_MASTER_SECRET_LEN];
    struct lanekdf_bytes secret = {master, sizeof master};
    size_t key_block_len = 2 * ((size_t)job->mac_key_len + job->enc_key_len + job->fixed_iv_len);

    if (job->known_master_secret) {
        memcpy(master, job->known_master_secret, sizeof master);
    } else if (job->session_hash.len) {
        struct lanekdf_bytes seed[] = {text("extended master secret"), job->session_hash};
        prf(job->pre_master_secret, seed, 2, (struct lanekdf_span){master, sizeof master});
    } else {
        struct lanekdf_bytes seed[] = {text("master secret"), client_random, server_random};
        prf(job->pre_master_secret, seed, 3, (struct lanekdf_span){master, sizeof master});
    }
    if (job->master_secret)
        memcpy(job->master_secret, master, sizeof master);
    if (key_block_len) {
        struct lanekdf_bytes seed[] = {text("key expansion"), server_random, client_random};
        prf(secret, seed, 3, (struct lanekdf_span){job->key_block, key_block_len});
    }
    if (job->client_finished_hash.len) {
        struct lanekdf_bytes seed[] = {text("client finished"), job->client_finished_hash};
        prf(secret, seed, 2, (struct lanekdf_span){job->client_verify_data, LANEKDF_VERIFY_DATA_LEN});
    }
    if (job->server_finished_hash.len) {
        struct lanekdf_bytes seed[] = {text("server finished"), job->server_finished_hash};
        prf(secret, seed, 2, (struct lanekdf_span){job->server_verify_data, LANEKDF_VERIFY_DATA_LEN});
    }
}

static void derive_message_hash(const struct lanekdf_message_hash *job)
{
    size_t len;
    uint8_t *all = joined(job->message, job->n_message, &len), digest[SHA256_LEN];

    must(EVP_Digest(all, len, digest, NULL, EVP_sha256(), NULL), "EVP_Digest");
    memcpy(job->out.data, digest, job->out.len);
    free(all);
}

static void derive_hmac(const struct lanekdf_hmac *job)
{
    size_t len;
    uint8_t *all = joined(job->message, job->n_message, &len), mac[SHA256_LEN];

    hmac(job->key, all, len, mac);
    memcpy(job->out.data, mac, job->out.len);
    free(all);
}

void openssl_derive(const struct lanekdf_job *job)
{
    const void *any = job;

    switch (job->kind) {
    case LANEKDF_KIND_PRF:
        derive_prf(any);
        break;
    case LANEKDF_KIND_HANDSHAKE:
        derive_handshake(any);
        break;
    case LANEKDF_KIND_HASH:
        derive_message_hash(any);
        break;
    case LANEKDF_KIND_HMAC:
        derive_hmac(any);
        break;
    default:
        abort();
    }
}
