/*
 * Protocol versions as people and lines write them.
 */
#ifndef VERSION_H
#define VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DTLS as ServerHello has it (RFC 4347, RFC 6347). */
enum { VERSION_DTLS10 = 0xfeff, VERSION_DTLS12 = 0xfefd };

/* A version by its number (0303, fefd) or name (TLS1.2, 1.2, SSLv3, DTLS1.2). 0: none of those that are
 * served, SSLv3 to TLS 1.2 and DTLS 1.0 and 1.2. */
uint16_t version_parse(const char *text, size_t len);

/* The version of TLS (enum lanekdf_version) whose derivations this version has: DTLS 1.0 has those of
 * TLS 1.1, DTLS 1.2 those of TLS 1.2. 0: none of those that are served. */
uint16_t version_of_derivations(uint16_t version);

bool version_is_dtls(uint16_t version);

/* "TLS 1.2"; "TLS 1.3", too, of which no session is served; "unknown version" for any other. */
const char *version_name(uint16_t version);

#endif
