/* Programs for tests: compiled for a shape, and checked for what must hold of every one. */
#ifndef PROGRAM_CHECKS_H
#define PROGRAM_CHECKS_H

#include "compiler.h"
#include "kind.h"

/* A phase of a kind of job, by its name; the test fails if there is none. */
const struct derivation *find_derivation(uint32_t kind, const char *name);

/* The program of a derivation's shape; the test fails if there is none. */
void program_of_shape(struct program *program, const struct derivation *derivation, const struct hash *hash,
    unsigned n_blocks, unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts);

/* That slots are written before they are read, that gaps are legal and as long as they can be. */
void check_program(const struct program *program);

#endif
