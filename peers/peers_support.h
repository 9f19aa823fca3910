/*
 * What all parts of the benchmark need: memory, random numbers that are the same in every run, and an end
 * with a message.
 */
#ifndef PEERS_SUPPORT_H
#define PEERS_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Zeroed memory in cache lines of its own, which share none with the memory of another thread. The program
 * ends if there is none. The memory is not aligned to pages, because all allocations would then meet
 * in the same few sets of the cache. What implementations prepare is never freed; peers_free() zeroes what it
 * frees, and takes NULL, too.
 */
void *peers_alloc(size_t bytes);
void peers_free(void *memory);

/* Zeroes all of it that is not freed, for a program that is about to end and has no use for it any more. */
void peers_wipe(void);

/* Has release(object) called when the program ends, for what a library keeps of keys in memory of its own.
 * The library is still there then if it was used before this call. */
void peers_at_exit(void (*release)(void *object), void *object);

/* The next number of a sequence that depends on the first *state alone: splitmix64. */
uint64_t peers_random(uint64_t *state);

/* Writes a number that is not negative as people read it, rounded: 1,234,567. Returns text. */
enum { PEERS_MAX_NUMBER = 32 };
const char *peers_number(char text[PEERS_MAX_NUMBER], double number);

/* For dlopen(), of a library whose symbols may have the names of others in the process. Sanitizers refuse to
 * keep the two apart, and such a build is not for measuring. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PEERS_DLOPEN_FLAGS (RTLD_NOW | RTLD_LOCAL)
#else
#define PEERS_DLOPEN_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* Prints to stderr and ends the program: a benchmark that cannot do its work must not print figures. */
void peers_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Has peers_fail() call end("%s", its message) instead, which does not return. */
typedef void peers_end(const char *format, ...) __attribute__((format(printf, 1, 2)));
void peers_end_with(peers_end *end);

#ifdef __cplusplus
}
#endif
#endif
