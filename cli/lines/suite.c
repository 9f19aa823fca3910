#include "suite.h"
#include "spelling.h"

#include <string.h>

int suite_parse(const char *text, const struct lanekdf_suite **suite)
{
    int status = lanekdf_suite_find_name(text, suite);
    uint32_t id;

    if (status == LANEKDF_ERROR_SUITE_UNKNOWN && spelling_is_number(text, strlen(text), 1, 4, &id)) {
        status = lanekdf_suite_find(id, suite);
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
