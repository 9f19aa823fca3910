/*
 * Whole connections in memory, by libssl: what a server's side, or a client's, takes. The time of a side is
 * that of its calls: from SSL_new to SSL_free, without those of the other side. A variant is on both sides,
 * so that either can be measured. The variants take turns connection by connection, and the figures are
 * medians.
 */
#include "endtoend.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>

enum side { SERVER, CLIENT, BOTH, N_SIDES };
enum { MAX_ROUNDS = 20, PAIR_BYTES = 65536, MAX_RECORD = 16384, RECORDS_IN_A_ROW = 4 };

static double samples[N_VARIANTS][N_SIDES][MAX_SAMPLES]; /* nanoseconds */

/* ---- scenarios ---- */

enum resumption { FULL, TICKET, SESSION_ID };

struct scenario {
    const char *title;
    int version;
    const char *suite;
    enum resumption resumption;
    const char *key;   /* of the certificate: "EC" or "RSA" */
    size_t record_len; /* 0: the handshake counts; otherwise such records, and nothing else */
    /* Although both ends could. The MAC of what is read then goes on to OpenSSL, that of what is written does
     * not, and so a provider that hashes nothing does not understand itself: there is no bound. */
    bool no_encrypt_then_mac;
};

#define EC_128 "ECDHE-ECDSA-AES128-GCM-SHA256"
#define EC_256 "ECDHE-ECDSA-AES256-GCM-SHA384"
#define RSA_128 "ECDHE-RSA-AES128-GCM-SHA256"
#define CBC_SHA256 "ECDHE-ECDSA-AES128-SHA256"
#define CBC_SHA384 "ECDHE-ECDSA-AES256-SHA384"
#define CBC_SHA1 "ECDHE-ECDSA-AES128-SHA"
#define TLS13_128 "TLS_AES_128_GCM_SHA256"
#define TLS13_256 "TLS_AES_256_GCM_SHA384"

static const struct scenario handshakes[] = {
    {"TLS 1.2 by ticket, SHA-256", TLS1_2_VERSION, EC_128, TICKET, "EC", 0, false},
    {"TLS 1.2 by ticket, SHA-384", TLS1_2_VERSION, EC_256, TICKET, "EC", 0, false},
    {"TLS 1.2 by ticket, CBC, SHA-256", TLS1_2_VERSION, CBC_SHA256, TICKET, "EC", 0, false},
    {"TLS 1.2 by session id, SHA-256", TLS1_2_VERSION, EC_128, SESSION_ID, "EC", 0, false},
    {"TLS 1.2 by session id, SHA-384", TLS1_2_VERSION, EC_256, SESSION_ID, "EC", 0, false},
    {"TLS 1.3 by ticket, SHA-256", TLS1_3_VERSION, TLS13_128, TICKET, "EC", 0, false},
    {"TLS 1.3 by ticket, SHA-384", TLS1_3_VERSION, TLS13_256, TICKET, "EC", 0, false},
    {"TLS 1.3 by session id, SHA-256", TLS1_3_VERSION, TLS13_128, SESSION_ID, "EC", 0, false},
    {"TLS 1.3 full, ECDSA, SHA-256", TLS1_3_VERSION, TLS13_128, FULL, "EC", 0, false},
    {"TLS 1.3 full, RSA-2048, SHA-256", TLS1_3_VERSION, TLS13_128, FULL, "RSA", 0, false},
    {"TLS 1.2 full, ECDSA, SHA-256", TLS1_2_VERSION, EC_128, FULL, "EC", 0, false},
    {"TLS 1.2 full, ECDSA, SHA-384", TLS1_2_VERSION, EC_256, FULL, "EC", 0, false},
    {"TLS 1.2 full, RSA-2048, SHA-256", TLS1_2_VERSION, RSA_128, FULL, "RSA", 0, false},
};

static const struct scenario records[] = {
    {"SHA-256, 200 bytes", TLS1_2_VERSION, CBC_SHA256, FULL, "EC", 200, false},
    {"SHA-256, 1,300 bytes", TLS1_2_VERSION, CBC_SHA256, FULL, "EC", 1300, false},
    {"SHA-256, 4,096 bytes", TLS1_2_VERSION, CBC_SHA256, FULL, "EC", 4096, false},
    {"SHA-256, 16,384 bytes", TLS1_2_VERSION, CBC_SHA256, FULL, "EC", MAX_RECORD, false},
    {"SHA-384, 1,300 bytes", TLS1_2_VERSION, CBC_SHA384, FULL, "EC", 1300, false},
    {"SHA-384, 1,300 bytes, MAC first", TLS1_2_VERSION, CBC_SHA384, FULL, "EC", 1300, true},
    {"SHA-1, 200 bytes", TLS1_2_VERSION, CBC_SHA1, FULL, "EC", 200, false},
    {"SHA-1, 1,300 bytes", TLS1_2_VERSION, CBC_SHA1, FULL, "EC", 1300, false},
};

static SSL_CTX *new_server(const struct scenario *s, OSSL_LIB_CTX *context)
{
    static const unsigned char name[] = "endtoend";
    SSL_CTX *ssl_ctx = new_ssl_context(context, TLS_server_method(), s->version, s->suite);
    EVP_PKEY *key = s->key[0] == 'R' ? EVP_PKEY_Q_keygen(context, NULL, "RSA", (size_t)2048)
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
    if (s->no_encrypt_then_mac) {
        SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
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
        c->taken[i] = ns_since(begin);
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
            c->taken[i] += ns_since(begin);
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
    c->taken[CLIENT] += ns_since(begin);
}

static void close_ends(struct connection *c)
{
    for (int i = 0; i < 2; i++) {
        const double begin = now_ns();
        SSL_set_shutdown(c->ssl[i], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(c->ssl[i]);
        c->taken[i] += ns_since(begin);
    }
}

static void connect_once(SSL_CTX *contexts[2], SSL_SESSION *session, struct connection *c)
{
    open_ends(c, contexts, session);
    shake_hands(c, session != NULL);
    take_tickets(c);
}

/* ---- measuring ---- */

/* What one variant has of a scenario. */
struct setting {
    SSL_CTX *contexts[2];
    SSL_SESSION *session;   /* to resume, or NULL */
    struct connection open; /* over which records go */
};

static void set_up(struct setting *setting, const struct scenario *s, OSSL_LIB_CTX *context)
{
    struct connection c;
    *setting =
        (struct setting){.contexts = {new_server(s, context), new_client(context, s->version, s->suite)}};
    if (s->record_len != 0) {
        connect_once(setting->contexts, NULL, &setting->open);
    } else if (s->resumption != FULL) {
        connect_once(setting->contexts, NULL, &c);
        close_ends(&c);
        must(last_session && SSL_SESSION_up_ref(last_session), "a session to resume");
        setting->session = last_session;
    }
}

static void tear_down(struct setting *setting)
{
    if (setting->open.ssl[0]) {
        close_ends(&setting->open);
    }
    SSL_SESSION_free(setting->session);
    SSL_CTX_free(setting->contexts[SERVER]);
    SSL_CTX_free(setting->contexts[CLIENT]);
}

/* The server writes records, and the client reads them. Theirs is the time of one. */
static void send_records(struct connection *c, size_t len)
{
    static uint8_t data[MAX_RECORD];
    c->taken[SERVER] = c->taken[CLIENT] = 0;
    for (int i = 0; i < RECORDS_IN_A_ROW; i++) {
        double begin = now_ns();
        must(SSL_write(c->ssl[SERVER], data, (int)len) == (int)len, "a record");
        c->taken[SERVER] += ns_since(begin) / RECORDS_IN_A_ROW;
        begin = now_ns();
        must(SSL_read(c->ssl[CLIENT], data, (int)len) == (int)len, "a record read");
        c->taken[CLIENT] += ns_since(begin) / RECORDS_IN_A_ROW;
    }
}

static void run_once(struct setting *setting, const struct scenario *s, double taken[2])
{
    struct connection c;
    if (s->record_len != 0) {
        c = setting->open;
        send_records(&c, s->record_len);
    } else {
        connect_once(setting->contexts, setting->session, &c);
        close_ends(&c);
    }
    taken[SERVER] = c.taken[SERVER];
    taken[CLIENT] = c.taken[CLIENT];
}

static size_t count_variants(const struct scenario *s)
{
    return s->no_encrypt_then_mac ? BOUND : N_VARIANTS;
}

/* Fills samples, and returns how many there are of each variant. Whoever comes first in a round comes last in
 * the next, so that each finds the caches as each of the others has left them. */
static size_t measure(const struct scenario *s, double seconds)
{
    const size_t n_variants = count_variants(s);
    struct setting settings[N_VARIANTS];
    double taken[2];
    size_t n = 0;
    for (size_t v = 0; v < n_variants; v++) {
        set_up(&settings[v], s, libctx[v]);
        run_once(&settings[v], s, taken); /* does what is only done once */
    }
    for (const double end = now_ns() + seconds * 1e9; n < MIN_SAMPLES || (now_ns() < end && n < MAX_SAMPLES);
         n++) {
        for (size_t i = 0; i < n_variants; i++) {
            const size_t v = n % 2 == 0 ? i : n_variants - 1 - i;
            run_once(&settings[v], s, taken);
            samples[v][SERVER][n] = taken[SERVER];
            samples[v][CLIENT][n] = taken[CLIENT];
            samples[v][BOTH][n] = taken[SERVER] + taken[CLIENT];
        }
    }
    for (size_t v = 0; v < n_variants; v++) {
        tear_down(&settings[v]);
    }
    return n;
}

static void print_medians(const struct scenario *s, const char *side_name, enum side side, size_t n)
{
    double taken[N_VARIANTS] = {0};
    for (size_t v = 0; v < count_variants(s); v++) {
        taken[v] = median(samples[v][side], n);
    }
    print_costs(s->title, side_name, taken, taken[OPENSSL] / taken[LANEKDF],
        taken[BOUND] > 0 ? taken[OPENSSL] / taken[BOUND] : 0);
}

void measure_memory(double seconds)
{
    const size_t n_handshakes = sizeof(handshakes) / sizeof(handshakes[0]);
    const size_t n_records = sizeof(records) / sizeof(records[0]);
    seconds /= (double)(n_handshakes + n_records);
    print_costs_heading("Handshakes in memory, us");
    for (size_t i = 0; i < n_handshakes; i++) {
        const size_t n = measure(&handshakes[i], seconds);
        print_medians(&handshakes[i], "server", SERVER, n);
        print_medians(&handshakes[i], "client", CLIENT, n);
    }
    print_costs_heading("Records of CBC suites, us");
    for (size_t i = 0; i < n_records; i++) {
        const size_t n = measure(&records[i], seconds);
        print_medians(&records[i], "write", SERVER, n);
        print_medians(&records[i], "read", CLIENT, n);
        print_medians(&records[i], "both", BOTH, n);
    }
}
