#include "load_merge.h"

#include "command.h"
#include "load_files.h"
#include "load_report.h"
#include "memory.h"

#include <stdio.h>
#include <string.h>

/* What is to be done with the sum. */
struct request {
    const char *percentiles, *report; /* names; NULL: none */
};

static bool write_report(const struct load_merge *merge, const char *folder)
{
    char results[LOAD_REPORT_MAX_NAME];
    return load_report_results(folder, results) && load_merge_write(merge, results) &&
           load_report_write(folder, results);
}

/* Nothing has been opened for writing yet. */
static bool has_files_apart(char *const *names, size_t n, const struct request *request)
{
    enum { N_WRITTEN = 3 };
    char results[LOAD_REPORT_MAX_NAME], page[LOAD_REPORT_MAX_NAME];
    if (request->report &&
        (!load_report_results(request->report, results) || !load_report_page(request->report, page))) {
        return false;
    }
    struct load_file *files = memory_take((N_WRITTEN + n) * sizeof(*files));
    files[0] = (struct load_file){"--hgrm", request->percentiles, true, true};
    files[1] = (struct load_file){"--report", request->report ? results : NULL, true, false};
    files[2] = (struct load_file){"--report", request->report ? page : NULL, true, false};
    for (size_t i = 0; i < n; i++) {
        files[N_WRITTEN + i] = (struct load_file){"", names[i], false, false};
    }
    const bool are_apart = load_files_are_apart("load merge", files, N_WRITTEN + n);
    memory_give_back(files);
    return are_apart;
}

static int merge_files(char *const *files, size_t n, const struct request *request)
{
    if (!has_files_apart(files, n, request)) {
        return COMMAND_ERROR;
    }
    if (request->report && !load_report_begin(request->report)) {
        return COMMAND_ERROR;
    }
    struct load_merge *merge = load_merge_new(n);
    bool is_good = true;
    for (size_t i = 0; i < n && is_good; i++) {
        is_good = load_merge_file(merge, files[i]);
    }
    int status = is_good ? load_merge_report(merge, request->percentiles) : COMMAND_ERROR;
    if (is_good && request->report && !write_report(merge, request->report)) {
        status = COMMAND_ERROR;
    }
    load_merge_free(merge);
    return status;
}

int load_merge_main(int argc, char **argv)
{
    struct request request = {NULL, NULL};
    int first = 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: lanekdf load merge [--hgrm FILE] [--report DIR] FILE...\n\n"
               "add the results that lanekdf load --json wrote on several machines\n");
        return COMMAND_OK;
    }
    while (first + 1 < argc && argv[first][0] == '-' && argv[first][1] != '\0') {
        const char **value = strcmp(argv[first], "--hgrm") == 0     ? &request.percentiles
                             : strcmp(argv[first], "--report") == 0 ? &request.report
                                                                    : NULL;
        if (!value) {
            break;
        }
        *value = argv[first + 1];
        first += 2;
    }
    if (argc <= first || (argv[first][0] == '-' && argv[first][1] != '\0')) {
        command_message("load merge: %s (try lanekdf load merge --help)",
            argc <= first ? "a file is missing" : "an unknown option");
        return COMMAND_ERROR;
    }
    for (int i = first; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            command_message("load merge: options stand ahead of the files: %s", argv[i]);
            return COMMAND_ERROR;
        }
    }
    return merge_files(argv + first, (size_t)(argc - first), &request);
}
