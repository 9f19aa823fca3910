// What surrounds a repetition: the loop of every benchmark runs between the construction of a Repetition and
// its finish().
#ifndef REPETITION_H
#define REPETITION_H

#include <benchmark/benchmark.h>

#include <string>

// The counters that come with Google Benchmark's own times and items_per_second.
namespace counter
{
extern const char core_ghz[];
extern const char compressions[];           // of an item, a mean
extern const char ns_per_compression[];     // of CPU time
extern const char cycles_per_compression[]; // core cycles
extern const char percent_of_floor[];       // floor.h; added when all is measured
extern const char lane_fill[];              // lane_fill.h
extern const char ns_per_call[];            // of a cold call alone
extern const char probe[];                  // issue_rate_probe(), per core cycle
} // namespace counter

// Takes the core clock, and a probe of what the core can do, right before and right after the loop. A
// neighbour on the same core halves the throughput of vector instructions, while a clock that depends on
// latency looks normal; the collector rejects repetitions with a low probe.
class Repetition
{
  public:
    // Whether a repetition waits a while for a disturbance to end before it starts.
    static bool waits;

    // After this time, in core_clock_ns(), no repetition runs but those of benchmarks that have fewer than
    // n_least: Google Benchmark cannot be stopped in the middle, but repetitions that do nothing take no
    // time. The collector takes no notice of them.
    static double deadline_ns;
    static size_t n_least;

    // Starts the time.
    Repetition(benchmark::State &state, const std::string &name);

    // Start the time anew, and stop it before finish() would, for loops that begin and end with waiting for
    // other threads.
    void start();
    void stop();

    // Ends the repetition, whose items have so many compressions in total.
    void finish(double n_items, double n_compressions);

    // Ends a repetition whose caller timed single items himself.
    void finish_with(double ns_per_item, double compressions_per_item);

  private:
    void take_counters();
    void add_compressions(double ns, double n_compressions);

    benchmark::State &state_;
    const std::string name_;
    double ghz_, probe_;
    double wall_begin_, cpu_begin_;
    double wall_ns_ = 0, cpu_ns_ = 0;
    bool is_too_late_ = false;
};

#endif
