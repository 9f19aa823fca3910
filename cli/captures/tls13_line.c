#include "tls13_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static void put_secret(struct text_buffer *line, const char **before, enum secret_id id, unsigned number,
    struct lanekdf_bytes secret)
{
    char label[SECRET_LABEL_LEN];

    secret_label_write(id, number, label);
    text_buffer_format(line, "%s\"%s\":\"", *before, label);
    text_buffer_add_hex(line, secret.data, secret.len);
    text_buffer_format(line, "\"");
    *before = ",";
}

/* Puts the secrets behind those key updates of QUIC that the capture has. */
static void put_updated_secrets(struct text_buffer *line, const char **before,
    const struct handshake *handshake, const struct tls13_candidate *candidate)
{
    const struct lanekdf_suite *suite = NULL;
    uint8_t secret[TLS13_MAX_SECRET];

    lanekdf_suite_find(handshake->server_hello.suite, &suite);
    for (uint32_t n = 1; n <= candidate->n_updates; n++) {
        if (tls13_candidate_update(candidate, suite, handshake->quic_version, n, secret)) {
            put_secret(line, before, candidate->entry->secret_id, n,
                (struct lanekdf_bytes){secret, candidate->entry->secret.len});
        }
    }
    explicit_bzero(secret, sizeof(secret));
}

static void put_secrets(
    struct text_buffer *line, const struct handshake *handshake, const struct tls13_proof *proof)
{
    const char *before = "";

    text_buffer_format(line, ",\"secrets\":{");
    for (size_t i = 0; i < proof->n_candidates; i++) {
        const struct tls13_candidate *candidate = &proof->candidates[i];
        if (!candidate->is_left_out && !candidate->is_repeated && candidate->entry->secret_id < N_SECRETS) {
            put_secret(
                line, &before, candidate->entry->secret_id, candidate->number, candidate->entry->secret);
            put_updated_secrets(line, &before, handshake, candidate);
        }
    }
    text_buffer_format(line, "}");
}

static void put_messages(struct text_buffer *line, const struct tls13_proof *proof, size_t n)
{
    text_buffer_format(line, ",\"handshake\":[");
    for (size_t i = 0; i < n; i++) {
        text_buffer_format(line, i == 0 ? "\"" : ",\"");
        text_buffer_add_hex(line, proof->messages[i].data, proof->messages[i].len);
        text_buffer_format(line, "\"");
    }
    text_buffer_format(line, "]");
    if (proof->first_client_hello) {
        put_hex(line, "first_client_hello", *proof->first_client_hello);
    }
}

/* Puts the whole transcript or, of one that is not whole, the hellos: they say what the secrets are made of.
 */
static void put_transcript(struct text_buffer *line, const struct tls13_proof *proof)
{
    if (proof->missing[0] != '\0') {
        if (proof->n_hellos > 0) {
            put_messages(line, proof, proof->n_hellos);
        }
        return;
    }
    put_messages(line, proof, proof->n_messages);
    text_buffer_format(
        line, ",\"server_finished_msgs\":%zu,\"client_finished_msgs\":%zu", proof->n_server, proof->n_client);
    put_hex(line, "server_finished", proof->messages[proof->n_server]);
    put_hex(line, "client_finished", proof->messages[proof->n_client]);
}

void tls13_line_put(
    struct text_buffer *line, const struct handshake *handshake, const struct tls13_proof *proof)
{
    const struct server_hello *hello = &handshake->server_hello;
    char version[9];

    snprintf(version, sizeof(version), handshake->quic_version != 0 ? "%08" PRIx32 : "%04" PRIx32,
        handshake->quic_version != 0 ? handshake->quic_version : (uint32_t)hello->version);
    text_buffer_format(line, "{\"id\":{\"stream\":%" PRIu64 ",\"version\":\"%s\",\"cipher_suite\":\"%04x\"",
        handshake->stream, version, hello->suite);
    if (handshake->quic_version != 0) {
        put_hex(line, "dcid", (struct lanekdf_bytes){handshake->quic_id, handshake->quic_id_len});
    }
    put_random(line, "client_random", handshake->client_hello.random);
    text_buffer_format(line, "},\"alg\":\"tls13-session\",\"version\":\"%s\",\"cipher_suite\":\"%04x\"",
        version, hello->suite);
    put_random(line, "client_random", handshake->client_hello.random);
    put_random(line, "server_random", hello->random);
    put_secrets(line, handshake, proof);
    put_transcript(line, proof);
    text_buffer_format(line, "}");
}
