/*
 * Whether the time of a whole call depends on its secret, by a t-test.
 *
 *     call_times [CALLS]
 *
 * Each call is timed with secrets of two classes, in random order: the same secret every time, and a new one
 * every time. Secrets of both lie in one array, in random order, and are copied from there to one place: if
 * each class had an array, its addresses would tell the classes apart. If the time does not depend on the
 * secret, the means of the two classes differ by chance alone, and |t|, their difference in units of its
 * standard error, exceeds 4.5 once in 150,000 times (Welch's test; Gilbert Goodwill and others, "A testing
 * methodology for side-channel resistance validation", 2011). The slowest tenth of all calls is left out,
 * since interruptions say nothing of secrets, and there are more of them than of anything else that takes so
 * long.
 *
 * Four planted leaks are tried first, of which each must exceed 4.5: a branch, a look-up that meets the cache
 * or not, an early exit, and an instruction that takes longer with some operands.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lanekdf.h"
#include "must.h"
#include "rng.h"

enum { SECRET_LEN = 256, POOL = 512, BATCH = 16, DEFAULT_CALLS = 1000000, KEPT_PERCENT = 90 };
static const double limit = 4.5;

static struct rng rng;
static uint8_t pool[POOL][SECRET_LEN], same_secret[SECRET_LEN];
static uint8_t secret[SECRET_LEN], out[1024], randoms[2][32], hashes[2][48];

/* ---- the calls ---- */

static struct lanekdf_handshake handshake;
static struct lanekdf_prf prf_sha384;
static struct lanekdf_tls13_handshake stage;
static struct lanekdf_tls13_finished finished;
static struct lanekdf_handshake batch[BATCH];
static struct lanekdf_job *batch_jobs[BATCH];
static lanekdf_context *context;

static void make_calls(void)
{
    handshake = (struct lanekdf_handshake){.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS12,
        .hash = LANEKDF_SHA256,
        .pre_master_secret = {secret, 48},
        .client_random = randoms[0],
        .server_random = randoms[1],
        .enc_key_len = 16,
        .fixed_iv_len = 4,
        .client_finished_hash = {hashes[0], 32},
        .server_finished_hash = {hashes[1], 32},
        .master_secret = out,
        .key_block = out + 64,
        .client_verify_data = out + 128,
        .server_verify_data = out + 160};
    prf_sha384 = (struct lanekdf_prf){.job.kind = LANEKDF_KIND_PRF,
        .hash = LANEKDF_SHA384,
        .secret = {secret, SECRET_LEN},
        .label = {randoms[0], 32},
        .out = {out, 104}};
    stage = (struct lanekdf_tls13_handshake){.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE,
        .hash = LANEKDF_SHA256,
        .version = LANEKDF_TLS13,
        .key_len = 16,
        .iv_len = 12,
        .shared_secret = {{secret, 32}, {NULL, 0}},
        .transcript_hash = hashes[0],
        .client_keys = out,
        .server_keys = out + 128,
        .master_secret = out + 256};
    finished = (struct lanekdf_tls13_finished){.job.kind = LANEKDF_KIND_TLS13_FINISHED,
        .hash = LANEKDF_SHA256,
        .finished_key = secret,
        .transcript_hash = hashes[0],
        .verify_data = out};
    for (size_t i = 0; i < BATCH; i++) {
        batch[i] = handshake;
        batch[i].client_finished_hash.len = batch[i].server_finished_hash.len = 0;
        batch[i].client_verify_data = batch[i].server_verify_data = NULL;
        batch[i].pre_master_secret.data = secret + i;
        batch[i].master_secret = NULL;
        batch[i].key_block = out + i * 64;
        batch_jobs[i] = &batch[i].job;
    }
    must(lanekdf_context_new(&context, NULL) == LANEKDF_OK, "lanekdf_context_new");
}

static void derive_handshake(void)
{
    must(lanekdf_derive_one(&handshake.job) == LANEKDF_OK, "a handshake");
}

static void derive_prf(void)
{
    must(lanekdf_derive_one(&prf_sha384.job) == LANEKDF_OK, "a PRF");
}

static void derive_stage(void)
{
    must(lanekdf_derive_one(&stage.job) == LANEKDF_OK, "a stage");
}

static void derive_finished(void)
{
    must(lanekdf_derive_one(&finished.job) == LANEKDF_OK, "a Finished");
}

static void derive_batch(void)
{
    must(lanekdf_context_derive(context, batch_jobs, BATCH) == 0, "a batch");
}

/* The block begins with 00 02 in both classes, which otherwise differ in whether its padding ends. */
static void make_rsa_secret(void)
{
    secret[0] = 0;
    secret[1] = 2;
    must(lanekdf_pre_master_rsa((struct lanekdf_bytes){secret, SECRET_LEN}, LANEKDF_TLS12, hashes[0], out) ==
             LANEKDF_OK,
        "an RSA secret");
}

/* ---- planted leaks ---- */

static volatile uint64_t sink;

static void planted_branch(void)
{
    if (secret[0] & 1) {
        for (int i = 0; i < 8; i++) {
            sink++;
        }
    }
}

static void planted_look_up(void)
{
    static uint8_t table[256][4096];

    sink += *(volatile uint8_t *)&table[secret[0]][(secret[1] & 31) * 64];
}

static void planted_early_exit(void)
{
    for (int i = 0; i < SECRET_LEN && *(volatile uint8_t *)&secret[i] == same_secret[i]; i++) {
    }
}

/* Products of a number that a bit of the secret makes subnormal or not. Divisions took a time of their own on
 * older CPUs, and no longer do. */
static void planted_instruction(void)
{
    const uint64_t bits = (uint64_t)(secret[0] & 1) << 62 | 0xfedcba9876543;
    volatile double number;

    memcpy((void *)(uintptr_t)&number, &bits, sizeof(number));
    for (int i = 0; i < 8; i++) {
        number = number * 0.999;
    }
}

/* ---- the test ---- */

static uint64_t ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
    uint32_t low, high;

    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
#else
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* t of the two classes, of calls that took `most` at most. */
static double welch(const uint32_t *times, const uint8_t *classes, size_t n, uint32_t most)
{
    double sum[2] = {0}, squares[2] = {0}, count[2] = {0}, mean[2], variance[2];

    for (size_t i = 0; i < n; i++) {
        if (times[i] <= most) {
            count[classes[i]]++;
            sum[classes[i]] += times[i];
        }
    }
    for (int c = 0; c < 2; c++) {
        mean[c] = sum[c] / count[c];
    }
    for (size_t i = 0; i < n; i++) {
        if (times[i] <= most) {
            squares[classes[i]] += (times[i] - mean[classes[i]]) * (times[i] - mean[classes[i]]);
        }
    }
    for (int c = 0; c < 2; c++) {
        variance[c] = squares[c] / (count[c] - 1) / count[c];
    }
    return variance[0] + variance[1] > 0 ? (mean[0] - mean[1]) / sqrt(variance[0] + variance[1]) : 0;
}

/* The secrets of the next calls, and their classes: 0 is the same secret, 1 a new one. */
static void fill_pool(uint8_t *classes, size_t n)
{
    rng_fill(&rng, pool, n * SECRET_LEN);
    rng_fill(&rng, classes, n);
    for (size_t i = 0; i < n; i++) {
        classes[i] &= 1;
        if (classes[i] == 0) {
            memcpy(pool[i], same_secret, SECRET_LEN);
        }
    }
}

static double t_of(void (*call)(void), size_t n)
{
    uint32_t *times = malloc(n * sizeof(*times)), *sorted = malloc(n * sizeof(*sorted));
    uint8_t *classes = malloc(n);
    double t;

    must(times && sorted && classes, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (i % POOL == 0) {
            fill_pool(classes + i, n - i < POOL ? n - i : POOL);
        }
        memcpy(secret, pool[i % POOL], SECRET_LEN);
        const uint64_t before = ticks();
        call();
        const uint64_t after = ticks();
        times[i] = after - before < UINT32_MAX ? (uint32_t)(after - before) : UINT32_MAX;
    }
    memcpy(sorted, times, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare);
    t = fabs(welch(times, classes, n, sorted[n * KEPT_PERCENT / 100]));
    free(times);
    free(sorted);
    free(classes);
    return t;
}

static const struct timed {
    const char *name;
    void (*call)(void);
    bool leaks;
} all[] = {
    {"planted: a branch", planted_branch, true},
    {"planted: a look-up", planted_look_up, true},
    {"planted: an early exit", planted_early_exit, true},
    {"planted: subnormal numbers", planted_instruction, true},
    {"handshake of TLS 1.2, both Finished", derive_handshake, false},
    {"PRF with SHA-384, secret of 256 bytes", derive_prf, false},
    {"handshake stage of TLS 1.3", derive_stage, false},
    {"Finished of TLS 1.3", derive_finished, false},
    {"16 handshakes in a batch", derive_batch, false},
    {"RSA pre-master secret, padding", make_rsa_secret, false},
};

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_CALLS;
    int failed = 0;

    must(n >= 1000, "a t-test wants 1000 calls or more");
    rng = rng_from(test_seed());
    rng_fill(&rng, same_secret, sizeof(same_secret));
    rng_fill(&rng, randoms, sizeof(randoms));
    rng_fill(&rng, hashes, sizeof(hashes));
    make_calls();
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        const double t = t_of(all[i].call, n);
        const bool is_right = (t > limit) == all[i].leaks;

        printf("%-40s |t| = %7.2f over %zu calls%s\n", all[i].name, t, n, is_right ? "" : "  WRONG");
        failed |= !is_right;
    }
    lanekdf_context_free(context);
    return failed;
}
