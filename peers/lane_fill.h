/* How many of the lanes that the engine's kernels compute are of use. */
#ifndef LANE_FILL_H
#define LANE_FILL_H

#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Derives the pool with lanekdf, untimed, in calls of n_per_call items, which divides the pool, and counts
 * the tasks that the engine gives its kernels. Returns the compressions that the handshakes need
 * (compressions.h) over those that the kernels computed in all lanes, idle ones included: 1 means that all
 * lanes were of use. Hashes that ran on kernels of one lane only do not count, since their lanes are always
 * full. `impl` is lanekdf; it has a kernel, or n_per_call is more than one, since a single job runs in no
 * context. One thread at a time may call this.
 */
double lane_fill(const struct impl *impl, const struct workload_batch *pool, size_t n_per_call);

#ifdef __cplusplus
}
#endif
#endif
