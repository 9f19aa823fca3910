#include "session_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const side_texts[N_CAPTURE_SIDES] = {"client", "server"};

static void put_text(struct text_buffer *line, const char *text)
{
    text_buffer_add(line, text, strlen(text));
}

static void put_hex(struct text_buffer *line, const char *name, struct lanekdf_bytes bytes)
{
    text_buffer_format(line, ",\"%s\":\"", name);
    text_buffer_add_hex(line, bytes.data, bytes.len);
    put_text(line, "\"");
}

static void put_flag(struct text_buffer *line, const char *name, bool is)
{
    text_buffer_format(line, ",\"%s\":%s", name, is ? "true" : "false");
}

static struct lanekdf_bytes random_bytes(const uint8_t random[LANEKDF_RANDOM_LEN])
{
    return (struct lanekdf_bytes){random, LANEKDF_RANDOM_LEN};
}

static void put_id(struct text_buffer *line, const struct handshake *handshake)
{
    text_buffer_format(line, "{\"id\":{\"stream\":%" PRIu64 ",\"version\":\"%04x\",\"cipher_suite\":\"%04x\"",
        handshake->stream, handshake->server_hello.version, handshake->server_hello.suite);
    put_hex(line, "client_random", random_bytes(handshake->client_hello.random));
    put_text(line, "}");
}

static void put_hellos(struct text_buffer *line, const struct handshake *handshake, bool is_abbreviated)
{
    const struct server_hello *hello = &handshake->server_hello;

    text_buffer_format(line, ",\"alg\":\"tls-session\",\"version\":\"%04x\",\"cipher_suite\":\"%04x\"",
        hello->version, hello->suite);
    put_flag(line, "ems", hello->is_extended);
    put_flag(line, "etm", hello->is_etm);
    put_flag(line, "resumed", is_abbreviated);
    put_hex(line, "client_random", random_bytes(handshake->client_hello.random));
    put_hex(line, "server_random", random_bytes(hello->random));
}

static void put_transcript(struct text_buffer *line, const struct transcript *transcript)
{
    put_text(line, ",\"handshake\":[");
    for (size_t i = 0; i < transcript->n_messages; i++) {
        put_text(line, i == 0 ? "\"" : ",\"");
        text_buffer_add_hex(line, transcript->messages[i].data, transcript->messages[i].len);
        put_text(line, "\"");
    }
    put_text(line, "]");
}

static void put_finished(
    struct text_buffer *line, const struct transcript *transcript, const struct proof *proof)
{
    const struct transcript_finished *finished = transcript->finished;
    char name[32];

    text_buffer_format(line, ",\"finished_order\":[\"%s\",\"%s\"]", side_texts[finished[0].side],
        side_texts[finished[1].side]);
    for (size_t i = 0; i < 2 && finished[i].is_known && !(i == 1 && proof->is_refused[1]); i++) {
        const char *side = side_texts[finished[i].side];
        text_buffer_format(line, ",\"%s_finished_msgs\":%zu", side, finished[i].n_messages);
        if (proof->finished[i].len > 0) {
            snprintf(name, sizeof(name), "%s_finished", side);
            put_hex(line, name, proof->finished[i]);
        }
    }
}

/* Finds a logged secret of this kind that gives the chosen master secret, or NULL. */
static const struct candidate *find_same(
    const struct candidates *candidates, const struct candidate *chosen, bool is_pre_master)
{
    for (size_t i = 0; i < candidates->n; i++) {
        const struct candidate *candidate = &candidates->at[i];
        if (candidate->secret.is_pre_master == is_pre_master && candidate->is_tried == chosen->is_tried &&
            memcmp(candidate->proof.master, chosen->proof.master, LANEKDF_MASTER_SECRET_LEN) == 0) {
            return candidate;
        }
    }
    return NULL;
}

/* An extended master secret depends on the session hash, which is derived from the messages of the line. */
static bool can_start_from_pre_master(const struct handshake *handshake, bool has_transcript)
{
    return !handshake->server_hello.is_extended || has_transcript;
}

static void put_secrets(struct text_buffer *line, const struct handshake *handshake,
    const struct candidates *candidates, const struct candidate *chosen, bool has_transcript)
{
    const struct candidate *master = find_same(candidates, chosen, false);
    const struct candidate *pre_master = find_same(candidates, chosen, true);

    if (pre_master && can_start_from_pre_master(handshake, has_transcript)) {
        put_hex(line, "pms", pre_master->secret.bytes);
    }
    if (master) {
        put_hex(line, "master", master->secret.bytes);
    } else if (pre_master && !can_start_from_pre_master(handshake, has_transcript)) {
        put_hex(line, "master", (struct lanekdf_bytes){chosen->proof.master, LANEKDF_MASTER_SECRET_LEN});
    }
}

void session_line_put(struct text_buffer *text, const struct handshake *handshake,
    const struct transcript *transcript, const struct candidates *candidates, const struct candidate *chosen)
{
    const bool has_transcript = !chosen->proof.is_transcript_wrong &&
                                (transcript->finished[0].is_known || transcript->n_session_hash > 0);

    put_id(text, handshake);
    put_hellos(text, handshake, transcript->is_abbreviated);
    put_secrets(text, handshake, candidates, chosen, has_transcript);
    if (has_transcript) {
        put_transcript(text, transcript);
    }
    if (has_transcript && transcript->finished[0].is_known) {
        put_finished(text, transcript, &chosen->proof);
    }
    put_text(text, "}");
}
