#include "ceiling.h"

#include "issue_rate.h"
#include "simd.h"

#include <stdio.h>
#include <string.h>

enum {
    SHANI_ROUNDS = 32, /* two of SHA-256's rounds in each */
    AVX512_OPERATIONS = 64 * 17 + 48 * 11,
    AVX512_ROTATES = 64 * 6 + 48 * 4,
    AVX2_OPERATIONS = 64 * 35 + 48 * 21,
    AVX2_SHIFTS = 64 * 12 + 48 * 10,
    WORD_BITS = 32
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
    unsigned lanes = kernel->vector_width / WORD_BITS;
    if (kernel->features & SIMD_CPU_SHANI)
        return make("sha256rnds2", SHANI_ROUNDS, issue_rate(ISSUE_SHA256_ROUNDS), 1);
    if (kernel->features & SIMD_CPU_AVX512F && kernel->vector_width == 512)
        return higher(make("512-bit operations", AVX512_OPERATIONS, issue_rate(ISSUE_ADD_512), lanes),
            make("512-bit rotates", AVX512_ROTATES, issue_rate(ISSUE_ROTATE_512), lanes));
    if (kernel->features & SIMD_CPU_AVX2 && kernel->vector_width == 256)
        return higher(make("256-bit operations", AVX2_OPERATIONS, issue_rate(ISSUE_ADD_256), lanes),
            make("256-bit shifts", AVX2_SHIFTS, issue_rate(ISSUE_SHIFT_256), lanes));
    return (struct ceiling){0};
}

static struct ceiling find(const char *kernel)
{
    const struct simd_candidate *candidates;
    size_t n = simd_candidates(&candidates);
    struct ceiling lowest = {0};
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state != SIMD_USABLE)
            continue;
        struct ceiling ceiling = of(candidates[i].kernel);
        if (kernel != NULL && strcmp(candidates[i].kernel->name, kernel) == 0)
            return ceiling;
        if (kernel == NULL && ceiling.cycles > 0 && (lowest.cycles <= 0 || ceiling.cycles < lowest.cycles))
            lowest = ceiling;
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
    if (c.cycles <= 0)
        return "unknown";
    int end = snprintf(text, sizeof text, "%.1f core cycles: %d %s", c.cycles, c.n, c.unit);
    if (c.lanes > 1)
        end += snprintf(text + end, sizeof text - (size_t)end, " for %u lanes", c.lanes);
    snprintf(text + end, sizeof text - (size_t)end, " at %.2f per cycle", c.rate);
    return text;
}
