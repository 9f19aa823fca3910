/*
 * What the files of the judge share (reference.h): bytes, and the secret of an HMAC that serves many times.
 */
#ifndef REFERENCE_SECRET_H
#define REFERENCE_SECRET_H

#include "reference_hash.h"

static inline struct lanekdf_bytes bytes(const void *data, size_t len)
{
    return (struct lanekdf_bytes){data, len};
}

static inline struct lanekdf_span span(void *data, size_t len)
{
    return (struct lanekdf_span){data, len};
}

static inline struct lanekdf_bytes text(const char *s)
{
    return bytes(s, strlen(s));
}

static inline void hash_add_all(struct reference_hash *hash, const struct lanekdf_bytes *part, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        reference_hash_add(hash, part[i]);
    }
}

/*
 * The secret of a PRF, as the key of its HMAC (reference_hmac_key()). The secret of LANEKDF_MD5_SHA1 is two
 * such keys, that of MD5 and behind it that of SHA-1. A prepared secret has the same bytes (prepared.h).
 */
struct reference_secret {
    uint64_t hash;
    uint8_t key[REFERENCE_MAX_BLOCK];
};

void reference_secret_make(struct reference_secret *s, uint32_t hash, struct lanekdf_bytes secret);
void reference_secret_prepare(const struct reference_secret *s, struct lanekdf_prepared_secret *prepared);
/* The secret of a job that has either a prepared secret or bytes. */
void reference_secret_of_job(struct reference_secret *s, uint32_t hash,
    const struct lanekdf_prepared_secret *prepared, struct lanekdf_bytes secret);

/* The kinds of TLS 1.3, DTLS 1.3, QUIC and HKDF (reference_tls13.c), each by its own function. */
void reference_hkdf(const struct lanekdf_hkdf *job);
void reference_expand_label(const struct lanekdf_expand_label *job);
void reference_tls13_early(const struct lanekdf_tls13_early *job);
void reference_tls13_handshake(const struct lanekdf_tls13_handshake *job);
void reference_tls13_finished(const struct lanekdf_tls13_finished *job);
void reference_tls13_application(const struct lanekdf_tls13_application *job);
void reference_tls13_resumption(const struct lanekdf_tls13_resumption *job);
void reference_tls13_traffic(const struct lanekdf_tls13_traffic *job);
void reference_tls13_exporter(const struct lanekdf_tls13_exporter *job);
void reference_tls13_psk_import(const struct lanekdf_tls13_psk_import *job);
void reference_ech_confirmation(const struct lanekdf_ech_confirmation *job);
void reference_quic_initial(const struct lanekdf_quic_initial *job);

#endif
