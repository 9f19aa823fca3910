#include "arrivals.h"

#include "peers_support.h"

#include <math.h>

/* The mean distance of a trace is that of its arrivals, so the first one of the next round follows its last
 * one at that distance. */
double arrivals_trace_rate(const struct arrivals_pattern *pattern)
{
    return 1e9 * (double)(pattern->n_trace - 1) / pattern->trace_ns[pattern->n_trace - 1];
}

/* A time with this mean after which the next of independent events comes. */
static double exponential(struct arrivals *arrivals, double mean)
{
    const double uniform = ((double)(peers_random(&arrivals->random) >> 11) + 0.5) * 0x1p-53;
    return -log(uniform) * mean;
}

/* Lets the moment go on at the start of each burst. */
static double next_of_burst(struct arrivals *arrivals)
{
    const size_t burst = arrivals->pattern->burst;
    if (arrivals->n % burst == 0) {
        arrivals->moment_ns += exponential(arrivals, arrivals->distance_ns * (double)burst);
    }
    return arrivals->moment_ns;
}

/* The moments leave out the pauses, and the rate between these is as much higher. */
static double on_off_distance(const struct arrivals *arrivals)
{
    const double on = arrivals->pattern->on_ns, off = arrivals->pattern->off_ns;
    return arrivals->distance_ns * on / (on + off);
}

static double next_of_on_off(struct arrivals *arrivals)
{
    const double on = arrivals->pattern->on_ns, off = arrivals->pattern->off_ns;
    arrivals->moment_ns += exponential(arrivals, on_off_distance(arrivals));
    return arrivals->moment_ns + floor(arrivals->moment_ns / on) * off - arrivals->begin_ns;
}

/* The place in the trace of the first arrival of all streams together, in its first round. */
static uint64_t first_of_trace(const struct arrivals *arrivals)
{
    const struct arrivals_place *place = &arrivals->place;
    return place->n_before * place->n_streams % arrivals->pattern->n_trace;
}

/* The time of arrival i of all streams together, which have its rate together. */
static double trace_time(const struct arrivals *arrivals, uint64_t i)
{
    const struct arrivals_pattern *pattern = arrivals->pattern;
    const double own_distance = 1e9 / arrivals_trace_rate(pattern);
    const uint64_t round = i / pattern->n_trace;
    const double time =
        (double)round * own_distance * (double)pattern->n_trace + pattern->trace_ns[i % pattern->n_trace];
    return time / own_distance * arrivals->distance_ns / arrivals->place.n_streams;
}

static double next_of_trace(const struct arrivals *arrivals)
{
    const struct arrivals_place *place = &arrivals->place;
    const uint64_t i = first_of_trace(arrivals) + arrivals->n * place->n_streams + place->stream;
    return trace_time(arrivals, i) - arrivals->begin_ns;
}

static double next_of_fixed(const struct arrivals *arrivals)
{
    const struct arrivals_place *place = &arrivals->place;
    return ((double)arrivals->n + (double)place->stream / place->n_streams) * arrivals->distance_ns;
}

/* Independent arrivals remember nothing, so that those of ARRIVALS_ON_OFF go on where, on average, the ones
 * before have ended. That is one place for all streams, whose rates are equal, and they pause together. */
static void begin_on_off(struct arrivals *arrivals)
{
    const double before_ns = (double)arrivals->place.n_before * on_off_distance(arrivals);
    arrivals->begin_ns = arrivals->moment_ns = fmod(before_ns, arrivals->pattern->on_ns);
}

void arrivals_begin(struct arrivals *arrivals, const struct arrivals_pattern *pattern,
    const struct arrivals_place *place, double per_second, uint64_t seed)
{
    *arrivals = (struct arrivals){
        .pattern = pattern, .place = *place, .distance_ns = 1e9 / per_second, .random = seed};
    if (pattern->kind == ARRIVALS_ON_OFF) {
        begin_on_off(arrivals);
    } else if (pattern->kind == ARRIVALS_TRACE) {
        arrivals->begin_ns = trace_time(arrivals, first_of_trace(arrivals));
    }
}

double arrivals_next(struct arrivals *arrivals)
{
    double time = 0;
    switch (arrivals->pattern->kind) {
    case ARRIVALS_POISSON:
        time = arrivals->moment_ns += exponential(arrivals, arrivals->distance_ns);
        break;
    case ARRIVALS_FIXED:
        time = next_of_fixed(arrivals);
        break;
    case ARRIVALS_BURSTS:
        time = next_of_burst(arrivals);
        break;
    case ARRIVALS_ON_OFF:
        time = next_of_on_off(arrivals);
        break;
    case ARRIVALS_TRACE:
        time = next_of_trace(arrivals);
        break;
    }
    arrivals->n++;
    return time;
}
