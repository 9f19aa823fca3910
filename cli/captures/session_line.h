/*
 * A handshake of a capture as a line of tls-session.
 */
#ifndef SESSION_LINE_H
#define SESSION_LINE_H

#include "candidates.h"
#include "text_buffer.h"

/*
 * Adds the line of a handshake with the chosen secret to the text. The line has no messages and no Finished
 * that the transcript cannot vouch for. A secret that was not tried is put down as it is.
 */
void session_line_put(struct text_buffer *text, const struct handshake *handshake,
    const struct transcript *transcript, const struct candidates *candidates, const struct candidate *chosen);

#endif
