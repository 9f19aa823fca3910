#include "stream.h"
#include "capture.h"
#include "input.h"
#include "progress.h"
#include "text_buffer.h"

#include <string.h>
#include <unistd.h>

_Static_assert((int)INPUT_PADDING >= (int)JSON_PADDING, "lines are parsed where they were read");
_Static_assert((int)TEXT_BUFFER_PADDING >= (int)JSON_PADDING, "and those of captures where they were made");

static bool is_blank(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) {
        i++;
    }
    return i == len;
}

/* Derives what has been collected and hands it on. */
static void run_batch(struct stream *stream, struct work *work)
{
    work_derive(work);
    for (size_t i = 0; i < work->n_lines; i++) {
        if (stream->finish(stream, &work->lines[i])) {
            stream->n_passed++;
        } else {
            stream->n_failed++;
        }
    }
    work_reset(work);
}

/* The sessions that are complete, as lines. */
static void add_sessions(struct stream *stream, struct work *work, struct capture *capture)
{
    struct capture_line line;

    while (capture_next(capture, &line)) {
        work_add(work, line.file, line.number, line.text, line.len);
        if (work_is_full(work)) {
            run_batch(stream, work);
        }
    }
}

/* A line of the input: one of ours, or tshark's. */
static void add_line(struct stream *stream, struct work *work, struct capture *capture,
    const struct input *input, const char *text, size_t len)
{
    const char *error;

    if (!capture) {
        work_add(work, input->name, input->line_number, text, len);
        return;
    }
    error = capture_take(capture, input->name, input->line_number, text, len);
    if (error) {
        work_add_failed(work, input->name, input->line_number, error);
    }
    add_sessions(stream, work, capture);
}

bool stream_run(struct stream *stream)
{
    struct capture *capture = NULL;
    struct input input;
    struct progress progress;
    struct work work;
    enum input_event event;
    const char *text;
    size_t len;

    if (stream->options->key_log && !(capture = capture_open(stream->options->key_log))) {
        return false;
    }
    if (!command_start(stream->options) || !work_open(&work, stream->batch_len)) {
        capture_close(capture);
        return false;
    }
    input_open(&input, stream->options->files, stream->options->n_files);
    output_open(&stream->out, STDOUT_FILENO);
    progress_begin(&progress);

    do {
        event = input_next(&input, &text, &len);
        if (event == INPUT_LINE && !is_blank(text, len)) {
            add_line(stream, &work, capture, &input, text, len);
        } else if (event == INPUT_TOO_LONG) {
            work_add_failed(&work, input.name, input.line_number, "the line is longer than 64 MiB");
        }
        if (event == INPUT_END && capture) {
            capture_end(capture);
            add_sessions(stream, &work, capture);
        }
        if (work_is_full(&work) || event == INPUT_PAUSE || event == INPUT_END) {
            run_batch(stream, &work);
            progress_show(&progress, stream->n_passed + stream->n_failed);
        }
        if (event == INPUT_PAUSE) {
            output_flush(&stream->out); /* who waits for answers to ask on gets them */
        }
    } while (event != INPUT_END && stream->out.error == 0);

    progress_end(&progress);
    stream->is_broken = input.failed;
    input_close(&input);
    work_close(&work);
    stream->n_left_out = capture ? capture_n_left_out(capture) : 0;
    capture_close(capture);
    return true;
}

int stream_close(struct stream *stream)
{
    if (!output_close(&stream->out) || stream->is_broken) {
        return COMMAND_ERROR;
    }
    return stream->n_failed > 0 || stream->n_left_out > 0 ? COMMAND_FAILED : COMMAND_OK;
}

void stream_put_error(struct stream *stream, const struct line *line)
{
    struct output *out = &stream->out;

    output_text(out, "{\"id\":");
    output_bytes(out, (const char *)line->id.data, line->id.len);
    if (stream->options->n_files > 1) {
        output_text(out, ",\"file\":");
        output_json_string(out, line->file, strlen(line->file));
    }
    output_text(out, ",\"line\":");
    output_number(out, line->number);
    output_text(out, ",\"error\":");
    output_json_string(out, line->error, strlen(line->error));
    output_text(out, "}\n");
}
