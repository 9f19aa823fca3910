#include "key_log.h"
#include "arena.h"
#include "command.h"
#include "hex.h"
#include "input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *label;
    size_t min_id_len, max_id_len, min_len, max_len; /* bytes; the latter of the secret */
} kinds[N_KEY_LOG_KINDS] = {
    [KEY_LOG_MASTER] = {"CLIENT_RANDOM", LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, LANEKDF_MASTER_SECRET_LEN,
        LANEKDF_MASTER_SECRET_LEN},
    [KEY_LOG_PRE_MASTER] = {"PMS_CLIENT_RANDOM", LANEKDF_RANDOM_LEN, LANEKDF_RANDOM_LEN, 1,
        LANEKDF_MAX_SECRET},
    [KEY_LOG_RSA] = {"RSA", KEY_LOG_RSA_ID_LEN, KEY_LOG_RSA_ID_LEN, 48, 48},
    [KEY_LOG_SESSION] = {"RSA Session-ID:", 1, KEY_LOG_MAX_ID_LEN, LANEKDF_MASTER_SECRET_LEN,
        LANEKDF_MASTER_SECRET_LEN},
};

struct key_log {
    const char *name;
    struct arena arena; /* the secrets */
    struct key_log_entry *entries;
    size_t n, capacity;
};

/* A word up to a space or the end. */
static struct word {
    const char *text;
    size_t len;
} next_word(const char **at, const char *end)
{
    struct word word;

    while (*at < end && (**at == ' ' || **at == '\t')) {
        ++*at;
    }
    word.text = *at;
    while (*at < end && **at != ' ' && **at != '\t') {
        ++*at;
    }
    word.len = (size_t)(*at - word.text);
    return word;
}

static bool decode(uint8_t *bytes, struct word word)
{
    return word.len % 2 == 0 && hex_decode(bytes, word.text, word.len / 2);
}

static struct key_log_entry *new_entry(struct key_log *log)
{
    if (log->n == log->capacity) {
        log->capacity = log->capacity == 0 ? 256 : 2 * log->capacity;
        log->entries = realloc(log->entries, log->capacity * sizeof(*log->entries));
        if (!log->entries) {
            command_die("no memory");
        }
    }
    log->entries[log->n] = (struct key_log_entry){0};
    return &log->entries[log->n];
}

/* Takes the prefix off a word that has it. */
static bool cut_prefix(struct word *word, const char *prefix)
{
    const size_t len = strlen(prefix);

    if (word->len < len || memcmp(word->text, prefix, len) != 0) {
        return false;
    }
    word->text += len;
    word->len -= len;
    return true;
}

static size_t find_kind(struct word label, struct word *id, struct word *secret)
{
    if (label.len == 3 && memcmp(label.text, "RSA", 3) == 0 && cut_prefix(id, "Session-ID:") &&
        cut_prefix(secret, "Master-Key:")) {
        return KEY_LOG_SESSION;
    }
    for (size_t kind = 0; kind < N_KEY_LOG_KINDS; kind++) {
        if (strlen(kinds[kind].label) == label.len && memcmp(kinds[kind].label, label.text, label.len) == 0) {
            return kind;
        }
    }
    return N_KEY_LOG_KINDS;
}

/* What is wrong with the line, or NULL. */
static const char *take_line(struct key_log *log, const char *text, const char *end, uint64_t number)
{
    struct word label = next_word(&text, end), id = next_word(&text, end), secret = next_word(&text, end);
    struct key_log_entry *entry;
    size_t kind;
    uint8_t *bytes;

    if (label.len == 0 || label.text[0] == '#') {
        return NULL;
    }
    kind = find_kind(label, &id, &secret);
    if (kind == N_KEY_LOG_KINDS) {
        return NULL;
    }
    entry = new_entry(log);
    entry->id_len = id.len / 2;
    if (entry->id_len < kinds[kind].min_id_len || entry->id_len > kinds[kind].max_id_len ||
        !decode(entry->id, id)) {
        return "what the secret belongs to is not hexadecimal or not as long as it should be";
    }
    if (secret.len < 2 * kinds[kind].min_len || secret.len > 2 * kinds[kind].max_len) {
        return "the secret is not as long as it should be";
    }
    bytes = arena_take(&log->arena, secret.len / 2);
    if (!decode(bytes, secret)) {
        return "the secret is not hexadecimal";
    }
    if (next_word(&text, end).len > 0) {
        return "something stands behind the secret";
    }
    entry->kind = (enum key_log_kind)kind;
    entry->secret = (struct lanekdf_bytes){bytes, secret.len / 2};
    entry->line = number;
    log->n++;
    return NULL;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key_log_entry *x = a, *y = b;

    return x->kind != y->kind       ? (x->kind < y->kind ? -1 : 1)
           : x->id_len != y->id_len ? (x->id_len < y->id_len ? -1 : 1)
                                    : memcmp(x->id, y->id, sizeof(x->id));
}

static int compare(const void *a, const void *b)
{
    const struct key_log_entry *x = a, *y = b;
    int order = compare_keys(a, b);

    return order != 0 ? order : x->line < y->line ? -1 : 1;
}

static bool is_same_secret(const struct key_log_entry *a, const struct key_log_entry *b)
{
    return a->secret.len == b->secret.len && memcmp(a->secret.data, b->secret.data, a->secret.len) == 0;
}

/* Whether one of the n entries, all of the same key, has the entry's secret. */
static bool is_there(const struct key_log_entry *entries, size_t n, const struct key_log_entry *entry)
{
    for (size_t i = 0; i < n; i++) {
        if (is_same_secret(&entries[i], entry)) {
            return true;
        }
    }
    return false;
}

/* Sorts, and keeps a secret once that client and server may both have written. */
static void sort(struct key_log *log)
{
    size_t kept = 0, first = 0; /* of those with the same key */

    if (log->n > 0) {
        qsort(log->entries, log->n, sizeof(*log->entries), compare);
    }
    for (size_t i = 0; i < log->n; i++) {
        const struct key_log_entry *entry = &log->entries[i];
        if (kept == 0 || compare_keys(&log->entries[first], entry) != 0) {
            first = kept;
        } else if (is_there(&log->entries[first], kept - first, entry)) {
            continue;
        }
        log->entries[kept++] = *entry;
    }
    log->n = kept;
}

struct key_log *key_log_read(const char *name)
{
    struct key_log *log = calloc(1, sizeof(*log));
    char *file = strdup(name);
    struct input input;
    enum input_event event;
    const char *text;
    size_t len;

    if (!log || !file) {
        command_die("no memory");
    }
    log->name = name;
    input_open(&input, &file, 1);
    while ((event = input_next(&input, &text, &len)) != INPUT_END) {
        const char *wrong = event == INPUT_TOO_LONG ? "the line is longer than 64 MiB" : NULL;
        if (event == INPUT_LINE) {
            len -= len > 0 && text[len - 1] == '\r';
            wrong = take_line(log, text, text + len, input.line_number);
        }
        if (wrong) {
            command_message("%s:%" PRIu64 ": %s: passed over", name, input.line_number, wrong);
        }
    }
    input_close(&input);
    free(file);
    if (input.failed) {
        key_log_free(log);
        return NULL;
    }
    sort(log);
    return log;
}

void key_log_free(struct key_log *log)
{
    if (log) {
        arena_free(&log->arena);
        free(log->entries);
        free(log);
    }
}

const char *key_log_name(const struct key_log *log)
{
    return log->name;
}

const struct key_log_entry *key_log_find(
    const struct key_log *log, enum key_log_kind kind, const uint8_t *id, size_t id_len, size_t *n)
{
    struct key_log_entry key = {.kind = kind, .id_len = id_len};
    size_t first = 0, end = log->n;

    *n = 0;
    if (id_len > sizeof(key.id)) {
        return NULL;
    }
    memcpy(key.id, id, id_len);
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare_keys(&log->entries[middle], &key) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    while (first + *n < log->n && compare_keys(&log->entries[first + *n], &key) == 0) {
        ++*n;
    }
    return log->entries + first;
}
