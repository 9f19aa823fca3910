#include "displace.h"

#include "peers_support.h"

enum { DATA_BYTES = 2 << 20, LINE = 64, STEP = 37 };
_Static_assert(STEP % 2 == 1, "steps of an odd number visit every one of a power of two of lines once");

#ifdef __x86_64__
#define JUMP "jmp 1f"
#elif defined __aarch64__
#define JUMP "b 1f"
#else
#define JUMP "" /* the code then runs straight through */
#endif

__asm__(".text\n"
        ".balign 64\n"
        ".globl displace_code\n"
        ".hidden displace_code\n"
        ".type displace_code, %function\n"
        "displace_code:\n"
        ".rept 1023\n\t" JUMP "\n\t.balign 64\n1:\n.endr\n\t"
        "ret\n"
        ".size displace_code, . - displace_code\n");

void displace_data(uint8_t *data, size_t bytes)
{
    const size_t n_lines = bytes / LINE;
    for (size_t i = 0; i < n_lines; i++) {
        (*(volatile uint8_t *)(data + i * STEP % n_lines * LINE))++;
    }
}

void displace_caches(void)
{
    static uint8_t *data;
    if (!data) {
        data = peers_alloc(DATA_BYTES);
    }
    displace_data(data, DATA_BYTES);
    displace_code();
}

double displace_ticks_per_ns(void)
{
    enum { MEASURED_NS = 20000000 };
    static double rate;
    if (rate <= 0) {
        const double begin = core_clock_ns();
        const uint64_t ticks = displace_ticks();
        double ns;
        do {
            ns = core_clock_ns() - begin;
        } while (ns < MEASURED_NS);
        rate = (double)(displace_ticks() - ticks) / ns;
    }
    return rate;
}

/* The least mean of several series. The mean evens out the steps of the clock, and the least of them has no
 * interruption in it, since an interruption only ever adds. */
double displace_ticks_overhead(void)
{
    enum { SERIES = 8, READS = 100 };
    double least = 0;
    for (int series = 0; series < SERIES; series++) {
        double sum = 0;
        for (int i = 0; i < READS; i++) {
            const uint64_t begin = displace_ticks();
            sum += (double)(displace_ticks() - begin);
        }
        if (series == 0 || sum / READS < least) {
            least = sum / READS;
        }
    }
    return least;
}
