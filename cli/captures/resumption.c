#include "resumption.h"
#include "command.h"

#include <stdlib.h>
#include <string.h>

enum { N_BUCKETS = 1 << 14 };

struct kept {
    struct kept *next;
    uint8_t master[LANEKDF_MASTER_SECRET_LEN];
    size_t id_len;
    uint8_t id[];
};

struct resumption {
    struct kept *buckets[N_BUCKETS];
};

struct resumption *resumption_new(void)
{
    struct resumption *resumption = calloc(1, sizeof(*resumption));

    if (!resumption) {
        command_die("no memory");
    }
    return resumption;
}

void resumption_free(struct resumption *resumption)
{
    for (size_t i = 0; resumption && i < N_BUCKETS; i++) {
        while (resumption->buckets[i]) {
            struct kept *next = resumption->buckets[i]->next;
            explicit_bzero(resumption->buckets[i], sizeof(struct kept));
            free(resumption->buckets[i]);
            resumption->buckets[i] = next;
        }
    }
    free(resumption);
}

/* The hash is FNV-1a. */
static size_t bucket(struct lanekdf_bytes id)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < id.len; i++) {
        hash = (hash ^ id.data[i]) * UINT64_C(1099511628211);
    }
    return hash % N_BUCKETS;
}

void resumption_add(struct resumption *resumption, struct lanekdf_bytes id, const uint8_t *master)
{
    struct kept **first = &resumption->buckets[bucket(id)], *kept;

    if (id.len == 0) {
        return;
    }
    kept = malloc(sizeof(*kept) + id.len);
    if (!kept) {
        command_die("no memory");
    }
    kept->next = *first;
    kept->id_len = id.len;
    memcpy(kept->master, master, sizeof(kept->master));
    memcpy(kept->id, id.data, id.len);
    *first = kept;
}

const uint8_t *resumption_find(const struct resumption *resumption, struct lanekdf_bytes id)
{
    const struct kept *kept = id.len > 0 ? resumption->buckets[bucket(id)] : NULL;

    while (kept && !(kept->id_len == id.len && memcmp(kept->id, id.data, id.len) == 0)) {
        kept = kept->next;
    }
    return kept ? kept->master : NULL;
}
