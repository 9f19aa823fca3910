/*
 * A capture as tshark prints it, and its key log, as a fuzzer writes them. What stands before the first line
 * that is empty is the key log, what follows it are tshark's lines.
 */
#include "fuzz_command.h"
#include "fuzz_rng.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
    static char name[] = "lanekdf", derive[] = "derive", key_log[] = "--key-log";
    const uint8_t *empty_line = memmem(input, len, "\n\n", 2);
    const size_t key_log_len = empty_line ? (size_t)(empty_line - input) + 1 : 0;
    const size_t skipped = empty_line ? key_log_len + 1 : 0;
    struct fuzz_file secrets = fuzz_file_of(input, key_log_len);
    struct fuzz_file lines = fuzz_file_of(input + skipped, len - skipped);
    char *words[] = {name, derive, key_log, secrets.path, lines.path, NULL};

    fuzz_command(words);
    fuzz_file_close(&secrets);
    fuzz_file_close(&lines);
    return 0;
}
