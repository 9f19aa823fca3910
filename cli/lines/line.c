#include "line.h"
#include "hex.h"
#include "output.h"
#include "quoted_word.h"
#include "spelling.h"
#include "suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *quoted(const struct line *line, const char *text, size_t len, const char *quote)
{
    enum { QUOTED_LEN = 40 };
    char room[QUOTED_WORD_ROOM], copy[QUOTED_LEN + sizeof("\"\"")];
    const char *word = quoted_word(room, text, &len);

    if (word == room) {
        return line_text_copy(line, word, len);
    }
    snprintf(copy, sizeof(copy), "%s%.*s%s", quote, len < QUOTED_LEN ? (int)len : QUOTED_LEN, word, quote);
    return line_text_copy(line, copy, strlen(copy));
}

const char *line_quoted(const struct line *line, const char *text, size_t len)
{
    return quoted(line, text, len, "\"");
}

const char *line_quoted_key(const struct line *line, const char *text, size_t len)
{
    return quoted(line, text, len, "");
}

/* Takes the id, which may be any value, as it was written: 1.10 is not to come back as 1.1. A string is
 * written anew, because people read \u20ac with pain, unless it is so long that six times its length is a
 * lot. */
static void read_id(struct line *line)
{
    enum { MAX_WRITTEN_ANEW = 4096 };
    const struct json_value *value = json_reader_field(line->reader, FIELD_ID);
    const char *text;
    size_t len;

    if (value->type == JSON_STRING && value->len <= MAX_WRITTEN_ANEW) {
        char *copy = arena_take(line->arena, 6 * value->len + 2);
        copy[0] = '"';
        len = 1 + output_json_escape(copy + 1, value->string, value->len);
        copy[len++] = '"';
        text = copy;
    } else {
        text = json_reader_text(line->reader, FIELD_ID, &len);
        text = line_text_copy(line, text, len);
    }
    line->id = (struct lanekdf_bytes){(const uint8_t *)text, len};
}

bool line_parse(struct line *line, const char *text, size_t len)
{
    const char *error = json_reader_parse(line->reader, text, len, &line->fields);

    if (line_has(line, FIELD_ID)) {
        read_id(line);
    }
    return !error || line_fail(line, "%s", error);
}

/* A message may quote what the line says, and a terminal may show it. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e) {
            *text = '?';
        }
    }
}

__attribute__((format(printf, 2, 0))) static const char *message(
    const struct line *line, const char *format, va_list arguments)
{
    char text[256];

    vsnprintf(text, sizeof(text), format, arguments);
    make_printable(text);
    return line_text_copy(line, text, strlen(text));
}

__attribute__((format(printf, 3, 0))) static void set_error(
    struct line *line, bool is_refused, const char *format, va_list arguments)
{
    if (!line->error) {
        line->error = message(line, format, arguments);
        line->is_refused = is_refused;
    }
}

bool line_fail(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_error(line, false, format, arguments);
    va_end(arguments);
    return false;
}

bool line_refuse(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_error(line, true, format, arguments);
    va_end(arguments);
    return false;
}

void line_warn(struct line *line, const char *format, ...)
{
    const char *warning, *before = line->warning;
    va_list arguments;

    va_start(arguments, format);
    warning = message(line, format, arguments);
    va_end(arguments);
    if (before) {
        char *both = (char *)line_memory(line, strlen(before) + strlen(warning) + sizeof("; "));
        stpcpy(stpcpy(stpcpy(both, before), "; "), warning);
        warning = both;
    }
    line->warning = warning;
}

bool line_has_any(const struct line *line, const enum field *fields)
{
    for (; *fields != N_FIELDS; fields++) {
        if (line_has(line, *fields)) {
            return true;
        }
    }
    return false;
}

bool line_has_all(const struct line *line, const enum field *fields)
{
    while (*fields != N_FIELDS && line_has(line, *fields)) {
        fields++;
    }
    return *fields == N_FIELDS;
}

static const char *hint_of(const struct line *line, enum field field, const char *key, size_t len)
{
    char hint[160];

    snprintf(hint, sizeof(hint), ": the line has %s; did you mean \"%s\"?", line_quoted(line, key, len),
        field_names[field]);
    return line_text_copy(line, hint, strlen(hint));
}

const char *line_hint(const struct line *line, enum field field)
{
    const char *key;
    size_t len;

    for (size_t i = 0; (key = json_reader_unknown(line->reader, i, &len)); i++) {
        if (field_is_meant(field, key, len)) {
            return hint_of(line, field, key, len);
        }
    }
    for (enum field other = 0; other < N_FIELDS; other++) {
        if (json_fields_have(&line->given, other) && field_is_other_name(field, other)) {
            return hint_of(line, field, field_names[other], strlen(field_names[other]));
        }
    }
    return "";
}

bool line_fail_without_secret(struct line *line)
{
    return line_fail(line, "neither pms nor master is there%s%s", line_hint(line, FIELD_PMS),
        line_hint(line, FIELD_MASTER));
}

static const char *type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",
        [JSON_BOOL] = "true or false",
        [JSON_INTEGER] = "a number",
        [JSON_NUMBER] = "a number that is negative, a fraction or beyond 64 bits",
        [JSON_STRING] = "a string",
        [JSON_NO_UNICODE] = "a string with half of a surrogate pair",
        [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };

    return names[type];
}

/* Returns a field that must be there and of this type, which `expected` says in words. */
static const struct json_value *line_value(
    struct line *line, enum field field, enum json_type type, const char *expected)
{
    const struct json_value *value;

    if (!line_has(line, field)) {
        line_fail(line, "%s is missing%s", field_names[field], line_hint(line, field));
        return NULL;
    }
    value = json_reader_field(line->reader, field);
    if (value->type != type) {
        line_fail(line, "%s: %s expected, not %s", field_names[field], expected, type_name(value->type));
        return NULL;
    }
    return value;
}

/* Returns the digits of a string, without what people put between them; *n is how many. */
static const char *digits_of(const struct line *line, const struct json_value *value, size_t *n)
{
    char *digits;

    *n = hex_n_digits(value->string, value->len);
    if (*n == value->len) {
        return value->string;
    }
    digits = arena_take(line->arena, *n + 1);
    hex_take_digits(digits, value->string, value->len);
    return digits;
}

/* Decodes a string; `where` says for messages what it is. */
static bool decode(
    struct line *line, const char *where, const struct json_value *value, struct lanekdf_bytes *bytes)
{
    const char *hint = where == field_names[FIELD_LABEL] ? ": label_text takes text" : "";
    size_t n;
    const char *digits = digits_of(line, value, &n);
    uint8_t *data = line_memory(line, n / 2);

    if (!hex_decode(data, digits, n / 2)) {
        return line_fail(line, "%s: not hexadecimal%s", where, hint);
    }
    if (n % 2 != 0) {
        return line_fail(line, "%s: an odd number of hexadecimal digits", where);
    }
    *bytes = (struct lanekdf_bytes){data, n / 2};
    return true;
}

__attribute__((format(printf, 2, 3))) static const char *formatted(
    const struct line *line, const char *format, ...)
{
    const char *text;
    va_list arguments;

    va_start(arguments, format);
    text = message(line, format, arguments);
    va_end(arguments);
    return text;
}

/* Makes room for one more input. */
static void grow_inputs(struct line *line)
{
    const size_t capacity = line->max_inputs == 0 ? 16 : 2 * line->max_inputs;
    struct line_input *inputs = arena_take(line->arena, capacity * sizeof(*inputs));

    if (line->n_inputs > 0) {
        memcpy(inputs, line->inputs, line->n_inputs * sizeof(*inputs));
    }
    line->inputs = inputs;
    line->max_inputs = capacity;
}

/* Notes an input, which may be read more than once; of an array each item is one. */
static void note(struct line *line, struct line_input input, bool is_item)
{
    if (!line->keeps_inputs) {
        return;
    }
    for (size_t i = 0; i < line->n_inputs && !is_item; i++) {
        if (line->inputs[i].field == input.field) {
            return;
        }
    }
    if (line->n_inputs == line->max_inputs) {
        grow_inputs(line);
    }
    line->inputs[line->n_inputs++] = input;
}

static void note_bytes(struct line *line, enum field field, struct lanekdf_bytes bytes)
{
    note(line, (struct line_input){.field = field, .bytes = bytes}, false);
}

static void note_text(struct line *line, enum field field, const char *text, size_t len)
{
    if (line->keeps_inputs) {
        note(line, (struct line_input){.field = field, .text = line_text_copy(line, text, len)}, false);
    }
}

bool line_bytes_len(struct line *line, enum field field, size_t *len)
{
    const struct json_value *value = line_value(line, field, JSON_STRING, "a string of hexadecimal digits");

    if (value) {
        *len = hex_n_digits(value->string, value->len) / 2;
    }
    return value != NULL;
}

static bool read_bytes(
    struct line *line, enum field field, size_t min, size_t max, struct lanekdf_bytes *bytes)
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

bool line_bytes(struct line *line, enum field field, size_t min, size_t max, struct lanekdf_bytes *bytes)
{
    if (!read_bytes(line, field, min, max, bytes)) {
        return false;
    }
    note_bytes(line, field, *bytes);
    return true;
}

bool line_same_bytes(struct line *line, enum field one, struct lanekdf_bytes bytes, enum field other,
    struct lanekdf_bytes other_bytes)
{
    return (bytes.len == other_bytes.len && memcmp(bytes.data, other_bytes.data, bytes.len) == 0) ||
           line_fail(line, "%s and %s contradict each other", field_names[one], field_names[other]);
}

bool line_same_number(struct line *line, enum field one, size_t number, enum field other, size_t other_number)
{
    return number == other_number || line_fail(line, "%s and %s contradict each other: %zu, %zu",
                                         field_names[one], field_names[other], number, other_number);
}

/* Reads a label that is written as text, without a note of it. */
static bool read_label_text(struct line *line, size_t min, size_t max, struct lanekdf_bytes *label)
{
    const struct json_value *value = line_value(line, FIELD_LABEL_TEXT, JSON_STRING, "a string");

    if (!value) {
        return false;
    }
    if (value->len < min || value->len > max) {
        return line_fail(line, "label_text: %zu bytes, must be %zu to %zu", value->len, min, max);
    }
    *label =
        (struct lanekdf_bytes){(const uint8_t *)line_text_copy(line, value->string, value->len), value->len};
    return true;
}

bool line_label(struct line *line, size_t min, size_t max, struct lanekdf_bytes *label)
{
    struct lanekdf_bytes text;

    if (!line_has(line, FIELD_LABEL_TEXT)) {
        return line_bytes(line, FIELD_LABEL, min, max, label);
    }
    if (!read_label_text(line, min, max, &text)) {
        return false;
    }
    if (line_has(line, FIELD_LABEL)) {
        return line_bytes(line, FIELD_LABEL, min, max, label) &&
               line_same_bytes(line, FIELD_LABEL, *label, FIELD_LABEL_TEXT, text);
    }
    *label = text;
    note_text(line, FIELD_LABEL_TEXT, (const char *)text.data, text.len);
    return true;
}

bool line_item_bytes(struct line *line, enum field field, size_t index, const struct json_value *item,
    struct lanekdf_bytes *bytes)
{
    char where[64];

    snprintf(where, sizeof(where), "%s[%zu]", field_names[field], index);
    return item->type == JSON_STRING ? decode(line, where, item, bytes)
                                     : line_fail(line, "%s: a string of hexadecimal digits expected, not %s",
                                           where, type_name(item->type));
}

bool line_number(struct line *line, enum field field, size_t max, size_t *number)
{
    const struct json_value *value = line_value(line, field, JSON_INTEGER, "a whole number");

    if (!value) {
        return false;
    }
    if (value->integer > max) {
        return line_fail(
            line, "%s: %" PRIu64 ", must be at most %zu", field_names[field], value->integer, max);
    }
    *number = value->integer;
    if (line->keeps_inputs) {
        const char *text = formatted(line, "%zu", *number);
        note_text(line, field, text, strlen(text));
    }
    return true;
}

bool line_flag(struct line *line, enum field field, bool *flag)
{
    const struct json_value *value = line_value(line, field, JSON_BOOL, "true or false");

    if (value) {
        *flag = value->boolean;
        note_text(line, field, *flag ? "true" : "false", *flag ? 4 : 5);
    }
    return value != NULL;
}

bool line_string(struct line *line, enum field field, const char **text, size_t *len)
{
    const struct json_value *value = line_value(line, field, JSON_STRING, "a string");

    if (value) {
        *text = value->string;
        *len = value->len;
        note_text(line, field, *text, *len);
    }
    return value != NULL;
}

bool line_text(struct line *line, enum field field, const char **text)
{
    size_t len;

    *text = "";
    if (!line_has(line, field)) {
        return true;
    }
    if (!line_string(line, field, text, &len)) {
        return false;
    }
    *text = line_text_copy(line, *text, len);
    return strlen(*text) == len || line_fail(line, "%s: a NUL is in it", field_names[field]);
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

bool line_object(struct line *line, enum field field, const struct json_entry **entries, size_t *n_entries)
{
    if (!line_value(line, field, JSON_OBJECT, "an object")) {
        return false;
    }
    return json_reader_entries(line->reader, field, entries, n_entries) ||
           line_fail(line, "%s: more than %d entries", field_names[field], JSON_MAX_ITEMS);
}

bool line_bytes_array(struct line *line, enum field field, size_t min, size_t max, size_t max_items,
    struct lanekdf_bytes **array, size_t *n)
{
    const struct json_value *items;

    if (!line_array(line, field, &items, n)) {
        return false;
    }
    if (*n > max_items) {
        return line_fail(line, "%s: %zu are too many", field_names[field], *n);
    }
    *array = arena_take(line->arena, *n * sizeof(**array));
    for (size_t i = 0; i < *n; i++) {
        struct lanekdf_bytes *bytes = &(*array)[i];
        if (!line_item_bytes(line, field, i, &items[i], bytes)) {
            return false;
        }
        if (bytes->len < min || bytes->len > max) {
            return line_fail(
                line, "%s[%zu]: %zu bytes, must be %zu to %zu", field_names[field], i, bytes->len, min, max);
        }
        note(line, (struct line_input){.field = field, .bytes = *bytes}, true);
    }
    return true;
}

bool line_entry_bytes(
    struct line *line, enum field field, const struct json_entry *entry, struct lanekdf_bytes *bytes)
{
    char where[96];

    snprintf(where, sizeof(where), "%s: %s", field_names[field],
        line_quoted_key(line, entry->key, entry->key_len));
    return entry->value.type == JSON_STRING
               ? decode(line, where, &entry->value, bytes)
               : line_fail(line, "%s: a string of hexadecimal digits expected, not %s", where,
                     type_name(entry->value.type));
}

bool line_hash(struct line *line, uint32_t *hash)
{
    const unsigned hashes = line->algorithm->hashes;
    const bool is_single = (hashes & (hashes - 1)) == 0;

    return line_hash_of(line, hashes, is_single ? (uint32_t)__builtin_ctz(hashes) : 0, hash);
}

bool line_hash_of(struct line *line, unsigned hashes, uint32_t natural_hash, uint32_t *hash)
{
    return line_hash_field(line, FIELD_HASH, hashes, natural_hash, hash);
}

bool line_hash_said(struct line *line, unsigned hashes, enum field sayer, uint32_t said_hash, uint32_t *hash)
{
    return line_hash_of(line, hashes, said_hash, hash) &&
           (said_hash == 0 || *hash == said_hash ||
               line_fail(line, "hash and %s contradict each other: %s, %s", field_names[sayer],
                   lanekdf_hash_name(*hash), lanekdf_hash_name(said_hash)));
}

bool line_hash_field(
    struct line *line, enum field field, unsigned hashes, uint32_t natural_hash, uint32_t *hash)
{
    const char *text;
    size_t len;

    if (!line_has(line, field) && natural_hash != 0) {
        *hash = natural_hash;
        return true;
    }
    if (!line_has(line, field)) {
        return line_fail(line, "%s is missing%s: such as \"%s\"", field_names[field], line_hint(line, field),
            lanekdf_hash_name((uint32_t)__builtin_ctz(hashes)));
    }
    if (!line_string(line, field, &text, &len)) {
        return false;
    }
    for (; hashes != 0; hashes &= hashes - 1) {
        const uint32_t candidate = (uint32_t)__builtin_ctz(hashes);
        const char *name = lanekdf_hash_name(candidate);
        if (spelling_is_same(text, len, name)) {
            *hash = candidate;
            return true;
        }
    }
    return line_refuse(line, "%s %s is not supported for %s", field_names[field],
        line_quoted(line, text, len), line->algorithm->name);
}

bool line_suite(struct line *line, const struct lanekdf_suite **suite)
{
    const char *text;
    int status;

    *suite = NULL;
    if (!line_has(line, FIELD_CIPHER_SUITE)) {
        return true;
    }
    if (!line_text(line, FIELD_CIPHER_SUITE, &text)) {
        return false;
    }
    status = suite_parse(text, suite);
    if (status == LANEKDF_OK || line_has_all(line, FIELD_LIST(KEY_LEN_FIELDS))) {
        return true;
    }
    /* GREASE and signalling values are no suites that anybody could serve. */
    return (status == LANEKDF_ERROR_SUITE_GREASE || status == LANEKDF_ERROR_SUITE_SIGNALLING ? line_fail
                                                                                             : line_refuse)(
        line, "cipher_suite %s: %s", line_quoted(line, text, strlen(text)), lanekdf_status_text(status));
}

bool line_suite_name(struct line *line, const struct lanekdf_suite **suite, const char **name)
{
    const struct lanekdf_suite *named = NULL;

    if (!line_text(line, FIELD_CIPHER_SUITE_NAME, name)) {
        return false;
    }
    if ((*name)[0] == '\0' || suite_parse(*name, &named) != LANEKDF_OK) {
        return true;
    }
    if (line_has(line, FIELD_CIPHER_SUITE) && (!*suite || (*suite)->id != named->id)) {
        return line_fail(line, "cipher_suite and cipher_suite_name contradict each other: %s",
            *suite ? (*suite)->name : "a suite that is unknown");
    }
    *suite = named;
    return true;
}

bool line_side(struct line *line, enum lanekdf_role *role)
{
    const char *text;
    size_t len;

    if (!line_string(line, FIELD_SIDE, &text, &len)) {
        return false;
    }
    *role = spelling_is_same(text, len, "server") ? LANEKDF_SERVER : LANEKDF_CLIENT;
    return *role == LANEKDF_SERVER || spelling_is_same(text, len, "client") ||
           line_fail(line, "side: client or server expected");
}

uint8_t *line_memory(const struct line *line, size_t n)
{
    return arena_take(line->arena, n);
}

char *line_text_copy(const struct line *line, const char *text, size_t n)
{
    char *copy = arena_take(line->arena, n + 1);

    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void *line_job(struct line *line, unsigned wave, enum lanekdf_kind kind, size_t size)
{
    struct lanekdf_job *job = arena_take_zero(line->arena, size);

    job->kind = kind;
    job->owner = line;
    waves_add(line->waves, wave, job);
    return job;
}

bool line_len(struct line *line, enum field answer, const enum field *fields, size_t max, size_t *len)
{
    enum field sayer = N_FIELDS;
    size_t number = 0;

    if (line_has(line, answer)) {
        sayer = answer;
        if (!line_bytes_len(line, answer, len)) {
            return false;
        }
    }
    for (; *fields != N_FIELDS; fields++) {
        if (!line_has(line, *fields)) {
            continue;
        }
        if (!line_number(line, *fields, max, &number) ||
            (sayer != N_FIELDS && !line_same_number(line, sayer, *len, *fields, number))) {
            return false;
        }
        sayer = *fields;
        *len = number;
    }
    return true;
}

bool line_out_len(struct line *line, enum field answer, size_t natural_len, size_t max, size_t *len)
{
    if (natural_len == 0 && !line_has_any(line, FIELD_LIST(answer, FIELD_LENGTH, FIELD_OUT_LEN))) {
        return line_number(line, FIELD_OUT_LEN, max, len); /* which says that it is missing */
    }
    *len = natural_len;
    if (!line_len(line, answer, FIELD_LIST(FIELD_LENGTH, FIELD_OUT_LEN), max, len)) {
        return false;
    }
    if (*len == 0 || *len > max) {
        return line_fail(line, "an output of %zu bytes: must be 1 to %zu", *len, max);
    }
    return true;
}

/* Makes room for one more answer: a line may have any number of them. */
static void grow_answers(struct line *line)
{
    /* Most lines have no more answers than this: a master secret, a key block and its six keys. */
    enum { USUAL_ANSWERS = 8 };
    const size_t capacity = line->max_answers == 0 ? USUAL_ANSWERS : 2 * line->max_answers;
    struct answer *answers = arena_take(line->arena, capacity * sizeof(*answers));

    if (line->n_answers > 0) {
        memcpy(answers, line->answers, line->n_answers * sizeof(*answers));
    }
    line->answers = answers;
    line->max_answers = capacity;
}

void line_answer_one(struct line *line, struct answer answer)
{
    if (line->n_answers == line->max_answers) {
        grow_answers(line);
    }
    line->answers[line->n_answers++] = answer;
}

bool line_answer(struct line *line, enum field field, const uint8_t *derived, size_t len)
{
    struct answer answer = {.field = field, .derived = {derived, len}, .is_recorded = line_has(line, field)};

    if (answer.is_recorded) {
        line_use(line, field);
        if (!read_bytes(line, field, 0, SIZE_MAX, &answer.recorded)) {
            return false;
        }
    }
    line_answer_one(line, answer);
    return true;
}

void line_leave_unchecked(struct line *line, enum field field, const char *entry, size_t len)
{
    if (!line->unchecked) {
        line->unchecked = formatted(line, "%s: %s", field_names[field], line_quoted_key(line, entry, len));
    }
}

void line_finish(
    struct line *line, void (*finish)(struct line *line, const void *context), const void *context)
{
    line->finish = finish;
    line->finish_context = context;
}

void line_repeat(struct line *line, enum field field, const uint8_t *input, size_t len)
{
    line_use(line, field);
    line_answer_one(line, (struct answer){.field = field, .derived = {input, len}});
}

enum answer_shape answer_shape(const struct answer *answer)
{
    static const struct {
        enum field field;
        enum answer_shape shape;
    } shapes[] = {
        {FIELD_PSKS, ANSWER_ARRAY},
        {FIELD_EXPORTERS, ANSWER_EXPORTS},
        {FIELD_TICKETS, ANSWER_TICKETS},
        {FIELD_SECRETS, ANSWER_BY_LABEL},
        {FIELD_TRAFFIC_KEYS, ANSWER_KEYS},
    };

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (shapes[i].field == answer->field) {
            return shapes[i].shape;
        }
    }
    return ANSWER_ALONE;
}

bool answer_has_text_label(const struct answer *answer)
{
    for (size_t i = 0; i < answer->label.len; i++) {
        if (answer->label.data[i] < 0x20 || answer->label.data[i] > 0x7e) {
            return false;
        }
    }
    return answer->label.len > 0;
}

bool answer_is_as_recorded(const struct answer *answer)
{
    return answer->derived.len == answer->recorded.len &&
           memcmp(answer->derived.data, answer->recorded.data, answer->derived.len) == 0;
}

bool line_is_as_recorded(const struct line *line)
{
    for (size_t i = 0; i < line->n_answers; i++) {
        if (line->answers[i].is_recorded && !answer_is_as_recorded(&line->answers[i])) {
            return false;
        }
    }
    return true;
}
