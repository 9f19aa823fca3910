#include "endtoend.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>

OSSL_LIB_CTX *libctx[N_VARIANTS];
SSL_SESSION *last_session;

void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "endtoend: %s failed\n", what);
        ERR_print_errors_fp(stderr);
        exit(1);
    }
}

static OSSL_LIB_CTX *load(const char *module)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    must(context && OSSL_PROVIDER_load(context, "default"), "a library context");
    if (module) {
        EVP_KDF *kdf;
        must(OSSL_PROVIDER_load(context, module) != NULL, "loading the module");
        must(EVP_set_default_properties(context, "?provider=lanekdf"), "a property");
        kdf = EVP_KDF_fetch(context, "TLS13-KDF", "provider=lanekdf");
        must(kdf != NULL, "an algorithm of lanekdf's");
        EVP_KDF_free(kdf);
    }
    return context;
}

void load_variants(const char *module, const char *bound_module)
{
    libctx[OPENSSL] = load(NULL);
    libctx[LANEKDF] = load(module);
    libctx[BOUND] = load(bound_module);
}

void free_variants(void)
{
    SSL_SESSION_free(last_session);
    for (int v = 0; v < N_VARIANTS; v++) {
        OSSL_LIB_CTX_free(libctx[v]);
    }
}

/* ---- libssl ---- */

SSL_CTX *new_ssl_context(OSSL_LIB_CTX *context, const SSL_METHOD *method, int version, const char *suites)
{
    static char groups[] = "X25519:P-256";
    SSL_CTX *ssl_ctx = SSL_CTX_new_ex(context, NULL, method);
    must(ssl_ctx && SSL_CTX_set_min_proto_version(ssl_ctx, version) &&
             SSL_CTX_set_max_proto_version(ssl_ctx, version) && SSL_CTX_set1_groups_list(ssl_ctx, groups),
        "a context of libssl");
    must(version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(ssl_ctx, suites)
                                   : SSL_CTX_set_cipher_list(ssl_ctx, suites),
        "a suite");
    return ssl_ctx;
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(last_session);
    last_session = session;
    return 1;
}

SSL_CTX *new_client(OSSL_LIB_CTX *context, int version, const char *suites)
{
    SSL_CTX *ssl_ctx = new_ssl_context(context, TLS_client_method(), version, suites);
    SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ssl_ctx, keep_session);
    return ssl_ctx;
}

/* ---- figures ---- */

double ns_since(double begin)
{
    static double cost = -1;
    const double end = now_ns();
    if (cost < 0) {
        double samples[101];
        for (size_t i = 0; i < 101; i++) {
            const double before = now_ns();
            samples[i] = now_ns() - before;
        }
        cost = median(samples, 101);
    }
    return end - begin - cost;
}

void print_costs_heading(const char *title)
{
    printf("\n%-36s %-6s %8s %8s %6s %6s %5s\n", title, "", "OpenSSL", "lanekdf", "ratio", "bound", "saved");
}

void print_costs(
    const char *title, const char *side, const double taken[N_VARIANTS], double ratio, double bound)
{
    printf("%-36s %-6s %8.2f %8.2f %5.2fx", title, side, taken[OPENSSL] / 1e3, taken[LANEKDF] / 1e3, ratio);
    if (bound > 0) {
        printf(" %5.2fx", bound);
    } else {
        printf("      -");
    }
    /* Where next to nothing can be saved, the share of it is noise. */
    if (bound > 1.04) {
        printf(" %3.0f %%\n", 100 * (1 - 1 / ratio) / (1 - 1 / bound));
    } else {
        printf("     -\n");
    }
    fflush(stdout);
}
