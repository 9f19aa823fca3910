/*
 * The formula compiler: it makes the straight line of compressions that kernels run of what a formula says.
 * graph.c writes the formula down; then, as in any small compiler,
 *
 *  - operations are ordered, longest path first, so that independent ones stand side by side (ipad with opad,
 *    output i with A(i+1)); `gap` follows from the order, and is all that parallelism within a job takes;
 *  - messages get their places in a lane's row;
 *  - slots are given by liveness.
 *
 * A program holds no secrets and depends on the shape alone. A formula beyond a limit has no program.
 */
#ifndef ENGINE_COMPILER_H
#define ENGINE_COMPILER_H

#include "graph.h"
#include "program.h"

/* The caller's memory; it never holds a secret. */
struct compiler {
    struct graph graph;
    uint8_t n_ops;
    formula_value order[PROGRAM_MAX_OPS];
    /* By node: */
    uint8_t height[GRAPH_MAX_NODES];   /* operations that still follow it, one after the other */
    uint8_t step[GRAPH_MAX_NODES];     /* in which it stands in the order; 0: not yet */
    uint8_t last_use[GRAPH_MAX_NODES]; /* position in the order + 1, or one of compiler.c's */
    uint8_t slot[GRAPH_MAX_NODES];
};

/* The formula that is to be written now, before compiler_finish(). */
struct formula *compiler_begin(struct compiler *c, const struct hash *hash);

/* The program of what was written; false if it exceeds a limit: there is no program then. */
bool compiler_finish(struct compiler *c, struct program *program);

#endif
