/*
 * A capture and its key log, as lines of tls-session: the handshake messages that
 *
 *   tshark -r CAPTURE -o tls.keylog_file:KEYLOG -Y tls.handshake -T ek -x -J "tcp tls"
 *
 * prints, put together by TCP stream and joined with the secrets by the client's random.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* Reads the key log. NULL: it cannot be read, and that has been said. */
struct capture *capture_open(const char *key_log);

/* Zeroes and frees; NULL is fine. */
void capture_close(struct capture *capture);

/*
 * Takes a line of tshark's. What it completes is then to be had from capture_next. Returns
 * NULL, or what is wrong with the line, valid until the next call.
 */
const char *capture_take(
    struct capture *capture, const char *file, uint64_t number, const char *text, size_t len);

/* No more lines: what is not complete is now to be had, too. */
void capture_end(struct capture *capture);

/* A session as a line. */
struct capture_line {
    const char *file; /* where its handshake began */
    uint64_t number;
    const char *text; /* until the next call; JSON_PADDING readable bytes follow */
    size_t len;
};

/*
 * The next one. A handshake that cannot become one is named on standard error and counted:
 * the key log lacks its secret, the capture its beginning, or it is of another version.
 */
bool capture_next(struct capture *capture, struct capture_line *line);

uint64_t capture_n_left_out(const struct capture *capture);

#endif
