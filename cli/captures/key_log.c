#include "key_log.h"
#include "arena.h"
#include "command.h"
#include "memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct key_log {
    struct arena arena; /* secrets and names */
    struct key_log_entry *entries;
    size_t n, capacity, n_added;
    bool is_sorted, is_cut;
};

struct key_log *key_log_new(void)
{
    return memory_take(sizeof(struct key_log));
}

void key_log_free(struct key_log *log)
{
    if (log) {
        arena_free(&log->arena);
        memory_give_back(log->entries);
        memory_give_back(log);
    }
}

void key_log_add(struct key_log *log, struct key_log_entry entry)
{
    if (log->n == log->capacity) {
        log->capacity = log->capacity == 0 ? 256 : 2 * log->capacity;
        log->entries = memory_resize(log->entries, log->capacity * sizeof(*log->entries));
    }
    entry.order = log->n_added++;
    log->entries[log->n++] = entry;
    log->is_sorted = false;
}

uint8_t *key_log_room(struct key_log *log, size_t n)
{
    return arena_take(&log->arena, n);
}

const char *key_log_keep(struct key_log *log, const char *name)
{
    const size_t size = strlen(name) + 1;

    return memcpy(arena_take(&log->arena, size), name, size);
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

    return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static bool is_same_secret(const struct key_log_entry *a, const struct key_log_entry *b)
{
    return a->secret_id == b->secret_id && a->number == b->number && a->secret.len == b->secret.len &&
           memcmp(a->secret.data, b->secret.data, a->secret.len) == 0;
}

/* Tells whether one of n entries, which have the key of the entry, has its secret as well. */
static bool is_there(const struct key_log_entry *entries, size_t n, const struct key_log_entry *entry)
{
    for (size_t i = 0; i < n; i++) {
        if (is_same_secret(&entries[i], entry)) {
            return true;
        }
    }
    return false;
}

/* Says, once, that not all secrets of a connection are kept. */
static void tell_cut(struct key_log *log, const struct key_log_entry *entry)
{
    if (!log->is_cut) {
        command_message("line %" PRIu64
                        " of %s: more than %d secrets for one connection, or more than %d bytes of them: "
                        "those in the first lines are tried",
            entry->line, entry->origin, KEY_LOG_MAX_SECRETS, KEY_LOG_MAX_SECRETS_LEN);
    }
    log->is_cut = true;
}

/* Sorts the entries, and drops repetitions: client and server may both have written a secret. */
static void sort(struct key_log *log)
{
    size_t kept = 0, first = 0, len = 0; /* the first entry kept with the same key, and the secrets' bytes */

    if (log->n > 0) {
        qsort(log->entries, log->n, sizeof(*log->entries), compare);
    }
    for (size_t i = 0; i < log->n; i++) {
        const struct key_log_entry *entry = &log->entries[i];
        if (kept == 0 || compare_keys(&log->entries[first], entry) != 0) {
            first = kept;
            len = 0;
        } else if (is_there(&log->entries[first], kept - first, entry)) {
            continue;
        } else if (kept - first == KEY_LOG_MAX_SECRETS || entry->secret.len > KEY_LOG_MAX_SECRETS_LEN - len) {
            tell_cut(log, entry);
            continue;
        }
        len += entry->secret.len;
        log->entries[kept++] = *entry;
    }
    log->n = kept;
    log->is_sorted = true;
}

const struct key_log_entry *key_log_find(
    struct key_log *log, enum key_log_kind kind, const uint8_t *id, size_t id_len, size_t *n)
{
    struct key_log_entry key = {.kind = kind, .id_len = id_len};
    size_t first = 0, end;

    *n = 0;
    if (!log->is_sorted) {
        sort(log);
    }
    end = log->n;
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
