/*
 * How much two spellings of a name differ: for names that people write in another way, or wrong.
 */
#ifndef SPELLING_H
#define SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text has the letters and digits of the name, whatever their case and whatever stands between
 * them: "SHA-256" is "sha256". */
bool spelling_is_same(const char *text, size_t len, const char *name);

/* Whether the text is the name but for a few letters: one in three. */
bool spelling_is_near(const char *text, size_t len, const char *name);

#endif
