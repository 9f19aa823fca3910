/*
 * kdf: one derivation, by options. The options become a line of JSON, which the line reader takes, so that
 * what a field may be and what is said of it are the same for both.
 */
#include "command.h"
#include "commands.h"
#include "kdf_options.h"
#include "output.h"
#include "quoted_word.h"
#include "text_buffer.h"
#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)TEXT_BUFFER_PADDING >= (int)JSON_PADDING, "the line is parsed where it was made");

/* The most bytes that a value may have: those of a line. */
enum { MAX_VALUE = 32 * 1024 * 1024 };

struct reading {
    const struct kdf_options *options;
    struct text_buffer line;
    const char *input_taken_by; /* the field that standard input went to; NULL: none so far */
};

static bool read_all(int fd, struct text_buffer *bytes)
{
    char part[4096];
    ssize_t n;

    while ((n = read(fd, part, sizeof(part))) > 0 && bytes->len <= MAX_VALUE) {
        text_buffer_add(bytes, part, (size_t)n);
    }
    explicit_bzero(part, sizeof(part));
    if (bytes->len > MAX_VALUE) {
        errno = EFBIG;
        n = -1;
    }
    return n == 0;
}

/* Reads a file whole; "-" is standard input, which can go to one field only. */
static bool read_file(struct reading *reading, enum field field, const char *path, struct text_buffer *bytes)
{
    const bool is_input = strcmp(path, "-") == 0;
    const int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool is_read;

    if (is_input && reading->input_taken_by) {
        command_message("kdf: --%s: standard input has gone to --%s already", field_names[field],
            reading->input_taken_by);
        return false;
    }
    reading->input_taken_by = is_input ? field_names[field] : reading->input_taken_by;
    is_read = fd >= 0 && read_all(fd, bytes);
    if (!is_read) {
        char room[QUOTED_WORD_ROOM];
        command_message("kdf: --%s: %s: %s", field_names[field], quoted_text(room, path), strerror(errno));
    }
    if (fd > STDIN_FILENO) {
        close(fd);
    }
    return is_read;
}

static void add_hex(struct text_buffer *line, const char *bytes, size_t len)
{
    text_buffer_add(line, "\"", 1);
    text_buffer_add_hex(line, (const uint8_t *)bytes, len);
    text_buffer_add(line, "\"", 1);
}

/* Returns what stands behind the prefix, or NULL if the text does not begin with it. */
static const char *behind(const char *text, const char *prefix)
{
    const size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* Adds bytes, which may be given as hexadecimal digits, as text, or by a file that has either. */
static bool add_bytes(struct reading *reading, enum field field, const char *text)
{
    const char *plain = behind(text, "text:"), *path = behind(text, "file:"),
               *digits_path = behind(text, "hexfile:"), *digits = behind(text, "hex:");
    struct text_buffer bytes = {0};
    bool is_read = true;

    if (plain) {
        add_hex(&reading->line, plain, strlen(plain));
    } else if (path || digits_path) {
        is_read = read_file(reading, field, path ? path : digits_path, &bytes);
        if (is_read && path) {
            add_hex(&reading->line, bytes.text, bytes.len);
        } else if (is_read) {
            text_buffer_add_json_string(&reading->line, bytes.text, bytes.len);
        }
    } else {
        digits = digits ? digits : text;
        text_buffer_add_json_string(&reading->line, digits, strlen(digits));
    }
    text_buffer_free(&bytes);
    return is_read;
}

/* Adds all items of an array, which stand for themselves on the command line. */
static bool add_array(struct reading *reading, enum field field)
{
    const struct kdf_options *options = reading->options;
    bool is_added = true;
    size_t n = 0;

    text_buffer_add(&reading->line, "[", 1);
    for (size_t i = 0; i < options->n_values && is_added; i++) {
        if (options->values[i].field == field) {
            text_buffer_add(&reading->line, ",", n++ > 0);
            is_added = add_bytes(reading, field, options->values[i].text);
        }
    }
    text_buffer_add(&reading->line, "]", 1);
    return is_added;
}

/* Adds what is written without quotation marks. */
static bool add_bare(
    struct reading *reading, const struct field_value *value, bool is_fine, const char *expected)
{
    if (is_fine) {
        text_buffer_add(&reading->line, value->text, strlen(value->text));
    } else {
        char room[QUOTED_WORD_ROOM];
        command_message("kdf: --%s: %s expected, not %s", field_names[value->field], expected,
            quoted_text(room, value->text));
    }
    return is_fine;
}

static bool is_number(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && len < 20 && strspn(text, "0123456789") == len && (text[0] != '0' || len == 1);
}

static bool add_value(struct reading *reading, const struct field_value *value)
{
    switch (field_form(value->field)) {
    case FORM_HEX:
        return add_bytes(reading, value->field, value->text);
    case FORM_TEXT:
        text_buffer_add_json_string(&reading->line, value->text, strlen(value->text));
        return true;
    case FORM_NUMBER:
        return add_bare(reading, value, is_number(value->text), "a whole number");
    case FORM_FLAG:
        return add_bare(reading, value, strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0,
            "true or false");
    case FORM_HEX_ARRAY:
        return add_array(reading, value->field);
    }
    return false;
}

/* Whether the value is the first of its field; only an array has others. */
static bool is_first(const struct kdf_options *options, size_t i)
{
    size_t k = 0;

    while (options->values[k].field != options->values[i].field) {
        k++;
    }
    return k == i;
}

static bool make_line(struct reading *reading)
{
    const struct kdf_options *options = reading->options;

    text_buffer_format(&reading->line, "{\"alg\":\"%s\"", options->algorithm->name);
    for (size_t i = 0; i < options->n_values; i++) {
        if (is_first(options, i)) {
            text_buffer_format(&reading->line, ",\"%s\":", field_names[options->values[i].field]);
            if (!add_value(reading, &options->values[i])) {
                return false;
            }
        }
    }
    text_buffer_add(&reading->line, "}", 1);
    return true;
}

/* ---- the answers ---- */

static bool is_wanted(const struct kdf_options *options, const struct answer *answer)
{
    return !options->answer || strcmp(options->answer, field_names[answer->field]) == 0;
}

static size_t count_wanted(const struct kdf_options *options, const struct line *line)
{
    size_t n = 0;

    for (size_t i = 0; i < line->n_answers; i++) {
        n += is_wanted(options, &line->answers[i]);
    }
    return n;
}

/* Says which answers there are, after a sentence about what is wrong. */
static void say_answers(const struct line *line, const char *what, const char *name)
{
    struct text_buffer text = {0};
    char room[QUOTED_WORD_ROOM];

    for (size_t i = 0; i < line->n_answers; i++) {
        if (i == 0 || line->answers[i].field != line->answers[i - 1].field) {
            text_buffer_format(&text, "%s%s", i > 0 ? ", " : "", field_names[line->answers[i].field]);
        }
    }
    command_message(
        "kdf %s: %s%s; there are %s", line->algorithm->name, what, quoted_text(room, name), text.text);
    text_buffer_free(&text);
}

static size_t longest_name(const struct kdf_options *options, const struct line *line)
{
    size_t longest = 0;

    for (size_t i = 0; i < line->n_answers; i++) {
        const size_t len = strlen(field_names[line->answers[i].field]);
        longest = is_wanted(options, &line->answers[i]) && len > longest ? len : longest;
    }
    return longest;
}

static int put_answers(struct output *out, const struct kdf_options *options, const struct line *line)
{
    const size_t n = count_wanted(options, line);

    if (n == 0) {
        say_answers(line, "no answer ", options->answer ? options->answer : "");
        return COMMAND_ERROR;
    }
    if (options->is_binary && n > 1) {
        say_answers(line, "--binary is for one answer, and --answer names it", "");
        return COMMAND_ERROR;
    }
    for (size_t i = 0; i < line->n_answers; i++) {
        const struct answer *answer = &line->answers[i];
        if (!is_wanted(options, answer)) {
            continue;
        }
        if (options->is_binary) {
            output_bytes(out, (const char *)answer->derived.data, answer->derived.len);
            continue;
        }
        if (n > 1) {
            output_format(out, "%-*s  ", (int)longest_name(options, line), field_names[answer->field]);
        }
        output_hex(out, answer->derived.data, answer->derived.len);
        output_text(out, "\n");
    }
    return COMMAND_OK;
}

static int derive_line(const struct kdf_options *options, const struct text_buffer *text)
{
    struct output out;
    struct work work;
    int status = COMMAND_ERROR;

    if (!command_start(options->kernel, NULL) || !work_open(&work, 1)) {
        return COMMAND_ERROR;
    }
    output_open(&out, STDOUT_FILENO);
    work_add(&work, "", 0, text->text, text->len);
    work_derive(&work);
    if (work.lines[0].error) {
        command_message("kdf %s: %s", options->algorithm->name, work.lines[0].error);
        status = work.lines[0].is_refused ? COMMAND_UNSUPPORTED : COMMAND_ERROR;
    } else {
        if (work.lines[0].warning) {
            command_message("kdf %s: warning: %s", options->algorithm->name, work.lines[0].warning);
        }
        status = put_answers(&out, options, &work.lines[0]);
    }
    work_close(&work);
    return output_close(&out) ? status : COMMAND_ERROR;
}

int kdf_main(const struct options *options)
{
    struct kdf_options kdf;
    struct reading reading = {.options = &kdf};
    int status;

    if (!kdf_options_parse((int)options->n_files, (char **)options->files, &kdf, &status)) {
        return status;
    }
    status = make_line(&reading) ? derive_line(&kdf, &reading.line) : COMMAND_ERROR;
    text_buffer_free(&reading.line);
    return status;
}
