#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "must.h"

/* Puts the bytes that a line stands for into the place of the line. Returns how many there are. */
static size_t unescape(char *line, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len && line[i] != '\n'; n++) {
        unsigned byte = (unsigned char)line[i++];

        if (byte == '\\' && line[i] == 'x') {
            must(sscanf(&line[i], "x%2x", &byte) == 1, "two digits");
            i += 3;
        } else if (byte == '\\') {
            byte = line[i] == 'n' ? '\n' : '\\';
            i++;
        }
        line[n] = (char)byte;
    }
    return n;
}

struct fuzz_input fuzz_input_of(const uint8_t *bytes, size_t len)
{
    struct fuzz_input input = {malloc(len ? len : 1), len};

    must(input.bytes, "no memory");
    if (len) {
        memcpy(input.bytes, bytes, len);
    }
    return input;
}

struct corpus corpus_read(const char *path)
{
    FILE *file = fopen(path, "r");
    struct corpus corpus = {0};
    char *line = NULL;
    size_t line_capacity = 0, capacity = 0;
    ssize_t len;

    must(file, "a corpus that can be read");
    while ((len = getline(&line, &line_capacity, file)) > 0) {
        const size_t n_bytes = unescape(line, (size_t)len);

        if (corpus.n == capacity) {
            capacity = 2 * capacity + 64;
            corpus.inputs = realloc(corpus.inputs, capacity * sizeof(*corpus.inputs));
            must(corpus.inputs, "no memory");
        }
        corpus.inputs[corpus.n++] = fuzz_input_of((const uint8_t *)line, n_bytes);
    }
    must(corpus.n > 0, "a corpus without an input");
    free(line);
    fclose(file);
    return corpus;
}

void corpus_free(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->n; i++) {
        free(corpus->inputs[i].bytes);
    }
    free(corpus->inputs);
    *corpus = (struct corpus){0};
}
