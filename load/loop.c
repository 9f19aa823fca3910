#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "loop.h"

#include "peers_support.h"
#include "ticks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum {
    MAX_PENDING = 8,
    MAX_PRINTED = 3, /* wrong outputs of a loop */
    OWN_NS = 40      /* what the loop itself does for a handshake that arrives or is counted */
};

struct loop {
    const struct loop_settings *settings;
    const struct arrivals_pattern *pattern;
    const struct load_engine *engine;
    struct pool *pool;
    struct around_memory *memory;
    struct load_engine_state state;
    size_t group;
    /* How long calls take without an interruption: */
    double *ns_before;                 /* n + 1: of calls of one item each, those among the first i */
    double share[TALLY_MAX_GROUP + 1]; /* of their sum, a call of so many items */
    double least_ns;                   /* of a call of one item */
    double ticks_per_ns, ticks_overhead;
    double before_work_ns, after_work_ns; /* of the chain, beside the footprint */
    double poison_ns;                     /* of the outputs of one item */

    /* The state of a slice. */
    const struct loop_slice *slice;
    struct tally *tally; /* of what counts */
    struct arrivals arrivals;
    uint64_t begin_ticks, random;
    double now;                        /* on the clock of the run, from the start of the slice */
    double seen;                       /* when the real clock was last looked at */
    size_t n_since_seen;               /* handshakes that have arrived or were counted since then */
    double next;                       /* the time of the next arrival; INFINITY: there are no more */
    double waiting[LOOP_MAX_ACCEPTED]; /* the arrivals of this iteration */
    size_t n_waiting;
    size_t n_arrived, n_arrivals; /* of the slice */
    size_t n_done;
    double begin, first_intended; /* of what counts */
    double last_intended;
    double busy, busy_before; /* the time of all iterations, and of those up to `begin` */
    double iteration_begin;
    size_t next_item;            /* of the pool */
    size_t pending[MAX_PENDING]; /* items whose outputs are to be compared */
    size_t n_pending;
    size_t n_printed;                     /* wrong outputs of all slices, up to MAX_PRINTED */
    size_t n_beyond[LOOP_MAX_OBJECTIVES]; /* handshakes that missed an objective */
    bool is_over;                         /* before all arrivals are done */
};

size_t loop_group(const struct loop_settings *settings, const struct load_engine *engine)
{
    return engine->has_groups ? settings->group : 1;
}

/* --- the clock --- */

static double real_now(const struct loop *loop)
{
    return (double)(ticks_now() - loop->begin_ticks) / loop->ticks_per_ns;
}

static void count_gap(struct loop *loop, double ns)
{
    loop->tally->n_gaps++;
    loop->tally->gaps_ns += ns;
    loop->tally->longest_gap_ns = fmax(loop->tally->longest_gap_ns, ns);
}

/* The longest that something of so many nanoseconds takes without an interruption. Caches and branch
 * predictors make calls differ from each other by less than that. */
static double limit_of(double ns)
{
    return 4 * ns + 3000;
}

static void see(struct loop *loop)
{
    loop->seen = real_now(loop);
    loop->n_since_seen = 0;
}

/* Takes the time after something that was to take about so long, beside what the loop itself did since it
 * last looked. On the real clock a longer time is a gap. */
static void look_at_clock(struct loop *loop, double work_ns)
{
    if (!loop->settings->has_real_clock) {
        return;
    }
    const double before = loop->seen, expected = work_ns + (double)loop->n_since_seen * OWN_NS;
    see(loop);
    loop->now = loop->seen;
    if (loop->now - before > limit_of(expected)) {
        count_gap(loop, loop->now - before - expected);
    }
}

/* Other work. On the work clock it counts as what it was said to be. */
static void work(struct loop *loop, double ns, double of_chain_ns)
{
    if (!loop->settings->has_real_clock) {
        loop->now += ns;
    } else if (ns > 0) {
        around_work(of_chain_ns);
        look_at_clock(loop, ns);
    }
}

/* --- waiting --- */

static bool must_wait(const struct loop *loop)
{
    return loop->n_waiting == 0 || (loop->n_waiting < loop->settings->hold_n &&
                                       loop->now < loop->waiting[0] + loop->settings->hold_ns);
}

/* The time that is waited for. */
static double wake_time(const struct loop *loop)
{
    return loop->n_waiting == 0 ? loop->next : fmin(loop->next, loop->waiting[0] + loop->settings->hold_ns);
}

static void compare_pending(struct loop *loop);

static void sleep_for(double ns)
{
    const struct timespec time = {(time_t)(ns / 1e9), (long)fmod(ns, 1e9)};
    nanosleep(&time, NULL);
}

/* Idle time is for comparing outputs. On the real clock the thread polls; where it may sleep, it does so if
 * that is worth a system call. */
static void wait_for_more(struct loop *loop)
{
    enum { WORTH_SLEEPING = 5000 /* nanoseconds */ };
    const double until = wake_time(loop);
    if (!loop->settings->has_real_clock) {
        loop->now = fmax(loop->now, until);
        return;
    }
    if (loop->n_pending > 0) {
        compare_pending(loop);
        see(loop);
    } else if (loop->settings->sleeps && until - loop->now > WORTH_SLEEPING) {
        sleep_for(fmin(until - loop->now, 1e9));
        see(loop);
    } else {
        ticks_pause();
    }
}

static void take_arrivals(struct loop *loop)
{
    while (loop->next <= loop->now && loop->n_waiting < loop->settings->accept) {
        loop->waiting[loop->n_waiting++] = loop->next;
        loop->n_since_seen++;
        loop->last_intended = loop->next;
        loop->next = ++loop->n_arrived < loop->n_arrivals ? arrivals_next(&loop->arrivals) : INFINITY;
    }
}

/* --- outputs --- */

/* An engine that is wrong is so again and again: its first wrong outputs are printed, all are counted. */
static void compare_item(struct loop *loop, size_t item)
{
    const char *field;
    loop->tally->n_verified++;
    if (!pool_is_right(loop->pool, item, &field)) {
        loop->tally->n_wrong++;
        loop->is_over = loop->state.is_found = true;
        if (loop->n_printed < MAX_PRINTED) {
            loop->n_printed++;
            fprintf(stderr, "wrong output: engine %s, handshake %zu of the pool, field %s\n",
                loop->engine->name, item, field);
        }
    }
}

static void compare_pending(struct loop *loop)
{
    while (loop->n_pending > 0) {
        compare_item(loop, loop->pending[--loop->n_pending]);
    }
}

/* A part of the items of a call is compared. On the work clock no time passes, and it is done at once; on the
 * real one at most MAX_PENDING of them wait for it. */
static void choose_pending(struct loop *loop, size_t first, size_t n)
{
    const uint64_t one_in = loop->settings->verify_one_in;
    for (size_t i = first; i < first + n && one_in > 0 && loop->n_pending < MAX_PENDING; i++) {
        if (peers_random(&loop->random) % one_in == 0) {
            loop->pending[loop->n_pending++] = i;
            if (!loop->settings->has_real_clock) {
                compare_pending(loop);
            }
        }
    }
}

/* The window of the pool for the next call. What waits in it to be compared cannot wait longer. */
static size_t next_window(struct loop *loop, size_t n)
{
    size_t first = loop->next_item;
    if (first + n > loop->pool->n) {
        first = 0;
    }
    loop->next_item = first + n;
    for (size_t i = 0; i < loop->n_pending; i++) {
        if (loop->pending[i] >= first && loop->pending[i] < first + n) {
            compare_pending(loop);
        }
    }
    return first;
}

/* --- a call --- */

static double timed_call(struct loop *loop, size_t first, size_t n)
{
    const uint64_t begin = displace_ticks();
    load_engine_derive(&loop->state, first, n);
    const double ticks = (double)(displace_ticks() - begin) - loop->ticks_overhead;
    return fmax(ticks, 0) / loop->ticks_per_ns;
}

static double timed_call_after_touch(struct loop *loop, size_t first, size_t n)
{
    pool_poison(loop->pool, first, n);
    around_touch(loop->memory, loop->settings->footprint);
    return timed_call(loop, first, n);
}

static double expected_ns(const struct loop *loop, size_t first, size_t n)
{
    return loop->share[n] * (loop->ns_before[first + n] - loop->ns_before[first]);
}

/* A call that was interrupted is taken again, a few times at most, and counts with its shortest time: on a
 * CPU that has become slow all calls are long, and a run has to end there, too. */
static double undisturbed_call(struct loop *loop, size_t first, size_t n)
{
    const double limit = limit_of(expected_ns(loop, first, n));
    double ns = timed_call_after_touch(loop, first, n);
    for (int i = 0; i < LOOP_MOST_RETAKES && ns > limit; i++) {
        loop->tally->n_retaken++;
        ns = fmin(ns, timed_call_after_touch(loop, first, n));
    }
    return ns;
}

/* A call on the real clock of an engine that only takes time. */
static void spend(struct loop *loop, double ns)
{
    const double end = loop->now + ns;
    while (real_now(loop) < end) {
        ticks_pause();
    }
}

/* Derives n handshakes, those of the pool from `first` on. */
static void call(struct loop *loop, size_t first, size_t n)
{
    const double begin = loop->now;
    const bool is_real = loop->settings->has_real_clock;
    if (!loop->engine->impl) {
        const double ns = load_engine_takes_ns(&loop->state, n, loop->now);
        if (is_real && ns > 0) {
            spend(loop, ns);
        }
        loop->now += is_real ? 0 : ns;
        look_at_clock(loop, ns);
    } else {
        if (is_real) {
            load_engine_derive(&loop->state, first, n);
            look_at_clock(loop, expected_ns(loop, first, n));
        } else {
            loop->now += undisturbed_call(loop, first, n);
        }
        choose_pending(loop, first, n);
    }
    if (loop->n_done >= loop->slice->n_warm_up) {
        loop->tally->calls[n]++;
        loop->tally->call_ns[n] += loop->now - begin;
    }
}

/* --- an iteration --- */

/* Begins to count where the warm-up ends: with the handshake behind the one that arrived at this time. */
static void begin_to_count(struct loop *loop, double arrival)
{
    loop->begin = loop->now;
    loop->busy_before = loop->busy + (loop->now - loop->iteration_begin);
    loop->first_intended = arrival;
}

/* Whether an objective cannot be met any more. */
static bool is_hopeless(struct loop *loop, double ns)
{
    const struct loop_slice *slice = loop->slice;
    bool is_missed = false;
    for (size_t i = 0; i < slice->n_objectives; i++) {
        const double allowed = (1 - slice->objectives[i].percent / 100) * (double)slice->n_all;
        loop->n_beyond[i] += ns > slice->objectives[i].ns;
        is_missed = is_missed || (double)loop->n_beyond[i] > allowed;
    }
    return is_missed;
}

static void count_done(struct loop *loop, double arrival)
{
    loop->n_done++;
    if (loop->n_done == loop->slice->n_warm_up) {
        begin_to_count(loop, arrival);
    } else if (loop->n_done > loop->slice->n_warm_up) {
        const double ns = loop->now - arrival;
        histogram_record(&loop->tally->latency, ns);
        if (loop->slice->n_objectives > 0 && is_hopeless(loop, ns) && !loop->is_over) {
            loop->tally->n_given_up++;
            loop->is_over = true;
        }
    }
}

/* The other work before the derivation. On the real clock the footprint is a part of it; where it takes
 * longer than that part, less is left for behind the derivation. */
static void work_before(struct loop *loop, size_t n)
{
    const struct loop_settings *settings = loop->settings;
    if (!settings->has_real_clock) {
        loop->now += (double)n * settings->before_ns;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        around_touch(loop->memory, settings->footprint);
        work(loop, settings->before_ns, loop->before_work_ns);
    }
}

/* Chooses the window of the pool for a call. On the real clock its outputs are poisoned here, ahead of what
 * is counted as the derivation's time. */
static size_t prepare_window(struct loop *loop, size_t n)
{
    if (!loop->engine->impl) {
        return 0;
    }
    const size_t first = next_window(loop, n);
    if (loop->settings->has_real_clock) {
        pool_poison(loop->pool, first, n);
        look_at_clock(loop, (double)n * loop->poison_ns);
    }
    return first;
}

/* Serves n of those that wait, from `first` on, in one call. */
static void serve_group(struct loop *loop, size_t first, size_t n)
{
    const double after_ns = loop->settings->around_ns - loop->settings->before_ns;
    const size_t item = prepare_window(loop, n);
    work_before(loop, n);
    call(loop, item, n);
    loop->n_since_seen += n;
    for (size_t i = 0; i < n; i++) {
        if (loop->n_done + i >= loop->slice->n_warm_up) {
            histogram_record(&loop->tally->keys, loop->now - loop->waiting[first + i]);
        }
    }
    for (size_t i = first; i < first + n; i++) {
        work(loop, after_ns, loop->after_work_ns);
        count_done(loop, loop->waiting[i]);
    }
}

static void iterate(struct loop *loop)
{
    loop->iteration_begin = loop->now;
    work(loop, loop->settings->per_loop_ns, loop->settings->per_loop_ns);
    for (size_t i = 0; i < loop->n_waiting && !loop->is_over;) {
        const size_t left = loop->n_waiting - i, n = left < loop->group ? left : loop->group;
        serve_group(loop, i, n);
        i += n;
    }
    loop->n_waiting = 0;
    loop->busy += loop->now - loop->iteration_begin;
}

/* --- a slice --- */

/* More wait than a queue of this length ever has at a load that can be done: the rate is too high. */
static bool is_overloaded(const struct loop *loop)
{
    enum { MOST_BEHIND = 50000 /* handshakes */ };
    return loop->arrivals.distance_ns > 0 && loop->n_arrivals - loop->n_arrived > MOST_BEHIND &&
           loop->now - loop->next > MOST_BEHIND * loop->arrivals.distance_ns;
}

static void begin_slice(struct loop *loop, const struct loop_slice *slice, struct tally *tally)
{
    const struct arrivals_place place = {
        slice->stream, slice->n_streams, (uint64_t)slice->number * slice->n_counted};
    loop->slice = slice;
    loop->tally = tally;
    loop->random = slice->seed;
    arrivals_begin(&loop->arrivals, loop->pattern, &place, slice->per_second, slice->seed);
    loop->n_arrivals = slice->n_warm_up + slice->n_counted;
    loop->next = arrivals_next(&loop->arrivals);
    loop->n_waiting = loop->n_since_seen = loop->n_arrived = loop->n_done = loop->n_pending = 0;
    loop->now = loop->seen = loop->busy = loop->iteration_begin = loop->last_intended = 0;
    loop->state.next_stall_ns = 0;
    loop->is_over = false;
    memset(loop->n_beyond, 0, sizeof(loop->n_beyond));
    begin_to_count(loop, 0);
}

static void run_slice(struct loop *loop)
{
    loop->begin_ticks = ticks_now();
    while (loop->n_done < loop->n_arrivals && !loop->is_over) {
        look_at_clock(loop, 0);
        take_arrivals(loop);
        if (must_wait(loop)) {
            wait_for_more(loop);
        } else {
            iterate(loop);
            if (is_overloaded(loop)) {
                loop->tally->n_overloaded++;
                loop->is_over = true;
            }
        }
    }
    compare_pending(loop);
}

static uint64_t switches_of_thread(void)
{
#ifdef RUSAGE_THREAD
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)usage.ru_nivcsw : 0;
#else
    return 0;
#endif
}

void loop_run(struct loop *loop, const struct loop_slice *slice, struct tally *tally)
{
    const uint64_t n_switches = switches_of_thread();
    begin_slice(loop, slice, tally);
    run_slice(loop);
    tally->n_switches += switches_of_thread() - n_switches;
    tally->n_slices++;
    tally->elapsed_ns += loop->now - loop->begin;
    tally->busy_ns += loop->busy - loop->busy_before;
    tally->scheduled_ns += loop->last_intended - loop->first_intended;
}

/* --- a loop --- */

static double least_of_calls(struct loop *loop, size_t first, size_t n, int n_tries)
{
    double least = timed_call_after_touch(loop, first, n);
    for (int i = 1; i < n_tries; i++) {
        least = fmin(least, timed_call_after_touch(loop, first, n));
    }
    return least;
}

/* Finds out how long calls take, after which interrupted ones are known. The items of a mix differ, so that
 * each is called alone; calls of several take a share of the sum, for which a few are enough. */
static void measure_calls(struct loop *loop)
{
    enum { TRIES = 3, WINDOWS = 3 };
    const size_t n_items = loop->pool->n;
    loop->ns_before = peers_alloc((n_items + 1) * sizeof(*loop->ns_before));
    loop->least_ns = INFINITY;
    for (size_t i = 0; i < n_items; i++) {
        const double ns = least_of_calls(loop, i, 1, TRIES);
        loop->ns_before[i + 1] = loop->ns_before[i] + ns;
        loop->least_ns = fmin(loop->least_ns, ns);
    }
    loop->share[1] = 1;
    for (size_t n = 2; n <= loop->group; n++) {
        loop->share[n] = 1;
        for (size_t i = 0; i < WINDOWS; i++) {
            const size_t first = i * n % (n_items - n + 1);
            const double sum = loop->ns_before[first + n] - loop->ns_before[first];
            loop->share[n] = fmin(loop->share[n], least_of_calls(loop, first, n, TRIES) / sum);
        }
    }
}

/* The time that poisoning the outputs of an item takes, where nobody has touched them for a while. */
static double measure_poison(struct loop *loop)
{
    enum { TRIES = 3 };
    double least = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t begin = displace_ticks();
        pool_poison(loop->pool, 0, loop->pool->n);
        least = fmin(least, (double)(displace_ticks() - begin) / loop->ticks_per_ns);
    }
    return least / (double)loop->pool->n;
}

struct loop *loop_new(const struct loop_settings *settings, const struct arrivals_pattern *pattern,
    const struct load_engine *engine, struct pool *pool, struct around_memory *memory)
{
    struct loop *loop = peers_alloc(sizeof(*loop));
    *loop = (struct loop){.settings = settings,
        .pattern = pattern,
        .engine = engine,
        .pool = pool,
        .memory = memory,
        .group = loop_group(settings, engine),
        .ticks_per_ns = displace_ticks_per_ns(),
        .ticks_overhead = displace_ticks_overhead()};
    load_engine_prepare(&loop->state, engine, pool, loop->group);
    if (engine->impl) {
        measure_calls(loop);
        loop->poison_ns = measure_poison(loop);
    }
    const double touch_ns = settings->has_real_clock ? around_touch_ns(memory, settings->footprint) : 0;
    const double after_ns = settings->around_ns - settings->before_ns;
    loop->before_work_ns = fmax(0, settings->before_ns - touch_ns);
    loop->after_work_ns = fmax(0, after_ns - fmax(0, touch_ns - settings->before_ns));
    return loop;
}

/* The time of a handshake in a slice that counts for nothing else. */
static double ns_of_slice(struct loop *loop, const struct loop_slice *slice, struct tally *tally)
{
    tally_clear(tally);
    loop_run(loop, slice, tally);
    return tally->elapsed_ns / (double)tally->latency.n;
}

double loop_capacity(struct loop *loop, struct tally *tally)
{
    enum { N_HANDSHAKES = 2000, N_CALLS = 50 };
    static const struct arrivals_pattern all_at_once = {.kind = ARRIVALS_FIXED};
    const struct loop_slice slice = {.per_second = INFINITY,
        .seed = 1,
        .n_streams = 1,
        .n_warm_up = loop->group,
        .n_counted = N_HANDSHAKES + N_CALLS * loop->group};
    const struct arrivals_pattern *pattern = loop->pattern;
    const struct loop_settings *settings = loop->settings;
    struct loop_settings unverified = *settings; /* a wrong output ends a slice, perhaps before it counts */
    unverified.verify_one_in = 0;
    loop->pattern = &all_at_once;
    loop->settings = &unverified;
    const double ns = ns_of_slice(loop, &slice, tally);
    loop->pattern = pattern;
    loop->settings = settings;
    return 1e9 / ns;
}

double loop_call_ns(struct loop *loop)
{
    return loop->engine->impl ? loop->least_ns : load_engine_takes_ns(&loop->state, 1, -1);
}

double loop_own_ns(void)
{
    enum { TRIES = 5, N = 40000 };
    static const struct arrivals_pattern poisson = {.kind = ARRIVALS_POISSON};
    static const struct loop_settings settings = {
        .has_real_clock = true, .accept = LOOP_MAX_ACCEPTED, .group = 1};
    static const struct load_engine null = {.name = "null"};
    static struct pool no_pool;
    const struct loop_slice slice = {
        .per_second = 1e12, .seed = 1, .n_streams = 1, .n_warm_up = N / 10, .n_counted = N};
    struct loop *loop = loop_new(&settings, &poisson, &null, &no_pool, NULL);
    struct tally *tally = peers_alloc(sizeof(*tally));
    double least = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        least = fmin(least, ns_of_slice(loop, &slice, tally));
    }
    peers_free(tally);
    return least;
}

void loop_verify_all(struct loop *loop, struct tally *tally)
{
    loop->tally = tally;
    for (size_t i = 0; i < loop->pool->n && loop->engine->impl; i += loop->group) {
        const size_t left = loop->pool->n - i, n = left < loop->group ? left : loop->group;
        pool_poison(loop->pool, i, n);
        load_engine_derive(&loop->state, i, n);
        for (size_t k = i; k < i + n; k++) {
            compare_item(loop, k);
        }
    }
}
