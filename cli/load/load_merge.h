/* lanekdf load merge: results of several machines as one. */
#ifndef LOAD_MERGE_H
#define LOAD_MERGE_H

#include <stdbool.h>
#include <stddef.h>

struct load_merge;

/* Begins to add the results of at most n runs. */
struct load_merge *load_merge_new(size_t n);

/* Each of these adds the results of a run, which a message calls by name. The name is borrowed, and behind a
 * text JSON_PADDING more bytes are readable. They return false if the results are none, or cannot be added to
 * those before, which was said; then nothing else can be added. */
bool load_merge_file(struct load_merge *merge, const char *name);
bool load_merge_text(struct load_merge *merge, const char *name, const char *text, size_t len);

/* Adds only the first line of a run's results: whether those to come can be added to the others. */
bool load_merge_first_line(struct load_merge *merge, const char *name, const char *text, size_t len);

/* Prints the report of all runs, and writes their percentiles to files of this name unless it is NULL.
 * Returns the exit status. */
int load_merge_report(const struct load_merge *merge, const char *percentiles);

/* Writes what was added to a file, in the form of --json. Returns false if that failed, which was said. */
bool load_merge_write(const struct load_merge *merge, const char *name);

void load_merge_free(struct load_merge *merge);

/* Runs what the words of the command line from "merge" on ask for. Returns an exit status. */
int load_merge_main(int argc, char **argv);

#endif
