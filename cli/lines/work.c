#include "work.h"
#include "algorithms.h"
#include "command.h"
#include "memory.h"

#include <string.h>

/* Bytes of memory beyond which a batch takes no further line. */
enum { FULL_ARENA = 4 * 1024 * 1024 };

bool work_open(struct work *work, size_t max_lines)
{
    int status;

    *work = (struct work){.max_lines = max_lines};
    status = lanekdf_context_new(&work->context, NULL);
    if (status != LANEKDF_OK) {
        command_message("cannot make a context: %s", lanekdf_status_text(status));
        return false;
    }
    work->reader = json_reader_new(field_names, N_FIELDS);
    if (!work->reader) {
        command_die("no memory");
    }
    work->lines = memory_take(max_lines * sizeof(*work->lines));
    return true;
}

void work_close(struct work *work)
{
    arena_free(&work->arena);
    json_reader_free(work->reader);
    lanekdf_context_free(work->context);
    memory_give_back(work->lines);
    waves_free(&work->waves);
    *work = (struct work){0};
}

bool work_is_full(const struct work *work)
{
    return work->n_lines == work->max_lines || work->arena.n_used >= FULL_ARENA;
}

static struct line *next_line(struct work *work, const char *file, uint64_t number)
{
    struct line *line = &work->lines[work->n_lines];

    if (work->n_lines == work->max_lines) {
        command_die(
            "%s:%llu: more than %zu lines at once", file, (unsigned long long)number, work->max_lines);
    }
    work->n_lines++;
    *line = (struct line){
        .arena = &work->arena,
        .reader = work->reader,
        .waves = &work->waves,
        .exports = work->exports,
        .n_exports = work->n_exports,
        .keeps_inputs = work->keeps_inputs,
        .file = file,
        .number = number,
        .id = {(const uint8_t *)"null", 4},
    };
    return line;
}

/* Reads the line, and lets its algorithm add jobs and answers. */
static bool fill_line(struct line *line, const char *text, size_t len)
{
    const char *name;
    size_t name_len;

    if (!line_parse(line, text, len) || !line_string(line, FIELD_ALG, &name, &name_len)) {
        return false;
    }
    line->algorithm = algorithm_find(name, name_len);
    if (!line->algorithm) {
        const char *near = algorithm_near(name, name_len);
        /* A name that is near to one of these is a mistake in the line. */
        return (near ? line_fail : line_refuse)(line, "alg %s is not supported%s%s%s",
            line_quoted(line, name, name_len), near ? ": did you mean \"" : "", near ? near : "",
            near ? "\"?" : "");
    }
    line->given = line->fields;
    json_fields_keep(&line->fields, algorithm_fields(line->algorithm));
    return line->algorithm->fill(line);
}

/* Makes it the line's error that there is no memory for it. No other error says more, and none can be written
 * without memory. */
static void lack_memory(struct line *line)
{
    line->error = MEMORY_LINE_ERROR;
    line->is_refused = false;
}

/* A line that is being added. */
struct addition {
    struct line *line;
    const char *text;
    size_t len;
    bool is_good;
};

static void fill(void *owner)
{
    struct addition *addition = owner;

    addition->is_good = fill_line(addition->line, addition->text, addition->len);
}

void work_add(struct work *work, const char *file, uint64_t number, const char *text, size_t len)
{
    const struct waves_mark mark = waves_end(&work->waves);
    struct addition addition = {.line = next_line(work, file, number), .text = text, .len = len};

    if (!memory_attempt(fill, &addition)) {
        lack_memory(addition.line);
    }
    if (!addition.is_good) {
        waves_cut(&work->waves, &mark);
    }
}

void work_judge(struct work *work, enum verdict verdict, const char *reason, const char *remark)
{
    struct line *line = &work->lines[work->n_lines - 1];

    line->verdict = verdict;
    line->verdict_reason = line_text_copy(line, reason, strlen(reason));
    line->verdict_remark = line_text_copy(line, remark, strlen(remark));
    if (verdict == VERDICT_DOES_NOT_FIT) {
        line_fail(line, "secret does not fit: %s", reason);
    }
}

/* An error without a line's text, which takes memory, too. */
struct failure {
    struct line *line;
    const char *what, *error;
};

static void fail(void *owner)
{
    const struct failure *failure = owner;

    line_fail(failure->line, "%s%s", failure->what, failure->error);
}

static void fail_line(struct line *line, const char *what, const char *error)
{
    if (!memory_attempt(fail, &(struct failure){line, what, error})) {
        lack_memory(line);
    }
}

void work_add_failed(struct work *work, const char *file, uint64_t number, const char *error)
{
    fail_line(next_line(work, file, number), "", error);
}

static void fail_owner(const struct lanekdf_job *job)
{
    fail_line(job->owner, "cannot be derived: ", lanekdf_status_text(job->status));
}

static void finish(void *owner)
{
    struct line *line = owner;

    line->finish(line, line->finish_context);
}

void work_derive(struct work *work)
{
    waves_derive(&work->waves, work->context, fail_owner);
    for (size_t i = 0; i < work->n_lines; i++) {
        struct line *line = &work->lines[i];
        if (line->finish && !line->error && !memory_attempt(finish, line)) {
            lack_memory(line);
        }
    }
}

void work_reset(struct work *work)
{
    work->n_lines = 0;
    waves_reset(&work->waves);
    arena_reset(&work->arena);
}
