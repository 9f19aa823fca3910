#include "handshake_costs.h"

#include "fixture.h"
#include "peers_support.h"
#ifdef PEERS_LIBCRYPTO
#include "handshake_operations.h"
#endif

#include <string.h>

enum { BULK = 256 /* handshakes */ };

/* --- what is measured --- */

static void run_pool(void *state)
{
    fixture_derive_pool(state);
}

/* The workload of a full handshake of TLS 1.2: master secret, key block and both Finished. */
static const struct workload *full_handshake(void)
{
    const struct workload *workload = workload_find("tls12-sha256-finished");
    if (!workload) {
        peers_fail("workload.c has no tls12-sha256-finished");
    }
    return workload;
}

static struct handshake_cost derivation(
    const char *name, const char *what, const struct impl *impl, size_t batch_size)
{
    struct fixture *fixture = fixture_new(name, impl, full_handshake(), batch_size, 0);
    fixture_check(fixture);
    return (struct handshake_cost){name, what, {.run = run_pool, .state = fixture}, fixture->pool.n};
}

size_t handshake_costs_new(struct handshake_cost **costs)
{
    size_t n = 0;
#ifdef PEERS_LIBCRYPTO
    *costs = peers_alloc((n_handshake_operations + 3) * sizeof(**costs));
    for (; n < n_handshake_operations; n++) {
        const struct handshake_operation *operation = &handshake_operations[n];
        (*costs)[n] = (struct handshake_cost){operation->name, operation->what,
            {.run = operation->run, .state = operation->prepare(operation)}, 1};
    }
    (*costs)[n++] =
        derivation("derivation-openssl", "derivation of keys and both Finished by OpenSSL", &impl_openssl, 1);
#else
    *costs = peers_alloc(2 * sizeof(**costs));
#endif
    (*costs)[n++] = derivation("derivation-lanekdf",
        "derivation of keys and both Finished by lanekdf, one at a time", &impl_lanekdf, 1);
    (*costs)[n++] = derivation("derivation-lanekdf-256",
        "derivation of keys and both Finished by lanekdf, 256 in a call", &impl_lanekdf, BULK);
    return n;
}

double handshake_cost_us(const struct handshake_cost *cost)
{
    return cost->item.ns / (double)cost->n_per_run / 1000;
}

/* --- the table --- */

static double us_of(const struct handshake_cost *costs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(costs[i].name, name) == 0) {
            return handshake_cost_us(&costs[i]);
        }
    }
    peers_fail("there is no cost of %s", name);
}

/* A server exchanges keys, signs and derives. */
static void print_rates(FILE *file, const struct handshake_cost *costs, size_t n)
{
    static const char *const derivations[][2] = {
        {"derivation-openssl", "derived by OpenSSL"},
        {"derivation-lanekdf", "derived by lanekdf, one at a time"},
        {"derivation-lanekdf-256", "derived by lanekdf, 256 in a call"},
    };
    const double exchange = us_of(costs, n, "ecdhe-p256");
    const double ecdsa = us_of(costs, n, "ecdsa-p256-sign"), rsa = us_of(costs, n, "rsa-2048-sign");
    fprintf(file, "\n%-52s %12s %14s\n", "Full handshakes per second of a server, at most", "ECDSA P-256",
        "RSA-2048");
    for (size_t i = 0; i < sizeof(derivations) / sizeof(*derivations); i++) {
        const double rest = exchange + us_of(costs, n, derivations[i][0]);
        char with_ecdsa[PEERS_MAX_NUMBER], with_rsa[PEERS_MAX_NUMBER];
        fprintf(file, "  %-50s %12s %14s\n", derivations[i][1],
            peers_number(with_ecdsa, 1e6 / (rest + ecdsa)), peers_number(with_rsa, 1e6 / (rest + rsa)));
    }
}

void handshake_costs_print(FILE *file, const struct handshake_cost *costs, size_t n_costs)
{
    const struct impl_library *libraries;
    impl_libraries(&libraries);
    fprintf(file, "%-65s %14s\n", "What a full handshake of TLS 1.2 costs on this core", "microseconds");
    if (libraries[LIBRARY_OPENSSL].version) {
        fprintf(file, "with %s\n", libraries[LIBRARY_OPENSSL].version);
    }
    for (size_t i = 0; i < n_costs; i++) {
        fprintf(file, "  %-63s %14.2f\n", costs[i].what, handshake_cost_us(&costs[i]));
    }
    if (!libraries[LIBRARY_OPENSSL].version) {
        fprintf(file, "  (the rest of a handshake is measured with OpenSSL, which is missing)\n");
    } else {
        print_rates(file, costs, n_costs);
    }
}
