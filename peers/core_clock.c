#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "core_clock.h"

#include <stdint.h>
#include <time.h>

static double read_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

double core_clock_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

double core_clock_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

#ifdef __x86_64__
/* A 64-bit multiplication that waits for the one before takes three cycles on every x86-64 CPU of the last
 * fifteen years. Additions will not do, because some CPUs fold chains of them away. */
enum { LATENCY = 3, UNROLLED = 32, ROUNDS = 160, CHAINS = 4 };

static double chain_ns(void)
{
    uint64_t x = 3;
    const double begin = core_clock_ns();
    for (int i = 0; i < ROUNDS; i++) {
        __asm__ volatile(".rept %c1\n\timulq %0, %0\n\t.endr" : "+r"(x) : "i"(UNROLLED));
    }
    return core_clock_ns() - begin;
}

double core_clock_ghz(void)
{
    double least = chain_ns(); /* of several tries, because an interruption only ever adds */
    for (int i = 1; i < CHAINS; i++) {
        const double ns = chain_ns();
        if (ns < least) {
            least = ns;
        }
    }
    return (double)(LATENCY * UNROLLED * ROUNDS) / least;
}
#else
double core_clock_ghz(void)
{
    return 0;
}
#endif

/* Takes the least time and the highest clock of tries that take turns, since an interruption spoils either of
 * them. The first tries wake up the vector units. */
double core_clock_cycles(void (*run)(void))
{
    enum { TRIES = 13 };
    double least = 0, highest = 0;
    for (int i = 0; i < TRIES; i++) {
        const double begin = core_clock_ns();
        run();
        const double ns = core_clock_ns() - begin, ghz = core_clock_ghz();
        least = i == 0 || ns < least ? ns : least;
        highest = ghz > highest ? ghz : highest;
    }
    return least * highest;
}
