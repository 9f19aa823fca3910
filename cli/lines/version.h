/*
 * Protocol versions as people and lines write them.
 */
#ifndef VERSION_H
#define VERSION_H

#include <stddef.h>
#include <stdint.h>

/* A version by its number (0303) or name (TLS1.2, 1.2, SSLv3). 0: none of those that are served, SSLv3 to
 * TLS 1.2. */
uint16_t version_parse(const char *text, size_t len);

/* "TLS 1.2"; "unknown version" for one that is not served. */
const char *version_name(uint16_t version);

#endif
