/* explain: how the keys of a recorded session come about. */
#include "explain.h"
#include "algorithms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *message_name(struct lanekdf_bytes message)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {{0, "HelloRequest"}, {1, "ClientHello"}, {2, "ServerHello"}, {4, "NewSessionTicket"},
        {11, "Certificate"}, {12, "ServerKeyExchange"}, {13, "CertificateRequest"}, {14, "ServerHelloDone"},
        {15, "CertificateVerify"}, {16, "ClientKeyExchange"}, {20, "Finished"}, {21, "CertificateURL"},
        {22, "CertificateStatus"}, {23, "SupplementalData"}, {67, "NextProtocol"}};

    for (size_t i = 0; message.len > 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == message.data[0]) {
            return names[i].name;
        }
    }
    return "unknown message";
}

static enum check check_of(const struct line *line, enum field field)
{
    for (size_t i = 0; i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        if (answer->field == field && answer->is_recorded) {
            return answer->derived.len == answer->recorded.len &&
                           memcmp(answer->derived.data, answer->recorded.data, answer->derived.len) == 0
                       ? CHECK_SAME
                       : CHECK_DIFFERS;
        }
    }
    return CHECK_NONE;
}

static void tell_master(struct story *story)
{
    const struct session *session = story->session;
    struct derivation *master = &story->master;

    *master = (struct derivation){
        .output = "master_secret",
        .secret = "pre_master_secret",
        .label = session->is_extended ? "extended master secret" : "master secret",
        .len = LANEKDF_MASTER_SECRET_LEN,
        .value = session->master,
        .is_secret = true,
        .is_derived = session->has_pms,
        .check = session->has_pms ? check_of(story->line, FIELD_MASTER) : CHECK_NONE,
    };
    if (session->is_extended) {
        master->seed[master->n_seed++] = (struct seed_part){"session_hash", session->session_hash};
    } else {
        master->seed[master->n_seed++] = (struct seed_part){"client_random", session->client_random};
        master->seed[master->n_seed++] = (struct seed_part){"server_random", session->server_random};
    }
}

static void tell_key_block(struct story *story)
{
    const struct session *session = story->session;

    story->key_block = (struct derivation){
        .output = "key_block",
        .secret = "master_secret",
        .label = "key expansion",
        .seed = {{"server_random", session->server_random}, {"client_random", session->client_random}},
        .n_seed = 2,
        .len = session->block.len,
        .value = session->block.data,
        .is_secret = true,
        .is_derived = true,
        .check = check_of(story->line, FIELD_KEY_BLOCK),
    };
}

static bool cipher_has(const struct story *story, const char *word)
{
    return strstr(story->session->cipher, word) != NULL || strstr(story->session->suite, word) != NULL;
}

static const char *iv_purpose(const struct story *story)
{
    if (cipher_has(story, "CHACHA20")) {
        return "nonce, xored with the record number";
    }
    return story->is_aead ? "nonce, with 8 bytes of each record" : "first initialization vector";
}

/* "HMAC-SHA256 of records". */
static const char *mac_purpose(const struct story *story)
{
    const char *records = story->session->is_etm == 1 ? "encrypted records" : "records";
    char hash[16] = "", text[64];

    for (size_t i = 0; i < sizeof(hash) - 1 && story->session->mac_hash[i] != '\0'; i++) {
        char c = story->session->mac_hash[i];
        hash[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    snprintf(text, sizeof(text), "HMAC%s%s of %s", hash[0] != '\0' ? "-" : "", hash, records);
    return line_text_copy(story->line, text, strlen(text));
}

/* "AES-GCM encryption". */
static const char *cipher_purpose(const struct story *story)
{
    char text[64];

    snprintf(text, sizeof(text), "%.32s encryption", story->session->cipher);
    return line_text_copy(story->line, text, strlen(text)) + strspn(text, " ");
}

static void tell_keys(struct story *story)
{
    const struct key_block *block = &story->session->block;
    const char *mac = mac_purpose(story), *iv = iv_purpose(story), *cipher = cipher_purpose(story);
    struct lanekdf_handshake cut = {.mac_key_len = block->mac_key_len,
        .enc_key_len = block->enc_key_len,
        .fixed_iv_len = block->fixed_iv_len,
        .key_block = block->data};
    const char *purposes[N_KEYS] = {mac, mac, cipher, cipher, iv, iv};

    for (unsigned i = 0; block->is_cut && i < N_KEYS; i++) {
        struct lanekdf_span span = lanekdf_handshake_key(&cut, (enum lanekdf_key)i);
        if (span.len > 0) {
            story->keys[story->n_keys++] = (struct named_key){
                .name = field_names[key_fields[i]],
                .offset = (size_t)(span.data - block->data),
                .len = span.len,
                .value = span.data,
                .writer = i % 2 == 0 ? CLIENT : SERVER,
                .purpose = purposes[i],
                .check = check_of(story->line, key_fields[i]),
            };
        }
    }
}

static void tell_finished(struct story *story)
{
    for (size_t i = 0; i < 2; i++) {
        const struct finished *finished = &story->session->finished[i];
        if (finished->is_wanted) {
            bool is_client = finished->side == CLIENT;
            story->finished[story->n_finished++] = (struct derivation){
                .output = is_client ? "client verify_data" : "server verify_data",
                .secret = "master_secret",
                .label = is_client ? "client finished" : "server finished",
                .seed = {{"handshake_hash", {finished->hash, 32}}},
                .n_seed = 1,
                .len = LANEKDF_VERIFY_DATA_LEN,
                .value = finished->message + 4,
                .is_derived = true,
                .check = check_of(story->line, is_client ? FIELD_CLIENT_FINISHED : FIELD_SERVER_FINISHED),
            };
        }
    }
}

static bool is_as_recorded(const struct line *line)
{
    for (size_t i = 0; i < line->n_answers; i++) {
        if (check_of(line, line->answers[i].field) == CHECK_DIFFERS) {
            return false;
        }
    }
    return true;
}

static void put_failure(struct stream *stream, const struct line *line, const char *failure)
{
    if (stream->options->json) {
        struct line failed = *line;
        failed.error = failure;
        stream_put_error(stream, &failed);
        return;
    }
    output_flush(&stream->out);
    command_message("%s:%" PRIu64 ": %.*s: %s", line->file, line->number, (int)line->id.len,
        (const char *)line->id.data, failure);
}

static bool explain_line(struct stream *stream, const struct line *line)
{
    struct story story = {.line = line, .session = line->session};

    if (line->error != NULL) {
        put_failure(stream, line, line->error);
        return false;
    }
    if (line->session == NULL) {
        put_failure(stream, line, "explain takes recorded sessions (alg \"tls-session\") only");
        return false;
    }
    story.exchange = key_exchange_of(line->session->suite);
    story.is_aead = cipher_has(&story, "GCM") || cipher_has(&story, "CCM") || cipher_has(&story, "CHACHA20");
    tell_master(&story);
    if (line->session->has_key_block) {
        tell_key_block(&story);
        tell_keys(&story);
    }
    tell_finished(&story);
    if (stream->options->json) {
        explain_json(stream, &story);
    } else {
        explain_text(stream, &story);
    }
    return is_as_recorded(line);
}

int explain_main(const struct options *options)
{
    struct stream stream = {.options = options, .batch_len = 64, .finish = explain_line};

    return stream_run(&stream) ? stream_close(&stream) : COMMAND_ERROR;
}
