/*
 * Whole TLS handshakes in memory, by libssl: what a server's side, or a client's, takes with OpenSSL's own
 * derivations, with lanekdf's provider, and with one that hashes nothing, which is the bound of any provider.
 * The three take turns handshake by handshake, and the figures are medians.
 * usage: endtoend MODULE BOUND_MODULE SECONDS
 *
 * The time of a side is that of its calls: from SSL_new to SSL_free, without those of the other side. A
 * variant is on both sides, so that either can be measured. Last come the parts of one call of a KDF.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanekdf.h"
#include "timing.h"

enum variant { OPENSSL, LANEKDF, BOUND, N_VARIANTS };
enum side { SERVER, CLIENT };
enum { MAX_ROUNDS = 20, MAX_SAMPLES = 20000, MIN_SAMPLES = 5, PAIR_BYTES = 32768, N_RECORDS = 16 };

static OSSL_LIB_CTX *libctx[N_VARIANTS];
static double samples[N_VARIANTS][2][MAX_SAMPLES]; /* nanoseconds */

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "endtoend: %s failed\n", what);
        ERR_print_errors_fp(stderr);
        exit(1);
    }
}

/* ---- library contexts ---- */

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

/* ---- scenarios ---- */

enum resumption { FULL, TICKET, SESSION_ID };

struct scenario {
    const char *name;
    int version;
    const char *suite;
    enum resumption resumption;
    bool has_rsa, sends_records;
};

static const struct scenario scenarios[] = {
    {"TLS 1.2 by ticket, SHA-256", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", TICKET, false, false},
    {"TLS 1.2 by ticket, SHA-384", TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", TICKET, false, false},
    {"TLS 1.2 by session id, SHA-256", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", SESSION_ID, false,
        false},
    {"TLS 1.3 resumed, SHA-256", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", TICKET, false, false},
    {"TLS 1.3 resumed, SHA-384", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", TICKET, false, false},
    {"TLS 1.3 full, ECDSA", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", FULL, false, false},
    {"TLS 1.2 full, ECDSA", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", FULL, false, false},
    {"TLS 1.2 full, RSA-2048", TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", FULL, true, false},
    {"16 records of 1,300 bytes, CBC, SHA-256", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", TICKET, false,
        true},
    {"16 records of 1,300 bytes, CBC, SHA-1", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", TICKET, false, true},
};

static SSL_SESSION *last_session;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(last_session);
    last_session = session;
    return 1;
}

static SSL_CTX *new_context(const struct scenario *s, OSSL_LIB_CTX *context, const SSL_METHOD *method)
{
    static char groups[] = "X25519:P-256";
    SSL_CTX *ssl_ctx = SSL_CTX_new_ex(context, NULL, method);
    must(ssl_ctx && SSL_CTX_set_min_proto_version(ssl_ctx, s->version) &&
             SSL_CTX_set_max_proto_version(ssl_ctx, s->version) && SSL_CTX_set1_groups_list(ssl_ctx, groups),
        "a context of libssl");
    must(s->version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(ssl_ctx, s->suite)
                                      : SSL_CTX_set_cipher_list(ssl_ctx, s->suite),
        "a suite");
    return ssl_ctx;
}

static SSL_CTX *new_server(const struct scenario *s, OSSL_LIB_CTX *context)
{
    static const unsigned char name[] = "endtoend";
    SSL_CTX *ssl_ctx = new_context(s, context, TLS_server_method());
    EVP_PKEY *key = s->has_rsa ? EVP_PKEY_Q_keygen(context, NULL, "RSA", (size_t)2048)
                               : EVP_PKEY_Q_keygen(context, NULL, "EC", "P-256");
    X509 *certificate = X509_new_ex(context, NULL);
    must(key && certificate && X509_set_version(certificate, 2), "a certificate");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    must(X509_set_pubkey(certificate, key) && X509_sign(certificate, key, EVP_sha256()), "a signature");
    must(SSL_CTX_use_certificate(ssl_ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ssl_ctx, key) == 1,
        "a certificate in use");
    SSL_CTX_set_session_id_context(ssl_ctx, name, sizeof(name));
    if (s->resumption == SESSION_ID) {
        SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_TICKET);
    } else {
        SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ssl_ctx;
}

static SSL_CTX *new_client(const struct scenario *s, OSSL_LIB_CTX *context)
{
    SSL_CTX *ssl_ctx = new_context(s, context, TLS_client_method());
    SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ssl_ctx, keep_session);
    return ssl_ctx;
}

/* ---- connections ---- */

/* Two ends in memory, and the time that each has taken so far. */
struct connection {
    SSL *ssl[2];
    double taken[2];
};

static void open_ends(struct connection *c, SSL_CTX *contexts[2], SSL_SESSION *session)
{
    /* A client of TLS 1.3 does not use a session again once a new ticket has come, so it gets a copy. */
    SSL_SESSION *copy = session ? SSL_SESSION_dup(session) : NULL;
    BIO *bios[2];
    must(BIO_new_bio_pair(&bios[0], PAIR_BYTES, &bios[1], PAIR_BYTES) == 1, "a pair of BIOs");
    for (int i = 0; i < 2; i++) {
        const double begin = now_ns();
        c->ssl[i] = SSL_new(contexts[i]);
        must(c->ssl[i] != NULL, "a connection");
        SSL_set_bio(c->ssl[i], bios[i], bios[i]);
        if (i == SERVER) {
            SSL_set_accept_state(c->ssl[i]);
        } else {
            SSL_set_connect_state(c->ssl[i]);
            must(!copy || SSL_set_session(c->ssl[i], copy) == 1, "a session");
        }
        c->taken[i] = now_ns() - begin;
    }
    SSL_SESSION_free(copy);
}

static void shake_hands(struct connection *c, bool resumes)
{
    int status[2] = {0, 0};
    for (int round = 0; round < MAX_ROUNDS && !(status[0] == 1 && status[1] == 1); round++) {
        for (int i = CLIENT; i >= SERVER; i--) {
            const double begin = now_ns();
            status[i] = status[i] == 1 ? 1 : SSL_do_handshake(c->ssl[i]);
            c->taken[i] += now_ns() - begin;
            must(status[i] == 1 || SSL_get_error(c->ssl[i], status[i]) == SSL_ERROR_WANT_READ, "a handshake");
        }
    }
    must(SSL_session_reused(c->ssl[CLIENT]) == resumes, "resumption");
}

/* The client takes the tickets of TLS 1.3. */
static void take_tickets(struct connection *c)
{
    uint8_t byte;
    const double begin = now_ns();
    (void)SSL_read(c->ssl[CLIENT], &byte, 1);
    c->taken[CLIENT] += now_ns() - begin;
}

static void send_records(struct connection *c)
{
    static uint8_t data[1300];
    c->taken[SERVER] = c->taken[CLIENT] = 0;
    for (int i = 0; i < N_RECORDS; i++) {
        double begin = now_ns();
        must(SSL_write(c->ssl[SERVER], data, sizeof(data)) == sizeof(data), "a record");
        c->taken[SERVER] += now_ns() - begin;
        begin = now_ns();
        must(SSL_read(c->ssl[CLIENT], data, sizeof(data)) == sizeof(data), "a record read");
        c->taken[CLIENT] += now_ns() - begin;
    }
}

static void close_ends(struct connection *c)
{
    for (int i = 0; i < 2; i++) {
        const double begin = now_ns();
        SSL_set_shutdown(c->ssl[i], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(c->ssl[i]);
        c->taken[i] += now_ns() - begin;
    }
}

static void connect_once(
    const struct scenario *s, SSL_CTX *contexts[2], SSL_SESSION *session, struct connection *c)
{
    open_ends(c, contexts, session);
    shake_hands(c, session != NULL);
    take_tickets(c);
    if (s->sends_records) {
        send_records(c);
        struct connection closing = *c; /* what that takes does not count */
        close_ends(&closing);
    } else {
        close_ends(c);
    }
}

/* Fills samples, and returns how many there are of each variant. */
static size_t measure(const struct scenario *s, double seconds)
{
    SSL_CTX *contexts[N_VARIANTS][2];
    SSL_SESSION *sessions[N_VARIANTS] = {NULL};
    struct connection c;
    size_t n = 0;
    for (int v = 0; v < N_VARIANTS; v++) {
        contexts[v][SERVER] = new_server(s, libctx[v]);
        contexts[v][CLIENT] = new_client(s, libctx[v]);
        connect_once(s, contexts[v], NULL, &c);
        if (s->resumption != FULL) {
            must(last_session && SSL_SESSION_up_ref(last_session), "a session to resume");
            sessions[v] = last_session;
            connect_once(s, contexts[v], sessions[v], &c);
        }
    }
    for (const double end = now_ns() + seconds * 1e9; n < MIN_SAMPLES || (now_ns() < end && n < MAX_SAMPLES);
         n++) {
        for (int v = 0; v < N_VARIANTS; v++) {
            connect_once(s, contexts[v], sessions[v], &c);
            samples[v][SERVER][n] = c.taken[SERVER];
            samples[v][CLIENT][n] = c.taken[CLIENT];
        }
    }
    for (int v = 0; v < N_VARIANTS; v++) {
        SSL_SESSION_free(sessions[v]);
        SSL_CTX_free(contexts[v][SERVER]);
        SSL_CTX_free(contexts[v][CLIENT]);
    }
    return n;
}

static void print_row(const struct scenario *s, enum side side, size_t n)
{
    double taken[N_VARIANTS];
    for (int v = 0; v < N_VARIANTS; v++) {
        taken[v] = median(samples[v][side], n) / 1e3;
    }
    printf("%-40s %-6s %8.1f %8.1f %6.2fx %6.2fx", s->name, side == SERVER ? "server" : "client",
        taken[OPENSSL], taken[LANEKDF], taken[OPENSSL] / taken[LANEKDF], taken[OPENSSL] / taken[BOUND]);
    /* Where nothing can be saved, the share of it is noise. */
    if (taken[BOUND] < 0.98 * taken[OPENSSL]) {
        printf(" %5.0f %%", 100 * (taken[OPENSSL] - taken[LANEKDF]) / (taken[OPENSSL] - taken[BOUND]));
    } else {
        printf("       -");
    }
    printf("  %6zu\n", n);
    fflush(stdout);
}

/* ---- one call ---- */

static char sha256[] = "SHA2-256", text[] = "key expansion", prefix[] = "tls13 ", label[] = "c hs traffic";
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

/* The steps of a call as libssl makes it. */
enum { FETCH, CONTEXT, DERIVE, FREE, N_STEPS };

static void time_call(
    OSSL_LIB_CTX *context, const char *name, const OSSL_PARAM *params, size_t len, double *steps)
{
    double at[N_STEPS + 1];
    at[FETCH] = now_ns();
    EVP_KDF *kdf = EVP_KDF_fetch(context, name, NULL);
    at[CONTEXT] = now_ns();
    EVP_KDF_CTX *kdf_ctx = EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    at[DERIVE] = now_ns();
    must(EVP_KDF_derive(kdf_ctx, derived, len, params) == 1, "a derivation");
    at[FREE] = now_ns();
    EVP_KDF_CTX_free(kdf_ctx);
    at[N_STEPS] = now_ns();
    for (int i = 0; i < N_STEPS; i++) {
        steps[i] = at[i + 1] - at[i];
    }
}

static void print_call(const char *title, const char *name, size_t (*make)(OSSL_PARAM *), void (*raw)(void))
{
    static double steps[2][N_STEPS][MAX_SAMPLES], clock[MAX_SAMPLES], job[MAX_SAMPLES];
    OSSL_PARAM params[8];
    const size_t len = make(params);
    for (size_t n = 0; n < MAX_SAMPLES; n++) {
        double begin = now_ns();
        clock[n] = now_ns() - begin;
        for (int v = OPENSSL; v <= LANEKDF; v++) {
            double one[N_STEPS];
            time_call(libctx[v], name, params, len, one);
            for (int i = 0; i < N_STEPS; i++) {
                steps[v][i][n] = one[i];
            }
        }
        begin = now_ns();
        raw();
        job[n] = now_ns() - begin;
    }
    const double overhead = median(clock, MAX_SAMPLES);
    for (int v = OPENSSL; v <= LANEKDF; v++) {
        printf("%-40s %-8s", title, v == OPENSSL ? "OpenSSL" : "lanekdf");
        for (int i = 0; i < N_STEPS; i++) {
            printf(" %8.0f", median(steps[v][i], MAX_SAMPLES) - overhead);
        }
        printf("\n");
    }
    printf("%-40s %-8s %26.0f\n", "", "raw job", median(job, MAX_SAMPLES) - overhead);
}

int main(int argc, char **argv)
{
    must(argc == 4, "reading the arguments: endtoend MODULE BOUND_MODULE SECONDS");
    const size_t n_scenarios = sizeof(scenarios) / sizeof(scenarios[0]);
    const double seconds = strtod(argv[3], NULL) / (double)n_scenarios;
    libctx[OPENSSL] = load(NULL);
    libctx[LANEKDF] = load(argv[1]);
    libctx[BOUND] = load(argv[2]);
    printf("%s; medians of interleaved connections in memory\n\n", OpenSSL_version(OPENSSL_VERSION));
    printf("%-40s %-6s %8s %8s %7s %7s %7s %7s\n", "", "side", "OpenSSL", "lanekdf", "ratio", "bound",
        "saved", "n");
    printf("%-40s %-6s %8s %8s %7s %7s\n", "", "", "us", "us", "", "");
    for (size_t i = 0; i < n_scenarios; i++) {
        const size_t n = measure(&scenarios[i], seconds);
        print_row(&scenarios[i], SERVER, n);
        print_row(&scenarios[i], CLIENT, n);
    }
    printf(
        "\nratio: CPU of OpenSSL alone against that with lanekdf; bound: against that with a provider which\n"
        "hashes nothing; saved: of the CPU that could be saved at all.\n\n");
    printf("%-40s %-8s %8s %8s %8s %8s\n", "parts of one call, ns", "", "fetch", "context", "derive", "free");
    print_call("TLS1-PRF, SHA-256, 48 bytes", "TLS1-PRF", prf_params, run_raw_prf);
    print_call("TLS13-KDF, SHA-256, expand, 32 bytes", "TLS13-KDF", label_params, run_raw_label);
    SSL_SESSION_free(last_session);
    for (int v = 0; v < N_VARIANTS; v++) {
        OSSL_LIB_CTX_free(libctx[v]);
    }
    return 0;
}
