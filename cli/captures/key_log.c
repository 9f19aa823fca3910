#include "key_log.h"
#include "arena.h"
#include "command.h"
#include "hex.h"
#include "input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ID_LEN = LANEKDF_RANDOM_LEN };

static const struct {
    const char *label;
    size_t id_len, min_len, max_len; /* bytes; of the secret */
} kinds[N_KEY_LOG_KINDS] = {
    [KEY_LOG_MASTER] = {"CLIENT_RANDOM", LANEKDF_RANDOM_LEN, LANEKDF_MASTER_SECRET_LEN,
        LANEKDF_MASTER_SECRET_LEN},
    [KEY_LOG_PRE_MASTER] = {"PMS_CLIENT_RANDOM", LANEKDF_RANDOM_LEN, 1, LANEKDF_MAX_SECRET},
    [KEY_LOG_RSA] = {"RSA", KEY_LOG_RSA_ID_LEN, 48, 48},
};

struct entry {
    enum key_log_kind kind;
    uint8_t id[MAX_ID_LEN]; /* zeroes behind a short one */
    struct lanekdf_bytes secret;
    uint64_t line;
};

struct key_log {
    const char *name;
    struct arena arena; /* the secrets */
    struct entry *entries;
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

static struct entry *new_entry(struct key_log *log)
{
    if (log->n == log->capacity) {
        log->capacity = log->capacity == 0 ? 256 : 2 * log->capacity;
        log->entries = realloc(log->entries, log->capacity * sizeof(*log->entries));
        if (!log->entries) {
            command_die("no memory");
        }
    }
    log->entries[log->n] = (struct entry){0};
    return &log->entries[log->n];
}

/* What is wrong with the line, or NULL. */
static const char *take_line(struct key_log *log, const char *text, const char *end, uint64_t number)
{
    struct word label = next_word(&text, end), id = next_word(&text, end), secret = next_word(&text, end);
    struct entry *entry;
    size_t kind = 0;
    uint8_t *bytes;

    if (label.len == 0 || label.text[0] == '#') {
        return NULL;
    }
    while (kind < N_KEY_LOG_KINDS && !(strlen(kinds[kind].label) == label.len &&
                                         memcmp(kinds[kind].label, label.text, label.len) == 0)) {
        kind++;
    }
    if (kind == N_KEY_LOG_KINDS) {
        return NULL;
    }
    entry = new_entry(log);
    if (id.len != 2 * kinds[kind].id_len || !decode(entry->id, id)) {
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
    const struct entry *x = a, *y = b;

    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : memcmp(x->id, y->id, sizeof(x->id));
}

static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = compare_keys(a, b);

    return order != 0 ? order : x->line < y->line ? -1 : 1;
}

/* Sorts, and keeps the first of those for the same handshake: client and server may both
 * have written it. */
static void settle(struct key_log *log)
{
    size_t kept = 0;

    if (log->n > 0) {
        qsort(log->entries, log->n, sizeof(*log->entries), compare);
    }
    for (size_t i = 0; i < log->n; i++) {
        const struct entry *last = &log->entries[kept - (kept > 0)], *entry = &log->entries[i];
        if (kept == 0 || compare_keys(last, entry) != 0) {
            log->entries[kept++] = *entry;
        } else if (last->secret.len != entry->secret.len ||
                   memcmp(last->secret.data, entry->secret.data, last->secret.len) != 0) {
            command_message("%s:%" PRIu64 ": another secret than in line %" PRIu64 ": passed over", log->name,
                entry->line, last->line);
        }
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
    settle(log);
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

const struct lanekdf_bytes *key_log_find(const struct key_log *log, enum key_log_kind kind, const uint8_t *id)
{
    struct entry key = {.kind = kind};
    const struct entry *found;

    memcpy(key.id, id, kinds[kind].id_len);
    found = log->n == 0 ? NULL : bsearch(&key, log->entries, log->n, sizeof(key), compare_keys);
    return found ? &found->secret : NULL;
}
