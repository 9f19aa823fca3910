/* The clock of a loop that runs in real time: read often, so that it must cost little. Nothing keeps it from
 * being read a few instructions early or late; displace.h has the clock for single calls. */
#ifndef TICKS_H
#define TICKS_H

#include "displace.h"

#include <stdint.h>

static inline uint64_t ticks_now(void)
{
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return displace_ticks();
#endif
}

/* Tells the core that the thread waits. */
static inline void ticks_pause(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

#endif
