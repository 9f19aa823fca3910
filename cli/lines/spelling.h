/*
 * How much two spellings of a name differ: for names that people write in another way, or wrong; and the
 * numbers that stand for names.
 */
#ifndef SPELLING_H
#define SPELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the text is the name, whatever the case of its letters, and wherever it has spaces, hyphens,
 * underscores, points, slashes and colons: "SHA-256" is "sha256". */
bool spelling_is_same(const char *text, size_t len, const char *name);

/* Whether the text is the name but for a few letters: one in three. */
bool spelling_is_near(const char *text, size_t len, const char *name);

/* How many letters of the text have to be changed to make the name of it: of several names that a text is
 * near to, the one of the least distance is meant. */
size_t spelling_distance(const char *text, size_t len, const char *name);

/* Reads min to max hexadecimal digits, or, behind 0x, one to max, and nothing else: not the signs and the
 * white space that strtoul() passes over, nor what overflows; max is at most 8. Returns false, with *number
 * as it was, if the text is anything else. */
bool spelling_is_number(const char *text, size_t len, size_t min, size_t max, uint32_t *number);

#endif
