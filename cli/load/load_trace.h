/* Recorded arrivals. */
#ifndef LOAD_TRACE_H
#define LOAD_TRACE_H

#include "arrivals.h"

#include <stdbool.h>

/* Reads a file of times, one in each line, in seconds with decimals, as `tshark -T fields -e
 * frame.time_epoch` prints them. Returns false if they are no trace, which was said. */
bool load_trace_read(const char *name, struct arrivals_pattern *pattern);

#endif
