#include "explain_json.h"
#include "handshake_message.h"
#include "secret_shown.h"

#include <string.h>

static void put_name(struct output *out, const char *before, const char *name)
{
    output_text(out, before);
    output_json_string(out, name, strlen(name));
    output_text(out, ":");
}

static void put_string(struct output *out, const char *before, const char *name, const char *value)
{
    put_name(out, before, name);
    output_json_string(out, value, strlen(value));
}

static void put_number(struct output *out, const char *before, const char *name, size_t value)
{
    put_name(out, before, name);
    output_number(out, value);
}

static void put_flag(struct output *out, const char *before, const char *name, bool value)
{
    put_name(out, before, name);
    output_text(out, value ? "true" : "false");
}

struct writer {
    struct output *out;
    bool shows_secrets; /* whole, not their first bytes */
};

/* Puts the length of a value and "value", or of a secret only "value_start". */
static void put_value(struct writer *writer, const uint8_t *value, size_t len, bool is_secret)
{
    bool is_short = is_secret && !writer->shows_secrets;

    put_number(writer->out, ",", "len", len);
    if (!value) {
        return;
    }
    put_name(writer->out, ",", is_short ? "value_start" : "value");
    output_text(writer->out, "\"");
    output_hex(writer->out, value, is_short ? secret_shown_len(len) : len);
    output_text(writer->out, "\"");
}

static void put_check(struct output *out, enum check check)
{
    if (check != CHECK_NONE) {
        put_flag(out, ",", "as_recorded", check == CHECK_SAME);
    }
}

static void put_derivation(struct writer *writer, const char *before, const struct step *step)
{
    struct output *out = writer->out;

    output_text(out, before);
    put_string(out, "{", "output", step->output);
    put_string(out, ",", "function", function_names[step->function]);
    put_string(out, ",", "secret", step->secret);
    put_string(out, ",", "label", step->label);
    put_name(out, ",", "seed");
    for (size_t i = 0; i < step->n_seed; i++) {
        const struct seed_part *part = &step->seed[i];
        output_text(out, i == 0 ? "[" : ",");
        put_string(out, "{", "name", part->name);
        if (part->value.len > 0) {
            put_value(writer, part->value.data, part->value.len, false);
        }
        output_text(out, "}");
    }
    output_text(out, "]");
    put_value(writer, step->value, step->len, step->is_secret);
    if (step->value) {
        put_flag(out, ",", "derived", step->is_derived);
    }
    put_check(out, step->check);
    output_text(out, "}");
}

static void put_pre_master_secret(struct writer *writer, const struct session *session)
{
    struct output *out = writer->out;

    put_name(out, ",", "pre_master_secret");
    if (session->is_resumed) {
        output_text(out, "null");
        return;
    }
    put_flag(out, "{", "recorded", session->has_pms);
    if (session->has_pms) {
        put_value(writer, session->pms.data, session->pms.len, true);
    }
    output_text(out, "}");
}

/* Puts the derivations that this handshake has: an abbreviated one does not derive the master secret. */
static void put_derivations(struct writer *writer, const struct story *story)
{
    const char *before = "";

    put_name(writer->out, ",", "derivations");
    output_text(writer->out, "[");
    if (!story->session->is_resumed) {
        put_derivation(writer, before, &story->master);
        before = ",";
    }
    if (story->session->has_key_block) {
        put_derivation(writer, before, &story->key_block);
        before = ",";
    }
    for (size_t i = 0; i < story->n_finals; i++) {
        put_derivation(writer, before, &story->finals[i]);
    }
    for (size_t i = 0; i < story->n_finished; i++) {
        put_derivation(writer, before, &story->finished[i]);
        before = ",";
    }
    output_text(writer->out, "]");
}

static void put_key(struct writer *writer, const char *before, const struct story_key *key)
{
    struct output *out = writer->out;

    output_text(out, before);
    put_string(out, "{", "name", key->name);
    put_string(out, ",", "in", key->is_in_block ? "key_block" : "final_keys");
    put_number(out, ",", "offset", key->offset);
    put_value(writer, key->value, key->len, true);
    put_string(out, ",", "writes", side_names[key->writer]);
    put_string(out, ",", "reads", side_names[key->writer == CLIENT ? SERVER : CLIENT]);
    put_string(out, ",", "purpose", key->purpose);
    put_check(out, key->check);
    output_text(out, "}");
}

static void put_key_exchange(struct output *out, const struct story *story)
{
    if (story->session->is_resumed) {
        put_name(out, ",", "key_exchange");
        output_text(out, "null");
        return;
    }
    put_name(out, ",", "key_exchange");
    put_string(out, "{", "name", story->exchange->name);
    put_string(out, ",", "pre_master_secret_made_by", story->exchange->made_by);
    put_string(out, ",", "pre_master_secret_bytes", story->exchange->bytes);
    put_string(out, ",", "private_key", story->exchange->private_key);
    put_flag(out, ",", "forward_secret", story->exchange->is_forward_secret);
    output_text(out, "}");
}

static void put_messages(struct output *out, const struct session *session)
{
    put_name(out, ",", "messages");
    output_text(out, "[");
    for (size_t i = 0; i < session->n_messages; i++) {
        const char *name = message_name(session->messages[i]);
        output_text(out, i > 0 ? "," : "");
        output_json_string(out, name, strlen(name));
    }
    output_text(out, "]");
}

void explain_json(struct output *out, const struct story *story, bool shows_secrets)
{
    struct writer writer = {out, shows_secrets};
    const struct session *session = story->session;

    if (story->line) {
        output_text(out, "{\"id\":");
        output_bytes(out, (const char *)story->line->id.data, story->line->id.len);
    } else {
        output_format(out, "{\"cipher_suite\":\"%04x\"", story->suite->id);
    }
    output_format(out, ",\"version\":\"%04x\"", session->protocol);
    put_string(out, ",", "cipher_suite_name", session->suite_name);
    if (story->warning) {
        put_string(out, ",", "warning", story->warning);
    }
    put_flag(out, ",", "resumed", session->is_resumed);
    put_flag(out, ",", "extended_master_secret", session->is_extended);
    put_key_exchange(out, story);
    if (story->line) {
        put_pre_master_secret(&writer, session);
        put_name(out, ",", "master_secret");
        put_flag(out, "{", "derived", story->master.is_derived);
        put_value(&writer, story->master.value, story->master.len, true);
        output_text(out, "}");
        put_messages(out, session);
    }
    put_derivations(&writer, story);
    put_name(out, ",", "keys");
    output_text(out, "[");
    for (size_t i = 0; i < story->n_keys; i++) {
        put_key(&writer, i > 0 ? "," : "", &story->keys[i]);
    }
    output_text(out, "]}\n");
}
