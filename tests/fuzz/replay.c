/*
 * Runs a target of the fuzzers without a fuzzer, once for each input of a file: `fuzz_jobs CORPUS`. An input
 * is a line, as corpus.py writes it. The number of an input is printed before it runs, so that the last
 * number is that of a crash.
 *
 * Catches: what a fuzzer has found before and has come back, in builds and with compilers that no fuzzer has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "fuzz_rng.h"
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

int main(int argc, char **argv)
{
    FILE *corpus = argc == 2 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t capacity = 0, n = 0;
    ssize_t len;

    must(corpus != NULL, "usage: fuzz_TARGET CORPUS");
    while ((len = getline(&line, &capacity, corpus)) > 0) {
        /* Memory of exactly this length, so that AddressSanitizer sees a byte too many. */
        const size_t input_len = unescape(line, (size_t)len);
        uint8_t *input = malloc(input_len ? input_len : 1);

        must(input != NULL, "no memory");
        for (size_t i = 0; i < input_len; i++) {
            input[i] = (uint8_t)line[i];
        }
        fprintf(stderr, "input %zu\n", ++n);
        LLVMFuzzerTestOneInput(input, input_len);
        free(input);
    }
    must(n > 0, "a corpus without an input");
    free(line);
    fclose(corpus);
    return 0;
}
