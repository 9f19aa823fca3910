#include "workload.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct workload workloads[] = {
    {"tls12-sha256", "pre-master secret to master secret and 40-byte key block, 26 compressions", 1, 1, 0},
    {"tls12-sha256-finished", "the same and both Finished, 36 compressions", 1, 1, 1},
    {"tls12-sha256-resumed", "known master secret to 40-byte key block and both Finished, 23 compressions", 0,
        1, 1},
};
const size_t n_workloads = sizeof workloads / sizeof *workloads;

const struct workload workload_prf = {
    "prf", "one PRF, 48-byte secret and 77-byte seed to 48 bytes, 13 compressions", 1, 0, 0};

const struct session *workload_sessions(void)
{
    static struct session sessions[MAX_BATCH];
    static int filled;
    if (!filled) {
        uint64_t state = 1; /* splitmix64: any bytes will do, if all differ */
        uint8_t *bytes = (uint8_t *)sessions;
        for (size_t i = 0; i < sizeof sessions; i++) {
            uint64_t z = state += 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            bytes[i] = (uint8_t)(z >> 56);
        }
        filled = 1;
    }
    return sessions;
}

void *workload_alloc(size_t bytes)
{
    const size_t line = 64;
    size_t rounded = (bytes + line - 1) / line * line;
    void *memory = aligned_alloc(line, rounded);
    if (memory == NULL)
        workload_fail("no memory for %zu bytes", rounded);
    return memset(memory, 0, rounded);
}

void workload_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("lanekdf_bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
