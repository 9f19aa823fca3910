#include "load_report.h"

#include "command.h"

#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool name_in(const char *folder, const char *file, char name[LOAD_REPORT_MAX_NAME])
{
    const int len = snprintf(name, LOAD_REPORT_MAX_NAME, "%s/%s", folder, file);
    if (len >= LOAD_REPORT_MAX_NAME) {
        command_message("load: --report: the name of the folder is too long");
    }
    return len < LOAD_REPORT_MAX_NAME;
}

bool load_report_results(const char *folder, char results[LOAD_REPORT_MAX_NAME])
{
    return name_in(folder, "results.jsonl", results);
}

bool load_report_page(const char *folder, char page[LOAD_REPORT_MAX_NAME])
{
    return name_in(folder, "report.html", page);
}

bool load_report_can_read(const char *command, const char *results)
{
    struct stat status;
    if (stat(results, &status) != 0 || S_ISREG(status.st_mode)) {
        return true;
    }
    command_message("%s: --report is made of the results in %s, which is no regular file", command, results);
    return false;
}

/* The script lies among the data of the installation, which LANEKDF_DATA names as seen from the folder of the
 * command: so both may be moved together. */
static bool find_script(char *path, size_t size)
{
    const char *const rest = "/" LANEKDF_DATA "/load_report.py";
    const ssize_t len = readlink("/proc/self/exe", path, size);
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;
    if (!slash || (size_t)(slash - path) + strlen(rest) >= size) {
        return false;
    }
    strcpy(slash, rest);
    return access(path, R_OK) == 0;
}

static bool run_script(const char *folder, const char *results)
{
    char script[4096];
    const char *const words[] = {"python3", "-B", script, folder, results, NULL};
    pid_t child;
    int status;
    if (!find_script(script, sizeof(script))) {
        command_message("load: --report: load_report.py is not there; it is installed with the command, in "
                        "the folder " LANEKDF_DATA " as seen from the command's own");
        return false;
    }
    const int error = posix_spawnp(&child, words[0], NULL, NULL, (char *const *)(uintptr_t)words, environ);
    if (error != 0) {
        command_message("load: --report: %s, which writes it: %s", words[0], strerror(error));
        return false;
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool load_report_begin(const char *folder)
{
    return run_script(folder, NULL);
}

bool load_report_write(const char *folder, const char *results)
{
    return run_script(folder, results);
}
