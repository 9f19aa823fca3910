#include "connection.h"
#include "handshake_message.h"
#include "memory.h"
#include "stream_hash.h"

#include <string.h>

struct connection {
    struct connection *in_bucket, *later;
    const char *file;
    uint64_t number, stream;
    bool is_dtls;
    struct cut_packet cut;
    bool has_protected; /* records that keys protect, whichever they are */

    struct flow flows[2];
    char *sources[2];        /* the sender of each flow; NULL: it has sent nothing yet */
    int client;              /* index of the client's flow; -1: no hello has told it yet */
    const uint8_t *hello_at; /* the ServerHello that `hello` was read from; NULL: none was */
    struct server_hello hello;
    uint64_t n_handshakes;
    bool has_ended;
    bool is_over; /* the handshake was one of TLS 1.3, and has been taken: later packets are not looked at */
};

struct connections {
    uint64_t salt;
    struct connection **buckets;
    size_t n_buckets, n;
    struct connection *first, **last;
};

struct connections *connections_new(void)
{
    struct connections *connections = memory_take(sizeof(*connections));

    connections->salt = stream_hash_salt();
    connections->last = &connections->first;
    return connections;
}

static void connection_free(struct connection *connection)
{
    for (int i = 0; i < 2; i++) {
        flow_free(&connection->flows[i]);
        memory_give_back(connection->sources[i]);
    }
    memory_give_back(connection);
}

void connections_free(struct connections *connections)
{
    while (connections && connections->first) {
        struct connection *later = connections->first->later;
        connection_free(connections->first);
        connections->first = later;
    }
    if (connections) {
        memory_give_back(connections->buckets);
        memory_give_back(connections);
    }
}

static size_t bucket(const struct connections *connections, const char *file, uint64_t stream, bool is_dtls)
{
    return stream_hash(connections->salt, file, stream, is_dtls) % connections->n_buckets;
}

static void link_in(struct connections *connections, struct connection *connection)
{
    size_t i = bucket(connections, connection->file, connection->stream, connection->is_dtls);

    connection->in_bucket = connections->buckets[i];
    connections->buckets[i] = connection;
}

/* Makes more buckets before connections outnumber them, so that a bucket has about one. */
static void grow(struct connections *connections)
{
    if (connections->n < connections->n_buckets) {
        return;
    }
    memory_give_back(connections->buckets);
    connections->n_buckets = 2 * connections->n_buckets + 1024;
    connections->buckets = memory_take(connections->n_buckets * sizeof(struct connection *));
    for (struct connection *connection = connections->first; connection; connection = connection->later) {
        link_in(connections, connection);
    }
}

static struct connection *find(struct connections *connections, const struct packet *packet)
{
    struct connection *connection;

    grow(connections);
    connection = connections->buckets[bucket(connections, packet->file, packet->stream, packet->is_dtls)];
    while (connection && !(connection->stream == packet->stream && connection->file == packet->file &&
                             connection->is_dtls == packet->is_dtls)) {
        connection = connection->in_bucket;
    }
    return connection;
}

static struct connection *begin(struct connections *connections, const struct packet *packet)
{
    struct connection *connection = memory_take(sizeof(*connection));

    connection->file = packet->file;
    connection->number = packet->number;
    connection->stream = packet->stream;
    connection->is_dtls = packet->is_dtls;
    connection->client = -1;
    link_in(connections, connection);
    *connections->last = connection;
    connections->last = &connection->later;
    connections->n++;
    return connection;
}

/* Finds the flow of this sender. A connection has two senders, so a source that is not that of the first flow
 * belongs to the second one, even if its text differs from the one there. */
static int find_flow(struct connection *connection, const char *source)
{
    int i = connection->sources[0] && strcmp(connection->sources[0], source) != 0;

    if (!connection->sources[i]) {
        connection->sources[i] = memory_copy_text(source);
    }
    return i;
}

/* Finds out which flow is the client's: the first ClientHello or ServerHello of the connection tells it. */
static void find_client(struct connection *connection, int flow)
{
    const struct items *items = &connection->flows[flow].items;

    for (size_t i = 0; i < items->n && connection->client < 0; i++) {
        if (items->at[i].kind == ITEM_MESSAGE && items->at[i].type == CLIENT_HELLO) {
            connection->client = flow;
        } else if (items->at[i].kind == ITEM_MESSAGE && items->at[i].type == SERVER_HELLO) {
            connection->client = !flow;
        }
    }
}

/* Whether keys protect a record of the packet: data, or an alert that has more than its two bytes. A server
 * answers whoever connects and says nothing with an alert in the clear, and that connection lacks nothing. */
static bool has_protected(const struct packet *packet)
{
    const size_t header_len = packet->is_dtls ? 13 : 5, alert_len = 2;

    for (size_t i = 0; i < packet->n_records; i++) {
        const struct lanekdf_bytes record = packet->records[i];
        if (record.len > header_len &&
            (record.data[0] == RECORD_APPLICATION_DATA ||
                (record.data[0] == RECORD_ALERT && record.len > header_len + alert_len))) {
            return true;
        }
    }
    return false;
}

struct connection *connections_take(struct connections *connections, const struct packet *packet)
{
    struct connection *connection = find(connections, packet);
    int flow;

    if (!connection) {
        connection = begin(connections, packet);
    }
    connection->has_protected = connection->has_protected || has_protected(packet);
    if (connection->cut.number == 0) {
        connection->cut = packet->cut;
    }
    if (!connection->is_over) {
        flow = find_flow(connection, packet->source);
        flow_take(&connection->flows[flow], packet);
        find_client(connection, flow);
        if (connection->flows[flow].version != FLOW_VERSION_UNKNOWN) {
            connection->flows[!flow].version = connection->flows[flow].version;
        }
    }
    return connection;
}

struct connection *connections_next(const struct connections *connections, const struct connection *after)
{
    return after ? after->later : connections->first;
}

/* What one side sent of a handshake. */
struct extent {
    size_t n; /* items */
    bool has_hello, is_complete;
    const struct item
        *next_hello; /* the hello that ended the handshake before it was complete; NULL: none did */
};

static bool is_hello(const struct item *item, unsigned type)
{
    return item->kind == ITEM_MESSAGE && item->type == type;
}

/* After a HelloVerifyRequest or HelloRetryRequest the ClientHello is sent again with the same random, and
 * begins no other handshake. */
static bool is_same_hello(const struct connection *connection, const struct item *a, const struct item *b)
{
    return a->type == CLIENT_HELLO && client_hellos_are_same(a, b, connection->is_dtls);
}

/* Passes over the messages that tshark decrypted, which stand behind the record that they were in and belong
 * to the same handshake. */
static size_t behind_decrypted(const struct items *items, size_t i)
{
    while (i < items->n && items->at[i].kind == ITEM_MESSAGE && items->at[i].is_decrypted &&
           items->at[i].type != CLIENT_HELLO && items->at[i].type != SERVER_HELLO) {
        i++;
    }
    return i;
}

/* The handshake goes from the hello to the record of Finished, which is the encrypted record number n_sealed
 * behind ChangeCipherSpec. */
static struct extent find_extent(
    const struct connection *connection, const struct items *items, unsigned hello, size_t n_sealed)
{
    const struct item *begun = NULL;
    struct extent extent = {.n = items->n};
    bool is_changed = false;

    for (size_t i = 0; i < items->n; i++) {
        const struct item *item = &items->at[i];
        if (is_hello(item, hello) && begun && !is_same_hello(connection, begun, item)) {
            extent.n = i;
            extent.next_hello = item;
            break;
        }
        begun = is_hello(item, hello) ? item : begun;
        is_changed = begun && (is_changed || item->kind == ITEM_CHANGE_CIPHER_SPEC);
        if (is_changed && item->kind == ITEM_SEALED && --n_sealed == 0) {
            extent.n = behind_decrypted(items, i + 1);
            extent.is_complete = true;
            break;
        }
    }
    extent.has_hello = begun != NULL;
    return extent;
}

/* Returns what the first ServerHello among the items says; all zeroes if there is none. A hello may be long,
 * and this is asked with every packet, so that it is read once. */
static const struct server_hello *first_server_hello(struct connection *connection, const struct items *items)
{
    static const struct server_hello none;

    for (size_t i = 0; i < items->n; i++) {
        const struct item *item = &items->at[i];
        if (!is_hello(item, SERVER_HELLO)) {
            continue;
        }
        if (connection->hello_at != item->bytes.data) {
            server_hello_read(&connection->hello, item, connection->is_dtls);
            connection->hello_at = item->bytes.data;
        }
        if (connection->hello.is_there) {
            return &connection->hello;
        }
    }
    return &none;
}

/* A ServerHello that was recorded behind the client's next ClientHello answers that one. The server's items
 * then are left to the next handshake. */
static void leave_to_next(const struct items *items, const struct extent *client, struct extent *server)
{
    for (size_t i = 0; client->next_hello && i < server->n; i++) {
        if (is_hello(&items->at[i], SERVER_HELLO) && items->at[i].number > client->next_hello->number) {
            *server = (struct extent){.n = 0};
        }
    }
}

struct handshake connection_place(const struct connection *connection)
{
    return (struct handshake){
        .file = connection->file,
        .number = connection->number,
        .stream = connection->stream,
        .is_dtls = connection->is_dtls,
        .is_renegotiated = connection->n_handshakes > 0,
        .cut = connection->cut,
    };
}

/* Takes the first n items of each side out of the connection, as one handshake. */
static struct handshake *make_handshake(struct connection *connection, size_t n_client, size_t n_server)
{
    struct items *client = &connection->flows[connection->client].items;
    struct items *server = &connection->flows[!connection->client].items;
    struct handshake *handshake = memory_take(sizeof(*handshake));

    *handshake = connection_place(connection);
    items_move(&handshake->flights[CLIENT_SIDE], client, n_client);
    items_move(&handshake->flights[SERVER_SIDE], server, n_server);
    if (n_client > 0) {
        handshake->number = handshake->flights[CLIENT_SIDE].at[0].number;
    } else if (n_server > 0) {
        handshake->number = handshake->flights[SERVER_SIDE].at[0].number;
    }
    handshake_read(handshake);
    connection->hello_at = NULL; /* another hello may come to lie there */
    connection->n_handshakes++;
    return handshake;
}

static bool is_tls13(uint16_t version)
{
    return version == TLS13 || version == DTLS13;
}

/* Whether a handshake of TLS 1.3 has all records that it may get: one side has as many as are kept, and the
 * other one as many as a handshake needs. */
static bool has_all_records(const struct connection *connection)
{
    enum { N_HANDSHAKE_RECORDS = 4 };
    const struct flow *a = &connection->flows[0], *b = &connection->flows[1];

    return (flow_is_full(a) && b->n_sealed >= N_HANDSHAKE_RECORDS) ||
           (flow_is_full(b) && a->n_sealed >= N_HANDSHAKE_RECORDS);
}

struct handshake *connection_next(struct connection *connection)
{
    const struct items *client_items, *server_items;
    struct extent client, server;
    const struct server_hello *hello;

    if (connection->client < 0 || connection->is_over) {
        return NULL;
    }
    client_items = &connection->flows[connection->client].items;
    server_items = &connection->flows[!connection->client].items;
    hello = first_server_hello(connection, server_items);
    if (is_tls13(hello->version)) {
        if (!connection->has_ended && !has_all_records(connection) && !connection->is_dtls) {
            return NULL;
        }
        connection->is_over = true;
        return make_handshake(connection, client_items->n, server_items->n);
    }
    client = find_extent(connection, client_items, CLIENT_HELLO, 1 + hello->n_before_finished);
    server = find_extent(connection, server_items, SERVER_HELLO, 1);
    leave_to_next(server_items, &client, &server);
    if ((client.is_complete && server.is_complete) ||
        ((connection->has_ended || client.next_hello) && (client.has_hello || server.has_hello))) {
        return make_handshake(connection, client.n, server.n);
    }
    return NULL;
}

void connection_end(struct connection *connection)
{
    for (int i = 0; i < 2; i++) {
        flow_end(&connection->flows[i]);
        find_client(connection, i);
    }
    connection->has_ended = true;
}

static bool has_kind(const struct items *items, enum item_kind kind)
{
    for (size_t i = 0; i < items->n; i++) {
        if (items->at[i].kind == kind) {
            return true;
        }
    }
    return false;
}

enum remainder connection_remainder(const struct connection *connection)
{
    const struct items *first = &connection->flows[0].items, *second = &connection->flows[1].items;

    if (connection->is_over) {
        return REMAINDER_NONE;
    }
    if (connection->n_handshakes == 0) {
        return first->n + second->n > 0    ? REMAINDER_HEADLESS
               : connection->has_protected ? REMAINDER_LATE
                                           : REMAINDER_NONE;
    }
    return has_kind(&connection->flows[connection->client].items, ITEM_SEALED) ? REMAINDER_RENEGOTIATION
                                                                               : REMAINDER_NONE;
}
