/*
 * The floor of a call: the core cycles that this CPU takes for it at least. For each kernel that may be used,
 * a call takes no less than
 *
 *     the longest path of a job  x  the step of the kernel
 *     all compressions           x  the ceiling of the kernel
 *
 * the former since compressions of a job wait for others, the latter since the core has so many instructions
 * to issue. The floor is the higher of the two, on the kernel where that is least. ceiling.h has steps and
 * ceilings. Where a call has jobs of several hashes, the floors of the hashes add up, because kernels of
 * different hashes run one after the other. No checks, copies, stores or waiting for memory are in it.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include "compressions.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Core cycles of a call with such compressions, by what was measured up to now. With a kernel only that one
 * may be used, with NULL every kernel that this CPU can run. 0 if nothing is known of the core, or the kernel
 * does not serve the hash. */
double floor_cycles(const struct compressions *call, const char *kernel);

#ifdef __cplusplus
}
#endif
#endif
