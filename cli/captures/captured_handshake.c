#include "captured_handshake.h"
#include "handshake_message.h"
#include "memory.h"
#include "message_reader.h"
#include "version.h"

#include <string.h>

enum { VERSION_LEN = 2 };

enum extension {
    TRUNCATED_MAC = 4,
    ENCRYPT_THEN_MAC = 22,
    EXTENDED_MASTER_SECRET = 23,
    SESSION_TICKET = 35,
    SUPPORTED_VERSIONS = 43,
    NEXT_PROTOCOL_NEGOTIATION = 13172,
    CHANNEL_ID_OLD = 30031,
    CHANNEL_ID = 30032
};

static struct message_reader body_reader(const struct item *item, size_t header_len)
{
    return item->bytes.len < header_len
               ? (struct message_reader){.is_broken = true}
               : (struct message_reader){item->bytes.data + header_len, item->bytes.len - header_len, false};
}

static void read_random(struct message_reader *reader, uint8_t random[LANEKDF_RANDOM_LEN])
{
    struct lanekdf_bytes bytes = message_read_bytes(reader, LANEKDF_RANDOM_LEN);

    if (bytes.len > 0) {
        memcpy(random, bytes.data, bytes.len);
    }
}

/* In SSLv2 format the challenge, with zeros before it, is the random (RFC 5246 section E.2). */
static void read_ssl2_hello(struct client_hello *hello, const struct item *item)
{
    struct message_reader reader = body_reader(item, 1 + VERSION_LEN);
    size_t suites_len = message_read_number(&reader, 2), session_id_len = message_read_number(&reader, 2);
    size_t challenge_len = message_read_number(&reader, 2);
    struct lanekdf_bytes challenge;

    message_read_bytes(&reader, suites_len);
    hello->session_id = message_read_bytes(&reader, session_id_len);
    challenge = message_read_bytes(&reader, challenge_len);
    if (reader.is_broken || challenge.len == 0 || challenge.len > LANEKDF_RANDOM_LEN) {
        return;
    }
    memcpy(hello->random + LANEKDF_RANDOM_LEN - challenge.len, challenge.data, challenge.len);
    hello->is_there = true;
}

static size_t header_len(bool is_dtls)
{
    return is_dtls ? (size_t)DTLS_MESSAGE_HEADER_LEN : (size_t)MESSAGE_HEADER_LEN;
}

/* Whether the supported_versions of a ClientHello have this version (RFC 8446 section 4.2.1). */
static bool offers_version(struct lanekdf_bytes extension, unsigned version)
{
    struct message_reader reader = {extension.data, extension.len, false};

    message_read_number(&reader, 1); /* the length of the list */
    while (reader.left >= 2) {
        if (message_read_number(&reader, 2) == version) {
            return true;
        }
    }
    return false;
}

/* Reads a ClientHello up to its random, and returns what is left; of one in SSLv2 format nothing is. */
static struct message_reader read_client_random(
    struct client_hello *hello, const struct item *item, bool is_dtls)
{
    struct message_reader reader = body_reader(item, header_len(is_dtls));

    *hello = (struct client_hello){0};
    if (item->is_ssl2) {
        read_ssl2_hello(hello, item);
        return (struct message_reader){.is_broken = true};
    }
    message_read_bytes(&reader, VERSION_LEN);
    read_random(&reader, hello->random);
    return reader;
}

bool client_hellos_are_same(const struct item *a, const struct item *b, bool is_dtls)
{
    struct client_hello first, second;

    read_client_random(&first, a, is_dtls);
    read_client_random(&second, b, is_dtls);
    return memcmp(first.random, second.random, sizeof(first.random)) == 0;
}

void client_hello_read(struct client_hello *hello, const struct item *item, bool is_dtls)
{
    struct message_reader reader = read_client_random(hello, item, is_dtls);
    struct lanekdf_bytes body;
    unsigned type;

    if (item->is_ssl2) {
        return;
    }
    hello->session_id = message_read_vector(&reader, 1);
    if (is_dtls) {
        message_read_vector(&reader, 1); /* the cookie */
    }
    message_read_vector(&reader, 2); /* suites */
    message_read_vector(&reader, 1); /* compression methods */
    hello->is_there = !reader.is_broken;
    message_read_number(&reader, 2); /* the length of all extensions */
    while (message_read_extension(&reader, &type, &body)) {
        if (type == SESSION_TICKET) {
            hello->ticket = body;
        } else if (type == SUPPORTED_VERSIONS) {
            hello->offers_dtls13 = offers_version(body, DTLS13);
        }
    }
}

static void take_extension(struct server_hello *hello, unsigned type, struct lanekdf_bytes body)
{
    switch (type) {
    case TRUNCATED_MAC:
        hello->has_truncated_mac = true;
        break;
    case ENCRYPT_THEN_MAC:
        hello->is_etm = true;
        break;
    case EXTENDED_MASTER_SECRET:
        hello->is_extended = true;
        break;
    case SESSION_TICKET:
        hello->promises_ticket = true;
        break;
    case SUPPORTED_VERSIONS:
        hello->version = body.len == 2 ? (uint16_t)(body.data[0] << 8 | body.data[1]) : hello->version;
        break;
    case NEXT_PROTOCOL_NEGOTIATION:
    case CHANNEL_ID_OLD:
    case CHANNEL_ID:
        hello->n_before_finished++;
        break;
    default:
        break;
    }
}

void server_hello_read(struct server_hello *hello, const struct item *item, bool is_dtls)
{
    struct message_reader reader = body_reader(item, header_len(is_dtls));
    struct lanekdf_bytes body;
    unsigned type;

    *hello = (struct server_hello){0};
    hello->version = (uint16_t)message_read_number(&reader, VERSION_LEN);
    read_random(&reader, hello->random);
    hello->session_id = message_read_vector(&reader, 1);
    hello->suite = (uint16_t)message_read_number(&reader, 2);
    hello->is_compressed = message_read_number(&reader, 1) != 0;
    hello->is_there = !reader.is_broken;
    message_read_number(&reader, 2); /* the length of all extensions */
    while (message_read_extension(&reader, &type, &body)) {
        take_extension(hello, type, body);
    }
}

size_t handshake_header_len(const struct handshake *handshake)
{
    return header_len(handshake->is_dtls);
}

uint16_t handshake_tls_version(const struct handshake *handshake)
{
    const uint16_t version = handshake->server_hello.version;

    return version_is_dtls(version) == handshake->is_dtls ? version_of_derivations(version) : 0;
}

/* With RSA, the message is the encrypted pre-master secret behind its length, which SSLv3 leaves out. */
static void read_key_exchange(struct handshake *handshake, const struct item *item)
{
    struct message_reader reader = body_reader(item, handshake_header_len(handshake));
    struct lanekdf_bytes id;

    handshake->has_key_exchange = true;
    if (handshake->server_hello.version != LANEKDF_SSL3) {
        message_read_number(&reader, 2);
    }
    id = message_read_bytes(&reader, sizeof(handshake->rsa_id));
    if (id.len > 0) {
        memcpy(handshake->rsa_id, id.data, id.len);
    }
}

/* Finds the last message of this type that one side sent, or NULL. A ClientHello may be sent twice, and the
 * last one counts. */
static const struct item *last_message(const struct items *flight, unsigned type)
{
    for (size_t i = flight->n; i-- > 0;) {
        if (flight->at[i].kind == ITEM_MESSAGE && flight->at[i].type == type) {
            return &flight->at[i];
        }
    }
    return NULL;
}

void handshake_read(struct handshake *handshake)
{
    const struct item *client_hello = last_message(&handshake->flights[CLIENT_SIDE], CLIENT_HELLO);
    const struct item *server_hello = last_message(&handshake->flights[SERVER_SIDE], SERVER_HELLO);
    const struct item *key_exchange = last_message(&handshake->flights[CLIENT_SIDE], CLIENT_KEY_EXCHANGE);

    if (client_hello) {
        client_hello_read(&handshake->client_hello, client_hello, handshake->is_dtls);
    }
    if (server_hello) {
        server_hello_read(&handshake->server_hello, server_hello, handshake->is_dtls);
    }
    if (key_exchange) {
        read_key_exchange(handshake, key_exchange);
    }
}

void handshake_free(struct handshake *handshake)
{
    items_free(&handshake->flights[CLIENT_SIDE]);
    items_free(&handshake->flights[SERVER_SIDE]);
    memory_give_back(handshake);
}
