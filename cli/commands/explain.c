/* explain: shows how the keys of recorded sessions, or of a cipher suite, come about. */
#include "command.h"
#include "commands.h"
#include "explain_json.h"
#include "explain_text.h"
#include "stream.h"
#include "suite.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_LEN = 64 };

static void put_story(struct output *out, const struct story *story, const struct options *options)
{
    if (options->json) {
        explain_json(out, story, options->secrets);
    } else {
        explain_text(out, story, options->secrets);
    }
}

static void put_failure(struct stream *stream, const struct line *line, const char *failure)
{
    if (stream->options->json) {
        stream_put_error(stream, line, failure);
        return;
    }
    output_flush(&stream->out);
    command_message("%s:%" PRIu64 ": %.*s: %s", line->file, line->number, (int)line->id.len,
        (const char *)line->id.data, failure);
}

static bool explain_line(struct stream *stream, const struct line *line)
{
    struct story story;

    if (line->error) {
        put_failure(stream, line, line->error);
        return false;
    }
    if (!line->session) {
        put_failure(stream, line, "explain takes recorded sessions (alg \"tls-session\") only");
        return false;
    }
    if (!stream->options->json && stream->n_passed + stream->n_failed > 0) {
        output_text(&stream->out, "\n\n");
    }
    story_of_session(&story, line);
    put_story(&stream->out, &story, stream->options);
    return line_is_as_recorded(line);
}

/* Finds the suite and the version that the options name. If they cannot be had together the function says why
 * and returns false. */
static bool choose_suite(
    const struct options *options, const struct lanekdf_suite **suite, uint16_t *protocol)
{
    int status = suite_parse(options->suite, suite);
    uint16_t version;

    if (status != LANEKDF_OK) {
        command_message("explain: suite %s: %s", options->suite, lanekdf_status_text(status));
        return false;
    }
    if ((*suite)->min_version > LANEKDF_TLS12) {
        command_message(
            "explain: %s: a suite of TLS 1.3, where explain shows SSLv3 to TLS 1.2", (*suite)->name);
        return false;
    }
    *protocol = (*suite)->max_version;
    if (options->version) {
        *protocol = (uint16_t)version_parse(options->version, strlen(options->version));
    }
    version = version_of_derivations(*protocol);
    if (version == 0) {
        command_message("explain: version %s: none of SSLv3, TLS1.0, TLS1.1, TLS1.2, DTLS1.0 and DTLS1.2",
            options->version);
        return false;
    }
    if (suite_hash(*suite, version) == 0) {
        command_message("explain: %s: not a suite of %s", (*suite)->name, version_name(*protocol));
        return false;
    }
    if (version == LANEKDF_SSL3 && options->ems) {
        command_message("explain: SSLv3 has no extended master secret");
        return false;
    }
    return true;
}

static int explain_suite(const struct options *options)
{
    const struct lanekdf_suite *suite;
    struct arena arena = {0};
    struct output out;
    struct story story;
    uint16_t protocol;

    if (!choose_suite(options, &suite, &protocol)) {
        return COMMAND_FAILED;
    }
    story_of_suite(&story, suite, protocol, options->ems, options->resumed, &arena);
    output_open(&out, STDOUT_FILENO);
    put_story(&out, &story, options);
    arena_free(&arena);
    return output_close(&out) ? COMMAND_OK : COMMAND_ERROR;
}

int explain_main(const struct options *options)
{
    struct stream stream = {.options = options, .batch_len = BATCH_LEN, .finish = explain_line};

    if (options->suite) {
        return explain_suite(options);
    }
    return stream_run(&stream) ? stream_close(&stream) : COMMAND_ERROR;
}
