/*
 * What derive, verify and explain share: lines in, derived in batches, out in the same order.
 */
#ifndef STREAM_H
#define STREAM_H

#include "capture.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "recording.h"
#include "work.h"

struct stream {
    const struct options *options;
    size_t batch_len; /* lines for one call of the engine */
    /* Takes one line whose jobs have run. Returns whether the line is as it should be. */
    bool (*finish)(struct stream *stream, const struct line *line);

    struct output out;
    uint64_t n_passed, n_failed, n_refused; /* n_refused: lines that ask for what is not supported */
    const struct export_request *exports;   /* n_exports exporters that every session is asked for */
    size_t n_exports;
    bool keeps_inputs; /* lines note the fields that they read, for explain */
    uint64_t n_warned; /* of those that passed; for derive */
    bool has_faults;   /* a handshake of the capture did not become a line, or not a whole one */
    bool is_broken;    /* input or output failed */

    /* The rest is for stream.c. */
    struct input input;
    struct work work;
    struct capture *capture;     /* NULL: no file was one so far */
    struct recording *recording; /* the file that is being read, if tshark reads it */
    bool is_capture;             /* the lines that are being read are tshark's */
};

/* Runs all lines through finish. The output stays open. Returns false if the stream could not even begin, and
 * then nothing is open. */
bool stream_run(struct stream *stream);

/* How many lines there were so far. */
static inline uint64_t stream_n_lines(const struct stream *stream)
{
    return stream->n_passed + stream->n_failed + stream->n_refused;
}

/* Flushes and closes the output, and returns the exit status. */
int stream_close(struct stream *stream);

/* Writes `{"id":…,"line":N,"error":"…"}` on a line of its own. */
void stream_put_error(struct stream *stream, const struct line *line, const char *error);

#endif
