#include "theory.h"

#include "peers_support.h"

#include <math.h>

/* --- the times of calls --- */

/* The mean time of a call of each size; sizes that were not met lie on the line between their neighbours. */
static void find_call_times(const struct tally *tally, size_t group, double *ns)
{
    size_t before = 0;
    ns[0] = 0;
    for (size_t n = 1; n <= group; n++) {
        if (tally->calls[n] == 0) {
            continue;
        }
        ns[n] = tally->call_ns[n] / (double)tally->calls[n];
        const double from = before > 0 ? ns[before] : ns[n];
        for (size_t k = before + 1; k < n; k++) {
            ns[k] = from + (ns[n] - from) * (double)(k - before) / (double)(n - before);
        }
        before = n;
    }
    for (size_t n = before + 1; n <= group; n++) {
        ns[n] = before > 0 ? ns[before] * (double)n / (double)before : 0;
    }
}

/* --- M/D/1 --- */

struct md1 {
    double rate; /* arrivals per nanosecond */
    double service_ns;
    double load;
    double theta, c; /* far out a share c exp(-theta t) waits longer than t */
};

/* The chance to wait at most x: Crommelin's sum, whose terms have both signs and grow with x. */
static double md1_waits_at_most(const struct md1 *queue, double x)
{
    double sum = 0;
    for (int k = 0; k <= (int)(x / queue->service_ns); k++) {
        const double y = queue->rate * (k * queue->service_ns - x);
        sum += exp(-y + (k > 0 ? k * log(-y) - lgamma(k + 1.0) : 0)) * (k % 2 == 0 ? 1 : -1);
    }
    return (1 - queue->rate * queue->service_ns) * sum;
}

/* The root of rate (exp(theta S) - 1) = theta, above 0. */
static double md1_theta(const struct md1 *queue)
{
    double low = 0, high = 1 / queue->service_ns;
    while (queue->rate * expm1(high * queue->service_ns) < high) {
        high *= 2;
    }
    for (int i = 0; i < 200; i++) {
        const double middle = (low + high) / 2;
        if (queue->rate * expm1(middle * queue->service_ns) < middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

/* A queue with a load below 1. */
static struct md1 md1_of(double rate, double service_ns)
{
    struct md1 queue = {.rate = rate, .service_ns = service_ns, .load = rate * service_ns};
    queue.theta = md1_theta(&queue);
    queue.c = (1 - queue.load) / (queue.load * exp(queue.theta * service_ns) - 1);
    return queue;
}

/* The share that waits longer than x. Up to a few service times it is the exact one. */
static double md1_waits_longer(const struct md1 *queue, double x)
{
    if (x < 0) {
        return 1;
    }
    return x <= 6 * queue->service_ns ? 1 - md1_waits_at_most(queue, x) : queue->c * exp(-queue->theta * x);
}

/* Arrivals that n handshakes share, one or a burst, which is served as a whole: handshake i is done after
 * done_ns[i] of that, and the last one when all are. A share of handshakes stays longer than t. */
static double burst_stays_longer(const struct md1 *queue, const double *done_ns, size_t n, double t)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += md1_waits_longer(queue, t - done_ns[i]);
    }
    return sum / (double)n;
}

static double burst_percentile(const struct md1 *queue, const double *done_ns, size_t n, double percent)
{
    const double beyond = 1 - percent / 100;
    double low = 0, high = queue->service_ns;
    while (burst_stays_longer(queue, done_ns, n, high) > beyond) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < 50; i++) {
        const double middle = (low + high) / 2;
        if (burst_stays_longer(queue, done_ns, n, middle) > beyond) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

static struct theory theory_of_bursts(double bursts_per_ns, const double *done_ns, size_t n)
{
    const double service_ns = done_ns[n - 1];
    struct theory theory = {.is_known = bursts_per_ns * service_ns < 1};
    if (!theory.is_known) {
        return theory;
    }
    const struct md1 queue = md1_of(bursts_per_ns, service_ns);
    for (size_t i = 0; i < n; i++) {
        theory.mean_ns += done_ns[i] / (double)n;
    }
    theory.mean_ns += service_ns * queue.load / 2 / (1 - queue.load);
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        theory.ns[i] = burst_percentile(&queue, done_ns, n, load_percentiles[i]);
    }
    return theory;
}

/* --- the chain of iterations --- */

enum { MAX_STATES = 1024 /* handshakes of an iteration */ };
static const double NEGLIGIBLE = 1e-9;

struct chain {
    double rate;
    const struct loop_settings *settings;
    size_t group;
    double call_ns[TALLY_MAX_GROUP + 1];
    double iteration_ns[MAX_STATES + 1];
    double share[MAX_STATES + 1];    /* of iterations with so many handshakes */
    double weights[HISTOGRAM_N + 1]; /* of handshakes, by the steps of a histogram */
    double sum, sum_ns;              /* of the weights, and of weights times times */
};

/* When handshake i of an iteration of n is done, both counted from 1; i = n: when the iteration ends. */
static double done_ns(const struct chain *chain, size_t i, size_t n)
{
    const struct loop_settings *settings = chain->settings;
    const size_t group = (i - 1) / chain->group, place = (i - 1) % chain->group;
    const size_t left = n - group * chain->group, size = left < chain->group ? left : chain->group;
    const double whole_group_ns = (double)chain->group * settings->around_ns + chain->call_ns[chain->group];
    return settings->per_loop_ns + (double)group * whole_group_ns + (double)size * settings->before_ns +
           chain->call_ns[size] + (double)(place + 1) * (settings->around_ns - settings->before_ns);
}

static double poisson_chance(double mean, size_t k)
{
    return exp((k > 0 ? (double)k * log(mean) : 0) - mean - lgamma((double)k + 1));
}

/* The Poisson distribution with this mean, from count *first on, as far as it is not negligible. Returns how
 * many; there is room for `room`. */
static size_t poisson(double mean, size_t room, size_t *first, double *chances)
{
    const double width = 7 * sqrt(mean) + 12;
    size_t n = 0;
    *first = mean > width ? (size_t)(mean - width) : 0;
    const double last = mean + width;
    for (size_t k = *first; (double)k <= last && n < room; k++) {
        chances[n++] = poisson_chance(mean, k);
    }
    return n;
}

/* How many handshakes iterations have: what a long run of the chain comes to. */
static void find_shares(struct chain *chain)
{
    enum { MOST_ROUNDS = 20000 };
    double *next = peers_alloc((MAX_STATES + 1) * sizeof(*next));
    double(*chances)[MAX_STATES + 1] = peers_alloc((MAX_STATES + 1) * sizeof(*chances));
    size_t *first = peers_alloc((MAX_STATES + 1) * sizeof(*first));
    size_t *n_chances = peers_alloc((MAX_STATES + 1) * sizeof(*n_chances));
    double change = 1;
    chain->share[1] = 1;
    for (int round = 0; round < MOST_ROUNDS && change > NEGLIGIBLE; round++) {
        memset(next, 0, (MAX_STATES + 1) * sizeof(*next));
        for (size_t n = 1; n <= MAX_STATES; n++) {
            if (chain->share[n] < NEGLIGIBLE / 100) {
                continue;
            }
            if (n_chances[n] == 0) {
                n_chances[n] =
                    poisson(chain->rate * chain->iteration_ns[n], MAX_STATES + 1, &first[n], chances[n]);
            }
            for (size_t i = 0; i < n_chances[n]; i++) {
                const size_t k = first[n] + i;
                next[k < 1 ? 1 : k > MAX_STATES ? MAX_STATES : k] += chain->share[n] * chances[n][i];
            }
        }
        change = 0;
        for (size_t n = 1; n <= MAX_STATES; n++) {
            change += fabs(next[n] - chain->share[n]);
            chain->share[n] = next[n];
        }
    }
    peers_free(n_chances);
    peers_free(first);
    peers_free(chances);
    peers_free(next);
}

static void add_weight(struct chain *chain, double ns, double weight)
{
    const int64_t step = histogram_step(ns);
    chain->weights[step < 0 ? 0 : step > HISTOGRAM_N ? HISTOGRAM_N : step] += weight;
    chain->sum += weight;
    chain->sum_ns += weight * ns;
}

/* Handshakes that arrive at time u of an iteration of n: a of them have arrived in it before, b come behind
 * it, and both numbers are independent. The next iteration takes all a + 1 + b; of the b only those matter
 * that come into the same group. */
static void add_arrivals_at(struct chain *chain, size_t n, double u, double weight)
{
    double before[MAX_STATES], behind[TALLY_MAX_GROUP];
    size_t first;
    const double rest = chain->iteration_ns[n] - u;
    const size_t n_before = poisson(chain->rate * u, MAX_STATES, &first, before);
    for (size_t b = 0; b < chain->group; b++) {
        behind[b] = poisson_chance(chain->rate * rest, b);
    }
    for (size_t a = 0; a < n_before; a++) {
        const size_t i = first + a + 1, most = chain->group - 1 - (i - 1) % chain->group;
        double left = 1;
        for (size_t b = 0; b < most; b++) {
            add_weight(chain, rest + done_ns(chain, i, i + b), weight * before[a] * behind[b]);
            left -= behind[b];
        }
        add_weight(chain, rest + done_ns(chain, i, i + most), weight * before[a] * fmax(left, 0));
    }
}

/* Adds all handshakes that arrive while an iteration of n lasts, at moments that are close to each other; or,
 * where none does, the one that comes next and is taken alone. */
static void add_arrivals_of(struct chain *chain, size_t n)
{
    const double ns = chain->iteration_ns[n];
    const size_t n_moments = (size_t)fmin(100, ceil(24 * ns / chain->iteration_ns[1]));
    add_weight(chain, chain->iteration_ns[1], chain->share[n] * exp(-chain->rate * ns));
    for (size_t i = 0; i < n_moments; i++) {
        add_arrivals_at(chain, n, ns * ((double)i + 0.5) / (double)n_moments,
            chain->share[n] * chain->rate * ns / (double)n_moments);
    }
}

static double percentile_of_weights(const struct chain *chain, double percent)
{
    double sum = 0;
    size_t i = 0;
    while (i < HISTOGRAM_N && (sum += chain->weights[i]) < percent / 100 * chain->sum) {
        i++;
    }
    return (histogram_step_begin(i) + histogram_step_begin(i + 1)) / 2;
}

/* Whether the chain has a state for nearly every iteration. The last state stands for all longer ones, too,
 * and of a distribution for which there is no room only a part is kept: the times would be too short. */
static bool has_all_states(const struct chain *chain)
{
    double sum = 0;
    for (size_t n = 1; n < MAX_STATES; n++) {
        sum += chain->share[n];
    }
    return sum > 0.9999;
}

static struct theory theory_of_chain(struct chain *chain)
{
    struct theory theory = {.is_known = false};
    for (size_t n = 1; n <= MAX_STATES; n++) {
        chain->iteration_ns[n] = done_ns(chain, n, n);
    }
    find_shares(chain);
    theory.is_known = has_all_states(chain);
    if (!theory.is_known) {
        return theory;
    }
    for (size_t n = 1; n <= MAX_STATES; n++) {
        if (chain->share[n] > NEGLIGIBLE) {
            add_arrivals_of(chain, n);
        }
    }
    theory.mean_ns = chain->sum_ns / chain->sum;
    for (size_t i = 0; i < LOAD_N_PERCENTILES; i++) {
        theory.ns[i] = percentile_of_weights(chain, load_percentiles[i]);
    }
    return theory;
}

/* --- a point --- */

/* The handshakes that arrive at one moment. */
static size_t burst_of(const struct load_settings *settings)
{
    return settings->arrivals.kind == ARRIVALS_BURSTS ? settings->arrivals.burst : 1;
}

/* Whether a burst takes as long among others as alone, and one at a time is a burst of one: no call has
 * handshakes of two bursts. */
static bool has_whole_bursts(const struct load_settings *settings, size_t group)
{
    return settings->loop.per_loop_ns <= 0 && burst_of(settings) % group == 0;
}

static bool has_theory(const struct load_settings *settings, const struct load_point *point)
{
    const enum arrivals_kind kind = settings->arrivals.kind;
    return (kind == ARRIVALS_POISSON || kind == ARRIVALS_BURSTS) && settings->loop.hold_n <= 1 &&
           settings->loop.accept == LOOP_MAX_ACCEPTED && !settings->loop.sleeps &&
           point->engine->period_ns <= 0 && point->tally.latency.n > 0;
}

static struct theory theory_of_whole_bursts(const struct chain *chain, size_t burst)
{
    double *times = peers_alloc(burst * sizeof(*times));
    for (size_t i = 0; i < burst; i++) {
        times[i] = done_ns(chain, i + 1, burst);
    }
    const struct theory theory = theory_of_bursts(chain->rate / (double)burst, times, burst);
    peers_free(times);
    return theory;
}

struct theory theory_of(const struct load_settings *settings, const struct load_point *point)
{
    struct theory theory = {.is_known = false};
    if (!has_theory(settings, point)) {
        return theory;
    }
    struct chain *chain = peers_alloc(sizeof(*chain));
    *chain = (struct chain){.rate = point->per_second / settings->n_threads / 1e9,
        .settings = &settings->loop,
        .group = loop_group(&settings->loop, point->engine)};
    find_call_times(&point->tally, chain->group, chain->call_ns);
    const double handshake_ns =
        settings->loop.around_ns + chain->call_ns[chain->group] / (double)chain->group;
    const bool has_queue = handshake_ns > 0; /* the engine "null" has none without other work */
    if (has_queue && has_whole_bursts(settings, chain->group)) {
        theory = theory_of_whole_bursts(chain, burst_of(settings));
    } else if (has_queue && settings->arrivals.kind == ARRIVALS_POISSON &&
               chain->rate * handshake_ns < 0.99) {
        theory = theory_of_chain(chain);
    }
    peers_free(chain);
    return theory;
}

static bool deviates(double measured_ns, double expected_ns)
{
    const double most = 0.1;
    return fabs(measured_ns / expected_ns - 1) > most;
}

/* Few bursts have many handshakes, and may be off by chance. What slices differ by says how far: twice their
 * interval, since several numbers are judged. */
static bool percentile_deviates(
    const struct load_settings *settings, const struct load_point *point, size_t i, double expected_ns)
{
    const double measured_ns = histogram_percentile(&point->tally.latency, load_percentiles[i]);
    const double away_ns = fabs(measured_ns - expected_ns);
    const bool is_by_chance = burst_of(settings) > 1 && away_ns <= 2 * load_point_precision(point, i);
    return deviates(measured_ns, expected_ns) && !is_by_chance;
}

/* A mix has times of several lengths, and the theory knows but one. */
static bool is_uniform(const struct mix *mix)
{
    return mix->n_parts == 1 && !workload_is_mix(mix->parts[0]);
}

int theory_deviation(
    const struct load_settings *settings, const struct load_point *point, const struct theory *theory)
{
    const double most_load = 0.82; /* so that a rate of 80 % is judged, whichever way chance moved it */
    const struct histogram *latency = &point->tally.latency;
    if (!theory->is_known || !is_uniform(&settings->mix) || tally_busy(&point->tally) > most_load) {
        return THEORY_AGREES;
    }
    if (burst_of(settings) == 1 && deviates(histogram_mean(latency), theory->mean_ns)) {
        return THEORY_MEAN;
    }
    for (int i = 0; i < LOAD_N_PERCENTILES; i++) {
        if (histogram_carries(latency, load_percentiles[i]) &&
            percentile_deviates(settings, point, (size_t)i, theory->ns[i])) {
            return i;
        }
    }
    return THEORY_AGREES;
}
