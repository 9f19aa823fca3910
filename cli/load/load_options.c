#include "load_options.h"

#include "affinity.h"
#include "command.h"
#include "load_files.h"
#include "load_mix_file.h"
#include "load_sessions.h"
#include "load_trace.h"
#include "peers_support.h"
#include "quantity.h"
#include "quoted_word.h"
#include "spelling.h"
#include "text_row.h"
#include "version.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- mistakes --- */

/* Says that the value of an option is wrong. */
static bool complain(const char *option, const char *value, const char *what)
{
    char room[QUOTED_WORD_ROOM];

    command_message("load: --%s %s: %s", option, quoted_text(room, value), what);
    return false;
}

/* --- values --- */

static bool take_time(const char *option, const char *value, bool may_be_zero, double *ns)
{
    if (!quantity_time(value, strlen(value), ns)) {
        return complain(option, value, "not a time with its unit, such as 10us, 1.5ms or 2s");
    }
    if (!may_be_zero && *ns <= 0) {
        return complain(option, value, "a time above 0 is needed");
    }
    return true;
}

static bool take_count(const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *count)
{
    char what[96];
    if (quantity_count(value, strlen(value), least, most, count)) {
        return true;
    }
    snprintf(what, sizeof(what), "not a whole number from %llu to %llu", (unsigned long long)least,
        (unsigned long long)most);
    return complain(option, value, what);
}

static bool take_size(const char *option, const char *value, size_t most, size_t *size)
{
    uint64_t count;
    if (!take_count(option, value, 1, most, &count)) {
        return false;
    }
    *size = (size_t)count;
    return true;
}

/* Calls take() for each entry of a list with commas. */
static bool for_each_entry(struct load_request *request, const char *value,
    bool (*take)(struct load_request *, const char *, size_t))
{
    for (;;) {
        const size_t len = strcspn(value, ",");
        if (!take(request, value, len)) {
            return false;
        }
        if (value[len] == '\0') {
            return true;
        }
        value += len + 1;
    }
}

/* --- options, in the order of the table --- */

static bool take_engine(struct load_request *request, const char *name, size_t len)
{
    struct load_settings *settings = &request->settings;
    struct load_engine *engine = &settings->engines[settings->n_engines];
    if (settings->n_engines == LOAD_MAX_ENGINES) {
        command_message("load: at most %d engines", LOAD_MAX_ENGINES);
        return false;
    }
    if (!load_engine_parse(name, len, engine)) {
        const char *near = NULL;
        char room[QUOTED_WORD_ROOM];
        const char *quoted = quoted_word(room, name, &len);
        for (size_t i = 0; load_engine_row(i) && !near; i++) {
            near = spelling_is_near(quoted, len, load_engine_row(i)->name) ? load_engine_row(i)->name : NULL;
        }
        command_message("load: unknown engine %.*s%s%s%s (lanekdf load --list has them all)", (int)len,
            quoted, near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
        return false;
    }
    if (load_engine_missing(engine)) {
        command_message("load: engine %s: %s", engine->name, load_engine_missing(engine));
        return false;
    }
    for (size_t i = 0; i < settings->n_engines; i++) {
        if (strcmp(settings->engines[i].name, engine->name) == 0) {
            return true;
        }
    }
    settings->n_engines++;
    return true;
}

static bool take_engines(struct load_request *request, const char *value)
{
    return for_each_entry(request, value, take_engine);
}

static bool take_mix(struct load_request *request, const char *value)
{
    request->has_mix = true;
    const struct workload *workload = workload_find(value);
    if (workload) {
        request->settings.mix = mix_of_workload(workload);
        request->classes = NULL;
        return true;
    }
    if (access(value, F_OK) != 0) {
        return complain("mix", value, "no such workload (lanekdf load --list has them all), and no file");
    }
    request->classes = value;
    return load_mix_file_read(value, &request->settings.mix);
}

static bool take_sessions(struct load_request *request, const char *value)
{
    request->sessions = value;
    return true;
}

static bool take_around(struct load_request *request, const char *value)
{
    return take_time("around", value, true, &request->settings.loop.around_ns);
}

static bool take_before(struct load_request *request, const char *value)
{
    return take_time("before", value, true, &request->settings.loop.before_ns);
}

static bool take_footprint(struct load_request *request, const char *value)
{
    static const char *const names[] = {
        [FOOTPRINT_HOT] = "hot", [FOOTPRINT_L1] = "l1", [FOOTPRINT_L2] = "l2"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(value, names[i]) == 0) {
            request->settings.loop.footprint = (enum footprint)i;
            return true;
        }
    }
    return complain("footprint", value, "not hot, l1 or l2");
}

static bool take_per_loop(struct load_request *request, const char *value)
{
    return take_time("per-loop", value, true, &request->settings.loop.per_loop_ns);
}

static bool take_group(struct load_request *request, const char *value)
{
    enum { MOST = 256 }; /* A pool has at least as many items. */
    return take_size("group", value, MOST, &request->settings.loop.group);
}

static bool take_accept(struct load_request *request, const char *value)
{
    return take_size("accept", value, LOOP_MAX_ACCEPTED, &request->settings.loop.accept);
}

static bool take_hold(struct load_request *request, const char *value)
{
    const size_t len = strcspn(value, ":");
    uint64_t n;
    if (value[len] == '\0' || !quantity_count(value, len, 2, LOOP_MAX_ACCEPTED, &n) ||
        !quantity_time(value + len + 1, strlen(value + len + 1), &request->settings.loop.hold_ns)) {
        return complain("hold", value, "not a number of handshakes from 2 on and a time, such as 8:20us");
    }
    request->settings.loop.hold_n = (size_t)n;
    return true;
}

static bool take_wait(struct load_request *request, const char *value)
{
    if (strcmp(value, "poll") != 0 && strcmp(value, "sleep") != 0) {
        return complain("wait", value, "not poll or sleep");
    }
    request->settings.loop.sleeps = value[0] == 's';
    return true;
}

/* The CPUs of this process, or as many as a test says that there are. Threads then share the real ones. */
static bool count_cpus(uint64_t *n)
{
    static const char variable[] = "LANEKDF_LOAD_CPUS";
    enum { MOST = 1024 };
    const char *value = getenv(variable);
    *n = affinity_n_cpus();
    if (!value || quantity_count(value, strlen(value), 1, MOST, n)) {
        return true;
    }
    command_message("load: %s is %s, and not a number of CPUs from 1 to %d", variable, value, MOST);
    return false;
}

static bool take_threads(struct load_request *request, const char *value)
{
    uint64_t n_cpus;
    size_t n;
    if (!take_size("threads", value, 100000, &n) || !count_cpus(&n_cpus)) {
        return false;
    }
    if (n > n_cpus) {
        command_message("load: --threads %s: this process has %llu CPU%s, and each thread takes one", value,
            (unsigned long long)n_cpus, n_cpus == 1 ? "" : "s");
        return false;
    }
    request->settings.n_threads = (unsigned)n;
    return true;
}

static bool take_clock(struct load_request *request, const char *value)
{
    if (strcmp(value, "work") != 0 && strcmp(value, "real") != 0) {
        return complain("clock", value, "not work or real");
    }
    request->settings.loop.has_real_clock = value[0] == 'r';
    return true;
}

static bool take_bursts(struct load_request *request, const char *value, const char *rest)
{
    uint64_t n;
    if (!quantity_count(rest, strlen(rest), 1, LOOP_MAX_ACCEPTED, &n)) {
        return complain("arrivals", value, "not a number of handshakes in a burst, such as bursts:32");
    }
    request->settings.arrivals = (struct arrivals_pattern){.kind = ARRIVALS_BURSTS, .burst = (size_t)n};
    return true;
}

static bool take_on_off(struct load_request *request, const char *value, const char *rest)
{
    struct arrivals_pattern *arrivals = &request->settings.arrivals;
    const size_t len = strcspn(rest, ",");
    *arrivals = (struct arrivals_pattern){.kind = ARRIVALS_ON_OFF};
    if (rest[len] == '\0' || !quantity_time(rest, len, &arrivals->on_ns) ||
        !quantity_time(rest + len + 1, strlen(rest + len + 1), &arrivals->off_ns) || arrivals->on_ns <= 0) {
        return complain("arrivals", value, "not two times, of which the first is above 0: on-off:10ms,90ms");
    }
    return true;
}

/* FILE or FILE*SPEED */
static bool take_trace(struct load_request *request, const char *value, const char *rest)
{
    const char *star = strrchr(rest, '*');
    const size_t len = star ? (size_t)(star - rest) : strlen(rest);
    request->trace_speed = 1;
    if (star &&
        (!quantity_number(star + 1, strlen(star + 1), &request->trace_speed) || request->trace_speed <= 0)) {
        return complain("arrivals", value, "the speed of a trace is a number above 0, as in trace:FILE*2");
    }
    if (len == 0) {
        return complain("arrivals", value, "the name of a file is missing, as in trace:FILE");
    }
    if (len >= sizeof(request->trace)) {
        return complain("arrivals", value, "the name of the file is too long");
    }
    memcpy(request->trace, rest, len);
    request->trace[len] = '\0';
    request->settings.arrivals = (struct arrivals_pattern){.kind = ARRIVALS_TRACE};
    return load_trace_read(request->trace, &request->settings.arrivals);
}

static bool take_arrivals(struct load_request *request, const char *value)
{
    static const struct {
        const char *word;
        bool (*take)(struct load_request *, const char *value, const char *rest);
    } patterns[] = {{"bursts:", take_bursts}, {"on-off:", take_on_off}, {"trace:", take_trace}};
    if (strcmp(value, "poisson") == 0 || strcmp(value, "fixed") == 0) {
        request->settings.arrivals =
            (struct arrivals_pattern){.kind = value[0] == 'p' ? ARRIVALS_POISSON : ARRIVALS_FIXED};
        return true;
    }
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        if (strncmp(value, patterns[i].word, strlen(patterns[i].word)) == 0) {
            return patterns[i].take(request, value, value + strlen(patterns[i].word));
        }
    }
    return complain("arrivals", value, "not poisson, fixed, bursts:N, on-off:TIME,TIME or trace:FILE");
}

/* Below it the times of a run have more digits than a double. */
static bool is_high_enough(const char *option, const char *value, double per_second)
{
    return per_second >= LOAD_LEAST_RATE ||
           complain(option, value, "less than one handshake in 1,000 seconds, which is too few");
}

static bool take_rate(struct load_request *request, const char *text, size_t len)
{
    const bool is_percent = len > 0 && text[len - 1] == '%';
    double number;
    if (request->n_rates == LOAD_MAX_RATES) {
        command_message("load: at most %d rates", LOAD_MAX_RATES);
        return false;
    }
    if (!quantity_number(text, is_percent ? len - 1 : len, &number) || number <= 0) {
        char room[QUOTED_WORD_ROOM];
        const char *quoted = quoted_word(room, text, &len);
        command_message(
            "load: --rate %.*s: not a number of handshakes per second above 0, such as 50000, and "
            "not a percentage of what an engine can do, such as 80%%",
            (int)len, quoted);
        return false;
    }
    char value[64];
    snprintf(value, sizeof(value), "%.*s", (int)len, text);
    if (!is_percent && !is_high_enough("rate", value, number)) {
        return false;
    }
    const struct load_rate rate =
        is_percent ? (struct load_rate){.share = number / 100} : (struct load_rate){.per_second = number};
    for (size_t i = 0; i < request->n_rates; i++) {
        if (request->rates[i].share == rate.share && request->rates[i].per_second == rate.per_second) {
            return true; /* a rate that is named twice is run once, as an engine is */
        }
    }
    request->rates[request->n_rates++] = rate;
    return true;
}

static bool take_rates(struct load_request *request, const char *value)
{
    return for_each_entry(request, value, take_rate);
}

static const uint64_t MAX_SAMPLES = 1000000000000;

/* pPERCENT=TIME */
static bool take_objective(struct load_request *request, const char *text, size_t len)
{
    struct loop_objective *objective = &request->objectives[request->n_objectives];
    const char *equals = memchr(text, '=', len);
    if (request->n_objectives == LOOP_MAX_OBJECTIVES) {
        command_message("load: at most %d objectives", LOOP_MAX_OBJECTIVES);
        return false;
    }
    if (!equals || text[0] != 'p' ||
        !quantity_number(text + 1, (size_t)(equals - text - 1), &objective->percent) ||
        objective->percent <= 0 || objective->percent >= 100 ||
        !quantity_time(equals + 1, (size_t)(text + len - equals - 1), &objective->ns) || objective->ns <= 0) {
        char room[QUOTED_WORD_ROOM];
        const char *quoted = quoted_word(room, text, &len);
        command_message(
            "load: --find-rate %.*s: not a percentile between 0 and 100 and a time above 0, such as "
            "p99=100us",
            (int)len, quoted);
        return false;
    }
    for (size_t i = 0; i < request->n_objectives; i++) {
        if (request->objectives[i].percent == objective->percent) {
            command_message(
                "load: --find-rate %.*s: this percentile has an objective already", (int)len, text);
            return false;
        }
    }
    if (search_samples(objective) > MAX_SAMPLES) {
        command_message("load: --find-rate %.*s: a slice that shows this percentile has %.3g handshakes, and "
                        "at most %.0e are taken",
            (int)len, text, search_samples(objective), (double)MAX_SAMPLES);
        return false;
    }
    request->n_objectives++;
    return true;
}

static bool take_objectives(struct load_request *request, const char *value)
{
    return for_each_entry(request, value, take_objective);
}

static bool take_slices(struct load_request *request, const char *value)
{
    return take_size("slices", value, LOAD_MAX_SLICES, &request->settings.n_slices);
}

static bool take_samples(struct load_request *request, const char *value)
{
    return take_count("samples", value, 1000, MAX_SAMPLES, &request->settings.n_samples);
}

static bool take_seed(struct load_request *request, const char *value)
{
    return take_count("seed", value, 0, UINT64_MAX / 16, &request->settings.seed);
}

static bool take_verify(struct load_request *request, const char *value)
{
    return take_count("verify", value, 0, 1000000000, &request->settings.loop.verify_one_in);
}

static bool take_long(struct load_request *request, const char *value)
{
    (void)value;
    request->is_long = true;
    return true;
}

static bool take_kernel(struct load_request *request, const char *value)
{
    request->settings.kernel = value;
    return true;
}

/* More than a day ahead is another unit, such as milliseconds. */
static bool take_start_at(struct load_request *request, const char *value)
{
    const double day = 86400;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!quantity_number(value, strlen(value), &request->start_at)) {
        return complain("start-at", value, "not a time in seconds since 1970, as date +%s prints it");
    }
    if (request->start_at <= (double)now.tv_sec) {
        return complain("start-at", value, "this time has passed");
    }
    if (request->start_at > (double)now.tv_sec + day) {
        return complain("start-at", value, "more than a day ahead: a time is in seconds since 1970");
    }
    return true;
}

static bool take_json(struct load_request *request, const char *value)
{
    request->json = value;
    return true;
}

static bool take_percentiles(struct load_request *request, const char *value)
{
    request->percentiles = value;
    return true;
}

static bool take_progress(struct load_request *request, const char *value)
{
    request->progress = value;
    return true;
}

static bool take_report(struct load_request *request, const char *value)
{
    request->report = value;
    return true;
}

static bool take_list(struct load_request *request, const char *value)
{
    (void)value;
    request->list = true;
    return true;
}

/* --- the table of options --- */

static const struct option_row {
    const char *name;
    const char *argument; /* its name in help; NULL: the option takes none */
    const char *help;
    bool (*take)(struct load_request *request, const char *value);
} rows[] = {
    {"engine", "NAME", "who derives, more behind a comma; --list has them all", take_engines},
    {"mix", "NAME", "what is derived: a workload, --list has them all, or a file of classes (tls12-sha256)",
        take_mix},
    {"sessions", "FILE", "what is derived: recorded sessions, lines of lanekdf-vectors(5)", take_sessions},
    {"rate", "N", "handshakes per second, or N% of what an engine can do; more behind a comma", take_rates},
    {"find-rate", "pN=TIME",
        "search for the highest rate with this percentile within TIME; more behind a comma", take_objectives},
    {"arrivals", "PATTERN", "poisson, fixed, bursts:N, on-off:TIME,TIME or trace:FILE[*SPEED] (poisson)",
        take_arrivals},
    {"around", "TIME", "other work for each handshake (10us)", take_around},
    {"before", "TIME", "of this, what comes before the derivation (half of it)", take_before},
    {"footprint", "SIZE", "data and code that the other work touches: hot for none, l1 or l2 (l1)",
        take_footprint},
    {"per-loop", "TIME", "other work for each iteration (0us)", take_per_loop},
    {"group", "N", "handshakes in a call at most (8)", take_group},
    {"accept", "N", "handshakes in an iteration at most (4096)", take_accept},
    {"hold", "N:TIME", "wait until N handshakes are there, or one has waited for TIME", take_hold},
    {"clock", "CLOCK", "work: the sum of what work takes, for shared machines; or real (work)", take_clock},
    {"wait", "HOW", "poll or sleep, on the real clock (poll)", take_wait},
    {"threads", "N", "threads, each on a CPU of its own (1)", take_threads},
    {"samples", "N", "handshakes that count, for each rate (100000)", take_samples},
    {"long", NULL, "ten times as many samples", take_long},
    {"slices", "N", "parts of a run that take turns with those of others (10)", take_slices},
    {"seed", "N", "another number gives other arrivals (1)", take_seed},
    {"verify", "N", "compare one output in N while running, 0 for none (1024)", take_verify},
    {"kernel", "NAME", "the kernel that lanekdf uses (lanekdf info lists them), not the measured choice",
        take_kernel},
    {"start-at", "TIME", "begin at this time, in seconds since 1970, with other machines", take_start_at},
    {"json", "FILE", "write all results to FILE, as JSON Lines", take_json},
    {"report", "DIR", "write a page with pictures to DIR, and the results that it is made of", take_report},
    {"hgrm", "FILE", "write percentiles to FILE, for HdrHistogram's plotters", take_percentiles},
    {"progress", "FILE", "write an object to FILE for each slice that is done", take_progress},
    {"list", NULL, "print the engines and workloads, and which libraries are missing", take_list},
};
enum { N_ROWS = sizeof(rows) / sizeof(*rows), FIRST_ID = 256 };

void load_options_help(void)
{
    enum { COLUMN = 20 };
    printf("Usage: lanekdf load [OPTION...]\n"
           "       lanekdf load merge [--hgrm FILE] [--report DIR] FILE...\n\n"
           "measure latency under load: the rate that a core carries\n\n"
           "Handshakes arrive at a rate that waits for nobody, and the time of each counts\n"
           "from its intended arrival to the end of all work. Without --rate and\n"
           "--find-rate, sweeps over 20, 50, 80, 90 and 95 %% of what each engine can do,\n"
           "and searches for the highest rate with p99 within 1 ms. merge adds what --json\n"
           "wrote on several machines.\n\nOptions:\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[48];
        snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
            rows[i].argument ? rows[i].argument : "");
        text_row_put(left, COLUMN, rows[i].help);
    }
    text_row_put("--help", COLUMN, "print this help");
}

static void complain_of_option(int found, int id, const char *argument)
{
    const char *name = argument + strspn(argument, "-");
    const size_t len = strcspn(name, "=");
    char room[QUOTED_WORD_ROOM];
    size_t quoted_len;
    const char *quoted;

    if (id >= FIRST_ID && found == ':') {
        command_message("load: --%s needs a value (try lanekdf help load)", rows[id - FIRST_ID].name);
        return;
    }
    if (id >= FIRST_ID) {
        command_message("load: --%s takes no value (try lanekdf help load)", rows[id - FIRST_ID].name);
        return;
    }
    if (id != 0) {
        command_message("load: unknown option -%c (try lanekdf help load)", id);
        return;
    }
    for (size_t i = 0; i < N_ROWS; i++) {
        if (len > 1 && spelling_is_near(name, len, rows[i].name)) {
            command_message("load: unknown option --%.*s: did you mean --%s? (try lanekdf help load)",
                (int)len, name, rows[i].name);
            return;
        }
    }
    quoted_len = (size_t)(name + len - argument);
    quoted = quoted_word(room, argument, &quoted_len);
    command_message("load: unknown option %.*s (try lanekdf help load)", (int)quoted_len, quoted);
}

/* Whether a value would take the place of one before it without a word. The values of lists add up. */
static bool is_single(const struct option_row *row)
{
    return row->argument && row->take != take_engines && row->take != take_rates &&
           row->take != take_objectives;
}

static bool parse(int argc, char **argv, struct load_request *request, int *status)
{
    struct option options[N_ROWS + 2] = {{0}};
    bool is_there[N_ROWS] = {false};
    int found;
    for (size_t i = 0; i < N_ROWS; i++) {
        options[i] = (struct option){
            rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, FIRST_ID + (int)i};
    }
    options[N_ROWS] = (struct option){"help", no_argument, NULL, 'h'};
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (found == 'h') {
            load_options_help();
            *status = COMMAND_OK;
            return false;
        }
        if (found == '?' || found == ':') {
            complain_of_option(found, optopt, argv[optind - 1]);
            return false;
        }
        const struct option_row *row = &rows[found - FIRST_ID];
        if (is_single(row) && is_there[found - FIRST_ID]) {
            command_message("load: --%s is there twice (try lanekdf help load)", row->name);
            return false;
        }
        is_there[found - FIRST_ID] = true;
        if (!row->take(request, optarg)) {
            return false;
        }
    }
    if (optind < argc) {
        char room[QUOTED_WORD_ROOM];
        command_message(
            "load: takes no arguments, got %s (try lanekdf help load)", quoted_text(room, argv[optind]));
    }
    return optind == argc;
}

/* --- what follows from several options --- */

static bool check_together(struct load_request *request)
{
    struct loop_settings *loop = &request->settings.loop;
    if (request->sessions && request->has_mix) {
        command_message("load: --mix and --sessions: one of them says what is derived");
        return false;
    }
    if (request->is_long) { /* now, since --samples may stand behind it */
        request->settings.n_samples *= 10;
    }
    if (isnan(loop->before_ns)) {
        loop->before_ns = loop->around_ns / 2;
    }
    if (loop->before_ns > loop->around_ns) {
        command_message("load: --before is a part of --around, and longer than that");
        return false;
    }
    if (loop->hold_n > loop->accept) {
        command_message("load: --hold waits for more handshakes than --accept takes");
        return false;
    }
    return true;
}

/* A trace has a rate of its own, which --rate replaces. */
static bool choose_rates(struct load_request *request)
{
    static const double usual[] = {0.2, 0.5, 0.8, 0.9, 0.95};
    const bool is_trace = request->settings.arrivals.kind == ARRIVALS_TRACE;
    if (is_trace && request->n_rates > 0 && request->trace_speed != 1) {
        command_message("load: --rate and the speed of a trace: one of them decides the rate");
        return false;
    }
    if (is_trace && request->n_rates == 0) {
        const double rate = request->trace_speed * arrivals_trace_rate(&request->settings.arrivals);
        if (!is_high_enough("arrivals", "trace", rate)) {
            return false;
        }
        request->rates[request->n_rates++] = (struct load_rate){.per_second = rate};
    }
    request->is_usual = request->n_rates == 0 && request->n_objectives == 0;
    if (request->is_usual) {
        request->objectives[request->n_objectives++] = (struct loop_objective){99, 1e6};
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual) && request->is_usual; i++) {
        request->rates[request->n_rates++] = (struct load_rate){.share = usual[i]};
    }
    return true;
}

/* A report is made of the file of results, which lies beside it unless it has a place of its own. */
static bool choose_results(struct load_request *request)
{
    if (!request->report) {
        return true;
    }
    if (!request->json) {
        request->json = request->results;
        if (!load_report_results(request->report, request->results)) {
            return false;
        }
    }
    return load_report_can_read("load", request->json);
}

/* Nothing has been opened for writing yet. */
bool load_options_are_apart(const struct load_request *request)
{
    char page[LOAD_REPORT_MAX_NAME];
    if (request->report && !load_report_page(request->report, page)) {
        return false;
    }
    const struct load_file files[] = {{"--json", request->json, true, false},
        {"--hgrm", request->percentiles, true, true}, {"--progress", request->progress, true, false},
        {"--report", request->report ? page : NULL, true, false}, {"--mix", request->classes, false, false},
        {"--sessions", request->sessions, false, false},
        {"--arrivals", request->trace[0] ? request->trace : NULL, false, false}};
    return load_files_are_apart("load", files, sizeof(files) / sizeof(*files));
}

static void leave_out(struct load_settings *settings, const struct load_engine *engine, const char *reason)
{
    struct load_left_out *left_out = &settings->left_out[settings->n_left_out++];
    memcpy(left_out->name, engine->name, sizeof(left_out->name));
    left_out->reason = reason;
}

/* All engines that this program has. */
static void add_usual_engines(struct load_settings *settings)
{
    for (size_t i = 0; load_engine_row(i); i++) {
        const char *name = load_engine_row(i)->name;
        struct load_engine *engine = &settings->engines[settings->n_engines];
        if (!load_engine_parse(name, strlen(name), engine)) {
            continue;
        }
        if (load_engine_missing(engine)) {
            leave_out(settings, engine, load_engine_missing(engine));
        } else {
            settings->n_engines++;
        }
    }
}

/* To read sessions is to derive them, for which the library has been started. */
static bool read_sessions(struct load_request *request)
{
    return !request->sessions || load_sessions_read(request->sessions, &request->settings.mix);
}

/* What an engine lacks, which the run keeps. */
static const char *reason_of(const struct workload *lacks, size_t item)
{
    enum { ROOM = 128 };
    const struct workload_batch items = workload_batch_of(lacks, item, 1, NULL);
    char *reason = peers_alloc(ROOM);
    if (workload_has_connections(lacks)) {
        snprintf(reason, ROOM, "it has no code for %s with %s", version_name(items.connections->version),
            lanekdf_hash_name(items.connections->hash));
    } else if (workload_batch_n_exporters(&items, 0) > 0) {
        snprintf(reason, ROOM, "it has no code for a session of %s with %s that has exporters",
            version_name(items.handshakes->version), lanekdf_hash_name(items.handshakes->hash));
    } else if (items.handshakes->pre_master_len > 0) {
        snprintf(reason, ROOM, "it has no code for %s with %s and a pre-master secret of %u bytes",
            version_name(items.handshakes->version), lanekdf_hash_name(items.handshakes->hash),
            items.handshakes->pre_master_len);
    } else {
        snprintf(reason, ROOM, "it has no code for %s with %s", version_name(items.handshakes->version),
            lanekdf_hash_name(items.handshakes->hash));
    }
    return reason;
}

/* An engine that cannot serve the mix is named and left out. */
static bool keep_serving_engines(struct load_settings *settings)
{
    size_t n = 0;
    for (size_t i = 0; i < settings->n_engines; i++) {
        const struct workload *lacks;
        size_t item;
        if (load_engine_serves(&settings->engines[i], &settings->mix, &lacks, &item)) {
            settings->engines[n++] = settings->engines[i];
        } else {
            const char *reason = reason_of(lacks, item);
            command_message("load: engine %s cannot derive all of %s, and is left out: %s",
                settings->engines[i].name, settings->mix.name, reason);
            leave_out(settings, &settings->engines[i], reason);
        }
    }
    settings->n_engines = n;
    if (n == 0) {
        command_message("load: none of these engines derives this mix");
    }
    return n > 0;
}

bool load_options_parse(int argc, char **argv, struct load_request *request, int *status)
{
    *status = COMMAND_ERROR;
    *request = (struct load_request){.settings = {.loop = {.around_ns = 10e3,
                                                      .before_ns = NAN,
                                                      .footprint = FOOTPRINT_L1,
                                                      .accept = LOOP_MAX_ACCEPTED,
                                                      .group = 8,
                                                      .verify_one_in = 1024},
                                         .mix = mix_of_workload(workload_find("tls12-sha256")),
                                         .n_threads = 1,
                                         .n_slices = 10,
                                         .n_samples = 100000,
                                         .seed = 1}};
    if (!parse(argc, argv, request, status)) {
        return false;
    }
    if (request->list) {
        return true;
    }
    if (!command_start(request->settings.kernel, NULL)) {
        return false;
    }
    if (!request->settings.kernel) {
        request->settings.kernel = getenv(COMMAND_KERNEL_VARIABLE);
    }
    if (request->settings.n_engines == 0) {
        add_usual_engines(&request->settings);
    }
    return check_together(request) && choose_rates(request) && choose_results(request) &&
           load_options_are_apart(request) && read_sessions(request) &&
           keep_serving_engines(&request->settings);
}
