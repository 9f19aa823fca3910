#define _GNU_SOURCE /* sched_setaffinity */
#include "affinity.h"

#ifdef __linux__
#include <sched.h>

static cpu_set_t given;
static unsigned n_given;

unsigned affinity_n_cpus(void)
{
    if (n_given == 0) {
        if (sched_getaffinity(0, sizeof(given), &given) == 0) {
            n_given = (unsigned)CPU_COUNT(&given);
        }
        if (n_given == 0) {
            n_given = 1;
        }
    }
    return n_given;
}

void affinity_pin(unsigned number)
{
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (CPU_ISSET(cpu, &given) && number-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            (void)sched_setaffinity(0, sizeof(one), &one);
            return;
        }
    }
}
#else
unsigned affinity_n_cpus(void)
{
    return 1;
}

void affinity_pin(unsigned number)
{
    (void)number;
}
#endif
