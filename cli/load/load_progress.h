/* How far a run is: on standard error, and as JSON Lines. */
#ifndef LOAD_PROGRESS_H
#define LOAD_PROGRESS_H

#include "load_run.h"

struct load_progress;

/* What standard error gets. */
enum load_progress_form {
    LOAD_PROGRESS_ON_TERMINAL, /* a line that changes with each slice, if it is a terminal */
    LOAD_PROGRESS_LINES,       /* a line behind a slice, if a second has passed since the last one */
    LOAD_PROGRESS_NONE
};

/* Begins to watch a run of so many processes, whose sweep has so many slices. The file may be NULL: then
 * there is none. Returns NULL if the file cannot be written, which was said. */
struct load_progress *load_progress_new(const char *file, enum load_progress_form form, struct load_run *run,
    unsigned n_processes, size_t n_slices);

/* Returns false if the file could not be written, which was said. */
bool load_progress_free(struct load_progress *progress);

#endif
