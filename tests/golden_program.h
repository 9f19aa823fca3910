/*
 * Programs in print: a golden file has the text of each, and is worth reading.
 *
 *     programs GOLDEN_FOLDER [--update]
 */
#ifndef GOLDEN_PROGRAM_H
#define GOLDEN_PROGRAM_H

#include <stdbool.h>

#include "program.h"

/* Reads the arguments of a test. Returns false, with a message, if they are wrong. */
bool golden_options(int argc, char **argv);

/* Compares the text of a program with the golden file `name`, or writes that if the test was asked to. */
void compare_with_golden(const struct program *program, const char *name, const char *title);

#endif
