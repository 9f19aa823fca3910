#include "arena.h"
#include "memory.h"

#include <string.h>

enum { CHUNK_LEN = 256 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t len, used;
    max_align_t data[];
};

static struct arena_chunk *chunk_new(size_t len)
{
    struct arena_chunk *chunk = memory_take(sizeof(*chunk) + len);

    chunk->len = len;
    return chunk;
}

/* Makes a chunk with room for n bytes the current one. */
static void arena_grow(struct arena *arena, size_t n)
{
    struct arena_chunk **link = arena->current ? &arena->current->next : &arena->first;

    if (!*link || (*link)->len < n) {
        struct arena_chunk *chunk = chunk_new(n > CHUNK_LEN ? n : CHUNK_LEN);
        chunk->next = *link;
        *link = chunk;
    }
    arena->current = *link;
    arena->current->used = 0;
}

void *arena_take(struct arena *arena, size_t n)
{
    struct arena_chunk *chunk = arena->current;
    void *piece;

    n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!chunk || n > chunk->len - chunk->used) {
        arena_grow(arena, n);
        chunk = arena->current;
    }
    piece = (unsigned char *)chunk->data + chunk->used;
    chunk->used += n;
    arena->n_used += n;
    return piece;
}

void *arena_take_zero(struct arena *arena, size_t n)
{
    return memset(arena_take(arena, n), 0, n);
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk **link = &arena->first;

    while (*link) {
        struct arena_chunk *chunk = *link;
        if (chunk->len > CHUNK_LEN) {
            *link = chunk->next;
            memory_give_back(chunk);
        } else {
            link = &chunk->next;
        }
    }
    arena->current = NULL;
    arena->n_used = 0;
}

void arena_free(struct arena *arena)
{
    while (arena->first) {
        struct arena_chunk *next = arena->first->next;
        memory_give_back(arena->first);
        arena->first = next;
    }
    *arena = (struct arena){0};
}
