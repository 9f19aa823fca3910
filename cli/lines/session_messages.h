/*
 * What the messages of a recorded session up to TLS 1.2 say, against the fields of its line that say the
 * same.
 */
#ifndef SESSION_MESSAGES_H
#define SESSION_MESSAGES_H

#include "session.h"

/* Checks fields that have been read against the messages, hellos above all. What cannot be read says nothing.
 * Returns false with an error of the line that names the field and the message. */
bool session_check_messages(struct line *line, const struct session *session);

#endif
