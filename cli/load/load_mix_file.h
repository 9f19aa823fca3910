/* A mix that a file describes: JSON Lines, a class of handshakes or connections on each. */
#ifndef LOAD_MIX_FILE_H
#define LOAD_MIX_FILE_H

#include "mix.h"

#include <stdbool.h>

/* Reads the file and makes a mix of its classes; once in a program. Returns false if that fails, which was
 * said. */
bool load_mix_file_read(const char *name, struct mix *mix);

#endif
