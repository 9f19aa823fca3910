#include "ceiling.h"

#include "issue_rate.h"
#include "simd.h"

#include <stdio.h>
#include <string.h>

enum { SHANI_ROUNDS = 32 /* two of SHA-256's rounds in each */ };

/* For the compressions of all lanes of a register; 0: there are no such kernels. */
static const struct {
    int avx512_operations, avx512_rotates, avx2_operations, avx2_shifts;
} counts[SIMD_N_FAMILIES] = {
    [SIMD_SHA256] = {64 * 17 + 48 * 11, 64 * 6 + 48 * 4, 64 * 35 + 48 * 21, 64 * 12 + 48 * 10},
    [SIMD_SHA512] = {80 * 17 + 64 * 11, 80 * 6 + 64 * 4, 80 * 35 + 64 * 19, 80 * 12 + 64 * 8},
};

struct ceiling {
    double cycles;
    const char *unit; /* of what there are so many, and how many are issued per cycle */
    int n;
    double rate;
    unsigned lanes; /* that one such instruction serves */
};

static double cycles_for(int n, double rate, unsigned lanes)
{
    return rate > 0 ? n / rate / lanes : 0;
}

static struct ceiling make(const char *unit, int n, double rate, unsigned lanes)
{
    return (struct ceiling){cycles_for(n, rate, lanes), unit, n, rate, lanes};
}

static struct ceiling higher(struct ceiling a, struct ceiling b)
{
    return a.cycles >= b.cycles ? a : b;
}

static struct ceiling of(const struct simd_kernel *kernel)
{
    const enum simd_family family = kernel->family;
    unsigned lanes = kernel->vector_width / (8 * (unsigned)simd_word_bytes(family));
    if (kernel->features & SIMD_CPU_SHANI) {
        return make("sha256rnds2", SHANI_ROUNDS, issue_rate(ISSUE_SHA256_ROUNDS), 1);
    }
    if (kernel->features & SIMD_CPU_AVX512F && kernel->vector_width == 512) {
        return higher(
            make("512-bit operations", counts[family].avx512_operations, issue_rate(ISSUE_ADD_512), lanes),
            make("512-bit rotates", counts[family].avx512_rotates, issue_rate(ISSUE_ROTATE_512), lanes));
    }
    if (kernel->features & SIMD_CPU_AVX2 && kernel->vector_width == 256) {
        return higher(
            make("256-bit operations", counts[family].avx2_operations, issue_rate(ISSUE_ADD_256), lanes),
            make("256-bit shifts", counts[family].avx2_shifts, issue_rate(ISSUE_SHIFT_256), lanes));
    }
    return (struct ceiling){0};
}

static struct ceiling find(const char *kernel)
{
    const struct simd_candidate *candidates;
    size_t n = simd_candidates(&candidates);
    struct ceiling lowest = {0};
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state != SIMD_USABLE) {
            continue;
        }
        struct ceiling ceiling = of(candidates[i].kernel);
        if (kernel && strcmp(candidates[i].kernel->name, kernel) == 0) {
            return ceiling;
        }
        if (!kernel && candidates[i].kernel->family == SIMD_SHA256 && ceiling.cycles > 0 &&
            (lowest.cycles <= 0 || ceiling.cycles < lowest.cycles)) {
            lowest = ceiling;
        }
    }
    return lowest;
}

double ceiling_cycles(const char *kernel)
{
    return find(kernel).cycles;
}

const char *ceiling_text(const char *kernel)
{
    static char text[128];
    struct ceiling c = find(kernel);
    if (c.cycles <= 0) {
        return "unknown";
    }
    int end = snprintf(text, sizeof(text), "%.1f core cycles: %d %s", c.cycles, c.n, c.unit);
    if (c.lanes > 1) {
        end += snprintf(text + end, sizeof(text) - (size_t)end, " for %u lanes", c.lanes);
    }
    snprintf(text + end, sizeof(text) - (size_t)end, " at %.2f per cycle", c.rate);
    return text;
}
