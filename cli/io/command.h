/*
 * What every part of the command needs: exit statuses, messages, and the library started.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

/* Exit statuses, as the manual page has them. */
enum { COMMAND_OK = 0, COMMAND_FAILED = 1, COMMAND_ERROR = 2, COMMAND_UNSUPPORTED = 3 };

/* Has messages begin with another name than "lanekdf", which is borrowed. */
void command_name(const char *name);

/* Prints the name, a colon and a message on standard error. */
__attribute__((format(printf, 1, 2))) void command_message(const char *format, ...);

/* Does the same, then ends the program with COMMAND_ERROR. Answers that are whole are written out, and all
 * memory is zeroed. */
__attribute__((format(printf, 1, 2), noreturn)) void command_die(const char *format, ...);

/* The environment variable that names a kernel for whoever gives no --kernel. */
#define COMMAND_KERNEL_VARIABLE "LANEKDF_KERNEL"

/* Starts the library with this kernel, or, if it is NULL, with those that were measured to be the fastest.
 * Where verify_one_in, a number as it was typed, is not NULL, one job in so many is derived a second time,
 * and what that finds is printed as a message. On failure the function prints why and returns false. */
bool command_start(const char *kernel, const char *verify_one_in);

#endif
