/*
 * Cipher suites as people and lines write them.
 */
#ifndef SUITE_H
#define SUITE_H

#include "lanekdf.h"

/* Finds a suite by its id (c02f, 0xC02F), or by a name that lanekdf_suite_find_name() knows. Returns what
 * lanekdf_suite_find() does. */
int suite_parse(const char *text, const struct lanekdf_suite **suite);

/* The hash that the suite has in the PRF of this version, as recordings have it; 0: the version cannot have
 * the suite. */
uint32_t suite_hash(const struct lanekdf_suite *suite, uint16_t version);

#endif
