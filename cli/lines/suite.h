/*
 * Cipher suites as people and lines write them.
 */
#ifndef SUITE_H
#define SUITE_H

#include "lanekdf.h"

#include <stdbool.h>

/* Finds a suite by its id (c02f, 0xC02F), or by a name that lanekdf_suite_find_name() knows. Returns what
 * lanekdf_suite_find() does. */
int suite_parse(const char *text, const struct lanekdf_suite **suite);

/* Whether this may be the name of the suite's cipher, in whatever spelling: the suite has all ciphers and
 * modes that are named in the text. What the function does not know is not looked at. */
bool suite_may_have_cipher(const struct lanekdf_suite *suite, const char *text);

/* The hash that the suite has in the PRF of this version, as recordings have it; 0: the version cannot have
 * the suite. */
uint32_t suite_hash(const struct lanekdf_suite *suite, uint16_t version);

#endif
