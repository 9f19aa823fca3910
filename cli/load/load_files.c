#include "load_files.h"

#include "command.h"

#include <string.h>
#include <sys/stat.h>

/* A device, such as /dev/null, takes all that is written to it. Of files that are not there yet only names
 * can be compared. */
static bool are_one(const char *a, const char *b)
{
    struct stat status_of_a, status_of_b;
    if (stat(a, &status_of_a) != 0 || stat(b, &status_of_b) != 0) {
        return strcmp(a, b) == 0;
    }
    return S_ISREG(status_of_a.st_mode) && status_of_a.st_dev == status_of_b.st_dev &&
           status_of_a.st_ino == status_of_b.st_ino;
}

/* Compares a file that is written with all the others. */
static bool is_apart(
    const char *command, const struct load_file *written, const struct load_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (&files[i] != written && files[i].name && are_one(written->name, files[i].name)) {
            command_message("%s: %s %s is written, and is the same file as %s%s%s", command, written->option,
                written->name, files[i].option, files[i].option[0] ? " " : "", files[i].name);
            return false;
        }
    }
    return true;
}

bool load_files_are_apart(const char *command, const struct load_file *files, size_t n)
{
    bool are_apart = true;
    for (size_t i = 0; i < n && are_apart; i++) {
        are_apart = !files[i].name || !files[i].is_written || is_apart(command, &files[i], files, n);
    }
    return are_apart;
}
