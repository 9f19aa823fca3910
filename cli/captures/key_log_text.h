/*
 * The text of a key log, the file that SSLKEYLOGFILE names: one secret a line. What logging services and
 * editors make of such a file is understood, and remarked on.
 */
#ifndef KEY_LOG_TEXT_H
#define KEY_LOG_TEXT_H

#include "key_log.h"

#include <stdbool.h>

/*
 * Reads a file. A line that is not as it should be is named on standard error and passed over; other labels,
 * those of TLS 1.3 for one, are passed over. Returns false if the file cannot be read or is no key log: that
 * is said, too.
 */
bool key_log_read_file(struct key_log *log, const char *name);

/* Reads a text in the same way; origin is what messages call the text. */
void key_log_read_text(struct key_log *log, const char *origin, const char *text, size_t len);

#endif
