#include "kdf_options.h"
#include "command.h"
#include "options.h"
#include "quoted_word.h"
#include "spelling.h"
#include "text_buffer.h"
#include "text_row.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What getopt_long() returns: an option, or a field with OPTION_FIELD added to it, or that there is a word
 * that belongs to no option. Only -h is a letter, so that no other letter is taken for an option. */
enum { OPTION_WORD = 1, OPTION_HELP = 'h', OPTION_KERNEL = 256, OPTION_ANSWER, OPTION_BINARY, OPTION_FIELD };

/* The options that every kind has; behind them come its fields. */
static const struct option common[] = {
    {"answer", required_argument, NULL, OPTION_ANSWER},
    {"binary", no_argument, NULL, OPTION_BINARY},
    {"kernel", required_argument, NULL, OPTION_KERNEL},
    {"help", no_argument, NULL, OPTION_HELP},
};
enum { N_COMMON = sizeof(common) / sizeof(common[0]), MAX_OPTIONS = N_COMMON + 2 * N_FIELDS };

/* ---- help ---- */

static void put_common_options(void)
{
    text_row_put("--answer FIELD", 20, "of several answers this one");
    text_row_put("--binary", 20, "print bytes, not hexadecimal digits; of one answer");
    text_row_put("--kernel NAME", 20, "use this kernel (lanekdf info lists them), not the measured choice");
    text_row_put("--help", 20, "print this help");
}

static void put_help(void)
{
    printf("Usage: lanekdf kdf KIND [--FIELD VALUE...] [OPTION...]\n\n"
           "derive one value, and print it in hexadecimal\n\n"
           "KIND is a kind of line that lanekdf help lists, but no recorded session; lanekdf\n"
           "help kdf KIND lists its fields, which lanekdf-vectors(5) explains. An underscore\n"
           "of their names may be a hyphen.\n\n"
           "A VALUE of bytes is hexadecimal, or text:TEXT, or file:PATH, the bytes of a\n"
           "file, or hexfile:PATH, the hexadecimal digits in one. If PATH is -, that is\n"
           "standard input: the command line, which other users can read, need not have\n"
           "secrets.\n\n"
           "Options:\n");
    put_common_options();
    printf("\nThe first example of RFC 5869:\n"
           "  lanekdf kdf hkdf --hash sha256 --salt 000102030405060708090a0b0c \\\n"
           "      --ikm 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b \\\n"
           "      --info f0f1f2f3f4f5f6f7f8f9 --length 42\n");
}

static const char *form_name(enum field_form form)
{
    switch (form) {
    case FORM_HEX:
        return "BYTES";
    case FORM_TEXT:
        return "TEXT";
    case FORM_NUMBER:
        return "NUMBER";
    case FORM_FLAG:
        return "";
    case FORM_HEX_ARRAY:
        return "BYTES for each";
    }
    return "";
}

/* Puts the fields of a list, parted by commas, within 80 columns. */
static void put_fields(const char *title, const enum field *fields, const char *before)
{
    size_t column = strlen(title);

    printf("%s", title);
    for (; *fields != N_FIELDS; fields++) {
        const enum field_form form = field_form(*fields);
        char text[80];
        snprintf(text, sizeof(text), " %s%s%s%s%s", before, field_names[*fields],
            *before && form != FORM_FLAG ? " " : "", *before ? form_name(form) : "",
            fields[1] != N_FIELDS ? "," : "");
        if (column + strlen(text) > 80) {
            printf("\n ");
            column = 1;
        }
        printf("%s", text);
        column += strlen(text);
    }
    printf("\n");
}

static void put_kind_help(const struct algorithm *algorithm)
{
    printf("Usage: lanekdf kdf %s [--FIELD VALUE...] [OPTION...]\n\n%s\n\n", algorithm->name,
        algorithm->summary);
    put_fields("Fields:", algorithm->inputs, "--");
    put_fields("\nAnswers:", algorithm->answers, "");
    printf("\nOptions:\n");
    put_common_options();
    printf("\nBYTES are hexadecimal, text:TEXT, file:PATH or hexfile:PATH (lanekdf help kdf).\n");
}

/* ---- mistakes ---- */

/* Says what is wrong, and where help is; the kind may not be known yet. */
__attribute__((format(printf, 2, 3))) static bool complain(
    const struct algorithm *algorithm, const char *format, ...)
{
    struct text_buffer text = {0};
    va_list arguments;

    va_start(arguments, format);
    text_buffer_vformat(&text, format, arguments);
    va_end(arguments);
    command_message("kdf%s%s: %s (try lanekdf help kdf%s%s)", algorithm ? " " : "",
        algorithm ? algorithm->name : "", text.text, algorithm ? " " : "", algorithm ? algorithm->name : "");
    text_buffer_free(&text);
    return false;
}

/* Says what is wrong, and which kinds there are. */
static bool complain_with_kinds(const char *what, const char *name)
{
    struct text_buffer kinds = {0};
    char room[QUOTED_WORD_ROOM];
    size_t len = strlen(name);
    const char *quoted;

    for (size_t i = 0; i < n_algorithms; i++) {
        if (!algorithms[i].is_session) {
            text_buffer_format(&kinds, "%s%s", kinds.len > 0 ? ", " : "", algorithms[i].name);
        }
    }
    quoted = quoted_word(room, name, &len);
    complain(NULL, "%s%.*s; there are %s", what, (int)len, quoted, kinds.text);
    text_buffer_free(&kinds);
    return false;
}

/* Says what is wrong with an option, of which len characters count, and which fields the kind has. */
static void complain_with_fields(
    const struct algorithm *algorithm, const char *before, const char *option, size_t len)
{
    struct text_buffer fields = {0};
    char room[QUOTED_WORD_ROOM];
    const char *quoted;

    for (const enum field *field = algorithm->inputs; *field != N_FIELDS; field++) {
        text_buffer_format(&fields, "%s--%s", fields.len > 0 ? ", " : "", field_names[*field]);
    }
    quoted = quoted_word(room, option, &len);
    complain(algorithm, "%s%.*s; the fields are %s", before, (int)len, quoted, fields.text);
    text_buffer_free(&fields);
}

static const struct algorithm *find_kind(const char *name)
{
    const struct algorithm *algorithm = algorithm_find(name, strlen(name));
    const char *near = algorithm ? NULL : algorithm_near(name, strlen(name));

    if (algorithm && !algorithm->is_session) {
        return algorithm;
    }
    if (algorithm) {
        complain(NULL, "%s is a recorded session, whose messages are a line of JSON: lanekdf derive takes it",
            name);
    } else if (near) {
        complain(NULL, "unknown kind %s: did you mean %s?", name, near);
    } else {
        complain_with_kinds("unknown kind ", name);
    }
    return NULL;
}

/* Says that an option such as --ikn is none, and which one is near to it. */
static void complain_of_unknown(
    const struct algorithm *algorithm, const char *argument, const struct option *long_options)
{
    const char *name = argument + strspn(argument, "-");
    const size_t len = strcspn(name, "=");

    for (size_t i = 0; i < N_FIELDS; i++) { /* a field of another kind */
        if (spelling_is_same(name, len, field_names[i])) {
            complain_with_fields(algorithm, "no field --", name, len);
            return;
        }
    }
    for (; long_options->name; long_options++) {
        if (spelling_is_near(name, len, long_options->name)) {
            complain(
                algorithm, "unknown option --%.*s: did you mean --%s?", (int)len, name, long_options->name);
            return;
        }
    }
    complain_with_fields(algorithm, "unknown option ", argument, (size_t)(name + len - argument));
}

static const char *name_of(int id, const struct option *long_options)
{
    while (long_options->name && long_options->val != id) {
        long_options++;
    }
    return long_options->name;
}

static bool complain_of_option(
    const struct algorithm *algorithm, int found, const char *argument, const struct option *long_options)
{
    const char *name = optopt != 0 ? name_of(optopt, long_options) : NULL;

    if (found == ':' && name) {
        return complain(algorithm, "--%s needs a value", name);
    }
    if (name && argument[0] == '-' && argument[1] == '-') {
        return complain(algorithm, "--%s takes no value", name);
    }
    if (optopt != 0 && !name) { /* a letter of a word whose others may be a piece of a secret */
        complain_with_fields(algorithm, "unknown option ", (const char[]){'-', (char)optopt}, 2);
    } else {
        complain_of_unknown(algorithm, argument, long_options);
    }
    return false;
}

/* Says that a word is no value of an option, and behind which option it stands. The word may be a piece of a
 * secret, so it is not quoted. */
static bool complain_of_word(const struct algorithm *algorithm, const char *before)
{
    return complain(algorithm, "takes options alone, got a word %s%s: --FIELD stands before a value",
        before ? "behind --" : "ahead of them", before ? before : "");
}

/* ---- the command line ---- */

/* Adds an option for each field, under its name and, as options are written, with hyphens; the names with
 * hyphens are made in `hyphened`. */
static void add_fields(
    const struct algorithm *algorithm, struct option *options, size_t n, char hyphened[N_FIELDS][48])
{
    for (const enum field *field = algorithm->inputs; *field != N_FIELDS; field++) {
        const bool is_flag = field_form(*field) == FORM_FLAG;
        char *name = hyphened[*field];
        snprintf(name, sizeof(hyphened[0]), "%s", field_names[*field]);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        options[n++] = (struct option){
            name, is_flag ? optional_argument : required_argument, NULL, OPTION_FIELD + (int)*field};
        options[n++] = (struct option){field_names[*field], is_flag ? optional_argument : required_argument,
            NULL, OPTION_FIELD + (int)*field};
    }
    options[n] = (struct option){0};
}

/* Takes the value of a field. Only an array may have several. */
static bool take_value(struct kdf_options *options, enum field field)
{
    for (size_t i = 0; i < options->n_values; i++) {
        if (options->values[i].field == field && field_form(field) != FORM_HEX_ARRAY) {
            return complain(options->algorithm, "--%s is there twice", field_names[field]);
        }
    }
    if (options->n_values == MAX_FIELD_VALUES) {
        return complain(options->algorithm, "at most %d values", MAX_FIELD_VALUES);
    }
    options->values[options->n_values++] = (struct field_value){field, optarg ? optarg : "true"};
    return true;
}

static bool take_options(int argc, char **argv, struct kdf_options *options, int *status)
{
    char hyphened[N_FIELDS][48];
    struct option long_options[MAX_OPTIONS + 1];
    const char *last = NULL;
    int c;

    memcpy(long_options, common, sizeof(common));
    add_fields(options->algorithm, long_options, N_COMMON, hyphened);
    opterr = 0;
    while ((c = getopt_long(argc, argv, "-:h", long_options, NULL)) != -1) {
        switch (c) {
        case OPTION_WORD:
            return complain_of_word(options->algorithm, last);
        case OPTION_HELP:
            put_kind_help(options->algorithm);
            *status = COMMAND_OK;
            return false;
        case OPTION_KERNEL:
            options->kernel = optarg;
            break;
        case OPTION_ANSWER:
            options->answer = optarg;
            break;
        case OPTION_BINARY:
            options->is_binary = true;
            break;
        case '?':
        case ':':
            return complain_of_option(options->algorithm, c, argv[optind - 1], long_options);
        default:
            if (!take_value(options, (enum field)(c - OPTION_FIELD))) {
                return false;
            }
        }
        last = name_of(c, long_options);
    }
    return optind == argc || complain_of_word(options->algorithm, last);
}

bool kdf_options_parse(int argc, char **argv, struct kdf_options *options, int *status)
{
    *options = (struct kdf_options){0};
    *status = COMMAND_ERROR;
    if (argc < 2) {
        return complain_with_kinds("a kind is missing", "");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        put_help();
        *status = COMMAND_OK;
        return false;
    }
    if (argv[1][0] == '-') {
        char room[QUOTED_WORD_ROOM];
        size_t len = strcspn(argv[1], "=");
        const char *word = quoted_word(room, argv[1], &len);
        return complain(NULL, "the kind comes first, got %.*s", (int)len, word);
    }
    options->algorithm = find_kind(argv[1]);
    return options->algorithm && take_options(argc - 1, argv + 1, options, status);
}
