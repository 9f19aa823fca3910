#include "version.h"
#include "lanekdf.h"
#include "spelling.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { MAX_NAMES = 5 };

static const struct version {
    uint32_t id;
    const char *name;
    const char *protocol; /* of the key schedule; NULL: the version has another one */
    /* Other names, in any case, and with anything or nothing where these have a point (spelling.h). */
    const char *names[MAX_NAMES];
} versions[] = {
    {LANEKDF_SSL3, "SSLv3", NULL, {"SSL3", "SSL3.0", "SSLv3.0", "3.0"}},
    {LANEKDF_TLS10, "TLS 1.0", NULL, {"TLSv1.0", "TLS1", "TLSv1", "1.0"}},
    {LANEKDF_TLS11, "TLS 1.1", NULL, {"TLSv1.1", "1.1"}},
    {LANEKDF_TLS12, "TLS 1.2", NULL, {"TLSv1.2", "1.2"}},
    {VERSION_DTLS10, "DTLS 1.0", NULL, {"DTLSv1.0", "DTLS1", "DTLSv1"}},
    {VERSION_DTLS12, "DTLS 1.2", NULL, {"DTLSv1.2"}},
    {LANEKDF_TLS13, "TLS 1.3", "tls", {"TLSv1.3", "1.3"}},
    {LANEKDF_DTLS13, "DTLS 1.3", "dtls", {"DTLSv1.3"}},
    {LANEKDF_QUIC_V1, "QUIC v1", "quic", {"QUIC", "QUIC1"}},
    {LANEKDF_QUIC_V2, "QUIC v2", "quicv2", {"QUIC2"}},
};

enum { N_VERSIONS = sizeof(versions) / sizeof(versions[0]) };

static bool is_same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

static bool has_name(const struct version *version, const char *text, size_t len)
{
    bool has = spelling_is_same(text, len, version->name);

    for (size_t i = 0; i < MAX_NAMES && version->names[i]; i++) {
        has = has || spelling_is_same(text, len, version->names[i]);
    }
    return has;
}

uint32_t version_parse(const char *text, size_t len)
{
    uint32_t number = 0;

    /* Without 0x, which says that it is one, a number has all digits that it has on the wire. */
    if (!spelling_is_number(text, len, 4, 4, &number)) {
        spelling_is_number(text, len, 8, 8, &number);
    }
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (versions[i].id == number || has_name(&versions[i], text, len)) {
            return versions[i].id;
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
