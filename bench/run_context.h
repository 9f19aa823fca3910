// What the figures belong to. It goes into the context of results.json.
#ifndef RUN_CONTEXT_H
#define RUN_CONTEXT_H

#include "collector.h"

// Adds the machine, the versions and the workloads, before anything runs.
void add_run_context();

// Adds, after everything has run, the ceilings, how long it took, for how much of that other programs had the
// core, and what was rejected.
void add_outcome_context(const Collector &collector);

#endif
