#include "schedule_json.h"
#include "explain_writer.h"
#include "handshake_message.h"

static void put_key(struct writer *writer, const struct schedule_key *key)
{
    struct output *out = writer->out;

    writer_string(out, "{", "name", key->name);
    writer_string(out, ",", "label", key->label);
    writer_value(writer, key->value, key->len, true);
    writer_check(out, key->check);
    output_text(out, "}");
}

static void put_keys(struct writer *writer, const struct schedule_step *step)
{
    struct output *out = writer->out;

    writer_name(out, ",", "keys");
    for (size_t i = 0; i < step->n_keys; i++) {
        output_text(out, i == 0 ? "[" : ",");
        put_key(writer, &step->keys[i]);
    }
    output_text(out, "]");
    writer_string(out, ",", "writes", side_names[step->writer]);
    writer_string(out, ",", "reads", side_names[step->writer == CLIENT ? SERVER : CLIENT]);
}

static void put_step(struct writer *writer, const char *before, const struct schedule_step *step)
{
    struct output *out = writer->out;

    output_text(out, before);
    writer_string(out, "{", "output", step->output);
    writer_string(out, ",", "function", schedule_function_names[step->function]);
    writer_string(out, ",", "secret", step->secret);
    if (step->function == SCHEDULE_EXTRACT) {
        writer_string(out, ",", "input", step->input);
    } else {
        writer_string(out, ",", "label", step->label);
        writer_string(out, ",", "messages", step->messages);
    }
    if (step->n_messages > 0) {
        writer_number(out, ",", "n_messages", step->n_messages);
    }
    if (step->key_log[0] != '\0') {
        writer_string(out, ",", "key_log", step->key_log);
    }
    writer_value(writer, step->value, step->len, step->is_secret);
    if (step->value) {
        writer_flag(out, ",", "derived", !step->is_recorded);
    }
    writer_check(out, step->check);
    if (step->n_keys > 0) {
        put_keys(writer, step);
    }
    output_text(out, "}");
}

/* What is unknown is null. */
static void put_presence(struct output *out, const char *name, enum presence presence)
{
    if (presence == PRESENCE_UNKNOWN) {
        writer_name(out, ",", name);
        output_text(out, "null");
    } else {
        writer_flag(out, ",", name, presence == PRESENCE_THERE);
    }
}

void schedule_json(struct output *out, const struct schedule *schedule, bool shows_secrets)
{
    struct writer writer = {out, shows_secrets};
    const struct tls13_session *session = schedule->session;
    const uint32_t version = session->stage.version;

    if (schedule->line) {
        output_text(out, "{\"id\":");
        output_shown(out, (const char *)schedule->line->id.data, schedule->line->id.len);
    } else {
        output_format(out, "{\"cipher_suite\":\"%04x\"", schedule->suite->id);
    }
    output_format(out,
        version > UINT16_MAX || version < LANEKDF_SSL3 ? ",\"version\":\"%08x\"" : ",\"version\":\"%04x\"",
        version);
    writer_string(out, ",", "cipher_suite_name", session->suite_name);
    if (schedule->warning) {
        writer_string(out, ",", "warning", schedule->warning);
    }
    writer_string(out, ",", "label_prefix", schedule_label_prefix(version));
    put_presence(out, "psk", schedule->psk);
    put_presence(out, "key_exchange", schedule->exchange);
    if (schedule->line) {
        writer_string(out, ",", "group", session->group);
        writer_messages(out, session->messages, session->n_messages);
    }
    writer_name(out, ",", "derivations");
    output_text(out, "[");
    for (size_t i = 0; i < schedule->n_steps; i++) {
        put_step(&writer, i > 0 ? "," : "", &schedule->steps[i]);
    }
    output_text(out, "]}\n");
}
