#include "load_findings.h"

#include "command.h"
#include "load_progress.h"
#include "peers_support.h"
#include "quantity.h"

#include <errno.h>
#include <math.h>
#include <time.h>

bool load_findings_has_time(const struct loop_settings *loop)
{
    char touch[QUANTITY_MAX_TEXT], around[QUANTITY_MAX_TEXT];
    struct around_memory *memory = around_memory_new();
    const double ns = around_touch_ns(memory, loop->footprint);
    peers_free(memory);
    if (!loop->has_real_clock || ns <= loop->around_ns) {
        return true;
    }
    command_message("load: touching the caches takes %s, more than --around %s: with the real clock "
                    "--footprint hot or more other work is needed",
        quantity_time_text(touch, ns), quantity_time_text(around, loop->around_ns));
    return false;
}

/* --- the run --- */

/* Whether there is a percentage of what an engine does. All processes find the same, of which one says it. */
static bool has_shares(
    const struct load_request *request, const struct fleet *fleet, const struct load_engine *engine)
{
    bool is_asked = request->n_objectives > 0;
    for (size_t i = 0; i < request->n_rates; i++) {
        is_asked = is_asked || request->rates[i].share > 0;
    }
    if (is_asked && fleet->number == 0) {
        command_message("load: engine %s takes no time, so that there is no percentage of what it can do: "
                        "--rate takes a number of handshakes per second, too",
            engine->name);
    }
    return !is_asked;
}

/* Says that a share is too low to be a rate; all processes find the same, of which one says it. Returns
 * false.
 */
static bool is_too_low(const struct fleet *fleet, const struct load_point *point)
{
    if (fleet->number == 0) {
        command_message(
            "load: --rate %g%%: of what engine %s can do that is less than one handshake in 1,000 "
            "seconds, which is too few",
            100 * point->load, point->engine->name);
    }
    return false;
}

enum { WORTH_SAYING = 60 /* seconds */ };

/* Says of a search that takes long how long that is. Returns the seconds; 0 if there is no search, or another
 * process speaks. */
static double announce_search(const struct load_request *request, const struct fleet *fleet,
    const struct load_engine *engine, double capacity)
{
    char number[PEERS_MAX_NUMBER], time[QUANTITY_MAX_TEXT];
    size_t n_of_slice;
    if (request->n_objectives == 0 || fleet->number > 0) {
        return 0;
    }
    const double seconds =
        search_seconds(&request->settings, request->objectives, request->n_objectives, capacity, &n_of_slice);
    if (seconds > WORTH_SAYING) {
        command_message("load: engine %s: its search takes about %s, some thirty slices of %s handshakes",
            engine->name, quantity_time_text(time, 1e9 * seconds), peers_number(number, (double)n_of_slice));
    }
    return seconds;
}

/* The same of all searches together, each of which is short. */
static void announce_searches(double seconds, double longest)
{
    char time[QUANTITY_MAX_TEXT];
    if (seconds > WORTH_SAYING && longest <= WORTH_SAYING) {
        command_message(
            "load: the searches of all engines take about %s", quantity_time_text(time, 1e9 * seconds));
    }
}

/* Makes a point for each engine and rate, with the share of this process. Returns false if a rate cannot be
 * told, which was said. */
static bool make_points(const struct load_request *request, const struct fleet *fleet, struct load_run *run,
    struct load_point *points)
{
    const struct load_settings *settings = &request->settings;
    double seconds = 0, longest = 0; /* of searches */
    for (size_t i = 0; i < settings->n_engines; i++) {
        const double capacity = load_run_capacity(run, &settings->engines[i]);
        if (isinf(capacity) && !has_shares(request, fleet, &settings->engines[i])) {
            return false;
        }
        for (size_t k = 0; k < request->n_rates; k++) {
            const struct load_rate *rate = &request->rates[k];
            struct load_point *point = &points[i * request->n_rates + k];
            point->engine = &settings->engines[i];
            point->load = rate->share;
            point->per_second = rate->share > 0 ? rate->share * capacity : rate->per_second / fleet->n;
            if (point->per_second * fleet->n < LOAD_LEAST_RATE) {
                return is_too_low(fleet, point);
            }
        }
        const double of_search = announce_search(request, fleet, &settings->engines[i], capacity);
        seconds += of_search;
        longest = fmax(longest, of_search);
    }
    announce_searches(seconds, longest);
    return true;
}

/* Waits until a time in seconds since 1970. Where that has passed, other machines have begun, which is said.
 */
static void wait_until(double start)
{
    const struct timespec until = {(time_t)start, (long)(1e9 * (start - floor(start)))};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double late = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - start;
    if (late > 0) {
        command_message("load: --start-at: the preparations ended %.1f seconds behind that time", late);
    }
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* The first wrong outputs of each engine were printed as they were found. */
static void compare_all(struct load_findings *findings)
{
    findings->n_wrong = load_run_verify(findings->run, &findings->n_verified);
    if (findings->n_wrong > 0) {
        command_message("load: %llu of the %llu outputs that all engines derive were wrong in the end",
            (unsigned long long)findings->n_wrong, (unsigned long long)findings->n_verified);
    }
}

static void run_all(const struct load_request *request, struct load_findings *findings)
{
    const struct load_settings *settings = &request->settings;
    if (request->start_at > 0) {
        wait_until(request->start_at);
    }
    if (findings->n_points > 0) {
        load_run_points(findings->run, findings->points, findings->n_points);
    }
    for (size_t i = 0; i < findings->n_searches; i++) {
        search_run(findings->run, settings, &settings->engines[i], request->objectives, request->n_objectives,
            &findings->searches[i]);
    }
    compare_all(findings);
}

bool load_findings_prepare(
    const struct load_request *request, const struct fleet *fleet, struct load_findings *findings)
{
    const struct load_settings *settings = &request->settings;
    *findings = (struct load_findings){.run = load_run_new(settings, fleet),
        .n_points = settings->n_engines * request->n_rates,
        .n_searches = request->n_objectives > 0 ? settings->n_engines : 0};
    findings->points = peers_alloc((findings->n_points + 1) * sizeof(*findings->points));
    findings->searches = peers_alloc((findings->n_searches + 1) * sizeof(*findings->searches));
    return make_points(request, fleet, findings->run, findings->points);
}

bool load_findings_make(
    const struct load_request *request, const struct fleet *fleet, struct load_findings *findings)
{
    struct load_progress *progress = load_progress_new(request->progress, request->progress_form,
        findings->run, fleet->n, findings->n_points * request->settings.n_slices);
    const bool is_watched = fleet->agree(progress);
    if (is_watched) {
        run_all(request, findings);
    }
    findings->lacks_progress = progress && !load_progress_free(progress);
    return is_watched;
}

void load_findings_free(struct load_findings *findings)
{
    load_run_free(findings->run);
    peers_free(findings->points);
    peers_free(findings->searches);
}

/* --- what comes of it --- */

void load_findings_put_json(
    struct load_json *json, const struct load_request *request, const struct load_findings *findings)
{
    for (size_t i = 0; i < findings->n_points; i++) {
        load_json_point(json, &findings->points[i], "rate");
    }
    for (size_t i = 0; i < findings->n_searches; i++) {
        load_json_search(json, request, &findings->searches[i]);
    }
    load_json_end(json, findings->n_verified, findings->n_wrong);
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

bool load_findings_are_complete(const struct load_findings *findings)
{
    bool is_found = true;
    for (size_t i = 0; i < findings->n_searches; i++) {
        is_found = is_found && findings->searches[i].has_passed;
    }
    return is_found && findings->n_wrong == 0;
}

int load_findings_status(const struct load_findings *findings)
{
    bool is_good = load_findings_are_complete(findings) && is_well(findings->points, findings->n_points);
    for (size_t i = 0; i < findings->n_searches; i++) {
        is_good = is_good && findings->searches[i].n_wrong == 0 && is_well(&findings->searches[i].passed, 1);
    }
    return findings->lacks_progress ? COMMAND_ERROR : is_good ? COMMAND_OK : COMMAND_FAILED;
}
