// The benchmarks, by groups. Each of these functions prepares, checks and registers its group; everything is
// checked before anything is timed.
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

// The thread counts and batch sizes that are measured.
std::vector<unsigned> thread_counts();
const std::vector<size_t> &batch_sizes();

// The kernel whose ceiling a benchmark is measured by, by the name of the benchmark. A benchmark that is not
// measured by a ceiling has no entry or an empty one.
std::map<std::string, std::string> &ceiling_kernels();

// What the groups enter there for an implementation. One that has no kernels is measured by the lowest
// ceiling of this CPU.
std::string ceiling_kernel_name(const impl &implementation, const workload &w, size_t batch_size);

// The outputs of a workload, by the implementation that judges it, which derives them once.
const std::vector<handshake_outputs> &expected_of(const workload &w);

#endif
