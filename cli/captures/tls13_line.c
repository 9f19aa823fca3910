#include "tls13_line.h"

#include <inttypes.h>

static void put_hex(struct text_buffer *line, const char *name, struct lanekdf_bytes bytes)
{
    text_buffer_format(line, ",\"%s\":\"", name);
    text_buffer_add_hex(line, bytes.data, bytes.len);
    text_buffer_format(line, "\"");
}

static void put_random(struct text_buffer *line, const char *name, const uint8_t *random)
{
    put_hex(line, name, (struct lanekdf_bytes){random, LANEKDF_RANDOM_LEN});
}

static void put_secrets(struct text_buffer *line, const struct tls13_proof *proof)
{
    const char *before = "";
    char label[SECRET_LABEL_LEN];

    text_buffer_format(line, ",\"secrets\":{");
    for (size_t i = 0; i < proof->n_candidates; i++) {
        const struct tls13_candidate *candidate = &proof->candidates[i];
        if (candidate->is_left_out || candidate->is_repeated || candidate->entry->secret_id >= N_SECRETS) {
            continue;
        }
        secret_label_write(candidate->entry->secret_id, candidate->number, label);
        text_buffer_format(line, "%s\"%s\":\"", before, label);
        text_buffer_add_hex(line, candidate->entry->secret.data, candidate->entry->secret.len);
        text_buffer_format(line, "\"");
        before = ",";
    }
    text_buffer_format(line, "}");
}

static void put_transcript(struct text_buffer *line, const struct tls13_proof *proof)
{
    text_buffer_format(line, ",\"handshake\":[");
    for (size_t i = 0; i < proof->n_messages; i++) {
        text_buffer_format(line, i == 0 ? "\"" : ",\"");
        text_buffer_add_hex(line, proof->messages[i].data, proof->messages[i].len);
        text_buffer_format(line, "\"");
    }
    text_buffer_format(line, "],\"server_finished_msgs\":%zu,\"client_finished_msgs\":%zu", proof->n_server,
        proof->n_client);
    put_hex(line, "server_finished", proof->messages[proof->n_server]);
    put_hex(line, "client_finished", proof->messages[proof->n_client]);
    if (proof->first_client_hello) {
        put_hex(line, "first_client_hello", *proof->first_client_hello);
    }
}

void tls13_line_put(
    struct text_buffer *line, const struct handshake *handshake, const struct tls13_proof *proof)
{
    const struct server_hello *hello = &handshake->server_hello;

    text_buffer_format(line, "{\"id\":{\"stream\":%" PRIu64 ",\"version\":\"%04x\",\"cipher_suite\":\"%04x\"",
        handshake->stream, hello->version, hello->suite);
    put_random(line, "client_random", handshake->client_hello.random);
    text_buffer_format(line, "},\"alg\":\"tls13-session\",\"version\":\"%04x\",\"cipher_suite\":\"%04x\"",
        hello->version, hello->suite);
    put_random(line, "client_random", handshake->client_hello.random);
    put_random(line, "server_random", hello->random);
    put_secrets(line, proof);
    if (proof->missing[0] == '\0') {
        put_transcript(line, proof);
    }
    text_buffer_format(line, "}");
}
