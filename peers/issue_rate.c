#include "issue_rate.h"

#include "core_clock.h"
#include "simd.h"

#include <stdint.h>

static double rates[ISSUE_N];

#ifdef __x86_64__

/* Twelve instructions that are independent of each other, 192 in a row: they are far apart enough for any
 * latency, and few enough for the operation cache. They use registers 0 to 15 only, which the compiler knows
 * without -mavx512f, and the functions clear the upper parts of these at the end. */
#define TWELVE(instruction, r)                                                                               \
    instruction ", %%" r "3\n\t" instruction ", %%" r "4\n\t" instruction ", %%" r "5\n\t" instruction       \
                ", %%" r "6\n\t" instruction ", %%" r "7\n\t" instruction ", %%" r "8\n\t" instruction       \
                ", %%" r "9\n\t" instruction ", %%" r "10\n\t" instruction ", %%" r "11\n\t" instruction     \
                ", %%" r "12\n\t" instruction ", %%" r "13\n\t" instruction ", %%" r "14\n\t"
#define CLOBBERS                                                                                             \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",        \
        "xmm12", "xmm13", "xmm14", "xmm15"
#define INDEPENDENT(instruction, r)                                                                          \
    __asm__ volatile(".rept 16\n\t" TWELVE(instruction, r) ".endr" ::: CLOBBERS)
enum { ROUNDS = 500, N_VECTOR = 192 * ROUNDS /* instructions */, N_GENERAL = 200 * ROUNDS };

static void add_256(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        INDEPENDENT("vpaddd %%ymm1, %%ymm2", "ymm");
    }
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static void shift_256(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        INDEPENDENT("vpsrld $7, %%ymm1", "ymm");
    }
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static void add_512(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        INDEPENDENT("vpaddd %%zmm1, %%zmm2", "zmm");
    }
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static void rotate_512(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        INDEPENDENT("vprord $7, %%zmm1", "zmm");
    }
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

/* Six chains of rounds. In each chain, as in SHA-256, the two halves of a state take turns, and each round
 * waits for the one before. */
#define ROUND(a, b) "sha256rnds2 %%xmm" a ", %%xmm" b "\n\t"
#define FIRST_HALVES                                                                                         \
    ROUND("1", "2") ROUND("3", "4") ROUND("5", "6") ROUND("7", "8") ROUND("9", "10") ROUND("11", "12")
#define SECOND_HALVES                                                                                        \
    ROUND("2", "1") ROUND("4", "3") ROUND("6", "5") ROUND("8", "7") ROUND("10", "9") ROUND("12", "11")
static void sha256_rounds(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        __asm__ volatile(".rept 16\n\t" FIRST_HALVES SECOND_HALVES ".endr" : : : CLOBBERS);
    }
}

/* Ten general registers, to each of which the same number is added. Every x86-64 CPU has these. */
#define ADD_GENERAL(a, b, c, d, e)                                                                           \
    "addq %%rax, %%" a "\n\taddq %%rax, %%" b "\n\taddq %%rax, %%" c "\n\taddq %%rax, %%" d                  \
    "\n\taddq %%rax, %%" e "\n\t"
static void add_general(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        __asm__ volatile(".rept 20\n\t" ADD_GENERAL("rcx", "rdx", "rsi", "rdi", "r8")
                             ADD_GENERAL("r9", "r10", "r11", "r12", "r13") ".endr" ::
                                 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13");
    }
}

static const struct {
    void (*issue)(void);
    int n; /* instructions */
    uint32_t features;
} kinds[ISSUE_N] = {
    [ISSUE_ADD_GENERAL] = {add_general, N_GENERAL, 0},
    [ISSUE_SHA256_ROUNDS] = {sha256_rounds, N_VECTOR, SIMD_CPU_SHANI},
    [ISSUE_ADD_256] = {add_256, N_VECTOR, SIMD_CPU_AVX2},
    [ISSUE_SHIFT_256] = {shift_256, N_VECTOR, SIMD_CPU_AVX2},
    [ISSUE_ADD_512] = {add_512, N_VECTOR, SIMD_CPU_AVX512F},
    [ISSUE_ROTATE_512] = {rotate_512, N_VECTOR, SIMD_CPU_AVX512F},
};

void issue_rate_measure(void)
{
    const uint32_t features = simd_cpu_features();
    for (int i = 0; i < ISSUE_N; i++) {
        if (kinds[i].features & ~features) {
            continue;
        }
        const double rate = kinds[i].n / core_clock_cycles(kinds[i].issue);
        if (rate > rates[i]) {
            rates[i] = rate;
        }
    }
}

/* Vector additions with so many empty instructions in between that they fill every dispatch slot of the
 * widest core. Without those, a neighbour on the same core that does something else would fit in beside the
 * additions and not be noticed. */
#define GROUP(add, r)                                                                                        \
    add ", %%" r "3\n\t" add ", %%" r "4\n\t" add ", %%" r "5\n\t" add ", %%" r "6\n\t"                      \
        "nop\n\tnop\n\tnop\n\tnop\n\t"
enum { PROBE_ADDITIONS = 96 };

static void probe_128(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        __asm__ volatile(".rept 24\n\t" GROUP("paddd %%xmm1", "xmm") ".endr" ::: CLOBBERS);
    }
}

static void probe_256(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        __asm__ volatile(".rept 24\n\t" GROUP("vpaddd %%ymm1, %%ymm2", "ymm") ".endr" ::: CLOBBERS);
    }
    __asm__ volatile("vzeroupper" ::: CLOBBERS);
}

static double ns_of(void (*issue)(void))
{
    const double begin = core_clock_ns();
    issue();
    return core_clock_ns() - begin;
}

/* Takes the second slowest try: a neighbour that works now and then shall show, and a single interrupt shall
 * not. */
double issue_rate_probe(void)
{
    enum { TRIES = 8 };
    void (*probe)(void) = simd_cpu_features() & SIMD_CPU_AVX2 ? probe_256 : probe_128;
    double most = 0, second = 0;
    for (int i = 0; i < TRIES; i++) {
        const double ns = ns_of(probe);
        second = ns > most ? most : ns > second ? ns : second;
        most = ns > most ? ns : most;
    }
    return (double)(PROBE_ADDITIONS * ROUNDS) / second;
}

#else

void issue_rate_measure(void) {}

/* Adds to eight independent sums, which the empty assembler keeps the compiler from folding. */
double issue_rate_probe(void)
{
    enum { ROUNDS = 8000, SUMS = 8 };
    double least = 0;
    for (int try = 0; try < 2; try++) {
        uint64_t sums[SUMS] = {0};
        const double begin = core_clock_ns();
        for (int i = 0; i < ROUNDS; i++) {
            for (int j = 0; j < SUMS; j++) {
                sums[j] += (uint64_t)i;
                __asm__ volatile("" : "+r"(sums[j]));
            }
        }
        const double ns = core_clock_ns() - begin;
        least = least == 0 || ns < least ? ns : least;
    }
    return (double)(ROUNDS * SUMS) / least;
}

#endif

double issue_rate(enum issue_kind kind)
{
    return rates[kind];
}
