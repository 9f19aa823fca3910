/*
 * libssl in memory, with the provider on the server's side, on the client's, or on both: every version and
 * every suite that this libssl has, with data, resumption, exporters, key updates, early data and another
 * handshake on the connection. The two sides agree on all keys, or nothing is decrypted.
 * usage: provider_libssl [all]    ("all": every suite on all sides, also in fibres, and without
 *                                 encrypt-then-MAC; else one of these after the other)
 *
 * Catches: a derivation, or a MAC, in the form in which libssl asks for it, that differs from OpenSSL's; a
 * context that is handed on wrongly; more stack than a fibre of OpenSSL's has; a version that never reaches
 * lanekdf.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "must.h"
#include "provider_context.h"

enum { PLAIN, LANEKDF };
enum { MAX_ROUNDS = 60, PAIR_BYTES = 1 << 16, MAX_DATA = 16384, EXPORTER_LEN = 40 };

static OSSL_LIB_CTX *libctx[2];
static EVP_PKEY *keys[2][2]; /* RSA and EC, in each library context */
static X509 *certificates[2][2];

static size_t n_handshakes, n_failed, n_left_out;
static const char *scene; /* what is being done, for messages */

/* ---- certificates ---- */

static X509 *self_signed(OSSL_LIB_CTX *context, EVP_PKEY *key)
{
    X509 *certificate = X509_new_ex(context, NULL);
    must(certificate && X509_set_version(certificate, 2), "a certificate");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    must(X509_set_pubkey(certificate, key) && X509_sign(certificate, key, EVP_sha256()), "its signature");
    return certificate;
}

static void make_certificates(int side)
{
    keys[side][0] = EVP_PKEY_Q_keygen(libctx[side], NULL, "RSA", (size_t)2048);
    keys[side][1] = EVP_PKEY_Q_keygen(libctx[side], NULL, "EC", "P-256");
    for (int i = 0; i < 2; i++) {
        must(keys[side][i] != NULL, "a key");
        certificates[side][i] = self_signed(libctx[side], keys[side][i]);
    }
}

/* ---- contexts ---- */

struct variant {
    int version;
    bool is_dtls;
    int sides[2]; /* of server and client: PLAIN or LANEKDF */
    bool without_encrypt_then_mac, in_fibres;
    char suite[160];
};

static SSL_SESSION *session; /* what the client got last */

static int keep_session(SSL *ssl, SSL_SESSION *new_session)
{
    (void)ssl;
    SSL_SESSION_free(session);
    session = new_session;
    return 1;
}

static unsigned server_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_len)
{
    (void)ssl;
    (void)identity;
    (void)max_len;
    memset(psk, 7, 32);
    return 32;
}

static unsigned client_psk(
    SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk, unsigned max_len)
{
    (void)hint;
    snprintf(identity, max_identity, "somebody");
    return server_psk(ssl, identity, psk, max_len);
}

static SSL_CTX *new_context(const struct variant *v, int side)
{
    SSL_CTX *context = SSL_CTX_new_ex(libctx[side], NULL, v->is_dtls ? DTLS_method() : TLS_method());
    static char groups[] = "X25519:P-256";
    char list[200];
    must(context != NULL, "a context of libssl");
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, v->version);
    SSL_CTX_set_max_proto_version(context, v->version);
    snprintf(list, sizeof(list), "%s:@SECLEVEL=0", v->version == TLS1_3_VERSION ? "ALL" : v->suite);
    must(SSL_CTX_set_cipher_list(context, list), "a list of suites");
    if (v->version == TLS1_3_VERSION) {
        must(SSL_CTX_set_ciphersuites(context, v->suite), "a suite");
    }
    must(SSL_CTX_set1_groups_list(context, groups), "groups");
    SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_QUERY_MTU);
    if (v->without_encrypt_then_mac) {
        SSL_CTX_set_options(context, SSL_OP_NO_ENCRYPT_THEN_MAC);
    }
    if (v->in_fibres) {
        SSL_CTX_set_mode(context, SSL_MODE_ASYNC);
    }
    return context;
}

static SSL_CTX *new_server(const struct variant *v)
{
    static const unsigned char name[] = "test";
    const int side = v->sides[0];
    SSL_CTX *context = new_context(v, side);
    for (int i = 0; i < 2; i++) {
        must(SSL_CTX_use_certificate(context, certificates[side][i]) == 1 &&
                 SSL_CTX_use_PrivateKey(context, keys[side][i]) == 1,
            "a certificate in use");
    }
    SSL_CTX_set_session_id_context(context, name, sizeof(name));
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_max_early_data(context, MAX_DATA);
    if (v->version != TLS1_3_VERSION) {
        SSL_CTX_set_psk_server_callback(context, server_psk);
    }
    return context;
}

static SSL_CTX *new_client(const struct variant *v)
{
    SSL_CTX *context = new_context(v, v->sides[1]);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    if (v->version != TLS1_3_VERSION) {
        SSL_CTX_set_psk_client_callback(context, client_psk);
    }
    return context;
}

/* ---- a connection ---- */

static bool may_go_on(SSL *ssl, int status)
{
    const int error = SSL_get_error(ssl, status);
    return status == 1 || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_ASYNC;
}

static bool shake_hands(SSL *ssl[2])
{
    int status[2] = {0, 0};
    for (int round = 0; round < MAX_ROUNDS; round++) {
        for (int i = 1; i >= 0; i--) {
            status[i] = SSL_do_handshake(ssl[i]);
            if (!may_go_on(ssl[i], status[i])) {
                return false;
            }
        }
        if (status[0] == 1 && status[1] == 1 && !SSL_in_init(ssl[0]) && !SSL_in_init(ssl[1])) {
            n_handshakes++;
            return true;
        }
    }
    return false;
}

static bool send_data(SSL *from, SSL *to, int len)
{
    static uint8_t sent[MAX_DATA], received[MAX_DATA];
    int at = 0;
    for (int i = 0; i < len; i++) {
        sent[i] = (uint8_t)(i * 7 + len);
    }
    if (SSL_write(from, sent, len) != len) {
        return false;
    }
    while (at < len) {
        const int n = SSL_read(to, received + at, len - at);
        if (n <= 0) {
            return false;
        }
        at += n;
    }
    return memcmp(sent, received, (size_t)len) == 0;
}

/* Both ways. What a client receives may begin with tickets. */
static bool exchange_data(SSL *ssl[2])
{
    static const int lengths[] = {1, 100, 1300, MAX_DATA};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        if (!send_data(ssl[1], ssl[0], lengths[i]) || !send_data(ssl[0], ssl[1], lengths[i])) {
            return false;
        }
    }
    return true;
}

static bool export_alike(SSL *ssl[2])
{
    static const char label[] = "EXPERIMENTAL test";
    static const uint8_t context[] = {1, 2, 3};
    uint8_t out[2][EXPORTER_LEN];
    for (int use_context = 0; use_context < 2; use_context++) {
        for (int i = 0; i < 2; i++) {
            if (SSL_export_keying_material(ssl[i], out[i], EXPORTER_LEN, label, sizeof(label) - 1, context,
                    sizeof(context), use_context) != 1) {
                return false;
            }
        }
        if (memcmp(out[0], out[1], EXPORTER_LEN) != 0) {
            return false;
        }
    }
    return true;
}

/* Another handshake on the connection, which the client wants and the server meets as it reads. */
static bool renegotiate(SSL *ssl[2])
{
    uint8_t byte;
    if (SSL_renegotiate(ssl[1]) != 1) {
        return false;
    }
    for (int round = 0; round < MAX_ROUNDS; round++) {
        if (!may_go_on(ssl[1], SSL_do_handshake(ssl[1])) || !may_go_on(ssl[0], SSL_read(ssl[0], &byte, 1))) {
            return false;
        }
        if (!SSL_renegotiate_pending(ssl[1]) && !SSL_in_init(ssl[0]) && !SSL_in_init(ssl[1])) {
            n_handshakes++;
            return true;
        }
    }
    return false;
}

/* New keys on the connection: of both sides in TLS 1.3, by another handshake before. */
static bool renew_keys(SSL *ssl[2], const struct variant *v)
{
    if (v->version == TLS1_3_VERSION) {
        return SSL_key_update(ssl[1], SSL_KEY_UPDATE_REQUESTED) == 1 && exchange_data(ssl);
    }
    return v->is_dtls || (renegotiate(ssl) && exchange_data(ssl));
}

static void connect_pair(SSL *ssl[2], SSL_CTX *contexts[2])
{
    BIO *bios[2];
    must(BIO_new_bio_pair(&bios[0], PAIR_BYTES, &bios[1], PAIR_BYTES) == 1, "a pair of BIOs");
    for (int i = 0; i < 2; i++) {
        ssl[i] = SSL_new(contexts[i]);
        must(ssl[i] != NULL, "a connection");
        SSL_set_bio(ssl[i], bios[i], bios[i]);
        SSL_set_mtu(ssl[i], 1500);
    }
    SSL_set_accept_state(ssl[0]);
    SSL_set_connect_state(ssl[1]);
}

static bool send_early_data(SSL *ssl[2])
{
    static const uint8_t sent[] = "early";
    uint8_t received[sizeof(sent)];
    size_t n = 0;
    return SSL_write_early_data(ssl[1], sent, sizeof(sent), &n) == 1 &&
           SSL_read_early_data(ssl[0], received, sizeof(received), &n) == SSL_READ_EARLY_DATA_SUCCESS &&
           n == sizeof(sent) && memcmp(sent, received, n) == 0;
}

/* What failed; NULL if nothing did. */
static const char *use_connection(SSL *ssl[2], const struct variant *v)
{
    const bool resumes = session != NULL;
    if (resumes) {
        must(SSL_set_session(ssl[1], session) == 1, "a session");
        if (v->version == TLS1_3_VERSION && !v->in_fibres && !send_early_data(ssl)) {
            return "early data";
        }
    }
    if (!shake_hands(ssl)) {
        return "handshake";
    }
    if (SSL_session_reused(ssl[1]) != resumes) {
        return "resumption";
    }
    if (!exchange_data(ssl)) {
        return "data";
    }
    if (!export_alike(ssl)) {
        return "exporter";
    }
    return resumes || renew_keys(ssl, v) ? NULL : "new keys";
}

/* A full handshake and a resumed one. Returns what failed. */
static const char *run(const struct variant *v)
{
    SSL_CTX *contexts[2] = {new_server(v), new_client(v)};
    const char *failed = NULL;
    SSL_SESSION_free(session);
    session = NULL;
    for (int resumed = 0; resumed < 2 && !failed; resumed++) {
        SSL *ssl[2];
        connect_pair(ssl, contexts);
        failed = use_connection(ssl, v);
        for (int i = 0; i < 2; i++) {
            SSL_shutdown(ssl[i]);
            SSL_free(ssl[i]);
        }
        if (!failed && !session) {
            failed = "session";
        }
    }
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
    return failed;
}

/* ---- all suites ---- */

/* With lanekdf on one side, or on both. */
static void run_with_lanekdf(struct variant *v, int server, int client)
{
    v->sides[0] = server;
    v->sides[1] = client;
    provider_n_jobs = 0;
    const char *failed = run(v);
    if (!failed && provider_n_jobs < 6) {
        failed = "nothing reached lanekdf";
    }
    if (failed) {
        n_failed++;
        printf("FAILED: %s, %s, lanekdf on%s%s: %s\n", scene, v->suite,
            server == LANEKDF ? " the server" : "", client == LANEKDF ? " the client" : "", failed);
        ERR_print_errors_fp(stdout);
    }
    ERR_clear_error();
}

/* The three ways after another, behind one without lanekdf. */
static void run_on_all_sides(struct variant v)
{
    v.sides[0] = v.sides[1] = PLAIN;
    const char *failed = run(&v);
    ERR_clear_error();
    if (failed) {
        n_left_out++;
        printf("left out, as it fails without lanekdf: %s, %s: %s\n", scene, v.suite, failed);
        return;
    }
    run_with_lanekdf(&v, LANEKDF, PLAIN);
    run_with_lanekdf(&v, PLAIN, LANEKDF);
    run_with_lanekdf(&v, LANEKDF, LANEKDF);
}

/* One of the ways, another for the next suite. */
static void run_on_some_sides(struct variant v)
{
    static unsigned turn;
    turn++;
    v.in_fibres = turn % 5 == 0;
    v.without_encrypt_then_mac = turn % 2 == 0;
    run_with_lanekdf(&v, turn % 3 == 0 ? PLAIN : LANEKDF, turn % 3 == 1 ? PLAIN : LANEKDF);
}

static void run_suite(const struct variant *v, const SSL_CIPHER *suite, bool all)
{
    struct variant each = *v;
    const int key_exchange = SSL_CIPHER_get_kx_nid(suite), authentication = SSL_CIPHER_get_auth_nid(suite);
    /* There are no names and passwords here, and nobody signs with DSA any more. */
    if (key_exchange == NID_kx_srp || authentication == NID_auth_dss || authentication == NID_auth_srp) {
        return;
    }
    snprintf(each.suite, sizeof(each.suite), "%s", SSL_CIPHER_get_name(suite));
    if (!all) {
        run_on_some_sides(each);
        return;
    }
    run_on_all_sides(each);
    each.in_fibres = true;
    run_on_all_sides(each);
    each.in_fibres = false;
    each.without_encrypt_then_mac = true;
    run_on_all_sides(each);
}

/* Every suite that a client of this version would offer. */
static void run_version(const char *name, int version, bool is_dtls, bool all)
{
    struct variant v = {.version = version, .is_dtls = is_dtls};
    snprintf(v.suite, sizeof(v.suite), "%s",
        version == TLS1_3_VERSION
            ? "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
              "TLS_AES_128_CCM_SHA256"
            : "ALL:COMPLEMENTOFALL");
    SSL_CTX *context = new_client(&v);
    SSL *ssl = SSL_new(context);
    STACK_OF(SSL_CIPHER) *suites = SSL_get1_supported_ciphers(ssl);
    const size_t n_before = n_handshakes;
    scene = name;
    for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
        run_suite(&v, sk_SSL_CIPHER_value(suites, i), all);
    }
    printf("%s: %d suites, %zu handshakes\n", name, sk_SSL_CIPHER_num(suites), n_handshakes - n_before);
    if (n_handshakes == n_before) {
        printf("FAILED: no handshake\n");
        n_failed++;
    }
    sk_SSL_CIPHER_free(suites);
    SSL_free(ssl);
    SSL_CTX_free(context);
}

int main(int argc, char **argv)
{
    const bool all = argc > 1 && strcmp(argv[1], "all") == 0;
    libctx[PLAIN] = OSSL_LIB_CTX_new();
    libctx[LANEKDF] = provider_context(PROVIDER_PREFERRED);
    make_certificates(PLAIN);
    make_certificates(LANEKDF);
    run_version("TLS 1.3", TLS1_3_VERSION, false, all);
    run_version("TLS 1.2", TLS1_2_VERSION, false, all);
    run_version("TLS 1.1", TLS1_1_VERSION, false, all);
    run_version("TLS 1.0", TLS1_VERSION, false, all);
    run_version("DTLS 1.2", DTLS1_2_VERSION, true, all);
    run_version("DTLS 1.0", DTLS1_VERSION, true, all);
    printf("%zu handshakes, %zu variants failed, %zu left out\n", n_handshakes, n_failed, n_left_out);
    SSL_SESSION_free(session);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < 2; i++) {
            X509_free(certificates[side][i]);
            EVP_PKEY_free(keys[side][i]);
        }
    }
    OSSL_LIB_CTX_free(libctx[PLAIN]);
    provider_context_free(libctx[LANEKDF]);
    return n_failed != 0;
}
