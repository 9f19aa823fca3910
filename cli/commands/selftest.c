/*
 * selftest: each kernel against known answers, through the public interface, one job at a time and in batches
 * of several sizes.
 *
 * A process starts the library once, so each kernel is tested in a process of its own, and the process that
 * the user started never starts it.
 */
#include "arena.h"
#include "command.h"
#include "commands.h"
#include "hex.h"
#include "known_answers.h"
#include "lanekdf.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_BATCH = 67, NAME_WIDTH = 21 };

static bool is_json;

/* Prints what became of a kernel: "ok", "skipped", "FAULTY", "WRONG", "FAILED", and why; "" is no reason.
 * None of the texts has a character that JSON escapes. */
__attribute__((format(printf, 3, 4))) static void put_result(
    const char *kernel, const char *result, const char *format, ...)
{
    char reason[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    if (is_json) {
        printf("{\"kernel\":\"%s\",\"result\":\"", kernel);
        for (const char *letter = result; *letter != '\0'; letter++) {
            putchar(tolower((unsigned char)*letter));
        }
        printf("\",\"reason\":\"%s\"}\n", reason);
    } else {
        printf("  %-*s  %s%s%s\n", NAME_WIDTH, kernel, result, reason[0] != '\0' ? ": " : "", reason);
    }
}

/* A known answer as a job. What the job points to lies in the arena. */
struct known_job {
    const struct known_answer *answer;
    struct arena *arena;
    union {
        struct lanekdf_job job;
        struct lanekdf_prf prf;
        struct lanekdf_handshake handshake;
        struct lanekdf_message_hash message_hash;
        struct lanekdf_hmac hmac;
        struct lanekdf_exporter exporter;
        struct lanekdf_ssl3_finished ssl3_finished;
    };
    struct lanekdf_bytes message;
    uint8_t *out[KNOWN_OUTPUTS]; /* NULL: not asked for */
};

static size_t hex_len(const char *digits)
{
    return digits ? strlen(digits) / 2 : 0;
}

/* Decodes digits into the arena; {NULL, 0} for NULL. */
static struct lanekdf_bytes input(struct known_job *known, const char *digits)
{
    const size_t len = hex_len(digits);
    uint8_t *data = NULL;

    if (digits) {
        data = arena_take(known->arena, len);
        hex_decode(data, digits, len);
    }
    return (struct lanekdf_bytes){data, len};
}

static void prepare_handshake(struct known_job *known, const struct known_answer *answer)
{
    struct lanekdf_handshake *job = &known->handshake;

    job->version = answer->version;
    job->hash = (uint16_t)answer->hash;
    job->pre_master_secret = input(known, answer->secret);
    job->known_master_secret = input(known, answer->master).data;
    job->session_hash = input(known, answer->session_hash);
    job->client_random = input(known, answer->client_random).data;
    job->server_random = input(known, answer->server_random).data;
    job->client_finished_hash = input(known, answer->client_hash);
    job->server_finished_hash = input(known, answer->server_hash);
    job->mac_key_len = answer->lens[0];
    job->enc_key_len = answer->lens[1];
    job->fixed_iv_len = answer->lens[2];
    job->master_secret = known->out[0];
    job->key_block = known->out[1];
    job->client_verify_data = known->out[2];
    job->server_verify_data = known->out[3];
}

static void prepare(struct known_job *known, const struct known_answer *answer, struct arena *arena)
{
    struct lanekdf_span out;

    *known = (struct known_job){.answer = answer, .arena = arena};
    for (unsigned i = 0; i < KNOWN_OUTPUTS; i++) {
        known->out[i] = answer->out[i] ? arena_take_zero(arena, hex_len(answer->out[i])) : NULL;
    }
    known->message = input(known, answer->message);
    out = (struct lanekdf_span){known->out[0], hex_len(answer->out[0])};
    switch (answer->kind) {
    case LANEKDF_KIND_PRF:
        known->prf = (struct lanekdf_prf){.hash = answer->hash,
            .secret = input(known, answer->secret),
            .label = input(known, answer->label),
            .seed = &known->message,
            .n_seed = 1,
            .out = out};
        break;
    case LANEKDF_KIND_HASH:
        known->message_hash = (struct lanekdf_message_hash){
            .hash = answer->hash, .message = &known->message, .n_message = 1, .out = out};
        break;
    case LANEKDF_KIND_HMAC:
        known->hmac = (struct lanekdf_hmac){.hash = answer->hash,
            .key = input(known, answer->secret),
            .message = &known->message,
            .n_message = 1,
            .out = out};
        break;
    case LANEKDF_KIND_EXPORTER:
        known->exporter = (struct lanekdf_exporter){.hash = answer->hash,
            .flags = answer->message ? LANEKDF_EXPORTER_HAS_CONTEXT : 0,
            .master_secret = input(known, answer->master).data,
            .client_random = input(known, answer->client_random).data,
            .server_random = input(known, answer->server_random).data,
            .label = input(known, answer->label),
            .context = known->message,
            .out = out};
        break;
    case LANEKDF_KIND_SSL3_FINISHED:
        known->ssl3_finished =
            (struct lanekdf_ssl3_finished){.master_secret = input(known, answer->master).data,
                .handshake_messages = &known->message,
                .n_handshake_messages = 1,
                .out = out.data};
        break;
    case LANEKDF_KIND_HANDSHAKE:
        prepare_handshake(known, answer);
        break;
    default: /* the job stays empty, so that the library refuses it, and its known answer counts as wrong */
        break;
    }
    known->job.kind = answer->kind;
}

static bool is_right(struct known_job *known, const char *kernel, const char *form, size_t n_jobs)
{
    bool ok = known->job.status == LANEKDF_OK;

    for (unsigned i = 0; i < KNOWN_OUTPUTS; i++) {
        const struct lanekdf_bytes expected = input(known, known->answer->out[i]);
        ok = (expected.len == 0 || memcmp(known->out[i], expected.data, expected.len) == 0) && ok;
    }
    if (!ok) {
        put_result(kernel, "WRONG", "%s of %zu: %s: %s", form, n_jobs, known->answer->name,
            lanekdf_status_text(known->job.status));
    }
    return ok;
}

static bool test_one(const char *kernel)
{
    struct arena arena = {0};
    struct known_job known;
    bool ok = true;

    for (size_t i = 0; i < n_known_answers; i++) {
        prepare(&known, &known_answers[i], &arena);
        lanekdf_derive_one(&known.job);
        ok = is_right(&known, kernel, "one job at a time, batch", 1) && ok;
    }
    arena_free(&arena);
    return ok;
}

/* Tests a batch of n_jobs: known answer `first`, and each `step` further on. With step 0 all jobs are the
 * same. */
static bool test_batch(const char *kernel, lanekdf_context *context, size_t n_jobs, size_t first, size_t step)
{
    struct arena arena = {0};
    struct known_job known[MAX_BATCH];
    struct lanekdf_job *jobs[MAX_BATCH];
    bool ok = true;

    for (size_t i = 0; i < n_jobs; i++) {
        prepare(&known[i], &known_answers[(first + step * i) % n_known_answers], &arena);
        jobs[i] = &known[i].job;
    }
    lanekdf_context_derive(context, jobs, n_jobs);
    for (size_t i = 0; i < n_jobs && ok; i++) {
        ok = is_right(&known[i], kernel, "batch", n_jobs);
    }
    arena_free(&arena);
    return ok;
}

/* Tests batches of all known answers in turn, and for each known answer a batch of nothing else. */
static bool test_batches(const char *kernel)
{
    lanekdf_context *context;
    bool ok = true;

    if (lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        put_result(kernel, "FAILED", "no context");
        return false;
    }
    for (size_t n_jobs = 1; n_jobs <= MAX_BATCH && ok; n_jobs++) {
        ok = test_batch(kernel, context, n_jobs, n_jobs, 1);
        for (size_t i = 0; i < n_known_answers && ok; i++) {
            ok = test_batch(kernel, context, n_jobs, i, 0);
        }
    }
    lanekdf_context_free(context);
    return ok;
}

/* Runs in a process of its own. */
static int test_kernel(const char *kernel)
{
    struct lanekdf_options options = {
        .size = sizeof(options), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
    int status = lanekdf_start(&options);

    if (status != LANEKDF_OK) {
        put_result(kernel, "FAILED", "%s", lanekdf_status_text(status));
        return COMMAND_FAILED;
    }
    if (!test_one(kernel) || !test_batches(kernel)) {
        return COMMAND_FAILED;
    }
    return COMMAND_OK;
}

/* What the process that asks the library for its kernels reports of each. */
struct kernel_report {
    uint32_t state;
    char name[64], missing[256];
};

/* Copies a text with its end; false if there is no room for it. */
static bool copy_text(char *to, size_t size, const char *text)
{
    const size_t len = strlen(text);

    if (len >= size) {
        return false;
    }
    memcpy(to, text, len + 1);
    return true;
}

static int report_kernels(int fd)
{
    struct lanekdf_kernel kernel = {.size = sizeof(kernel)};

    for (size_t i = 0; lanekdf_kernel_query(i, &kernel) == LANEKDF_OK; i++) {
        struct kernel_report report = {.state = kernel.state};
        if (!copy_text(report.name, sizeof(report.name), kernel.name) ||
            !copy_text(report.missing, sizeof(report.missing), kernel.missing)) {
            command_message("selftest: the name of a kernel, or of what the CPU lacks for it, is too long");
            return COMMAND_ERROR;
        }
        if (write(fd, &report, sizeof(report)) != (ssize_t)sizeof(report)) {
            return COMMAND_ERROR;
        }
    }
    return COMMAND_OK;
}

/* Starts a process like this one, and returns 0 in it. */
static pid_t start_process(void)
{
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0) {
        command_die("cannot start a process");
    }
    return pid;
}

_Noreturn static void end_process(int status)
{
    fflush(stdout);
    _exit(status);
}

static bool has_succeeded(pid_t pid)
{
    int status;

    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == COMMAND_OK;
}

/* Tests a kernel, and returns whether it is as it should be. A kernel that this CPU cannot run is not tested
 * and counts as right. */
static bool test_reported(const struct kernel_report *report)
{
    pid_t pid;
    bool ok;

    if (report->state == LANEKDF_KERNEL_UNSUPPORTED) {
        put_result(report->name, "skipped", "this CPU lacks %s", report->missing);
        return true;
    }
    if (report->state == LANEKDF_KERNEL_FAULTY) {
        put_result(report->name, "FAULTY", "failed its known-answer test at start-up");
        return false;
    }
    pid = start_process();
    if (pid == 0) {
        end_process(test_kernel(report->name));
    }
    ok = has_succeeded(pid);
    put_result(report->name, ok ? "ok" : "FAILED", "%s", "");
    return ok;
}

int selftest_main(const struct options *options)
{
    struct kernel_report report;
    size_t n_kernels = 0;
    bool ok = true;
    int ends[2];
    pid_t pid;

    is_json = options->json;
    unsetenv(COMMAND_KERNEL_VARIABLE); /* the variable would keep all kernels but one from the test */
    if (pipe(ends) != 0) {
        command_die("cannot make a pipe");
    }
    pid = start_process();
    if (pid == 0) {
        end_process(report_kernels(ends[1]));
    }
    close(ends[1]);
    if (!is_json) {
        printf(
            "Known answers: %zu, one at a time and in batches of 1 to %d\n", n_known_answers, (int)MAX_BATCH);
    }
    while (read(ends[0], &report, sizeof(report)) == (ssize_t)sizeof(report)) {
        n_kernels++;
        ok = test_reported(&report) && ok;
    }
    close(ends[0]);
    ok = has_succeeded(pid) && n_kernels > 0 && ok;
    if (is_json) {
        printf("{\"known_answers\":%zu,\"max_batch\":%d,\"kernels\":%zu,\"ok\":%s}\n", n_known_answers,
            (int)MAX_BATCH, n_kernels, ok ? "true" : "false");
    } else {
        printf("%s\n", ok ? "All kernels that this CPU can run give the right answers." : "FAILED");
    }
    return ok ? COMMAND_OK : COMMAND_FAILED;
}
