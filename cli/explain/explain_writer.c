#include "explain_writer.h"
#include "handshake_message.h"
#include "secret_shown.h"

#include <string.h>

void writer_name(struct output *out, const char *before, const char *name)
{
    output_text(out, before);
    output_json_string(out, name, strlen(name));
    output_text(out, ":");
}

void writer_string(struct output *out, const char *before, const char *name, const char *value)
{
    writer_name(out, before, name);
    output_json_string(out, value, strlen(value));
}

void writer_number(struct output *out, const char *before, const char *name, size_t value)
{
    writer_name(out, before, name);
    output_number(out, value);
}

void writer_flag(struct output *out, const char *before, const char *name, bool value)
{
    writer_name(out, before, name);
    output_text(out, value ? "true" : "false");
}

void writer_value(struct writer *writer, const uint8_t *value, size_t len, bool is_secret)
{
    bool is_short = is_secret && !writer->shows_secrets;

    writer_number(writer->out, ",", "len", len);
    if (!value) {
        return;
    }
    writer_name(writer->out, ",", is_short ? "value_start" : "value");
    output_text(writer->out, "\"");
    output_hex(writer->out, value, is_short ? secret_shown_len(len) : len);
    output_text(writer->out, "\"");
}

void writer_check(struct output *out, enum check check)
{
    if (check != CHECK_NONE) {
        writer_flag(out, ",", "as_recorded", check == CHECK_SAME);
    }
}

void writer_messages(struct output *out, const struct lanekdf_bytes *messages, size_t n)
{
    writer_name(out, ",", "messages");
    output_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        const char *name = message_name(messages[i]);
        output_text(out, i > 0 ? "," : "");
        output_json_string(out, name, strlen(name));
    }
    output_text(out, "]");
}
