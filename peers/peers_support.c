#define _GNU_SOURCE /* program_invocation_short_name */
#include "peers_support.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* What implementations prepare lives as long as the program, whether or not a pointer to it is left. A search
 * for leaks shall look for others. */
static void *not_a_leak(void *memory)
{
#ifdef __SANITIZE_ADDRESS__
    __lsan_ignore_object(memory);
#endif
    return memory;
}

void *peers_alloc(size_t bytes)
{
    enum { LINE = 64 };
    /* One line more than it takes: prefetchers fetch lines in pairs. */
    const size_t size = (bytes + LINE - 1) / LINE * LINE + LINE;
    void *memory = aligned_alloc(LINE, size);
    if (!memory) {
        peers_fail("no memory for %zu bytes", size);
    }
    return memset(not_a_leak(memory), 0, size);
}

uint64_t peers_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

const char *peers_number(char text[PEERS_MAX_NUMBER], double number)
{
    char digits[PEERS_MAX_NUMBER];
    size_t n = (size_t)snprintf(digits, sizeof(digits), "%.0f", number < 1e18 ? number : 1e18), len = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            text[len++] = ',';
        }
        text[len++] = digits[i];
    }
    text[len] = '\0';
    return text;
}

void peers_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
