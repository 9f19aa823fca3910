/*
 * Cipher suites as people and lines write them.
 */
#ifndef SUITE_H
#define SUITE_H

#include "lanekdf.h"

/* Finds a suite by its id (c02f, 0xC02F), or by its name in the registry or in OpenSSL. Returns what
 * lanekdf_suite_find() does. */
int suite_parse(const char *text, const struct lanekdf_suite **suite);

#endif
