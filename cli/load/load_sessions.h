/* Recorded sessions as what is derived. */
#ifndef LOAD_SESSIONS_H
#define LOAD_SESSIONS_H

#include "mix.h"

#include <stdbool.h>

/* Reads a file of sessions, lines of lanekdf-vectors(5), and derives them. Returns false if one of them is
 * none, or has an answer that is another one, which was said. */
bool load_sessions_read(const char *name, struct mix *mix);

#endif
