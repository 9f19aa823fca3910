#include "transcript.h"
#include "handshake_message.h"
#include "memory.h"
#include "message_order.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const side_texts[N_CAPTURE_SIDES] = {"client", "server"};

/* A place in what one side sent. */
struct cursor {
    const struct handshake *handshake;
    int side;
    size_t i;
    bool is_changed; /* ChangeCipherSpec has passed */
};

/* A message that may, or must, come next in a flight. */
struct slot {
    unsigned type;
    bool is_required;
};

/* Finds the item at the cursor, past encrypted records that precede ChangeCipherSpec. These occur in a
 * renegotiation, where the messages that tshark decrypted stand beside their records. */
static const struct item *current(struct cursor *cursor)
{
    const struct items *flight = &cursor->handshake->flights[cursor->side];

    while (!cursor->is_changed && cursor->i < flight->n && flight->at[cursor->i].kind == ITEM_SEALED) {
        cursor->i++;
    }
    return cursor->i < flight->n ? &flight->at[cursor->i] : NULL;
}

static bool is_at(struct cursor *cursor, enum item_kind kind)
{
    const struct item *item = current(cursor);

    return item && item->kind == kind;
}

static bool is_at_message(struct cursor *cursor, unsigned type)
{
    return is_at(cursor, ITEM_MESSAGE) && current(cursor)->type == type;
}

static bool has_message(const struct handshake *handshake, int side, unsigned type)
{
    const struct items *flight = &handshake->flights[side];

    for (size_t i = 0; i < flight->n; i++) {
        if (flight->at[i].kind == ITEM_MESSAGE && flight->at[i].type == type) {
            return true;
        }
    }
    return false;
}

static bool has_kind(const struct handshake *handshake, int side, enum item_kind kind)
{
    const struct items *flight = &handshake->flights[side];

    for (size_t i = 0; i < flight->n; i++) {
        if (flight->at[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static void add(struct transcript *transcript, struct cursor *cursor)
{
    if (transcript->n_messages == transcript->capacity) {
        transcript->capacity = 2 * transcript->capacity + 16;
        transcript->messages =
            memory_resize(transcript->messages, transcript->capacity * sizeof(struct lanekdf_bytes));
    }
    transcript->messages[transcript->n_messages++] = current(cursor)->bytes;
    cursor->i++;
}

static const char *last_name(const struct transcript *transcript)
{
    return transcript->n_messages > 0 ? message_name(transcript->messages[transcript->n_messages - 1])
                                      : "the beginning";
}

/* Says that a message is missing, and what is there in its place. The type FINISHED stands for a message
 * whose type is not known. Returns false. */
static bool miss(struct transcript *transcript, struct cursor *cursor, unsigned type)
{
    const char *name = type == FINISHED ? "a message" : message_type_name(type);
    const char *side = side_texts[cursor->side];
    const struct item *item = current(cursor);
    char *text = transcript->missing;

    if (!item) {
        snprintf(text, MISSING_TEXT_LEN, "%s is missing: nothing of the %s's can be read behind %s", name,
            side, last_name(transcript));
    } else if (item->kind == ITEM_GAP && item->n_missing == 0) {
        snprintf(text, MISSING_TEXT_LEN, "%s is missing: the %s's bytes have a gap behind %s", name, side,
            last_name(transcript));
    } else if (item->kind == ITEM_GAP) {
        snprintf(text, MISSING_TEXT_LEN,
            "%s is missing: the capture lacks %" PRIu64 " %s of the %s's behind %s", name, item->n_missing,
            cursor->handshake->is_dtls ? "messages" : "bytes", side, last_name(transcript));
    } else if (item->kind == ITEM_MESSAGE) {
        snprintf(text, MISSING_TEXT_LEN, "%s is missing: the %s's %s follows %s", name, side,
            message_type_name(item->type), last_name(transcript));
    } else {
        snprintf(text, MISSING_TEXT_LEN, "%s is missing: the %s's ChangeCipherSpec follows %s", name, side,
            last_name(transcript));
    }
    return false;
}

/* Takes the messages of a flight in the order of the slots. Returns false if one that is required is not
 * there. */
static bool take(
    struct transcript *transcript, struct cursor *cursor, const struct slot *slots, size_t n_slots)
{
    for (size_t i = 0; i < n_slots; i++) {
        if (is_at_message(cursor, slots[i].type)) {
            add(transcript, cursor);
            if (slots[i].type == CLIENT_KEY_EXCHANGE) {
                transcript->n_session_hash = transcript->n_messages;
            }
        } else if (slots[i].is_required) {
            return miss(transcript, cursor, slots[i].type);
        }
    }
    return true;
}

/* Checks that a flight has ended: what still precedes ChangeCipherSpec is a gap, or a message in a wrong
 * place. */
static bool take_end(struct transcript *transcript, struct cursor *cursor)
{
    return is_at(cursor, ITEM_GAP) || is_at(cursor, ITEM_MESSAGE) ? miss(transcript, cursor, FINISHED) : true;
}

static bool take_server_flight(
    struct transcript *transcript, struct cursor *server, const struct lanekdf_suite *suite)
{
    const struct slot slots[] = {
        {SUPPLEMENTAL_DATA, false},
        {CERTIFICATE, message_order_has_certificate(suite)},
        {CERTIFICATE_STATUS, false},
        {SERVER_KEY_EXCHANGE, message_order_has_server_key_exchange(suite)},
        {CERTIFICATE_REQUEST, has_message(server->handshake, CLIENT_SIDE, CERTIFICATE)},
        {SERVER_HELLO_DONE, true},
    };

    return take(transcript, server, slots, sizeof(slots) / sizeof(slots[0]));
}

/* The client signs if it sent a certificate whose key does not stand for the key exchange (RFC 5246 section
 * 7.4.8). */
static bool signs(const struct handshake *handshake)
{
    const struct items *flight = &handshake->flights[CLIENT_SIDE];
    const size_t header_len = handshake_header_len(handshake), list_len = 3;
    bool has_chain = false, has_exchange = true;

    for (size_t i = 0; i < flight->n; i++) {
        const struct item *item = &flight->at[i];
        if (item->kind == ITEM_MESSAGE && item->type == CERTIFICATE) {
            has_chain = item->bytes.len > header_len + list_len;
        } else if (item->kind == ITEM_MESSAGE && item->type == CLIENT_KEY_EXCHANGE) {
            has_exchange = item->bytes.len > header_len;
        }
    }
    return has_chain && has_exchange;
}

static bool take_client_flight(struct transcript *transcript, struct cursor *client)
{
    const struct handshake *handshake = client->handshake;
    const struct slot slots[] = {
        {SUPPLEMENTAL_DATA, false},
        /* In SSLv3 a client without a certificate sends an alert in its place: RFC 6101 section 5.6.6. */
        {CERTIFICATE, handshake->server_hello.version != LANEKDF_SSL3 &&
                          has_message(handshake, SERVER_SIDE, CERTIFICATE_REQUEST)},
        {CERTIFICATE_URL, false},
        {CLIENT_KEY_EXCHANGE, true},
        {CERTIFICATE_VERIFY, signs(handshake)},
    };

    return take(transcript, client, slots, sizeof(slots) / sizeof(slots[0])) && take_end(transcript, client);
}

/* Takes a Finished from behind ChangeCipherSpec: the message, its record, or neither, as far as they are
 * there. */
static void take_finished(struct transcript *transcript, struct cursor *cursor, unsigned i, bool is_whole)
{
    struct transcript_finished *finished = &transcript->finished[i];
    size_t n_before = cursor->side == CLIENT_SIDE ? cursor->handshake->server_hello.n_before_finished : 0;

    finished->side = cursor->side;
    if (!is_at(cursor, ITEM_CHANGE_CIPHER_SPEC)) {
        return;
    }
    cursor->is_changed = true;
    for (cursor->i++; current(cursor); cursor->i++) {
        if (is_at(cursor, ITEM_SEALED) && finished->sealed.len == 0) {
            finished->sealed = current(cursor)->bytes;
        }
        if (is_at_message(cursor, FINISHED)) {
            finished->recorded = current(cursor)->bytes;
            break;
        }
        if (is_at(cursor, ITEM_MESSAGE) && n_before > 0) {
            add(transcript, cursor);
            cursor->i--;
            n_before--;
        }
    }
    finished->is_known = is_whole && n_before == 0;
    finished->n_messages = transcript->n_messages;
}

/* Takes the NewSessionTicket, which the server sends just before ChangeCipherSpec, if at all. */
static bool take_ticket(struct transcript *transcript, struct cursor *server)
{
    const struct slot slot = {NEW_SESSION_TICKET, server->handshake->server_hello.promises_ticket};

    return take(transcript, server, &slot, 1) && take_end(transcript, server);
}

/* Passes over items that are of no use, since a message before them is missing. */
static void skip_to_change_cipher_spec(struct cursor *cursor)
{
    while (current(cursor) && !is_at(cursor, ITEM_CHANGE_CIPHER_SPEC)) {
        cursor->i++;
    }
}

static void read_full(struct transcript *transcript, struct cursor *client, struct cursor *server,
    const struct lanekdf_suite *suite)
{
    bool is_whole = take_server_flight(transcript, server, suite) && take_client_flight(transcript, client);

    skip_to_change_cipher_spec(client);
    take_finished(transcript, client, 0, is_whole);
    is_whole = is_whole && (!current(server) || take_ticket(transcript, server));
    skip_to_change_cipher_spec(server);
    take_finished(transcript, server, 1, is_whole);
}

static void read_abbreviated(struct transcript *transcript, struct cursor *client, struct cursor *server)
{
    bool is_whole = take_ticket(transcript, server);

    transcript->is_abbreviated = true;
    skip_to_change_cipher_spec(server);
    take_finished(transcript, server, 0, is_whole);
    is_whole = is_whole && take_end(transcript, client);
    skip_to_change_cipher_spec(client);
    take_finished(transcript, client, 1, is_whole);
}

/* A server resumes a session by sending ChangeCipherSpec in the place of its certificate and what follows it;
 * the client then sends no key exchange. */
static bool is_abbreviated(const struct handshake *handshake)
{
    static const unsigned of_full[] = {SUPPLEMENTAL_DATA, CERTIFICATE, CERTIFICATE_STATUS,
        SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE};

    for (size_t i = 0; i < sizeof(of_full) / sizeof(of_full[0]); i++) {
        if (has_message(handshake, SERVER_SIDE, of_full[i])) {
            return false;
        }
    }
    return !handshake->has_key_exchange && !has_kind(handshake, CLIENT_SIDE, ITEM_GAP) &&
           (has_kind(handshake, CLIENT_SIDE, ITEM_CHANGE_CIPHER_SPEC) ||
               has_kind(handshake, SERVER_SIDE, ITEM_CHANGE_CIPHER_SPEC));
}

/* Goes to the last hello of this type. The transcript does not have earlier ones (RFC 6347 section 4.2.6). */
static struct cursor at_last(const struct handshake *handshake, int side, unsigned type)
{
    const struct items *flight = &handshake->flights[side];
    struct cursor cursor = {handshake, side, 0, false};

    for (size_t i = 0; i < flight->n; i++) {
        if (flight->at[i].kind == ITEM_MESSAGE && flight->at[i].type == type) {
            cursor.i = i;
        }
    }
    return cursor;
}

void transcript_read(
    struct transcript *transcript, const struct handshake *handshake, const struct lanekdf_suite *suite)
{
    struct cursor client = at_last(handshake, CLIENT_SIDE, CLIENT_HELLO);
    struct cursor server = at_last(handshake, SERVER_SIDE, SERVER_HELLO);

    *transcript = (struct transcript){0};
    add(transcript, &client);
    add(transcript, &server);
    if (is_abbreviated(handshake)) {
        read_abbreviated(transcript, &client, &server);
    } else {
        read_full(transcript, &client, &server, suite);
    }
}

void transcript_free(struct transcript *transcript)
{
    memory_give_back(transcript->messages);
    *transcript = (struct transcript){0};
}
