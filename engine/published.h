/*
 * The programs of this process. Each is compiled when its shape is first met, and kept in a fixed table, in
 * which any thread finds it without a lock or an allocation.
 */
#ifndef ENGINE_PUBLISHED_H
#define ENGINE_PUBLISHED_H

#include "compiler.h"
#include "derivation.h"

/* The program of a shape; `compiler` is memory for a shape that is new. Returns NULL if the shape has no
 * program: its messages are too long, the compiler refused its formula, or the table is full. Then its
 * formula is evaluated. */
const struct program *published_program(const struct shape *shape, struct compiler *compiler);

#endif
