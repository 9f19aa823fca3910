/*
 * The memory of the command. Secrets may stand in any of it, so every block is zeroed before it goes back,
 * and what is still taken is zeroed when the command ends in the middle of its work.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The error of a line that there is no memory for, whatever it was needed for. */
#define MEMORY_LINE_ERROR "no memory for a line of this length"

/* Returns a zeroed block of n bytes, aligned for any type. The result is never NULL: without memory the
 * command ends with a message. */
void *memory_take(size_t n);

/* Does the same, but returns NULL without memory. */
void *memory_try(size_t n);

/* Gives the block, or none if it is NULL, n bytes in another place: as many as it had are kept, further ones
 * are zeroes. The result is never NULL. */
void *memory_resize(void *block, size_t n);

/* Returns a copy of a string, which is never NULL. */
char *memory_copy_text(const char *text);

/*
 * Calls act(owner). Where a block that act asks for cannot be had, act ends there, and the function returns
 * false: the command goes on. So act may change nothing that must not stay half done, and may have no block
 * that only its own frames know of. One attempt is no part of another.
 */
bool memory_attempt(void (*act)(void *owner), void *owner);

/* Does what memory_take() does without memory: ends the attempt if there is one, else the command. */
__attribute__((noreturn)) void memory_give_up(void);

#ifdef __cplusplus
/* Whether `new` throws std::bad_alloc without memory, as it should, instead of giving up. Nobody catches what
 * leaves a function that C calls, nor what is thrown when simdjson starts. */
extern bool memory_new_throws;
#endif

/* Zeroes a block and gives it back; NULL is fine. */
void memory_give_back(void *block);

/* Zeroes all blocks that are taken, for a command that is about to end. */
void memory_wipe(void);

#ifdef __cplusplus
}
#endif

#endif
