/*
 * Which slices count, with a clock of this test's own: time passes only where something runs, so that no
 * figure depends on the machine. Catches: slices that count although a neighbour or another thread disturbed
 * them, an item without any that is not found out, and turns that are not shared.
 */
#include "core_clock.h"
#include "issue_rate.h"
#include "latency.h"
#include "slices.h"

#include <math.h>
#include <stdio.h>

/* --- the machine of this test --- */

static double wall_ns, cpu_ns;
static double ghz = 2;
static bool is_slow;        /* a neighbour takes a third of the core */
static bool is_interrupted; /* another thread takes half of the time */

static void pass(double ns)
{
    cpu_ns += ns;
    wall_ns += is_interrupted ? 2 * ns : ns;
}

double core_clock_ns(void)
{
    return wall_ns;
}

double core_clock_cpu_ns(void)
{
    return cpu_ns;
}

double core_clock_ghz(void)
{
    pass(50e3);
    return ghz;
}

double issue_rate_probe(void)
{
    pass(40e3);
    return (is_slow ? 2 : 3) * (ghz > 0 ? ghz : 1);
}

void issue_rate_measure(void) {}
void latency_measure(void) {}

/* --- items --- */

enum disturbance { NEVER, OFTEN, ALWAYS };

struct thing {
    double ns; /* of a run */
    enum disturbance by_neighbour, by_thread;
};

/* Disturbances last for a while, and end while this item or another one runs. */
static bool is_there(enum disturbance disturbance)
{
    return disturbance == ALWAYS || (disturbance == OFTEN && fmod(wall_ns, 40e6) < 12e6);
}

static void run(void *state)
{
    const struct thing *thing = state;
    is_slow = is_there(thing->by_neighbour);
    is_interrupted = is_there(thing->by_thread);
    pass(is_slow ? 1.5 * thing->ns : thing->ns);
}

static int n_failed;

static void expect(bool is_true, const char *what)
{
    if (!is_true) {
        fprintf(stderr, "slices: %s\n", what);
        n_failed++;
    }
}

static bool is_near(double value, double expected)
{
    return fabs(value / expected - 1) < 0.001;
}

static void test_undisturbed(void)
{
    struct thing things[] = {{.ns = 1000}, {.ns = 7e6}};
    struct slices_item items[] = {{.run = run, .state = &things[0]}, {.run = run, .state = &things[1]}};
    struct slices_item *const all[] = {&items[0], &items[1]};
    const double begin = wall_ns;
    const struct slices_outcome outcome = slices_measure(all, 2, 2, NULL);
    expect(is_near(items[0].ns, 1000) && is_near(items[1].ns, 7e6), "the time of a run is another one");
    expect(is_near(items[0].cycles, 2000), "a run takes another number of cycles");
    expect(items[0].spread < 1e-6, "equal slices are spread");
    expect(outcome.n_disturbed == 0 && outcome.n_slices == items[0].n_slices + items[1].n_slices,
        "slices are counted in another way");
    expect(outcome.core_ghz == 2, "the core has another clock");
    expect(wall_ns - begin > 2e9 && wall_ns - begin < 2.1e9, "two seconds are another time");
    expect(outcome.n_slices < 200, "slices are shorter than those of a long time");
    const double share = (double)items[0].n_slices / (double)outcome.n_slices;
    expect(share > 0.4 && share < 0.6, "items do not take turns");
}

static void test_disturbed(enum disturbance by_neighbour, enum disturbance by_thread)
{
    struct thing thing = {1000, by_neighbour, by_thread}, calm = {.ns = 500};
    struct slices_item item = {.run = run, .state = &thing}, other = {.run = run, .state = &calm};
    struct slices_item *const all[] = {&item, &other};
    const struct slices_outcome outcome = slices_measure(all, 2, 2, NULL);
    expect(is_near(other.ns, 500), "an item has another time, beside one that is disturbed");
    expect(other.n_undisturbed == other.n_slices, "an item is disturbed by what disturbs another one");
    if (by_neighbour == ALWAYS || by_thread == ALWAYS) {
        expect(item.n_undisturbed == 0, "a slice counts as undisturbed that is not");
        expect(item.ns >= 1000 && item.ns <= 1501, "no slice counts where all are disturbed");
    } else {
        expect(item.n_undisturbed > 0 && item.n_undisturbed < item.n_slices, "some slices are disturbed");
        expect(
            is_near(item.ns, 1000) && item.spread < 1e-6, "disturbed slices count beside undisturbed ones");
    }
    expect(outcome.n_disturbed == item.n_slices - item.n_undisturbed, "disturbed slices are not counted");
}

/* However short the time is, each item has its slices. */
static void test_short(void)
{
    struct thing thing = {.ns = 1e9};
    struct slices_item item = {.run = run, .state = &thing};
    struct slices_item *const all[] = {&item};
    slices_measure(all, 1, 0.001, NULL);
    expect(item.n_slices == SLICES_LEAST && is_near(item.ns, 1e9), "a long run in a short time");
}

static void test_unknown_clock(void)
{
    struct thing thing = {.ns = 1000};
    struct slices_item item = {.run = run, .state = &thing};
    struct slices_item *const all[] = {&item};
    ghz = 0;
    const struct slices_outcome outcome = slices_measure(all, 1, 0.1, NULL);
    expect(item.cycles == 0 && outcome.core_ghz == 0, "cycles of an unknown clock");
    expect(is_near(item.ns, 1000) && outcome.n_disturbed == 0, "the time where the clock is unknown");
    ghz = 2;
}

int main(void)
{
    test_undisturbed();
    test_disturbed(OFTEN, NEVER);
    test_disturbed(NEVER, OFTEN);
    test_disturbed(ALWAYS, NEVER);
    test_disturbed(NEVER, ALWAYS);
    test_short();
    test_unknown_clock();
    return n_failed != 0;
}
