/* The files that one command reads and writes: what it writes must be none of the others. */
#ifndef LOAD_FILES_H
#define LOAD_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct load_file {
    const char *option; /* that names it, such as "--json"; "": an argument by itself, which is read */
    const char *name;   /* NULL: there is none */
    bool is_written;
    bool has_results; /* files of this name, and behind it engine and rate, are written as well */
};

/* Whether each file that is written is another one than all the others. Call it before any of them is opened
 * for writing. Returns false if two are one file, which was said. */
bool load_files_are_apart(const char *command, const struct load_file *files, size_t n);

#endif
