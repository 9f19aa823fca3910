// The benchmarks, by groups. Each of these functions prepares, checks and registers its group; everything is
// checked before anything is timed.
#ifndef GROUPS_H
#define GROUPS_H

#include "fixture.h"

#include <map>
#include <string>
#include <vector>

// handshake/<workload>/<impl>/batch:<n>, stage/<workload>/<impl>/batch:<n>,
// quic-open/<impl>/batch:<n>, prf/<impl>/out:48/batch:1,
// exporter/lanekdf/out:32/batch:<n>, exporter-prepared/lanekdf/out:32/batch:<n>
void add_hot_group();
// handshake/<workload>-cold/<impl>/batch:1, prf-cold/<impl>/out:48/batch:1
void add_cold_group();
// handshake/<workload>/lanekdf/batch:256/threads:<n>
void add_thread_group();
// kernel/<kernel>/tasks:<n>, step/<kernel>
void add_kernel_group();

// A fixture whose outputs are right.
fixture *checked_fixture(const std::string &name, const impl &implementation, const workload &w,
    size_t batch_size, unsigned worker = 0);

// The thread counts and batch sizes that are measured.
std::vector<unsigned> thread_counts();
const std::vector<size_t> &batch_sizes();
const std::vector<size_t> &few_batch_sizes(); // for what is a part of something else

// What the floor of a benchmark (floor.h) is made of.
struct FloorOf {
    std::vector<compressions> calls; // that take turns
    std::string kernel;              // the only one that may be used; "": any

    // By what was measured up to now; 0 if nothing is known of the core.
    double cycles_per_compression() const;
};

// The floors of all benchmarks, by their names. Every group enters its own.
std::map<std::string, FloorOf> &floors();

// lanekdf that is kept to a kernel has the floor of this kernel, every other implementation that of the CPU.
FloorOf floor_of(const fixture &fixture);

#endif
