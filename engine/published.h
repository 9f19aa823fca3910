/*
 * The programs of this process. Each is compiled when its shape is first met, and kept in a fixed table, in
 * which any thread finds it without a lock or an allocation.
 */
#ifndef ENGINE_PUBLISHED_H
#define ENGINE_PUBLISHED_H

#include "compiler.h"
#include "derivation.h"

/* The program of a shape; `compiler` is memory for a shape that is new. Returns NULL if the shape has no
 * program: its messages are too long, the compiler refused its formula, there is no room for its sort of
 * shapes, or two other threads are writing its program. Then its formula is evaluated, and whoever asks again
 * may be told otherwise. */
const struct program *published_program(const struct shape *shape, struct compiler *compiler);

/* How full the table is. */
struct published_counts {
    uint32_t n, max;           /* programs, and room for them */
    uint32_t n_long, max_long; /* of these: programs with a message of many blocks */
};
void published_count(struct published_counts *published);

#endif
