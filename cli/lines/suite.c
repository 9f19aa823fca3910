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
