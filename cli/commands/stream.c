#include "stream.h"
#include "command.h"
#include "memory.h"
#include "progress.h"
#include "text_buffer.h"

#include <string.h>
#include <unistd.h>

_Static_assert((int)INPUT_PADDING >= (int)JSON_PADDING, "lines are parsed where they were read");
_Static_assert(
    (int)TEXT_BUFFER_PADDING >= (int)JSON_PADDING, "lines of captures are parsed where they were made");

static bool is_blank(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) {
        i++;
    }
    return i == len;
}

/* Derives the lines that have been collected, hands each on, and forgets them. */
static void derive_collected(struct stream *stream)
{
    struct work *work = &stream->work;

    work_derive(work);
    for (size_t i = 0; i < work->n_lines; i++) {
        const struct line *line = &work->lines[i];
        const bool is_good = stream->finish(stream, line);
        output_mark_whole(&stream->out);
        (*(is_good ? &stream->n_passed : line->is_refused ? &stream->n_refused : &stream->n_failed))++;
    }
    work_reset(work);
}

/* Every line is added through this function: one line of tshark's can bring several sessions, which are more
 * lines than there may be room for. */
static struct work *work_with_room(struct stream *stream)
{
    if (work_is_full(&stream->work)) {
        derive_collected(stream);
    }
    return &stream->work;
}

static void add_failed(struct stream *stream, const char *error)
{
    work_add_failed(work_with_room(stream), stream->input.name, stream->input.line_number, error);
}

/* Adds the sessions of the capture that are complete. */
static void add_sessions(struct stream *stream)
{
    struct capture_line line;

    while (capture_next(stream->capture, &line)) {
        struct work *work = work_with_room(stream);
        work_add(work, line.file, line.number, line.text, line.len);
        work_judge(work, line.verdict, line.reason, line.remark);
    }
}

/* Adds a line of the input: one of ours, or one of tshark's. */
static void add_line(struct stream *stream, const char *text, size_t len)
{
    const struct input *input = &stream->input;
    const char *error;

    if (!stream->is_capture) {
        work_add(work_with_room(stream), input->name, input->line_number, text, len);
        return;
    }
    error = capture_take(stream->capture, input->name, input->line_number, text, len);
    if (error) {
        add_failed(stream, error);
    }
    add_sessions(stream);
}

/* Ends the file that was read before, if there was one. */
static void end_file(struct stream *stream)
{
    const bool is_whole = recording_close(stream->recording);

    stream->is_broken = !is_whole || stream->is_broken;
    stream->recording = NULL;
    if (stream->is_capture) {
        capture_end_file(stream->capture, is_whole);
    }
    stream->is_capture = false;
}

/* Gives the file that begins, a capture, to tshark. Returns false if that cannot be done. */
static bool open_recording(struct stream *stream, const char *start, size_t len)
{
    const struct options *options = stream->options;
    const struct tshark_options tshark = {
        .key_log = options->key_log, .decode_as = options->decode_as, .n_decode_as = options->n_decode_as};
    struct input *input = &stream->input;

    if (!stream->capture) {
        stream->capture = capture_open(NULL, stream->n_exports > 0);
    }
    stream->recording =
        recording_open(input->name, input->fd, start, len, capture_key_log(stream->capture), &tshark);
    if (!stream->recording) {
        return false;
    }
    input_divert(input, recording_fd(stream->recording), recording_read, stream->recording);
    return true;
}

/* A file that is not what it should be is refused whole, before any of its lines is judged. */
static void begin_file(struct stream *stream, const char *start, size_t len)
{
    const enum file_format format = file_format_find(start, len);
    const bool has_key_log = stream->options->key_log != NULL, is_recording = file_format_is_capture(format);
    const char *refusal = file_format_refusal(format, has_key_log);

    end_file(stream);
    if (refusal) {
        command_message("%s: %s", stream->input.name, refusal);
        stream->has_faults = true;
        input_skip_file(&stream->input);
        return;
    }
    if (is_recording && !open_recording(stream, start, len)) {
        stream->is_broken = true;
        input_skip_file(&stream->input);
        return;
    }
    stream->is_capture = has_key_log || is_recording;
    if (stream->is_capture) {
        capture_begin_file(stream->capture, stream->input.name, is_recording);
    }
}

/* With the last file, handshakes that are not complete come to their end, too. */
static void end_input(struct stream *stream)
{
    end_file(stream);
    if (stream->capture) {
        capture_end(stream->capture);
        add_sessions(stream);
    }
}

static bool open_stream(struct stream *stream)
{
    const struct options *options = stream->options;

    if (options->key_log && !(stream->capture = capture_open(options->key_log, stream->n_exports > 0))) {
        return false;
    }
    if (!command_start(options->kernel, options->verify_one_in) ||
        !work_open(&stream->work, stream->batch_len)) {
        capture_close(stream->capture);
        return false;
    }
    stream->work.exports = stream->exports;
    stream->work.n_exports = stream->n_exports;
    stream->work.keeps_inputs = stream->keeps_inputs;
    input_open(&stream->input, options->files, options->n_files);
    output_open(&stream->out, STDOUT_FILENO);
    return true;
}

/* Takes what the input has next; false at its end. */
static bool take_next(struct stream *stream)
{
    const char *text;
    size_t len;
    enum input_event event = input_next(&stream->input, &text, &len);

    if (event == INPUT_FILE) {
        begin_file(stream, text, len);
    } else if (event == INPUT_LINE && !is_blank(text, len)) {
        add_line(stream, text, len);
    } else if (event == INPUT_TOO_LONG) {
        add_failed(stream, "the line is longer than 64 MiB");
    } else if (event == INPUT_NO_MEMORY) {
        add_failed(stream, MEMORY_LINE_ERROR);
    } else if (event == INPUT_END) {
        end_input(stream);
    }
    if (event == INPUT_PAUSE || event == INPUT_END) {
        derive_collected(stream);
    }
    if (event == INPUT_PAUSE) {
        output_flush(&stream->out); /* whoever waits for these answers before asking on gets them now */
    }
    return event != INPUT_END;
}

bool stream_run(struct stream *stream)
{
    struct progress progress;

    if (!open_stream(stream)) {
        return false;
    }
    progress_begin(&progress);
    while (take_next(stream) && stream->out.error == 0) {
        progress_show(&progress, stream_n_lines(stream));
    }
    progress_end(&progress);
    end_file(stream);
    stream->is_broken = stream->input.failed || stream->is_broken;
    stream->has_faults = (stream->capture && !capture_report(stream->capture)) || stream->has_faults;
    input_close(&stream->input);
    work_close(&stream->work);
    capture_close(stream->capture);
    return true;
}

int stream_close(struct stream *stream)
{
    if (!output_close(&stream->out) || stream->is_broken) {
        return COMMAND_ERROR;
    }
    return stream->n_failed > 0 || stream->has_faults ? COMMAND_FAILED
           : stream->n_refused > 0                    ? COMMAND_UNSUPPORTED
                                                      : COMMAND_OK;
}

void stream_put_error(struct stream *stream, const struct line *line, const char *error)
{
    struct output *out = &stream->out;

    output_text(out, "{\"id\":");
    output_shown(out, (const char *)line->id.data, line->id.len);
    if (stream->options->n_files > 1) {
        output_text(out, ",\"file\":");
        output_json_string(out, line->file, strlen(line->file));
    }
    output_text(out, ",\"line\":");
    output_number(out, line->number);
    output_text(out, ",\"error\":");
    output_json_string(out, error, strlen(error));
    output_text(out, "}\n");
}
