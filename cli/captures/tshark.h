/*
 * tshark as a child process, without a shell: a capture goes in by name or through a pipe, and lines of -T ek
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
    char said[4096]; /* the beginning of tshark's standard error */
    size_t n_said;
};

/*
 * Starts tshark on the capture of this name, or if that is NULL on what the caller writes to `in`, which does
 * not block. Returns 0 or an errno, which is ENOENT if tshark is not installed.
 */
int tshark_start(struct tshark *tshark, const char *capture, const struct tshark_options *options);

/* Reads what tshark has written to its standard error. */
void tshark_listen(struct tshark *tshark);

/* Closes tshark's input, so that it sees the end of the capture. */
void tshark_end_input(struct tshark *tshark);

/*
 * Waits for the end of tshark, and brings it about if `out` was not read to its end. Returns NULL, or what
 * was wrong: what tshark said first, or how it ended. The text is valid until the next start.
 */
const char *tshark_end(struct tshark *tshark, bool is_read_to_end);

#endif
