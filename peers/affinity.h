/* Which CPU a thread runs on. Where the system does not let a program choose, nothing is done. */
#ifndef AFFINITY_H
#define AFFINITY_H

#ifdef __cplusplus
extern "C" {
#endif

/* The number of CPUs that this process was given. The first call of this function or the next one finds out
 * which these are; it has to come before other threads call either. */
unsigned affinity_n_cpus(void);

/* Pins the calling thread to one of these CPUs. Number 0 is the last CPU, because the first CPU serves most
 * interrupts. */
void affinity_pin(unsigned number);

#ifdef __cplusplus
}
#endif
#endif
