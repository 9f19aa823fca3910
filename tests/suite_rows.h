/* The rows of the table of cipher suites, for the tests: all of them, or one by its name. */
#ifndef SUITE_ROWS_H
#define SUITE_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lanekdf.h"

/* Over all rows, as in: FOR_EACH_SUITE(suite) { ... } */
#define FOR_EACH_SUITE(suite)                                                                                \
    const struct lanekdf_suite *suite;                                                                       \
    for (size_t i_ = 0; lanekdf_suite_query(i_, &suite) == LANEKDF_OK; i_++)

static inline const struct lanekdf_suite *named(const char *name)
{
    const struct lanekdf_suite *suite;

    if (lanekdf_suite_find_name(name, &suite) != LANEKDF_OK) {
        fail_msg("no suite %s", name);
    }
    return suite;
}

#endif
