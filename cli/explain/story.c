#include "story.h"
#include "version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const function_names[] = {
    [FUNCTION_PRF] = "PRF",
    [FUNCTION_SSL3] = "SSL3",
    [FUNCTION_MD5] = "MD5",
    [FUNCTION_SSL3_FINISHED] = "SSL3 Finished",
};

/* Compares what was derived with what the line has. */
static enum check check_of(const struct line *line, enum field field)
{
    for (size_t i = 0; line && i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        if (answer->field == field && answer->is_recorded) {
            return answer_is_as_recorded(answer) ? CHECK_SAME : CHECK_DIFFERS;
        }
    }
    return CHECK_NONE;
}

/* The story of a suite has no values. */
static const uint8_t *value_of(const struct story *story, const uint8_t *value)
{
    return story->line ? value : NULL;
}

static enum function prf_of(const struct session *session)
{
    return session->version == LANEKDF_SSL3 ? FUNCTION_SSL3 : FUNCTION_PRF;
}

/* The functions of SSLv3 take no label. */
static const char *label_of(const struct session *session, const char *label)
{
    return session->version == LANEKDF_SSL3 ? "" : label;
}

static void fill_master(struct story *story)
{
    const struct session *session = story->session;
    struct step *master = &story->master;

    *master = (struct step){
        .function = prf_of(session),
        .output = "master_secret",
        .secret = "pre_master_secret",
        .label = label_of(session, session->is_extended ? "extended master secret" : "master secret"),
        .len = LANEKDF_MASTER_SECRET_LEN,
        .value = value_of(story, session->master),
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

static void fill_key_block(struct story *story)
{
    const struct session *session = story->session;

    story->key_block = (struct step){
        .function = prf_of(session),
        .output = "key_block",
        .secret = "master_secret",
        .label = label_of(session, "key expansion"),
        .seed = {{"server_random", session->server_random}, {"client_random", session->client_random}},
        .n_seed = 2,
        .len = session->block.len,
        .value = value_of(story, session->block.layout.key_block),
        .is_secret = true,
        .is_derived = true,
        .check = check_of(story->line, FIELD_KEY_BLOCK),
    };
}

/* Adds a step in which an export suite makes something of its short keys, or of the randoms. */
static void add_final(struct story *story, const char *output, const char *secret, const char *label,
    bool client_first, struct lanekdf_span span)
{
    const struct session *session = story->session;
    const struct seed_part client = {"client_random", session->client_random},
                           server = {"server_random", session->server_random};

    story->finals[story->n_finals++] = (struct step){
        .function = session->version == LANEKDF_SSL3 ? FUNCTION_MD5 : FUNCTION_PRF,
        .output = output,
        .secret = secret,
        .label = label_of(session, label),
        .seed = {client_first ? client : server, client_first ? server : client},
        .n_seed = 2,
        .len = span.len,
        .value = value_of(story, span.data),
        .is_secret = secret[0] != '\0',
        .is_derived = true,
    };
}

static void fill_finals(struct story *story)
{
    const struct lanekdf_handshake *layout = &story->session->block.layout;
    const bool is_ssl3 = story->session->version == LANEKDF_SSL3;
    const struct lanekdf_span client_iv = lanekdf_handshake_key(layout, LANEKDF_CLIENT_WRITE_IV),
                              server_iv = lanekdf_handshake_key(layout, LANEKDF_SERVER_WRITE_IV);

    if (layout->final_key_len == 0) {
        return;
    }
    add_final(story, "final_client_write_key", "client_write_key", "client write key", true,
        lanekdf_handshake_key(layout, LANEKDF_CLIENT_WRITE_KEY));
    add_final(story, "final_server_write_key", "server_write_key", "server write key", !is_ssl3,
        lanekdf_handshake_key(layout, LANEKDF_SERVER_WRITE_KEY));
    if (client_iv.len > 0 && is_ssl3) {
        add_final(story, "client_write_IV", "", "", true, client_iv);
        add_final(story, "server_write_IV", "", "", false, server_iv);
    } else if (client_iv.len > 0) { /* both IVs come from one block, in which they are neighbours */
        add_final(story, "iv_block", "", "IV block", true,
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

/* Returns what the MAC keys are for: "HMAC-SHA256 of records". */
static const char *mac_purpose(const struct story *story, struct arena *arena)
{
    const struct session *session = story->session;
    const char *records = session->has_etm && session->is_etm ? "encrypted records" : "records";
    const char *function = session->version == LANEKDF_SSL3 ? "MAC" : "HMAC";
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

/* Returns what the write keys are for: "AES-GCM encryption". If the line does not say the cipher, it is what
 * the suite's name has between _WITH_ and the hash. */
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
        last = with + strlen(with); /* as in AES_128_CCM, where the hash is not named */
    }
    return make_text(arena, "%.*s encryption", (int)(last - with), with);
}

static void fill_keys(struct story *story, struct arena *arena)
{
    const struct key_block *block = &story->session->block;
    const char *mac = mac_purpose(story, arena), *iv = iv_purpose(story),
               *cipher = cipher_purpose(story, arena);
    const char *purposes[] = {mac, mac, cipher, cipher, iv, iv};
    struct named_key keys[MAX_KEYS];
    size_t n_keys = block->has_layout ? key_block_keys(block, keys) : 0;

    for (size_t i = 0; i < n_keys; i++) {
        const struct named_key *key = &keys[i];
        const bool is_short = block->layout.final_key_len > 0 && key->is_in_block &&
                              (key->key == LANEKDF_CLIENT_WRITE_KEY || key->key == LANEKDF_SERVER_WRITE_KEY);
        if (key->span.len > 0) {
            const uint8_t *start = key->is_in_block ? block->layout.key_block : block->layout.final_keys;
            story->keys[story->n_keys++] = (struct story_key){
                .name = field_names[key->field],
                .is_in_block = key->is_in_block,
                .offset = (size_t)(key->span.data - start),
                .len = key->span.len,
                .value = value_of(story, key->span.data),
                .writer = key->key % 2 == 0 ? CLIENT : SERVER,
                .purpose = is_short ? "makes the final key" : purposes[key->key],
                .check = check_of(story->line, key->field),
            };
        }
    }
}

static void fill_finished(struct story *story)
{
    const struct session *session = story->session;

    for (size_t i = 0; i < 2; i++) {
        const struct finished *finished = &session->finished[i];
        const bool is_client = finished->side == CLIENT, is_ssl3 = session->version == LANEKDF_SSL3;
        struct step *step = &story->finished[story->n_finished];

        if (!finished->is_wanted) {
            continue;
        }
        story->n_finished++;
        *step = (struct step){
            .function = is_ssl3 ? FUNCTION_SSL3_FINISHED : FUNCTION_PRF,
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
            step->value = finished->message + session_header_len(session);
            if (finished->hash) {
                step->seed[0].value = (struct lanekdf_bytes){finished->hash, lanekdf_hash_len(session->hash)};
            }
        }
    }
}

/* Fills in all that follows from line, session and suite. */
static void fill_story(struct story *story, struct arena *arena)
{
    story->exchange = key_exchange_of(story->suite);
    story->is_aead = cipher_has(story, "GCM") || cipher_has(story, "CCM") || cipher_has(story, "CHACHA20");
    fill_master(story);
    if (story->session->has_key_block) {
        fill_key_block(story);
        fill_keys(story, arena);
        fill_finals(story);
    }
    fill_finished(story);
}

void story_of_session(struct story *story, const struct line *line)
{
    *story = (struct story){.line = line, .session = line->session, .suite = line->session->suite};
    if (!story->suite) {
        lanekdf_suite_find_name(line->session->suite_name, &story->suite);
    }
    story->warning = line->warning;
    fill_story(story, line->arena);
}

void story_of_suite(struct story *story, const struct lanekdf_suite *suite, uint16_t protocol,
    bool is_extended, bool is_resumed, struct arena *arena)
{
    struct session *session = arena_take_zero(arena, sizeof(*session));
    struct lanekdf_handshake *layout = &session->block.layout;

    lanekdf_handshake_set_recorded_suite(
        layout, version_of_derivations(protocol), suite, &session->block.objection);
    session->protocol = protocol;
    session->version = layout->version;
    session->suite = suite;
    session->suite_name = suite->name;
    session->cipher = session->mac_hash = "";
    session->hash = layout->hash;
    session->is_extended = is_extended;
    session->is_resumed = is_resumed;
    /* A key is described by its place in the outputs, which hold nothing. */
    key_block_reserve(&session->block, lanekdf_handshake_key_block_len(layout), arena);
    session->has_key_block = session->block.has_layout = true;
    /* In an abbreviated handshake the server is the first to send Finished. */
    session->finished[0] = (struct finished){.is_wanted = true, .side = is_resumed ? SERVER : CLIENT};
    session->finished[1] = (struct finished){.is_wanted = true, .side = is_resumed ? CLIENT : SERVER};
    *story = (struct story){.session = session, .suite = suite, .warning = session->block.objection};
    fill_story(story, arena);
}
