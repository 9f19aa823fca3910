/*
 * An HMAC that runs beside OpenSSL's, for messages of 0 to 16,384 bytes. For people, on a quiet machine:
 *
 *     lanekdf_bench_hmacs
 *
 * Prints ns for a whole HMAC: with the key of the one before ("kept"), and with a key of its own ("new"),
 * which for lanekdf includes the PREPARE job. OpenSSL is measured twice: as programs call it, by EVP_MAC, and
 * by what stands below that, HMAC_CTX, beside which a provider of OpenSSL has to hold lanekdf. The ratios are
 * to the latter. It exits with 1 if one of them is above 1.02. All take turns in every round, and the medians
 * of the rounds count. The outputs are compared first.
 */
#define _POSIX_C_SOURCE 200809L     /* clock_gettime */
#define OPENSSL_SUPPRESS_DEPRECATED /* HMAC_CTX */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include "affinity.h"
#include "lanekdf.h"
#include "peers_support.h"
#include "timing.h"

enum { MAX_MESSAGE = 16384, KEY_BYTES = 48, N_ROUNDS = 301, MAX_DIGEST = 64 };

static const double most = 1.02;

static const struct {
    uint32_t id;
    char name[8]; /* in OpenSSL */
    const EVP_MD *(*openssl)(void);
} hashes[] = {{LANEKDF_SHA256, "SHA256", EVP_sha256}, {LANEKDF_SHA384, "SHA384", EVP_sha384},
    {LANEKDF_SHA512, "SHA512", EVP_sha512}};

/* What is timed: the key, the message, and the states of all ways. */
struct hmac {
    uint32_t hash;
    uint8_t key[KEY_BYTES], message[MAX_MESSAGE + 1];
    size_t len;
    uint8_t out[MAX_DIGEST];
    char digest_name[8];
    OSSL_PARAM digest[2];
    const EVP_MD *md;
    EVP_MAC *mac;
    EVP_MAC_CTX *evp_mac;
    HMAC_CTX *hmac_ctx;
    struct lanekdf_hmac_state state;
};

/* The message lies at an odd address, as one does behind the header of a record. */
static const uint8_t *message_of(const struct hmac *h)
{
    return h->message + 1;
}

/* ---- the ways ---- */

static void lanekdf_message(struct hmac *h)
{
    const struct lanekdf_span out = {h->out, lanekdf_hash_len(h->hash)};
    if (lanekdf_hmac_update(&h->state, (struct lanekdf_bytes){message_of(h), h->len}) != LANEKDF_OK ||
        lanekdf_hmac_finish(&h->state, out) != LANEKDF_OK) {
        peers_fail("an HMAC of lanekdf fails");
    }
}

static void lanekdf_kept(struct hmac *h)
{
    lanekdf_hmac_restart(&h->state);
    lanekdf_message(h);
}

static void lanekdf_new(struct hmac *h)
{
    struct lanekdf_prepared_secret prepared;
    struct lanekdf_prepare job = {.job.kind = LANEKDF_KIND_PREPARE,
        .hash = h->hash,
        .secret = {h->key, KEY_BYTES},
        .prepared = &prepared};
    lanekdf_derive_one(&job.job);
    lanekdf_hmac_start(&h->state, h->hash, &prepared);
    lanekdf_prepared_secret_clear(&prepared);
    lanekdf_message(h);
}

static void evp_mac_message(struct hmac *h, EVP_MAC_CTX *context)
{
    size_t len;
    if (!EVP_MAC_update(context, message_of(h), h->len) ||
        !EVP_MAC_final(context, h->out, &len, MAX_DIGEST)) {
        peers_fail("EVP_MAC fails");
    }
}

static void evp_mac_kept(struct hmac *h)
{
    EVP_MAC_init(h->evp_mac, NULL, 0, NULL);
    evp_mac_message(h, h->evp_mac);
}

static void evp_mac_new(struct hmac *h)
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(h->mac);
    EVP_MAC_init(context, h->key, KEY_BYTES, h->digest);
    evp_mac_message(h, context);
    EVP_MAC_CTX_free(context);
}

static void hmac_ctx_message(struct hmac *h)
{
    unsigned len;
    if (!HMAC_Update(h->hmac_ctx, message_of(h), h->len) || !HMAC_Final(h->hmac_ctx, h->out, &len)) {
        peers_fail("HMAC_CTX fails");
    }
}

static void hmac_ctx_kept(struct hmac *h)
{
    HMAC_Init_ex(h->hmac_ctx, NULL, 0, NULL, NULL);
    hmac_ctx_message(h);
}

static void hmac_ctx_new(struct hmac *h)
{
    HMAC_Init_ex(h->hmac_ctx, h->key, KEY_BYTES, h->md, NULL);
    hmac_ctx_message(h);
}

enum { LANEKDF_KEPT, EVP_MAC_KEPT, HMAC_CTX_KEPT, LANEKDF_NEW, EVP_MAC_NEW, HMAC_CTX_NEW, N_WAYS };
static void (*const ways[N_WAYS])(struct hmac *h) = {
    lanekdf_kept, evp_mac_kept, hmac_ctx_kept, lanekdf_new, evp_mac_new, hmac_ctx_new};

/* ---- times ---- */

static void time_ways(struct hmac *h, double medians[N_WAYS])
{
    static double ns[N_WAYS][N_ROUNDS];
    const int n_calls = h->len > 4000 ? 4 : 16;
    for (int round = 0; round < N_ROUNDS; round++) {
        for (int way = 0; way < N_WAYS; way++) {
            const double start = now_ns();
            for (int i = 0; i < n_calls; i++) {
                ways[way](h);
            }
            ns[way][round] = (now_ns() - start) / n_calls;
        }
    }
    for (int way = 0; way < N_WAYS; way++) {
        medians[way] = median(ns[way], N_ROUNDS);
    }
}

static void check_outputs(struct hmac *h)
{
    uint8_t first[MAX_DIGEST];
    for (int way = N_WAYS - 1; way >= 0; way--) { /* those with a new key come first, and leave it behind */
        memset(h->out, 0, sizeof(h->out));
        ways[way](h);
        if (way == N_WAYS - 1) {
            memcpy(first, h->out, sizeof(first));
        } else if (memcmp(first, h->out, sizeof(first)) != 0) {
            peers_fail("the outputs differ");
        }
    }
}

static void set_up(struct hmac *h, size_t i)
{
    h->hash = hashes[i].id;
    h->md = hashes[i].openssl();
    memcpy(h->digest_name, hashes[i].name, sizeof(h->digest_name));
    h->digest[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, h->digest_name, 0);
    h->digest[1] = OSSL_PARAM_construct_end();
    h->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    h->evp_mac = EVP_MAC_CTX_new(h->mac);
    h->hmac_ctx = HMAC_CTX_new();
    if (!h->hmac_ctx || !EVP_MAC_init(h->evp_mac, h->key, KEY_BYTES, h->digest)) {
        peers_fail("OpenSSL has no HMAC of %s", hashes[i].name);
    }
}

static void tear_down(struct hmac *h)
{
    HMAC_CTX_free(h->hmac_ctx);
    EVP_MAC_CTX_free(h->evp_mac);
    EVP_MAC_free(h->mac);
}

int main(void)
{
    static const size_t lens[] = {
        0, 13, 32, 64, 128, 200, 256, 512, 1024, 1300, 2048, 4096, 8192, MAX_MESSAGE};
    static struct hmac h;
    bool is_slower = false;
    affinity_pin(0);
    printf("ns for an HMAC; %s\n\n", OpenSSL_version(OPENSSL_VERSION));
    printf("                 key is kept                      key is new\n");
    printf("hash     bytes   lanekdf EVP_MAC HMAC_CTX ratio   lanekdf EVP_MAC HMAC_CTX ratio\n");
    for (size_t i = 0; i < sizeof(hashes) / sizeof(*hashes); i++) {
        set_up(&h, i);
        for (size_t l = 0; l < sizeof(lens) / sizeof(*lens); l++) {
            double ns[N_WAYS];
            h.len = lens[l];
            check_outputs(&h);
            time_ways(&h, ns);
            const double kept = ns[LANEKDF_KEPT] / ns[HMAC_CTX_KEPT],
                         new = ns[LANEKDF_NEW] / ns[HMAC_CTX_NEW];
            printf("%s %7zu %9.0f %7.0f %8.0f %5.2f %9.0f %7.0f %8.0f %5.2f\n", hashes[i].name, h.len,
                ns[LANEKDF_KEPT], ns[EVP_MAC_KEPT], ns[HMAC_CTX_KEPT], kept, ns[LANEKDF_NEW], ns[EVP_MAC_NEW],
                ns[HMAC_CTX_NEW], new);
            is_slower |= kept > most || new > most;
        }
        tear_down(&h);
    }
    return is_slower;
}
