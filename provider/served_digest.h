/* The digests that lanekdf serves, by the names that OpenSSL has for them. */
#ifndef SERVED_DIGEST_H
#define SERVED_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct served_digest {
    uint32_t hash;    /* enum lanekdf_hash */
    uint32_t legacy;  /* enum lanekdf_legacy: the permission that a job with this hash needs */
    const char *name; /* under which any version of OpenSSL has it */
    size_t len;       /* bytes of a digest */
    size_t block_len; /* bytes */
    /* The digest of no bytes, which the key schedule of TLS 1.3 has in it: len bytes. NULL of MD5-SHA1. */
    const uint8_t *of_nothing;
};

extern const struct served_digest served_sha256, served_sha384, served_sha512;

/* NULL if lanekdf does not serve a digest of this name. Case has no meaning. */
const struct served_digest *served_digest_find(const char *name);

#endif
