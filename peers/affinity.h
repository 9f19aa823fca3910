/* Which CPU a thread runs on. Where the system does not let a program choose, nothing is done. */
#ifndef AFFINITY_H
#define AFFINITY_H

#ifdef __cplusplus
extern "C" {
#endif

/* The number of CPUs that this process was given. The first call has to come before any thread is pinned,
 * since a pinned thread sees its own CPU alone. */
unsigned affinity_n_cpus(void);

/* Pins the calling thread to one of these CPUs. Number 0 is the last CPU, because the first CPU serves most
 * interrupts. */
void affinity_pin(unsigned number);

#ifdef __cplusplus
}
#endif
#endif
