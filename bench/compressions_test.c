/*
 * The compressions of some handshakes and stages, counted by hand from the RFCs and, from TLS 1.2 on, equal
 * to those of the programs in tests/golden. A wrong count would change every percentage of the floor and of
 * the lanes in use, and nothing else would show it.
 */
#include "compressions.h"
#include "kernel_bench.h"

#include <stdio.h>
#include <string.h>

#define TLS12_SHA256 .version = LANEKDF_TLS12, .hash = LANEKDF_SHA256
#define TLS12_SHA384 .version = LANEKDF_TLS12, .hash = LANEKDF_SHA384

/* n compressions of a hash, `path` of them one after the other. */
struct expected {
    enum lanekdf_hash hash;
    size_t n, path;
};

enum { MAX_EXPECTED = 2 /* hashes of a handshake */ };
static const struct {
    const char *name;
    struct handshake handshake;
    struct expected expected[MAX_EXPECTED];
} cases[] = {
    {"master secret", {TLS12_SHA256, .pre_master_len = 48}, {{LANEKDF_SHA256, 13, 9}}},
    {"extended master secret", {TLS12_SHA256, .pre_master_len = 48, .extended = true},
        {{LANEKDF_SHA256, 12, 8}}},
    {"pre-master secret of 66 bytes", {TLS12_SHA256, .pre_master_len = 66}, {{LANEKDF_SHA256, 15, 11}}},
    {"handshake", {TLS12_SHA256, .pre_master_len = 48, .key_block_len = 40}, {{LANEKDF_SHA256, 26, 18}}},
    {"handshake with both Finished",
        {TLS12_SHA256, .pre_master_len = 48, .key_block_len = 40, .client_finished = true,
            .server_finished = true},
        {{LANEKDF_SHA256, 36, 18}}},
    {"resumed, with both Finished",
        {TLS12_SHA256, .key_block_len = 40, .client_finished = true, .server_finished = true},
        {{LANEKDF_SHA256, 23, 9}}},
    {"SHA-384", {TLS12_SHA384, .pre_master_len = 48, .key_block_len = 72}, {{LANEKDF_SHA384, 19, 14}}},
    {"TLS 1.0, master secret", {.version = LANEKDF_TLS10, .hash = LANEKDF_MD5_SHA1, .pre_master_len = 48},
        {{LANEKDF_MD5, 18, 11}, {LANEKDF_SHA1, 18, 11}}},
    {"SSLv3, master secret", {.version = LANEKDF_SSL3, .hash = LANEKDF_MD5_SHA1, .pre_master_len = 48},
        {{LANEKDF_MD5, 6, 2}, {LANEKDF_SHA1, 6, 2}}},
};
enum { N_CASES = sizeof(cases) / sizeof(*cases), N_JOBS = 3 };

#define TLS13 .version = LANEKDF_TLS13
#define SHA256 LANEKDF_SHA256
#define SHA384 LANEKDF_SHA384

/* Stages by themselves; each hash that is not 0 has such compressions. */
static const struct {
    const char *name;
    enum connection_stage stage;
    struct connection connection;
    struct expected expected;
} stage_cases[] = {
    {"early", STAGE_EARLY, {TLS13, .hash = SHA256}, {SHA256, 16, 11}},
    {"early, SHA-384", STAGE_EARLY, {TLS13, .hash = SHA384}, {SHA384, 16, 11}},
    {"handshake", STAGE_HANDSHAKE, {TLS13, .hash = SHA256, .shared_secret_len = {32}}, {SHA256, 30, 8}},
    {"handshake, hybrid", STAGE_HANDSHAKE, {TLS13, .hash = SHA256, .shared_secret_len = {32, 32}},
        {SHA256, 31, 9}},
    {"handshake, hybrid, SHA-384", STAGE_HANDSHAKE, {TLS13, .hash = SHA384, .shared_secret_len = {32, 32}},
        {SHA384, 30, 8}},
    {"handshake with PSK", STAGE_HANDSHAKE,
        {TLS13, .hash = SHA256, .shared_secret_len = {32}, .stages = 1 << STAGE_EARLY}, {SHA256, 32, 9}},
    {"handshake, QUIC", STAGE_HANDSHAKE,
        {.version = LANEKDF_QUIC_V1, .hash = SHA256, .shared_secret_len = {32}}, {SHA256, 34, 8}},
    {"Finished", STAGE_SERVER_FINISHED, {TLS13, .hash = SHA256}, {SHA256, 4, 3}},
    {"application", STAGE_APPLICATION, {TLS13, .hash = SHA256}, {SHA256, 20, 6}},
    {"application, DTLS", STAGE_APPLICATION, {.version = LANEKDF_DTLS13, .hash = SHA384}, {SHA384, 24, 6}},
    {"resumption", STAGE_RESUMPTION, {TLS13, .hash = SHA256}, {SHA256, 4, 3}},
    {"resumption, one ticket", STAGE_RESUMPTION, {TLS13, .hash = SHA256, .n_tickets = 1}, {SHA256, 8, 6}},
    {"traffic", STAGE_TRAFFIC, {TLS13, .hash = SHA256}, {SHA256, 10, 6}},
    {"traffic, QUIC", STAGE_TRAFFIC, {.version = LANEKDF_QUIC_V2, .hash = SHA256}, {SHA256, 10, 6}},
    {"exporter", STAGE_EXPORTER, {TLS13, .hash = SHA256}, {SHA256, 9, 7}},
    {"exporter, SHA-384", STAGE_EXPORTER, {TLS13, .hash = SHA384}, {SHA384, 8, 6}},
    {"QUIC Initial", STAGE_INITIAL, {.version = LANEKDF_QUIC_V1, .hash = SHA256, .connection_id_len = 20},
        {SHA256, 24, 8}},
    {"QUIC Initial, client", STAGE_INITIAL_CLIENT, {.version = LANEKDF_QUIC_V1, .hash = SHA256},
        {SHA256, 14, 8}},
};
enum { N_STAGE_CASES = sizeof(stage_cases) / sizeof(*stage_cases) };

/* The calls of one connection of each workload that is a whole connection. */
static const struct {
    const char *workload;
    size_t n_calls;
    struct expected expected; /* of all calls */
} connection_cases[] = {
    {"tls13-sha256", 5, {SHA256, 62, 8 + 3 + 6 + 3 + 3}},
    {"tls13-sha384", 5, {SHA384, 62, 8 + 3 + 6 + 3 + 3}},
    {"tls13-x25519mlkem768", 5, {SHA256, 63, 9 + 3 + 6 + 3 + 3}},
    {"tls13-resumed", 6, {SHA256, 80, 11 + 9 + 3 + 6 + 3 + 3}},
};
enum { N_CONNECTION_CASES = sizeof(connection_cases) / sizeof(*connection_cases) };

static int n_failed;

static void check(const char *name, const char *what, size_t is, size_t should_be)
{
    if (is != should_be) {
        fprintf(stderr, "%s: %s is %zu, should be %zu\n", name, what, is, should_be);
        n_failed++;
    }
}

/* Checks the compressions of n_jobs equal handshakes. */
static void check_case(size_t i, struct compressions c, size_t n_jobs)
{
    size_t total = 0;
    for (size_t k = 0; k < MAX_EXPECTED; k++) {
        const struct expected *e = &cases[i].expected[k];
        check(cases[i].name, "n", c.of[e->hash].n, n_jobs * e->n);
        check(cases[i].name, "path", c.of[e->hash].path, e->path);
        total += n_jobs * e->n;
    }
    check(cases[i].name, "the total", compressions_total(&c), total);
}

static void check_compressions(const char *name, struct compressions c, struct expected expected)
{
    check(name, "n", c.of[expected.hash].n, expected.n);
    check(name, "path", c.of[expected.hash].path, expected.path);
    check(name, "the total", compressions_total(&c), expected.n);
}

static void check_stage(size_t i)
{
    check_compressions(stage_cases[i].name,
        compressions_of_stage(&stage_cases[i].connection, stage_cases[i].stage), stage_cases[i].expected);
}

static void check_connection(size_t i)
{
    struct compressions calls[COMPRESSIONS_MAX_CALLS];
    struct connection_outputs output;
    for (size_t w = 0; w < n_connection_workloads; w++) {
        const struct workload *workload = &connection_workloads[w];
        if (strcmp(workload->name, connection_cases[i].workload) == 0) {
            const struct workload_batch batch = workload_batch_of(workload, 0, 1, &output);
            check(workload->name, "calls", compressions_of_calls(&batch, calls), connection_cases[i].n_calls);
            check_compressions(workload->name, compressions_of_batch(&batch), connection_cases[i].expected);
            return;
        }
    }
    check(connection_cases[i].workload, "the workload", 0, 1);
}

/* Catches: a sample program with another longest path than the PRF, by which start-up would take kernels of
 * few lanes for faster or slower than they are beside those of many. */
static void check_sample_program(void)
{
    const struct handshake master_secret = {TLS12_SHA256, .pre_master_len = 48};
    const struct compressions prf = compressions_of_handshake(&master_secret);
    const struct compressions sample = kernel_bench_compressions(kernel_bench_new(0, 1)); /* sha256_scalar */
    check("the sample program", "n", sample.of[LANEKDF_SHA256].n, prf.of[LANEKDF_SHA256].n);
    check("the sample program", "path", sample.of[LANEKDF_SHA256].path, prf.of[LANEKDF_SHA256].path);
}

int main(void)
{
    for (size_t i = 0; i < N_CASES; i++) {
        const struct handshake batch_handshakes[N_JOBS] = {
            cases[i].handshake, cases[i].handshake, cases[i].handshake};
        const struct workload workload = {.name = "test"};
        const struct workload_batch batch = {
            .workload = &workload, .n = N_JOBS, .handshakes = batch_handshakes};
        check_case(i, compressions_of_handshake(&cases[i].handshake), 1);
        check_case(i, compressions_of_batch(&batch), N_JOBS);
    }
    for (size_t i = 0; i < N_STAGE_CASES; i++) {
        check_stage(i);
    }
    for (size_t i = 0; i < N_CONNECTION_CASES; i++) {
        check_connection(i);
    }
    check_sample_program();
    return n_failed != 0;
}
