#include "load_merge_parts.h"

#include "command.h"
#include "memory.h"
#include "output.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const load_merge_fields[N_FIELDS] = {"schema", "lanekdf", "libraries", "classes", "left_out",
    "clock", "wait", "kernel", "mix", "mix_contents", "arrivals", "burst", "on_ns", "off_ns", "trace_length",
    "trace_contents", "around_ns", "before_ns", "per_loop_ns", "footprint", "group", "accept", "hold_n",
    "hold_ns", "verify", "threads", "slices", "samples", "type", "run", "host", "cpu", "lines", "engine",
    "kind", "load", "offered", "rate", "begin", "end", "slices_of_threads", "elapsed_ns", "scheduled_ns",
    "busy_ns", "verified", "wrong", "retaken", "gaps", "gaps_ns", "longest_gap_ns", "switches", "overloaded",
    "given_up", "objectives", "least_ns", "passed", "latency", "latency_counts", "keys", "keys_counts",
    "calls"};

bool load_merge_complain(const struct load_merge *merge, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    command_message("load merge: %s: line %llu: %s", merge->file, (unsigned long long)merge->line, text);
    return false;
}

char *load_merge_shown(const char *text, size_t len)
{
    enum { ESCAPE_LEN = 6 };
    char *copy = memory_take(ESCAPE_LEN * len + 1);
    copy[output_shown_escape(copy, text, len)] = '\0';
    return copy;
}

char *load_merge_text_of(struct load_merge *merge, enum load_merge_field field)
{
    size_t len = 0;
    const char *text =
        json_fields_have(&merge->fields, field) ? json_reader_text(merge->reader, field, &len) : "";
    return load_merge_shown(text, len);
}

char *load_merge_string_of(const struct load_merge *merge, enum load_merge_field field)
{
    const struct json_value *value =
        json_fields_have(&merge->fields, field) ? json_reader_field(merge->reader, field) : NULL;
    const bool is_string = value && value->type == JSON_STRING;
    return load_merge_shown(is_string ? value->string : "", is_string ? value->len : 0);
}

bool load_merge_number(struct load_merge *merge, enum load_merge_field field, double *number)
{
    char *text = load_merge_text_of(merge, field), *end;
    *number = strtod(text, &end);
    const bool is_number = end != text && *end == '\0' && isfinite(*number) && *number >= 0;
    memory_give_back(text);
    return is_number ||
           load_merge_complain(merge, "\"%s\" is not a number of at least 0", load_merge_fields[field]);
}

/* No run counts so far, and the sum of all files does not wrap round. */
#define MAX_COUNT (UINT64_C(1) << 48)

bool load_merge_count(struct load_merge *merge, enum load_merge_field field, uint64_t *count)
{
    const struct json_value *value =
        json_fields_have(&merge->fields, field) ? json_reader_field(merge->reader, field) : NULL;
    *count = value && value->type == JSON_INTEGER ? value->integer : 0;
    return (value && value->type == JSON_INTEGER && *count <= MAX_COUNT) ||
           load_merge_complain(merge, "\"%s\" is not a count", load_merge_fields[field]);
}

bool load_merge_verified(struct load_merge *merge, uint64_t *n_verified, uint64_t *n_wrong)
{
    return load_merge_count(merge, VERIFIED, n_verified) && load_merge_count(merge, WRONG, n_wrong) &&
           (*n_wrong <= *n_verified || load_merge_complain(merge, "\"wrong\" is more than \"verified\""));
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

static bool take_sums(struct load_merge *merge, enum load_merge_field field, struct histogram *histogram)
{
    char *text = load_merge_text_of(merge, field);
    uint64_t n_steps;
    const bool is_good = member_count(text, "steps_per_octave", &n_steps) && n_steps == HISTOGRAM_STEPS &&
                         member_count(text, "n", &histogram->n) && histogram->n <= MAX_COUNT &&
                         member_count(text, "below", &histogram->n_below) &&
                         member_count(text, "above", &histogram->n_above) &&
                         member_count(text, "sum_ns", &histogram->sum_ns) &&
                         member_time(text, "least_ns", &histogram->least_ns) &&
                         member_time(text, "most_ns", &histogram->most_ns);
    memory_give_back(text);
    return is_good || load_merge_complain(merge, "\"%s\" is no histogram of %d steps an octave",
                          load_merge_fields[field], HISTOGRAM_STEPS);
}

/* Takes pairs of a step and its count; the counts must add up to what the histogram says that it has. */
static bool take_steps(struct load_merge *merge, enum load_merge_field field, struct histogram *histogram)
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
           load_merge_complain(merge, "\"%s\" has not the counts of its histogram", load_merge_fields[field]);
}

bool load_merge_histogram(struct load_merge *merge, enum load_merge_field sums, enum load_merge_field steps,
    struct histogram *histogram)
{
    if (!take_sums(merge, sums, histogram)) {
        return false;
    }
    if (histogram->least_ns > histogram->most_ns) {
        return load_merge_complain(
            merge, "\"%s\" has \"least_ns\" above \"most_ns\"", load_merge_fields[sums]);
    }
    return take_steps(merge, steps, histogram);
}

/* Takes calls by their size: three numbers for each, the size and how many are whole, and sizes rise. Some
 * handshakes may be in none of them: the call in which a warm-up ends has such as count, and does not count
 * itself. */
bool load_merge_calls(struct load_merge *merge, struct tally *tally)
{
    char *text = load_merge_text_of(merge, CALLS);
    char *at = text;
    double last = 0, n_handshakes = 0;
    bool is_good = *at == '[';
    while (is_good && strcmp(at, "]") != 0 && strcmp(at, "[]") != 0) {
        double numbers[3];
        for (size_t i = 0; i < 3 && is_good; i++) {
            char *end;
            numbers[i] = strtod(at + 1, &end);
            is_good = end != at + 1 && (*end == ',' || (*end == ']' && i == 2)) && numbers[i] >= 0 &&
                      isfinite(numbers[i]);
            at = end;
        }
        is_good = is_good && numbers[0] > last && numbers[0] <= TALLY_MAX_GROUP && numbers[1] < 0x1p53 &&
                  numbers[0] == floor(numbers[0]) && numbers[1] == floor(numbers[1]);
        if (is_good) {
            last = numbers[0];
            tally->calls[(size_t)numbers[0]] = (uint64_t)numbers[1];
            tally->call_ns[(size_t)numbers[0]] = numbers[2];
            n_handshakes += numbers[0] * numbers[1];
        }
    }
    memory_give_back(text);
    if (!is_good) {
        return load_merge_complain(merge, "\"calls\" has not three numbers for each size of a call");
    }
    return n_handshakes <= (double)tally->latency.n ||
           load_merge_complain(merge, "\"calls\" has more handshakes than \"latency\"");
}
