// One implementation with a workload in batches of one size, ready to run.
#ifndef FIXTURE_H
#define FIXTURE_H

#include "compressions.h"
#include "impl.h"

#include <string>
#include <vector>

// A fixture is never freed, because benchmarks use it until the program ends.
class Fixture
{
  public:
    // Prepares the batches. A worker other than 0 gets copies of the inputs in memory that the calling thread
    // touches first: it has to be the thread that will derive them.
    Fixture(const std::string &benchmark_name, const impl &implementation, const workload &w,
        size_t batch_size, unsigned worker = 0);

    // Derives the next batch. This is what is timed. A batch of a mix is one of several that take turns, and
    // all of these together are a fair sample of the mix.
    void derive_next()
    {
        implementation_.derive(windows_[next_].state);
        if (++next_ == windows_.size()) {
            next_ = 0;
        }
    }

    // Derives all batches afresh and compares each byte with these outputs, which are those of the first
    // items of the workload, as many as any fixture takes.
    void check(const std::vector<uint8_t> &expected);

    // The compressions of the next n_calls batches.
    double n_compressions(double n_calls) const;

    // Those of each call for each batch that takes its turn.
    std::vector<compressions> calls() const;

    // See lane_fill.h. Negative where no context derives the batches.
    double lane_fill() const;

    // What the implementation chose to use; "" if there is no choice.
    std::string label() const;

    const std::string &name() const { return name_; } // of the benchmark
    size_t batch_size() const { return batch_size_; }

  private:
    struct Window {
        workload_batch batch;
        void *state; // what the implementation prepared
        double n_needed;
    };
    const std::string name_;
    const impl &implementation_;
    const size_t batch_size_, output_len_;
    std::vector<Window> windows_;
    size_t next_ = 0;
};

// What a reference derives of the first n items of a workload.
std::vector<uint8_t> expected_outputs(const impl &reference, const workload &w, size_t n);

// The items that the batches of a fixture are taken from.
size_t population_of(const workload &w, size_t batch_size);

#endif
