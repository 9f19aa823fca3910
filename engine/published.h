/*
 * The programs of this process: compiled when a shape is first met, kept in a fixed
 * table, found without a lock or an allocation from any thread.
 */
#ifndef ENGINE_PUBLISHED_H
#define ENGINE_PUBLISHED_H

#include "compiler.h"
#include "derivation.h"

/* The program of a shape, compiled now if it is new (the compiler is memory for that).
 * NULL: the shape has none (too long, or the table is full): evaluate. */
const struct program *published_program(const struct shape *shape, struct compiler *compiler);

#endif
