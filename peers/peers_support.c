#include "peers_support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *peers_alloc(size_t bytes)
{
    enum { LINE = 64 };
    /* One line more than it takes: prefetchers fetch lines in pairs. */
    const size_t size = (bytes + LINE - 1) / LINE * LINE + LINE;
    void *memory = aligned_alloc(LINE, size);
    if (!memory) {
        peers_fail("no memory for %zu bytes", size);
    }
    return memset(memory, 0, size);
}

uint64_t peers_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void peers_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("lanekdf_bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
