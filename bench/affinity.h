/* Which CPU a thread runs on. Where the system has no such thing, nothing is done. */
#ifndef AFFINITY_H
#define AFFINITY_H

#ifdef __cplusplus
extern "C" {
#endif

/* CPUs that this process was given. First call: before any thread is pinned. */
unsigned affinity_n_cpus(void);

/* Puts the calling thread on one of them: number 0 is the last CPU, as the first
 * serves most interrupts. */
void affinity_pin(unsigned number);

#ifdef __cplusplus
}
#endif
#endif
