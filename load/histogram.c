#include "histogram.h"

#include <math.h>

double histogram_step_begin(size_t step)
{
    const int octave = (int)(step >> HISTOGRAM_STEPS_LOG2);
    return ldexp(1 + (double)(step % HISTOGRAM_STEPS) / HISTOGRAM_STEPS, octave);
}

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_add(struct histogram *histogram, const struct histogram *other)
{
    if (other->n == 0) {
        return;
    }
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        histogram->counts[i] += other->counts[i];
    }
    const bool was_empty = histogram->n == 0;
    histogram->least_ns =
        was_empty || other->least_ns < histogram->least_ns ? other->least_ns : histogram->least_ns;
    histogram->most_ns = other->most_ns > histogram->most_ns ? other->most_ns : histogram->most_ns;
    histogram->n += other->n;
    histogram->n_below += other->n_below;
    histogram->n_above += other->n_above;
    histogram->sum_ns = histogram_sum(histogram->sum_ns, other->sum_ns);
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->n > 0 ? (double)histogram->sum_ns / (double)histogram->n : 0;
}

static double middle_of(size_t step)
{
    return (histogram_step_begin(step) + histogram_step_begin(step + 1)) / 2;
}

/* The middle of a step may lie beyond all that was recorded. */
static double within(const struct histogram *histogram, double ns)
{
    return fmax(histogram->least_ns, fmin(histogram->most_ns, ns));
}

/* The value of rank `rank`, counted from 1 for the least. */
static double value_of_rank(const struct histogram *histogram, uint64_t rank)
{
    uint64_t n = histogram->n_below;
    if (rank <= n) {
        return histogram->least_ns;
    }
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        n += histogram->counts[i];
        if (rank <= n) {
            return within(histogram, middle_of(i));
        }
    }
    return histogram->most_ns;
}

static uint64_t rank_of(const struct histogram *histogram, double percent)
{
    const double rank = ceil(percent / 100 * (double)histogram->n - 1e-6);
    return rank < 1 ? 1 : (uint64_t)rank;
}

double histogram_percentile(const struct histogram *histogram, double percent)
{
    if (histogram->n == 0) {
        return 0;
    }
    return value_of_rank(histogram, rank_of(histogram, percent));
}

bool histogram_carries(const struct histogram *histogram, double percent)
{
    return (1 - percent / 100) * (double)histogram->n >= HISTOGRAM_CARRIED - 1e-6 &&
           rank_of(histogram, percent) <= histogram->n - histogram->n_above;
}

/* --- the file of percentiles --- */

/* What did not fit counts, too: below the first step as if it took no time, above the last as the longest. */
static double standard_deviation(const struct histogram *histogram)
{
    const double mean = histogram_mean(histogram), above = histogram->most_ns - mean;
    double sum = (double)histogram->n_below * mean * mean + (double)histogram->n_above * above * above;
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        const double distance = middle_of(i) - mean;
        sum += (double)histogram->counts[i] * distance * distance;
    }
    return histogram->n > 0 ? sqrt(sum / (double)histogram->n) : 0;
}

/* Writes the row of a time that n values do not exceed, and others do: the last row has no fourth column. */
static void write_row(const struct histogram *histogram, FILE *file, double ns, uint64_t n)
{
    const double share = (double)n / (double)histogram->n;
    fprintf(file, "%12.3f %14.12f %10llu %14.2f\n", within(histogram, ns) / 1e3, share, (unsigned long long)n,
        1 / (1 - share));
}

/* A row for each step that has a value: HdrHistogram's own rows are some of these. */
static void write_rows(const struct histogram *histogram, FILE *file)
{
    uint64_t n = histogram->n_below;
    if (n > 0 && n < histogram->n) {
        write_row(histogram, file, histogram_step_begin(0), n);
    }
    for (size_t i = 0; i < HISTOGRAM_N; i++) {
        n += histogram->counts[i];
        if (histogram->counts[i] > 0 && n < histogram->n) {
            write_row(histogram, file, histogram_step_begin(i + 1), n);
        }
    }
    fprintf(file, "%12.3f %14.12f %10llu\n", histogram->most_ns / 1e3, 1.0, (unsigned long long)histogram->n);
}

bool histogram_write_percentiles(const struct histogram *histogram, FILE *file)
{
    fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    if (histogram->n > 0) {
        write_rows(histogram, file);
    }
    fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", histogram_mean(histogram) / 1e3,
        standard_deviation(histogram) / 1e3);
    fprintf(file, "#[Max     = %12.3f, Total count    = %12llu]\n", histogram->most_ns / 1e3,
        (unsigned long long)histogram->n);
    fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", HISTOGRAM_OCTAVES, HISTOGRAM_STEPS);
    return !ferror(file);
}
