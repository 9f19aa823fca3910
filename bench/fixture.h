// One implementation with a workload in batches of one size, ready to run.
#ifndef FIXTURE_H
#define FIXTURE_H

#include "impl.h"

#include <string>
#include <vector>

// Never freed: it is used until the program ends.
class Fixture
{
  public:
    // Prepares. A worker other than 0 gets memory that it touches first, if the thread that
    // calls this is the one that will run it.
    Fixture(
        const std::string &name, const impl &i, const workload &w, size_t batch_size, unsigned worker = 0);

    // Derives the next batch. A batch of a mix is one of several that take turns, all
    // together a fair sample of it. This is what is timed.
    void run()
    {
        implementation.run(windows_[next_].state);
        if (++next_ == windows_.size()) {
            next_ = 0;
        }
    }

    // Derives all batches afresh and compares each byte with these keys, one for each
    // handshake of the workload.
    void check(const std::vector<handshake_outputs> &expected);

    // Compressions of the next n_runs batches.
    double compressions(double n_runs) const;

    // See lane_fill.h; a negative number: there are no lanes to speak of.
    double lane_fill() const;

    // What the implementation chose to use; of lanekdf the kernel whose ceiling counts.
    std::string label() const;

    const std::string name; // the benchmark's
    const impl &implementation;
    const size_t batch_size;

  private:
    struct Window {
        workload_batch batch;
        void *state;
        double compressions;
    };
    std::vector<Window> windows_;
    size_t next_ = 0;
};

// What a reference derives of a workload: MAX_BATCH handshakes.
std::vector<handshake_outputs> expected_outputs(const impl &reference, const workload &w);

#endif
