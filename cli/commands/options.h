/*
 * The command line: which command, with which options; and the help for it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

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
    TAKES_KEY_LOG = 64
};

/*
 * Parses what follows a command's name. Returns true to go on; or false to end with
 * *status, after printing help or what is wrong.
 */
bool options_parse(
    const struct command *command, int argc, char **argv, struct options *options, int *status);

/* Prints the help for all commands. */
void options_help(const struct command *commands, size_t n_commands);

/* Prints the version. */
void options_version(void);

#endif
