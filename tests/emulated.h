/* What an emulator of another CPU cannot show, or not in time: tests leave it out where
 * tests/architectures.sh says so. */
#ifndef EMULATED_H
#define EMULATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static inline bool is_emulated(void)
{
    return getenv("LANEKDF_TEST_EMULATED") != NULL;
}

/* How often a test repeats what it repeats n times on a CPU: an emulator takes twenty times as long. */
static inline size_t repetitions(size_t n)
{
    return is_emulated() ? (n + 9) / 10 : n;
}

#endif
