#include "key_log.h"
#include "arena.h"
#include "command.h"
#include "memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Each run is more than twice as long as the next one, so that there are fewer than a size_t has bits. */
enum { MAX_RUNS = 64 };

/*
 * Entries may come between searches, over and over: a capture that comes through a pipe may have a key log
 * before each handshake. So they are not sorted as one, which would sort all of them again each time, but in
 * runs, one behind the other in the array. A run is merged with the next one before that is half as long.
 */
struct key_log {
    struct arena arena; /* secrets and names */
    struct key_log_entry *entries;
    size_t n, capacity, n_added;
    size_t ends[MAX_RUNS], n_runs; /* behind the last run are entries that are not sorted yet */
    bool is_cut;
    struct key_log_entry found[KEY_LOG_MAX_SECRETS]; /* of an id, from several runs */
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

/* Whether an entry is kept behind n others with its key, whose secrets have len bytes. Repetitions are not:
 * client and server may both have written a secret. */
static bool is_kept(struct key_log *log, const struct key_log_entry *entries, size_t n, size_t len,
    const struct key_log_entry *entry)
{
    if (is_there(entries, n, entry)) {
        return false;
    }
    if (n == KEY_LOG_MAX_SECRETS || entry->secret.len > KEY_LOG_MAX_SECRETS_LEN - len) {
        tell_cut(log, entry);
        return false;
    }
    return true;
}

/* Drops what is not kept of the last run, which begins at `begin` and is sorted. */
static void drop(struct key_log *log, size_t begin)
{
    struct key_log_entry *entries = log->entries;
    size_t kept = begin, first = begin, len = 0; /* the first entry with the same key; bytes of secrets */

    for (size_t i = begin; i < log->n; i++) {
        if (kept == begin || compare_keys(&entries[first], &entries[i]) != 0) {
            first = kept;
            len = 0;
        }
        if (is_kept(log, &entries[first], kept - first, len, &entries[i])) {
            len += entries[i].secret.len;
            entries[kept++] = entries[i];
        }
    }
    log->n = kept;
}

static size_t begin_of_run(const struct key_log *log, size_t run)
{
    return run > 0 ? log->ends[run - 1] : 0;
}

/* Merges the last two runs, from their ends on: entries of the last one make room as they go to their places,
 * and stand in a copy until then. */
static void merge(struct key_log *log)
{
    const size_t begin = begin_of_run(log, log->n_runs - 2), middle = log->ends[log->n_runs - 2];
    size_t n_first = middle - begin, n_last = log->n - middle;
    struct key_log_entry *entries = log->entries + begin, *last = memory_take(n_last * sizeof(*last));

    memcpy(last, log->entries + middle, n_last * sizeof(*last));
    while (n_last > 0) {
        const bool is_of_first = n_first > 0 && compare(&entries[n_first - 1], &last[n_last - 1]) > 0;
        entries[n_first + n_last - 1] = is_of_first ? entries[n_first - 1] : last[n_last - 1];
        n_first -= is_of_first;
        n_last -= !is_of_first;
    }
    memory_give_back(last);
    drop(log, begin);
    log->n_runs--;
    log->ends[log->n_runs - 1] = log->n;
}

/* Whether the last run is at least half as long as the one before it. */
static bool is_long(const struct key_log *log)
{
    const size_t last = log->n_runs - 1;

    return last > 0 &&
           2 * (log->n - begin_of_run(log, last)) >= begin_of_run(log, last) - begin_of_run(log, last - 1);
}

/* Makes a run of the entries that are not sorted yet. */
static void sort(struct key_log *log)
{
    const size_t begin = begin_of_run(log, log->n_runs);

    if (log->n == begin) {
        return;
    }
    qsort(log->entries + begin, log->n - begin, sizeof(*log->entries), compare);
    drop(log, begin);
    log->ends[log->n_runs++] = log->n;
    while (is_long(log)) {
        merge(log);
    }
}

/* Finds the *n entries of a run that have this key. */
static const struct key_log_entry *find_in_run(
    const struct key_log *log, size_t run, const struct key_log_entry *key, size_t *n)
{
    size_t first = begin_of_run(log, run), end = log->ends[run];

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare_keys(&log->entries[middle], key) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    *n = 0;
    while (first + *n < log->ends[run] && compare_keys(&log->entries[first + *n], key) == 0) {
        ++*n;
    }
    return log->entries + first;
}

const struct key_log_entry *key_log_find(
    struct key_log *log, enum key_log_kind kind, const uint8_t *id, size_t id_len, size_t *n)
{
    struct key_log_entry key = {.kind = kind, .id_len = id_len};
    size_t len = 0;

    sort(log);
    *n = 0;
    if (id_len > sizeof(key.id)) {
        return NULL;
    }
    memcpy(key.id, id, id_len);
    for (size_t run = 0; run < log->n_runs; run++) { /* entries of a later run were added later */
        size_t n_of_run;
        const struct key_log_entry *entries = find_in_run(log, run, &key, &n_of_run);
        for (size_t i = 0; i < n_of_run; i++) {
            if (is_kept(log, log->found, *n, len, &entries[i])) {
                len += entries[i].secret.len;
                log->found[(*n)++] = entries[i];
            }
        }
    }
    return log->found;
}
