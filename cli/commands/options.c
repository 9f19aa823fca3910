#include "options.h"
#include "algorithms.h"
#include "command.h"
#include "lanekdf.h"
#include "quoted_word.h"
#include "spelling.h"
#include "text_buffer.h"
#include "text_row.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What getopt_long() returns for an option: its letter, or a number beyond all letters, so that a letter
 * which is no option is told from the option that begins with it. */
enum option_id {
    OPTION_HELP = 'h',
    OPTION_DECODE_AS = 'd',
    OPTION_KERNEL = UINT8_MAX + 1,
    OPTION_KEY_LOG,
    OPTION_EXPORT,
    OPTION_ALLOW_EMPTY,
    OPTION_SUITE,
    OPTION_VERSION,
    OPTION_EMS,
    OPTION_RESUMED,
    OPTION_PSK,
    OPTION_SECRETS,
    OPTION_JSON,
    OPTION_VERIFY_ONE_IN,
    OPTION_SECONDS,
    OPTION_WORKLOAD,
    OPTION_IMPLEMENTATION,
    OPTION_BATCH,
    OPTION_LIST
};

static const struct option_row {
    const char *name;
    enum option_id id;
    unsigned bit;         /* 0: every command takes it */
    const char *argument; /* its name in help; NULL: the option takes none */
    const char *needs;    /* what the argument is, behind "needs" */
    const char *help;
} option_table[] = {
    {"kernel", OPTION_KERNEL, TAKES_KERNEL, "NAME", "the name of a kernel: lanekdf info lists them",
        "use this kernel (lanekdf info lists them), not the measured choice"},
    {"key-log", OPTION_KEY_LOG, TAKES_KEY_LOG, "LOG", "the name of a file: a key log",
        "the key log of the captures: the file that SSLKEYLOGFILE named"},
    {"decode-as", OPTION_DECODE_AS, TAKES_KEY_LOG, "RULE", "a rule of tshark's: tcp.port==4433,tls",
        "read captures with a rule of tshark's, such as tcp.port==4433,tls"},
    {"verify-one-in", OPTION_VERIFY_ONE_IN, TAKES_VERIFY_ONE_IN, "N", "a number, such as 1024",
        "derive one job in N a second time, and compare"},
    {"export", OPTION_EXPORT, TAKES_EXPORT, "LABEL[:CONTEXT]:LEN",
        "LABEL:LEN, LABEL:CONTEXT:LEN, eap-tls, dtls-srtp or tls-exporter",
        "also an exporter of every session; by name eap-tls, dtls-srtp and tls-exporter"},
    {"allow-empty", OPTION_ALLOW_EMPTY, TAKES_ALLOW_EMPTY, NULL, NULL,
        "exit with 0 if the input has no lines, as a partition of a larger one may"},
    {"suite", OPTION_SUITE, TAKES_SUITE, "SUITE", "a cipher suite: lanekdf suites lists them",
        "no session, but this cipher suite"},
    {"version", OPTION_VERSION, TAKES_SUITE, "VERSION", "a version, such as TLS1.2",
        "of the suite in this version, SSLv3 to TLS1.3, DTLS1.0 to DTLS1.3, QUICv1 or QUICv2; without, in "
        "the "
        "last version of TLS that has it"},
    {"ems", OPTION_EMS, TAKES_SUITE, NULL, NULL, "of the suite with the extended master secret"},
    {"resumed", OPTION_RESUMED, TAKES_SUITE, NULL, NULL, "of the suite in an abbreviated handshake"},
    {"psk", OPTION_PSK, TAKES_SUITE, NULL, NULL, "of the suite with a PSK, from TLS 1.3 on"},
    {"secrets", OPTION_SECRETS, TAKES_SECRETS, NULL, NULL, "print secrets whole"},
    {"seconds", OPTION_SECONDS, TAKES_BENCH, "N", "a number of seconds, such as 10",
        "measure for so long, not for a minute"},
    {"workload", OPTION_WORKLOAD, TAKES_BENCH, "NAME",
        "the name of a workload: lanekdf bench --list has them",
        "measure this, not the usual ones; more behind a comma, or \"all\""},
    {"implementation", OPTION_IMPLEMENTATION, TAKES_BENCH, "NAME",
        "the name of an implementation: lanekdf bench --list has them", "only this; more behind a comma"},
    {"batch", OPTION_BATCH, TAKES_BENCH, "N", "a number of handshakes, such as 64",
        "handshakes in a call, not 1 and 256; more behind a comma"},
    {"list", OPTION_LIST, TAKES_BENCH, NULL, NULL,
        "print the names for these options, and which libraries this build compares with"},
    {"json", OPTION_JSON, TAKES_JSON, NULL, NULL, "for programs: JSON, an object on each line"},
    {"help", OPTION_HELP, 0, NULL, NULL, "print this help"},
};

enum { N_OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

/* Columns of help. */
enum { OPTION_COLUMN = 20, ALG_COLUMN = 26 };

static bool takes(const struct command *command, const struct option_row *row)
{
    return row->bit == 0 || (command->takes & row->bit) != 0;
}

/* ---- help ---- */

static void put_option(const struct option_row *row)
{
    char left[48], letter[8] = "";

    if (row->id < OPTION_KERNEL && row->argument) {
        snprintf(letter, sizeof(letter), "-%c, ", row->id);
    }
    snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
        row->argument ? row->argument : "");
    text_row_put(left, OPTION_COLUMN, row->help);
}

void options_command_help(const struct command *command)
{
    printf("Usage: lanekdf %s %s\n\n%s\n%s%s\nOptions:\n", command->name, command->synopsis, command->summary,
        command->details[0] ? "\n" : "", command->details);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (takes(command, &option_table[i])) {
            put_option(&option_table[i]);
        }
    }
}

void options_help(void)
{
    printf("Usage: lanekdf COMMAND [OPTION...] [FILE...]\n\n"
           "Derives the keys of TLS connections, many at once. FILEs are JSON Lines, or\n"
           "captures with their key log; without one, or for \"-\", standard input is read.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < n_commands; i++) {
        text_row_put(commands[i].name, OPTION_COLUMN, commands[i].summary);
    }
    text_row_put("help COMMAND", OPTION_COLUMN, "tell more about a command, as COMMAND --help does");
    text_row_put("--version", OPTION_COLUMN, "print the version");
    printf("\nKinds of lines (\"alg\"), which lanekdf-vectors(5) explains:\n");
    for (size_t i = 0; i < n_algorithms; i++) {
        text_row_put(algorithms[i].name, ALG_COLUMN, algorithms[i].summary);
    }
    printf("\nExit status: 0 all is well; 1 a line or a check failed; 2 the command line, the\n"
           "input or the output is at fault; 3 nothing failed, but lines ask for what is not\n"
           "supported.\n");
}

void options_version(void)
{
    printf("lanekdf %s\n", lanekdf_version_text());
}

/* ---- mistakes ---- */

/* Says what is wrong with the command line, and where help is. */
__attribute__((format(printf, 2, 3))) static void complain(
    const struct command *command, const char *format, ...)
{
    struct text_buffer text = {0};
    va_list arguments;

    va_start(arguments, format);
    text_buffer_vformat(&text, format, arguments);
    va_end(arguments);
    command_message("%s%s%s (try lanekdf help%s%s)", command ? command->name : "", command ? ": " : "",
        text.text, command ? " " : "", command ? command->name : "");
    text_buffer_free(&text);
}

/* Whether an option is one of those that a command takes; NULL stands for any command. */
static bool is_taken(const struct command *command, const struct option_row *row)
{
    return !command || takes(command, row);
}

/* Finds the option that the name may be meant for. */
static const struct option_row *near_option(const struct command *command, const char *name, size_t len)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (is_taken(command, &option_table[i]) && spelling_is_near(name, len, option_table[i].name)) {
            return &option_table[i];
        }
    }
    return NULL;
}

/* Adds a name to a list such as "derive, verify and info", of which it is entry i of n. */
static void add_to_list(struct text_buffer *list, const char *before, const char *name, size_t i, size_t n)
{
    text_buffer_format(list, "%s%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", before, name);
}

/* Says which commands take the option that this one does not take. */
static void complain_of_other_commands(const struct command *command, const struct option_row *row)
{
    struct text_buffer list = {0};
    size_t n = 0, i = 0;

    for (size_t k = 0; k < n_commands; k++) {
        n += takes(&commands[k], row);
    }
    for (size_t k = 0; k < n_commands; k++) {
        if (takes(&commands[k], row)) {
            add_to_list(&list, "", commands[k].name, i++, n);
        }
    }
    complain(command,
        command ? "--%s is an option of %s" : "--%s is an option of %s, and stands behind these", row->name,
        list.text);
    text_buffer_free(&list);
}

/* Names the options that begin like this, of which getopt_long() could not choose one. Returns false if there
 * are none. */
static bool complain_of_short_form(const struct command *command, const char *name, size_t len)
{
    struct text_buffer list = {0};
    size_t n = 0, i = 0;

    for (size_t k = 0; k < N_OPTIONS; k++) {
        n += takes(command, &option_table[k]) && strncmp(option_table[k].name, name, len) == 0;
    }
    for (size_t k = 0; k < N_OPTIONS; k++) {
        if (takes(command, &option_table[k]) && strncmp(option_table[k].name, name, len) == 0) {
            add_to_list(&list, "--", option_table[k].name, i++, n);
        }
    }
    if (n > 0) {
        complain(command, "--%.*s may be %s", (int)len, name, list.text);
    }
    text_buffer_free(&list);
    return n > 0;
}

void options_complain_of_unknown(const struct command *command, const char *argument)
{
    const char *const name = argument + strspn(argument, "-");
    const size_t len = strcspn(name, "=");
    const struct option_row *near;

    if (command && len > 0 && complain_of_short_form(command, name, len)) {
        return;
    }
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (option_table[i].bit != 0 && strlen(option_table[i].name) == len &&
            memcmp(option_table[i].name, name, len) == 0) {
            complain_of_other_commands(command, &option_table[i]);
            return;
        }
    }
    near = command ? near_option(command, name, len) : NULL;
    if (near) {
        complain(command, "unknown option --%.*s: did you mean --%s?", (int)len, name, near->name);
    } else if (!command && spelling_is_near(name, len, "version")) {
        complain(command, "unknown option --%.*s: did you mean --version?", (int)len, name);
    } else {
        char room[QUOTED_WORD_ROOM];
        size_t quoted_len = (size_t)(name + len - argument);
        const char *quoted = quoted_word(room, argument, &quoted_len);
        complain(command, "unknown option %.*s", (int)quoted_len, quoted);
    }
}

static const struct option_row *row_of(int id)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if ((int)option_table[i].id == id) {
            return &option_table[i];
        }
    }
    return NULL;
}

/* Says what getopt_long() found wrong: `found` is ':' or '?', and optopt the option that it is about. */
static void complain_of_option(const struct command *command, int found, const char *argument)
{
    const struct option_row *row = optopt != 0 ? row_of(optopt) : NULL;

    if (found == ':' && row) {
        complain(command, "--%s needs %s", row->name, row->needs);
    } else if (row && takes(command, row)) {
        complain(command, "--%s takes no value", row->name);
    } else if (optopt != 0) {
        complain(command, "unknown option -%c", optopt);
    } else {
        options_complain_of_unknown(command, argument);
    }
}

/* ---- the command line ---- */

static void add_export(struct options *options, char *export)
{
    if (options->n_exports == MAX_EXPORTS) {
        command_die("--export: at most %d exporters", MAX_EXPORTS);
    }
    options->exports[options->n_exports++] = export;
}

/* Adds a value of an option that may be given again. */
static void add_value(struct option_values *values, const char *name, const char *value)
{
    if (values->n == MAX_LISTED) {
        command_die("--%s: at most %d of these options", name, MAX_LISTED);
    }
    values->values[values->n++] = value;
}

static void add_decode_as(struct options *options, const char *rule)
{
    if (options->n_decode_as == MAX_DECODE_AS) {
        command_die("--decode-as: at most %d rules", MAX_DECODE_AS);
    }
    options->decode_as[options->n_decode_as++] = rule;
}

/* Takes the value of an option that has one. A second one would take the place of the first without a word.
 */
static void set_value(const char **value, const char *name)
{
    if (*value) {
        command_die("--%s is there twice", name);
    }
    *value = optarg;
}

static void take_option(struct options *options, enum option_id option)
{
    switch (option) {
    case OPTION_KERNEL:
        set_value(&options->kernel, "kernel");
        break;
    case OPTION_KEY_LOG:
        set_value(&options->key_log, "key-log");
        break;
    case OPTION_DECODE_AS:
        add_decode_as(options, optarg);
        break;
    case OPTION_EXPORT:
        add_export(options, optarg);
        break;
    case OPTION_ALLOW_EMPTY:
        options->allows_empty = true;
        break;
    case OPTION_SUITE:
        set_value(&options->suite, "suite");
        break;
    case OPTION_VERSION:
        set_value(&options->version, "version");
        break;
    case OPTION_EMS:
        options->ems = true;
        break;
    case OPTION_RESUMED:
        options->resumed = true;
        break;
    case OPTION_PSK:
        options->psk = true;
        break;
    case OPTION_SECRETS:
        options->secrets = true;
        break;
    case OPTION_JSON:
        options->json = true;
        break;
    case OPTION_VERIFY_ONE_IN:
        set_value(&options->verify_one_in, "verify-one-in");
        break;
    case OPTION_SECONDS:
        set_value(&options->seconds, "seconds");
        break;
    case OPTION_WORKLOAD:
        add_value(&options->workloads, "workload", optarg);
        break;
    case OPTION_IMPLEMENTATION:
        add_value(&options->implementations, "implementation", optarg);
        break;
    case OPTION_BATCH:
        add_value(&options->batch_sizes, "batch", optarg);
        break;
    case OPTION_LIST:
        options->list = true;
        break;
    case OPTION_HELP: /* which ends the command line */
        break;
    }
}

/* Takes all options of the command. The result is as that of options_parse(). */
static bool parse_options(
    const struct command *command, int argc, char **argv, struct options *options, int *status)
{
    struct option long_options[N_OPTIONS + 1] = {{0}};
    size_t n = 0;
    int c;

    for (size_t i = 0; i < N_OPTIONS; i++) {
        const struct option_row *row = &option_table[i];
        if (takes(command, row)) {
            long_options[n++] = (struct option){
                row->name, row->argument ? required_argument : no_argument, NULL, (int)row->id};
        }
    }
    opterr = 0;
    while ((c = getopt_long(
                argc, argv, command->takes & TAKES_KEY_LOG ? ":hd:" : ":h", long_options, NULL)) != -1) {
        if (c == OPTION_HELP) {
            options_command_help(command);
            *status = COMMAND_OK;
            return false;
        }
        if (c == '?' || c == ':') {
            complain_of_option(command, c, argv[optind - 1]);
            return false;
        }
        take_option(options, (enum option_id)c);
    }
    return true;
}

/* The options that say more of --suite are nothing without it. */
static bool check_suite(const struct command *command, const struct options *options)
{
    const char *option = options->version   ? "version"
                         : options->ems     ? "ems"
                         : options->resumed ? "resumed"
                         : options->psk     ? "psk"
                                            : NULL;

    if (option && !options->suite) {
        complain(command, "--%s is for --suite, which is not there", option);
        return false;
    }
    return true;
}

/* Takes what stands behind the options. */
static bool take_arguments(const struct command *command, int argc, char **argv, struct options *options)
{
    const bool takes_pattern = command->takes & TAKES_PATTERN;
    const char *what = options->suite  ? " --suite takes no files"
                       : takes_pattern ? " takes one pattern at most"
                                       : " takes no arguments";
    const size_t max = options->suite ? 0 : command->takes & TAKES_FILES ? SIZE_MAX : takes_pattern ? 1 : 0;

    options->files = argv + optind;
    options->n_files = (size_t)(argc - optind);
    if (options->n_files > max) {
        char first[QUOTED_WORD_ROOM], second[QUOTED_WORD_ROOM];
        command_message("%s%s, got %zu: %s%s%s%s (try lanekdf help %s)", command->name, what,
            options->n_files, quoted_text(first, options->files[0]), options->n_files > 1 ? ", " : "",
            options->n_files > 1 ? quoted_text(second, options->files[1]) : "",
            options->n_files > 2 ? ", ..." : "", command->name);
    }
    return options->n_files <= max;
}

bool options_parse(const struct command *command, int argc, char **argv, struct options *options, int *status)
{
    *options = (struct options){0};
    *status = COMMAND_ERROR;
    if (command->takes & (TAKES_FIELDS | TAKES_WORDS)) {
        options->files = argv;
        options->n_files = (size_t)argc;
        return true;
    }
    return parse_options(command, argc, argv, options, status) && check_suite(command, options) &&
           take_arguments(command, argc, argv, options);
}
