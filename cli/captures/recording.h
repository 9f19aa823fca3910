/*
 * A capture file on its way through tshark: what tshark prints of it is read here, and the secrets that are
 * inside the file come to the key log before tshark's lines do.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "file_format.h"
#include "key_log.h"
#include "tshark.h"

struct recording;

/*
 * Begins to read the capture of this name, whose first bytes are `start` and the rest of which `fd` has. The
 * caller may close `fd` after the call. Returns NULL if tshark cannot be started, or if neither the file nor
 * a key log has secrets, which a message has said.
 */
struct recording *recording_open(const char *name, int fd, const char *start, size_t len, struct key_log *log,
    const struct tshark_options *options);

/* Returns the descriptor that poll(2) can wait for before recording_read(). */
int recording_fd(const struct recording *recording);

/* Reads lines of tshark's, as read(2) reads a file. The first argument is the recording. */
ssize_t recording_read(void *recording, char *to, size_t n);

/* Closes the recording, at its end or before. Returns false if tshark failed or the file is malformed, which
 * has been said. NULL is fine. */
bool recording_close(struct recording *recording);

#endif
