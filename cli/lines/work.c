#include "work.h"
#include "algorithms.h"
#include "command.h"
#include "hex.h"
#include "key_block.h"
#include "output.h"
#include "suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of memory beyond which a batch takes no further line. */
enum { FULL_ARENA = 4 * 1024 * 1024 };

/* By enum lanekdf_hash. */
static const struct {
    const char *field, *name; /* in lines, for people */
    size_t len;
} hashes[] = {
    [LANEKDF_SHA256] = {"sha256", "SHA-256", 32},
    [LANEKDF_SHA384] = {"sha384", "SHA-384", 48},
    [LANEKDF_SHA512] = {"sha512", "SHA-512", 64},
    [LANEKDF_MD5] = {"md5", "MD5", 16},
    [LANEKDF_SHA1] = {"sha1", "SHA-1", 20},
    [LANEKDF_MD5_SHA1] = {"md5-sha1", "MD5+SHA-1", 36},
};

enum { N_HASHES = sizeof(hashes) / sizeof(hashes[0]) };

/* For messages: as much of a line's text as makes sense there. */
enum { QUOTED_LEN = 40 };

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
    work->lines = calloc(max_lines, sizeof(*work->lines));
    if (!work->reader || !work->lines) {
        command_die("no memory");
    }
    return true;
}

void work_close(struct work *work)
{
    arena_free(&work->arena);
    json_reader_free(work->reader);
    lanekdf_context_free(work->context);
    free(work->lines);
    for (size_t i = 0; i < N_WAVES; i++) {
        free(work->waves[i].jobs);
    }
    *work = (struct work){0};
}

bool work_is_full(const struct work *work)
{
    return work->n_lines == work->max_lines || work->arena.n_used >= FULL_ARENA;
}

/* Any value; strings, which ids mostly are, without a detour. */
static void line_read_id(struct line *line)
{
    const struct json_value *value = json_reader_field(line->work->reader, FIELD_ID);
    const char *text;
    size_t len;

    if (value->type == JSON_STRING) {
        char *copy = arena_take(&line->work->arena, 6 * value->len + 2);
        copy[0] = '"';
        len = 1 + output_json_escape(copy + 1, value->string, value->len);
        copy[len++] = '"';
        text = copy;
    } else {
        text = json_reader_text(line->work->reader, FIELD_ID, &len);
        text = line_text_copy(line, text, len);
    }
    line->id = (struct lanekdf_bytes){(const uint8_t *)text, len};
}

static bool line_fill(struct line *line, const char *text, size_t len)
{
    const char *error, *name;
    size_t name_len;

    error = json_reader_parse(line->work->reader, text, len, &line->fields);
    if (line_has(line, FIELD_ID)) {
        line_read_id(line);
    }
    if (error) {
        return line_fail(line, "%s", error);
    }
    if (!line_string(line, FIELD_ALG, &name, &name_len)) {
        return false;
    }
    line->algorithm = algorithm_find(name, name_len);
    if (!line->algorithm) {
        return line_fail(line, "alg \"%.*s\" is not supported",
            (int)(name_len < QUOTED_LEN ? name_len : QUOTED_LEN), name);
    }
    line->answers = arena_take(&line->work->arena, LINE_MAX_ANSWERS * sizeof(*line->answers));
    return line->algorithm->fill(line);
}

static struct line *work_next_line(struct work *work, const char *file, uint64_t number)
{
    struct line *line = &work->lines[work->n_lines++];

    *line = (struct line){
        .work = work,
        .file = file,
        .number = number,
        .id = {(const uint8_t *)"null", 4},
    };
    return line;
}

struct line *work_add(struct work *work, const char *file, uint64_t number, const char *text, size_t len)
{
    struct line *line = work_next_line(work, file, number);
    size_t n_jobs[N_WAVES];

    for (size_t i = 0; i < N_WAVES; i++) {
        n_jobs[i] = work->waves[i].n_jobs;
    }
    if (!line_fill(line, text, len)) {
        for (size_t i = 0; i < N_WAVES; i++) {
            work->waves[i].n_jobs = n_jobs[i];
        }
    }
    return line;
}

struct line *work_add_failed(struct work *work, const char *file, uint64_t number, const char *error)
{
    struct line *line = work_next_line(work, file, number);

    line_fail(line, "%s", error);
    return line;
}

static void report_failed_jobs(const struct wave *wave)
{
    for (size_t i = 0; i < wave->n_jobs; i++) {
        const struct lanekdf_job *job = wave->jobs[i];
        if (job->status != LANEKDF_OK) {
            line_fail(job->owner, "cannot be derived: %s", lanekdf_status_text(job->status));
        }
    }
}

void work_derive(struct work *work)
{
    for (size_t i = 0; i < N_WAVES; i++) {
        struct wave *wave = &work->waves[i];
        if (wave->n_jobs > 0 && lanekdf_context_derive(work->context, wave->jobs, wave->n_jobs) != 0) {
            report_failed_jobs(wave);
        }
    }
}

void work_reset(struct work *work)
{
    work->n_lines = 0;
    for (size_t i = 0; i < N_WAVES; i++) {
        work->waves[i].n_jobs = 0;
    }
    arena_reset(&work->arena);
}

/* It may quote what the line says, and a terminal may show it. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e) {
            *text = '?';
        }
    }
}

bool line_fail(struct line *line, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (!line->error) {
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        make_printable(text);
        line->error = line_text_copy(line, text, strlen(text));
    }
    return false;
}

/* A field that must be there, of the right type. */
static const struct json_value *line_value(
    struct line *line, enum field field, enum json_type type, const char *type_text)
{
    const struct json_value *value;

    if (!line_has(line, field)) {
        line_fail(line, "%s is missing", field_names[field]);
        return NULL;
    }
    value = json_reader_field(line->work->reader, field);
    if (value->type != type) {
        line_fail(line, "%s: %s expected", field_names[field], type_text);
        return NULL;
    }
    return value;
}

/* Decodes a string; where says what it is, for messages. */
static bool decode(
    struct line *line, const char *where, const struct json_value *value, struct lanekdf_bytes *bytes)
{
    uint8_t *data;

    if (value->len % 2 != 0) {
        return line_fail(line, "%s: an odd number of hexadecimal digits", where);
    }
    data = line_memory(line, value->len / 2);
    if (!hex_decode(data, value->string, value->len / 2)) {
        return line_fail(line, "%s: not hexadecimal", where);
    }
    *bytes = (struct lanekdf_bytes){data, value->len / 2};
    return true;
}

bool line_bytes(struct line *line, enum field field, size_t min, size_t max, struct lanekdf_bytes *bytes)
{
    const struct json_value *value = line_value(line, field, JSON_STRING, "a string of hexadecimal digits");

    if (!value || !decode(line, field_names[field], value, bytes)) {
        return false;
    }
    if (bytes->len < min || bytes->len > max) {
        return min == max ? line_fail(line, "%s: %zu bytes, must be %zu", field_names[field], bytes->len, min)
                          : line_fail(line, "%s: %zu bytes, must be %zu to %zu", field_names[field],
                                bytes->len, min, max);
    }
    return true;
}

bool line_item_bytes(struct line *line, enum field field, size_t index, const struct json_value *item,
    struct lanekdf_bytes *bytes)
{
    char where[64];

    snprintf(where, sizeof(where), "%s[%zu]", field_names[field], index);
    return item->type == JSON_STRING ? decode(line, where, item, bytes)
                                     : line_fail(line, "%s: a string of hexadecimal digits expected", where);
}

bool line_number(struct line *line, enum field field, size_t max, size_t *number)
{
    const struct json_value *value = line_value(line, field, JSON_INTEGER, "a whole number, not negative,");

    if (!value) {
        return false;
    }
    if (value->integer > max) {
        return line_fail(
            line, "%s: %" PRIu64 ", must be at most %zu", field_names[field], value->integer, max);
    }
    *number = value->integer;
    return true;
}

bool line_flag(struct line *line, enum field field, bool *flag)
{
    const struct json_value *value = line_value(line, field, JSON_BOOL, "true or false");

    if (value) {
        *flag = value->boolean;
    }
    return value != NULL;
}

bool line_string(struct line *line, enum field field, const char **text, size_t *len)
{
    const struct json_value *value = line_value(line, field, JSON_STRING, "a string");

    if (value) {
        *text = value->string;
        *len = value->len;
    }
    return value != NULL;
}

bool line_array(struct line *line, enum field field, const struct json_value **items, size_t *n_items)
{
    const struct json_value *value = line_value(line, field, JSON_ARRAY, "an array");

    if (value) {
        *items = value->items;
        *n_items = value->len;
    }
    return value != NULL;
}

size_t hash_len(uint32_t hash)
{
    return hashes[hash].len;
}

const char *hash_name(uint32_t hash)
{
    return hashes[hash].name;
}

bool line_hash(struct line *line, uint32_t *hash)
{
    unsigned set = line->algorithm->hashes;
    bool is_single = (set & (set - 1)) == 0;

    return line_hash_of(line, set, is_single ? (uint32_t)__builtin_ctz(set) : 0, hash);
}

bool line_hash_of(struct line *line, unsigned set, uint32_t natural_hash, uint32_t *hash)
{
    const char *name;
    size_t len;

    if (!line_has(line, FIELD_HASH) && natural_hash != 0) {
        *hash = natural_hash;
        return true;
    }
    if (!line_string(line, FIELD_HASH, &name, &len)) {
        return false;
    }
    for (uint32_t i = 1; i < N_HASHES; i++) {
        if ((set & HASH_BIT(i)) != 0 && len == strlen(hashes[i].field) &&
            memcmp(name, hashes[i].field, len) == 0) {
            *hash = i;
            return true;
        }
    }
    return line_fail(line, "hash \"%.*s\" is not supported for %s",
        (int)(len < QUOTED_LEN ? len : QUOTED_LEN), name, line->algorithm->name);
}

bool line_suite(struct line *line, const struct lanekdf_suite **suite)
{
    const char *text;
    size_t len;
    int status;

    *suite = NULL;
    if (!line_has(line, FIELD_CIPHER_SUITE)) {
        return true;
    }
    if (!line_string(line, FIELD_CIPHER_SUITE, &text, &len)) {
        return false;
    }
    text = line_text_copy(line, text, len);
    status = suite_parse(text, suite);
    return status == LANEKDF_OK || (line->fields & KEY_LEN_FIELDS) == KEY_LEN_FIELDS ||
           line_fail(line, "cipher_suite \"%.*s\": %s", QUOTED_LEN, text, lanekdf_status_text(status));
}

uint8_t *line_memory(const struct line *line, size_t n)
{
    return arena_take(&line->work->arena, n);
}

char *line_text_copy(const struct line *line, const char *text, size_t n)
{
    char *copy = arena_take(&line->work->arena, n + 1);

    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void *line_job(struct line *line, unsigned number, enum lanekdf_kind kind, size_t size)
{
    struct wave *wave = &line->work->waves[number];
    struct lanekdf_job *job = arena_take_zero(&line->work->arena, size);

    job->kind = kind;
    job->owner = line;
    if (wave->n_jobs == wave->capacity) {
        wave->capacity = wave->capacity == 0 ? 1024 : 2 * wave->capacity;
        wave->jobs = realloc(wave->jobs, wave->capacity * sizeof(struct lanekdf_job *));
        if (!wave->jobs) {
            command_die("no memory");
        }
    }
    wave->jobs[wave->n_jobs++] = job;
    return job;
}

bool line_out_len(struct line *line, enum field answer, size_t natural_len, size_t max, size_t *len)
{
    const char *text;

    if (line_has(line, answer)) {
        if (!line_string(line, answer, &text, len)) {
            return false;
        }
        *len /= 2;
    } else if (line_has(line, FIELD_OUT_LEN) || natural_len == 0) {
        if (!line_number(line, FIELD_OUT_LEN, max, len)) {
            return false;
        }
    } else {
        *len = natural_len;
    }
    if (*len == 0 || *len > max) {
        return line_fail(line, "an output of %zu bytes: must be 1 to %zu", *len, max);
    }
    return true;
}

bool line_answer(struct line *line, enum field field, const uint8_t *derived, size_t len)
{
    struct answer *answer = &line->answers[line->n_answers];

    *answer =
        (struct answer){.field = field, .derived = {derived, len}, .is_recorded = line_has(line, field)};
    if (answer->is_recorded) {
        line_settle(line, field);
        if (!line_bytes(line, field, 0, SIZE_MAX, &answer->recorded)) {
            return false;
        }
    }
    line->n_answers++;
    return true;
}
