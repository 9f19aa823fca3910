/*
 * Shows how far a long run has come, on standard error, where a person looks at that and the results go
 * elsewhere.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_on, was_shown;
    double start, next; /* seconds */
};

void progress_begin(struct progress *progress);
void progress_show(struct progress *progress, uint64_t n_lines);
void progress_end(struct progress *progress);

#endif
