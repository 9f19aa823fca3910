/* Runs the command within the process of a fuzzer. */
#ifndef FUZZ_COMMAND_H
#define FUZZ_COMMAND_H

#include <stddef.h>
#include <stdint.h>

/* A file without a name, with these bytes; `path` is what opens it. It must be closed. */
struct fuzz_file {
    int fd;
    char path[32];
};
struct fuzz_file fuzz_file_of(const uint8_t *bytes, size_t len);
void fuzz_file_close(const struct fuzz_file *file);

/* Runs the command with these words, of which the last is NULL, and its output thrown away. The process ends
 * if its exit status is none that the manual page has. */
void fuzz_command(char *words[]);

#endif
