#include "latency.h"

#include "core_clock.h"
#include "simd.h"

#include <stdint.h>

static double latencies[LATENCY_N];

#ifdef __x86_64__

/* 32 links of a chain in a row, each of which begins and ends with register 2. Only registers 0 to 15 are
 * used, which the compiler knows without -mavx512f. An integer operation writes them first: some CPUs
 * (Redwood Cove) take longer to read one that an operation on floating-point numbers wrote, however long ago.
 */
enum { LINKS = 32, ROUNDS = 200 };
#define CHAIN(link)                                                                                          \
    __asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm1, %%xmm1\n\tpxor %%xmm2, %%xmm2\n\t"                 \
                     "pxor %%xmm3, %%xmm3\n\tpxor %%xmm4, %%xmm4" ::                                         \
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4");                                          \
    for (int i = 0; i < ROUNDS; i++) {                                                                       \
        __asm__ volatile(".rept 32\n\t" link ".endr" ::                                                      \
                             : "rcx", "rdx", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4");                        \
    }
#define CLEAR_UPPER_PARTS() __asm__ volatile("vzeroupper" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4")

/* The operations of a round of SHA-2 that wait for each other (ceiling.h). */
static void general_round(void)
{
    CHAIN("rolq $7, %%rdx\n\txorq %%rcx, %%rdx\n\txorq %%rcx, %%rdx\n\taddq %%rcx, %%rdx\n\t")
}

static void add_vector(void)
{
    CHAIN("paddd %%xmm1, %%xmm2\n\t")
}

/* As in SHA-256 the two halves of the state take turns. */
static void sha256_rounds(void)
{
    CHAIN("sha256rnds2 %%xmm2, %%xmm1\n\tsha256rnds2 %%xmm1, %%xmm2\n\t")
}

static void avx2_round(void)
{
    CHAIN("vpsrld $7, %%ymm2, %%ymm1\n\tvpxor %%ymm3, %%ymm1, %%ymm1\n\tvpxor %%ymm3, %%ymm1, %%ymm1\n\t"
          "vpxor %%ymm3, %%ymm1, %%ymm1\n\tvpaddd %%ymm4, %%ymm1, %%ymm2\n\t")
    CLEAR_UPPER_PARTS();
}

/* The rotated register is the one that the ternary operation overwrites: it may come a cycle later than the
 * two others (Zen 4, Zen 5). */
static void avx512_round(void)
{
    CHAIN("vprord $7, %%zmm2, %%zmm1\n\tvpternlogd $0x96, %%zmm3, %%zmm4, %%zmm1\n\t"
          "vpaddd %%zmm4, %%zmm1, %%zmm2\n\t")
    CLEAR_UPPER_PARTS();
}

static const struct {
    void (*run)(void);
    int n; /* latencies of this kind in a link of the chain */
    uint32_t features;
} kinds[LATENCY_N] = {
    [LATENCY_GENERAL] = {general_round, 4, 0},
    [LATENCY_ADD_VECTOR] = {add_vector, 1, 0},
    [LATENCY_SHA256_ROUNDS] = {sha256_rounds, 2, SIMD_CPU_SHANI},
    [LATENCY_AVX2_ROUND] = {avx2_round, 1, SIMD_CPU_AVX2},
    [LATENCY_AVX512_ROUND] = {avx512_round, 1, SIMD_CPU_AVX512F},
};

void latency_measure(void)
{
    const uint32_t features = simd_cpu_features();
    for (int i = 0; i < LATENCY_N; i++) {
        if (kinds[i].features & ~features) {
            continue;
        }
        const double cycles = core_clock_cycles(kinds[i].run) / (LINKS * ROUNDS * kinds[i].n);
        if (latencies[i] == 0 || cycles < latencies[i]) {
            latencies[i] = cycles;
        }
    }
}

#else

void latency_measure(void) {}

#endif

double latency(enum latency_kind kind)
{
    return latencies[kind];
}
