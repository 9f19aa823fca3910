#include "around.h"

#include "displace.h"
#include "peers_support.h"

#include <stdint.h>
#include <stdlib.h>

/* A round is a chain of multiplications of which each waits for the one before; what the core could do beside
 * them is left to nobody, as it is with other work. */
static void run_chain(uint64_t n_rounds)
{
    enum { UNROLLED = 16 };
    uint64_t x = 3;
    for (uint64_t i = 0; i < n_rounds; i++) {
#ifdef __x86_64__
        __asm__ volatile(".rept %c1\n\timulq %0, %0\n\t.endr" : "+r"(x) : "i"(UNROLLED));
#else
        for (int k = 0; k < UNROLLED; k++) {
            x *= x;
            __asm__ volatile("" : "+r"(x));
        }
#endif
    }
}

static double rounds_per_ns;

void around_calibrate(void)
{
    enum { TRIES = 20, ROUNDS = 1000 };
    double least = 0;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t begin = displace_ticks();
        run_chain(ROUNDS);
        const double ns =
            ((double)(displace_ticks() - begin) - displace_ticks_overhead()) / displace_ticks_per_ns();
        least = i == 0 || ns < least ? ns : least;
    }
    rounds_per_ns = ROUNDS / least;
}

void around_work(double ns)
{
    run_chain((uint64_t)(ns * rounds_per_ns + 0.5));
}

/* --- what is touched --- */

enum { L1_BYTES = 64 << 10, L2_BYTES = 2 << 20 };

struct around_memory {
    uint8_t data[L2_BYTES];
};

struct around_memory *around_memory_new(void)
{
    return peers_alloc(sizeof(struct around_memory));
}

void around_touch(struct around_memory *memory, enum footprint footprint)
{
    switch (footprint) {
    case FOOTPRINT_HOT:
        return;
    case FOOTPRINT_L1:
        displace_data(memory->data, L1_BYTES);
        break;
    case FOOTPRINT_L2:
        displace_data(memory->data, L2_BYTES);
        break;
    }
    displace_code();
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double around_touch_ns(struct around_memory *memory, enum footprint footprint)
{
    enum { TRIES = 31 };
    double ns[TRIES];
    for (int i = 0; i < TRIES; i++) {
        const uint64_t begin = displace_ticks();
        around_touch(memory, footprint);
        ns[i] = ((double)(displace_ticks() - begin) - displace_ticks_overhead()) / displace_ticks_per_ns();
    }
    qsort(ns, TRIES, sizeof(*ns), compare);
    return footprint == FOOTPRINT_HOT ? 0 : ns[TRIES / 2];
}
