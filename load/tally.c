#include "tally.h"

#include <math.h>

void tally_clear(struct tally *tally)
{
    memset(tally, 0, sizeof(*tally));
}

void tally_add(struct tally *tally, const struct tally *other)
{
    histogram_add(&tally->latency, &other->latency);
    histogram_add(&tally->keys, &other->keys);
    for (size_t n = 0; n <= TALLY_MAX_GROUP; n++) {
        tally->calls[n] += other->calls[n];
        tally->call_ns[n] += other->call_ns[n];
    }
    tally->n_slices += other->n_slices;
    tally->elapsed_ns += other->elapsed_ns;
    tally->scheduled_ns += other->scheduled_ns;
    tally->busy_ns += other->busy_ns;
    tally->n_verified += other->n_verified;
    tally->n_wrong += other->n_wrong;
    tally->n_retaken += other->n_retaken;
    tally->n_gaps += other->n_gaps;
    tally->gaps_ns += other->gaps_ns;
    tally->longest_gap_ns = fmax(tally->longest_gap_ns, other->longest_gap_ns);
    tally->n_switches += other->n_switches;
    tally->n_overloaded += other->n_overloaded;
    tally->n_given_up += other->n_given_up;
}

static double per_second(double n, double ns, size_t n_threads)
{
    return ns > 0 ? 1e9 * n / ns * (double)n_threads : 0;
}

double tally_rate(const struct tally *tally, size_t n_threads)
{
    return per_second((double)tally->latency.n, fmax(tally->elapsed_ns, tally->scheduled_ns), n_threads);
}

double tally_scheduled_rate(const struct tally *tally, size_t n_threads)
{
    return per_second((double)tally->latency.n, tally->scheduled_ns, n_threads);
}

double tally_busy(const struct tally *tally)
{
    return tally->elapsed_ns > 0 ? tally->busy_ns / tally->elapsed_ns : 0;
}

/* Sum over all calls of the power `power` of their handshakes. */
static double sum_of(const struct tally *tally, int power)
{
    double sum = 0;
    for (size_t n = 1; n <= TALLY_MAX_GROUP; n++) {
        sum += (double)tally->calls[n] * pow((double)n, power);
    }
    return sum;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

double tally_per_call(const struct tally *tally)
{
    return ratio(sum_of(tally, 1), sum_of(tally, 0));
}

double tally_per_call_by_handshakes(const struct tally *tally)
{
    return ratio(sum_of(tally, 2), sum_of(tally, 1));
}

double tally_derivation_ns(const struct tally *tally)
{
    double ns = 0;
    for (size_t n = 1; n <= TALLY_MAX_GROUP; n++) {
        ns += tally->call_ns[n];
    }
    return ratio(ns, sum_of(tally, 1));
}

bool tally_is_disturbed(const struct tally *tally)
{
    return tally->gaps_ns > tally->elapsed_ns / 1000;
}

bool tally_is_behind(const struct tally *tally)
{
    const double usual_backlog = 50; /* handshakes */
    const double handshake_ns = ratio(tally->busy_ns, (double)tally->latency.n);
    const double allowed_ns =
        tally->scheduled_ns / 50 + usual_backlog * handshake_ns * (double)tally->n_slices;
    return tally->n_overloaded > 0 || tally->elapsed_ns - tally->scheduled_ns > allowed_ns;
}
