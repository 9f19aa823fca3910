// Takes the repetitions from Google Benchmark, judges them by their probe, and writes
// those that it accepts in Google Benchmark's own format.
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

// Prints like the console reporter, for who runs this program by hand.
class Collector : public benchmark::ConsoleReporter
{
  public:
    bool ReportContext(const Context &context) override;
    void ReportRuns(const std::vector<Run> &runs) override;

    // Takes over what came in since the last time. May reject what was disturbed: a probe
    // clearly below the best that this run of the program saw.
    void judge(bool may_reject);

    // Benchmarks that have fewer accepted repetitions than were asked for, as a regular
    // expression; "" if none. n_most: how many the worst lacks.
    std::string short_of(size_t *n_most) const;

    size_t n_short() const;
    std::string without_any() const; // names of benchmarks without an accepted repetition

    // Adds percent_of_ceiling and writes results.json; false if it cannot be written.
    bool write(const std::string &path);

    bool empty() const { return benchmarks_.empty(); }
    size_t n_rejected() const { return n_rejected_; }

  private:
    struct Benchmark {
        std::string name;
        std::vector<Run> accepted, new_ones;
        size_t n_wanted;
        int64_t order; // of registration: they are run and reported in a random one
    };
    Benchmark &benchmark_of(const Run &run);
    void finish(Benchmark &benchmark);

    std::vector<Benchmark> benchmarks_;
    std::vector<double> probes_;
    size_t n_rejected_ = 0;
};

#endif
