#include "fuzz_command.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "must.h"

enum { LAST_STATUS = 3 }; /* lanekdf(1), EXIT STATUS */

/* cli/commands/options.h has it; the tests see no header of the command. */
int command_line_run(int argc, char **argv);

/* The fuzzer is in C++ and takes its memory from the operators of the command (memory_new.cc), whose blocks
 * lie behind a header where LeakSanitizer does not look: it would call those of the fuzzer leaks at the end.
 * The tests of the command in a build with sanitizers look for leaks. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

struct fuzz_file fuzz_file_of(const uint8_t *bytes, size_t len)
{
    struct fuzz_file file = {.fd = memfd_create("fuzzed", MFD_CLOEXEC)};

    must(file.fd >= 0, "memfd_create");
    must(write(file.fd, bytes, len) == (ssize_t)len, "write");
    must(lseek(file.fd, 0, SEEK_SET) == 0, "lseek");
    snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
    return file;
}

void fuzz_file_close(const struct fuzz_file *file)
{
    close(file->fd);
}

/* Answers go nowhere. Messages of the command stay among those of the fuzzer, which are on standard error,
 * too. Without a PATH no tshark is found for inputs that begin like a capture: it is not what is tested. */
static void begin(void)
{
    const int nowhere = open("/dev/null", O_WRONLY);

    must(nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0, "/dev/null");
    close(nowhere);
    setenv("PATH", "", 1);
}

void fuzz_command(char *words[])
{
    static bool has_begun;
    int n = 0, status;

    if (!has_begun) {
        begin();
        has_begun = true;
    }
    while (words[n]) {
        n++;
    }
    optind = 0; /* getopt_long() begins anew: else it takes the options of later inputs for files */
    status = command_line_run(n, words);
    must(status >= 0 && status <= LAST_STATUS, "an exit status that is not documented");
}
