/*
 * What the parts of the command share: exit statuses, messages, the commands.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, as the manual page has them. */
enum { COMMAND_OK = 0, COMMAND_FAILED = 1, COMMAND_ERROR = 2 };

/* Prints "lanekdf: " and a message on standard error. */
__attribute__((format(printf, 1, 2))) void command_message(const char *format, ...);

/* The same, then ends the program with COMMAND_ERROR. */
__attribute__((format(printf, 1, 2), noreturn)) void command_die(const char *format, ...);

/* What the command line says. */
struct options {
    const char *kernel;          /* NULL: as measured */
    const char *key_log;         /* derive, verify, explain: the input is a capture */
    bool secrets;                /* explain: print secrets whole */
    const char *suite, *version; /* explain: of this suite, in this version (NULL: the last) */
    bool ems, resumed;           /* explain --suite: extended master secret, abbreviated handshake */
    bool json;                   /* explain, suites: for programs */
    char *const *files;          /* of n_files names; none: standard input. suites: a pattern */
    size_t n_files;
};

/* Starts the library with the options; on failure prints why. */
bool command_start(const struct options *options);

/* The commands. Each returns an exit status. */
int derive_main(const struct options *options);
int verify_main(const struct options *options);
int explain_main(const struct options *options);
int selftest_main(const struct options *options);
int info_main(const struct options *options);
int suites_main(const struct options *options);

#endif
