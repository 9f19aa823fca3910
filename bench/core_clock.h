/*
 * The core's own clock. Virtual machines have no hardware counters, and the time
 * stamp counter runs at a fixed rate, not at the core's: so the cycle is measured
 * by a chain of instructions of known latency.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Core cycles per nanosecond at this moment, taking about 50 microseconds; 0 where
 * no such chain is known. */
double core_clock_ghz(void);

/* Nanoseconds since some fixed point; of this thread's CPU time. */
double core_clock_ns(void);
double core_clock_cpu_ns(void);

#ifdef __cplusplus
}
#endif
#endif
