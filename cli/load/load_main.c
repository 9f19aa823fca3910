#include "load_main.h"

#include "affinity.h"
#include "command.h"
#include "load_json.h"
#include "load_options.h"
#include "load_table.h"
#include "peers_support.h"
#include "text_row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* --- progress --- */

static void show_progress(void *state, const struct load_point *point, size_t n_done, size_t n)
{
    (void)state;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%s, slice %zu of %zu\033[K%s", point->engine->name, n_done, n,
            n_done == n ? "\r\033[K" : "");
    }
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
            if (rate->share > 0 && isinf(capacity)) {
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

/* Writes the results to the file, if there is one. Returns false if that failed, which was said. */
static bool close_json(struct load_json *json, const struct load_point *points, size_t n)
{
    for (size_t i = 0; i < n && json; i++) {
        load_json_point(json, &points[i], "rate");
    }
    return !json || load_json_close(json);
}

static int run_points(
    const struct load_request *request, struct load_run *run, double own_ns, struct load_json *json)
{
    const struct load_settings *settings = &request->settings;
    const size_t n_points = settings->n_engines * request->n_rates;
    struct load_point *points = peers_alloc(n_points * sizeof(*points));
    int status = COMMAND_ERROR;
    if (make_points(request, run, points)) {
        load_run_points(run, points, n_points, show_progress, NULL);
        const uint64_t n_wrong = load_run_verify(run);
        load_table_head(stdout, settings, own_ns);
        load_table_points(stdout, settings, points, n_points);
        status = n_wrong == 0 && is_well(points, n_points) ? COMMAND_OK : COMMAND_FAILED;
    }
    if (!close_json(json, points, status == COMMAND_ERROR ? 0 : n_points)) {
        status = COMMAND_ERROR;
    }
    free(points);
    return status;
}

static int run_request(const struct load_request *request, char *const *words, size_t n_words)
{
    const double own_ns = loop_own_ns();
    struct load_json *json;
    if (!open_json(request, own_ns, words, n_words, &json)) {
        return COMMAND_ERROR;
    }
    struct load_run *run = load_run_new(&request->settings);
    const int status = run_points(request, run, own_ns, json);
    load_run_free(run);
    return status;
}

int load_main_run(int argc, char **argv)
{
    struct load_request *request = peers_alloc(sizeof(*request));
    int status = COMMAND_ERROR;
    affinity_n_cpus();
    if (load_options_parse(argc, argv, request, &status)) {
        status = request->list ? put_list() : run_request(request, argv, (size_t)argc);
    }
    free(request);
    return status;
}
