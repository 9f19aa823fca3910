#include "session_messages.h"
#include "handshake_message.h"
#include "message_reader.h"
#include "suite.h"

#include <string.h>

enum extension { TRUNCATED_MAC = 4, ENCRYPT_THEN_MAC = 22, EXTENDED_MASTER_SECRET = 23 };

/* A hello, as far as the line may say the same. */
struct hello {
    unsigned type, version;
    struct lanekdf_bytes random;
    bool has_suite; /* a ServerHello whose suite can be read */
    unsigned suite;
    bool has_extensions; /* it can be read to its end, so that an extension that is not found is not there */
    struct message_reader extensions;
};

/* Reads what follows the randoms: both have a session ID. */
static void read_rest(struct hello *hello, struct message_reader *reader, bool is_dtls)
{
    message_read_vector(reader, 1); /* session ID */
    if (hello->type == SERVER_HELLO) {
        hello->suite = message_read_number(reader, 2);
        hello->has_suite = !reader->is_broken;
        message_read_number(reader, 1); /* compression */
    } else {
        if (is_dtls) {
            message_read_vector(reader, 1); /* the cookie */
        }
        message_read_vector(reader, 2); /* suites */
        message_read_vector(reader, 1); /* compression */
    }
    hello->has_extensions = !reader->is_broken && message_ends_with_extensions(*reader);
    hello->extensions = *reader;
}

/* Reads a message up to its random at least; false if it is no hello, or cannot be read. A message whose
 * length is not that of its header is of another format, such as the ClientHello of SSLv2. */
static bool read_hello(struct hello *hello, const struct session *session, struct lanekdf_bytes message)
{
    const size_t header_len = session_header_len(session);
    struct message_reader reader = {message.data, message.len, false};

    *hello = (struct hello){.type = message_read_number(&reader, 1)};
    if ((hello->type != CLIENT_HELLO && hello->type != SERVER_HELLO) || reader.is_broken ||
        message_read_number(&reader, 3) + header_len != message.len) {
        return false;
    }
    message_read_bytes(&reader, header_len - MESSAGE_HEADER_LEN);
    hello->version = message_read_number(&reader, 2);
    hello->random = message_read_bytes(&reader, LANEKDF_RANDOM_LEN);
    if (reader.is_broken) {
        return false;
    }
    read_rest(hello, &reader, header_len == DTLS_MESSAGE_HEADER_LEN);
    return true;
}

static bool has_extension(const struct hello *hello, unsigned type)
{
    struct lanekdf_bytes body;

    return message_find_extension(hello->extensions, type, &body);
}

/* Checks a flag against the extension of the hello that it stands for, where the line has the flag. */
static bool check_extension(
    struct line *line, const struct hello *hello, enum field field, bool flag, unsigned extension)
{
    return !line_has(line, field) || !hello->has_extensions || flag == has_extension(hello, extension) ||
           line_fail(line, "%s and the %s of handshake contradict each other: %s, which has the extension%s",
               field_names[field], message_type_name(hello->type), flag ? "true" : "false",
               flag ? " not" : "");
}

/* Checks a length that the line may have against that of the suite in ServerHello. */
static bool check_len(
    struct line *line, enum field field, size_t len_of_suite, const struct lanekdf_suite *suite)
{
    size_t len = len_of_suite;

    return !line_has(line, field) ||
           (line_number(line, field, UINT8_MAX, &len) &&
               (len == len_of_suite ||
                   line_fail(line,
                       "%s and the ServerHello of handshake contradict each other: %zu, %zu of %s",
                       field_names[field], len, len_of_suite, suite->name)));
}

/* The suite that the server chose also says hash and lengths, where the line names no suite itself. */
static bool check_suite_of_server(struct line *line, const struct session *session, const struct hello *hello)
{
    const struct lanekdf_suite *suite = NULL;
    struct lanekdf_handshake layout = {0};
    const char *objection;

    if (session->named_suite) {
        return session->named_suite->id == hello->suite ||
               line_fail(line, "%s and the ServerHello of handshake contradict each other: %04x, %04x",
                   field_names[session_suite_field(session)], (unsigned)session->named_suite->id,
                   hello->suite);
    }
    if (lanekdf_suite_find(hello->suite, &suite) != LANEKDF_OK ||
        lanekdf_handshake_set_recorded_suite(&layout, session->version, suite, &objection) != LANEKDF_OK) {
        return true;
    }
    if (session->version == LANEKDF_TLS12 && layout.hash != session->hash) {
        return line_fail(line, "hash and the ServerHello of handshake contradict each other: %s, %s of %s",
            lanekdf_hash_name(session->hash), lanekdf_hash_name(layout.hash), suite->name);
    }
    return (has_extension(hello, TRUNCATED_MAC) ||
               check_len(line, FIELD_MAC_LEN, layout.mac_key_len, suite)) &&
           check_len(line, FIELD_KEY_LEN, layout.enc_key_len, suite) &&
           check_len(line, FIELD_IV_LEN, layout.fixed_iv_len, suite) &&
           check_len(line, FIELD_FINAL_KEY_LEN, layout.final_key_len, suite);
}

static bool check_client_hello(struct line *line, const struct session *session, const struct hello *hello)
{
    return !session->is_extended || check_extension(line, hello, FIELD_EMS, true, EXTENDED_MASTER_SECRET);
}

static bool check_server_hello(struct line *line, const struct session *session, const struct hello *hello)
{
    if (hello->version != session->protocol) {
        return line_fail(line, "version and the ServerHello of handshake contradict each other: %04x, %04x",
            (unsigned)session->protocol, hello->version);
    }
    return (!hello->has_suite || check_suite_of_server(line, session, hello)) &&
           check_extension(line, hello, FIELD_EMS, session->is_extended, EXTENDED_MASTER_SECRET) &&
           check_extension(line, hello, FIELD_ETM, session->is_etm, ENCRYPT_THEN_MAC);
}

static bool check_hello(struct line *line, const struct session *session, const struct hello *hello)
{
    const bool is_client = hello->type == CLIENT_HELLO;
    const struct lanekdf_bytes *random = is_client ? &session->client_random : &session->server_random;

    if (memcmp(hello->random.data, random->data, LANEKDF_RANDOM_LEN) != 0) {
        return line_fail(line, "%s_random and the %s of handshake contradict each other",
            is_client ? "client" : "server", message_type_name(hello->type));
    }
    return is_client ? check_client_hello(line, session, hello) : check_server_hello(line, session, hello);
}

/* In an abbreviated handshake there is no key exchange, and the server's Finished comes first (RFC 5246
 * section 7.3). */
static bool check_resumed(struct line *line, const struct session *session)
{
    if (!line_has(line, FIELD_RESUMED)) {
        return true;
    }
    for (size_t i = 0; session->is_resumed && i < session->n_messages; i++) {
        if (session->messages[i].len > 0 && session->messages[i].data[0] == CLIENT_KEY_EXCHANGE) {
            return line_fail(line, "resumed and the ClientKeyExchange of handshake contradict each other");
        }
    }
    return !session->has_finished_order || (session->finished[0].side == SERVER) == session->is_resumed ||
           line_fail(line, "resumed and finished_order contradict each other: the %s's Finished comes first",
               session->is_resumed ? "server" : "client");
}

bool session_check_messages(struct line *line, const struct session *session)
{
    struct hello hello;

    for (size_t i = 0; i < session->n_messages; i++) {
        if (read_hello(&hello, session, session->messages[i]) && !check_hello(line, session, &hello)) {
            return false;
        }
    }
    return check_resumed(line, session);
}
