// What the figures belong to. It goes into the context of results.json.
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include <string>

// Adds the machine, the versions and the workloads, before anything runs.
void add_run_context();

// Adds, after everything has run, the ceilings and what was rejected: how many repetitions, how many
// benchmarks have fewer of them than were asked for, and the names of the benchmarks that have none.
void add_outcome_context(size_t n_rejected, size_t n_incomplete, const std::string &without_any);

#endif
