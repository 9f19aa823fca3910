#include "load_merge.h"

#include "command.h"
#include "load_files.h"
#include "load_report.h"
#include "memory.h"
#include "quoted_word.h"
#include "spelling.h"

#include <getopt.h>
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
        (!load_report_results(request->report, results) || !load_report_page(request->report, page) ||
            !load_report_can_read("load merge", results))) {
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

/* --- the command line --- */

enum { OPTION_HGRM = 256, OPTION_REPORT, OPTION_HELP = 'h' };

static const struct option options[] = {
    {"hgrm", required_argument, NULL, OPTION_HGRM},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static const char *name_of(int id)
{
    const struct option *option = options;
    while (option->name && option->val != id) {
        option++;
    }
    return option->name;
}

static void complain_of_option(int found, int id, const char *argument)
{
    const char *name = argument + strspn(argument, "-"), *known = id != 0 ? name_of(id) : NULL;
    const size_t len = strcspn(name, "=");
    char room[QUOTED_WORD_ROOM];
    size_t quoted_len;
    const char *quoted;

    if (known) {
        command_message("load merge: --%s %s (try lanekdf load merge --help)", known,
            found == ':' ? "needs a value" : "takes no value");
        return;
    }
    if (id != 0) {
        command_message("load merge: unknown option -%c (try lanekdf load merge --help)", id);
        return;
    }
    for (const struct option *option = options; option->name; option++) {
        if (len > 1 && spelling_is_near(name, len, option->name)) {
            command_message(
                "load merge: unknown option --%.*s: did you mean --%s? (try lanekdf load merge --help)",
                (int)len, name, option->name);
            return;
        }
    }
    quoted_len = (size_t)(name + len - argument);
    quoted = quoted_word(room, argument, &quoted_len);
    command_message(
        "load merge: unknown option %.*s (try lanekdf load merge --help)", (int)quoted_len, quoted);
}

static bool take_name(const char **place, const char *option)
{
    if (*place) {
        command_message("load merge: --%s is there twice (try lanekdf load merge --help)", option);
        return false;
    }
    *place = optarg;
    return true;
}

/* Takes the options, which stand ahead of the files. Returns false if there is nothing more to do, and the
 * program is to end with *status. */
static bool take_options(int argc, char **argv, struct request *request, int *status)
{
    bool is_good = true;
    int found;
    *status = COMMAND_ERROR;
    opterr = 0;
    while (is_good && (found = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
        switch (found) {
        case OPTION_HGRM:
            is_good = take_name(&request->percentiles, "hgrm");
            break;
        case OPTION_REPORT:
            is_good = take_name(&request->report, "report");
            break;
        case OPTION_HELP:
            printf("Usage: lanekdf load merge [--hgrm FILE] [--report DIR] FILE...\n\n"
                   "add the results that lanekdf load --json wrote on several machines\n");
            *status = COMMAND_OK;
            return false;
        default:
            complain_of_option(found, optopt, argv[optind - 1]);
            is_good = false;
        }
    }
    return is_good;
}

int load_merge_main(int argc, char **argv)
{
    struct request request = {NULL, NULL};
    int status;
    if (!take_options(argc, argv, &request, &status)) {
        return status;
    }
    if (optind == argc) {
        command_message("load merge: a file is missing (try lanekdf load merge --help)");
        return COMMAND_ERROR;
    }
    for (int i = optind; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            command_message("load merge: options stand ahead of the files: %s", argv[i]);
            return COMMAND_ERROR;
        }
    }
    return merge_files(argv + optind, (size_t)(argc - optind), &request);
}
