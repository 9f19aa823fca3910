#include "load_main.h"

#include "affinity.h"
#include "command.h"
#include "load_hgrm.h"
#include "load_json.h"
#include "load_merge.h"
#include "load_options.h"
#include "load_progress.h"
#include "load_table.h"
#include "peers_support.h"
#include "quantity.h"
#include "text_row.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the list --- */

static void put_workloads(const struct workload *list, size_t n)
{
    enum { COLUMN = 26 };
    for (size_t i = 0; i < n; i++) {
        text_row_put(list[i].name, COLUMN, list[i].description);
    }
}

static void put_engine(const struct load_engine_row *row)
{
    enum { COLUMN = 26 };
    struct load_engine engine;
    const char *missing =
        load_engine_parse(row->name, strlen(row->name), &engine) ? load_engine_missing(&engine) : NULL;
    text_row_put(row->name, COLUMN, missing ? missing : row->description);
}

static int put_list(void)
{
    enum { COLUMN = 26 };
    printf("Engines:\n");
    for (size_t i = 0; load_engine_row(i); i++) {
        put_engine(load_engine_row(i));
    }
    text_row_put("null", COLUMN, "nothing: what the loop takes by itself");
    text_row_put("fixed:TIME", COLUMN, "each handshake takes TIME");
    text_row_put(
        "fixed:TIME+TIME", COLUMN, "a call takes the first time, and each of its handshakes the second");
    text_row_put("stall:TIME/PERIOD", COLUMN, "the loop stands still for TIME, once in each PERIOD");
    text_row_put("flip:ENGINE", COLUMN, "ENGINE with bits turned over, which verification has to find");
    printf("\nWorkloads, for --mix:\n");
    put_workloads(workloads, n_workloads);
    put_workloads(connection_workloads, n_connection_workloads);
    put_workloads(stage_workloads, n_stage_workloads);
    return COMMAND_OK;
}

/* --- the sweep --- */

/* Makes a point for each engine and rate. Returns false if a rate cannot be told, which was said. */
static bool make_points(const struct load_request *request, struct load_run *run, struct load_point *points)
{
    const struct load_settings *settings = &request->settings;
    for (size_t i = 0; i < settings->n_engines; i++) {
        const double capacity = load_run_capacity(run, &settings->engines[i]);
        for (size_t k = 0; k < request->n_rates; k++) {
            const struct load_rate *rate = &request->rates[k];
            if (isinf(capacity) && (rate->share > 0 || request->n_objectives > 0)) {
                command_message(
                    "load: engine %s takes no time, so that there is no percentage of what it can "
                    "do: --rate takes a number of handshakes per second, too",
                    settings->engines[i].name);
                return false;
            }
            struct load_point *point = &points[i * request->n_rates + k];
            point->engine = &settings->engines[i];
            point->load = rate->share;
            point->per_second = rate->share > 0 ? rate->share * capacity : rate->per_second;
        }
    }
    return true;
}

/* Whether all went as it should: the outputs are right, the rates were reached, and nothing disturbed. */
static bool is_well(const struct load_point *points, size_t n)
{
    bool is_well = true;
    for (size_t i = 0; i < n; i++) {
        is_well = is_well && points[i].tally.n_wrong == 0 && !tally_is_behind(&points[i].tally) &&
                  !tally_is_disturbed(&points[i].tally);
    }
    return is_well;
}

/* Opens the file of results before the run, which would be lost if that failed behind it. Returns false if it
 * fails, which was said. */
static bool open_json(const struct load_request *request, double own_ns, char *const *words, size_t n_words,
    struct load_json **json)
{
    *json = request->json ? load_json_open(request->json, &request->settings, own_ns, words, n_words) : NULL;
    return *json || !request->json;
}

/* --- a run --- */

/* What was found out: a point for each engine and rate, and a search for each engine. */
struct findings {
    struct load_point *points;
    size_t n_points;
    struct search *searches;
    size_t n_searches;
};

static bool is_found(const struct search *searches, size_t n)
{
    bool is_found = true;
    for (size_t i = 0; i < n; i++) {
        is_found = is_found && searches[i].has_passed && is_well(&searches[i].passed, 1);
    }
    return is_found;
}

/* Runs the sweep and the searches. Returns false if a rate cannot be told, which was said. */
static bool find_out(const struct load_request *request, struct load_run *run, struct findings *findings)
{
    const struct load_settings *settings = &request->settings;
    if (!make_points(request, run, findings->points)) {
        return false;
    }
    if (findings->n_points > 0) {
        load_run_points(run, findings->points, findings->n_points);
    }
    for (size_t i = 0; i < findings->n_searches; i++) {
        search_run(run, settings, &settings->engines[i], request->objectives, request->n_objectives,
            &findings->searches[i]);
    }
    return true;
}

static void print_findings(const struct load_request *request, double own_ns, const struct findings *findings)
{
    const struct load_settings *settings = &request->settings;
    load_table_head(stdout, settings, own_ns);
    load_table_points(stdout, settings, findings->points, findings->n_points);
    for (size_t i = 0; i < findings->n_searches; i++) {
        load_table_search(
            stdout, settings, request->objectives, request->n_objectives, &findings->searches[i]);
    }
}

static void put_json(
    struct load_json *json, const struct load_request *request, const struct findings *findings)
{
    for (size_t i = 0; i < findings->n_points; i++) {
        load_json_point(json, &findings->points[i], "rate");
    }
    for (size_t i = 0; i < findings->n_searches; i++) {
        load_json_search(json, request, &findings->searches[i]);
    }
}

/* --- percentiles for plotters --- */

static bool write_percentiles(const char *name, const struct load_point *point, bool is_only_one)
{
    return load_hgrm_write(name, point->engine->name, point->per_second, &point->tally.latency, is_only_one);
}

static bool write_all_percentiles(const struct load_request *request, const struct findings *findings)
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

static int run_all(
    const struct load_request *request, struct load_run *run, double own_ns, struct load_json *json)
{
    const size_t n_engines = request->settings.n_engines;
    struct findings findings = {
        .n_points = n_engines * request->n_rates, .n_searches = request->n_objectives > 0 ? n_engines : 0};
    findings.points = peers_alloc((findings.n_points + 1) * sizeof(*findings.points));
    findings.searches = peers_alloc((findings.n_searches + 1) * sizeof(*findings.searches));
    int status = COMMAND_ERROR;
    if (find_out(request, run, &findings)) {
        const uint64_t n_wrong = load_run_verify(run);
        print_findings(request, own_ns, &findings);
        status = n_wrong == 0 && is_well(findings.points, findings.n_points) &&
                         is_found(findings.searches, findings.n_searches)
                     ? COMMAND_OK
                     : COMMAND_FAILED;
        if (json) {
            put_json(json, request, &findings);
        }
        if (!write_all_percentiles(request, &findings)) {
            status = COMMAND_ERROR;
        }
    }
    if (json && !load_json_close(json)) {
        status = COMMAND_ERROR;
    }
    free(findings.points);
    free(findings.searches);
    return status;
}

/* On the real clock the footprint takes its time. Returns false if that is more than there is, which is said.
 */
static bool has_time_for_footprint(const struct loop_settings *loop)
{
    char touch[QUANTITY_MAX_TEXT], around[QUANTITY_MAX_TEXT];
    struct around_memory *memory = around_memory_new();
    const double ns = around_touch_ns(memory, loop->footprint);
    free(memory);
    if (!loop->has_real_clock || ns <= loop->around_ns) {
        return true;
    }
    command_message("load: touching the caches takes %s, more than --around %s: with the real clock "
                    "--footprint hot or more other work is needed",
        quantity_time_text(touch, ns), quantity_time_text(around, loop->around_ns));
    return false;
}

static int run_request(const struct load_request *request, char *const *words, size_t n_words)
{
    const struct load_settings *settings = &request->settings;
    const double own_ns = loop_own_ns();
    struct load_json *json;
    if (!has_time_for_footprint(&settings->loop) || !open_json(request, own_ns, words, n_words, &json)) {
        return COMMAND_ERROR;
    }
    struct load_run *run = load_run_new(settings);
    struct load_progress *progress = load_progress_new(
        request->progress, run, settings->n_engines * request->n_rates * settings->n_slices);
    int status = COMMAND_ERROR;
    if (progress) {
        status = run_all(request, run, own_ns, json);
        status = load_progress_free(progress) ? status : COMMAND_ERROR;
    }
    load_run_free(run);
    return status;
}

int load_main_run(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "merge") == 0) {
        return load_merge_run(argc - 1, argv + 1);
    }
    struct load_request *request = peers_alloc(sizeof(*request));
    int status = COMMAND_ERROR;
    affinity_n_cpus();
    if (load_options_parse(argc, argv, request, &status)) {
        status = request->list ? put_list() : run_request(request, argv, (size_t)argc);
    }
    free(request);
    return status;
}
