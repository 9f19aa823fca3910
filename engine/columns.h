/*
 * The compiler of columns: how a kernel with a stage() function gets the messages of a program from behind
 * the pointers of jobs, without rows of bytes (simd.h says what columns are).
 */
#ifndef ENGINE_COLUMNS_H
#define ENGINE_COLUMNS_H

#include "graph.h"
#include "program.h"

/* A key by columns has so many bytes. */
enum { COLUMNS_SHORT_KEY = 32, COLUMNS_LONG_KEY = 48 };

/* Fills in the columns of a program, whose messages have their slots and their constant bytes. `slot` says,
 * by node, which slot a message has. A program that columns cannot express has none. */
void columns_make(const struct graph *g, const uint8_t *is_used, const uint8_t *slot, struct program *p);

#endif
