/*
 * DTLS: messages are numbered, and cut into fragments that arrive in any order, repeated or not at all (RFC
 * 6347 section 4.2). A transcript has each as one fragment, with its header of 12 bytes (section 4.2.6).
 */
#include "flow.h"
#include "handshake_message.h"
#include "memory.h"

#include <string.h>

enum { RECORD_HEADER_LEN = 13, HEADER_LEN = DTLS_MESSAGE_HEADER_LEN };
/* The most messages that may wait, and their bytes. No flight in practice is as long: forged lengths must not
 * take all the memory, nor forged numbers make a list that takes long to look through. */
enum { MAX_WAITING = 256, MAX_WAITING_LEN = 1 << 20 };
/* The most bytes of one message. A fragment takes the room of its whole message, and a packet may have
 * thousands of fragments, each of which makes those before it void. Long messages are lists of certificates,
 * of which OpenSSL takes 100 KiB at most unless it is told otherwise, and other libraries take less. */
enum { MAX_MESSAGE_LEN = 128 * 1024 };

/* A message that waits, because it is not whole yet or because messages before it are not there. */
struct dtls_message {
    struct dtls_message *next;
    uint16_t number; /* message_seq */
    bool is_decrypted;
    size_t len, n_missing; /* bytes of the body */
    uint8_t *message;      /* header and body */
    uint8_t *is_there;     /* a bit for each byte of the body */
};

static size_t uint24(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2];
}

static uint16_t uint16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void message_free(struct dtls_message *message)
{
    memory_give_back(message->message);
    memory_give_back(message->is_there);
    memory_give_back(message);
}

/* Finds the waiting message that has the number of this header, or makes it. Returns NULL if the header
 * contradicts that message, or too much waits already. */
static struct dtls_message *waiting_message(struct flow *flow, const uint8_t *header, bool is_decrypted)
{
    const uint16_t number = uint16(header + 4);
    const size_t len = uint24(header + 1);
    struct dtls_message **at = &flow->waiting, *message;

    while (*at && (*at)->number < number) {
        at = &(*at)->next;
    }
    if (*at && (*at)->number == number) {
        return (*at)->len == len && (*at)->message[0] == header[0] ? *at : NULL;
    }
    if (flow->n_waiting == MAX_WAITING || len > MAX_MESSAGE_LEN ||
        flow->waiting_len + len > MAX_WAITING_LEN) {
        return NULL;
    }
    message = memory_take(sizeof(*message));
    message->message = memory_take(HEADER_LEN + len);
    message->is_there = memory_take(len / 8 + 1);
    memcpy(message->message, header, 6); /* type, length, message_seq */
    memset(message->message + 6, 0, 3);  /* fragment_offset */
    memcpy(message->message + 9, header + 1, 3);
    message->number = number;
    message->is_decrypted = is_decrypted;
    message->len = message->n_missing = len;
    message->next = *at;
    flow->n_waiting++;
    flow->waiting_len += len;
    return *at = message;
}

static void add_fragment(struct dtls_message *message, size_t offset, const uint8_t *bytes, size_t len)
{
    memcpy(message->message + HEADER_LEN + offset, bytes, len);
    for (size_t i = offset; i < offset + len; i++) {
        const uint8_t bit = (uint8_t)(1 << i % 8);
        message->n_missing -= (message->is_there[i / 8] & bit) == 0;
        message->is_there[i / 8] |= bit;
    }
}

static bool is_hello(unsigned type)
{
    return type == CLIENT_HELLO || type == SERVER_HELLO;
}

/* Tells whether the items have no messages but hellos. Such hellos belong to one handshake, since earlier
 * handshakes were taken out when they ended. */
static bool has_only_hellos(const struct items *items)
{
    for (size_t i = 0; i < items->n; i++) {
        if (items->at[i].kind == ITEM_MESSAGE && !is_hello(items->at[i].type)) {
            return false;
        }
    }
    return true;
}

/* Counts the items at the end that belong behind a message that comes late: ChangeCipherSpec and what follows
 * it. */
static size_t n_overtaken(const struct flow *flow, const struct dtls_message *message)
{
    const struct items *items = &flow->items;
    size_t n = 0;

    if (message->is_decrypted || (is_hello(message->message[0]) && !has_only_hellos(items))) {
        return 0;
    }
    while (n < items->n && items->at[items->n - 1 - n].kind != ITEM_MESSAGE) {
        n++;
    }
    return n;
}

/* Makes an item of the first message that waits. No transcript has a HelloVerifyRequest (RFC 6347
 * section 4.2.6). */
static void deliver(struct flow *flow)
{
    struct dtls_message *message = flow->waiting;

    if (message->message[0] != HELLO_VERIFY_REQUEST) {
        flow_add_before(flow, n_overtaken(flow, message),
            (struct item){.kind = ITEM_MESSAGE,
                .type = message->message[0],
                .is_decrypted = message->is_decrypted,
                .bytes = {message->message, HEADER_LEN + message->len}});
    }
    flow->next_message = (uint16_t)(message->number + 1);
    flow->waiting = message->next;
    flow->n_waiting--;
    flow->waiting_len -= message->len;
    message_free(message);
}

/* A hello is in order whatever its number is, because a HelloVerifyRequest before it may be missing. */
static bool is_in_order(const struct flow *flow)
{
    return flow->waiting->number == flow->next_message || is_hello(flow->waiting->message[0]);
}

/* A hello with another random than the last one begins a handshake, whose messages are numbered anew. */
static void restart_at_hello(struct flow *flow, const uint8_t *header, size_t len, bool is_decrypted)
{
    const uint8_t *random = header + HEADER_LEN + 2;

    if (!is_hello(header[0]) || uint24(header + 6) != 0 || len < 2 + sizeof(flow->random)) {
        return;
    }
    if (flow->has_hello && memcmp(flow->random, random, sizeof(flow->random)) != 0) {
        dtls_flow_end(flow);
        dtls_flow_free(flow);
        flow->next_message = uint16(header + 4);
        if (!is_decrypted) { /* a hello in the clear begins another connection between the same ports */
            flow->changed_epoch = flow->sealed_epoch = 0;
        }
    }
    flow->has_hello = true;
    memcpy(flow->random, random, sizeof(flow->random));
}

static void take_fragment(struct flow *flow, const uint8_t *header, size_t len, bool is_decrypted)
{
    struct dtls_message *message;

    restart_at_hello(flow, header, len, is_decrypted);
    if (header[0] == HELLO_REQUEST || uint24(header + 6) + len > uint24(header + 1)) {
        return;
    }
    if (uint16(header + 4) < flow->next_message) { /* a retransmission */
        return;
    }
    message = waiting_message(flow, header, is_decrypted);
    if (message) {
        add_fragment(message, uint24(header + 6), header + HEADER_LEN, len);
    }
    while (flow->waiting && flow->waiting->n_missing == 0 && is_in_order(flow)) {
        deliver(flow);
    }
}

/* Takes the fragments of messages that a record holds, or that tshark decrypted in one. */
static void take_fragments(struct flow *flow, struct lanekdf_bytes bytes, bool is_decrypted)
{
    for (size_t at = 0; at + HEADER_LEN <= bytes.len;) {
        const size_t len = uint24(bytes.data + at + 9);
        if (len > bytes.len - at - HEADER_LEN) {
            return;
        }
        take_fragment(flow, bytes.data + at, len, is_decrypted);
        at += HEADER_LEN + len;
    }
}

/* Adds the first record of its kind in an epoch. A retransmitted flight brings such a record again. */
static void add_once(struct flow *flow, struct item item, unsigned epoch, unsigned *last_epoch)
{
    if (epoch > *last_epoch) {
        *last_epoch = epoch;
        flow_add(flow, item);
    }
}

static void take_record(struct flow *flow, struct lanekdf_bytes record)
{
    unsigned epoch;

    if (record.len <= RECORD_HEADER_LEN) {
        return;
    }
    epoch = uint16(record.data + 3);
    if (record.data[0] == RECORD_CHANGE_CIPHER_SPEC) {
        add_once(flow, (struct item){.kind = ITEM_CHANGE_CIPHER_SPEC}, epoch + 1, &flow->changed_epoch);
    } else if (record.data[0] == RECORD_HANDSHAKE && epoch > 0) {
        add_once(flow, (struct item){.kind = ITEM_SEALED, .bytes = record}, epoch, &flow->sealed_epoch);
    } else if (record.data[0] == RECORD_HANDSHAKE) {
        take_fragments(flow,
            (struct lanekdf_bytes){record.data + RECORD_HEADER_LEN, record.len - RECORD_HEADER_LEN}, false);
    }
}

void dtls_flow_take(struct flow *flow, const struct packet *packet)
{
    const size_t first_item = flow->items.n;

    for (size_t i = 0; i < packet->n_records; i++) {
        take_record(flow, packet->records[i]);
    }
    for (size_t i = 0; i < packet->n_messages; i++) {
        if (packet->messages[i].len > 0 && flow_is_decrypted(flow, packet, first_item, packet->messages[i])) {
            take_fragments(flow, packet->messages[i], true);
        }
    }
}

void dtls_flow_end(struct flow *flow)
{
    if (flow->waiting) {
        flow_add(flow, (struct item){.kind = ITEM_GAP,
                           .n_missing = (uint64_t)(flow->waiting->number - flow->next_message)});
    }
}

void dtls_flow_free(struct flow *flow)
{
    while (flow->waiting) {
        struct dtls_message *next = flow->waiting->next;
        message_free(flow->waiting);
        flow->waiting = next;
    }
    flow->n_waiting = flow->waiting_len = 0;
}
