/*
 * A handshake of TLS 1.3 as a line of tls13-session.
 */
#ifndef TLS13_LINE_H
#define TLS13_LINE_H

#include "text_buffer.h"
#include "tls13_proof.h"

/* Writes the line. A transcript of which something is missing is not in it. */
void tls13_line_put(
    struct text_buffer *line, const struct handshake *handshake, const struct tls13_proof *proof);

#endif
