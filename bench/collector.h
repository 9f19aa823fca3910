// The collector takes the repetitions from Google Benchmark, judges them by their probe, and writes those
// that it accepts in Google Benchmark's own format.
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

// It prints like the console reporter, for users who run the program by hand.
class Collector : public benchmark::ConsoleReporter
{
  public:
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;

    // Takes over the repetitions that came in since the last call. It may reject those that were disturbed,
    // whose probe is clearly below the highest ones that this run of the program saw.
    void judge(bool may_reject);

    // A regular expression for the benchmarks that have fewer accepted repetitions than were asked for; "" if
    // there are none. *n_most becomes the most repetitions that one of them lacks, and *n_names their number.
    std::string incomplete(size_t *n_most, size_t *n_names) const;

    size_t n_incomplete() const;
    std::string without_any() const; // names of benchmarks without an accepted repetition

    // Adds percent_of_floor and writes results.json. Returns false if the file cannot be written.
    bool write(const std::string &path);

    bool empty() const { return benchmarks_.empty(); }
    size_t n_rejected() const { return n_rejected_; }
    size_t n_measured() const { return n_measured_; } // repetitions, those that were rejected among them

  private:
    struct Benchmark {
        std::string name;
        std::vector<Run> accepted, unjudged;
        size_t n_wanted;
        int64_t order; // of registration, since benchmarks run and are reported in random order
    };
    Benchmark &benchmark_of(const Run &run);
    void complete(Benchmark &benchmark);

    std::vector<Benchmark> benchmarks_;
    std::vector<double> probes_;
    size_t n_rejected_ = 0, n_measured_ = 0;
};

#endif
