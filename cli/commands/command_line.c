/*
 * The command line: finds the command of the name that comes first, and runs it.
 */
#include "algorithms.h"
#include "command.h"
#include "commands.h"
#include "load_main.h"
#include "quoted_word.h"
#include "spelling.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CAPTURE_DETAILS                                                                                      \
    "A FILE may also be a capture, pcap or pcapng, which tshark has to read: each\n"                         \
    "of its connections counts as a line. --key-log names its key log, unless the\n"                         \
    "secrets are in the capture.\n"

#define FORMAT_DETAILS                                                                                       \
    "Each line is a JSON object: \"alg\" says what to derive, the other fields are the\n"                    \
    "inputs, in hexadecimal. lanekdf-vectors(5) has all of them.\n" CAPTURE_DETAILS

const struct command commands[] = {
    {"derive", derive_main, TAKES_KERNEL | TAKES_VERIFY_ONE_IN | TAKES_KEY_LOG | TAKES_EXPORT | TAKES_FILES,
        "[OPTION...] [FILE...]", "derive what each line asks for",
        FORMAT_DETAILS "Each becomes a line of output, in the same order: its \"id\" and the answers, or\n"
                       "its \"id\" and an \"error\".\n"},
    {"verify", verify_main, TAKES_KERNEL | TAKES_KEY_LOG | TAKES_ALLOW_EMPTY | TAKES_FILES,
        "[OPTION...] [FILE...]", "derive, and compare with the answers in the lines",
        FORMAT_DETAILS "Prints what differs, and last how many lines passed and failed.\n"},
    {"explain", explain_main, TAKES_SECRETS | TAKES_JSON | TAKES_SUITE | TAKES_KEY_LOG | TAKES_FILES,
        "[--secrets] [--json] [--key-log LOG] [-d RULE] [FILE...]\n"
        "       lanekdf explain --suite SUITE [--version VERSION] [--ems] [--resumed]\n"
        "                       [--psk] [--json]",
        "show how the keys of lines, or of a suite, come about",
        "Of a recorded session it tells where each key comes from and who uses it, of any\n"
        "other line the formulas, what is given and what is derived. Only the first bytes\n"
        "of secrets are shown unless --secrets is given. With --suite, an id (c02f) or a\n"
        "name of the registry or of OpenSSL, tells the same without values for any\n"
        "connection with that suite.\n" CAPTURE_DETAILS},
    {"kdf", kdf_main, TAKES_FIELDS, "KIND [--FIELD VALUE...]", "derive one value, by options", ""},
    {"suites", suites_main, TAKES_JSON | TAKES_PATTERN, "[--json] [PATTERN]", "list the cipher suites",
        "Those whose id (0xC02F), name or OpenSSL name contains PATTERN, in either case;\n"
        "without one, all. For each its key exchange, authentication, hash of the PRF in\n"
        "TLS 1.2, lengths in bytes for each direction, and first and last version.\n"},
    {"selftest", selftest_main, TAKES_JSON, "[--json]", "check every kernel against known answers", ""},
    {"bench", bench_main, TAKES_KERNEL | TAKES_BENCH | TAKES_JSON, "[OPTION...]",
        "measure handshakes per second, beside OpenSSL",
        "Measures for a minute how many handshakes per second lanekdf, each of its\n"
        "kernels, OpenSSL and intel-ipsec-mb derive on one core, one at a time and many\n"
        "in a call, and what a handshake costs beside that. All outputs are compared\n"
        "first.\n"},
    {"load", load_main, TAKES_WORDS, "[OPTION...]",
        "measure latency under load: the rate that a core carries", ""},
    {"info", info_main, TAKES_KERNEL | TAKES_JSON, "[--kernel NAME] [--json]",
        "show the CPU, the kernels and which is used when", ""},
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

/* Commands that print with stdio have succeeded only if their output has arrived. */
static int close_stdout(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    if (errno != EPIPE) {
        command_message("cannot write the output: %s", strerror(errno));
    }
    return COMMAND_ERROR;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct options options;
    int status;

    if (options_parse(command, argc, argv, &options, &status)) {
        status = command->main(&options);
    }
    return status;
}

static bool is_one_of(const char *name, const char *long_option, const char *short_option)
{
    return strcmp(name, long_option) == 0 || strcmp(name, short_option) == 0;
}

/* Finds the command. If there is none of the name the function says so, and returns NULL. */
static const struct command *find_command(const char *name)
{
    char room[QUOTED_WORD_ROOM];
    size_t len = strlen(name);
    const struct algorithm *kind = algorithm_find(name, len);
    const char *quoted;
    const char *near = NULL;

    for (size_t i = 0; i < n_commands; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
        if (!near && spelling_is_near(name, strlen(name), commands[i].name)) {
            near = commands[i].name;
        }
    }
    if (kind && !kind->is_session) {
        command_message("%s is no command but a kind of kdf (try lanekdf help kdf %s)", name, name);
        return NULL;
    }
    quoted = quoted_word(room, name, &len);
    command_message("unknown command %.*s%s%s%s (try lanekdf help)", (int)len, quoted,
        near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    return NULL;
}

/* Has the command print its help, for which some commands take a word: help kdf KIND. */
static int command_help(const struct command *command, int argc, char **argv)
{
    static char name[] = "help", option[] = "--help";
    char *words[] = {name, argc > 2 ? argv[2] : option, option, NULL};

    return run_command(command, argc, words);
}

/* Whether a word behind the command is one of load that has help of its own. */
static bool is_load_topic(const struct command *command, int argc, char **argv)
{
    return command->takes & TAKES_WORDS && argc > 2 && load_main_has_topic(argv[2]);
}

static int help_main(int argc, char **argv)
{
    const struct command *command;
    int max;

    if (argc < 2 || strcmp(argv[1], "help") == 0) {
        options_help();
        return COMMAND_OK;
    }
    command = find_command(argv[1]);
    if (!command) {
        return COMMAND_ERROR;
    }
    max = command->takes & TAKES_FIELDS || is_load_topic(command, argc, argv) ? 3 : 2;
    if (argc > max) {
        command_message("help takes one command at most, got %d: %s, %s%s", argc - 1, argv[1], argv[2],
            argc > 3 ? ", ..." : "");
        return COMMAND_ERROR;
    }
    return command_help(command, argc, argv);
}

static int run_named(const char *name, int argc, char **argv)
{
    const struct command *command;

    if (is_one_of(name, "--help", "-h") || strcmp(name, "help") == 0) {
        return help_main(argc, argv);
    }
    if (is_one_of(name, "--version", "-V")) {
        options_version();
        return COMMAND_OK;
    }
    if (name[0] == '-') {
        options_complain_of_unknown(NULL, name);
        return COMMAND_ERROR;
    }
    command = find_command(name);
    return command ? run_command(command, argc, argv) : COMMAND_ERROR;
}

int command_line_run(int argc, char **argv)
{
    /* With the signal ignored a closed pipe is an error of write(), after which secrets are wiped as ever. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        command_message("a command is missing (try lanekdf help)");
        return COMMAND_ERROR;
    }
    return close_stdout(run_named(argv[1], argc - 1, argv + 1));
}
