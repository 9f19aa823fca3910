/*
 * Kernels that flip a bit when they are told to. The linker puts a kernel of this file in the place of each
 * one of the table, and it runs the real one. Where it is to be faulty, it runs one operation of a program at
 * a time, and flips a bit in the result of the one that was asked for.
 */
#ifndef FAULTY_KERNELS_H
#define FAULTY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernels that may be faulty, by name; NULL: any. */
enum { FAULTY_MAX = 2, FAULTY_ALL_LANES = -1, FAULTY_NO_OP = -1 };

struct faulty {
    const char *kernels[FAULTY_MAX];
    bool any_wide;  /* instead: the first FAULTY_MAX kernels of several lanes that run */
    int op;         /* the operation of each program, or FAULTY_NO_OP */
    int lane;       /* modulo the lanes of the kernel, or FAULTY_ALL_LANES */
    bool in_blocks; /* also the chaining value behind hash_blocks() */
    bool once;      /* one flip in all */

    /* What came of it. */
    unsigned n_flips;
    unsigned n_ops;      /* of the longest program that came to a kernel that may be faulty */
    unsigned n_programs; /* that came to one */
    uint32_t flipped;    /* the kernels that flipped a bit, by their place in the table */

    /* What kernels did that may not be faulty: operations of the programs of tasks, and blocks. */
    size_t n_compressions;
};
extern struct faulty faulty;

/* Comes before start-up. Until `faulty` is set, all kernels are right. */
void faulty_kernels_begin(void);

#endif
