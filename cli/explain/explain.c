/* explain: how the keys of a recorded session come about. */
#include "explain.h"
#include "algorithms.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const form_names[] = {
    [FORM_PRF] = "PRF", [FORM_SSL3] = "SSL3", [FORM_MD5] = "MD5", [FORM_SSL3_FINISHED] = "SSL3 Finished"};

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
    for (size_t i = 0; line && i < line->n_answers; i++) {
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

static const uint8_t *shown(const struct story *story, const uint8_t *value)
{
    return story->line ? value : NULL;
}

static enum form prf_of(const struct session *session)
{
    return session->version == SSL3 ? FORM_SSL3 : FORM_PRF;
}

/* SSLv3 has none. */
static const char *label_of(const struct session *session, const char *label)
{
    return session->version == SSL3 ? "" : label;
}

static void tell_master(struct story *story)
{
    const struct session *session = story->session;
    struct derivation *master = &story->master;

    *master = (struct derivation){
        .form = prf_of(session),
        .output = "master_secret",
        .secret = "pre_master_secret",
        .label = label_of(session, session->is_extended ? "extended master secret" : "master secret"),
        .len = LANEKDF_MASTER_SECRET_LEN,
        .value = shown(story, session->master),
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
        .form = prf_of(session),
        .output = "key_block",
        .secret = "master_secret",
        .label = label_of(session, "key expansion"),
        .seed = {{"server_random", session->server_random}, {"client_random", session->client_random}},
        .n_seed = 2,
        .len = session->block.len,
        .value = shown(story, session->block.cut.key_block),
        .is_secret = true,
        .is_derived = true,
        .check = check_of(story->line, FIELD_KEY_BLOCK),
    };
}

/* What an export suite makes of its short keys, and of the randoms. */
static void tell_final(struct story *story, const char *output, const char *secret, const char *label,
    bool client_first, struct lanekdf_span span)
{
    const struct session *session = story->session;
    const struct seed_part client = {"client_random", session->client_random},
                           server = {"server_random", session->server_random};

    story->finals[story->n_finals++] = (struct derivation){
        .form = session->version == SSL3 ? FORM_MD5 : FORM_PRF,
        .output = output,
        .secret = secret,
        .label = label_of(session, label),
        .seed = {client_first ? client : server, client_first ? server : client},
        .n_seed = 2,
        .len = span.len,
        .value = shown(story, span.data),
        .is_secret = secret[0] != '\0',
        .is_derived = true,
    };
}

static void tell_finals(struct story *story)
{
    const struct lanekdf_handshake *cut = &story->session->block.cut;
    const bool is_ssl3 = story->session->version == SSL3;
    const struct lanekdf_span client_iv = lanekdf_handshake_key(cut, LANEKDF_CLIENT_WRITE_IV),
                              server_iv = lanekdf_handshake_key(cut, LANEKDF_SERVER_WRITE_IV);

    if (cut->final_key_len == 0) {
        return;
    }
    tell_final(story, "final_client_write_key", "client_write_key", "client write key", true,
        lanekdf_handshake_key(cut, LANEKDF_CLIENT_WRITE_KEY));
    tell_final(story, "final_server_write_key", "server_write_key", "server write key", !is_ssl3,
        lanekdf_handshake_key(cut, LANEKDF_SERVER_WRITE_KEY));
    if (client_iv.len > 0 && is_ssl3) {
        tell_final(story, "client_write_IV", "", "", true, client_iv);
        tell_final(story, "server_write_IV", "", "", false, server_iv);
    } else if (client_iv.len > 0) { /* the two IVs are neighbours */
        tell_final(story, "iv_block", "", "IV block", true,
            (struct lanekdf_span){client_iv.data, client_iv.len + server_iv.len});
    }
}

static bool cipher_has(const struct story *story, const char *word)
{
    return strstr(story->session->cipher, word) || strstr(story->session->suite_name, word);
}

static const char *iv_purpose(const struct story *story)
{
    if (cipher_has(story, "CHACHA20")) {
        return "nonce, xored with the record number";
    }
    return story->is_aead ? "nonce, with 8 bytes of each record" : "first initialization vector";
}

__attribute__((format(printf, 2, 3))) static const char *make_text(
    struct arena *arena, const char *format, ...)
{
    enum { SIZE = 96 };
    char *text = arena_take(arena, SIZE);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, SIZE, format, arguments);
    va_end(arguments);
    return text;
}

/* "HMAC-SHA256 of records". */
static const char *mac_purpose(const struct story *story, struct arena *arena)
{
    const struct session *session = story->session;
    const char *records = session->is_etm == 1 ? "encrypted records" : "records";
    const char *function = session->version == SSL3 ? "MAC" : "HMAC";
    const char *name = session->mac_hash;
    char hash[16] = "";

    if (name[0] == '\0' && story->suite) {
        name = strrchr(story->suite->name, '_') + 1;
        name = strcmp(name, "SHA") == 0 ? "SHA1" : name;
    }
    for (size_t i = 0; i < sizeof(hash) - 1 && name[i] != '\0'; i++) {
        hash[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
    }
    return make_text(arena, "%s%s%s of %s", function, hash[0] != '\0' ? "-" : "", hash, records);
}

/* "AES-GCM encryption"; of a line that does not say, what the suite's name has between
 * _WITH_ and the hash. */
static const char *cipher_purpose(const struct story *story, struct arena *arena)
{
    const char *with, *last;

    if (story->session->cipher[0] != '\0' || !story->suite) {
        return make_text(
            arena, "%.32s%sencryption", story->session->cipher, story->session->cipher[0] != '\0' ? " " : "");
    }
    with = strstr(story->suite->name, "_WITH_") + strlen("_WITH_");
    last = strrchr(with, '_');
    if (!last || (story->suite->mac == 0 && strncmp(last, "_SHA", 4) != 0)) {
        last = with + strlen(with); /* AES_128_CCM: the hash is not named */
    }
    return make_text(arena, "%.*s encryption", (int)(last - with), with);
}

static void tell_keys(struct story *story, struct arena *arena)
{
    const struct key_block *block = &story->session->block;
    const char *mac = mac_purpose(story, arena), *iv = iv_purpose(story),
               *cipher = cipher_purpose(story, arena);
    const char *purposes[] = {mac, mac, cipher, cipher, iv, iv};
    struct named_key keys[MAX_KEYS];
    size_t n_keys = block->is_cut ? key_block_keys(block, keys) : 0;

    for (size_t i = 0; i < n_keys; i++) {
        const struct named_key *key = &keys[i];
        const bool is_short = block->cut.final_key_len > 0 && key->is_in_block &&
                              (key->key == LANEKDF_CLIENT_WRITE_KEY || key->key == LANEKDF_SERVER_WRITE_KEY);
        if (key->span.len > 0) {
            const uint8_t *start = key->is_in_block ? block->cut.key_block : block->cut.final_keys;
            story->keys[story->n_keys++] = (struct told_key){
                .name = field_names[key->field],
                .is_in_block = key->is_in_block,
                .offset = (size_t)(key->span.data - start),
                .len = key->span.len,
                .value = shown(story, key->span.data),
                .writer = key->key % 2 == 0 ? CLIENT : SERVER,
                .purpose = is_short ? "makes the final key" : purposes[key->key],
                .check = check_of(story->line, key->field),
            };
        }
    }
}

static void tell_finished(struct story *story)
{
    const struct session *session = story->session;

    for (size_t i = 0; i < 2; i++) {
        const struct finished *finished = &session->finished[i];
        const bool is_client = finished->side == CLIENT, is_ssl3 = session->version == SSL3;
        struct derivation *told = &story->finished[story->n_finished];

        if (!finished->is_wanted) {
            continue;
        }
        story->n_finished++;
        *told = (struct derivation){
            .form = is_ssl3 ? FORM_SSL3_FINISHED : FORM_PRF,
            .output = is_client ? "client verify_data" : "server verify_data",
            .secret = "master_secret",
            .label =
                is_ssl3 ? (is_client ? "CLNT" : "SRVR") : (is_client ? "client finished" : "server finished"),
            .seed = {{is_ssl3 ? "handshake_messages" : "handshake_hash", {0}}},
            .n_seed = 1,
            .len = session_verify_len(session),
            .is_derived = true,
            .check = check_of(story->line, is_client ? FIELD_CLIENT_FINISHED : FIELD_SERVER_FINISHED),
        };
        if (story->line) {
            told->value = finished->message + 4;
            if (finished->hash) {
                told->seed[0].value = (struct lanekdf_bytes){finished->hash, hash_len(session->hash)};
            }
        }
    }
}

void explain_tell(struct story *story, struct arena *arena)
{
    story->exchange = key_exchange_of(story->suite);
    story->is_aead = cipher_has(story, "GCM") || cipher_has(story, "CCM") || cipher_has(story, "CHACHA20");
    tell_master(story);
    if (story->session->has_key_block) {
        tell_key_block(story);
        tell_keys(story, arena);
        tell_finals(story);
    }
    tell_finished(story);
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

    if (line->error) {
        put_failure(stream, line, line->error);
        return false;
    }
    if (!line->session) {
        put_failure(stream, line, "explain takes recorded sessions (alg \"tls-session\") only");
        return false;
    }
    story.suite = line->session->suite;
    if (!story.suite) {
        lanekdf_suite_find_name(line->session->suite_name, &story.suite);
    }
    explain_tell(&story, &line->work->arena);
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

    if (options->suite) {
        return explain_suite_main(options);
    }
    return stream_run(&stream) ? stream_close(&stream) : COMMAND_ERROR;
}
