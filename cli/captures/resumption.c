#include "resumption.h"
#include "command.h"
#include "memory.h"

#include <search.h>
#include <string.h>

struct kept {
    uint8_t master[LANEKDF_MASTER_SECRET_LEN];
    struct lanekdf_bytes id; /* its bytes stand behind the struct */
};

/* A balanced tree: those who make a capture choose the IDs in it, and so could fill one bucket of a table of
 * hashes. */
struct resumption {
    void *root;
};

struct resumption *resumption_new(void)
{
    return memory_take(sizeof(struct resumption));
}

static int compare(const void *a, const void *b)
{
    const struct lanekdf_bytes *x = &((const struct kept *)a)->id, *y = &((const struct kept *)b)->id;

    return x->len != y->len ? (x->len < y->len ? -1 : 1) : memcmp(x->data, y->data, x->len);
}

void resumption_free(struct resumption *resumption)
{
    while (resumption && resumption->root) {
        struct kept *kept = *(struct kept **)resumption->root;
        tdelete(kept, &resumption->root, compare);
        memory_give_back(kept);
    }
    memory_give_back(resumption);
}

void resumption_add(struct resumption *resumption, struct lanekdf_bytes id, const uint8_t *master)
{
    struct kept *kept, **place;

    if (id.len == 0) {
        return;
    }
    kept = memory_take(sizeof(*kept) + id.len);
    kept->id = (struct lanekdf_bytes){memcpy(kept + 1, id.data, id.len), id.len};
    memcpy(kept->master, master, sizeof(kept->master));
    place = tsearch(kept, &resumption->root, compare);
    if (!place) {
        command_die("no memory");
    }
    if (*place !=
        kept) { /* the ID came before, and whoever found its master secret may still read it there */
        memcpy((*place)->master, master, sizeof(kept->master));
        memory_give_back(kept);
    }
}

const uint8_t *resumption_find(const struct resumption *resumption, struct lanekdf_bytes id)
{
    const struct kept key = {.id = id}, **place = NULL;

    if (id.len > 0) {
        place = tfind(&key, &resumption->root, compare);
    }
    return place ? (*place)->master : NULL;
}
