#include "load_json.h"

#include "command.h"
#include "lanekdf.h"
#include "machine.h"
#include "memory.h"
#include "output.h"
#include "theory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { RUN_ID_LEN = 16 };

struct load_json {
    const struct load_settings *settings;
    const char *name;
    struct output out;
    uint8_t run_id[RUN_ID_LEN];
    uint64_t n_lines;
};

static void complain(const struct load_json *json)
{
    command_message("load: --json %s: %s", json->name, strerror(errno));
}

/* --- members of an object --- */

static void put_string(struct output *out, const char *name, const char *value)
{
    output_format(out, ",\"%s\":", name);
    output_json_string(out, value, strlen(value));
}

/* All digits of a double, so that a reader gets the same one. */
static void put_number(struct output *out, const char *name, double value)
{
    output_format(out, ",\"%s\":%.17g", name, value);
}

static void put_count(struct output *out, const char *name, uint64_t value)
{
    output_format(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

static void begin_line(struct load_json *json, const char *type)
{
    output_format(&json->out, "{\"type\":\"%s\",\"run\":\"", type);
    output_hex(&json->out, json->run_id, RUN_ID_LEN);
    output_text(&json->out, "\"");
    json->n_lines++;
}

static void end_line(struct load_json *json)
{
    output_text(&json->out, "}\n");
    output_mark_whole(&json->out);
}

/* --- the run --- */

static void put_libraries(struct output *out)
{
    const struct impl_library *libraries;
    const size_t n = impl_libraries(&libraries);
    const char *before = "";
    output_text(out, ",\"libraries\":{");
    for (size_t i = LIBRARY_NONE + 1; i < n; i++) {
        if (libraries[i].version) {
            output_format(out, "%s\"%s\":", before, libraries[i].name);
            output_json_string(out, libraries[i].version, strlen(libraries[i].version));
            before = ",";
        }
    }
    output_text(out, "}");
}

static void put_machine(struct output *out)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    put_string(out, "lanekdf", lanekdf_version_text());
    put_string(out, "compiler", impl_compiler());
    put_string(out, "host", host);
    put_string(out, "cpu", machine_cpu());
    put_string(out, "cpu_features", lanekdf_cpu_text());
    put_string(out, "system", machine_system());
    put_libraries(out);
}

static void put_command(struct output *out, char *const *words, size_t n_words)
{
    output_text(out, ",\"command\":[");
    for (size_t i = 0; i < n_words; i++) {
        output_text(out, i > 0 ? "," : "");
        output_json_string(out, words[i], strlen(words[i]));
    }
    output_text(out, "]");
}

static void put_arrivals(struct output *out, const struct arrivals_pattern *pattern)
{
    static const char *const names[] = {[ARRIVALS_POISSON] = "poisson",
        [ARRIVALS_FIXED] = "fixed",
        [ARRIVALS_BURSTS] = "bursts",
        [ARRIVALS_ON_OFF] = "on-off",
        [ARRIVALS_TRACE] = "trace"};
    put_string(out, "arrivals", names[pattern->kind]);
    put_count(out, "burst", pattern->burst);
    put_number(out, "on_ns", pattern->on_ns);
    put_number(out, "off_ns", pattern->off_ns);
    put_count(out, "trace_length", pattern->n_trace);
    put_string(out, "trace_contents", pattern->contents ? pattern->contents : "");
}

static void put_left_out(struct output *out, const struct load_settings *settings)
{
    output_text(out, ",\"left_out\":[");
    for (size_t i = 0; i < settings->n_left_out; i++) {
        const struct load_left_out *engine = &settings->left_out[i];
        output_text(out, i > 0 ? ",{\"engine\":" : "{\"engine\":");
        output_json_string(out, engine->name, strlen(engine->name));
        output_text(out, ",\"reason\":");
        output_json_string(out, engine->reason, strlen(engine->reason));
        output_text(out, "}");
    }
    output_text(out, "]");
}

static void put_configuration(struct output *out, const struct load_settings *settings)
{
    static const char *const footprints[] = {
        [FOOTPRINT_HOT] = "hot", [FOOTPRINT_L1] = "l1", [FOOTPRINT_L2] = "l2"};
    const struct loop_settings *loop = &settings->loop;
    put_string(out, "clock", loop->has_real_clock ? "real" : "work");
    put_string(out, "wait", loop->sleeps ? "sleep" : "poll");
    put_string(out, "kernel", settings->kernel ? settings->kernel : "");
    put_string(out, "mix", settings->mix.name);
    put_string(out, "mix_contents", settings->mix.contents ? settings->mix.contents : "");
    if (settings->mix.classes) {
        output_format(out, ",\"classes\":");
        output_text(out, settings->mix.classes);
    }
    put_left_out(out, settings);
    put_arrivals(out, &settings->arrivals);
    put_number(out, "around_ns", loop->around_ns);
    put_number(out, "before_ns", loop->before_ns);
    put_number(out, "per_loop_ns", loop->per_loop_ns);
    put_string(out, "footprint", footprints[loop->footprint]);
    put_count(out, "group", loop->group);
    put_count(out, "accept", loop->accept);
    put_count(out, "hold_n", loop->hold_n);
    put_number(out, "hold_ns", loop->hold_ns);
    put_count(out, "verify", loop->verify_one_in);
    put_count(out, "threads", settings->n_threads);
    put_count(out, "slices", settings->n_slices);
    put_count(out, "samples", settings->n_samples);
    put_count(out, "seed", settings->seed);
}

/* A random number tells a run from all others, so that nobody adds it to itself. */
static void choose_run_id(struct load_json *json)
{
    if (getrandom(json->run_id, RUN_ID_LEN, 0) != RUN_ID_LEN) {
        command_die("load: no random bytes for the name of the run: %s", strerror(errno));
    }
}

/* Creates the file, and begins its first line. */
static struct load_json *create(const char *name, const char *type)
{
    const int fd = name ? open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                        : memfd_create("results", MFD_CLOEXEC);
    struct load_json *json = memory_take(sizeof(*json));
    json->name = name ? name : "in memory";
    if (fd < 0) {
        complain(json);
        memory_give_back(json);
        return NULL;
    }
    choose_run_id(json);
    output_open_file(&json->out, fd, "load: --json", json->name);
    begin_line(json, type);
    return json;
}

struct load_json *load_json_open(
    const char *name, const struct load_settings *settings, double own_ns, char *const *words, size_t n_words)
{
    struct load_json *json = create(name, "run");
    if (!json) {
        return NULL;
    }
    json->settings = settings;
    put_count(&json->out, "schema", LOAD_JSON_SCHEMA);
    put_machine(&json->out);
    put_command(&json->out, words, n_words);
    put_configuration(&json->out, settings);
    put_number(&json->out, "own_ns", own_ns);
    end_line(json);
    return json;
}

/* --- a point --- */

static void put_sums(struct output *out, const char *name, const struct histogram *histogram)
{
    output_format(out,
        ",\"%s\":{\"steps_per_octave\":%d,\"n\":%llu,\"below\":%llu,\"above\":%llu,\"sum_ns\":%llu,"
        "\"least_ns\":%.17g,\"most_ns\":%.17g}",
        name, HISTOGRAM_STEPS, (unsigned long long)histogram->n, (unsigned long long)histogram->n_below,
        (unsigned long long)histogram->n_above, (unsigned long long)histogram->sum_ns, histogram->least_ns,
        histogram->most_ns);
}

/* The steps of a histogram that have counts: number and count, one pair after the other. */
static void put_steps(struct output *out, const char *name, const struct histogram *histogram)
{
    const char *before = "";
    output_format(out, ",\"%s_counts\":[", name);
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        if (histogram->counts[i] > 0) {
            output_format(out, "%s%zu,%llu", before, i, (unsigned long long)histogram->counts[i]);
            before = ",";
        }
    }
    output_text(out, "]");
}

/* Calls by their size: the size, how many, and the time of all of them. */
static void put_calls(struct output *out, const struct tally *tally)
{
    const char *before = "";
    output_text(out, ",\"calls\":[");
    for (size_t n = 1; n <= TALLY_MAX_GROUP; n++) {
        if (tally->calls[n] > 0) {
            output_format(
                out, "%s%zu,%llu,%.17g", before, n, (unsigned long long)tally->calls[n], tally->call_ns[n]);
            before = ",";
        }
    }
    output_text(out, "]");
}

static void put_slices(struct output *out, const struct load_point *point)
{
    output_text(out, ",\"slices\":[");
    for (size_t i = 0; i < point->n_slices; i++) {
        output_format(out, "%s[%.17g", i > 0 ? "," : "", point->slices[i].rate);
        for (size_t k = 0; k < LOAD_N_PERCENTILES; k++) {
            output_format(out, ",%.17g", point->slices[i].ns[k]);
        }
        output_text(out, "]");
    }
    output_text(out, "]");
}

/* The percentiles that the samples carry. */
static void put_percentiles(struct output *out, const struct histogram *latency)
{
    const char *before = "";
    output_text(out, ",\"percentiles\":{");
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        if (histogram_carries(latency, load_percentiles[i])) {
            output_format(out, "%s\"p%g\":%.17g", before, load_percentiles[i],
                histogram_percentile(latency, load_percentiles[i]));
            before = ",";
        }
    }
    output_text(out, "}");
}

/* How exact they are. */
static void put_precision(struct output *out, const struct load_point *point)
{
    const char *before = "";
    output_text(out, ",\"precision\":{");
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        const double ns = load_point_precision(point, i);
        if (ns >= 0 && histogram_carries(&point->tally.latency, load_percentiles[i])) {
            output_format(out, "%s\"p%g\":%.17g", before, load_percentiles[i], ns);
            before = ",";
        }
    }
    output_text(out, "}");
}

static void put_theory(
    struct output *out, const struct load_settings *settings, const struct load_point *point)
{
    const struct theory theory = theory_of(settings, point);
    if (!theory.is_known) {
        return;
    }
    output_format(out, ",\"theory\":{\"mean\":%.17g", theory.mean_ns);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        output_format(out, ",\"p%g\":%.17g", load_percentiles[i], theory.ns[i]);
    }
    output_text(out, "}");
    const int which = theory_deviation(settings, point, &theory);
    if (which == THEORY_MEAN) {
        put_string(out, "off_theory", "mean");
    } else if (which != THEORY_AGREES) {
        output_format(out, ",\"off_theory\":\"p%g\"", load_percentiles[which]);
    }
}

/* Outputs that were compared, and those of them that were wrong. */
static void put_outputs(struct output *out, uint64_t n_verified, uint64_t n_wrong)
{
    put_count(out, "verified", n_verified);
    put_count(out, "wrong", n_wrong);
}

static void put_tally(struct output *out, const struct tally *tally)
{
    put_count(out, "slices_of_threads", tally->n_slices);
    put_number(out, "elapsed_ns", tally->elapsed_ns);
    put_number(out, "scheduled_ns", tally->scheduled_ns);
    put_number(out, "busy_ns", tally->busy_ns);
    put_outputs(out, tally->n_verified, tally->n_wrong);
    put_count(out, "retaken", tally->n_retaken);
    put_count(out, "gaps", tally->n_gaps);
    put_number(out, "gaps_ns", tally->gaps_ns);
    put_number(out, "longest_gap_ns", tally->longest_gap_ns);
    put_count(out, "switches", tally->n_switches);
    put_count(out, "overloaded", tally->n_overloaded);
    put_count(out, "given_up", tally->n_given_up);
    put_sums(out, "latency", &tally->latency);
    put_sums(out, "keys", &tally->keys);
    put_calls(out, tally);
}

static void put_rate(struct output *out, const char *name, double rate)
{
    if (!isnan(rate)) {
        put_number(out, name, rate);
    }
}

/* What is short stands before what is long, since a reader searches a line for each number. */
static void begin_point(struct load_json *json, const struct load_json_row *row, const struct tally *tally)
{
    struct output *out = &json->out;
    begin_line(json, "point");
    put_string(out, "engine", row->engine);
    put_string(out, "kind", row->kind);
    put_number(out, "load", row->load);
    put_rate(out, "offered", row->offered);
    put_rate(out, "rate", row->rate);
    put_number(out, "busy", tally_busy(tally));
    put_number(out, "mean_ns", histogram_mean(&tally->latency));
    put_percentiles(out, &tally->latency);
    put_number(out, "derivation_ns", tally_derivation_ns(tally));
    put_number(out, "per_call", tally_per_call(tally));
    put_number(out, "per_call_by_handshakes", tally_per_call_by_handshakes(tally));
    put_number(out, "begin", row->begin);
    put_number(out, "end", row->end);
    put_tally(out, tally);
}

static void end_point(struct load_json *json, const struct tally *tally)
{
    put_steps(&json->out, "latency", &tally->latency);
    put_steps(&json->out, "keys", &tally->keys);
    end_line(json);
}

void load_json_point(struct load_json *json, const struct load_point *point, const char *kind)
{
    const struct load_json_row row = {.engine = point->engine->name,
        .kind = kind,
        .load = point->load,
        .offered = point->per_second,
        .rate = tally_rate(&point->tally, json->settings->n_threads),
        .begin = point->begin,
        .end = point->end};
    begin_point(json, &row, &point->tally);
    put_precision(&json->out, point);
    put_theory(&json->out, json->settings, point);
    put_slices(&json->out, point);
    end_point(json, &point->tally);
}

void load_json_search(struct load_json *json, const struct load_request *request, const struct search *search)
{
    struct output *out = &json->out;
    begin_line(json, "search");
    put_string(out, "engine", search->engine->name);
    output_text(out, ",\"objectives\":{");
    for (size_t i = 0; i < request->n_objectives; i++) {
        output_format(out, "%s\"p%.15g\":%.17g", i > 0 ? "," : "", request->objectives[i].percent,
            request->objectives[i].ns);
    }
    output_text(out, "}");
    put_number(out, "capacity", search->capacity);
    put_number(out, "least_ns", search->least_ns);
    if (search->has_passed) {
        put_number(out, "passed", search->passed.per_second);
    }
    if (search->has_failed) {
        put_number(out, "failed", search->failed.per_second);
    }
    put_outputs(out, search->n_verified, search->n_wrong);
    end_line(json);
    if (search->has_passed) {
        load_json_point(json, &search->passed, "passed");
    }
    if (search->has_failed) {
        load_json_point(json, &search->failed, "failed");
    }
}

/* --- results that were added --- */

struct load_json *load_json_open_merged(const char *name)
{
    return create(name, "merged");
}

struct output *load_json_output(struct load_json *json)
{
    return &json->out;
}

void load_json_end_merged(struct load_json *json)
{
    end_line(json);
}

void load_json_merged_point(
    struct load_json *json, const struct load_json_row *row, const struct tally *tally)
{
    begin_point(json, row, tally);
    end_point(json, tally);
}

void load_json_merged_search(struct load_json *json, const struct load_json_search_row *row)
{
    begin_line(json, "search");
    put_string(&json->out, "engine", row->engine);
    output_format(&json->out, ",\"objectives\":%s", row->objectives);
    put_number(&json->out, "least_ns", row->least_ns);
    output_text(&json->out, row->has_passed ? ",\"passed\":true" : "");
    put_outputs(&json->out, row->n_verified, row->n_wrong);
    end_line(json);
}

/* --- the end --- */

void load_json_end(struct load_json *json, uint64_t n_verified, uint64_t n_wrong)
{
    begin_line(json, "end");
    put_outputs(&json->out, n_verified, n_wrong);
    put_count(&json->out, "lines", json->n_lines);
    end_line(json);
}

char *load_json_text(struct load_json *json, size_t padding, size_t *len)
{
    if (!output_flush(&json->out)) {
        return NULL;
    }
    const off_t size = lseek(json->out.fd, 0, SEEK_CUR);
    char *text = memory_take((size_t)size + padding);
    *len = 0;
    while (*len < (size_t)size) {
        const ssize_t n = pread(json->out.fd, text + *len, (size_t)size - *len, (off_t)*len);
        if (n <= 0) {
            complain(json);
            memory_give_back(text);
            return NULL;
        }
        *len += (size_t)n;
    }
    return text;
}

bool load_json_close(struct load_json *json)
{
    const int fd = json->out.fd;
    bool is_written = output_close(&json->out);
    if (close(fd) != 0 && is_written) {
        complain(json);
        is_written = false;
    }
    memory_give_back(json);
    return is_written;
}
