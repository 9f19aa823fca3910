#include "load_files.h"

#include "command.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
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

/* Whether a file is called as load_hgrm_write() calls the one of a result: FILE.ENGINE.RATE. */
static bool is_name_of_result(const char *name, const char *file)
{
    const size_t len = strlen(file);
    const char *rate = strrchr(name, '.');
    return strncmp(name, file, len) == 0 && name[len] == '.' && rate > name + len + 1 && rate[1] != '\0' &&
           rate[1 + strspn(rate + 1, "0123456789")] == '\0';
}

/* Whether a file is one of those that are there and are called so, whatever its own name is. */
static bool is_result_of(const char *name, const char *file)
{
    const char *slash = strrchr(file, '/');
    char folder[PATH_MAX], path[PATH_MAX];
    const int len = slash ? (int)(slash - file) + 1 : 0;
    snprintf(folder, sizeof(folder), "%.*s", slash ? len : 1, slash ? file : ".");
    DIR *directory = opendir(folder);
    bool is_result = is_name_of_result(name, file);
    for (const struct dirent *entry; directory && !is_result && (entry = readdir(directory));) {
        snprintf(path, sizeof(path), "%.*s%s", len, file, entry->d_name);
        is_result = is_name_of_result(path, file) && are_one(path, name);
    }
    if (directory) {
        closedir(directory);
    }
    return is_result;
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
        if (&files[i] != written && files[i].name && written->has_results &&
            is_result_of(files[i].name, written->name)) {
            command_message("%s: %s %s: results are written to files that have engine and rate behind this "
                            "name, and %s%s%s is called like one of them",
                command, written->option, written->name, files[i].option, files[i].option[0] ? " " : "",
                files[i].name);
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
