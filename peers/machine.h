/* What this machine is called, for the head of a table. The texts are static. */
#ifndef MACHINE_H
#define MACHINE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The model of the first CPU, as the kernel gives it, with its family and number, since virtual machines have
 * names that say less; "unknown CPU" where it gives none. */
const char *machine_cpu(void);

/* The name and the release of the operating system; "unknown" where it gives none. */
const char *machine_system(void);

#ifdef __cplusplus
}
#endif
#endif
