#include "suite.h"

#include <stdlib.h>

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

uint32_t suite_hash(const struct lanekdf_suite *suite, uint16_t version)
{
    struct lanekdf_handshake job = {0};
    const char *objection;

    lanekdf_handshake_set_recorded_suite(&job, version, suite, &objection);
    return job.hash;
}
