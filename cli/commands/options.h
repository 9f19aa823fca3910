/*
 * The command line: which command, with which options; and the help for it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_DECODE_AS = 32, MAX_EXPORTS = 16, MAX_LISTED = 64 };

/* The values of an option that may be given again. */
struct option_values {
    const char *values[MAX_LISTED];
    size_t n;
};

/* What the command line says. */
struct options {
    const char *kernel;                   /* NULL: as measured */
    const char *verify_one_in;            /* derive: a number; NULL: nothing is verified */
    const char *key_log;                  /* derive, verify, explain: the input is a capture */
    const char *decode_as[MAX_DECODE_AS]; /* for tshark, n_decode_as rules */
    size_t n_decode_as;
    char *exports[MAX_EXPORTS]; /* derive: n_exports exporters, as they were typed */
    size_t n_exports;
    bool allows_empty;           /* verify: an input without lines is no failure */
    bool secrets;                /* explain: print secrets whole */
    const char *suite, *version; /* explain: of this suite, in this version (NULL: the last) */
    bool ems, resumed, psk;      /* explain --suite: extended master secret, abbreviated handshake, a PSK */
    bool json;                   /* for programs */
    bool list;                   /* bench: print what can be asked for */
    const char *seconds;         /* bench: how long; NULL: as usual */
    struct option_values workloads, implementations, batch_sizes; /* bench */
    /* n_files names, of which none means standard input; suites: a pattern; kdf and load: all words from its
     * name on
     */
    char **files;
    size_t n_files;
};

struct command {
    const char *name;
    int (*main)(const struct options *options);
    unsigned takes;       /* enum option_bit */
    const char *synopsis; /* behind the name */
    const char *summary;  /* one line */
    const char *details;  /* more, or "" */
};

enum option_bit {
    TAKES_KERNEL = 1,
    TAKES_SECRETS = 2,
    TAKES_JSON = 4,
    TAKES_FILES = 8,
    TAKES_PATTERN = 16, /* one at most */
    TAKES_SUITE = 32,
    TAKES_KEY_LOG = 64,
    TAKES_EXPORT = 128,
    TAKES_FIELDS = 256, /* what follows its name is for the command to parse: kdf_options.h */
    TAKES_BENCH = 512,
    TAKES_WORDS = 1024, /* all options are for the command to parse */
    TAKES_VERIFY_ONE_IN = 2048,
    TAKES_ALLOW_EMPTY = 4096
};

/* All commands: command_line.c. */
extern const struct command commands[];
extern const size_t n_commands;

/* Finds the command that argv[1] names, and runs it with the words behind. Returns the exit status. */
int command_line_run(int argc, char **argv);

/*
 * Parses what follows a command's name. Returns true if the command is to run. Otherwise help or what is
 * wrong has been printed, and the program is to end with *status.
 */
bool options_parse(
    const struct command *command, int argc, char **argv, struct options *options, int *status);

/* Prints the help for all commands, and for one. */
void options_help(void);
void options_command_help(const struct command *command);

/* Says that an argument such as --kernal is no option of the command (NULL: of lanekdf itself), which it may
 * be meant for, or which commands have it. */
void options_complain_of_unknown(const struct command *command, const char *argument);

/* Prints the version. */
void options_version(void);

#endif
