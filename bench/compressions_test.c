/*
 * The compressions of some handshakes, counted by hand from the RFCs and, for TLS 1.2, equal to those of the
 * programs in tests/golden. A wrong count would change every percentage of the floor and of the lanes in use,
 * and nothing else would show it.
 */
#include "compressions.h"

#include <stdio.h>

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
    return n_failed != 0;
}
