#include "load_merge.h"

#include "command.h"
#include "input.h"
#include "json.h"
#include "load_hgrm.h"
#include "load_json.h"
#include "load_table.h"
#include "memory.h"
#include "quantity.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What merge reads of a file of results: lanekdf-load(1) has the fields. Those before FIRST_OTHER are what
 * all runs must have in common. */
enum field {
    SCHEMA,
    LANEKDF,
    LIBRARIES,
    CLOCK,
    WAIT,
    KERNEL,
    MIX,
    ARRIVALS,
    BURST,
    ON_NS,
    OFF_NS,
    TRACE_LENGTH,
    AROUND_NS,
    BEFORE_NS,
    PER_LOOP_NS,
    FOOTPRINT,
    GROUP,
    ACCEPT,
    HOLD_N,
    HOLD_NS,
    VERIFY,
    THREADS,
    SLICES, /* of a run, a number; of a point, not read */
    SAMPLES,
    FIRST_OTHER,
    TYPE = FIRST_OTHER,
    RUN,
    HOST,
    CPU,
    LINES,
    ENGINE,
    KIND,
    LOAD,
    OFFERED,
    RATE,
    BEGIN,
    END,
    N_SLICES,
    ELAPSED_NS,
    SCHEDULED_NS,
    BUSY_NS,
    VERIFIED,
    WRONG,
    RETAKEN,
    GAPS,
    GAPS_NS,
    LONGEST_GAP_NS,
    SWITCHES,
    OVERLOADED,
    GIVEN_UP,
    OBJECTIVES,
    LEAST_NS,
    PASSED,
    LATENCY,
    LATENCY_COUNTS,
    KEYS,
    KEYS_COUNTS,
    CALLS,
    N_FIELDS
};
static const char *const field_names[N_FIELDS] = {"schema", "lanekdf", "libraries", "clock", "wait", "kernel",
    "mix", "arrivals", "burst", "on_ns", "off_ns", "trace_length", "around_ns", "before_ns", "per_loop_ns",
    "footprint", "group", "accept", "hold_n", "hold_ns", "verify", "threads", "slices", "samples", "type",
    "run", "host", "cpu", "lines", "engine", "kind", "load", "offered", "rate", "begin", "end",
    "slices_of_threads", "elapsed_ns", "scheduled_ns", "busy_ns", "verified", "wrong", "retaken", "gaps",
    "gaps_ns", "longest_gap_ns", "switches", "overloaded", "given_up", "objectives", "least_ns", "passed",
    "latency", "latency_counts", "keys", "keys_counts", "calls"};

/* A run, which one file holds. */
struct machine {
    const char *file;
    char *run, *host, *cpu;
};

/* What one machine has of a point. */
struct share {
    const struct machine *machine;
    struct load_table_row row;
};

/* A point of all files. Those rates of one engine that were asked for are told apart by the share of capacity
 * or, where there is none, by the rate. A search has one point of each kind, and machines that searched by
 * themselves have found other rates. */
struct merged_point {
    char *engine, *kind;
    double load; /* 0 where it is another one for each machine */
    double offered;
    struct tally tally;
    double offered_sum, rate_sum;
    double last_begin, first_end; /* seconds since 1970 */
    struct share *shares;         /* of each file */
    size_t n_shares;
};

/* A search of an engine. */
struct merged_search {
    char *engine;
    char *objectives; /* as they stand in the files */
    double least_ns;  /* of a handshake that meets no other; the longest of all machines */
    size_t n, n_passed;
};

struct load_merge {
    json_reader *reader;
    struct json_fields fields;
    struct machine *machines;
    size_t n_machines;
    char *common[FIRST_OTHER]; /* as the first file has them */
    struct merged_point **points;
    size_t n_points;
    struct merged_search searches[LOAD_MAX_ENGINES];
    size_t n_searches;
    /* Of the file that is being read: */
    const char *file;
    uint64_t line;
    bool is_ended;
    struct tally tally; /* of the point that is being read */
};

/* --- fields --- */

/* Says what is wrong with the file. */
__attribute__((format(printf, 2, 3))) static bool complain(
    const struct load_merge *merge, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    command_message("load merge: %s: line %llu: %s", merge->file, (unsigned long long)merge->line, text);
    return false;
}

/* A copy of a field as it stands in the file, the empty string where it is not there. */
static char *copy_text(struct load_merge *merge, enum field field)
{
    size_t len = 0;
    const char *text =
        json_fields_have(&merge->fields, field) ? json_reader_text(merge->reader, field, &len) : "";
    char *copy = memory_take(len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* A copy of a string, the empty string where the field is none. */
static char *copy_string(const struct load_merge *merge, enum field field)
{
    const struct json_value *value =
        json_fields_have(&merge->fields, field) ? json_reader_field(merge->reader, field) : NULL;
    const size_t len = value && value->type == JSON_STRING ? value->len : 0;
    char *copy = memory_take(len + 1);
    if (len > 0) {
        memcpy(copy, value->string, len);
    }
    copy[len] = '\0';
    return copy;
}

static bool take_number(struct load_merge *merge, enum field field, double *number)
{
    char *text = copy_text(merge, field), *end;
    *number = strtod(text, &end);
    const bool is_number = end != text && *end == '\0' && isfinite(*number) && *number >= 0;
    memory_give_back(text);
    return is_number || complain(merge, "\"%s\" is not a number of at least 0", field_names[field]);
}

static bool take_count(struct load_merge *merge, enum field field, uint64_t *count)
{
    const struct json_value *value =
        json_fields_have(&merge->fields, field) ? json_reader_field(merge->reader, field) : NULL;
    *count = value && value->type == JSON_INTEGER ? value->integer : 0;
    return (value && value->type == JSON_INTEGER) ||
           complain(merge, "\"%s\" is not a count", field_names[field]);
}

/* --- histograms --- */

/* The text behind the name of a member of a flat object of numbers; NULL: it is not there. */
static const char *find_member(const char *text, const char *name)
{
    const size_t len = strlen(name);
    for (const char *quote = strchr(text, '"'); quote; quote = strchr(quote + 1, '"')) {
        if (strncmp(quote + 1, name, len) == 0 && strncmp(quote + 1 + len, "\":", 2) == 0) {
            return quote + len + 3;
        }
    }
    return NULL;
}

static bool member_count(const char *text, const char *name, uint64_t *count)
{
    const char *from = find_member(text, name);
    char *end = NULL;
    errno = 0;
    *count = from ? strtoull(from, &end, 10) : 0;
    return from && *from != '-' && end != from && (*end == ',' || *end == '}') && errno == 0;
}

static bool member_time(const char *text, const char *name, double *ns)
{
    const char *from = find_member(text, name);
    char *end = NULL;
    *ns = from ? strtod(from, &end) : 0;
    return from && end != from && (*end == ',' || *end == '}') && isfinite(*ns) && *ns >= 0;
}

static bool take_sums(struct load_merge *merge, enum field field, struct histogram *histogram)
{
    char *text = copy_text(merge, field);
    uint64_t n_steps;
    const bool is_good = member_count(text, "steps_per_octave", &n_steps) && n_steps == HISTOGRAM_STEPS &&
                         member_count(text, "n", &histogram->n) &&
                         member_count(text, "below", &histogram->n_below) &&
                         member_count(text, "above", &histogram->n_above) &&
                         member_count(text, "sum_ns", &histogram->sum_ns) &&
                         member_time(text, "least_ns", &histogram->least_ns) &&
                         member_time(text, "most_ns", &histogram->most_ns);
    memory_give_back(text);
    return is_good || complain(merge, "\"%s\" is no histogram of %d steps an octave", field_names[field],
                          HISTOGRAM_STEPS);
}

/* Takes pairs of a step and its count; the counts must add up to what the histogram says that it has. */
static bool take_steps(struct load_merge *merge, enum field field, struct histogram *histogram)
{
    const struct json_value *pairs =
        json_fields_have(&merge->fields, field) ? json_reader_field(merge->reader, field) : NULL;
    uint64_t n = 0, next = 0;
    bool is_good = pairs && pairs->type == JSON_ARRAY && pairs->len % 2 == 0 &&
                   !__builtin_add_overflow(histogram->n_below, histogram->n_above, &n);
    for (size_t i = 0; is_good && i < pairs->len; i += 2) {
        const struct json_value *step = &pairs->items[i], *count = &pairs->items[i + 1];
        is_good = step->type == JSON_INTEGER && count->type == JSON_INTEGER && step->integer >= next &&
                  step->integer < HISTOGRAM_N && !__builtin_add_overflow(n, count->integer, &n);
        if (is_good) {
            histogram->counts[step->integer] = count->integer;
            next = step->integer + 1;
        }
    }
    return (is_good && n == histogram->n) ||
           complain(merge, "\"%s\" has not the counts of its histogram", field_names[field]);
}

static bool take_histogram(
    struct load_merge *merge, enum field sums, enum field steps, struct histogram *histogram)
{
    return take_sums(merge, sums, histogram) && take_steps(merge, steps, histogram);
}

/* Takes calls by their size: three numbers for each. */
static bool take_calls(struct load_merge *merge, struct tally *tally)
{
    char *text = copy_text(merge, CALLS);
    char *at = text;
    bool is_good = *at == '[';
    while (is_good && strcmp(at, "]") != 0 && strcmp(at, "[]") != 0) {
        double numbers[3];
        for (size_t i = 0; i < 3 && is_good; i++) {
            char *end;
            numbers[i] = strtod(at + 1, &end);
            is_good = end != at + 1 && (*end == ',' || (*end == ']' && i == 2)) && numbers[i] >= 0;
            at = end;
        }
        is_good = is_good && numbers[0] >= 1 && numbers[0] <= TALLY_MAX_GROUP && numbers[1] < 0x1p53;
        if (is_good) {
            tally->calls[(size_t)numbers[0]] = (uint64_t)numbers[1];
            tally->call_ns[(size_t)numbers[0]] = numbers[2];
        }
    }
    memory_give_back(text);
    return is_good || complain(merge, "\"calls\" has not three numbers for each size of a call");
}

/* --- points --- */

static struct merged_point *find_point(
    const struct load_merge *merge, const char *engine, const char *kind, double load, double offered)
{
    for (size_t i = 0; i < merge->n_points; i++) {
        struct merged_point *point = merge->points[i];
        const bool is_same_rate = point->load == load && (load > 0 || point->offered == offered);
        if (strcmp(point->engine, engine) == 0 && strcmp(point->kind, kind) == 0 &&
            (strcmp(kind, "rate") != 0 || is_same_rate)) {
            return point;
        }
    }
    return NULL;
}

/* The first file says which points there are. */
static struct merged_point *add_point(
    struct load_merge *merge, const char *engine, const char *kind, double load, double offered)
{
    struct merged_point *point = memory_take(sizeof(*point));
    point->engine = memory_copy_text(engine);
    point->kind = memory_copy_text(kind);
    point->load = load;
    point->offered = offered;
    point->first_end = INFINITY;
    merge->points = merge->points
                        ? memory_resize(merge->points, (merge->n_points + 1) * sizeof(struct merged_point *))
                        : memory_take(sizeof(struct merged_point *));
    merge->points[merge->n_points++] = point;
    return point;
}

static void add_share(
    struct load_merge *merge, struct merged_point *point, double load, double offered, double rate)
{
    point->shares = point->shares ? memory_resize(point->shares, (point->n_shares + 1) * sizeof(struct share))
                                  : memory_take(sizeof(struct share));
    struct share *share = &point->shares[point->n_shares++];
    share->machine = &merge->machines[merge->n_machines - 1];
    load_table_row_of(&share->row, load, offered, rate, &merge->tally);
    point->offered_sum += offered;
    point->rate_sum += rate;
    tally_add(&point->tally, &merge->tally);
}

static bool take_tally(struct load_merge *merge)
{
    struct tally *tally = &merge->tally;
    tally_clear(tally);
    return take_count(merge, N_SLICES, &tally->n_slices) &&
           take_number(merge, ELAPSED_NS, &tally->elapsed_ns) &&
           take_number(merge, SCHEDULED_NS, &tally->scheduled_ns) &&
           take_number(merge, BUSY_NS, &tally->busy_ns) && take_count(merge, VERIFIED, &tally->n_verified) &&
           take_count(merge, WRONG, &tally->n_wrong) && take_count(merge, RETAKEN, &tally->n_retaken) &&
           take_count(merge, GAPS, &tally->n_gaps) && take_number(merge, GAPS_NS, &tally->gaps_ns) &&
           take_number(merge, LONGEST_GAP_NS, &tally->longest_gap_ns) &&
           take_count(merge, SWITCHES, &tally->n_switches) &&
           take_count(merge, OVERLOADED, &tally->n_overloaded) &&
           take_count(merge, GIVEN_UP, &tally->n_given_up) &&
           take_histogram(merge, LATENCY, LATENCY_COUNTS, &tally->latency) &&
           take_histogram(merge, KEYS, KEYS_COUNTS, &tally->keys) && take_calls(merge, tally);
}

static bool take_named_point(struct load_merge *merge, const char *engine, const char *kind)
{
    double load, offered, rate, begin, end;
    if (!take_number(merge, LOAD, &load) || !take_number(merge, OFFERED, &offered) ||
        !take_number(merge, RATE, &rate) || !take_number(merge, BEGIN, &begin) ||
        !take_number(merge, END, &end) || !take_tally(merge)) {
        return false;
    }
    struct merged_point *point = find_point(merge, engine, kind, load, offered);
    if (!point && merge->n_machines == 1) {
        point = add_point(merge, engine, kind, load, offered);
    }
    if (!point) {
        return complain(merge, "engine %s has a point that %s has not", engine, merge->machines[0].file);
    }
    if (point->n_shares == merge->n_machines) {
        return complain(merge, "engine %s has this point twice", engine);
    }
    add_share(merge, point, load, offered, rate);
    point->load = point->load == load ? load : 0;
    point->last_begin = fmax(point->last_begin, begin);
    point->first_end = fmin(point->first_end, end);
    return true;
}

static bool take_point(struct load_merge *merge)
{
    char *engine = copy_string(merge, ENGINE), *kind = copy_string(merge, KIND);
    const bool is_good = take_named_point(merge, engine, kind);
    memory_give_back(engine);
    memory_give_back(kind);
    return is_good;
}

/* --- searches --- */

static struct merged_search *find_search(struct load_merge *merge, const char *engine)
{
    for (size_t i = 0; i < merge->n_searches; i++) {
        if (strcmp(merge->searches[i].engine, engine) == 0) {
            return &merge->searches[i];
        }
    }
    return NULL;
}

/* Engine and objectives are taken over by a search that is new. */
static struct merged_search *add_search(struct load_merge *merge, char **engine, char **objectives)
{
    struct merged_search *search = &merge->searches[merge->n_searches];
    if (merge->n_machines > 1 || merge->n_searches == LOAD_MAX_ENGINES) {
        return NULL;
    }
    merge->n_searches++;
    *search = (struct merged_search){.engine = *engine, .objectives = *objectives};
    *engine = *objectives = NULL;
    return search;
}

static bool take_named_search(struct load_merge *merge, char **engine, char **objectives)
{
    double least_ns;
    struct merged_search *search = find_search(merge, *engine);
    if (!take_number(merge, LEAST_NS, &least_ns)) {
        return false;
    }
    if (search && strcmp(search->objectives, *objectives) != 0) {
        return complain(merge, "engine %s has a search for %s, and in %s for %s", *engine, *objectives,
            merge->machines[0].file, search->objectives);
    }
    search = search ? search : add_search(merge, engine, objectives);
    if (!search || ++search->n > merge->n_machines) {
        return complain(merge, "a search that %s has not", merge->machines[0].file);
    }
    search->least_ns = fmax(search->least_ns, least_ns);
    search->n_passed += json_fields_have(&merge->fields, PASSED);
    return true;
}

static bool take_search(struct load_merge *merge)
{
    char *engine = copy_string(merge, ENGINE), *objectives = copy_text(merge, OBJECTIVES);
    const bool is_good = take_named_search(merge, &engine, &objectives);
    memory_give_back(engine);
    memory_give_back(objectives);
    return is_good;
}

/* --- runs --- */

/* Refuses what cannot be added, and says in which field it differs. */
static bool is_comparable(struct load_merge *merge)
{
    for (enum field field = 0; field < FIRST_OTHER; field++) {
        char *text = copy_text(merge, field);
        if (!merge->common[field]) {
            merge->common[field] = text;
            continue;
        }
        const bool is_same = strcmp(text, merge->common[field]) == 0;
        if (!is_same) {
            complain(merge, "\"%s\" is %s, and in %s %s", field_names[field], text[0] ? text : "missing",
                merge->machines[0].file, merge->common[field]);
        }
        memory_give_back(text);
        if (!is_same) {
            return false;
        }
    }
    return true;
}

static bool take_run(struct load_merge *merge)
{
    struct machine *machine = &merge->machines[merge->n_machines++];
    uint64_t schema;
    *machine = (struct machine){.file = merge->file,
        .run = copy_string(merge, RUN),
        .host = copy_string(merge, HOST),
        .cpu = copy_string(merge, CPU)};
    if (!take_count(merge, SCHEMA, &schema)) {
        return false;
    }
    if (schema != LOAD_JSON_SCHEMA) {
        return complain(merge, "\"schema\" is %llu, not %d", (unsigned long long)schema, LOAD_JSON_SCHEMA);
    }
    for (size_t i = 0; i + 1 < merge->n_machines; i++) {
        if (strcmp(merge->machines[i].run, machine->run) == 0) {
            return complain(merge, "the same run as in %s", merge->machines[i].file);
        }
    }
    return is_comparable(merge);
}

static bool take_end(struct load_merge *merge)
{
    uint64_t n_lines;
    merge->is_ended = true;
    return take_count(merge, LINES, &n_lines) &&
           (n_lines == merge->line ||
               complain(merge, "the file has not the %llu lines that it had", (unsigned long long)n_lines));
}

static bool take_typed(struct load_merge *merge, const char *type)
{
    if (strcmp(type, "run") == 0 || merge->line == 1) {
        return (strcmp(type, "run") == 0 && merge->line == 1
                    ? take_run(merge)
                    : complain(merge, "not results of lanekdf load"));
    }
    char *run = copy_string(merge, RUN);
    const bool is_same = strcmp(run, merge->machines[merge->n_machines - 1].run) == 0;
    memory_give_back(run);
    if (!is_same || merge->is_ended) {
        return complain(merge, is_same ? "a line behind the last" : "a line of another run");
    }
    return strcmp(type, "point") == 0    ? take_point(merge)
           : strcmp(type, "search") == 0 ? take_search(merge)
           : strcmp(type, "end") == 0    ? take_end(merge)
                                         : complain(merge, "unknown type");
}

static bool take_line(struct load_merge *merge, const char *line, size_t len)
{
    const char *wrong = json_reader_parse(merge->reader, line, len, &merge->fields);
    if (wrong) {
        return complain(merge, "%s", wrong);
    }
    char *type = copy_string(merge, TYPE);
    const bool is_good = take_typed(merge, type);
    memory_give_back(type);
    return is_good;
}

static bool read_lines(struct load_merge *merge, struct input *input)
{
    const char *line;
    size_t len;
    for (;;) {
        const enum input_event event = input_next(input, &line, &len);
        merge->line = input->line_number;
        switch (event) {
        case INPUT_FILE:
        case INPUT_PAUSE:
            break;
        case INPUT_TOO_LONG:
            return complain(merge, "too long");
        case INPUT_LINE:
            if (!take_line(merge, line, len)) {
                return false;
            }
            break;
        case INPUT_END:
            return !input->failed;
        }
    }
}

/* Text that is in memory, cut into lines as input.h cuts a file. */
static bool take_lines(struct load_merge *merge, const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline ? newline : end;
        merge->line++;
        if (!take_line(merge, text, (size_t)(line_end - text))) {
            return false;
        }
        text = line_end + (newline ? 1 : 0);
    }
    return true;
}

static void begin_file(struct load_merge *merge, const char *name)
{
    merge->file = name;
    merge->line = 0;
    merge->is_ended = false;
}

/* Whether the file is whole, and has the points that the first one has. */
static bool end_file(struct load_merge *merge)
{
    if (!merge->is_ended) {
        return complain(merge, "the last line is missing: the file is not whole");
    }
    for (size_t i = 0; i < merge->n_points; i++) {
        if (merge->points[i]->n_shares != merge->n_machines) {
            return complain(merge, "engine %s lacks a point that %s has", merge->points[i]->engine,
                merge->machines[0].file);
        }
    }
    return true;
}

bool load_merge_file(struct load_merge *merge, const char *name)
{
    char *names[] = {(char *)(uintptr_t)name};
    struct input input;
    begin_file(merge, name);
    input_open(&input, names, 1);
    const bool is_read = read_lines(merge, &input);
    input_close(&input);
    return is_read && end_file(merge);
}

bool load_merge_text(struct load_merge *merge, const char *name, const char *text, size_t len)
{
    begin_file(merge, name);
    return take_lines(merge, text, len) && end_file(merge);
}

bool load_merge_first_line(struct load_merge *merge, const char *name, const char *text, size_t len)
{
    const char *newline = memchr(text, '\n', len);
    begin_file(merge, name);
    return take_lines(merge, text, newline ? (size_t)(newline - text) : len);
}

/* --- the report --- */

static void print_head(const struct load_merge *merge)
{
    printf("%zu run%s of lanekdf %s\n", merge->n_machines, merge->n_machines == 1 ? "" : "s",
        merge->common[LANEKDF]);
    for (enum field field = CLOCK; field < FIRST_OTHER; field++) {
        printf("%s%s %s", field > CLOCK ? ", " : "", field_names[field], merge->common[field]);
    }
    printf("\n\n");
    for (size_t i = 0; i < merge->n_machines; i++) {
        const struct machine *machine = &merge->machines[i];
        printf("%s: %s, %s, run %.8s\n", machine->file, machine->host, machine->cpu, machine->run);
    }
}

/* Rates of machines that did not work at the same time are no rate of anything. */
static void print_point(const struct merged_point *point)
{
    const bool is_together = point->last_begin < point->first_end;
    struct load_table_row row;
    load_table_row_of(&row, point->load, is_together ? point->offered_sum : NAN,
        is_together ? point->rate_sum : NAN, &point->tally);
    load_table_row_put(stdout, &row, "all");
    if (!is_together) {
        printf("        the runs do not overlap in time: their rates do not add\n");
    }
    load_table_notes(stdout, &point->tally);
    for (size_t i = 0; i < point->n_shares; i++) {
        load_table_row_put(stdout, &point->shares[i].row, point->shares[i].machine->host);
    }
}

static bool is_of_same_table(const struct merged_point *a, const struct merged_point *b)
{
    return strcmp(a->engine, b->engine) == 0 && strcmp(a->kind, b->kind) == 0;
}

/* A search that found a rate has its points. */
static void print_in_vain(const struct merged_search *search)
{
    char least[QUANTITY_MAX_TEXT];
    if (search->n_passed < search->n) {
        printf("\n%s: no rate was found that meets %s; a handshake that meets no other takes %s\n",
            search->engine, search->objectives, quantity_time_text(least, search->least_ns));
    }
}

static void print_report(const struct load_merge *merge)
{
    print_head(merge);
    for (size_t i = 0; i < merge->n_points; i++) {
        const struct merged_point *point = merge->points[i];
        if (i == 0 || !is_of_same_table(point, merge->points[i - 1])) {
            const char *kind = strcmp(point->kind, "passed") == 0   ? ", highest rate that passed"
                               : strcmp(point->kind, "failed") == 0 ? ", lowest rate that failed"
                                                                    : "";
            printf("\n%s%s\n", point->engine, kind);
            load_table_columns(stdout);
        }
        print_point(point);
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        print_in_vain(&merge->searches[i]);
    }
}

/* --- the command --- */

void load_merge_free(struct load_merge *merge)
{
    for (size_t i = 0; i < merge->n_points; i++) {
        memory_give_back(merge->points[i]->engine);
        memory_give_back(merge->points[i]->kind);
        memory_give_back(merge->points[i]->shares);
        memory_give_back(merge->points[i]);
    }
    for (size_t i = 0; i < merge->n_machines; i++) {
        memory_give_back(merge->machines[i].run);
        memory_give_back(merge->machines[i].host);
        memory_give_back(merge->machines[i].cpu);
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        memory_give_back(merge->searches[i].engine);
        memory_give_back(merge->searches[i].objectives);
    }
    for (enum field field = 0; field < FIRST_OTHER; field++) {
        memory_give_back(merge->common[field]);
    }
    memory_give_back(merge->points);
    memory_give_back(merge->machines);
    json_reader_free(merge->reader);
    memory_give_back(merge);
}

/* As for each of the runs: a rate that failed in a search is no failure, but a wrong output of it is. */
static bool is_well(const struct load_merge *merge)
{
    bool is_well = true;
    for (size_t i = 0; i < merge->n_points; i++) {
        const struct tally *tally = &merge->points[i]->tally;
        is_well = is_well && tally->n_wrong == 0 &&
                  (strcmp(merge->points[i]->kind, "failed") == 0 ||
                      (!tally_is_behind(tally) && !tally_is_disturbed(tally)));
    }
    for (size_t i = 0; i < merge->n_searches; i++) {
        is_well = is_well && merge->searches[i].n_passed == merge->searches[i].n;
    }
    return is_well;
}

/* Writes the percentiles of all machines together, where a file for them was named. */
static bool write_percentiles(const struct load_merge *merge, const char *name)
{
    bool is_written = true;
    for (size_t i = 0; name && i < merge->n_points && is_written; i++) {
        const struct merged_point *point = merge->points[i];
        if (strcmp(point->kind, "failed") != 0) {
            is_written = load_hgrm_write(
                name, point->engine, point->offered, &point->tally.latency, merge->n_points == 1);
        }
    }
    return is_written;
}

struct load_merge *load_merge_new(size_t n)
{
    struct load_merge *merge = memory_take(sizeof(*merge));
    merge->machines = memory_take(n * sizeof(struct machine));
    merge->reader = json_reader_new(field_names, N_FIELDS);
    if (!merge->reader) {
        command_die("load merge: no memory");
    }
    return merge;
}

int load_merge_report(const struct load_merge *merge, const char *percentiles)
{
    print_report(merge);
    const int status = is_well(merge) ? COMMAND_OK : COMMAND_FAILED;
    return write_percentiles(merge, percentiles) ? status : COMMAND_ERROR;
}

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
