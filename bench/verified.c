/*
 * What verification in service (verify_one_in) costs. For people, on a quiet machine:
 *
 *     lanekdf_bench_verified [ONE_IN]
 *
 * Prints ns for a handshake of TLS 1.2, in batches of 256 and one at a time, without verification and with
 * one job in 1,024, or in ONE_IN, verified, and the ratio. A process starts once, so each of the two has a
 * process of its own, and they take turns. The medians of the rounds count. It exits with 1 if verification
 * costs a batch more than 3 %.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "lanekdf.h"
#include "peers_support.h"
#include "timing.h"

enum { N_JOBS = 4096, BATCH = 256, N_ROUNDS = 151, KEY_BLOCK = 40 };

static const double most = 1.03;

/* ---- the jobs of a process ---- */

static struct handshake {
    struct lanekdf_handshake job;
    uint8_t pre_master_secret[48], client_random[32], server_random[32], master_secret[48], keys[KEY_BLOCK];
} handshakes[N_JOBS];
static struct lanekdf_job *jobs[N_JOBS];
static lanekdf_context *context;

/* Gives every handshake another random. Which jobs that come alone are verified depends on it, and how many
 * of the same thousands were by chance would decide the figure. */
static void renew_randoms(void)
{
    static uint64_t random = 1;
    for (size_t i = 0; i < N_JOBS; i++) {
        for (size_t k = 0; k < sizeof(handshakes[i].client_random); k++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            handshakes[i].client_random[k] = (uint8_t)(random >> 56);
        }
    }
}

static void start(uint32_t one_in)
{
    const struct lanekdf_options options = {.size = sizeof(options), .verify_one_in = one_in};
    if (lanekdf_start(&options) != LANEKDF_OK || lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        peers_fail("lanekdf does not start");
    }
    for (size_t i = 0; i < N_JOBS; i++) {
        struct handshake *h = &handshakes[i];
        h->job = (struct lanekdf_handshake){.job.kind = LANEKDF_KIND_HANDSHAKE,
            .version = LANEKDF_TLS12,
            .hash = LANEKDF_SHA256,
            .pre_master_secret = {h->pre_master_secret, sizeof(h->pre_master_secret)},
            .client_random = h->client_random,
            .server_random = h->server_random,
            .enc_key_len = 16,
            .fixed_iv_len = 4,
            .master_secret = h->master_secret,
            .key_block = h->keys};
        jobs[i] = &h->job.job;
    }
}

static double time_batches(void)
{
    const double begin = now_ns();
    for (size_t i = 0; i < N_JOBS; i += BATCH) {
        if (lanekdf_context_derive(context, jobs + i, BATCH)) {
            peers_fail("a job fails");
        }
    }
    return (now_ns() - begin) / N_JOBS;
}

static double time_single_jobs(void)
{
    const double begin = now_ns();
    for (size_t i = 0; i < N_JOBS; i++) {
        if (lanekdf_derive_one(jobs[i]) != LANEKDF_OK) {
            peers_fail("a job fails");
        }
    }
    return (now_ns() - begin) / N_JOBS;
}

/* ---- two processes ---- */

struct process {
    int ask, answer; /* ends of pipes */
};

/* Serves until nobody asks any more. */
static void serve(int asked, int answer, uint32_t one_in)
{
    char form;
    start(one_in);
    while (read(asked, &form, 1) == 1) {
        renew_randoms();
        const double ns = form == 'b' ? time_batches() : time_single_jobs();
        if (write(answer, &ns, sizeof(ns)) != sizeof(ns)) {
            break;
        }
    }
    _exit(0);
}

static struct process new_process(uint32_t one_in)
{
    int ask[2], answer[2];
    if (pipe(ask) || pipe(answer)) {
        peers_fail("no pipe");
    }
    const pid_t pid = fork();
    if (pid < 0) {
        peers_fail("no process");
    }
    if (pid == 0) {
        close(ask[1]);
        serve(ask[0], answer[1], one_in);
    }
    close(ask[0]);
    close(answer[1]);
    return (struct process){ask[1], answer[0]};
}

static double ask(const struct process *process, char form)
{
    double ns;
    if (write(process->ask, &form, 1) != 1 || read(process->answer, &ns, sizeof(ns)) != sizeof(ns)) {
        peers_fail("a process has ended");
    }
    return ns;
}

/* Returns the ratio. */
static double compare(const struct process *without, const struct process *with, char form, const char *name)
{
    static double ns[2][N_ROUNDS], ratios[N_ROUNDS];
    for (size_t i = 0; i < N_ROUNDS; i++) {
        ns[0][i] = ask(without, form);
        ns[1][i] = ask(with, form);
        ratios[i] = ns[1][i] / ns[0][i];
    }
    const double ratio = median(ratios, N_ROUNDS);
    printf("%-16s %8.1f %8.1f %8.3f\n", name, median(ns[0], N_ROUNDS), median(ns[1], N_ROUNDS), ratio);
    return ratio;
}

int main(int argc, char **argv)
{
    const uint32_t one_in = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1024;
    affinity_pin(0);
    const struct process without = new_process(0), with = new_process(one_in);
    printf("ns for a handshake         0 %8lu    ratio\n", (unsigned long)one_in);
    const double batches = compare(&without, &with, 'b', "batches of 256");
    compare(&without, &with, 'o', "one at a time");
    return batches > most;
}
