/* derive: prints the answers of each line as an object. */
#include "command.h"
#include "commands.h"
#include "stream.h"

#include <inttypes.h>
#include <string.h>

enum { BATCH_LEN = 2048 };

static void put_answer(struct output *out, const struct answer *answer)
{
    const char *name = field_names[answer->field];

    output_bytes(out, ",\"", 2);
    output_text(out, name);
    output_bytes(out, "\":\"", 3);
    output_hex(out, answer->derived.data, answer->derived.len);
    output_bytes(out, "\"", 1);
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
    output_bytes(out, (const char *)line->id.data, line->id.len);
    for (size_t i = 0; i < line->n_answers; i++) {
        put_answer(out, &line->answers[i]);
    }
    put_warning(stream, line);
    output_bytes(out, "}\n", 2);
    return true;
}

int derive_main(const struct options *options)
{
    struct stream stream = {.options = options, .batch_len = BATCH_LEN, .finish = put_line};
    int status;

    if (!stream_run(&stream)) {
        return COMMAND_ERROR;
    }
    status = stream_close(&stream);
    if (stream.n_failed > 0 && stream.out.error == 0) {
        command_message("%" PRIu64 " of %" PRIu64 " lines failed: see \"error\" in the output",
            stream.n_failed, stream.n_passed + stream.n_failed);
    }
    if (stream.n_warned > 0 && stream.out.error == 0) {
        command_message("%" PRIu64 " of %" PRIu64 " lines have a warning: see \"warning\" in the output",
            stream.n_warned, stream.n_passed + stream.n_failed);
    }
    return status;
}
