#include "items.h"
#include "memory.h"

#include <string.h>

static struct item *new_item(struct items *items)
{
    if (items->n == items->capacity) {
        items->capacity = 2 * items->capacity + 8;
        items->at = memory_resize(items->at, items->capacity * sizeof(struct item));
    }
    return &items->at[items->n++];
}

void items_add(struct items *items, struct item item)
{
    if (item.bytes.len > 0) {
        uint8_t *copy = memory_take(item.bytes.len);
        item.bytes.data = memcpy(copy, item.bytes.data, item.bytes.len);
    }
    *new_item(items) = item;
}

void items_add_before(struct items *items, size_t n, struct item item)
{
    items_add(items, item);
    item = items->at[items->n - 1];
    memmove(items->at + items->n - n, items->at + items->n - 1 - n, n * sizeof(struct item));
    items->at[items->n - 1 - n] = item;
}

void items_move(struct items *to, struct items *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *new_item(to) = from->at[i];
    }
    from->n -= n;
    if (n > 0 && from->n > 0) {
        memmove(from->at, from->at + n, from->n * sizeof(struct item));
    }
}

void items_free(struct items *items)
{
    for (size_t i = 0; i < items->n; i++) {
        if (items->at[i].bytes.len > 0) {
            memory_give_back((uint8_t *)(uintptr_t)items->at[i].bytes.data);
        }
    }
    memory_give_back(items->at);
    *items = (struct items){0};
}
