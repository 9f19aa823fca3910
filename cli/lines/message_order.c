#include "message_order.h"
#include "handshake_message.h"
#include "message_reader.h"

#include <stdio.h>
#include <string.h>

static bool is_type(struct lanekdf_bytes message, unsigned type)
{
    return message.len > 0 && message.data[0] == type;
}

/* ---- whole messages ---- */

/* A session may begin with the ClientHello of SSLv2 (RFC 5246 appendix E.2), which has lengths of its own.
 * Without extensions it leads to no extended master secret. */
static bool is_ssl2_client_hello(struct lanekdf_bytes message)
{
    struct message_reader reader = {message.data, message.len, false};
    size_t len;
    unsigned type = message_read_number(&reader, 1);

    message_read_number(&reader, 2); /* version */
    len = message_read_number(&reader, 2);
    len += message_read_number(&reader, 2);
    len += message_read_number(&reader, 2);
    return type == CLIENT_HELLO && !reader.is_broken && len == reader.left;
}

static bool check_whole(
    struct line *line, enum field field, size_t index, struct lanekdf_bytes message, size_t header_len)
{
    struct message_reader reader = {message.data, message.len, false};
    char where[64];
    size_t len, at, fragment_len;

    snprintf(where, sizeof(where), field == FIELD_HANDSHAKE ? "%s[%zu]" : "%s", field_names[field], index);
    if (message.len < header_len) {
        return line_fail(
            line, "%s: %zu bytes are no message, whose header alone has %zu", where, message.len, header_len);
    }
    message_read_number(&reader, 1); /* type */
    len = message_read_number(&reader, 3);
    if (header_len == DTLS_MESSAGE_HEADER_LEN) {
        message_read_number(&reader, 2); /* message_seq */
        at = message_read_number(&reader, 3);
        fragment_len = message_read_number(&reader, 3);
        if (at != 0 || fragment_len != len) {
            return line_fail(line, "%s: a fragment of %s, which must be there as one", where,
                message_type_name(message.data[0]));
        }
    }
    /* A header of DTLS is longer, which tells a line with the version of TLS. */
    return len == reader.left || line_fail(line, "%s: %s is not whole: its header says %zu bytes, not %zu%s",
                                     where, message_type_name(message.data[0]), len, reader.left,
                                     message.len == len + DTLS_MESSAGE_HEADER_LEN
                                         ? "; it has a header of DTLS, whose versions are feff and fefd"
                                         : "");
}

bool message_order_check_whole(struct line *line, const struct session *session)
{
    for (size_t i = 0; i < session->n_messages; i++) {
        const bool may_be_ssl2 =
            i == 0 && !session->is_extended && session_header_len(session) == MESSAGE_HEADER_LEN;
        if (!(may_be_ssl2 && is_ssl2_client_hello(session->messages[0])) &&
            !check_whole(line, FIELD_HANDSHAKE, i, session->messages[i], session_header_len(session))) {
            return false;
        }
    }
    return true;
}

/* ---- the messages before one of them ---- */

/* The messages of a line of which each one that is required has to follow the one before. */
struct walk {
    struct line *line;
    const struct lanekdf_bytes *messages;
    size_t header_len;
    size_t at;         /* behind the last that was required */
    size_t end;        /* how many the transcript has */
    const char *until; /* what stands or should stand at the end */
};

/* Returns the name of a message with a header of any length. */
static const char *name_of(const struct walk *walk, struct lanekdf_bytes message)
{
    return message_is_hello_retry_request(message, walk->header_len) ? "HelloRetryRequest"
                                                                     : message_type_name(message.data[0]);
}

/* Requires that the next message is this one. */
static bool require_next(struct walk *walk, const char *name)
{
    const size_t at = walk->at++;

    if (at >= walk->end) {
        return line_fail(walk->line, "handshake: %s is missing", name);
    }
    return strcmp(name_of(walk, walk->messages[at]), name) == 0 ||
           line_fail(walk->line, "handshake: %s is missing: handshake[%zu] is %s", name, at,
               name_of(walk, walk->messages[at]));
}

/* Finds a message of this type that has not been passed; false, with the walk where it was, if there is none.
 */
static bool pass(struct walk *walk, unsigned type)
{
    for (size_t i = walk->at; i < walk->end; i++) {
        if (is_type(walk->messages[i], type)) {
            walk->at = i + 1;
            return true;
        }
    }
    return false;
}

/* Requires that a message of this type comes before the end, others before it or not. */
static bool require(struct walk *walk, unsigned type)
{
    return pass(walk, type) || (type == CERTIFICATE && pass(walk, COMPRESSED_CERTIFICATE)) ||
           line_fail(
               walk->line, "handshake: %s is missing ahead of %s", message_type_name(type), walk->until);
}

static bool has(const struct walk *walk, unsigned type)
{
    struct walk rest = *walk;

    return pass(&rest, type);
}

/* ---- the session hash ---- */

bool message_order_has_certificate(const struct lanekdf_suite *suite)
{
    return suite &&
           (suite->key_exchange == LANEKDF_KX_RSA_PSK || suite->authentication == LANEKDF_AUTH_RSA ||
               suite->authentication == LANEKDF_AUTH_DSS || suite->authentication == LANEKDF_AUTH_ECDSA);
}

bool message_order_has_server_key_exchange(const struct lanekdf_suite *suite)
{
    if (!suite) {
        return false;
    }
    switch (suite->key_exchange) {
    case LANEKDF_KX_DHE:
    case LANEKDF_KX_ECDHE:
    case LANEKDF_KX_DHE_PSK:
    case LANEKDF_KX_ECDHE_PSK:
    case LANEKDF_KX_SRP:
    case LANEKDF_KX_ECCPWD:
    case LANEKDF_KX_ECJPAKE:
        return true;
    default:
        return false;
    }
}

/* Returns the suite of ServerHello, the message behind ClientHello; NULL if it is unknown. */
static const struct lanekdf_suite *suite_of_server(const struct walk *walk)
{
    const struct lanekdf_bytes hello = walk->messages[1];
    struct message_reader reader = {hello.data, hello.len, false};
    const struct lanekdf_suite *suite = NULL;

    message_read_bytes(&reader, walk->header_len + 2 + LANEKDF_RANDOM_LEN);
    message_read_vector(&reader, 1); /* session ID */
    lanekdf_suite_find(message_read_number(&reader, 2), &suite);
    return reader.is_broken ? NULL : suite;
}

bool message_order_check_session_hash(struct line *line, const struct session *session)
{
    struct walk walk = {line, session->messages, session_header_len(session), 0, session->session_hash_msgs,
        message_type_name(CLIENT_KEY_EXCHANGE)};
    const struct lanekdf_suite *suite;
    bool is_client_asked;

    if (!session->is_extended || !session->has_pms || session->n_messages == 0) {
        return true;
    }
    if (walk.end == 0) { /* the line has the hash itself, or its messages have no ClientKeyExchange */
        return line_has(line, FIELD_SESSION_HASH) ||
               line_fail(line, "handshake: ClientKeyExchange is missing, with which the session hash ends");
    }
    if (!is_type(session->messages[walk.end - 1], CLIENT_KEY_EXCHANGE)) {
        return line_fail(line, "session_hash_msgs: handshake[%zu] is %s, and not ClientKeyExchange",
            walk.end - 1, name_of(&walk, session->messages[walk.end - 1]));
    }
    if (!require_next(&walk, "ClientHello") || !require_next(&walk, "ServerHello")) {
        return false;
    }
    suite = suite_of_server(&walk);
    if ((message_order_has_certificate(suite) && !require(&walk, CERTIFICATE)) ||
        (message_order_has_server_key_exchange(suite) && !require(&walk, SERVER_KEY_EXCHANGE))) {
        return false;
    }
    is_client_asked = has(&walk, CERTIFICATE_REQUEST);
    return require(&walk, SERVER_HELLO_DONE) &&
           (!is_client_asked || has(&walk, CERTIFICATE_URL) || require(&walk, CERTIFICATE));
}

/* ---- TLS 1.3 ---- */

/* Requires the messages up to ServerHello. Behind a HelloRetryRequest the hash of the first ClientHello
 * stands in its place. */
static bool require_hellos(struct walk *walk, const struct tls13_session *session)
{
    if (is_type(walk->messages[0], MESSAGE_HASH)) {
        if (!require_next(walk, "message_hash") || !require_next(walk, "HelloRetryRequest")) {
            return false;
        }
    } else if (walk->end > 1 && message_is_hello_retry_request(walk->messages[1], MESSAGE_HEADER_LEN)) {
        return line_fail(walk->line,
            "handshake: message_hash is missing, which stands in the place of the ClientHello before a "
            "HelloRetryRequest");
    }
    if (!require_next(walk, "ClientHello")) {
        return false;
    }
    /* A ClientHello alone is enough for the early stage, and for secrets that no transcript goes into. */
    if (walk->at == walk->end && session->n_server_hello == 0) {
        return true;
    }
    if (!require_next(walk, "ServerHello")) {
        return false;
    }
    return session->has_server_hello ||
           line_fail(walk->line, "handshake[%zu]: ServerHello cannot be read to its end", walk->at - 1);
}

/* Requires the messages between ServerHello and the server's Finished, at the place `end`. Without a PSK the
 * server shows a certificate (RFC 8446 section 4.4.2). */
static bool require_servers(struct walk *walk, const struct tls13_session *session, size_t end)
{
    struct walk servers = *walk;

    servers.end = end;
    servers.until = "the server's Finished";
    return require_next(&servers, "EncryptedExtensions") &&
           (session->is_with_psk ||
               (require(&servers, CERTIFICATE) && require(&servers, CERTIFICATE_VERIFY)));
}

/* Requires the messages between the Finished of the server and that of the client, at the place `end`: a
 * client that is asked for a certificate sends one, which may be empty. */
static bool require_clients(struct walk *walk, const struct tls13_session *session, size_t end)
{
    struct walk clients = *walk;

    if (session->n_server_finished == 0 || end < session->n_server_finished) {
        return line_fail(walk->line, "handshake: Finished of the server is missing ahead of the client's");
    }
    clients.end = session->n_server_finished;
    if (!has(&clients, CERTIFICATE_REQUEST)) {
        return true;
    }
    clients.at = session->n_server_finished;
    clients.end = end;
    clients.until = "the client's Finished";
    return require(&clients, CERTIFICATE);
}

/* Finds the place of a Finished: what the line says it to be, else `found`; SIZE_MAX if neither is there. */
static bool read_place(struct line *line, enum field msgs, size_t found, size_t n_messages, size_t *place)
{
    *place = found;
    if (found != SIZE_MAX || !line_has(line, msgs)) {
        return true;
    }
    if (!line_number(line, msgs, SIZE_MAX, place)) {
        return false;
    }
    *place = *place == 0 || *place > n_messages ? SIZE_MAX : *place;
    return true;
}

bool message_order_check_tls13(struct line *line, const struct tls13_session *session)
{
    const size_t found = session->n_server_finished > 0 ? session->n_server_finished - 1 : SIZE_MAX;
    struct walk walk = {line, session->messages, MESSAGE_HEADER_LEN, 0, session->n_messages, ""};
    const bool has_finished =
        line_has(line, FIELD_SERVER_FINISHED_MSGS) || line_has(line, FIELD_CLIENT_FINISHED_MSGS);
    size_t server_place, client_place;

    if (!session->has_early && !session->has_handshake && !has_finished) {
        return true;
    }
    if (line_has(line, FIELD_FIRST_CLIENT_HELLO) &&
        !check_whole(line, FIELD_FIRST_CLIENT_HELLO, 0, *session->client_hello, MESSAGE_HEADER_LEN)) {
        return false;
    }
    for (size_t i = 0; i < session->n_messages; i++) {
        if (!check_whole(line, FIELD_HANDSHAKE, i, session->messages[i], MESSAGE_HEADER_LEN)) {
            return false;
        }
    }
    /* The early stage needs ClientHello alone. */
    if (session->n_messages == 0 || !(session->has_handshake || has_finished)) {
        return true;
    }
    if (!require_hellos(&walk, session) ||
        !read_place(line, FIELD_SERVER_FINISHED_MSGS, found, session->n_messages, &server_place) ||
        !read_place(line, FIELD_CLIENT_FINISHED_MSGS, SIZE_MAX, session->n_messages, &client_place)) {
        return false;
    }
    return (server_place == SIZE_MAX || require_servers(&walk, session, server_place)) &&
           (client_place == SIZE_MAX || require_clients(&walk, session, client_place));
}
