#include "displace.h"

#include "core_clock.h"
#include "workload.h"

enum { DATA_BYTES = 2 << 20, LINE = 64, LINES = DATA_BYTES / LINE, STEP = 37 };

#ifdef __x86_64__
#define JUMP "jmp 1f"
#elif defined __aarch64__
#define JUMP "b 1f"
#else
#define JUMP "" /* straight through */
#endif

void displace_code(void);
__asm__(".text\n"
        ".balign 64\n"
        ".type displace_code, %function\n"
        "displace_code:\n"
        ".rept 1023\n\t" JUMP "\n\t.balign 64\n1:\n.endr\n\t"
        "ret\n"
        ".size displace_code, . - displace_code\n");

void displace_caches(void)
{
    static uint8_t *data;
    if (!data) {
        data = workload_alloc(DATA_BYTES);
    }
    for (unsigned i = 0; i < LINES;
         i++) { /* STEP is odd: every line once, in no order that prefetchers know */
        (*(volatile uint8_t *)(data + i * STEP % LINES * LINE))++;
    }
    displace_code();
}

double displace_ticks_per_ns(void)
{
    static double rate;
    if (rate <= 0) {
        double begin = core_clock_ns(), ns;
        uint64_t ticks = displace_ticks();
        do {
            ns = core_clock_ns() - begin;
        } while (ns < 2e7);
        rate = (double)(displace_ticks() - ticks) / ns;
    }
    return rate;
}

/* The least mean of several rows: the clock goes in steps, and an interruption adds. */
double displace_ticks_overhead(void)
{
    enum { ROWS = 8, READS = 100 };
    double least = 0;
    for (int row = 0; row < ROWS; row++) {
        double sum = 0;
        for (int i = 0; i < READS; i++) {
            uint64_t begin = displace_ticks();
            sum += (double)(displace_ticks() - begin);
        }
        if (row == 0 || sum / READS < least) {
            least = sum / READS;
        }
    }
    return least;
}
