#include "capture.h"
#include "command.h"
#include "hex.h"
#include "key_log.h"
#include "suite.h"
#include "text_buffer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TLS13 = 0x0304, SSL3 = 0x0300 };
/* Handshake types and extensions. */
enum { HELLO_REQUEST = 0, CLIENT_HELLO = 1, SERVER_HELLO = 2, CLIENT_KEY_EXCHANGE = 16, FINISHED = 20 };
enum { ENCRYPT_THEN_MAC = 22, EXTENDED_MASTER_SECRET = 23, SUPPORTED_VERSIONS = 43 };
enum { HEADER_LEN = 4, RANDOM_OFFSET = HEADER_LEN + 2 };
enum { N_BUCKETS = 4096 };

/* One handshake, as far as it has been seen. */
struct handshake {
    struct handshake *next;
    const char *file;
    uint64_t number, stream;

    bool has_client_hello, has_server_hello, has_key_exchange;
    bool is_encrypted; /* the rest of it: tshark could not decrypt that */
    uint8_t client_random[LANEKDF_RANDOM_LEN], server_random[LANEKDF_RANDOM_LEN];
    uint16_t version, suite;
    bool is_extended, is_etm;
    uint8_t rsa_id[KEY_LOG_RSA_ID_LEN];

    struct text_buffer messages; /* as JSON strings */
    size_t n_messages;
    struct text_buffer finished[2]; /* the same, in their order */
    size_t finished_msgs[2];
    unsigned n_finished;
};

struct capture {
    struct key_log *log;
    const char *log_name;
    json_reader *reader;
    struct handshake *open[N_BUCKETS];         /* by stream */
    struct handshake *first_done, **last_done; /* in the order in which they were done */
    struct text_buffer line;
    uint64_t n_left_out;
};

struct capture *capture_open(const char *key_log)
{
    struct capture *capture = calloc(1, sizeof(*capture));

    if (!capture || !(capture->reader = json_reader_new(NULL, 0))) {
        command_die("no memory");
    }
    capture->log_name = key_log;
    capture->last_done = &capture->first_done;
    capture->log = key_log_read(key_log);
    if (!capture->log) {
        capture_close(capture);
        return NULL;
    }
    return capture;
}

static void handshake_free(struct handshake *handshake)
{
    text_buffer_free(&handshake->messages);
    text_buffer_free(&handshake->finished[0]);
    text_buffer_free(&handshake->finished[1]);
    free(handshake);
}

void capture_close(struct capture *capture)
{
    if (!capture) {
        return;
    }
    capture_end(capture);
    while (capture->first_done) {
        struct handshake *next = capture->first_done->next;
        handshake_free(capture->first_done);
        capture->first_done = next;
    }
    text_buffer_free(&capture->line);
    json_reader_free(capture->reader);
    key_log_free(capture->log);
    free(capture);
}

/* Where the handshake that is open on this stream hangs, or would. */
static struct handshake **find(struct capture *capture, const char *file, uint64_t stream)
{
    struct handshake **at = &capture->open[stream % N_BUCKETS];

    while (*at && !((*at)->stream == stream && (*at)->file == file)) {
        at = &(*at)->next;
    }
    return at;
}

static void done(struct capture *capture, struct handshake **at)
{
    struct handshake *handshake = *at;

    *at = handshake->next;
    handshake->next = NULL;
    *capture->last_done = handshake;
    capture->last_done = &handshake->next;
}

static struct handshake *begin(struct handshake **at, const char *file, uint64_t number, uint64_t stream)
{
    struct handshake *handshake = calloc(1, sizeof(*handshake));

    if (!handshake) {
        command_die("no memory");
    }
    handshake->file = file;
    handshake->number = number;
    handshake->stream = stream;
    handshake->next = *at;
    *at = handshake;
    return handshake;
}

static unsigned uint16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

/* What an extension of ServerHello says. */
static void take_extension(struct handshake *handshake, unsigned type, const uint8_t *body, size_t len)
{
    if (type == ENCRYPT_THEN_MAC) {
        handshake->is_etm = true;
    } else if (type == EXTENDED_MASTER_SECRET) {
        handshake->is_extended = true;
    } else if (type == SUPPORTED_VERSIONS && len == 2) {
        handshake->version = (uint16_t)uint16(body);
    }
}

static void take_server_hello(struct handshake *handshake, const uint8_t *message, size_t len)
{
    size_t at = RANDOM_OFFSET + LANEKDF_RANDOM_LEN; /* of the session ID's length */

    if (len <= at || len < at + 1 + message[at] + 3) {
        return;
    }
    handshake->has_server_hello = true;
    handshake->version = (uint16_t)uint16(message + HEADER_LEN);
    memcpy(handshake->server_random, message + RANDOM_OFFSET, LANEKDF_RANDOM_LEN);
    at += 1 + (size_t)message[at];
    handshake->suite = (uint16_t)uint16(message + at);
    at += 3 + 2; /* compression; the length of all extensions, if there are any */
    while (at + 4 <= len && at + 4 + uint16(message + at + 2) <= len) {
        take_extension(handshake, uint16(message + at), message + at + 4, uint16(message + at + 2));
        at += 4 + uint16(message + at + 2);
    }
}

/* With RSA, the encrypted pre-master secret: behind its length, but not in SSLv3. */
static void take_key_exchange(struct handshake *handshake, const uint8_t *message, size_t len)
{
    size_t at = HEADER_LEN + (handshake->version == SSL3 ? 0 : 2);

    handshake->has_key_exchange = true;
    if (len >= at + sizeof(handshake->rsa_id)) {
        memcpy(handshake->rsa_id, message + at, sizeof(handshake->rsa_id));
    }
}

static void add_message(struct text_buffer *to, const uint8_t *message, size_t len)
{
    text_buffer_add(to, to->len > 0 ? ",\"" : "\"", to->len > 0 ? 2 : 1);
    text_buffer_add_hex(to, message, len);
    text_buffer_add(to, "\"", 1);
}

/* What is still encrypted has no header that fits. */
static bool is_whole(const uint8_t *message, size_t len)
{
    return len >= HEADER_LEN && ((size_t)message[1] << 16 | uint16(message + 2)) == len - HEADER_LEN;
}

/* One message of a stream. */
static void take_message(struct capture *capture, const char *file, uint64_t number, uint64_t stream,
    const uint8_t *message, size_t len)
{
    struct handshake **at = find(capture, file, stream), *handshake = *at;
    const bool is_message = is_whole(message, len);
    const unsigned type = is_message ? message[0] : HELLO_REQUEST;

    if (type == CLIENT_HELLO && len >= RANDOM_OFFSET + LANEKDF_RANDOM_LEN) {
        const uint8_t *random = message + RANDOM_OFFSET;
        /* The same random once more is an answer to HelloRetryRequest. */
        if (handshake && memcmp(handshake->client_random, random, LANEKDF_RANDOM_LEN) != 0) {
            done(capture, at);
            handshake = NULL;
        }
        if (!handshake) {
            at = find(capture, file, stream);
            handshake = begin(at, file, number, stream);
        }
        handshake->has_client_hello = true;
        memcpy(handshake->client_random, random, LANEKDF_RANDOM_LEN);
    } else if (type == SERVER_HELLO) {
        handshake = handshake ? handshake : begin(at, file, number, stream);
        take_server_hello(handshake, message, len);
    } else if (!handshake) {
        return; /* behind the last Finished */
    } else if (!is_message) {
        handshake->is_encrypted = true;
    } else if (type == CLIENT_KEY_EXCHANGE) {
        take_key_exchange(handshake, message, len);
    }
    if (handshake->is_encrypted || type == HELLO_REQUEST) {
        return; /* HelloRequest is in no transcript: RFC 5246 section 7.4.1.1 */
    }
    if (type != FINISHED) {
        add_message(&handshake->messages, message, len);
        handshake->n_messages++;
        return;
    }
    add_message(&handshake->finished[handshake->n_finished], message, len);
    handshake->finished_msgs[handshake->n_finished++] = handshake->n_messages;
    if (handshake->n_finished == 2) {
        done(capture, find(capture, file, stream));
    }
}

const char *capture_take(
    struct capture *capture, const char *file, uint64_t number, const char *text, size_t len)
{
    struct json_packet packet;
    const char *error = json_reader_packet(capture->reader, text, len, &packet);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < packet.n_messages; i++) {
        const struct json_value *value = &packet.messages[i];
        uint8_t *message;

        if (value->type != JSON_STRING || value->len % 2 != 0) {
            return "tls_tls_handshake_raw: strings of hexadecimal digits expected";
        }
        message = malloc(value->len / 2 + 1);
        if (!message) {
            command_die("no memory");
        }
        if (!hex_decode(message, value->string, value->len / 2)) {
            free(message);
            return "tls_tls_handshake_raw: not hexadecimal";
        }
        take_message(capture, file, number, packet.stream, message, value->len / 2);
        free(message);
    }
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct handshake *x = *(struct handshake *const *)a, *y = *(struct handshake *const *)b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* In the order in which they began. */
void capture_end(struct capture *capture)
{
    struct handshake **all = NULL;
    size_t n = 0, capacity = 0;

    for (size_t i = 0; i < N_BUCKETS; i++) {
        for (struct handshake *handshake = capture->open[i]; handshake; handshake = handshake->next) {
            if (n == capacity) {
                capacity = 2 * capacity + 64;
                all = realloc(all, capacity * sizeof(struct handshake *));
                if (!all) {
                    command_die("no memory");
                }
            }
            all[n++] = handshake;
        }
    }
    if (n > 0) {
        qsort(all, n, sizeof(struct handshake *), by_place);
    }
    for (size_t i = 0; i < n; i++) {
        done(capture, find(capture, all[i]->file, all[i]->stream));
    }
    free(all);
}

/* Why this handshake cannot become a session; NULL: it can. */
static const char *why_not(
    const struct handshake *handshake, const struct lanekdf_bytes *master, const struct lanekdf_bytes *pms)
{
    if (!handshake->has_client_hello) {
        return "the capture lacks its ClientHello";
    }
    if (!handshake->has_server_hello) {
        return "the capture lacks its ServerHello";
    }
    if (handshake->version == TLS13) {
        return "TLS 1.3 is not served";
    }
    if (handshake->version < 0x0300 || handshake->version > 0x0303) {
        return "of a version that is not served";
    }
    if (!master && !pms) {
        return "the key log lacks its secret";
    }
    return NULL;
}

static void leave_out(struct capture *capture, const struct handshake *handshake, const char *why)
{
    char random[2 * LANEKDF_RANDOM_LEN + 1] = "";

    if (handshake->has_client_hello) {
        hex_encode(random, handshake->client_random, LANEKDF_RANDOM_LEN);
    }
    command_message("%s: tcp.stream %" PRIu64 "%s%s: left out: %s", handshake->file, handshake->stream,
        random[0] != '\0' ? ", client_random " : "", random, why);
    capture->n_left_out++;
}

static void put_hex(struct text_buffer *line, const char *name, const uint8_t *bytes, size_t n)
{
    text_buffer_format(line, ",\"%s\":\"", name);
    text_buffer_add_hex(line, bytes, n);
    text_buffer_add(line, "\"", 1);
}

static const char *truth(bool is)
{
    return is ? "true" : "false";
}

static void put_finished(struct text_buffer *line, const struct handshake *handshake)
{
    /* The server answers first only where there is no key exchange: in an abbreviated one. */
    static const char *const sides[2][2] = {{"server", "client"}, {"client", "server"}};
    const char *const *order = sides[handshake->has_key_exchange];

    text_buffer_format(line, ",\"finished_order\":[\"%s\",\"%s\"]", order[0], order[1]);
    for (unsigned i = 0; i < handshake->n_finished; i++) {
        text_buffer_format(line, ",\"%s_finished_msgs\":%zu,\"%s_finished\":", order[i],
            handshake->finished_msgs[i], order[i]);
        text_buffer_add(line, handshake->finished[i].text, handshake->finished[i].len);
    }
}

static void put_line(struct text_buffer *line, const struct handshake *handshake,
    const struct lanekdf_bytes *master, const struct lanekdf_bytes *pms)
{
    text_buffer_format(line, "{\"id\":{\"stream\":%" PRIu64 ",\"version\":\"%04x\",\"cipher_suite\":\"%04x\"",
        handshake->stream, handshake->version, handshake->suite);
    put_hex(line, "client_random", handshake->client_random, LANEKDF_RANDOM_LEN);
    text_buffer_format(line,
        "},\"alg\":\"tls-session\",\"version\":\"%04x\",\"cipher_suite\":\"%04x\",\"ems\":%s,\"etm\":%s,"
        "\"resumed\":%s",
        handshake->version, handshake->suite, truth(handshake->is_extended), truth(handshake->is_etm),
        truth(!handshake->has_key_exchange));
    put_hex(line, "client_random", handshake->client_random, LANEKDF_RANDOM_LEN);
    put_hex(line, "server_random", handshake->server_random, LANEKDF_RANDOM_LEN);
    if (master) {
        put_hex(line, "master", master->data, master->len);
    }
    if (pms) {
        put_hex(line, "pms", pms->data, pms->len);
    }
    text_buffer_format(line, ",\"handshake\":[");
    text_buffer_add(line, handshake->messages.text, handshake->messages.len);
    text_buffer_format(line, "]");
    put_finished(line, handshake);
    text_buffer_format(line, "}");
}

bool capture_next(struct capture *capture, struct capture_line *line)
{
    bool is_there = false;

    while (!is_there && capture->first_done) {
        struct handshake *handshake = capture->first_done;
        const struct lanekdf_bytes *master =
            key_log_find(capture->log, KEY_LOG_MASTER, handshake->client_random);
        const struct lanekdf_bytes *pms =
            key_log_find(capture->log, KEY_LOG_PRE_MASTER, handshake->client_random);
        const char *why;

        if (!pms && handshake->has_key_exchange) {
            pms = key_log_find(capture->log, KEY_LOG_RSA, handshake->rsa_id);
        }
        why = why_not(handshake, master, pms);
        if (why) {
            leave_out(capture, handshake, why);
        } else {
            text_buffer_clear(&capture->line);
            put_line(&capture->line, handshake, master, pms);
            *line = (struct capture_line){
                handshake->file, handshake->number, capture->line.text, capture->line.len};
            is_there = true;
        }
        capture->first_done = handshake->next;
        if (!capture->first_done) {
            capture->last_done = &capture->first_done;
        }
        handshake_free(handshake);
    }
    return is_there;
}

uint64_t capture_n_left_out(const struct capture *capture)
{
    return capture->n_left_out;
}
