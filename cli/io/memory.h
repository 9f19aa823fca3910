/*
 * The memory of the command. Secrets may stand in any of it, so every block is zeroed before it goes back,
 * and what is still taken is zeroed when the command ends in the middle of its work.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* Zeroes a block and gives it back; NULL is fine. */
void memory_give_back(void *block);

/* Zeroes all blocks that are taken, for a command that is about to end. */
void memory_wipe(void);

#ifdef __cplusplus
}
#endif

#endif
