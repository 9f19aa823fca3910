/* How far a run is: on a terminal, and as JSON Lines. */
#ifndef LOAD_PROGRESS_H
#define LOAD_PROGRESS_H

#include "load_run.h"

struct load_progress;

/* Begins to watch a run, whose sweep has so many slices. The file may be NULL: then only a terminal is told.
 * Returns NULL if the file cannot be written, which was said. */
struct load_progress *load_progress_new(const char *file, struct load_run *run, size_t n_slices);

/* Returns false if the file could not be written, which was said. */
bool load_progress_free(struct load_progress *progress);

#endif
