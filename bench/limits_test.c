/*
 * What the benchmark has no room for ends it with a message. Each case runs in a process of its own and
 * would, without the refusal, read or write past the end of an array, or measure something else than it says.
 */
#define _POSIX_C_SOURCE 200809L /* fork, pipe */
#include "impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct handshake_outputs outputs[1];

static void take_one(const struct workload *workload)
{
    workload_batch_of(workload, 0, 1, outputs);
}

static void prepare_one(const struct impl *impl, const struct workload *workload)
{
    const struct workload_batch batch = workload_batch_of(workload, 0, 1, outputs);
    impl->prepare(impl, &batch, 1);
}

static void long_pre_master_secret(void)
{
    const struct workload workload = {.name = "test",
        .handshake = {
            .version = LANEKDF_TLS12, .hash = LANEKDF_SHA256, .pre_master_len = MAX_PRE_MASTER_LEN + 1}};
    take_one(&workload);
}

static void long_key_block(void)
{
    const struct workload workload = {
        .name = "test", .handshake = {.version = LANEKDF_TLS12, .hash = LANEKDF_SHA256, .enc_key_len = 128}};
    take_one(&workload);
}

static void long_final_keys(void)
{
    const struct workload workload = {.name = "test",
        .handshake = {
            .version = LANEKDF_TLS10, .hash = LANEKDF_MD5_SHA1, .enc_key_len = 5, .final_key_len = 33}};
    take_one(&workload);
}

static void long_transcript_hash(void)
{
    const struct workload workload = {
        .name = "test", .handshake = {.version = LANEKDF_TLS12, .hash = LANEKDF_SHA512}};
    take_one(&workload);
}

#define HANDSHAKE_STAGE .stages = 1 << STAGE_HANDSHAKE

static void connection_long_shared_secret(void)
{
    const struct workload workload = {.name = "test",
        .connection = {.version = LANEKDF_TLS13,
            .hash = LANEKDF_SHA256,
            .key_len = 16,
            .shared_secret_len = {MAX_SHARED_SECRET_LEN, 1},
            HANDSHAKE_STAGE}};
    take_one(&workload);
}

static void connection_long_hash(void)
{
    const struct workload workload = {
        .name = "test", .connection = {.version = LANEKDF_TLS13, .hash = LANEKDF_SHA512, HANDSHAKE_STAGE}};
    take_one(&workload);
}

static void handshakes_past_the_last(void)
{
    workload_batch_of(&workloads[0], MAX_BATCH, 1, outputs);
}

static void many_workloads(void)
{
    static struct workload many[100];
    for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
        many[i] = workloads[0];
        take_one(&many[i]);
    }
}

static void openssl_unknown_hash(void)
{
    prepare_one(&impl_openssl, &workloads[n_workloads - 1]); /* handshakes of several hashes */
}

static void aws_lc_missing(void)
{
    impl_aws_lc_load("/nowhere/libcrypto.so");
}

static void aws_lc_that_is_another(void)
{
    impl_aws_lc_load("libc.so.6");
}

#ifdef PEERS_IPSEC_MB
static void ipsec_mb_unknown_hash(void)
{
    const struct workload workload = {
        .name = "test", .handshake = {.version = LANEKDF_TLS10, .hash = LANEKDF_MD5_SHA1, .enc_key_len = 16}};
    prepare_one(&impl_ipsec_mb, &workload);
}

static void ipsec_mb_long_pre_master_secret(void)
{
    const struct workload workload = {.name = "test",
        .handshake = {.version = LANEKDF_TLS12, .hash = LANEKDF_SHA256, .pre_master_len = 65}};
    prepare_one(&impl_ipsec_mb, &workload);
}
#endif

static const struct {
    void (*exceed)(void);
    const char *message; /* a part of it */
} cases[] = {
    {long_pre_master_secret, "test: a pre-master secret of 257 bytes, workload.h has room for 256"},
    {long_key_block, "test: a key block of 256 bytes, workload.h has room for 160"},
    {long_final_keys, "test: final keys of 66 bytes, workload.h has room for 64"},
    {long_transcript_hash, "test: hash 3 has 64 bytes, workload.h has room for 1 to 48"},
    {connection_long_shared_secret,
        "test: a shared secret of 81 bytes, a key of 16, 0 tickets and a connection ID of 0 bytes, "
        "workload_connection.h has room for 80, 32, 1 and 20"},
    {connection_long_hash, "test: hash 3 has 64 bytes, workload_connection.h has room for 1 to 48"},
    {handshakes_past_the_last, "tls12-sha256: handshakes 10000 to 10000 of 10000"},
    {many_workloads, "tls12-sha256: workload.c has room for 32 workloads"},
    {openssl_unknown_hash, "tls-all-sorted: OpenSSL has no digest for hash 0"},
    {aws_lc_missing, "AWS-LC: /nowhere/libcrypto.so: "},
    {aws_lc_that_is_another, "libc.so.6 has no CRYPTO_tls1_prf: it is no libcrypto of AWS-LC"},
#ifdef PEERS_IPSEC_MB
    {ipsec_mb_unknown_hash, "test: baseline_ipsec_mb.c takes no such handshakes"},
    {ipsec_mb_long_pre_master_secret, "test: baseline_ipsec_mb.c takes no such handshakes"},
#endif
};
enum { N_CASES = sizeof(cases) / sizeof(*cases) };

/* Runs a case in a process of its own. Returns the status of that, and what it wrote to stderr. */
static int run_apart(void (*exceed)(void), char *text, size_t size)
{
    int ends[2], status = -1;
    size_t len = 0;
    if (pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        exceed();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t n; len + 1 < size && (n = read(ends[0], text + len, size - 1 - len)) > 0;) {
        len += (size_t)n;
    }
    text[len] = 0;
    close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

int main(void)
{
    int n_failed = 0;
    for (size_t i = 0; i < N_CASES; i++) {
        char text[512];
        const int status = run_apart(cases[i].exceed, text, sizeof(text));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 || !strstr(text, cases[i].message)) {
            fprintf(stderr, "expected: %s\n     got: %s (status 0x%x)\n", cases[i].message, text,
                (unsigned)status);
            n_failed++;
        }
    }
    return n_failed != 0;
}
