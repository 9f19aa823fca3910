/*
 * lanekdf-load-mpi: lanekdf load on many machines at once. Each rank is one process of the fleet, with a
 * share of the rate and results of its own; rank 0 prints what lanekdf load merge makes of the results of
 * all.
 */
#include "affinity.h"
#include "command.h"
#include "json.h"
#include "load_findings.h"
#include "load_list.h"
#include "load_merge.h"
#include "memory.h"
#include "mpi_fleet.h"
#include "peers_support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- what all ranks have in common --- */

/* Ranks with other options would wait for each other for ever. */
static bool has_common_words(const struct fleet *fleet, int argc, char **argv)
{
    size_t len = 0;
    for (int i = 1; i < argc; i++) {
        len += strlen(argv[i]) + 1;
    }
    char *words = memory_take(len + 1), *end = words;
    for (int i = 1; i < argc; i++) {
        end = stpcpy(end, argv[i]) + 1;
    }
    const unsigned other = mpi_fleet_first_other(words, len);
    memory_give_back(words);
    if (other == fleet->number) {
        command_message("load: the options of this rank are not those of rank 0");
    }
    return other == fleet->n;
}

/* A report has the pictures of one process. */
static bool parse_words(int argc, char **argv, struct load_request *request, int *status)
{
    const bool is_parsed = load_options_parse(argc, argv, request, status);
    if (is_parsed && request->report) {
        command_message("load: --report is for one process: lanekdf load merge --report makes one of the "
                        "files of --json");
    }
    return is_parsed && !request->report;
}

/* Rank 0 is the first to parse, since what is wrong with the words is the same everywhere, and need be said
 * once. Returns false if there is nothing to run: then all ranks end with *status. */
static bool parse(const struct fleet *fleet, int argc, char **argv, struct load_request *request, int *status)
{
    const bool is_first = fleet->number == 0;
    bool is_parsed = is_first ? parse_words(argc, argv, request, status) : true;
    *status = mpi_fleet_status(*status);
    if (!fleet->agree(is_parsed)) {
        return false;
    }
    is_parsed = is_first ? true : parse_words(argc, argv, request, status);
    *status = COMMAND_ERROR;
    return fleet->agree(is_parsed);
}

/* --- results --- */

/* Ranks are called by their numbers, and so are their files. */
static const char *name_of_rank(const char *before, unsigned rank)
{
    const size_t size = strlen(before) + 16;
    char *name = peers_alloc(size);
    snprintf(name, size, "%s%u", before, rank);
    return name;
}

static const char *followed_by_point(const char *name)
{
    const size_t len = strlen(name);
    char *copy = peers_alloc(len + 2);
    memcpy(copy, name, len);
    copy[len] = '.';
    return copy;
}

typedef bool add_text(struct load_merge *merge, const char *name, const char *text, size_t len);

/* Hands the text of every rank to rank 0, which adds it. Returns false, in all ranks, if one of them has
 * none, which was said, or cannot be added to those before. */
static bool add_all(const struct fleet *fleet, struct load_merge *merge, const char *before, const char *text,
    size_t len, add_text *add)
{
    if (!fleet->agree(text)) {
        return false;
    }
    bool is_added = true;
    if (fleet->number > 0) {
        mpi_fleet_send(text, len);
    } else {
        is_added = add(merge, name_of_rank(before, 0), text, len);
    }
    for (unsigned rank = 1; rank < fleet->n && fleet->number == 0; rank++) {
        char *received = mpi_fleet_receive(rank, JSON_PADDING, &len);
        is_added = is_added && add(merge, name_of_rank(before, rank), received, len);
        memory_give_back(received);
    }
    return fleet->agree(is_added);
}

/* Adds what all ranks have written up to now to a merge of their own. */
static struct load_merge *merge_all(
    const struct fleet *fleet, struct load_json *json, const char *before, add_text *add)
{
    struct load_merge *merge = load_merge_new(fleet->n);
    size_t len = 0;
    char *text = json ? load_json_text(json, JSON_PADDING, &len) : NULL;
    const bool is_added = add_all(fleet, merge, before, text, len, add);
    memory_give_back(text);
    if (!is_added) {
        load_merge_free(merge);
        return NULL;
    }
    return merge;
}

/* Prints the report of all ranks. Returns the exit status. */
static int report(const struct fleet *fleet, struct load_json *json, const struct load_request *request,
    const char *before, const struct load_findings *findings)
{
    load_findings_put_json(json, request, findings);
    struct load_merge *merge = merge_all(fleet, json, before, load_merge_text);
    int status = merge ? COMMAND_OK : COMMAND_ERROR;
    if (merge && fleet->number == 0) {
        status = load_merge_report(merge, request->percentiles);
    }
    if (!fleet->agree(load_findings_are_complete(findings)) && status == COMMAND_OK) {
        status = COMMAND_FAILED;
    }
    if (merge) {
        load_merge_free(merge);
    }
    return fleet->agree(!findings->lacks_progress) ? status : COMMAND_ERROR;
}

/* --- a run --- */

/* What can fail fails before the run: files that cannot be written, and ranks whose results cannot be added,
 * since their libraries or their inputs differ. Returns NULL in all ranks then, and it was said. */
static struct load_json *open_results(const struct fleet *fleet, const struct load_request *request,
    const char *before, char *const *words, size_t n_words)
{
    const double own_ns = loop_own_ns();
    struct load_json *json = NULL;
    if (load_findings_has_time(&request->settings.loop)) {
        json = load_json_open(request->json, &request->settings, own_ns, words, n_words);
    }
    struct load_merge *merge = merge_all(fleet, json, before, load_merge_first_line);
    if (merge) {
        load_merge_free(merge);
    } else if (json) {
        load_json_close(json);
    }
    return merge ? json : NULL;
}

static int run_request(
    const struct fleet *fleet, const struct load_request *request, const char *before, int argc, char **argv)
{
    struct load_json *json = open_results(fleet, request, before, argv, (size_t)argc);
    struct load_findings findings;
    int status = COMMAND_ERROR;
    if (!json) {
        return COMMAND_ERROR;
    }
    if (fleet->agree(load_findings_prepare(request, fleet, &findings)) &&
        fleet->agree(load_findings_make(request, fleet, &findings))) {
        status = report(fleet, json, request, before, &findings);
    }
    load_findings_free(&findings);
    const bool is_written = load_json_close(json);
    return fleet->agree(is_written) ? status : COMMAND_ERROR;
}

/* Each rank has its own arrivals and its own file, whose name may be that of another one only now, and rank 0
 * says how far all are. */
static int run_rank(const struct fleet *fleet, struct load_request *request, int argc, char **argv)
{
    const char *before = "rank ";
    request->settings.seed += fleet->number;
    if (request->json) {
        before = followed_by_point(request->json);
        request->json = name_of_rank(before, fleet->number);
    }
    if (!fleet->agree(load_options_are_apart(request))) {
        return COMMAND_ERROR;
    }
    request->progress_form = fleet->number == 0 ? LOAD_PROGRESS_LINES : LOAD_PROGRESS_NONE;
    request->progress = fleet->number == 0 ? request->progress : NULL;
    return run_request(fleet, request, before, argc, argv);
}

static int run(const struct fleet *fleet, int argc, char **argv)
{
    peers_end_with(command_die);
    struct load_request *request = peers_alloc(sizeof(*request));
    int status = COMMAND_ERROR;
    affinity_n_cpus();
    if (has_common_words(fleet, argc, argv) && parse(fleet, argc, argv, request, &status)) {
        if (request->list) {
            status = fleet->number == 0 ? load_list_put() : COMMAND_OK;
        } else {
            status = run_rank(fleet, request, argc, argv);
        }
    }
    peers_free(request);
    return status;
}

int main(int argc, char **argv)
{
    char name[256];
    command_name("lanekdf-load-mpi");
    const struct fleet *fleet = mpi_fleet_begin(&argc, &argv);
    snprintf(name, sizeof(name), "lanekdf-load-mpi: rank %u on %s", fleet->number, mpi_fleet_machine());
    command_name(name);
    int status = run(fleet, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        command_message("cannot write the output: %s", strerror(errno));
        status = COMMAND_ERROR;
    }
    status = mpi_fleet_status(status);
    mpi_fleet_end();
    return status;
}
