/* What an emulator of another CPU cannot show: tests leave it out where tests/architectures.sh says so. */
#ifndef EMULATED_H
#define EMULATED_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool is_emulated(void)
{
    return getenv("LANEKDF_TEST_EMULATED") != NULL;
}

#endif
