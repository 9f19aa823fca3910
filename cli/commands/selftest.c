/*
 * selftest: each kernel against known answers, through the public interface, one job at a time and in batches
 * of several sizes.
 *
 * A process starts the library once, so each kernel is tested in a process of its own, and the process that
 * the user started never starts it.
 */
#include "command.h"
#include "commands.h"
#include "known_answers.h"
#include "text_buffer.h"
#include "work.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_BATCH = 67, SMALL_BATCH = 18, NAME_WIDTH = 21 };

static bool is_json;

/* Prints what became of a kernel: "ok", "skipped", "FAULTY", "WRONG", "FAILED", and why; "" is no reason. */
__attribute__((format(printf, 3, 4))) static void put_result(
    const char *kernel, const char *result, const char *format, ...)
{
    struct text_buffer quoted = {0};
    char reason[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    if (is_json) {
        printf("{\"kernel\":\"%s\",\"result\":\"", kernel);
        for (const char *letter = result; *letter != '\0'; letter++) {
            putchar(tolower((unsigned char)*letter));
        }
        text_buffer_add_json_string(&quoted, reason, strlen(reason));
        printf("\",\"reason\":%.*s}\n", (int)quoted.len, quoted.text);
        text_buffer_free(&quoted);
    } else {
        printf("  %-*s  %s%s%s\n", NAME_WIDTH, kernel, result, reason[0] != '\0' ? ": " : "", reason);
    }
}

/* Gives the HMAC of the line that was added last a prepared key, and a job that prepares it before. */
static void prepare_key(struct line *line)
{
    struct wave *wave = &line->waves->of[0];
    struct lanekdf_hmac *hmac = (struct lanekdf_hmac *)wave->jobs[--wave->n_jobs];
    struct lanekdf_prepare *prepare = line_job(line, 0, LANEKDF_KIND_PREPARE, sizeof(*prepare));

    prepare->hash = hmac->hash;
    prepare->secret = hmac->key;
    prepare->prepared = arena_take_zero(line->arena, sizeof(*prepare->prepared));
    hmac->key = (struct lanekdf_bytes){0};
    hmac->prepared_key = prepare->prepared;
    waves_add(line->waves, 1, &hmac->job);
}

static bool has_job(const struct line *line, enum lanekdf_kind kind)
{
    for (size_t i = 0; i < N_WAVES; i++) {
        const struct wave *wave = &line->waves->of[i];
        for (size_t k = 0; k < wave->n_jobs; k++) {
            if (wave->jobs[k]->owner == line && wave->jobs[k]->kind == kind) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the line that was added last has a field that its algorithm ignores. */
static bool has_strange_field(const struct line *line)
{
    size_t len;

    return memcmp(&line->given, &line->fields, sizeof(line->given)) != 0 ||
           json_reader_unknown(line->reader, 0, &len);
}

/* Adds a known answer as a line that has the number of the answer. */
static void add_line(struct work *work, size_t number)
{
    const struct known_answer *answer = &known_answers[number];
    struct line *line = &work->lines[work->n_lines];
    struct text_buffer text = {0};

    text_buffer_add(&text, "{", 1);
    text_buffer_add(&text, answer->line, strlen(answer->line));
    text_buffer_add(&text, "}", 1);
    for (size_t i = 0; i < text.len; i++) {
        text.text[i] = text.text[i] == '\'' ? '"' : text.text[i];
    }
    work_add(work, "known_answers", number, text.text, text.len);
    text_buffer_free(&text);
    if (!line->error && has_strange_field(line)) {
        line_fail(line, "a field that lines of this kind do not have");
    }
    if (!line->error && answer->kind == LANEKDF_KIND_PREPARE) {
        prepare_key(line);
    }
    if (!line->error && !has_job(line, answer->kind)) {
        line_fail(line, "the line makes no job of kind %d", (int)answer->kind);
    }
}

/* Whether something was compared, and every answer that the line has. */
static bool is_compared(const struct line *line)
{
    size_t n_compared = 0;

    for (const enum field *answer = line->algorithm->answers; *answer != N_FIELDS; answer++) {
        if (line_has(line, *answer) && !json_fields_have(&line->used, *answer)) {
            return false;
        }
    }
    for (size_t i = 0; i < line->n_answers; i++) {
        n_compared += line->answers[i].is_recorded;
    }
    return n_compared > 0;
}

/* Says which line is wrong, if one is, and forgets all lines. */
static bool are_right(struct work *work, const char *kernel, const char *form)
{
    bool ok = true;

    for (size_t i = 0; i < work->n_lines && ok; i++) {
        const struct line *line = &work->lines[i];
        const char *why = line->error                  ? line->error
                          : !line_is_as_recorded(line) ? "another answer"
                          : !is_compared(line)         ? "an answer that nothing is compared with"
                                                       : NULL;
        if (why) {
            put_result(kernel, "WRONG", "%s of %zu: %s: %s", form, work->n_lines,
                known_answers[line->number].name, why);
            ok = false;
        }
    }
    work_reset(work);
    return ok;
}

/* Derives each job by itself, in the order of the waves. */
static void derive_one_by_one(const struct work *work)
{
    for (size_t i = 0; i < N_WAVES; i++) {
        const struct wave *wave = &work->waves.of[i];
        for (size_t k = 0; k < wave->n_jobs; k++) {
            const int status = lanekdf_derive_one(wave->jobs[k]);
            if (status != LANEKDF_OK) {
                line_fail(wave->jobs[k]->owner, "cannot be derived: %s", lanekdf_status_text(status));
            }
        }
    }
}

static bool test_one(struct work *work, const char *kernel)
{
    bool ok = true;

    for (size_t i = 0; i < n_known_answers; i++) {
        add_line(work, i);
        derive_one_by_one(work);
        ok = are_right(work, kernel, "one job at a time, batch") && ok;
    }
    return ok;
}

/* Tests a batch of n_lines: known answer `first`, and each `step` further on. With step 0 all lines are the
 * same. */
static bool test_batch(struct work *work, const char *kernel, size_t n_lines, size_t first, size_t step)
{
    for (size_t i = 0; i < n_lines; i++) {
        add_line(work, (first + step * i) % n_known_answers);
    }
    work_derive(work);
    return are_right(work, kernel, "batch");
}

/*
 * Tests batches of all known answers in turn, and for each known answer batches of nothing else. Of these the
 * small ones fill every number of lanes, up to more than any kernel has; the large ones are several tasks and
 * a rest, which differs from one to the next because 7 divides no number of lanes.
 */
static bool test_batches(struct work *work, const char *kernel)
{
    bool ok = true;

    for (size_t n_lines = 1; n_lines <= MAX_BATCH && ok; n_lines++) {
        ok = test_batch(work, kernel, n_lines, n_lines, 1);
    }
    for (size_t n_lines = 1; n_lines <= MAX_BATCH && ok; n_lines += n_lines < SMALL_BATCH ? 1 : 7) {
        for (size_t i = 0; i < n_known_answers && ok; i++) {
            ok = test_batch(work, kernel, n_lines, i, 0);
        }
    }
    return ok;
}

/* Runs in a process of its own. */
static int test_kernel(const char *kernel)
{
    struct lanekdf_options options = {
        .size = sizeof(options), .kernel = kernel, .legacy = LANEKDF_LEGACY_ALL};
    int status = lanekdf_start(&options);
    struct work work;
    bool ok;

    if (status != LANEKDF_OK) {
        put_result(kernel, "FAILED", "%s", lanekdf_status_text(status));
        return COMMAND_FAILED;
    }
    if (!work_open(&work, MAX_BATCH)) {
        return COMMAND_FAILED;
    }
    ok = test_one(&work, kernel) && test_batches(&work, kernel);
    work_close(&work);
    return ok ? COMMAND_OK : COMMAND_FAILED;
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

/* Prints the kinds of jobs that have a known answer, by their numbers, in the order of the answers. */
static void put_kinds(void)
{
    for (size_t i = 0; i < n_known_answers; i++) {
        size_t first = 0;
        while (known_answers[first].kind != known_answers[i].kind) {
            first++;
        }
        if (first == i) {
            printf("%s%d", i > 0 ? "," : "", (int)known_answers[i].kind);
        }
    }
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
        printf("{\"known_answers\":%zu,\"kinds\":[", n_known_answers);
        put_kinds();
        printf("],\"max_batch\":%d,\"kernels\":%zu,\"ok\":%s}\n", (int)MAX_BATCH, n_kernels,
            ok ? "true" : "false");
    } else {
        printf("%s\n", ok ? "All kernels that this CPU can run give the right answers." : "FAILED");
    }
    return ok ? COMMAND_OK : COMMAND_FAILED;
}
