#include "load_merge_parts.h"

#include "command.h"
#include "input.h"
#include "load_json.h"
#include "memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    return load_merge_count(merge, N_SLICES, &tally->n_slices) &&
           load_merge_number(merge, ELAPSED_NS, &tally->elapsed_ns) &&
           load_merge_number(merge, SCHEDULED_NS, &tally->scheduled_ns) &&
           load_merge_number(merge, BUSY_NS, &tally->busy_ns) &&
           load_merge_verified(merge, &tally->n_verified, &tally->n_wrong) &&
           load_merge_count(merge, RETAKEN, &tally->n_retaken) &&
           load_merge_count(merge, GAPS, &tally->n_gaps) &&
           load_merge_number(merge, GAPS_NS, &tally->gaps_ns) &&
           load_merge_number(merge, LONGEST_GAP_NS, &tally->longest_gap_ns) &&
           load_merge_count(merge, SWITCHES, &tally->n_switches) &&
           load_merge_count(merge, OVERLOADED, &tally->n_overloaded) &&
           load_merge_count(merge, GIVEN_UP, &tally->n_given_up) &&
           load_merge_histogram(merge, LATENCY, LATENCY_COUNTS, &tally->latency) &&
           load_merge_histogram(merge, KEYS, KEYS_COUNTS, &tally->keys) && load_merge_calls(merge, tally);
}

/* Times that no run has, as its file was altered. Both sums have their rounding. */
static bool has_possible_times(const struct load_merge *merge, double begin, double end)
{
    const double rounding = 1.001;
    if (end < begin) {
        return load_merge_complain(merge, "\"end\" is before \"begin\"");
    }
    return merge->tally.busy_ns <= rounding * merge->tally.elapsed_ns ||
           load_merge_complain(merge, "\"busy_ns\" is more than \"elapsed_ns\"");
}

static bool take_named_point(struct load_merge *merge, const char *engine, const char *kind)
{
    double load, offered, rate, begin, end;
    if (!load_merge_number(merge, LOAD, &load) || !load_merge_number(merge, OFFERED, &offered) ||
        !load_merge_number(merge, RATE, &rate) || !load_merge_number(merge, BEGIN, &begin) ||
        !load_merge_number(merge, END, &end) || !take_tally(merge) ||
        !has_possible_times(merge, begin, end)) {
        return false;
    }
    struct merged_point *point = find_point(merge, engine, kind, load, offered);
    if (!point && merge->n_machines == 1) {
        point = add_point(merge, engine, kind, load, offered);
    }
    if (!point) {
        return load_merge_complain(
            merge, "engine %s has a point that %s has not", engine, merge->machines[0].file);
    }
    if (point->n_shares == merge->n_machines) {
        return load_merge_complain(merge, "engine %s has this point twice", engine);
    }
    add_share(merge, point, load, offered, rate);
    point->load = point->load == load ? load : 0;
    point->last_begin = fmax(point->last_begin, begin);
    point->first_end = fmin(point->first_end, end);
    point->longest = fmax(point->longest, end - begin);
    return true;
}

static bool take_point(struct load_merge *merge)
{
    char *engine = load_merge_string_of(merge, ENGINE), *kind = load_merge_string_of(merge, KIND);
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
    uint64_t n_verified, n_wrong;
    struct merged_search *search = find_search(merge, *engine);
    if (!load_merge_number(merge, LEAST_NS, &least_ns) ||
        !load_merge_verified(merge, &n_verified, &n_wrong)) {
        return false;
    }
    if (search && strcmp(search->objectives, *objectives) != 0) {
        return load_merge_complain(merge, "engine %s has a search for %s, and in %s for %s", *engine,
            *objectives, merge->machines[0].file, search->objectives);
    }
    search = search ? search : add_search(merge, engine, objectives);
    if (!search || ++search->n > merge->n_machines) {
        return load_merge_complain(merge, "a search that %s has not", merge->machines[0].file);
    }
    search->least_ns = fmax(search->least_ns, least_ns);
    search->n_passed += json_fields_have(&merge->fields, PASSED);
    search->n_verified += n_verified;
    search->n_wrong += n_wrong;
    return true;
}

static bool take_search(struct load_merge *merge)
{
    char *engine = load_merge_string_of(merge, ENGINE), *objectives = load_merge_text_of(merge, OBJECTIVES);
    const bool is_good = take_named_search(merge, &engine, &objectives);
    memory_give_back(engine);
    memory_give_back(objectives);
    return is_good;
}

/* --- runs --- */

/* Refuses what cannot be added, and says in which field it differs. */
static bool is_comparable(struct load_merge *merge)
{
    for (enum load_merge_field field = 0; field < FIRST_OTHER; field++) {
        char *text = load_merge_text_of(merge, field);
        if (!merge->common[field]) {
            merge->common[field] = text;
            continue;
        }
        const bool is_same = strcmp(text, merge->common[field]) == 0;
        if (!is_same) {
            load_merge_complain(merge, "\"%s\" is %s, and in %s %s", load_merge_fields[field],
                text[0] ? text : "missing", merge->machines[0].file, merge->common[field]);
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
        .run = load_merge_string_of(merge, RUN),
        .host = load_merge_string_of(merge, HOST),
        .cpu = load_merge_string_of(merge, CPU)};
    if (!load_merge_count(merge, SCHEMA, &schema)) {
        return false;
    }
    if (schema != LOAD_JSON_SCHEMA) {
        return load_merge_complain(
            merge, "\"schema\" is %llu, not %d", (unsigned long long)schema, LOAD_JSON_SCHEMA);
    }
    for (size_t i = 0; i + 1 < merge->n_machines; i++) {
        if (strcmp(merge->machines[i].run, machine->run) == 0) {
            return load_merge_complain(merge, "the same run as in %s", merge->machines[i].file);
        }
        if (strcmp(merge->machines[i].host, machine->host) == 0) {
            merge->machines[i].shares_host = machine->shares_host = true;
        }
    }
    return is_comparable(merge);
}

static bool take_end(struct load_merge *merge)
{
    uint64_t n_lines, n_verified, n_wrong;
    merge->is_ended = true;
    if (!load_merge_count(merge, LINES, &n_lines) || !load_merge_verified(merge, &n_verified, &n_wrong)) {
        return false;
    }
    merge->n_verified += n_verified;
    merge->n_wrong += n_wrong;
    return n_lines == merge->line || load_merge_complain(merge, "the file has not the %llu lines that it had",
                                         (unsigned long long)n_lines);
}

static bool take_typed(struct load_merge *merge, const char *type)
{
    if (strcmp(type, "run") == 0 || merge->line == 1) {
        return (strcmp(type, "run") == 0 && merge->line == 1
                    ? take_run(merge)
                    : load_merge_complain(merge, "not results of lanekdf load"));
    }
    char *run = load_merge_string_of(merge, RUN);
    const bool is_same = strcmp(run, merge->machines[merge->n_machines - 1].run) == 0;
    memory_give_back(run);
    if (!is_same || merge->is_ended) {
        return load_merge_complain(merge, is_same ? "a line behind the last" : "a line of another run");
    }
    return strcmp(type, "point") == 0    ? take_point(merge)
           : strcmp(type, "search") == 0 ? take_search(merge)
           : strcmp(type, "end") == 0    ? take_end(merge)
                                         : load_merge_complain(merge, "unknown type");
}

static bool take_line(struct load_merge *merge, const char *line, size_t len)
{
    const char *wrong = json_reader_parse(merge->reader, line, len, &merge->fields);
    if (wrong) {
        return load_merge_complain(merge, "%s", wrong);
    }
    char *type = load_merge_string_of(merge, TYPE);
    const bool is_good = take_typed(merge, type);
    memory_give_back(type);
    return is_good;
}

/* The run, for each engine its rates, a search and what that found, and the end. */
enum { MAX_LINES = 1 + LOAD_MAX_ENGINES * (LOAD_MAX_RATES + 3) + 1 };

static bool take_numbered_line(void *owner, uint64_t number, const char *line, size_t len)
{
    struct load_merge *merge = owner;
    merge->line = number;
    if (number > MAX_LINES) {
        return load_merge_complain(merge, "results have %d lines at most", MAX_LINES);
    }
    return line ? take_line(merge, line, len) : load_merge_complain(merge, "too long");
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
        return load_merge_complain(merge, "the last line is missing: the file is not whole");
    }
    for (size_t i = 0; i < merge->n_points; i++) {
        if (merge->points[i]->n_shares != merge->n_machines) {
            return load_merge_complain(merge, "engine %s lacks a point that %s has", merge->points[i]->engine,
                merge->machines[0].file);
        }
    }
    return true;
}

bool load_merge_file(struct load_merge *merge, const char *name)
{
    begin_file(merge, name);
    return input_take_lines(name, take_numbered_line, merge) && end_file(merge);
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

/* --- a merge --- */

struct load_merge *load_merge_new(size_t n)
{
    struct load_merge *merge = memory_take(sizeof(*merge));
    merge->machines = memory_take(n * sizeof(struct machine));
    merge->reader = json_reader_new(load_merge_fields, N_FIELDS);
    if (!merge->reader) {
        command_die("load merge: no memory");
    }
    return merge;
}

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
    for (enum load_merge_field field = 0; field < FIRST_OTHER; field++) {
        memory_give_back(merge->common[field]);
    }
    memory_give_back(merge->points);
    memory_give_back(merge->machines);
    json_reader_free(merge->reader);
    memory_give_back(merge);
}
