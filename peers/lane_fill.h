/* How many of the lanes that the engine's kernels compute are of use. */
#ifndef LANE_FILL_H
#define LANE_FILL_H

#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Derives the batches with lanekdf, untimed, and counts the tasks that the engine gives its kernels. Returns
 * the compressions that the handshakes need (compressions.h) over those that the kernels computed in all
 * lanes, idle ones included: 1 means that all lanes were of use. Hashes that ran on kernels of one lane
 * only do not count, since their lanes are always full. `impl` is lanekdf; it has a kernel, or each batch
 * has more than one handshake, since a single job runs in no context. One thread at a time may call this.
 */
double lane_fill(const struct impl *impl, const struct workload_batch *batches, size_t n_batches);

#ifdef __cplusplus
}
#endif
#endif
