#include "load_table.h"

#include "lanekdf.h"
#include "machine.h"
#include "peers_support.h"
#include "quantity.h"
#include "theory.h"

#include <math.h>

enum { TIME_WIDTH = 8, RATE_WIDTH = 11 /* behind a space */ };

/* --- the head --- */

static const char *footprint_name(enum footprint footprint)
{
    switch (footprint) {
    case FOOTPRINT_HOT:
        return "caches hot";
    case FOOTPRINT_L1:
        return "first-level caches displaced";
    case FOOTPRINT_L2:
        return "second-level caches displaced";
    }
    return "";
}

static void print_arrivals(FILE *file, const struct arrivals_pattern *pattern)
{
    char on[QUANTITY_MAX_TEXT], off[QUANTITY_MAX_TEXT];
    switch (pattern->kind) {
    case ARRIVALS_POISSON:
        fprintf(file, "Poisson arrivals");
        break;
    case ARRIVALS_FIXED:
        fprintf(file, "arrivals at equal distances");
        break;
    case ARRIVALS_BURSTS:
        fprintf(file, "arrivals in bursts of %zu", pattern->burst);
        break;
    case ARRIVALS_ON_OFF:
        fprintf(file, "arrivals for %s, none for %s", quantity_time_text(on, pattern->on_ns),
            quantity_time_text(off, pattern->off_ns));
        break;
    case ARRIVALS_TRACE:
        fprintf(file, "%zu recorded arrivals", pattern->n_trace);
        break;
    }
}

void load_table_head(FILE *file, const struct load_settings *settings, double own_ns)
{
    const struct loop_settings *loop = &settings->loop;
    char around[QUANTITY_MAX_TEXT], before[QUANTITY_MAX_TEXT], own[QUANTITY_MAX_TEXT];
    fprintf(file, "%s, lanekdf %s%s%s\n%s, ", machine_cpu(), lanekdf_version_text(),
        settings->kernel ? ", kernel " : "", settings->kernel ? settings->kernel : "", settings->mix.name);
    print_arrivals(file, &settings->arrivals);
    fprintf(file, ", seed %llu; %u thread%s\n", (unsigned long long)settings->seed, settings->n_threads,
        settings->n_threads == 1 ? "" : "s");
    fprintf(file, "%s of other work per handshake, %s of it before the derivation, %s\n",
        quantity_time_text(around, loop->around_ns), quantity_time_text(before, loop->before_ns),
        footprint_name(loop->footprint));
    fprintf(file, "%s; the loop itself takes %s per handshake\n",
        loop->has_real_clock ? "real clock" : "work clock: the sum of what work takes, without interruptions",
        quantity_time_text(own, own_ns));
}

/* --- rows --- */

/* A number of so many columns. */
static void print_number(FILE *file, int width, double number)
{
    char text[PEERS_MAX_NUMBER];
    fprintf(file, "%*s", width, peers_number(text, number));
}

static void print_time(FILE *file, double ns)
{
    char text[QUANTITY_MAX_TEXT];
    fprintf(file, "%*s", TIME_WIDTH, quantity_time_text(text, ns));
}

void load_table_row_of(
    struct load_table_row *row, double load, double offered, double rate, const struct tally *tally)
{
    *row = (struct load_table_row){.n = tally->latency.n,
        .load = load,
        .offered = offered,
        .rate = rate,
        .busy = tally_busy(tally),
        .longest_ns = tally->latency.most_ns,
        .keys_ns = histogram_percentile(&tally->keys, 50),
        .per_call = tally_per_call(tally),
        .per_call_by_handshakes = tally_per_call_by_handshakes(tally),
        .derivation_ns = tally_derivation_ns(tally)};
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        row->ns[i] = histogram_carries(&tally->latency, load_percentiles[i])
                         ? histogram_percentile(&tally->latency, load_percentiles[i])
                         : -1;
    }
}

/* With commas, unless it is so low that it has none. */
static void print_rate(FILE *file, int width, double rate)
{
    const double most_without = 999;
    char text[QUANTITY_MAX_TEXT];
    if (isnan(rate)) {
        fprintf(file, "%*s", width, "-");
    } else if (rate < most_without) {
        fprintf(file, "%*s", width, quantity_rate_text(text, rate));
    } else {
        print_number(file, width, rate);
    }
}

void load_table_row_put(FILE *file, const struct load_table_row *row, const char *note)
{
    if (row->load > 0) {
        fprintf(file, "%5.4g %%", 100 * row->load);
    } else {
        fprintf(file, "%7s", "");
    }
    fputc(' ', file);
    print_rate(file, RATE_WIDTH, row->offered);
    fputc(' ', file);
    print_rate(file, RATE_WIDTH, row->rate);
    fprintf(file, "%5.0f %%", 100 * row->busy);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        if (row->ns[i] >= 0) {
            print_time(file, row->ns[i]);
        } else {
            fprintf(file, "%*s", TIME_WIDTH, "-");
        }
    }
    if (row->n > 0) {
        print_time(file, row->longest_ns);
        print_time(file, row->keys_ns);
        fprintf(file, "%7.2f%7.2f", row->per_call, row->per_call_by_handshakes);
        fputc(' ', file);
        print_number(file, 8, row->derivation_ns);
    } else {
        fprintf(file, "%*s%*s%7s%7s%9s", TIME_WIDTH, "-", TIME_WIDTH, "-", "-", "-", "-");
    }
    fprintf(file, "%s%s\n", note[0] != '\0' ? "  " : "", note);
}

static void print_measured(FILE *file, const struct load_settings *settings, const struct load_point *point)
{
    struct load_table_row row;
    load_table_row_of(
        &row, point->load, point->per_second, tally_rate(&point->tally, settings->n_threads), &point->tally);
    load_table_row_put(file, &row, "");
}

/* A row of percentiles below a measured one: times of ns[], where those above are there and these not
 * negative. */
static void print_below(FILE *file, const struct load_point *point, const char *name, const double *ns)
{
    fprintf(file, "%38s", name);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        if (histogram_carries(&point->tally.latency, load_percentiles[i]) && ns[i] >= 0) {
            print_time(file, ns[i]);
        } else {
            fprintf(file, "%*s", TIME_WIDTH, "");
        }
    }
}

void load_table_notes(FILE *file, const struct tally *tally)
{
    char time[QUANTITY_MAX_TEXT], longest[QUANTITY_MAX_TEXT];
    if (tally->n_wrong > 0) {
        fprintf(file,
            "        wrong outputs: %llu of %llu that were compared; a slice ends at its first one\n",
            (unsigned long long)tally->n_wrong, (unsigned long long)tally->n_verified);
    }
    if (tally_is_behind(tally)) {
        fprintf(file, "        the offered rate was not reached\n");
    }
    if (tally_is_disturbed(tally)) {
        fprintf(file,
            "        disturbed: %llu interruptions of %s together, %s the longest, and %llu switches\n",
            (unsigned long long)tally->n_gaps, quantity_time_text(time, tally->gaps_ns),
            quantity_time_text(longest, tally->longest_gap_ns), (unsigned long long)tally->n_switches);
    }
    if (tally->n_retaken > 0) {
        fprintf(file, "        interrupted and taken again: %llu times, no call more than %d times\n",
            (unsigned long long)tally->n_retaken, LOOP_MOST_RETAKES);
    }
    if (tally->latency.sum_ns == UINT64_MAX) {
        fprintf(
            file, "        the sum of all latencies does not fit: the mean is more than mean_ns of --json\n");
    }
    if (tally->latency.n_above > 0) {
        fprintf(file, "        beyond the histogram: %llu handshakes\n",
            (unsigned long long)tally->latency.n_above);
    }
}

static const char *deviation_text(double measured, double expected)
{
    return measured > expected ? "more than the engine accounts for" : "less than theory expects";
}

static void print_deviation(FILE *file, const struct load_settings *settings, const struct load_point *point,
    const struct theory *theory)
{
    const struct histogram *latency = &point->tally.latency;
    const int which = theory_deviation(settings, point, theory);
    char measured[QUANTITY_MAX_TEXT], expected[QUANTITY_MAX_TEXT];
    if (which == THEORY_MEAN) {
        fprintf(file, "        %s: a mean of %s, by theory %s\n",
            deviation_text(histogram_mean(latency), theory->mean_ns),
            quantity_time_text(measured, histogram_mean(latency)),
            quantity_time_text(expected, theory->mean_ns));
    } else if (which != THEORY_AGREES) {
        const double percent = load_percentiles[which];
        const double ns = histogram_percentile(latency, percent);
        fprintf(file, "        %s: p%g of %s, by theory %s\n", deviation_text(ns, theory->ns[which]), percent,
            quantity_time_text(measured, ns), quantity_time_text(expected, theory->ns[which]));
    }
}

static void print_theory(FILE *file, const struct load_settings *settings, const struct load_point *point)
{
    const struct theory theory = theory_of(settings, point);
    if (!theory.is_known) {
        return;
    }
    print_below(file, point, "theory", theory.ns);
    fputc('\n', file);
    print_deviation(file, settings, point, &theory);
}

static void print_point(FILE *file, const struct load_settings *settings, const struct load_point *point)
{
    double precision[LOAD_N_PERCENTILES];
    print_measured(file, settings, point);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        precision[i] = load_point_precision(point, i);
    }
    if (precision[0] >= 0) {
        print_below(file, point, "+-", precision);
        fputc('\n', file);
    }
    print_theory(file, settings, point);
    load_table_notes(file, &point->tally);
}

void load_table_columns(FILE *file)
{
    fprintf(file, "%7s%12s%12s%7s%8s%8s%8s%8s%8s%8s%8s%7s%7s%9s\n", "load", "offered/s", "done/s", "busy",
        "p50", "p90", "p99", "p99.9", "p99.99", "longest", "keys", "calls", "jobs", "ns");
}

void load_table_legend(FILE *file)
{
    fprintf(file,
        "\nbusy: the share of time that was no wait; keys: the median time to the keys; calls, jobs:\n"
        "handshakes in a call, as calls and as handshakes see it; ns: of a derivation, per handshake;\n"
        "more in lanekdf-load(1), OUTPUT\n");
}

static void print_names(FILE *file, const struct load_settings *settings, const struct load_engine *engine)
{
    const size_t group = loop_group(&settings->loop, engine);
    fprintf(file, "\n%s, ", engine->name);
    if (group == 1) {
        fprintf(file, "one handshake in a call\n");
    } else {
        fprintf(file, "at most %zu handshakes in a call\n", group);
    }
    load_table_columns(file);
}

void load_table_points(
    FILE *file, const struct load_settings *settings, const struct load_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || points[i].engine != points[i - 1].engine) {
            print_names(file, settings, points[i].engine);
        }
        print_point(file, settings, &points[i]);
    }
}

/* --- searches --- */

void load_table_objectives(FILE *file, const struct loop_objective *objectives, size_t n)
{
    char time[QUANTITY_MAX_TEXT];
    for (size_t i = 0; i < n; i++) {
        fprintf(file, "%sp%g within %s", i > 0 ? " and " : "", objectives[i].percent,
            quantity_time_text(time, objectives[i].ns));
    }
}

static void print_found(FILE *file, const struct load_settings *settings, const struct search *search)
{
    char time[QUANTITY_MAX_TEXT];
    if (search->is_out_of_reach) {
        fprintf(file, "\n        out of reach: a handshake that meets no other takes %s\n",
            quantity_time_text(time, search->least_ns));
        return;
    }
    if (!search->has_passed && (!search->has_failed || search->failed.tally.latency.n == 0)) {
        fprintf(file, "\n        no rate was found\n");
        return;
    }
    if (!search->has_passed) {
        fprintf(file, "\n        no rate was found; the lowest that was tried:\n");
        load_table_columns(file);
        print_measured(file, settings, &search->failed);
        return;
    }
    fprintf(file, " up to ");
    print_rate(file, 0, search->passed.per_second);
    fprintf(file, " handshakes per second; below the highest that passed, the lowest that failed\n");
    load_table_columns(file);
    print_point(file, settings, &search->passed);
    if (search->has_failed) {
        print_measured(file, settings, &search->failed);
    }
}

void load_table_wrong(FILE *file, const char *where, uint64_t n_wrong, uint64_t n_verified)
{
    if (n_wrong > 0) {
        fprintf(file, "        wrong outputs %s: %llu of %llu that were compared\n", where,
            (unsigned long long)n_wrong, (unsigned long long)n_verified);
    }
}

void load_table_search(FILE *file, const struct load_settings *settings,
    const struct loop_objective *objectives, size_t n_objectives, const struct search *search)
{
    fprintf(file, "\n%s: ", search->engine->name);
    load_table_objectives(file, objectives, n_objectives);
    print_found(file, settings, search);
    load_table_wrong(file, LOAD_TABLE_OF_SEARCH, search->n_wrong, search->n_verified);
}
