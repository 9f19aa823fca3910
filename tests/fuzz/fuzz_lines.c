/*
 * Lines of JSON, as a fuzzer writes them: derive, verify and explain take what they are given, or refuse it.
 * The length of an input decides which of them gets it, since each run has a context to make.
 */
#include "fuzz_command.h"
#include "fuzz_rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
    static char name[] = "lanekdf", derive[] = "derive", verify[] = "verify", explain[] = "explain";
    char *const commands[] = {derive, verify, explain};
    struct fuzz_file file = fuzz_file_of(input, len);
    char *words[] = {name, commands[len % 3], file.path, NULL};

    fuzz_command(words);
    fuzz_file_close(&file);
    return 0;
}
