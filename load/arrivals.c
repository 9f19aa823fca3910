#include "arrivals.h"

#include "peers_support.h"

#include <math.h>

/* The mean distance of a trace is that of its arrivals, so the first one of the next round follows its last
 * one at that distance. */
double arrivals_trace_rate(const struct arrivals_pattern *pattern)
{
    return 1e9 * (double)(pattern->n_trace - 1) / pattern->trace_ns[pattern->n_trace - 1];
}

void arrivals_begin(
    struct arrivals *arrivals, const struct arrivals_pattern *pattern, double per_second, uint64_t seed)
{
    *arrivals = (struct arrivals){
        .pattern = pattern, .distance_ns = 1e9 / per_second, .random = seed, .moment_ns = 0};
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
static double next_of_on_off(struct arrivals *arrivals)
{
    const double on = arrivals->pattern->on_ns, off = arrivals->pattern->off_ns;
    arrivals->moment_ns += exponential(arrivals, arrivals->distance_ns * on / (on + off));
    return arrivals->moment_ns + floor(arrivals->moment_ns / on) * off;
}

static double next_of_trace(struct arrivals *arrivals)
{
    const struct arrivals_pattern *pattern = arrivals->pattern;
    const double own_distance = 1e9 / arrivals_trace_rate(pattern);
    const uint64_t round = arrivals->n / pattern->n_trace, i = arrivals->n % pattern->n_trace;
    const double time = (double)round * own_distance * (double)pattern->n_trace + pattern->trace_ns[i];
    return time / own_distance * arrivals->distance_ns;
}

double arrivals_next(struct arrivals *arrivals)
{
    double time = 0;
    switch (arrivals->pattern->kind) {
    case ARRIVALS_POISSON:
        time = arrivals->moment_ns += exponential(arrivals, arrivals->distance_ns);
        break;
    case ARRIVALS_FIXED:
        time = (double)arrivals->n * arrivals->distance_ns;
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
