#include "quic_connection.h"
#include "handshake_message.h"
#include "hex.h"
#include "memory.h"
#include "quic_packet.h"
#include "quic_stream.h"
#include "stream_hash.h"

#include <string.h>

/* What is kept of a connection: enough for a handshake and some packets behind it. */
enum { MAX_DATAGRAMS = 64, MAX_DATAGRAMS_LEN = 64 * 1024, MAX_IDS = 8 };

struct datagram {
    struct datagram *next;
    bool is_of_client;
    size_t len;
    uint8_t bytes[];
};

struct quic_connection {
    struct quic_connection *next;
    const char *file;
    uint64_t number, stream;
    char *client; /* the sender of the first datagram of a handshake; NULL: there was none so far */
    struct cut_packet cut;
    struct datagram *first, **last;
    size_t n_datagrams, len;
};

struct quic_connections {
    struct quic_connection *first, **last;
    uint64_t salt;
    struct quic_connection **table; /* open addressing by file and stream */
    size_t n, n_slots;
};

struct quic_connections *quic_connections_new(void)
{
    struct quic_connections *connections = memory_take(sizeof(*connections));

    connections->salt = stream_hash_salt();
    connections->last = &connections->first;
    return connections;
}

static void connection_free(struct quic_connection *connection)
{
    while (connection->first) {
        struct datagram *next = connection->first->next;
        memory_give_back(connection->first);
        connection->first = next;
    }
    memory_give_back(connection->client);
    memory_give_back(connection);
}

void quic_connections_free(struct quic_connections *connections)
{
    while (connections && connections->first) {
        struct quic_connection *next = connections->first->next;
        connection_free(connections->first);
        connections->first = next;
    }
    if (connections) {
        memory_give_back(connections->table);
        memory_give_back(connections);
    }
}

static size_t slot_of(const struct quic_connections *connections, const char *file, uint64_t stream)
{
    size_t i = stream_hash(connections->salt, file, stream, 0) % connections->n_slots;

    while (connections->table[i] &&
           !(connections->table[i]->stream == stream && connections->table[i]->file == file)) {
        i = (i + 1) % connections->n_slots;
    }
    return i;
}

/* Keeps the table at most half full. */
static void grow(struct quic_connections *connections)
{
    if (2 * (connections->n + 1) <= connections->n_slots) {
        return;
    }
    memory_give_back(connections->table);
    connections->n_slots = 2 * connections->n_slots + 1024;
    connections->table = memory_take(connections->n_slots * sizeof(struct quic_connection *));
    for (struct quic_connection *c = connections->first; c; c = c->next) {
        connections->table[slot_of(connections, c->file, c->stream)] = c;
    }
}

static struct quic_connection *find(
    struct quic_connections *connections, const struct json_packet *packet, const char *file, uint64_t number)
{
    struct quic_connection **slot, *connection;

    grow(connections);
    slot = &connections->table[slot_of(connections, file, packet->stream)];
    if (*slot) {
        return *slot;
    }
    connection = memory_take(sizeof(*connection));
    connection->file = file;
    connection->number = number;
    connection->stream = packet->stream;
    connection->last = &connection->first;
    *connections->last = connection;
    connections->last = &connection->next;
    connections->n++;
    return *slot = connection;
}

static const char not_hexadecimal[] = "the bytes of a datagram are not hexadecimal";

const char *quic_connections_take(
    struct quic_connections *connections, const struct json_packet *packet, const char *file, uint64_t number)
{
    const size_t len = packet->payload.len / 2;
    struct quic_connection *connection;
    struct datagram *datagram;
    uint8_t first = 0;

    if (!packet->has_stream || packet->payload.type != JSON_STRING || packet->payload.len == 0) {
        return NULL;
    }
    if (packet->payload.len % 2 != 0 || !hex_decode(&first, packet->payload.string, 1)) {
        return not_hexadecimal;
    }
    connection = find(connections, packet, file, number);
    if (!connection->client && (first & 0x80) != 0) { /* a long header, which packets of a handshake have */
        connection->client = memory_copy_text(packet->source);
        connection->number = number;
    }
    if (!connection->client || connection->n_datagrams == MAX_DATAGRAMS ||
        connection->len + len > MAX_DATAGRAMS_LEN) {
        return NULL;
    }
    cut_packet_note(&connection->cut, packet);
    datagram = memory_take(sizeof(*datagram) + len);
    datagram->len = len;
    datagram->is_of_client = strcmp(packet->source, connection->client) == 0;
    if (!hex_decode(datagram->bytes, packet->payload.string, len)) {
        memory_give_back(datagram);
        return not_hexadecimal;
    }
    *connection->last = datagram;
    connection->last = &datagram->next;
    connection->n_datagrams++;
    connection->len += len;
    return NULL;
}

/* A connection whose Initial packets are being opened. */
struct opening {
    struct handshake *handshake;
    struct lanekdf_bytes
        ids[MAX_IDS]; /* from which Initial keys may follow: the client's first, that of a Retry */
    size_t n_ids;
    size_t id_lens[N_CAPTURE_SIDES]; /* of the connection IDs that each side chose for itself */
    struct quic_stream streams[N_CAPTURE_SIDES];
    uint64_t largest[N_CAPTURE_SIDES];
};

static bool derive_initial(const struct opening *opening, size_t i, uint32_t version, int side,
    uint8_t keys[LANEKDF_QUIC_INITIAL_KEYS_LEN])
{
    struct lanekdf_quic_initial job = {
        .job.kind = LANEKDF_KIND_QUIC_INITIAL,
        .version = version,
        .connection_id = opening->ids[i],
    };

    *(side == CLIENT_SIDE ? &job.client_keys : &job.server_keys) = keys;
    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static void add_id(struct opening *opening, struct lanekdf_bytes id)
{
    if (opening->n_ids < MAX_IDS) {
        opening->ids[opening->n_ids++] = id;
    }
}

/* Opens an Initial packet, with keys from each connection ID that they may follow from, and takes its CRYPTO
 * frames. Returns false if it does not open. */
static bool open_initial(struct opening *opening, const struct quic_packet *packet, int side)
{
    uint8_t keys[LANEKDF_QUIC_INITIAL_KEYS_LEN], *plain = memory_take(packet->bytes.len);
    const struct quic_keys quic_keys = {
        LANEKDF_CIPHER_AES_128_GCM, {keys, 16}, {keys + 16, 12}, {keys + 28, 16}, 16};
    enum quic_opened opened = QUIC_REFUSED;
    struct lanekdf_bytes left, bytes;
    uint64_t offset;
    size_t len = 0;

    for (size_t i = 0; i < opening->n_ids && opened == QUIC_REFUSED; i++) {
        if (derive_initial(opening, i, packet->version, side, keys)) {
            opened = quic_packet_open(packet, &quic_keys, &opening->largest[side], plain, &len);
        }
    }
    opening->handshake->is_unreadable = opening->handshake->is_unreadable || opened == QUIC_CIPHER_ABSENT;
    left = (struct lanekdf_bytes){plain, len};
    while (opened == QUIC_OPENED && quic_crypto_next(&left, &offset, &bytes)) {
        quic_stream_add(&opening->streams[side], offset, bytes);
    }
    explicit_bzero(keys, sizeof(keys));
    memory_give_back(plain);
    return opened == QUIC_OPENED;
}

/* Keeps a packet that secrets of the key log open: its kind and where its number begins stand in the item. */
static void add_sealed(struct opening *opening, const struct quic_packet *packet, int side)
{
    items_add(&opening->handshake->flights[side], (struct item){.kind = ITEM_SEALED,
                                                      .type = (uint8_t)packet->type,
                                                      .bytes = packet->bytes,
                                                      .n_missing = packet->number_at});
}

static void take_packet(struct opening *opening, const struct quic_packet *packet, int side)
{
    if (packet->type == QUIC_RETRY) {
        add_id(opening, packet->source);
        return;
    }
    if (packet->type == QUIC_1RTT) {
        add_sealed(opening, packet, side);
        return;
    }
    opening->id_lens[side] = packet->source.len;
    if (packet->type != QUIC_INITIAL) {
        add_sealed(opening, packet, side);
        return;
    }
    if (opening->n_ids == 0) {
        add_id(opening, packet->destination);
    }
    if (open_initial(opening, packet, side)) {
        opening->handshake->quic_version = packet->version; /* that which both use in the end */
    }
}

/* The first connection ID of the client is in the first Initial packet that opens with it. */
static void open_datagrams(struct opening *opening, const struct quic_connection *connection)
{
    for (struct datagram *datagram = connection->first; datagram; datagram = datagram->next) {
        const int side = datagram->is_of_client ? CLIENT_SIDE : SERVER_SIDE;
        struct lanekdf_bytes left = {datagram->bytes, datagram->len};
        struct quic_packet packet;
        while (quic_packet_next(&left, opening->id_lens[!side], &packet)) {
            take_packet(opening, &packet, side);
        }
    }
}

/* Makes messages of what Initial packets held. */
static void add_hellos(struct opening *opening, int side)
{
    struct lanekdf_bytes message;

    while (quic_stream_message(&opening->streams[side], &message)) {
        items_add(&opening->handshake->flights[side],
            (struct item){.kind = ITEM_MESSAGE, .type = message.data[0], .bytes = message});
    }
}

struct handshake *quic_connections_next(struct quic_connections *connections)
{
    struct quic_connection *connection = connections->first;
    struct opening opening = {.n_ids = 0};

    if (!connection) {
        return NULL;
    }
    connections->first = connection->next;
    opening.handshake = memory_take(sizeof(*opening.handshake));
    opening.handshake->file = connection->file;
    opening.handshake->number = connection->number;
    opening.handshake->stream = connection->stream;
    opening.handshake->is_late = !connection->client;
    opening.handshake->cut = connection->cut;
    opening.handshake->quic_version = LANEKDF_QUIC_V1;
    open_datagrams(&opening, connection);
    add_hellos(&opening, CLIENT_SIDE);
    add_hellos(&opening, SERVER_SIDE);
    if (opening.n_ids > 0) { /* that of a Retry comes last, and counts */
        const struct lanekdf_bytes id = opening.ids[opening.n_ids - 1];
        memcpy(opening.handshake->quic_id, id.data, id.len);
        opening.handshake->quic_id_len = id.len;
    }
    quic_stream_free(&opening.streams[CLIENT_SIDE]);
    quic_stream_free(&opening.streams[SERVER_SIDE]);
    handshake_read(opening.handshake);
    connection_free(connection);
    return opening.handshake;
}
