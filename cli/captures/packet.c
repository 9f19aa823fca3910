#include "packet.h"
#include "hex.h"
#include "memory.h"

#include <string.h>

/* The records that a packet completes have no more bytes, nor has its payload: no IP packet and no TLS record
 * is longer than 64 KB. They have no more messages either. Each message is looked for in each record: bytes
 * of all records, and RECORD_COST for each record, times messages may be so many. That is 32 messages in 128
 * KB, or 400 in 10 KB. */
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

/* Finds, for the first bytes of a pattern, how many of its first bytes also end them, but for all of them:
 * the table of Knuth, Morris and Pratt, which passes over no byte twice. */
static void find_borders(const uint8_t *pattern, size_t n, uint32_t *borders)
{
    uint32_t k = 0;

    borders[0] = 0;
    for (size_t i = 1; i < n; i++) {
        while (k > 0 && pattern[k] != pattern[i]) {
            k = borders[k - 1];
        }
        k += pattern[k] == pattern[i];
        borders[i] = k;
    }
}

/* Finds the pattern in a text: whole, the first or the last time, or as many of its first bytes as the text
 * ends with. Returns how many, and where they are. */
static size_t find_overlap(const uint8_t *pattern, size_t n, const uint8_t *text, size_t text_len, bool last,
    uint32_t *borders, size_t *at)
{
    bool is_whole = false;
    size_t k = 0;

    find_borders(pattern, n, borders);
    for (size_t i = 0; i < text_len && !(is_whole && !last); i++) {
        while (k > 0 && (k == n || pattern[k] != text[i])) {
            k = borders[k - 1];
        }
        k += pattern[k] == text[i];
        if (k == n) {
            is_whole = true;
            *at = i + 1 - n;
        }
    }
    if (!is_whole) {
        *at = text_len - k;
    }
    return is_whole ? n : k;
}

/*
 * Finds where the records begin, relative to the payload: the place where the two agree over the greatest
 * length. tshark prints a record in the packet that completes it, so the records may begin in an earlier
 * packet and, where packets were out of order, end in a later one.
 */
static bool place(
    const uint8_t *records, size_t n_records, const uint8_t *payload, size_t n_payload, ptrdiff_t *begin)
{
    size_t longest, behind, at = 0;
    uint32_t *borders;

    if (n_payload > MAX_RECORDS_LEN || n_payload == 0 || n_records == 0) {
        return false;
    }
    borders = memory_take((n_records > n_payload ? n_records : n_payload) * sizeof(*borders));
    longest = find_overlap(payload, n_payload, records, n_records, true, borders, &at);
    *begin = -(ptrdiff_t)at; /* the records begin before the payload, or with it */
    behind = find_overlap(records, n_records, payload + 1, n_payload - 1, false, borders, &at);
    if (behind > longest) {
        longest = behind;
        *begin = (ptrdiff_t)at + 1;
    }
    memory_give_back(borders);
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

void cut_packet_note(struct cut_packet *cut, const struct json_packet *json)
{
    if (cut->number == 0 && json->kept_len < json->len) {
        *cut = (struct cut_packet){json->number, json->kept_len, json->len};
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
    cut_packet_note(&packet->cut, json);
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
