/* Checks what a test takes for granted, in every build: a test that outgrew an array says so and ends. */
#ifndef MUST_H
#define MUST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "the test cannot go on: %s\n", what);
        abort();
    }
}

#endif
