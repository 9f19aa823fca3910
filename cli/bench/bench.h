/*
 * lanekdf bench: how many handshakes per second lanekdf and its peers derive on this machine.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>

/* What is asked for. Of a list, no entry means the usual ones. The entries are what was typed: names or
 * numbers, several with commas between them. */
struct bench_list {
    const char *const *entries;
    size_t n;
};
struct bench_request {
    const char *seconds; /* NULL: a minute */
    struct bench_list workloads, implementations, batch_sizes;
    bool json;
};

/* Measures and prints. Returns an exit status; what is wrong with the request was printed. The library has
 * been started. */
int bench_run(const struct bench_request *request);

/* Prints which libraries this build compares with, and what can be asked for. Returns an exit status. */
int bench_list(bool json);

#endif
