#include "options.h"
#include "algorithms.h"
#include "command.h"
#include "lanekdf.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    struct option option;
    unsigned bit; /* 0: every command takes it */
    const char *help;
} option_table[] = {
    {{"kernel", required_argument, NULL, 'k'}, TAKES_KERNEL,
        "--kernel NAME  use this kernel (see lanekdf info), not the measured choice"},
    {{"key-log", required_argument, NULL, 'l'}, TAKES_KEY_LOG,
        "--key-log LOG  the secrets of the captures that FILEs are"},
    {{"decode-as", required_argument, NULL, 'd'}, TAKES_KEY_LOG,
        "--decode-as RULE, -d RULE  read captures with this rule of tshark's: tcp.port==4433,tls"},
    {{"export", required_argument, NULL, 'x'}, TAKES_EXPORT,
        "--export LABEL[:CONTEXT]:LEN  also an exporter of every session, or eap-tls, dtls-srtp, "
        "tls-exporter"},
    {{"suite", required_argument, NULL, 'c'}, TAKES_SUITE,
        "--suite SUITE  no session, but this cipher suite"},
    {{"version", required_argument, NULL, 'v'}, TAKES_SUITE,
        "--version VERSION  of it in SSLv3, TLS1.0 to TLS1.3, DTLS1.0 to DTLS1.3, QUICv1 or QUICv2; else in "
        "the\n"
        "                 last version of TLS that has it"},
    {{"ems", no_argument, NULL, 'e'}, TAKES_SUITE, "--ems          of it with the extended master secret"},
    {{"resumed", no_argument, NULL, 'r'}, TAKES_SUITE, "--resumed      of it in an abbreviated handshake"},
    {{"psk", no_argument, NULL, 'p'}, TAKES_SUITE, "--psk          of it with a PSK, from TLS 1.3 on"},
    {{"secrets", no_argument, NULL, 's'}, TAKES_SECRETS, "--secrets      print secrets whole"},
    {{"json", no_argument, NULL, 'j'}, TAKES_JSON,
        "--json         one JSON object for each session or suite"},
    {{"help", no_argument, NULL, 'h'}, 0, "--help         print this help"},
};

enum { N_OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

/* Whether the command takes option i of the table. */
static bool takes(const struct command *command, size_t i)
{
    return option_table[i].bit == 0 || (command->takes & option_table[i].bit) != 0;
}

static void command_help(const struct command *command)
{
    printf("Usage: lanekdf %s%s%s\n\n%s\n%s%s\nOptions:\n", command->name, command->synopsis[0] ? " " : "",
        command->synopsis, command->summary, command->details[0] ? "\n" : "", command->details);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (takes(command, i)) {
            printf("  %s\n", option_table[i].help);
        }
    }
}

static void add_export(struct options *options, char *export)
{
    if (options->n_exports == MAX_EXPORTS) {
        command_die("--export: at most %d exporters", MAX_EXPORTS);
    }
    options->exports[options->n_exports++] = export;
}

static void add_decode_as(struct options *options, const char *rule)
{
    if (options->n_decode_as == MAX_DECODE_AS) {
        command_die("--decode-as: at most %d rules", MAX_DECODE_AS);
    }
    options->decode_as[options->n_decode_as++] = rule;
}

/* Takes one option, by the character that getopt_long() returns for it. */
static void take_option(struct options *options, int option)
{
    switch (option) {
    case 'k':
        options->kernel = optarg;
        break;
    case 'l':
        options->key_log = optarg;
        break;
    case 'd':
        add_decode_as(options, optarg);
        break;
    case 'x':
        add_export(options, optarg);
        break;
    case 'c':
        options->suite = optarg;
        break;
    case 'v':
        options->version = optarg;
        break;
    case 'e':
        options->ems = true;
        break;
    case 'r':
        options->resumed = true;
        break;
    case 'p':
        options->psk = true;
        break;
    case 's':
        options->secrets = true;
        break;
    case 'j':
        options->json = true;
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
        if (takes(command, i)) {
            long_options[n++] = option_table[i].option;
        }
    }
    opterr = 0;
    while ((c = getopt_long(
                argc, argv, command->takes & TAKES_KEY_LOG ? ":hd:" : ":h", long_options, NULL)) != -1) {
        if (c == 'h') {
            command_help(command);
            *status = COMMAND_OK;
            return false;
        }
        if (c == '?' || c == ':') {
            command_message("%s: %s: %s (try lanekdf %s --help)", command->name, argv[optind - 1],
                c == ':' ? "an argument is missing"
                         : "unknown option, or one too many or too few arguments to it",
                command->name);
            return false;
        }
        take_option(options, c);
    }
    if (!options->suite && (options->version || options->ems || options->resumed || options->psk)) {
        command_message("%s: --version, --ems, --resumed and --psk are for --suite (try lanekdf %s --help)",
            command->name, command->name);
        return false;
    }
    return true;
}

/* How many arguments may stand behind the options. */
static size_t max_arguments(const struct command *command, const struct options *options)
{
    if (options->suite) {
        return 0;
    }
    return command->takes & TAKES_FILES ? SIZE_MAX : command->takes & TAKES_PATTERN ? 1 : 0;
}

bool options_parse(const struct command *command, int argc, char **argv, struct options *options, int *status)
{
    size_t max;

    *options = (struct options){0};
    *status = COMMAND_ERROR;
    if (!parse_options(command, argc, argv, options, status)) {
        return false;
    }
    max = max_arguments(command, options);
    options->files = argv + optind;
    options->n_files = (size_t)(argc - optind);
    if (options->n_files > max) {
        command_message("%s: %s: one argument too many (try lanekdf %s --help)", command->name,
            options->files[max], command->name);
        return false;
    }
    return true;
}

void options_help(const struct command *commands, size_t n_commands)
{
    printf("Usage: lanekdf COMMAND [OPTION...] [FILE...]\n\n"
           "Derives the keys of TLS connections, many at once. FILEs are JSON Lines; without\n"
           "one, or for \"-\", standard input is read.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("  %-10s%s\n", commands[i].name, commands[i].summary);
    }
    printf("\nlanekdf COMMAND --help tells more about each; lanekdf --version prints the version.\n\n"
           "Kinds of lines (\"alg\"):\n");
    for (size_t i = 0; i < n_algorithms; i++) {
        printf("  %-20s%s\n", algorithms[i].name, algorithms[i].summary);
    }
    printf("\nExit status: 0 all is well; 1 a line or a check failed; 2 the command line, the input\n"
           "or the output is at fault.\n");
}

void options_version(void)
{
    printf("lanekdf %s\n", lanekdf_version_text());
}
