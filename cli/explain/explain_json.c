/* A story for programs: one JSON object on one line. */
#include "explain.h"

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

/* "value", or of a secret only "value_start". */
static void put_value(struct stream *stream, const uint8_t *value, size_t len, bool is_secret)
{
    bool is_short = is_secret && !stream->options->secrets;

    put_number(&stream->out, ",", "len", len);
    if (!value) {
        return;
    }
    put_name(&stream->out, ",", is_short ? "value_start" : "value");
    output_text(&stream->out, "\"");
    output_hex(&stream->out, value, is_short ? secret_shown(len) : len);
    output_text(&stream->out, "\"");
}

static void put_check(struct output *out, enum check check)
{
    if (check != CHECK_NONE) {
        put_flag(out, ",", "as_recorded", check == CHECK_SAME);
    }
}

static void put_derivation(struct stream *stream, const char *before, const struct derivation *derivation)
{
    struct output *out = &stream->out;

    output_text(out, before);
    put_string(out, "{", "output", derivation->output);
    put_string(out, ",", "function", form_names[derivation->form]);
    put_string(out, ",", "secret", derivation->secret);
    put_string(out, ",", "label", derivation->label);
    put_name(out, ",", "seed");
    for (size_t i = 0; i < derivation->n_seed; i++) {
        const struct seed_part *part = &derivation->seed[i];
        output_text(out, i == 0 ? "[" : ",");
        put_string(out, "{", "name", part->name);
        if (part->value.len > 0) {
            put_value(stream, part->value.data, part->value.len, false);
        }
        output_text(out, "}");
    }
    output_text(out, "]");
    put_value(stream, derivation->value, derivation->len, derivation->is_secret);
    if (derivation->value) {
        put_flag(out, ",", "derived", derivation->is_derived);
    }
    put_check(out, derivation->check);
    output_text(out, "}");
}

static void put_pre_master_secret(struct stream *stream, const struct session *session)
{
    struct output *out = &stream->out;

    put_name(out, ",", "pre_master_secret");
    if (session->is_resumed) {
        output_text(out, "null");
        return;
    }
    put_flag(out, "{", "recorded", session->has_pms);
    if (session->has_pms) {
        put_value(stream, session->pms.data, session->pms.len, true);
    }
    output_text(out, "}");
}

/* Those that this handshake has: a resumed one does without the master secret's. */
static void put_derivations(struct stream *stream, const struct story *story)
{
    const char *before = "";

    put_name(&stream->out, ",", "derivations");
    output_text(&stream->out, "[");
    if (!story->session->is_resumed) {
        put_derivation(stream, before, &story->master);
        before = ",";
    }
    if (story->session->has_key_block) {
        put_derivation(stream, before, &story->key_block);
        before = ",";
    }
    for (size_t i = 0; i < story->n_finals; i++) {
        put_derivation(stream, before, &story->finals[i]);
    }
    for (size_t i = 0; i < story->n_finished; i++) {
        put_derivation(stream, before, &story->finished[i]);
        before = ",";
    }
    output_text(&stream->out, "]");
}

static void put_key(struct stream *stream, const char *before, const struct told_key *key)
{
    struct output *out = &stream->out;

    output_text(out, before);
    put_string(out, "{", "name", key->name);
    put_string(out, ",", "in", key->is_in_block ? "key_block" : "final_keys");
    put_number(out, ",", "offset", key->offset);
    put_value(stream, key->value, key->len, true);
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

void explain_json(struct stream *stream, const struct story *story)
{
    struct output *out = &stream->out;
    const struct session *session = story->session;

    if (story->line) {
        output_text(out, "{\"id\":");
        output_bytes(out, (const char *)story->line->id.data, story->line->id.len);
    } else {
        output_format(out, "{\"cipher_suite\":\"%04x\"", story->suite->id);
    }
    output_format(out, ",\"version\":\"%04x\"", session->version);
    put_string(out, ",", "cipher_suite_name", session->suite_name);
    put_flag(out, ",", "resumed", session->is_resumed);
    put_flag(out, ",", "extended_master_secret", session->is_extended);
    put_key_exchange(out, story);
    if (story->line) {
        put_pre_master_secret(stream, session);
        put_name(out, ",", "master_secret");
        put_flag(out, "{", "derived", story->master.is_derived);
        put_value(stream, story->master.value, story->master.len, true);
        output_text(out, "}");
        put_messages(out, session);
    }
    put_derivations(stream, story);
    put_name(out, ",", "keys");
    output_text(out, "[");
    for (size_t i = 0; i < story->n_keys; i++) {
        put_key(stream, i > 0 ? "," : "", &story->keys[i]);
    }
    output_text(out, "]}\n");
}
