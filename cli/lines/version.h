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

/* A version by its number (0303, 0x303, fefd, 6b3343cf) or by its name as people write it (TLS 1.2, TLSv1.2,
 * TLS1.2, tls12, 1.2; SSLv3, DTLS1.2, QUICv2). 0: none of those that are served, SSLv3 to TLS 1.3, DTLS 1.0
 * to 1.3 and QUIC v1 and v2. */
uint32_t version_parse(const char *text, size_t len);

/* The version of TLS (enum lanekdf_version) whose derivations this version has: DTLS 1.0 has those of
 * TLS 1.1, DTLS 1.2 those of TLS 1.2. 0: none up to TLS 1.2. */
uint16_t version_of_derivations(uint32_t version);

/* Whether the version has the key schedule of RFC 8446 section 7.1, stage by stage. */
bool version_has_stages(uint32_t version);

/* A version that has stages, by the name of its protocol: tls, dtls, quic (v1) or quicv2. 0: none. */
uint32_t version_of_protocol(const char *text, size_t len);

bool version_is_dtls(uint32_t version);

/* "TLS 1.2"; "unknown version" for one that is not served. */
const char *version_name(uint32_t version);

#endif
