/* explain: shows how the keys of recorded sessions, or of a cipher suite, come about. */
#include "command.h"
#include "commands.h"
#include "plain_line.h"
#include "explain_json.h"
#include "explain_text.h"
#include "memory.h"
#include "quoted_word.h"
#include "schedule_json.h"
#include "schedule_text.h"
#include "stream.h"
#include "suite.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* A message has the first MAX_ID_SHOWN bytes of an id. */
enum { BATCH_LEN = 64, MAX_ID_SHOWN = 1024 };

static void put_story(struct output *out, const struct story *story, const struct options *options)
{
    if (options->json) {
        explain_json(out, story, options->secrets);
    } else {
        explain_text(out, story, options->secrets);
    }
}

static void put_schedule(struct output *out, const struct schedule *schedule, const struct options *options)
{
    if (options->json) {
        schedule_json(out, schedule, options->secrets);
    } else {
        schedule_text(out, schedule, options->secrets);
    }
}

static void put_failure(struct stream *stream, const struct line *line, const char *failure)
{
    if (stream->options->json) {
        stream_put_error(stream, line, failure);
        return;
    }
    output_flush(&stream->out);
    command_message("%s:%" PRIu64 ": %.*s: %s", line->file, line->number,
        (int)(line->id.len < MAX_ID_SHOWN ? line->id.len : MAX_ID_SHOWN), (const char *)line->id.data,
        failure);
}

/* What is told of a session: one of the two. */
struct account {
    const struct line *line;
    struct schedule schedule;
    struct story story;
};

static void prepare(void *owner)
{
    struct account *account = owner;

    if (account->line->tls13_session) {
        schedule_of_session(&account->schedule, account->line);
    } else if (account->line->session) {
        story_of_session(&account->story, account->line);
    }
}

/* Nothing is written before the account is there, so that a line without memory for it fails alone. Pages of
 * text take some more memory while they are written. */
static bool explain_line(struct stream *stream, const struct line *line)
{
    struct account account = {.line = line};
    const char *error = line->error;

    if (!error && !memory_attempt(prepare, &account)) {
        error = MEMORY_LINE_ERROR;
    }
    if (error) {
        put_failure(stream, line, error);
        return false;
    }
    if (!stream->options->json && stream_n_lines(stream) > 0) {
        output_text(&stream->out, "\n\n");
    }
    if (line->tls13_session) {
        put_schedule(&stream->out, &account.schedule, stream->options);
    } else if (line->session) {
        put_story(&stream->out, &account.story, stream->options);
    } else {
        (stream->options->json ? plain_line_json : plain_line_text)(
            &stream->out, line, stream->options->secrets);
    }
    return line_is_as_recorded(line);
}

/* What the options ask for: a suite in a version that has it. */
struct question {
    const struct lanekdf_suite *suite;
    uint32_t version; /* as it stands on the wire */
};

/* Says what keeps the options from being had together in a version up to TLS 1.2; NULL: nothing. */
static const char *contradiction(const struct options *options, uint32_t version)
{
    if (version_has_stages(version)) {
        return options->ems       ? "--ems is for versions up to TLS 1.2"
               : options->resumed ? "--resumed is for versions up to TLS 1.2: from TLS 1.3 on it is --psk"
                                  : NULL;
    }
    if (options->psk) {
        return "--psk is for TLS 1.3, DTLS 1.3 and QUIC";
    }
    return version == LANEKDF_SSL3 && options->ems ? "SSLv3 has no extended master secret" : NULL;
}

/* Finds the suite and the version that the options name. Returns COMMAND_OK, or says why there is nothing to
 * explain: COMMAND_FAILED if no suite matches, COMMAND_ERROR if the options are wrong whatever the suite is.
 */
static int choose(const struct options *options, struct question *question)
{
    const int status = suite_parse(options->suite, &question->suite);
    const char *why;
    char room[QUOTED_WORD_ROOM];

    if (status != LANEKDF_OK) {
        command_message("explain: suite %s: %s%s", quoted_text(room, options->suite),
            lanekdf_status_text(status),
            status == LANEKDF_ERROR_SUITE_UNKNOWN ? " (lanekdf suites lists them)" : "");
        return COMMAND_FAILED;
    }
    question->version = question->suite->max_version;
    if (options->version) {
        question->version = version_parse(options->version, strlen(options->version));
    }
    if (question->version == 0) {
        command_message(
            "explain: version %s: none of SSLv3, TLS1.0 to TLS1.3, DTLS1.0, DTLS1.2, DTLS1.3, QUICv1 "
            "and QUICv2",
            quoted_text(room, options->version));
        return COMMAND_ERROR;
    }
    if (!version_has_stages(question->version) &&
        suite_hash(question->suite, version_of_derivations(question->version)) == 0) {
        command_message(
            "explain: %s: not a suite of %s", question->suite->name, version_name(question->version));
        return COMMAND_FAILED;
    }
    why = contradiction(options, question->version);
    if (why) {
        command_message("explain: %s", why);
    }
    return why ? COMMAND_ERROR : COMMAND_OK;
}

/* Puts the schedule of a suite from TLS 1.3 on. Returns whether the version has it. */
static bool put_suite_schedule(
    struct output *out, const struct question *question, const struct options *options, struct arena *arena)
{
    struct schedule schedule;
    const int status = schedule_of_suite(&schedule, question->suite, question->version, options->psk, arena);

    if (status != LANEKDF_OK) {
        command_message(
            "explain: %s: not a suite of %s", question->suite->name, version_name(question->version));
        return false;
    }
    put_schedule(out, &schedule, options);
    return true;
}

static int explain_suite(const struct options *options)
{
    struct question question;
    struct arena arena = {0};
    struct output out;
    struct story story;
    bool is_put = true;
    const int status = choose(options, &question);

    if (status != COMMAND_OK) {
        return status;
    }
    output_open(&out, STDOUT_FILENO);
    if (version_has_stages(question.version)) {
        is_put = put_suite_schedule(&out, &question, options, &arena);
    } else {
        story_of_suite(
            &story, question.suite, (uint16_t)question.version, options->ems, options->resumed, &arena);
        put_story(&out, &story, options);
    }
    arena_free(&arena);
    return !output_close(&out) ? COMMAND_ERROR : is_put ? COMMAND_OK : COMMAND_FAILED;
}

int explain_main(const struct options *options)
{
    struct stream stream = {
        .options = options, .batch_len = BATCH_LEN, .finish = explain_line, .keeps_inputs = true};

    if (options->suite) {
        return explain_suite(options);
    }
    return stream_run(&stream) ? stream_close(&stream) : COMMAND_ERROR;
}
