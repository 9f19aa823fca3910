/* verify: compares the answers of each line with those that are recorded in it. */
#include "algorithms.h"
#include "command.h"
#include "commands.h"
#include "stream.h"

#include <inttypes.h>
#include <string.h>

/* SHOWN_LEN bytes of a value that differs are shown: enough to find the value again, and little of a secret.
 */
enum { BATCH_LEN = 2048, SHOWN_LEN = 8 };

static void put_place(struct stream *stream, const struct line *line)
{
    output_shown(&stream->out, line->file, strlen(line->file));
    output_format(&stream->out, ":%" PRIu64 ": ", line->number);
    output_shown(&stream->out, (const char *)line->id.data, line->id.len);
    output_text(&stream->out, ": ");
}

static void put_start(struct output *out, const struct lanekdf_bytes *value, size_t from)
{
    size_t len = value->len - from;

    output_hex(out, value->data + from, len < SHOWN_LEN ? len : SHOWN_LEN);
    output_text(out, len > SHOWN_LEN ? "..." : "");
}

static void put_mismatch(struct stream *stream, const struct line *line, const struct answer *answer)
{
    struct output *out = &stream->out;
    size_t i = 0;

    put_place(stream, line);
    output_text(out, field_names[answer->field]);
    if (answer_has_text_label(answer)) {
        output_text(out, ": ");
        output_json_string(out, (const char *)answer->label.data, answer->label.len);
    }
    if (answer->has_context) {
        output_text(out, ", context \"");
        put_start(out, &answer->context, 0);
        output_text(out, "\"");
    }
    if (answer->member) {
        output_format(out, ": %s", answer->member);
    }
    if (answer->derived.len != answer->recorded.len) {
        output_format(out, ": expected %zu bytes, got %zu\n", answer->recorded.len, answer->derived.len);
        return;
    }
    while (answer->derived.data[i] == answer->recorded.data[i]) {
        i++;
    }
    output_format(out, ": differs from byte %zu of %zu: expected ", i, answer->derived.len);
    put_start(out, &answer->recorded, i);
    output_text(out, ", got ");
    put_start(out, &answer->derived, i);
    output_text(out, "\n");
}

static void put_failure(struct stream *stream, const struct line *line, const char *failure)
{
    put_place(stream, line);
    output_shown(&stream->out, failure, strlen(failure));
    output_text(&stream->out, "\n");
}

static void put_warning(struct stream *stream, const struct line *line)
{
    if (line->warning) {
        put_place(stream, line);
        output_text(&stream->out, "warning: ");
        output_shown(&stream->out, line->warning, strlen(line->warning));
        output_text(&stream->out, "\n");
    }
}

/* An answer that the line has, but that nothing was derived for, is a failure. */
static bool check_unused(struct stream *stream, const struct line *line)
{
    bool ok = true;

    for (const enum field *answer = line->algorithm->answers; *answer != N_FIELDS; answer++) {
        if (line_has(line, *answer) && !json_fields_have(&line->used, *answer)) {
            put_place(stream, line);
            output_format(&stream->out, "%s: cannot be checked: the line lacks what it is derived from\n",
                field_names[*answer]);
            ok = false;
        }
    }
    if (line->unchecked) {
        put_place(stream, line);
        output_shown(&stream->out, line->unchecked, strlen(line->unchecked));
        output_text(&stream->out, ": cannot be checked: the line lacks what it is derived from\n");
        ok = false;
    }
    return ok;
}

/* Of a session of a capture it is what was recorded that decides. */
static void put_verdict(struct stream *stream, const struct line *line)
{
    put_place(stream, line);
    if (line->verdict == VERDICT_FITS) {
        output_format(&stream->out, "secret fits%s%s%s%s\n", line->verdict_reason[0] != '\0' ? ", but " : "",
            line->verdict_reason, line->verdict_remark[0] != '\0' ? "; " : "", line->verdict_remark);
    } else {
        output_format(&stream->out, "cannot tell because %s\n", line->verdict_reason);
    }
}

static bool check_line(struct stream *stream, const struct line *line)
{
    size_t n_compared = 0;
    bool ok = true;

    if (line->error) {
        put_failure(stream, line, line->error);
        return false;
    }
    for (size_t i = 0; i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        if (!answer->is_recorded) {
            continue;
        }
        n_compared++;
        if (!answer_is_as_recorded(answer)) {
            put_mismatch(stream, line, answer);
            ok = false;
        }
    }
    ok = check_unused(stream, line) && ok;
    put_warning(stream, line);
    if (line->verdict != VERDICT_NONE) {
        put_verdict(stream, line);
        return ok && line->verdict == VERDICT_FITS;
    }
    if (ok && n_compared == 0) {
        put_failure(stream, line, "nothing to verify: the line has no answer besides its inputs");
        ok = false;
    }
    return ok;
}

int verify_main(const struct options *options)
{
    struct stream stream = {.options = options, .batch_len = BATCH_LEN, .finish = check_line};
    bool has_faults;
    int status;

    if (!stream_run(&stream)) {
        return COMMAND_ERROR;
    }
    /* Faults of a capture, of a key log or of a whole file are no lines that fail: beside them the numbers
     * must not read as if all was well. */
    has_faults = stream.has_faults || stream.is_broken;
    output_format(&stream.out, "%" PRIu64 " passed, %" PRIu64 " failed", stream.n_passed, stream.n_failed);
    if (stream.n_refused > 0) {
        output_format(&stream.out, ", %" PRIu64 " not supported", stream.n_refused);
    }
    output_format(&stream.out, "%s\n",
        stream.n_failed == 0 && has_faults ? ", and the input has faults: see standard error" : "");
    status = stream_close(&stream);
    if (status == COMMAND_OK && stream.n_passed == 0 && !options->allows_empty) {
        command_message("nothing to verify: the input has no lines");
        return COMMAND_FAILED;
    }
    return status;
}
