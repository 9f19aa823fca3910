#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* In the order of numbers, 0x0300 first. */
static const struct {
    const char *number, *name, *short_name, *bare;
} versions[] = {
    {"0300", "SSLv3", "SSL3", "3.0"},
    {"0301", "TLS 1.0", "TLS1.0", "1.0"},
    {"0302", "TLS 1.1", "TLS1.1", "1.1"},
    {"0303", "TLS 1.2", "TLS1.2", "1.2"},
};

enum { N_VERSIONS = sizeof(versions) / sizeof(versions[0]), FIRST_VERSION = 0x0300 };

int suite_parse(const char *text, const struct lanekdf_suite **suite)
{
    char *end;
    unsigned long id = strtoul(text, &end, 16);
    int status = lanekdf_suite_find_name(text, suite);

    if (status == LANEKDF_ERROR_SUITE_UNKNOWN && end != text && *end == '\0' && id <= UINT16_MAX) {
        status = lanekdf_suite_find((uint16_t)id, suite);
    }
    return status;
}

static bool is(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

uint16_t version_parse(const char *text, size_t len)
{
    for (unsigned i = 0; i < N_VERSIONS; i++) {
        if (is(versions[i].number, text, len) || is(versions[i].name, text, len) ||
            is(versions[i].short_name, text, len) || is(versions[i].bare, text, len)) {
            return (uint16_t)(FIRST_VERSION + i);
        }
    }
    return 0;
}

const char *version_name(uint16_t version)
{
    return versions[version - FIRST_VERSION].name;
}
