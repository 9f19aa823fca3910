/* TLS over TCP: records in the order of their bytes, messages cut anywhere between records. */
#include "captured_handshake.h"
#include "flow.h"
#include "handshake_message.h"

#include <string.h>

enum { RECORD_HEADER_LEN = 5, SSL2_HEADER_LEN = 2 };
/* The lengths of a record with ChangeCipherSpec, and of one with the shortest handshake message, in bytes. */
enum {
    CHANGE_CIPHER_SPEC_LEN = RECORD_HEADER_LEN + 1,
    MIN_HANDSHAKE_LEN = RECORD_HEADER_LEN + MESSAGE_HEADER_LEN
};

static size_t message_len(const uint8_t *header)
{
    return MESSAGE_HEADER_LEN + ((size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3]);
}

/* No transcript has a HelloRequest (RFC 5246 section 7.4.1.1). */
static void add_message(struct flow *flow, struct lanekdf_bytes message, bool is_decrypted)
{
    const struct item item = {.bytes = message};
    struct server_hello hello;

    if (message.data[0] == SERVER_HELLO && flow->version == FLOW_VERSION_UNKNOWN) {
        server_hello_read(&hello, &item, false);
        flow->version = hello.version == LANEKDF_TLS13 ? FLOW_TLS13 : FLOW_UP_TO_TLS12;
    }
    if (message.data[0] != HELLO_REQUEST) {
        flow_add(flow, (struct item){.kind = ITEM_MESSAGE,
                           .type = message.data[0],
                           .is_decrypted = is_decrypted,
                           .bytes = message});
    }
}

/* Adds the bytes of a record to the partial message, and makes items of the messages that they complete. */
static void add_bytes(struct flow *flow, struct lanekdf_bytes bytes, bool is_decrypted)
{
    struct text_buffer *partial = &flow->partial;
    size_t done = 0;

    text_buffer_add(partial, (const char *)bytes.data, bytes.len);
    while (partial->len - done >= MESSAGE_HEADER_LEN) {
        const uint8_t *message = (const uint8_t *)partial->text + done;
        if (message_len(message) > partial->len - done) {
            break;
        }
        add_message(flow, (struct lanekdf_bytes){message, message_len(message)}, is_decrypted);
        done += message_len(message);
    }
    if (done > 0) {
        memmove(partial->text, partial->text + done, partial->len - done);
        partial->len -= done;
    }
}

static void add_gap(struct flow *flow, uint64_t n_missing)
{
    flow_add(flow, (struct item){.kind = ITEM_GAP, .n_missing = n_missing});
    text_buffer_clear(&flow->partial);
    flow->is_lost = true;
}

static void add_change_cipher_spec(struct flow *flow)
{
    flow_add(flow, (struct item){.kind = ITEM_CHANGE_CIPHER_SPEC});
    flow->is_sealed = true;
}

/*
 * Follows the numbers of the sender's bytes to find gaps. A short gap holds no handshake message: one of six
 * bytes is a ChangeCipherSpec that a filter left out, since tls.handshake does not let it pass. Once
 * handshakes are encrypted, a gap may be application data that a filter left out, and is not noted: if it was
 * a message, the Finished tells. In TLS 1.3 every gap counts, because records are numbered. Returns false if
 * all bytes of the packet came before.
 */
static bool follow(struct flow *flow, const struct packet *packet)
{
    int32_t distance;

    if (!packet->is_placed) {
        return true;
    }
    distance = flow->is_placed ? (int32_t)(packet->begin - flow->next) : 0;
    if (flow->is_placed && (int32_t)(packet->end - flow->next) <= 0) {
        return false;
    }
    flow->is_placed = true;
    flow->next = packet->end;
    if (distance == 0 || (flow->is_sealed && flow->version != FLOW_TLS13)) {
        return true;
    }
    if (flow->version == FLOW_TLS13 && flow->partial.len == 0) {
        flow_add(flow, (struct item){.kind = ITEM_GAP, .n_missing = distance > 0 ? (uint64_t)distance : 0});
        return true;
    }
    if (distance == CHANGE_CIPHER_SPEC_LEN && flow->items.n > 0 && flow->partial.len == 0) {
        add_change_cipher_spec(flow);
    } else if (distance < 0 || distance >= MIN_HANDSHAKE_LEN || flow->partial.len > 0) {
        add_gap(flow, distance > 0 ? (uint64_t)distance : 0);
    }
    return true;
}

/* The place among the messages of a packet up to which those that tshark decrypted are taken. */
struct decrypted {
    const struct packet *packet;
    size_t next, first_item;
};

static bool peek_decrypted(
    struct decrypted *decrypted, const struct flow *flow, struct lanekdf_bytes *message)
{
    for (; decrypted->next < decrypted->packet->n_messages; decrypted->next++) {
        *message = decrypted->packet->messages[decrypted->next];
        if (message->len > 0 && flow_is_decrypted(flow, decrypted->packet, decrypted->first_item, *message)) {
            return true;
        }
    }
    return false;
}

/* Tells whether a message stands behind ChangeCipherSpec: Finished does, and what may precede it there,
 * NextProtocol and the messages of the drafts of Channel ID. */
static bool is_behind_change_cipher_spec(struct lanekdf_bytes message)
{
    enum { NPN_ENCRYPTED_EXTENSIONS = 203 };

    return message.data[0] == FINISHED || message.data[0] == NEXT_PROTOCOL ||
           message.data[0] == NPN_ENCRYPTED_EXTENSIONS;
}

/* Adds decrypted messages, all of them or those that precede ChangeCipherSpec. */
static void add_decrypted(struct flow *flow, struct decrypted *decrypted, bool all)
{
    struct lanekdf_bytes message;

    while (peek_decrypted(decrypted, flow, &message) && (all || !is_behind_change_cipher_spec(message))) {
        add_bytes(flow, message, true);
        decrypted->next++;
    }
}

/* A ClientHello in SSLv2 format (RFC 5246 section E.2) behind a header of two bytes. */
static bool is_ssl2_hello(struct lanekdf_bytes record)
{
    return record.len > SSL2_HEADER_LEN && (record.data[0] & 0x80) != 0 &&
           record.len - SSL2_HEADER_LEN == ((size_t)(record.data[0] & 0x7f) << 8 | record.data[1]) &&
           record.data[SSL2_HEADER_LEN] == CLIENT_HELLO;
}

/* Where no numbers of bytes tell of a gap, ChangeCipherSpec may be missing without a trace. A record then
 * counts as encrypted if it does not begin like any handshake message. */
static bool looks_sealed(const struct flow *flow, const struct packet *packet, struct lanekdf_bytes body)
{
    return !packet->is_placed && flow->partial.len == 0 && body.len > 0 &&
           strcmp(message_type_name(body.data[0]), message_type_name(256)) == 0;
}

static void take_handshake(struct flow *flow, const struct packet *packet, struct lanekdf_bytes record)
{
    const struct lanekdf_bytes body = {record.data + RECORD_HEADER_LEN, record.len - RECORD_HEADER_LEN};

    /* In TLS 1.3 ChangeCipherSpec means nothing, and handshake records are in the clear (RFC 8446 section 5).
     */
    flow->is_sealed = flow->is_sealed || looks_sealed(flow, packet, body);
    if (flow->is_sealed && flow->version != FLOW_TLS13) {
        flow_add(flow, (struct item){.kind = ITEM_SEALED, .bytes = record});
    } else if (!flow->is_lost) {
        add_bytes(flow, body, false);
    }
}

/* The bytes of a record as its header says. */
static size_t whole_len(struct lanekdf_bytes record)
{
    return RECORD_HEADER_LEN + ((size_t)record.data[3] << 8 | record.data[4]);
}

/* In TLS 1.3 all encrypted records say that they are application data. Early data comes before ServerHello.
 * tshark shows the beginning of a record, too, whose packet was cut off: that opens under no keys, and is a
 * gap of one record. */
static void take_application_data(struct flow *flow, struct lanekdf_bytes record)
{
    const bool may_be_tls13 =
        flow->version == FLOW_TLS13 || (flow->version == FLOW_VERSION_UNKNOWN && flow->items.n > 0);

    if (may_be_tls13 && record.len < whole_len(record)) {
        flow_add(flow, (struct item){.kind = ITEM_GAP, .n_missing = whole_len(record)});
    } else if (may_be_tls13 && !flow_is_full(flow)) {
        flow->n_sealed++;
        flow->sealed_len += record.len;
        flow_add(flow, (struct item){.kind = ITEM_SEALED, .bytes = record});
    }
}

static void take_record(
    struct flow *flow, const struct packet *packet, struct lanekdf_bytes record, struct decrypted *decrypted)
{
    if (is_ssl2_hello(record)) {
        flow_add(flow, (struct item){.kind = ITEM_MESSAGE,
                           .type = CLIENT_HELLO,
                           .is_ssl2 = true,
                           .bytes = {record.data + SSL2_HEADER_LEN, record.len - SSL2_HEADER_LEN}});
    } else if (record.len <= RECORD_HEADER_LEN) {
        return;
    } else if (record.data[0] == RECORD_CHANGE_CIPHER_SPEC) {
        add_decrypted(flow, decrypted, false);
        add_change_cipher_spec(flow);
    } else if (record.data[0] == RECORD_HANDSHAKE) {
        take_handshake(flow, packet, record);
    } else if (record.data[0] == RECORD_APPLICATION_DATA) {
        take_application_data(flow, record);
    }
}

void tls_flow_take(struct flow *flow, const struct packet *packet)
{
    struct decrypted decrypted = {.packet = packet, .first_item = flow->items.n};

    if (!follow(flow, packet)) {
        return;
    }
    for (size_t i = 0; i < packet->n_records; i++) {
        take_record(flow, packet, packet->records[i], &decrypted);
    }
    if (flow->version != FLOW_TLS13) {
        add_decrypted(flow, &decrypted, true);
    }
}

void tls_flow_end(struct flow *flow)
{
    if (flow->partial.len > 0) {
        add_gap(flow, 0);
    }
}
