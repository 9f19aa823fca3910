/* The inputs that are kept, as corpus.py writes them. */
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_input {
    uint8_t *bytes; /* in memory of exactly this length, so that AddressSanitizer sees a byte too many */
    size_t len;
};

struct corpus {
    struct fuzz_input *inputs;
    size_t n;
};

/* Reads a file of inputs, of which there must be one. */
struct corpus corpus_read(const char *path);
void corpus_free(struct corpus *corpus);

/* Copies bytes into memory of their length, which the caller frees. */
struct fuzz_input fuzz_input_of(const uint8_t *bytes, size_t len);

#endif
