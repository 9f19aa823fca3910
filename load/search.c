#include "search.h"

#include "peers_support.h"

#include <math.h>

enum { SLICES_TO_PASS = 3 };
static const double precision = 0.01; /* of the rate that is found */

struct attempt {
    struct load_run *run;
    const struct load_settings *settings;
    const struct loop_objective *objectives;
    size_t n_objectives;
    struct search *search;
    struct tally *all; /* what all processes saw in a slice */
};

/* A slice that ended early has not met its objectives; nor has one of a rate that the engine cannot do. Above
 * its capacity a queue grows for ever, and a slice ends before a long objective shows it. */
static bool slice_passes(const struct attempt *attempt, const struct load_point *point)
{
    const struct tally *tally = attempt->all;
    bool passes =
        point->load <= 1 && tally->n_wrong == 0 && tally->n_given_up == 0 && !tally_is_behind(tally);
    for (size_t i = 0; i < attempt->n_objectives; i++) {
        const struct loop_objective *objective = &attempt->objectives[i];
        passes = passes && histogram_percentile(&tally->latency, objective->percent) <= objective->ns;
    }
    return passes;
}

double search_samples(const struct loop_objective *objective)
{
    return HISTOGRAM_CARRIED / (1 - objective->percent / 100);
}

/* The handshakes of a slice: as many as carry all percentiles that are judged. Those of a burst are late
 * together, so that as many bursts are needed as of handshakes that come alone. */
static size_t slice_size(
    const struct load_settings *settings, const struct loop_objective *objectives, size_t n_objectives)
{
    const struct arrivals_pattern *arrivals = &settings->arrivals;
    const double together = arrivals->kind == ARRIVALS_BURSTS ? (double)arrivals->burst : 1;
    double n = (double)settings->n_samples / SLICES_TO_PASS;
    for (size_t i = 0; i < n_objectives; i++) {
        n = fmax(n, together * search_samples(&objectives[i]));
    }
    return (size_t)ceil(n);
}

/* A rate that passes has three slices, one that fails on the work clock as many, and there are about ten. On
 * that clock other work takes no time; the loop itself takes some. The threads share the handshakes. */
double search_seconds(const struct load_settings *settings, const struct loop_objective *objectives,
    size_t n_objectives, double capacity, size_t *n_of_slice)
{
    enum { RATES = 10 };
    const double least_ns = 100; /* of a handshake */
    const double n_threads = settings->n_threads;
    const double ns =
        n_threads * 1e9 / capacity - (settings->loop.has_real_clock ? 0 : settings->loop.around_ns);
    *n_of_slice = slice_size(settings, objectives, n_objectives);
    return RATES * SLICES_TO_PASS * 1.1e-9 * (double)*n_of_slice / n_threads * fmax(ns, least_ns);
}

static struct loop_slice slice_of(const struct attempt *attempt, double per_second, size_t number)
{
    const size_t n = slice_size(attempt->settings, attempt->objectives, attempt->n_objectives);
    return (struct loop_slice){.per_second = per_second,
        .seed = attempt->settings->seed * 1000003 + number * 1009,
        .number = number,
        .n_warm_up = n / 10,
        .n_counted = n,
        .objectives = attempt->objectives,
        .n_objectives = attempt->n_objectives};
}

/* Runs a slice with a new point. What disturbs a slice on the work clock, a neighbour in the caches for a
 * while, only ever adds to its times: a slice that fails is taken again, with the same arrivals, and a rate
 * that is too high fails again. */
static bool try_slice(const struct attempt *attempt, const struct loop_slice *slice, struct load_point *point)
{
    const struct search *search = attempt->search;
    const int most_tries = attempt->settings->loop.has_real_clock ? 1 : 3;
    bool passes = false;
    for (int i = 0; i < most_tries && !passes; i++) {
        *point = (struct load_point){.engine = search->engine,
            .per_second = slice->per_second,
            .load = slice->per_second / search->capacity};
        load_run_slice(attempt->run, point, slice, attempt->all);
        attempt->search->n_verified += point->tally.n_verified;
        attempt->search->n_wrong += point->tally.n_wrong;
        passes = slice_passes(attempt, point);
    }
    return passes;
}

/* Tries a rate, and keeps what was found out: all of its slices if it passed, else the one that did not. */
static bool try_rate(const struct attempt *attempt, double per_second)
{
    struct search *search = attempt->search;
    struct load_point *sum = peers_alloc(sizeof(*sum)), *one = peers_alloc(sizeof(*one));
    bool passes = true;
    *sum = (struct load_point){
        .engine = search->engine, .per_second = per_second, .load = per_second / search->capacity};
    for (size_t i = 0; i < SLICES_TO_PASS && passes; i++) {
        const struct loop_slice slice = slice_of(attempt, per_second, i);
        passes = try_slice(attempt, &slice, one);
        sum->begin = i == 0 ? one->begin : sum->begin;
        sum->end = one->end;
        sum->slices[sum->n_slices++] = one->slices[0];
        tally_add(&sum->tally, &one->tally);
    }
    if (passes) {
        search->passed = *sum;
        search->has_passed = true;
    } else {
        search->failed = *one;
        search->has_failed = true;
    }
    peers_free(sum);
    peers_free(one);
    return passes;
}

/* Finds a rate that passes, and one that does not, at most twice as high. Returns false if all fail down to a
 * rate at which handshakes do not meet each other. */
static bool bracket(const struct attempt *attempt, double *low, double *high)
{
    enum { MOST_HALVINGS = 10 };
    double rate = attempt->search->capacity;
    if (try_rate(attempt, rate)) {
        *low = rate;
        *high = rate * (1 + 2 * precision);
        return true;
    }
    for (int i = 0; i < MOST_HALVINGS; i++) {
        if (try_rate(attempt, rate / 2)) {
            *low = rate / 2;
            *high = rate;
            return true;
        }
        rate /= 2;
    }
    return false;
}

/* The latency of a handshake that meets no other. */
static double least_latency(
    const struct load_run *run, const struct load_settings *settings, const struct load_engine *engine)
{
    return settings->loop.per_loop_ns + settings->loop.around_ns + load_run_call_ns(run, engine);
}

/* Finds the highest rate, whose neighbours are known to 1 %. */
static void find(const struct attempt *attempt)
{
    double low, high;
    if (!bracket(attempt, &low, &high)) {
        return;
    }
    while (high / low > 1 + precision) {
        const double middle = sqrt(low * high);
        if (try_rate(attempt, middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

void search_run(struct load_run *run, const struct load_settings *settings, const struct load_engine *engine,
    const struct loop_objective *objectives, size_t n_objectives, struct search *search)
{
    const struct attempt attempt = {
        run, settings, objectives, n_objectives, search, peers_alloc(sizeof(*attempt.all))};
    *search = (struct search){.engine = engine};
    search->capacity = load_run_capacity(run, engine);
    search->least_ns = least_latency(run, settings, engine);
    for (size_t i = 0; i < n_objectives; i++) {
        search->is_out_of_reach = search->is_out_of_reach || objectives[i].ns < search->least_ns;
    }
    if (!search->is_out_of_reach && !isinf(search->capacity)) {
        find(&attempt);
    }
    peers_free(attempt.all);
}
