/*
 * Cipher suites and protocol versions as people and lines write them.
 */
#ifndef SUITE_H
#define SUITE_H

#include "lanekdf.h"

#include <stdbool.h>
#include <stddef.h>

/* A suite by its id (c02f, 0xC02F), or by its name in the registry or in OpenSSL. Returns
 * what lanekdf_suite_find does. */
int suite_parse(const char *text, const struct lanekdf_suite **suite);

/* A version by its number (0303) or name (TLS1.2, 1.2, SSLv3); 0: none of those that are
 * served, SSLv3 to TLS 1.2. */
uint16_t version_parse(const char *text, size_t len);

/* "TLS 1.2". */
const char *version_name(uint16_t version);

#endif
