#include "version.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct version {
    uint32_t id;
    const char *number, *name, *short_name, *bare;
    const char *protocol; /* of the key schedule; NULL: the version has another one */
} versions[] = {
    {LANEKDF_SSL3, "0300", "SSLv3", "SSL3", "3.0", NULL},
    {LANEKDF_TLS10, "0301", "TLS 1.0", "TLS1.0", "1.0", NULL},
    {LANEKDF_TLS11, "0302", "TLS 1.1", "TLS1.1", "1.1", NULL},
    {LANEKDF_TLS12, "0303", "TLS 1.2", "TLS1.2", "1.2", NULL},
    {VERSION_DTLS10, "feff", "DTLS 1.0", "DTLS1.0", "DTLSv1", NULL},
    {VERSION_DTLS12, "fefd", "DTLS 1.2", "DTLS1.2", "DTLSv1.2", NULL},
    {LANEKDF_TLS13, "0304", "TLS 1.3", "TLS1.3", "1.3", "tls"},
    {LANEKDF_DTLS13, "fefc", "DTLS 1.3", "DTLS1.3", "DTLSv1.3", "dtls"},
    {LANEKDF_QUIC_V1, "00000001", "QUIC v1", "QUICv1", "QUIC", "quic"},
    {LANEKDF_QUIC_V2, "6b3343cf", "QUIC v2", "QUICv2", "QUIC2", "quicv2"},
};

enum { N_VERSIONS = sizeof(versions) / sizeof(versions[0]) };

static bool is_same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

uint32_t version_parse(const char *text, size_t len)
{
    /* A version on the wire is a binary value, which 0x may precede. */
    const bool has_prefix = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

    for (size_t i = 0; i < N_VERSIONS; i++) {
        const struct version *version = &versions[i];
        if (is_same(version->number, has_prefix ? text + 2 : text, has_prefix ? len - 2 : len) ||
            is_same(version->name, text, len) || is_same(version->short_name, text, len) ||
            is_same(version->bare, text, len)) {
            return version->id;
        }
    }
    return 0;
}

bool version_is_dtls(uint32_t version)
{
    return version == VERSION_DTLS10 || version == VERSION_DTLS12;
}

uint16_t version_of_derivations(uint32_t version)
{
    if (version_is_dtls(version)) {
        return version == VERSION_DTLS10 ? LANEKDF_TLS11 : LANEKDF_TLS12;
    }
    return version >= LANEKDF_SSL3 && version <= LANEKDF_TLS12 ? (uint16_t)version : 0;
}

bool version_has_stages(uint32_t version)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (versions[i].id == version) {
            return versions[i].protocol != NULL;
        }
    }
    return false;
}

uint32_t version_of_protocol(const char *text, size_t len)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (versions[i].protocol && is_same(versions[i].protocol, text, len)) {
            return versions[i].id;
        }
    }
    return 0;
}

const char *version_name(uint32_t version)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (versions[i].id == version) {
            return versions[i].name;
        }
    }
    return "unknown version";
}
