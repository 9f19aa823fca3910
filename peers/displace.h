/* For cold calls: what pushes out of the caches all that a call left there, and a clock for the next call. */
#ifndef DISPLACE_H
#define DISPLACE_H

#include "core_clock.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads and writes so many bytes of data, a power of two from 64 on, in an order that prefetchers do not
 * know; and jumps through 64 KB of code, with a jump in every cache line. */
void displace_data(uint8_t *data, size_t bytes);
void displace_code(void);

/* Reads and writes 2 MB of data, over all of its pages, and jumps through 64 KB of code, with a jump in every
 * cache line: an event loop does as much between two handshakes. Afterwards the caches of the first and the
 * second level, the operation cache, the branch predictor and the TLB are full of other things. The third
 * level keeps what it has. */
void displace_caches(void);

/* A clock for a single call. On x86-64 reading it touches no memory and lets nothing run across it. */
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

/* The rate of that clock, and the ticks that pass when it is read twice. */
double displace_ticks_per_ns(void);
double displace_ticks_overhead(void);

#ifdef __cplusplus
}
#endif
#endif
