/* The parts of one call of OpenSSL's interface, as libssl makes it, beside the job alone. */
#include "endtoend.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lanekdf.h"

static char sha256[] = "SHA2-256";

/* ---- key derivations ---- */

static char text[] = "key expansion", prefix[] = "tls13 ", label[] = "c hs traffic";
static int expand_only = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
static uint8_t secret[48], randoms[64], derived[48];

static size_t prf_params(OSSL_PARAM params[])
{
    const OSSL_PARAM all[] = {OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
        OSSL_PARAM_construct_octet_string("secret", secret, sizeof(secret)),
        OSSL_PARAM_construct_octet_string("seed", text, sizeof(text) - 1),
        OSSL_PARAM_construct_octet_string("seed", randoms, 32),
        OSSL_PARAM_construct_octet_string("seed", randoms + 32, 32), OSSL_PARAM_construct_end()};
    memcpy(params, all, sizeof(all));
    return sizeof(derived);
}

static size_t label_params(OSSL_PARAM params[])
{
    const OSSL_PARAM all[] = {OSSL_PARAM_construct_int("mode", &expand_only),
        OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
        OSSL_PARAM_construct_octet_string("key", secret, 32),
        OSSL_PARAM_construct_octet_string("prefix", prefix, sizeof(prefix) - 1),
        OSSL_PARAM_construct_octet_string("label", label, sizeof(label) - 1),
        OSSL_PARAM_construct_octet_string("data", randoms, 32), OSSL_PARAM_construct_end()};
    memcpy(params, all, sizeof(all));
    return 32;
}

static void run_raw_prf(void)
{
    const struct lanekdf_bytes seed[] = {{(const uint8_t *)text, sizeof(text) - 1}, {randoms, 64}};
    struct lanekdf_prf job = {.job.kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA256,
        .secret = {secret, sizeof(secret)},
        .seed = seed,
        .n_seed = 2,
        .out = {derived, sizeof(derived)}};
    must(lanekdf_derive_one(&job.job) == LANEKDF_OK, "a job");
}

static void run_raw_label(void)
{
    struct lanekdf_expand_label job = {.job.kind = LANEKDF_KIND_EXPAND_LABEL,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS13,
        .secret = {secret, 32},
        .n_labels = 1,
        .labels[0] = {{(const uint8_t *)label, sizeof(label) - 1}, {randoms, 32}, {derived, 32}}};
    must(lanekdf_derive_one(&job.job) == LANEKDF_OK, "a job");
}

enum { FETCH, CONTEXT, DERIVE, FREE, N_STEPS };

static void time_steps(
    OSSL_LIB_CTX *context, const char *name, const OSSL_PARAM *params, size_t len, double steps[N_STEPS])
{
    double begin = now_ns();
    EVP_KDF *kdf = EVP_KDF_fetch(context, name, NULL);
    steps[FETCH] = ns_since(begin);
    begin = now_ns();
    EVP_KDF_CTX *kdf_ctx = EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    steps[CONTEXT] = ns_since(begin);
    begin = now_ns();
    must(EVP_KDF_derive(kdf_ctx, derived, len, params) == 1, "a derivation");
    steps[DERIVE] = ns_since(begin);
    begin = now_ns();
    EVP_KDF_CTX_free(kdf_ctx);
    steps[FREE] = ns_since(begin);
}

static void print_derivation(
    const char *title, const char *name, size_t (*make)(OSSL_PARAM *), void (*raw)(void), size_t n)
{
    static double steps[2][N_STEPS][MAX_SAMPLES], job[MAX_SAMPLES];
    OSSL_PARAM params[8];
    const size_t len = make(params);
    for (size_t sample = 0; sample < n; sample++) {
        for (int v = OPENSSL; v <= LANEKDF; v++) {
            double one[N_STEPS];
            time_steps(libctx[v], name, params, len, one);
            for (int i = 0; i < N_STEPS; i++) {
                steps[v][i][sample] = one[i];
            }
        }
        /* So that the caches are for the job as they are for lanekdf's call. */
        time_steps(libctx[OPENSSL], name, params, len, (double[N_STEPS]){0});
        const double begin = now_ns();
        raw();
        job[sample] = ns_since(begin);
    }
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        printf("%-33s %-8s", title, v == OPENSSL ? "OpenSSL" : "lanekdf");
        for (int i = 0; i < N_STEPS; i++) {
            printf(" %7.0f", median(steps[v][i], n));
        }
        if (v == LANEKDF) {
            printf(" %5.0f", median(job, n));
        }
        printf("\n");
    }
}

/* ---- HMAC ---- */

enum use { NEW, KEPT, COPIED, N_USES };

static uint8_t message[16384];

static EVP_MAC_CTX *new_hmac(EVP_MAC *mac)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", sha256, 0), OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    must(context && EVP_MAC_init(context, secret, 32, params) == 1, "a key of HMAC");
    return context;
}

/* The time of a message whose context is new with its key, restarted, or a copy. */
static double time_hmac(EVP_MAC *mac, EVP_MAC_CTX *kept, enum use use, size_t len)
{
    uint8_t digest[32];
    size_t digest_len;
    const double begin = now_ns();
    EVP_MAC_CTX *context = use == NEW ? new_hmac(mac) : use == COPIED ? EVP_MAC_CTX_dup(kept) : kept;
    must((use != KEPT || EVP_MAC_init(context, NULL, 0, NULL) == 1) &&
             EVP_MAC_update(context, message, len) == 1 &&
             EVP_MAC_final(context, digest, &digest_len, sizeof(digest)) == 1,
        "an HMAC");
    if (use != KEPT) {
        EVP_MAC_CTX_free(context);
    }
    return ns_since(begin);
}

static void print_hmac(EVP_MAC *const mac[2], size_t len, size_t n)
{
    static double taken[2][N_USES][MAX_SAMPLES];
    EVP_MAC_CTX *fresh[2], *kept[2];
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        fresh[v] = new_hmac(mac[v]);
        kept[v] = new_hmac(mac[v]);
    }
    for (size_t sample = 0; sample < n; sample++) {
        for (int use = 0; use < N_USES; use++) {
            for (int v = OPENSSL; v <= LANEKDF; v++) {
                taken[v][use][sample] =
                    time_hmac(mac[v], use == COPIED ? fresh[v] : kept[v], (enum use)use, len);
            }
        }
    }
    printf("HMAC-SHA256, %5zu bytes", len);
    for (int use = 0; use < N_USES; use++) {
        const double openssl = median(taken[OPENSSL][use], n), lanekdf = median(taken[LANEKDF][use], n);
        printf(" %6.0f %5.0f %5.2fx", openssl, lanekdf, openssl / lanekdf);
    }
    printf("\n");
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        EVP_MAC_CTX_free(fresh[v]);
        EVP_MAC_CTX_free(kept[v]);
    }
}

void measure_calls(size_t n)
{
    static const size_t lens[] = {32, 200, 1300, 4096, 16384};
    EVP_MAC *mac[2];
    printf("\n%-33s %-8s %7s %7s %7s %7s %5s\n", "Parts of one call, ns", "", "fetch", "context", "derive",
        "free", "job");
    print_derivation("TLS1-PRF, SHA-256, 48 bytes", "TLS1-PRF", prf_params, run_raw_prf, n);
    print_derivation("TLS13-KDF, SHA-256, 32 bytes", "TLS13-KDF", label_params, run_raw_label, n);
    printf("\n%-24s %20s %20s %20s\n", "HMAC, ns: OpenSSL,", "new context", "kept", "copied");
    printf("%-24s\n", "lanekdf, ratio");
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        mac[v] = EVP_MAC_fetch(libctx[v], "HMAC", NULL);
        must(mac[v] != NULL, "HMAC");
    }
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        print_hmac(mac, lens[i], n);
    }
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        EVP_MAC_free(mac[v]);
    }
}
