/* How many of the lanes that the engine's kernels compute are of use. */
#ifndef LANE_FILL_H
#define LANE_FILL_H

#include "impl.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Derives the batches with lanekdf, not timed, on kernels that count what they run.
 * Returns compressions that the handshakes need (workload.h) over compressions that were
 * computed in all lanes, idle ones included: 1 is full. Hashes that ran on kernels of one
 * lane only, always full, do not count. `impl` is lanekdf, with a kernel or without; more than
 * one handshake in each call, or a kernel.
 *
 * For the while it puts counting copies into the table of kernels, so that the real
 * engine decides, not a model of it. Call it before anything is timed, from one thread.
 */
double lane_fill(const struct impl *impl, const struct workload_batch *batches, size_t n_batches);

#ifdef __cplusplus
}
#endif
#endif
