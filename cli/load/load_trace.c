#include "load_trace.h"

#include "command.h"
#include "input.h"
#include "load_digest.h"
#include "memory.h"
#include "quantity.h"

#include <string.h>

struct trace {
    const char *name;
    double *ns;
    size_t n, capacity;
    double first_seconds, first_fraction;
    struct load_digest digest;
};
enum { MAX_ARRIVALS = 100000000 };

static bool complain(const struct trace *trace, uint64_t line, const char *what)
{
    command_message("load: --arrivals trace:%s: line %llu %s", trace->name, (unsigned long long)line, what);
    return false;
}

/* Seconds since 1970 with nine decimals have more digits than a double, so that both sides of the point are
 * taken relative to the first line's. */
static bool parse_time(struct trace *trace, const char *text, size_t len, double *ns)
{
    const char *point = memchr(text, '.', len);
    const size_t seconds_len = point ? (size_t)(point - text) : len;
    char fraction_text[32] = "0";
    double seconds, fraction = 0;
    if (!quantity_number(text, seconds_len, &seconds) || memchr(text, 'e', len) || memchr(text, 'E', len) ||
        len - seconds_len >= sizeof(fraction_text) - 1) {
        return false;
    }
    if (point) {
        memcpy(fraction_text + 1, point, len - seconds_len);
        if (!quantity_number(fraction_text, 1 + len - seconds_len, &fraction)) {
            return false;
        }
    }
    if (trace->n == 0) {
        trace->first_seconds = seconds;
        trace->first_fraction = fraction;
    }
    *ns = 1e9 * (seconds - trace->first_seconds) + 1e9 * (fraction - trace->first_fraction);
    return true;
}

static void add_time(struct trace *trace, double ns)
{
    if (trace->n == trace->capacity) {
        const size_t capacity = trace->capacity > 0 ? 2 * trace->capacity : 1024;
        trace->ns = memory_resize(trace->ns, capacity * sizeof(*trace->ns));
        trace->capacity = capacity;
    }
    trace->ns[trace->n++] = ns;
}

static size_t trimmed(const char *line, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", line[len - 1])) {
        len--;
    }
    return len;
}

static bool take_line(void *owner, uint64_t number, const char *line, size_t len)
{
    struct trace *trace = owner;
    double ns;
    if (!line) {
        return complain(trace, number, "is too long for a time");
    }
    len = trimmed(line, len);
    if (number > MAX_ARRIVALS) {
        return complain(trace, number, "is one too many: a trace has at most 100,000,000");
    }
    if (len == 0) {
        return true;
    }
    if (!parse_time(trace, line, len, &ns)) {
        return complain(trace, number, "is not a time in seconds, such as 1700000000.123456789");
    }
    if (trace->n > 0 && ns < trace->ns[trace->n - 1]) {
        return complain(trace, number, "is earlier than the line before: a trace is sorted");
    }
    load_digest_add(&trace->digest, line, len);
    add_time(trace, ns);
    return true;
}

bool load_trace_read(const char *name, struct arrivals_pattern *pattern)
{
    static char contents[LOAD_DIGEST_MAX_TEXT]; /* which the pattern keeps */
    struct trace trace = {.name = name};
    bool is_trace = input_take_lines(name, take_line, &trace);
    if (is_trace && (trace.n < 2 || trace.ns[trace.n - 1] <= 0)) {
        command_message("load: --arrivals trace:%s: %s", name,
            trace.n == 0 ? "no arrivals" : "arrivals at one moment only: at least two are needed");
        is_trace = false;
    }
    if (!is_trace) {
        memory_give_back(trace.ns);
        return false;
    }
    pattern->kind = ARRIVALS_TRACE;
    pattern->trace_ns = trace.ns;
    pattern->n_trace = trace.n;
    pattern->contents = load_digest_text(&trace.digest, contents);
    return true;
}
