/* Cold calls: pushes out of the caches what a call left there, and times the next. */
#ifndef DISPLACE_H
#define DISPLACE_H

#include "core_clock.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads and writes 2 MB of data, over all of its pages, and jumps through 64 KB of
 * code, a jump in every cache line: what an event loop does between two
 * handshakes. First and second level caches, operation cache, branch predictor and TLB
 * are full of other things then; the third level keeps what it has. */
void displace_caches(void);

/* A clock for one call. On x86-64 it reads no memory and lets nothing run across it. */
static inline uint64_t displace_ticks(void)
{
#ifdef __x86_64__
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
#else
    return (uint64_t)core_clock_ns();
#endif
}

/* Of that clock, and what it takes to read it twice. */
double displace_ticks_per_ns(void);
double displace_ticks_overhead(void);

#ifdef __cplusplus
}
#endif
#endif
