#include "packet.h"
#include "hex.h"
#include "memory.h"

#include <string.h>

/* The records that a packet completes have no more bytes, nor has its payload: no IP packet and no TLS record
 * is longer than 64 KB. They have no more messages either. The payload is looked for at each place of the
 * records. Each message is looked for in each record: bytes of all records, and RECORD_COST for each record,
 * times messages may be so many. That is 32 messages in 128 KB, or 400 in 10 KB. */
enum { MAX_RECORDS_LEN = 1 << 17, MAX_MESSAGES = 1 << 14, RECORD_COST = 32, MAX_COST = 1 << 22 };

static size_t total_len(const struct json_value *values, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        len += values[i].type == JSON_STRING ? values[i].len / 2 : 0;
    }
    return len;
}

/* Decodes the values one behind the other to *at, which moves behind them. */
static bool decode(struct lanekdf_bytes *bytes, const struct json_value *values, size_t n, uint8_t **at)
{
    for (size_t i = 0; i < n; i++) {
        const size_t len = values[i].len / 2;
        if (values[i].type != JSON_STRING || values[i].len % 2 != 0 ||
            !hex_decode(*at, values[i].string, len)) {
            return false;
        }
        bytes[i] = (struct lanekdf_bytes){*at, len};
        *at += len;
    }
    return true;
}

/*
 * Finds where the records begin, relative to the payload: the place where the two agree over the greatest
 * length. tshark prints a record in the packet that completes it, so the records may begin in an earlier
 * packet and, where packets were out of order, end in a later one.
 */
static bool place(
    const uint8_t *records, size_t n_records, const uint8_t *payload, size_t n_payload, ptrdiff_t *begin)
{
    size_t longest = 0;

    if (n_payload > MAX_RECORDS_LEN) {
        return false;
    }
    for (size_t skipped = n_records; skipped-- > 0;) { /* the records begin before the payload */
        size_t len = n_records - skipped < n_payload ? n_records - skipped : n_payload;
        if (len > longest && memcmp(records + skipped, payload, len) == 0) {
            longest = len;
            *begin = -(ptrdiff_t)skipped;
        }
    }
    for (size_t at = 1; at < n_payload; at++) {
        size_t len = n_payload - at < n_records ? n_payload - at : n_records;
        if (len > longest && memcmp(payload + at, records, len) == 0) {
            longest = len;
            *begin = (ptrdiff_t)at;
        }
    }
    return longest > 0;
}

static void find_place(struct packet *packet, const struct json_packet *json, const uint8_t *payload)
{
    const size_t n_records = total_len(json->records, json->n_records);
    ptrdiff_t begin;

    packet->is_placed = place(packet->bytes, n_records, payload, json->payload.len / 2, &begin);
    if (packet->is_placed) {
        packet->begin = (uint32_t)(json->sequence + (uint64_t)(int64_t)begin);
        packet->end = packet->begin + (uint32_t)n_records;
    }
}

const char *packet_decode(
    struct packet *packet, const struct json_packet *json, const char *file, uint64_t number)
{
    const size_t n = json->n_records + json->n_messages;
    const size_t records_len = total_len(json->records, json->n_records);
    const size_t n_bytes =
        records_len + total_len(json->messages, json->n_messages) + json->payload.len / 2 + 1;
    struct lanekdf_bytes payload = {0};
    uint8_t *at;

    if (records_len > MAX_RECORDS_LEN || json->n_messages > MAX_MESSAGES ||
        (uint64_t)(records_len + RECORD_COST * json->n_records) * json->n_messages > MAX_COST) {
        return "more records or messages than a packet can have";
    }
    *packet = (struct packet){.file = file,
        .number = number,
        .is_dtls = json->has_dtls,
        .stream = json->stream,
        .source = json->source,
        .n_records = json->n_records,
        .n_messages = json->n_messages,
        .records = memory_take((n + 1) * sizeof(struct lanekdf_bytes)),
        .bytes = memory_take(n_bytes)};
    packet->messages = packet->records + json->n_records;
    at = packet->bytes;
    if (!decode(packet->records, json->records, json->n_records, &at) ||
        !decode(packet->messages, json->messages, json->n_messages, &at)) {
        packet_free(packet);
        return "the bytes of a record are not hexadecimal";
    }
    if (json->payload.type == JSON_STRING && decode(&payload, &json->payload, 1, &at)) {
        find_place(packet, json, payload.data);
    }
    return NULL;
}

void packet_free(struct packet *packet)
{
    memory_give_back(packet->records);
    memory_give_back(packet->bytes);
}
