/* Makes programs for tests, and checks what must hold of every program. */
#ifndef PROGRAM_CHECKS_H
#define PROGRAM_CHECKS_H

#include "compiler.h"
#include "kind.h"

/* Finds a phase of a kind of job by its name. The test fails if there is none. */
const struct derivation *find_derivation(uint32_t kind, const char *name);

/* Compiles the program of a shape. The test fails if the shape has none. */
void program_of_shape(struct program *program, const struct derivation *derivation, const struct hash *hash,
    unsigned n_blocks, unsigned n_digest_blocks, unsigned n_out_blocks, unsigned parts);

/* Checks that slots are written before they are read, and that gaps are legal and as long as they can be. */
void check_program(const struct program *program);

#endif
