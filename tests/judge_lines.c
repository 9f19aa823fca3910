/*
 * A judge on the command line, for judge_vectors.py: `judge_lines reference` or `judge_lines engine`. Each
 * line of stdin is a job, and its outputs are a line of hexadecimal digits on stdout, with a space between
 * them.
 *
 *     KIND member=value ...
 *
 * The kind and its members have the names of lanekdf.h (job_kinds.c). Numbers are decimal, bytes hexadecimal,
 * and a list of pieces has a comma behind each piece. An output is wanted if its length in bytes is given.
 * Outputs are printed in the order of the line. The answer to a kind that the engine does not serve is "not
 * served".
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job_kinds.h"
#include "must.h"
#include "reference.h"

enum { MAX_OUTPUTS = 8, MAX_OUT = 32768, MAX_LIST = 64 };

static union any_job any;
static struct lanekdf_span outputs[MAX_OUTPUTS];
static size_t n_outputs;
static uint64_t rooms[MAX_OUTPUTS][MAX_OUT / sizeof(uint64_t)];
static struct lanekdf_bytes lists[2][MAX_LIST];
static size_t n_lists;

static void fail(const char *what, const char *where)
{
    fprintf(stderr, "%s: %s\n", where, what);
    exit(1);
}

static const struct job_kind *kind_named(const char *name)
{
    for (uint32_t id = 1; id < job_kind_unknown(); id++) {
        if (strcmp(job_kind(id)->name, name) == 0) {
            return job_kind(id);
        }
    }
    fail("no such kind", name);
    return NULL;
}

static const struct job_field *field_named(const struct job_kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (strcmp(kind->fields[i].name, name) == 0) {
            return &kind->fields[i];
        }
    }
    fail("no such member", name);
    return NULL;
}

static size_t number(const char *text)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);

    if (!*text || *end) {
        fail("not a number", text);
    }
    return value;
}

/* The bytes of a text, written over their own digits. */
static struct lanekdf_bytes bytes(char *hex)
{
    uint8_t *data = (uint8_t *)hex;
    size_t len = 0;
    unsigned byte;

    if (strlen(hex) % 2 || hex[strspn(hex, "0123456789abcdef")]) {
        fail("not hexadecimal", hex);
    }
    for (; *hex && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        data[len++] = (uint8_t)byte;
    }
    return (struct lanekdf_bytes){data, len};
}

static struct job_pieces pieces(char *text)
{
    struct lanekdf_bytes *list = lists[n_lists++];
    size_t n = 0;
    char *end;

    must(n_lists <= sizeof(lists) / sizeof(*lists), "more lists than a job has");
    for (; (end = strchr(text, ',')); text = end + 1) {
        must(n < MAX_LIST, "raise MAX_LIST");
        *end = 0;
        list[n++] = bytes(text);
    }
    return (struct job_pieces){list, n};
}

static const uint8_t *fixed(const struct job_field *field, char *text)
{
    const struct lanekdf_bytes b = bytes(text);

    if (b.len != job_field_max(&any, field)) {
        fail("a wrong length", field->name);
    }
    return b.data;
}

static void want(const struct job_field *field, size_t len)
{
    struct lanekdf_span *out = &outputs[n_outputs];

    must(n_outputs < MAX_OUTPUTS && len <= MAX_OUT, "raise MAX_OUTPUTS or MAX_OUT");
    *out = (struct lanekdf_span){(uint8_t *)rooms[n_outputs++], len};
    job_field_set_output(&any, field, out->data);
    if (field->type == FIELD_OUT) {
        job_field_span(&any, field)->len = len;
    }
}

static void set(const struct job_field *field, char *value)
{
    switch (field->type) {
    case FIELD_NUMBER:
    case FIELD_BITS:
    case FIELD_HASH:
    case FIELD_VERSION:
        job_field_set_number(&any, field, number(value));
        return;
    case FIELD_BYTES:
        *job_field_bytes(&any, field) = bytes(value);
        return;
    case FIELD_PIECES:
    case FIELD_LIST:
        job_field_set_pieces(&any, field, pieces(value));
        return;
    case FIELD_FIXED:
        *job_field_fixed(&any, field) = fixed(field, value);
        return;
    case FIELD_OUT:
    case FIELD_FIXED_OUT:
    case FIELD_PREPARED_OUT:
        want(field, number(value));
        return;
    case FIELD_PREPARED:
        break;
    }
    fail("no member that a line may give", field->name);
}

static void make_job(char *line)
{
    char *rest = line, *word = strsep(&rest, " "), *name;
    const struct job_kind *kind = kind_named(word);

    any = (union any_job){.job = {.kind = kind->id, .legacy = LANEKDF_LEGACY_ALL}};
    n_outputs = n_lists = 0;
    while ((word = strsep(&rest, " "))) {
        name = strsep(&word, "=");
        if (!word) {
            fail("no value", name);
        }
        set(field_named(kind, name), word);
    }
}

static void print_outputs(void)
{
    for (size_t i = 0; i < n_outputs; i++) {
        for (size_t k = 0; k < outputs[i].len; k++) {
            printf("%02x", outputs[i].data[k]);
        }
        putchar(i + 1 < n_outputs ? ' ' : '\n');
    }
}

int main(int argc, char **argv)
{
    const bool by_engine = argc == 2 && strcmp(argv[1], "engine") == 0;
    char *line = NULL;
    size_t size = 0;
    int status = LANEKDF_OK;

    must(
        by_engine || (argc == 2 && strcmp(argv[1], "reference") == 0), "usage: judge_lines reference|engine");
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = 0;
        make_job(line);
        if (by_engine) {
            status = lanekdf_derive_one(&any.job);
        } else {
            reference_derive(&any.job);
        }
        if (status != LANEKDF_OK) {
            puts(lanekdf_status_text(status));
        } else {
            print_outputs();
        }
        fflush(stdout);
    }
    free(line);
    return 0;
}
