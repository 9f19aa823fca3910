/*
 * What OpenSSL's own key derivation costs, what lanekdf's, and what a provider that hashes nothing: the parts
 * of the program endtoend. The three are variants of the same work and take turns at it.
 */
#ifndef ENDTOEND_H
#define ENDTOEND_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "timing.h"

enum variant { OPENSSL, LANEKDF, BOUND, N_VARIANTS };

enum { MAX_SAMPLES = 20000, MIN_SAMPLES = 5 };

/* Ends the program with what OpenSSL says of it unless the condition holds. */
void must(bool holds, const char *what);

/* The library context of each variant. */
extern OSSL_LIB_CTX *libctx[N_VARIANTS];
void load_variants(const char *module, const char *bound_module);
void free_variants(void);

/* A client or a server of one version, with these suites. */
SSL_CTX *new_ssl_context(OSSL_LIB_CTX *context, const SSL_METHOD *method, int version, const char *suites);
/* A client; the session that it has got last is last_session, which belongs to this program. */
SSL_CTX *new_client(OSSL_LIB_CTX *context, int version, const char *suites);
extern SSL_SESSION *last_session;

/* The time since `begin`, in nanoseconds, without that of looking at the clock. */
double ns_since(double begin);

/* ---- tables ---- */

void print_costs_heading(const char *title);

/* A row: the time that each variant takes, in nanoseconds, and how many times as much OpenSSL takes as
 * lanekdf and as the bound, or 0 if there is no bound. Behind these stands how much of the time that could be
 * saved is saved. */
void print_costs(
    const char *title, const char *side, const double taken[N_VARIANTS], double ratio, double bound);

/* ---- the measurements, each of which prints a table ---- */

/* Connections in memory, for about so many seconds in all. */
void measure_memory(double seconds);

/* What a server's process takes for each connection of a client, which resumes. */
struct servers {
    const char *title; /* of the row */
    int version;
    bool gets;            /* the client asks for a page; otherwise it closes after the handshake */
    int port[N_VARIANTS]; /* of 127.0.0.1 */
    int pid[N_VARIANTS];
};
void measure_servers(const struct servers *servers, double seconds);

/* The parts of one call, for so many samples of each. */
void measure_calls(size_t n);

#endif
