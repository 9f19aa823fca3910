#include "load_main.h"

#include "affinity.h"
#include "command.h"
#include "load_findings.h"
#include "load_hgrm.h"
#include "load_list.h"
#include "load_merge.h"
#include "load_options.h"
#include "load_report.h"
#include "load_table.h"
#include "peers_support.h"

#include <stdio.h>
#include <string.h>

/* --- a run --- */

static void print_findings(
    const struct load_request *request, double own_ns, const struct load_findings *findings)
{
    const struct load_settings *settings = &request->settings;
    bool has_table = findings->n_points > 0;
    load_table_head(stdout, settings, own_ns);
    load_table_points(stdout, settings, findings->points, findings->n_points);
    for (size_t i = 0; i < findings->n_searches; i++) {
        load_table_search(
            stdout, settings, request->objectives, request->n_objectives, &findings->searches[i]);
        has_table = has_table || findings->searches[i].has_passed || findings->searches[i].has_failed;
    }
    if (has_table) {
        load_table_legend(stdout);
    }
}

/* --- percentiles for plotters --- */

static bool write_percentiles(const char *name, const struct load_point *point, bool is_only_one)
{
    return load_hgrm_write(name, point->engine->name, point->per_second, &point->tally.latency, is_only_one);
}

static bool write_all_percentiles(const struct load_request *request, const struct load_findings *findings)
{
    const size_t n = findings->n_points + findings->n_searches;
    bool is_written = true;
    for (size_t i = 0; i < findings->n_points && request->percentiles && is_written; i++) {
        is_written = write_percentiles(request->percentiles, &findings->points[i], n == 1);
    }
    for (size_t i = 0; i < findings->n_searches && request->percentiles && is_written; i++) {
        if (findings->searches[i].has_passed) {
            is_written = write_percentiles(request->percentiles, &findings->searches[i].passed, n == 1);
        }
    }
    return is_written;
}

/* Opens the file of results before the run, which would be lost if that failed behind it, and when nothing is
 * wrong with the request any more, since an older file is lost by it. Returns false if it fails, which was
 * said. */
static bool open_json(const struct load_request *request, double own_ns, char *const *words, size_t n_words,
    struct load_json **json)
{
    *json = request->json ? load_json_open(request->json, &request->settings, own_ns, words, n_words) : NULL;
    return *json || !request->json;
}

/* Returns the exit status. */
static int put_findings(const struct load_request *request, double own_ns,
    const struct load_findings *findings, struct load_json *json)
{
    print_findings(request, own_ns, findings);
    if (json) {
        load_findings_put_json(json, request, findings);
    }
    return write_all_percentiles(request, findings) ? load_findings_status(findings) : COMMAND_ERROR;
}

/* Runs what was prepared. Returns the exit status. */
static int run_prepared(const struct load_request *request, double own_ns, char *const *words, size_t n_words,
    struct load_findings *findings)
{
    struct load_json *json;
    int status = COMMAND_ERROR;
    if (!open_json(request, own_ns, words, n_words, &json)) {
        return COMMAND_ERROR;
    }
    const bool has_run = load_findings_make(request, &fleet_of_one, findings);
    if (has_run) {
        status = put_findings(request, own_ns, findings, json);
    }
    const bool is_written = !json || load_json_close(json);
    const bool has_report = request->report && has_run && is_written;
    const bool lacks_report = has_report && !load_report_write(request->report, request->json);
    return is_written && !lacks_report ? status : COMMAND_ERROR;
}

static int run_request(const struct load_request *request, char *const *words, size_t n_words)
{
    const double own_ns = loop_own_ns();
    struct load_findings findings;
    int status = COMMAND_ERROR;
    if (!load_findings_has_time(&request->settings.loop) ||
        (request->report && !load_report_begin(request->report))) {
        return COMMAND_ERROR;
    }
    if (load_findings_prepare(request, &fleet_of_one, &findings)) {
        status = run_prepared(request, own_ns, words, n_words, &findings);
    }
    load_findings_free(&findings);
    return status;
}

bool load_main_has_topic(const char *word)
{
    return strcmp(word, "merge") == 0;
}

int load_main_run(int argc, char **argv)
{
    if (argc > 1 && load_main_has_topic(argv[1])) {
        return load_merge_main(argc - 1, argv + 1);
    }
    peers_end_with(command_die);
    struct load_request *request = peers_alloc(sizeof(*request));
    int status = COMMAND_ERROR;
    affinity_n_cpus();
    if (load_options_parse(argc, argv, request, &status)) {
        status = request->list ? load_list_put() : run_request(request, argv, (size_t)argc);
    }
    peers_free(request);
    return status;
}
