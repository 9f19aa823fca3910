/* In the place of wipe.c and of the kernels, for proofs about functions that wipe: the dead stack and the
 * registers are nothing that CBMC knows of. */
#ifndef NOTHING_WIPED_H
#define NOTHING_WIPED_H

#include "simd.h"
#include "wipe.h"

void wipe_frames(size_t len, void *(*set_memory)(void *, int, size_t))
{
    (void)len;
    (void)set_memory;
}
void *(*const volatile wipe_dead)(void *, int, size_t);
void simd_clear_registers(void) {}

#endif
