#include "version.h"
#include "lanekdf.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct version {
    uint16_t id;
    const char *number, *name, *short_name, *bare;
} versions[] = {
    {LANEKDF_SSL3, "0300", "SSLv3", "SSL3", "3.0"},
    {LANEKDF_TLS10, "0301", "TLS 1.0", "TLS1.0", "1.0"},
    {LANEKDF_TLS11, "0302", "TLS 1.1", "TLS1.1", "1.1"},
    {LANEKDF_TLS12, "0303", "TLS 1.2", "TLS1.2", "1.2"},
    {VERSION_DTLS10, "feff", "DTLS 1.0", "DTLS1.0", "DTLSv1"},
    {VERSION_DTLS12, "fefd", "DTLS 1.2", "DTLS1.2", "DTLSv1.2"},
};

enum { N_VERSIONS = sizeof(versions) / sizeof(versions[0]) };

static bool is_same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

uint16_t version_parse(const char *text, size_t len)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        const struct version *version = &versions[i];
        if (is_same(version->number, text, len) || is_same(version->name, text, len) ||
            is_same(version->short_name, text, len) || is_same(version->bare, text, len)) {
            return version->id;
        }
    }
    return 0;
}

bool version_is_dtls(uint16_t version)
{
    return version == VERSION_DTLS10 || version == VERSION_DTLS12;
}

uint16_t version_of_derivations(uint16_t version)
{
    if (version_is_dtls(version)) {
        return version == VERSION_DTLS10 ? LANEKDF_TLS11 : LANEKDF_TLS12;
    }
    return version >= LANEKDF_SSL3 && version <= LANEKDF_TLS12 ? version : 0;
}

const char *version_name(uint16_t version)
{
    for (size_t i = 0; i < N_VERSIONS; i++) {
        if (versions[i].id == version) {
            return versions[i].name;
        }
    }
    return version == LANEKDF_TLS13 ? "TLS 1.3" : "unknown version";
}
