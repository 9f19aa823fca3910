#include "explain_json.h"
#include "explain_writer.h"

static void put_derivation(struct writer *writer, const char *before, const struct step *step)
{
    struct output *out = writer->out;

    output_text(out, before);
    writer_string(out, "{", "output", step->output);
    writer_string(out, ",", "function", function_names[step->function]);
    writer_string(out, ",", "secret", step->secret);
    writer_string(out, ",", "label", step->label);
    writer_name(out, ",", "seed");
    for (size_t i = 0; i < step->n_seed; i++) {
        const struct seed_part *part = &step->seed[i];
        output_text(out, i == 0 ? "[" : ",");
        writer_string(out, "{", "name", part->name);
        if (part->value.len > 0) {
            writer_value(writer, part->value.data, part->value.len, false);
        }
        output_text(out, "}");
    }
    output_text(out, "]");
    writer_value(writer, step->value, step->len, step->is_secret);
    if (step->value) {
        writer_flag(out, ",", "derived", step->is_derived);
    }
    writer_check(out, step->check);
    output_text(out, "}");
}

static void put_pre_master_secret(struct writer *writer, const struct session *session)
{
    struct output *out = writer->out;

    writer_name(out, ",", "pre_master_secret");
    if (session->is_resumed) {
        output_text(out, "null");
        return;
    }
    writer_flag(out, "{", "recorded", session->has_pms);
    if (session->has_pms) {
        writer_value(writer, session->pms.data, session->pms.len, true);
    }
    output_text(out, "}");
}

/* Puts the derivations that this handshake has: an abbreviated one does not derive the master secret. */
static void put_derivations(struct writer *writer, const struct story *story)
{
    const char *before = "";

    writer_name(writer->out, ",", "derivations");
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
    writer_string(out, "{", "name", key->name);
    writer_string(out, ",", "in", key->is_in_block ? "key_block" : "final_keys");
    writer_number(out, ",", "offset", key->offset);
    writer_value(writer, key->value, key->len, true);
    writer_string(out, ",", "writes", side_names[key->writer]);
    writer_string(out, ",", "reads", side_names[key->writer == CLIENT ? SERVER : CLIENT]);
    writer_string(out, ",", "purpose", key->purpose);
    writer_check(out, key->check);
    output_text(out, "}");
}

static void put_key_exchange(struct output *out, const struct story *story)
{
    if (story->session->is_resumed) {
        writer_name(out, ",", "key_exchange");
        output_text(out, "null");
        return;
    }
    writer_name(out, ",", "key_exchange");
    writer_string(out, "{", "name", story->exchange->name);
    writer_string(out, ",", "pre_master_secret_made_by", story->exchange->made_by);
    writer_string(out, ",", "pre_master_secret_bytes", story->exchange->bytes);
    writer_string(out, ",", "private_key", story->exchange->private_key);
    if (story->exchange->id == 0) {
        writer_name(out, ",", "forward_secret");
        output_text(out, "null");
    } else {
        writer_flag(out, ",", "forward_secret", story->exchange->is_forward_secret);
    }
    output_text(out, "}");
}

void explain_json(struct output *out, const struct story *story, bool shows_secrets)
{
    struct writer writer = {out, shows_secrets};
    const struct session *session = story->session;

    if (story->line) {
        output_text(out, "{\"id\":");
        output_shown(out, (const char *)story->line->id.data, story->line->id.len);
    } else {
        output_format(out, "{\"cipher_suite\":\"%04x\"", story->suite->id);
    }
    output_format(out, ",\"version\":\"%04x\"", session->protocol);
    writer_string(out, ",", "cipher_suite_name", session->suite_name);
    if (story->warning) {
        writer_string(out, ",", "warning", story->warning);
    }
    writer_flag(out, ",", "resumed", session->is_resumed);
    writer_flag(out, ",", "extended_master_secret", session->is_extended);
    put_key_exchange(out, story);
    if (story->line) {
        put_pre_master_secret(&writer, session);
        writer_name(out, ",", "master_secret");
        writer_flag(out, "{", "derived", story->master.is_derived);
        writer_value(&writer, story->master.value, story->master.len, true);
        output_text(out, "}");
        writer_messages(out, session->messages, session->n_messages);
    }
    put_derivations(&writer, story);
    writer_name(out, ",", "keys");
    output_text(out, "[");
    for (size_t i = 0; i < story->n_keys; i++) {
        put_key(&writer, i > 0 ? "," : "", &story->keys[i]);
    }
    output_text(out, "]}\n");
}
