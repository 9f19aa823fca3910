/*
 * Histograms: where a value goes, that adding is exact, and which percentile a rank is. Catches: a step that
 * is wider than 1/256 of its values, a value in the step beside its own, sums that depend on who recorded
 * what, a sum that wraps round, a value that did not fit and is clipped in silence, and a percentile that is
 * off by one.
 */
#include "histogram.h"
#include "peers_support.h"

#include <math.h>
#include <stdlib.h>

static struct histogram whole, parts[7], sum;

static void expect(bool holds, const char *what, double value)
{
    if (!holds) {
        peers_fail("histograms: %s, at %.17g", what, value);
    }
}

static double random_ns(uint64_t *random)
{
    return exp2((double)(peers_random(random) % 4000) / 100 - 1) *
           (1 + (double)(peers_random(random) % 1000) / 1e3);
}

static void check_steps(void)
{
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        const double begin = histogram_step_begin(i), end = histogram_step_begin(i + 1);
        expect(end / begin <= 1 + 1.0 / 256, "a step is wide", begin);
        expect(histogram_step(begin) == (int64_t)i, "a step has its begin", begin);
        expect(histogram_step(nextafter(end, 0)) == (int64_t)i, "a step has all up to its end", end);
    }
    expect(histogram_step_begin(HISTOGRAM_N) >= 100e9, "100 seconds fit", histogram_step_begin(HISTOGRAM_N));
}

static void check_sums(void)
{
    enum { N = 200000 };
    uint64_t random = 5;
    for (int i = 0; i < N; i++) {
        const double ns = random_ns(&random);
        histogram_record(&whole, ns);
        histogram_record(&parts[peers_random(&random) % 7], ns);
    }
    for (int i = 0; i < 7; i++) {
        histogram_add(&sum, &parts[i]);
    }
    expect(memcmp(&sum, &whole, sizeof(sum)) == 0, "seven parts are the whole", 7);
    expect(whole.n_below > 0 && whole.n_above > 0, "what does not fit is counted", (double)whole.n_below);
    uint64_t n = whole.n_below + whole.n_above;
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        n += whole.counts[i];
    }
    expect(n == N && whole.n == N, "all are counted", (double)n);
}

/* A sum that does not fit is known to be one, in whichever order it is made. */
static void check_long_sums(void)
{
    static struct histogram one, other;
    for (int i = 0; i < 3; i++) {
        histogram_record(&one, 0x1p62);
    }
    histogram_record(&other, 0x1p62);
    expect(one.sum_ns == 3ull << 62, "a sum that fits", (double)one.sum_ns);
    histogram_add(&other, &one);
    histogram_record(&one, 0x1p62);
    expect(one.sum_ns == UINT64_MAX && other.sum_ns == UINT64_MAX, "one that does not", (double)one.sum_ns);
    histogram_record(&one, 1e300);
    expect(one.sum_ns == UINT64_MAX && histogram_mean(&one) > 3e18, "its mean", histogram_mean(&one));
}

static void check_percentiles(void)
{
    static const double percents[] = {0, 1, 50, 99, 99.9, 100};
    static const double expected[] = {1, 10, 500, 990, 999, 1000}; /* microseconds */
    struct histogram *histogram = &sum;
    histogram_clear(histogram);
    expect(
        histogram_percentile(histogram, 50) == 0, "an empty one has none", 50); /* exact: nothing was added */
    for (int i = 1; i <= 1000; i++) {
        histogram_record(histogram, 1e3 * i);
    }
    for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
        const double ns = histogram_percentile(histogram, percents[i]);
        expect(histogram_step(ns) == histogram_step(1e3 * expected[i]), "a percentile", percents[i]);
    }
    expect(histogram_carries(histogram, 90) && !histogram_carries(histogram, 90.1), "100 lie beyond", 90);
    expect(fabs(histogram_mean(histogram) - 500.5e3) < 1, "the mean", histogram_mean(histogram));
    for (int i = 0; i < 1000; i++) {
        histogram_record(histogram, 200e9 + i);
    }
    expect(histogram_carries(histogram, 50), "one that fits, below as many that do not", 50);
    expect(!histogram_carries(histogram, 50.1), "one that does not fit is no percentile", 50.1);
}

/* Values that did not fit are in each column of the file, and in the standard deviation. */
static void check_file(void)
{
    static struct histogram histogram;
    char text[4096] = "", *deviation;
    double us = 0, share = 0, inverse = 0;
    unsigned long long n = 0;
    for (int i = 0; i < 3; i++) {
        histogram_record(&histogram, 0.25);
    }
    histogram_record(&histogram, 400e9);
    FILE *file = fmemopen(text, sizeof(text), "w");
    expect(file && histogram_write_percentiles(&histogram, file) && fclose(file) == 0, "the file", 0);
    const char *row = strstr(text, "\n\n");
    expect(row && sscanf(row, "%lf %lf %llu %lf", &us, &share, &n, &inverse) == 4, "its first row", 0);
    expect(us == 0.001 && share == 0.75 && n == 3 && inverse == 4, "below the first step", inverse);
    deviation = strstr(text, "StdDeviation   =");
    us = deviation ? strtod(strchr(deviation, '=') + 1, NULL) : 0;
    expect(fabs(us / (100e6 * sqrt(3)) - 1) < 1e-6, "a deviation", us); /* the mean is 100 s */
}

int main(void)
{
    check_steps();
    check_sums();
    check_long_sums();
    check_percentiles();
    check_file();
    return 0;
}
