/* derive: prints the answers of each line as an object. */
#include "command.h"
#include "commands.h"
#include "exports.h"
#include "stream.h"

#include <inttypes.h>
#include <string.h>

enum { BATCH_LEN = 2048 };

static void put_name(struct output *out, enum field field)
{
    output_bytes(out, ",\"", 2);
    output_text(out, field_names[field]);
    output_bytes(out, "\":", 2);
}

static void put_value(struct output *out, struct lanekdf_bytes value)
{
    output_bytes(out, "\"", 1);
    output_hex(out, value.data, value.len);
    output_bytes(out, "\"", 1);
}

static void put_label(struct output *out, const struct answer *answer)
{
    if (answer_has_text_label(answer)) {
        output_text(out, "\"label_text\":");
        output_json_string(out, (const char *)answer->label.data, answer->label.len);
    } else {
        output_text(out, "\"label\":");
        put_value(out, answer->label);
    }
}

static void put_key(struct output *out, const char *key, size_t len)
{
    output_json_string(out, key, len);
    output_text(out, ":");
}

/* Puts one of the answers of a field that holds several. */
static void put_one(struct output *out, const struct answer *answer, enum answer_shape shape)
{
    if (shape == ANSWER_EXPORTS) {
        output_text(out, "{");
        put_label(out, answer);
        if (answer->has_context) {
            output_text(out, ",\"context\":");
            put_value(out, answer->context);
        }
        output_text(out, ",\"out\":");
    } else if (shape == ANSWER_TICKETS) {
        output_text(out, "{\"nonce\":");
        put_value(out, answer->label);
        output_text(out, ",\"psk\":");
    } else if (shape == ANSWER_BY_LABEL) {
        put_key(out, (const char *)answer->label.data, answer->label.len);
    } else if (shape == ANSWER_KEYS) {
        put_key(out, answer->member, strlen(answer->member));
    }
    put_value(out, answer->derived);
    if (shape == ANSWER_EXPORTS || shape == ANSWER_TICKETS) {
        output_text(out, "}");
    }
}

static bool has_same_label(const struct answer *a, const struct answer *b)
{
    return a->label.len == b->label.len && memcmp(a->label.data, b->label.data, a->label.len) == 0;
}

/* Puts the answers of a field, which stand together, and returns how many they are. The keys of one secret
 * are an object of their own. */
static size_t put_answers(struct output *out, const struct answer *answers, size_t max)
{
    const enum answer_shape shape = answer_shape(answers);
    const bool is_object = shape == ANSWER_BY_LABEL || shape == ANSWER_KEYS;
    size_t n = 0;

    put_name(out, answers->field);
    if (shape == ANSWER_ALONE) {
        put_value(out, answers->derived);
        return 1;
    }
    output_text(out, is_object ? "{" : "[");
    for (; n < max && answers[n].field == answers->field; n++) {
        const bool goes_on = n > 0 && shape == ANSWER_KEYS && has_same_label(&answers[n - 1], &answers[n]);
        if (n > 0) {
            output_text(out, shape == ANSWER_KEYS && !goes_on ? "}," : ",");
        }
        if (shape == ANSWER_KEYS && !goes_on) {
            put_key(out, (const char *)answers[n].label.data, answers[n].label.len);
            output_text(out, "{");
        }
        put_one(out, &answers[n], shape);
    }
    output_text(out, shape == ANSWER_KEYS ? "}}" : is_object ? "}" : "]");
    return n;
}

static void put_warning(struct stream *stream, const struct line *line)
{
    if (line->warning) {
        stream->n_warned++;
        output_text(&stream->out, ",\"warning\":");
        output_json_string(&stream->out, line->warning, strlen(line->warning));
    }
}

static bool put_line(struct stream *stream, const struct line *line)
{
    struct output *out = &stream->out;

    if (line->error) {
        stream_put_error(stream, line, line->error);
        return false;
    }
    output_text(out, "{\"id\":");
    output_shown(out, (const char *)line->id.data, line->id.len);
    for (size_t i = 0; i < line->n_answers;) {
        i += put_answers(out, &line->answers[i], line->n_answers - i);
    }
    put_warning(stream, line);
    output_bytes(out, "}\n", 2);
    return true;
}

static bool parse_exports(const struct options *options, struct export_request exports[MAX_EXPORTS])
{
    for (size_t i = 0; i < options->n_exports; i++) {
        if (!export_parse(options->exports[i], &exports[i])) {
            command_message(
                "derive: --export takes LABEL:LEN, LABEL:CONTEXT:LEN with CONTEXT in hexadecimal, "
                "eap-tls, dtls-srtp or tls-exporter (try lanekdf derive --help)");
            return false;
        }
    }
    return true;
}

/* Says how many lines something is told of in a member of their output, if there are any. */
static void say_how_many(const struct stream *stream, uint64_t n, const char *what, const char *member)
{
    if (n > 0 && stream->out.error == 0) {
        command_message("%" PRIu64 " of %" PRIu64 " lines %s: see \"%s\" in the output", n,
            stream_n_lines(stream), what, member);
    }
}

int derive_main(const struct options *options)
{
    struct export_request exports[MAX_EXPORTS];
    struct stream stream = {.options = options,
        .batch_len = BATCH_LEN,
        .finish = put_line,
        .exports = exports,
        .n_exports = options->n_exports};
    int status;

    if (!parse_exports(options, exports)) {
        return COMMAND_ERROR;
    }
    if (!stream_run(&stream)) {
        return COMMAND_ERROR;
    }
    status = stream_close(&stream);
    say_how_many(&stream, stream.n_failed, "failed", "error");
    say_how_many(&stream, stream.n_refused, "ask for what is not supported", "error");
    say_how_many(&stream, stream.n_warned, "have a warning", "warning");
    return status;
}
