/*
 * A handshake of a capture as a line of tls-session.
 */
#ifndef SESSION_LINE_H
#define SESSION_LINE_H

#include "candidates.h"
#include "text_buffer.h"

/*
 * Adds the line to text. What the transcript does not vouch for is left out. Without a proof, the secret is
 * taken as it is.
 */
void session_line_put(struct text_buffer *text, const struct handshake *handshake,
    const struct transcript *transcript, const struct candidates *candidates, const struct candidate *chosen);

#endif
