// The benchmarks, by groups. Each of these functions prepares, checks and registers
// its group; everything is checked before anything is timed.
#ifndef GROUPS_H
#define GROUPS_H

#include "fixture.h"

#include <map>

// handshake/<workload>/<impl>/batch:<n>, prf/<impl>/out:48/batch:1,
// exporter/lanekdf/out:32/batch:<n>, exporter-prepared/lanekdf/out:32/batch:<n>
void add_hot_group();
// handshake/<workload>-cold/<impl>/batch:1, prf-cold/<impl>/out:48/batch:1
void add_cold_group();
// handshake/<workload>/lanekdf/batch:256/threads:<n>
void add_thread_group();
// kernel/<kernel>/tasks:<n>
void add_kernel_group();

// What thread counts and batch sizes there are.
std::vector<unsigned> thread_counts();
const std::vector<size_t> &batch_sizes();

// The kernel whose ceiling a benchmark is measured by, by the benchmark's name; none, or an
// empty name: it is not.
std::map<std::string, std::string> &ceiling_kernels();

// For use in groups: whose ceiling it is, as a name or an empty one. Who has no kernel is
// measured by the lowest ceiling of this CPU.
std::string ceiling_kernel_name(const impl &i, const workload &w, size_t batch_size);

// Of a workload, by the implementation that judges: derived once.
const std::vector<handshake_outputs> &expected_of(const workload &w);

#endif
