/*
 * tshark as a child process, without a shell: a capture goes in by name or through a pipe, lines of -T ek
 * come out.
 */
#ifndef TSHARK_H
#define TSHARK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tshark_options {
    const char *key_log;          /* NULL: none */
    const char *const *decode_as; /* n_decode_as rules for -d */
    size_t n_decode_as;
};

struct tshark {
    pid_t pid;
    int in; /* -1: the capture is read by name, or is complete */
    int out, error;
    char said[4096]; /* the beginning of its standard error */
    size_t n_said;
};

/*
 * Starts it on the capture of this name; NULL: on what is written to in, which does not block. Returns 0, or
 * an errno: ENOENT if tshark is not installed.
 */
int tshark_start(struct tshark *tshark, const char *capture, const struct tshark_options *options);

/* Takes what there is to be read of its standard error. */
void tshark_listen(struct tshark *tshark);

/* Ends the input. */
void tshark_end_input(struct tshark *tshark);

/*
 * Waits for its end, which, unless out was read to its end, is brought about. Returns NULL, or what was wrong
 * with it: what it said first, or how it ended; until the next start.
 */
const char *tshark_end(struct tshark *tshark, bool is_read_to_end);

#endif
