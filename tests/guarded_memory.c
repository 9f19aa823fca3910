#include "guarded_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "must.h"

enum { N_SMALL = 8192, N_LARGE = 128, PACKED_BYTES = 64 << 20 };
static const size_t page = 4096;
static const size_t large = 17 * 4096; /* bytes: the longest seed, LANEKDF_MAX_SEED, fits */

/* Compartments of the same length, each with a page before it and behind it that cannot be touched. */
struct rows {
    uint8_t *base, *image;
    size_t len, n, used;
};

struct guarded_memory {
    enum guarded_form form;
    struct rng *rng;
    struct rows small, large;
    uint8_t *packed, *packed_image;
    size_t packed_used;
};

static void *map(size_t len, int protection)
{
    void *p = mmap(NULL, len, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        perror("mmap");
        abort();
    }
    return p;
}

static struct rows rows_new(size_t len, size_t n)
{
    struct rows rows = {.len = len, .n = n};

    rows.base = map(n * (len + page) + page, PROT_NONE);
    rows.image = map(n * len, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < n; i++) {
        if (mprotect(rows.base + page + i * (len + page), len, PROT_READ | PROT_WRITE)) {
            perror("mprotect");
            abort();
        }
    }
    return rows;
}

static void rows_free(struct rows *rows)
{
    munmap(rows->base, rows->n * (rows->len + page) + page);
    munmap(rows->image, rows->n * rows->len);
}

static uint8_t *rows_at(const struct rows *rows, size_t i)
{
    return rows->base + page + i * (rows->len + page);
}

static void *rows_take(struct rows *rows, struct rng *rng, size_t len)
{
    uint8_t *row;

    must(rows->used < rows->n, "out of compartments: raise N_SMALL or N_LARGE");
    row = rows_at(rows, rows->used++);
    memset(row, GUARDED_FILL, rows->len);
    return rng_one_in(rng, 2) ? row : row + rows->len - len;
}

struct guarded_memory *guarded_new(enum guarded_form form, struct rng *rng)
{
    struct guarded_memory *memory = calloc(1, sizeof(*memory));

    must(memory != NULL, "out of memory");
    memory->form = form;
    memory->rng = rng;
    if (form == GUARDED) {
        memory->small = rows_new(page, N_SMALL);
        memory->large = rows_new(large, N_LARGE);
    } else {
        memory->packed = map(PACKED_BYTES, PROT_READ | PROT_WRITE);
        memory->packed_image = map(PACKED_BYTES, PROT_READ | PROT_WRITE);
    }
    return memory;
}

void guarded_free(struct guarded_memory *memory)
{
    if (memory->form == GUARDED) {
        rows_free(&memory->small);
        rows_free(&memory->large);
    } else {
        munmap(memory->packed, PACKED_BYTES);
        munmap(memory->packed_image, PACKED_BYTES);
    }
    free(memory);
}

struct rng *guarded_rng(struct guarded_memory *memory)
{
    return memory->rng;
}

struct guarded_mark guarded_mark(const struct guarded_memory *memory)
{
    return (struct guarded_mark){memory->small.used, memory->large.used, memory->packed_used};
}

void guarded_return_to(struct guarded_memory *memory, struct guarded_mark mark)
{
    memory->small.used = mark.small;
    memory->large.used = mark.large;
    memory->packed_used = mark.packed;
}

void guarded_clear(struct guarded_memory *memory)
{
    guarded_return_to(memory, (struct guarded_mark){0});
}

static void *packed_take(struct guarded_memory *memory, size_t len, size_t align)
{
    size_t at = memory->packed_used, start = at + 1 + rng_below(memory->rng, 40);

    start = (start + align - 1) / align * align;
    must(start + len + 1 <= PACKED_BYTES, "out of memory: raise PACKED_BYTES");
    memory->packed_used = start + len + 1;
    memset(memory->packed + at, GUARDED_FILL, memory->packed_used - at);
    return memory->packed + start;
}

void *guarded_take(struct guarded_memory *memory, size_t len, size_t align)
{
    if (!len && rng_one_in(memory->rng, 2)) {
        return NULL;
    }
    if (memory->form == PACKED) {
        return packed_take(memory, len, align);
    }
    must(len <= large, "a piece longer than a compartment");
    must(len % align == 0, "a piece whose end is not aligned");
    return rows_take(len > page ? &memory->large : &memory->small, memory->rng, len);
}

void guarded_expect(struct guarded_memory *memory)
{
    struct rows *rows[] = {&memory->small, &memory->large};

    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < rows[k]->used; i++) {
            memcpy(rows[k]->image + i * rows[k]->len, rows_at(rows[k], i), rows[k]->len);
        }
    }
    if (memory->packed_used) {
        memcpy(memory->packed_image, memory->packed, memory->packed_used);
    }
}

void *guarded_expected(struct guarded_memory *memory, const void *address)
{
    uintptr_t at = (uintptr_t)address;
    struct rows *rows[] = {&memory->small, &memory->large};

    for (size_t k = 0; k < 2; k++) {
        uintptr_t offset = at - (uintptr_t)rows[k]->base - page;
        size_t i = offset / (rows[k]->len + page);

        if (rows[k]->base && at >= (uintptr_t)rows[k]->base + page && i < rows[k]->used) {
            return rows[k]->image + i * rows[k]->len + offset % (rows[k]->len + page);
        }
    }
    if (memory->packed && at - (uintptr_t)memory->packed < memory->packed_used) {
        return memory->packed_image + (at - (uintptr_t)memory->packed);
    }
    abort();
}

static const uint8_t *first_difference(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (!len || !memcmp(a, b, len)) {
        return NULL;
    }
    while (*a == *b) {
        a++, b++;
    }
    return a;
}

const uint8_t *guarded_difference(struct guarded_memory *memory)
{
    struct rows *rows[] = {&memory->small, &memory->large};
    const uint8_t *found = NULL;

    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < rows[k]->used && !found; i++) {
            found = first_difference(rows_at(rows[k], i), rows[k]->image + i * rows[k]->len, rows[k]->len);
        }
    }
    return found ? found : first_difference(memory->packed, memory->packed_image, memory->packed_used);
}
