// What the figures belong to: goes into the context of results.json.
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include <string>

// Machine, versions, workloads; before anything runs.
void add_run_context();

// Ceilings and what was rejected: how many repetitions; how many benchmarks have fewer than
// were asked for, and the names of those that have none. After everything has run.
void add_outcome_context(size_t n_rejected, size_t n_short, const std::string &without_any);

#endif
