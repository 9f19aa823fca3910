/*
 * The layout of a program's rows: which bytes of a message lie where, and how a job's bytes get there.
 */
#ifndef ENGINE_LAYOUT_H
#define ENGINE_LAYOUT_H

#include "graph.h"
#include "program.h"

/* Whether every byte of an input has the same place in every job. An input that the formula has not listed is
 * not fixed. */
bool layout_is_fixed(const struct formula *f, unsigned input);

/* Gives every message of the graph that is used (by node: not 0) its slots, from slot 0 on, and fills in what
 * struct program has of rows but chaining values. `slot`, by node, receives the slot of each message. Returns
 * false if the messages exceed a limit. */
bool layout_messages(const struct graph *g, const uint8_t *is_used, struct program *p, uint8_t *slot);

/* Gives an input that is a chaining value its place at the end of the row. It is loaded to state_slot. */
bool layout_state(const struct graph *g, struct program *p, unsigned input, unsigned state_slot);

#endif
