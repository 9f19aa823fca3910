/*
 * The formula compiler: it makes a program, the straight line of compressions that kernels run, of a formula.
 * graph.c writes the formula down as a graph. Then the compiler
 *
 *  - puts the operations in order, longest path first. Independent operations come to stand side by side (the
 *    two pads of a key, output i and A(i + 1)), and the `gap` of each says so: a kernel needs no more to work
 *    on several operations of one job at a time;
 *  - gives the messages their places in a lane's row (layout.h);
 *  - gives each value a slot, which another value takes over when nothing reads the first any more.
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
    union {
        struct graph_fold fold; /* while the formula is written */
        struct {                /* afterwards */
            uint8_t n_ops;
            formula_value order[PROGRAM_MAX_OPS];
            /* By node: */
            uint8_t height[GRAPH_MAX_NODES];   /* the longest chain of operations that depends on the node */
            uint8_t last_use[GRAPH_MAX_NODES]; /* 1 + the position of the last operation that reads it;
                                                * compiler.c */
            union {
                uint8_t step[GRAPH_MAX_NODES]; /* of the order, in which the node stands; 0: none yet */
                uint8_t slot[GRAPH_MAX_NODES]; /* once the operations are in order */
            };
        };
    };
};

/* Begins a program. The caller writes its formula to what this returns, and then calls compiler_finish(). */
struct formula *compiler_begin(struct compiler *c, const struct hash *hash);

/* Makes the program of the formula. Returns false if the formula exceeds a limit; it has no program then. */
bool compiler_finish(struct compiler *c, struct program *program);

#endif
