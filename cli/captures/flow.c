#include "flow.h"

#include <stdlib.h>
#include <string.h>

/* No handshake has as many items. A capture may be forged so that a handshake never ends: all its items are
 * looked at again with every packet, and without a limit they would take all the memory. */
enum { MAX_ITEMS = 4096 };

void flow_add(struct flow *flow, struct item item)
{
    flow_add_before(flow, 0, item);
}

void flow_add_before(struct flow *flow, size_t n, struct item item)
{
    if (flow->items.n < MAX_ITEMS) {
        item.number = flow->number;
        items_add_before(&flow->items, n, item);
    }
}

bool flow_is_full(const struct flow *flow)
{
    enum { MAX_SEALED = 48, MAX_SEALED_LEN = 64 * 1024 };

    return flow->n_sealed >= MAX_SEALED || flow->sealed_len >= MAX_SEALED_LEN;
}

void flow_take(struct flow *flow, const struct packet *packet)
{
    flow->number = packet->number;
    if (packet->is_dtls) {
        dtls_flow_take(flow, packet);
    } else {
        tls_flow_take(flow, packet);
    }
}

static bool is_in(struct lanekdf_bytes message, struct lanekdf_bytes record)
{
    return memmem(record.data, record.len, message.data, message.len) != NULL;
}

static bool is_same(struct lanekdf_bytes a, struct lanekdf_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

bool flow_is_decrypted(
    const struct flow *flow, const struct packet *packet, size_t first_item, struct lanekdf_bytes message)
{
    for (size_t i = 0; i < packet->n_records; i++) {
        if (is_in(message, packet->records[i])) {
            return false;
        }
    }
    for (size_t i = first_item; i < flow->items.n; i++) {
        if (is_same(message, flow->items.at[i].bytes)) {
            return false;
        }
    }
    return true;
}

void flow_end(struct flow *flow)
{
    tls_flow_end(flow);
    dtls_flow_end(flow);
}

void flow_free(struct flow *flow)
{
    items_free(&flow->items);
    text_buffer_free(&flow->partial);
    dtls_flow_free(flow);
}
