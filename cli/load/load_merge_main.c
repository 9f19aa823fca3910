#include "load_merge.h"

#include "command.h"

#include <stdio.h>
#include <string.h>

static int merge_files(char *const *files, size_t n, const char *percentiles)
{
    struct load_merge *merge = load_merge_new(n);
    bool is_good = true;
    for (size_t i = 0; i < n && is_good; i++) {
        is_good = load_merge_file(merge, files[i]);
    }
    const int status = is_good ? load_merge_report(merge, percentiles) : COMMAND_ERROR;
    load_merge_free(merge);
    return status;
}

int load_merge_main(int argc, char **argv)
{
    const bool has_percentiles = argc > 2 && strcmp(argv[1], "--hgrm") == 0;
    const int first = has_percentiles ? 3 : 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: lanekdf load merge [--hgrm FILE] FILE...\n\n"
               "add the results that lanekdf load --json wrote on several machines\n");
        return COMMAND_OK;
    }
    if (argc <= first || (argv[first][0] == '-' && argv[first][1] != '\0')) {
        command_message("load merge: %s (try lanekdf load merge --help)",
            argc <= first ? "a file is missing" : "an unknown option");
        return COMMAND_ERROR;
    }
    return merge_files(argv + first, (size_t)(argc - first), has_percentiles ? argv[2] : NULL);
}
