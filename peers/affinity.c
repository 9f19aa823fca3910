#define _GNU_SOURCE /* sched_setaffinity, CPU_ALLOC */
#include "affinity.h"

#ifdef __linux__
#include <errno.h>
#include <sched.h>

#include "peers_support.h"

/* The CPUs that the process was given, in a set with room for n_room of them. */
static cpu_set_t *given;
static size_t n_room;
static unsigned n_given;

/* The system refuses a set that is smaller than its own with EINVAL, so that larger ones are tried. */
static void find_given(void)
{
    const size_t max_room = 1 << 20;
    for (n_room = CPU_SETSIZE; n_room <= max_room; n_room *= 2) {
        given = CPU_ALLOC(n_room);
        if (given && sched_getaffinity(0, CPU_ALLOC_SIZE(n_room), given) == 0) {
            n_given = (unsigned)CPU_COUNT_S(CPU_ALLOC_SIZE(n_room), given);
            return;
        }
        if (!given || errno != EINVAL) {
            break;
        }
        CPU_FREE(given);
    }
    peers_fail("the CPUs of this process cannot be found out: sched_getaffinity fails");
}

unsigned affinity_n_cpus(void)
{
    if (n_given == 0) {
        find_given();
    }
    return n_given;
}

void affinity_pin(unsigned number)
{
    if (n_given == 0) {
        find_given();
    }
    const size_t size = CPU_ALLOC_SIZE(n_room);
    for (size_t cpu = n_room; cpu-- > 0;) {
        if (CPU_ISSET_S(cpu, size, given) && number-- == 0) {
            cpu_set_t *pinned = CPU_ALLOC(n_room);
            if (!pinned) {
                peers_fail("no memory for a set of %zu CPUs", n_room);
            }
            CPU_ZERO_S(size, pinned);
            CPU_SET_S(cpu, size, pinned);
            (void)sched_setaffinity(0, size, pinned);
            CPU_FREE(pinned);
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
