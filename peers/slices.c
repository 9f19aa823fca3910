#include "slices.h"

#include "core_clock.h"
#include "issue_rate.h"
#include "latency.h"
#include "peers_support.h"

#include <stdlib.h>
#include <string.h>

struct slice {
    double ns;    /* of CPU time, of one run */
    double ghz;   /* of the core; 0: unknown */
    double probe; /* the lower one of two; per core cycle where the clock is known */
    double taken; /* the share of the time in which the CPU did something else */
    double disturbance;
};

/* An undisturbed probe agrees with the others to half a percent; a neighbour takes a third. Interrupts of the
 * system take a few thousandths of the time. */
static const double least_probe = 0.97, most_taken = 0.01;

static const double least_slice_ns = 0.3e6, most_slice_ns = 10e6;

/* --- one slice --- */

static double probe_now(double ghz)
{
    const double per_ns = issue_rate_probe();
    return ghz > 0 ? per_ns / ghz : per_ns;
}

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double ns_of(const struct slices_item *item, size_t n_runs)
{
    const double begin = core_clock_ns();
    for (size_t i = 0; i < n_runs; i++) {
        item->run(item->state);
    }
    return core_clock_ns() - begin;
}

/* The runs that fill a slice. They are found by running, which also brings back into the caches what other
 * items have displaced there. */
static size_t runs_of(const struct slices_item *item, double slice_ns)
{
    const double enough = slice_ns / 16;
    size_t n = 1;
    double ns = ns_of(item, n);
    while (ns < enough) {
        n *= 2;
        ns = ns_of(item, n);
    }
    return ns < slice_ns ? (size_t)(slice_ns / ns * (double)n) : n;
}

static struct slice take_slice(const struct slices_item *item, double slice_ns)
{
    const size_t n_runs = runs_of(item, slice_ns);
    const double ghz_before = core_clock_ghz(), probe_before = probe_now(ghz_before);
    const double cpu_begin = core_clock_cpu_ns(), ns = ns_of(item, n_runs);
    const double cpu_ns = core_clock_cpu_ns() - cpu_begin;
    const double ghz_behind = core_clock_ghz(), probe_behind = probe_now(ghz_behind);
    return (struct slice){.ns = cpu_ns / (double)n_runs,
        .ghz = (ghz_before + ghz_behind) / 2,
        .probe = lower(probe_before, probe_behind),
        .taken = cpu_ns < ns ? 1 - cpu_ns / ns : 0};
}

static void add_slice(struct slices_item *item, struct slice slice)
{
    const size_t n = item->n_slices;
    if ((n & (n - 1)) == 0) { /* room is doubled at powers of two */
        item->slices = realloc(item->slices, (n > 0 ? 2 * n : 1) * sizeof(slice));
        if (!item->slices) {
            peers_fail("no memory for %zu slices", 2 * n);
        }
    }
    item->slices[item->n_slices++] = slice;
}

/* --- rounds --- */

static void shuffle(struct slices_item **items, size_t n, uint64_t *random)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)(peers_random(random) % i);
        struct slices_item *item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}

/* What floors are made of (floor.h) is measured again and again, since a disturbance may spoil it at one
 * time.
 */
static void measure_core(void)
{
    issue_rate_measure();
    latency_measure();
}

static void take_rounds(
    struct slices_item **items, size_t n, double seconds, double begin, void (*progress)(double passed))
{
    enum { ROUNDS = 20 /* that a long time is divided into, at least */, ROUNDS_PER_CORE = 8 };
    const double share_ns = 1e9 * seconds / (double)n / ROUNDS;
    const double slice_ns = share_ns > most_slice_ns    ? most_slice_ns
                            : share_ns < least_slice_ns ? least_slice_ns
                                                        : share_ns;
    const double end = begin + 1e9 * seconds;
    uint64_t random = 15;
    for (size_t round = 0; round < SLICES_LEAST || core_clock_ns() < end; round++) {
        if (round % ROUNDS_PER_CORE == 0) {
            measure_core();
        }
        shuffle(items, n, &random);
        for (size_t i = 0; i < n && (round < SLICES_LEAST || core_clock_ns() < end); i++) {
            add_slice(items[i], take_slice(items[i], slice_ns));
            if (progress) {
                progress((core_clock_ns() - begin) * 1e-9);
            }
        }
    }
    measure_core();
}

/* --- what counts --- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The value that a share of the others lies below. Sorts them. */
static double quantile(double *values, size_t n, double share)
{
    qsort(values, n, sizeof(*values), compare);
    return values[(size_t)(share * (double)(n - 1) + 0.5)];
}

/* One value of each slice of all items. */
static double quantile_of_all(
    struct slices_item *const *items, size_t n, size_t n_slices, size_t offset, double share)
{
    double *values = peers_alloc(n_slices * sizeof(*values));
    size_t n_values = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < items[i]->n_slices; k++) {
            memcpy(&values[n_values++], (const char *)&items[i]->slices[k] + offset, sizeof(*values));
        }
    }
    const double value = quantile(values, n_values, share);
    peers_free(values);
    return value;
}

/* How much a slice was disturbed; 0: not at all. */
static double disturbance(const struct slice *slice, double high_probe)
{
    const double lost = 1 - slice->probe / high_probe;
    return (lost > 1 - least_probe ? lost : 0) + (slice->taken > most_taken ? slice->taken : 0);
}

static int compare_disturbance(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    return x->disturbance < y->disturbance ? -1 : x->disturbance > y->disturbance;
}

/* The undisturbed slices count; where they are few, the third that was disturbed least. */
static void conclude(struct slices_item *item, double high_probe)
{
    const size_t n = item->n_slices;
    double *ns = peers_alloc(n * sizeof(*ns)), *cycles = peers_alloc(n * sizeof(*cycles));
    for (size_t i = 0; i < n; i++) {
        item->slices[i].disturbance = disturbance(&item->slices[i], high_probe);
        item->n_undisturbed += item->slices[i].disturbance <= 0;
    }
    qsort(item->slices, n, sizeof(*item->slices), compare_disturbance);
    const size_t third = (n + 2) / 3, n_counted = item->n_undisturbed > third ? item->n_undisturbed : third;
    for (size_t i = 0; i < n_counted; i++) {
        ns[i] = item->slices[i].ns;
        cycles[i] = item->slices[i].ns * item->slices[i].ghz;
    }
    item->ns = quantile(ns, n_counted, 0.5);
    item->spread = (quantile(ns, n_counted, 0.75) - quantile(ns, n_counted, 0.25)) / item->ns;
    item->cycles = quantile(cycles, n_counted, 0.5);
    peers_free(ns);
    peers_free(cycles);
}

struct slices_outcome slices_measure(
    struct slices_item *const *items, size_t n_items, double seconds, void (*progress)(double passed))
{
    struct slices_outcome outcome = {0};
    const double begin = core_clock_ns();
    struct slices_item **order = peers_alloc(n_items * sizeof(*order));
    memcpy(order, items, n_items * sizeof(*order));
    take_rounds(order, n_items, seconds, begin, progress);
    for (size_t i = 0; i < n_items; i++) {
        outcome.n_slices += items[i]->n_slices;
    }
    /* The highest probe may be an error of the clock, so that the highest tenth is left out. */
    const double high_probe =
        quantile_of_all(items, n_items, outcome.n_slices, offsetof(struct slice, probe), 0.9);
    outcome.core_ghz = quantile_of_all(items, n_items, outcome.n_slices, offsetof(struct slice, ghz), 0.5);
    for (size_t i = 0; i < n_items; i++) {
        conclude(items[i], high_probe);
        outcome.n_disturbed += items[i]->n_slices - items[i]->n_undisturbed;
        free(items[i]->slices);
        items[i]->slices = NULL;
    }
    peers_free(order);
    outcome.seconds = (core_clock_ns() - begin) * 1e-9;
    return outcome;
}
