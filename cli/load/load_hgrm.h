/* Percentiles in a file for the plotters of HdrHistogram. */
#ifndef LOAD_HGRM_H
#define LOAD_HGRM_H

#include "histogram.h"

/* Writes the percentiles of an engine at a rate to a file of its own: unless it is the only one, the file has
 * engine and rate behind its name. Returns false if that failed, which was said. */
bool load_hgrm_write(const char *name, const char *engine, double per_second, const struct histogram *latency,
    bool is_only_one);

#endif
