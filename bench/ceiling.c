#include "ceiling.h"

#include "issue_rate.h"
#include "simd.h"

#include <stdio.h>
#include <string.h>

enum { SHANI_ROUNDS = 32 /* instructions, each of which does two rounds of SHA-256 */ };

/* Instructions for the compressions of all lanes of a register; 0 where there are no such kernels. */
static const struct {
    int avx512_operations, avx512_rotates, avx2_operations, avx2_shifts;
} counts[SIMD_N_FAMILIES] = {
    [SIMD_SHA256] = {64 * 17 + 48 * 11, 64 * 6 + 48 * 4, 64 * 35 + 48 * 21, 64 * 12 + 48 * 10},
    [SIMD_SHA512] = {80 * 17 + 64 * 11, 80 * 6 + 64 * 4, 80 * 35 + 64 * 19, 80 * 12 + 64 * 8},
};

/* So many instructions of one kind, which serve so many lanes. */
struct ceiling {
    double cycles; /* per compression; 0: unknown */
    const char *instructions;
    int n;
    double rate; /* instructions per cycle */
    unsigned lanes;
};

static struct ceiling ceiling_for(const char *instructions, int n, enum issue_kind kind, unsigned lanes)
{
    const double rate = issue_rate(kind);
    return (struct ceiling){rate > 0 ? n / rate / lanes : 0, instructions, n, rate, lanes};
}

static struct ceiling higher(struct ceiling a, struct ceiling b)
{
    return a.cycles >= b.cycles ? a : b;
}

static struct ceiling ceiling_of_kernel(const struct simd_kernel *kernel)
{
    const enum simd_family family = kernel->family;
    const unsigned lanes = kernel->vector_width / (8 * (unsigned)simd_word_bytes(family));
    if (kernel->features & SIMD_CPU_SHANI) {
        return ceiling_for("sha256rnds2", SHANI_ROUNDS, ISSUE_SHA256_ROUNDS, 1);
    }
    if (kernel->features & SIMD_CPU_AVX512F && kernel->vector_width == 512) {
        return higher(
            ceiling_for("512-bit operations", counts[family].avx512_operations, ISSUE_ADD_512, lanes),
            ceiling_for("512-bit rotates", counts[family].avx512_rotates, ISSUE_ROTATE_512, lanes));
    }
    if (kernel->features & SIMD_CPU_AVX2 && kernel->vector_width == 256) {
        return higher(ceiling_for("256-bit operations", counts[family].avx2_operations, ISSUE_ADD_256, lanes),
            ceiling_for("256-bit shifts", counts[family].avx2_shifts, ISSUE_SHIFT_256, lanes));
    }
    return (struct ceiling){0};
}

static struct ceiling lowest_of_sha256(void)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    struct ceiling lowest = {0};
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE && candidates[i].kernel->family == SIMD_SHA256) {
            const struct ceiling ceiling = ceiling_of_kernel(candidates[i].kernel);
            if (ceiling.cycles > 0 && (lowest.cycles <= 0 || ceiling.cycles < lowest.cycles)) {
                lowest = ceiling;
            }
        }
    }
    return lowest;
}

static struct ceiling find_ceiling(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    if (!name) {
        return lowest_of_sha256();
    }
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE && strcmp(candidates[i].kernel->name, name) == 0) {
            return ceiling_of_kernel(candidates[i].kernel);
        }
    }
    return (struct ceiling){0};
}

double ceiling_cycles(const char *kernel)
{
    return find_ceiling(kernel).cycles;
}

const char *ceiling_text(const char *kernel)
{
    static char text[128];
    const struct ceiling c = find_ceiling(kernel);
    char lanes[32] = "";
    if (c.cycles <= 0) {
        return "unknown";
    }
    if (c.lanes > 1) {
        snprintf(lanes, sizeof(lanes), " for %u lanes", c.lanes);
    }
    snprintf(text, sizeof(text), "%.1f core cycles: %d %s%s at %.2f per cycle", c.cycles, c.n, c.instructions,
        lanes, c.rate);
    return text;
}
