/*
 * The clock of the core itself. Virtual machines have no hardware counters, and the time stamp counter runs
 * at a rate of its own, so that the length of a cycle is measured with a chain of instructions whose latency
 * is known.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Core cycles per nanosecond at this moment, measured in about 62,000 of them; 0 on CPUs for which no such
 * chain is known. */
double core_clock_ghz(void);

/* The core cycles that run() takes: the least of several calls, since an interruption only ever adds. 0 where
 * core_clock_ghz() is. */
double core_clock_cycles(void (*run)(void));

/* Nanoseconds since some fixed point, and nanoseconds of CPU time of the calling thread. */
double core_clock_ns(void);
double core_clock_cpu_ns(void);

#ifdef __cplusplus
}
#endif
#endif
