#include "ceiling.h"

#include "issue_rate.h"
#include "latency.h"
#include "simd.h"

#include <stdio.h>
#include <string.h>

enum {
    SHANI_ROUNDS = 32, /* instructions, each of which does two rounds of SHA-256 */
    SHA256_ROUNDS = 64,
    SHA256_STEPS = 48, /* of the message schedule */
    SHA512_ROUNDS = 80,
    SHA512_STEPS = 64,
    MD5_ROUNDS = 16, /* of each of four kinds */
    SHA1_ROUNDS = 20 /* of each of four kinds */
};

/* Instructions for one compression in all lanes of a register, and how many rounds it has; 0 where there are
 * no such kernels. */
static const struct counts {
    int avx512_operations, avx512_rotates, avx2_operations, avx2_shifts;
    int general_operations, general_rounds; /* the latter: of the rounds alone, the schedule left out */
    int rounds;                             /* from one e to the next; of SHA-2 */
    int chain;                              /* operations in general registers that wait for each other */
} counts[SIMD_N_FAMILIES] = {
    [SIMD_SHA256] = {.avx512_operations = SHA256_ROUNDS * 17 + SHA256_STEPS * 11,
        .avx512_rotates = SHA256_ROUNDS * 6 + SHA256_STEPS * 4,
        .avx2_operations = SHA256_ROUNDS * 35 + SHA256_STEPS * 21,
        .avx2_shifts = SHA256_ROUNDS * 12 + SHA256_STEPS * 10,
        .general_operations = SHA256_ROUNDS * 22 + SHA256_STEPS * 13,
        .general_rounds = SHA256_ROUNDS * 22,
        .rounds = SHA256_ROUNDS,
        .chain = SHA256_ROUNDS * 4},
    [SIMD_SHA512] = {.avx512_operations = SHA512_ROUNDS * 17 + SHA512_STEPS * 11,
        .avx512_rotates = SHA512_ROUNDS * 6 + SHA512_STEPS * 4,
        .avx2_operations = SHA512_ROUNDS * 35 + SHA512_STEPS * 19,
        .avx2_shifts = SHA512_ROUNDS * 12 + SHA512_STEPS * 8,
        .general_operations = SHA512_ROUNDS * 23 + SHA512_STEPS * 13,
        .general_rounds = SHA512_ROUNDS * 22,
        .rounds = SHA512_ROUNDS,
        .chain = SHA512_ROUNDS * 4},
    [SIMD_MD5] = {.general_operations = MD5_ROUNDS * (7 + 7 + 6 + 7), .chain = MD5_ROUNDS * (5 + 4 + 4 + 5)},
    [SIMD_SHA1] = {.general_operations = SHA1_ROUNDS * (8 + 7 + 9 + 7) + 64 * 4,
        .chain = 4 * SHA1_ROUNDS * 2},
};

/* --- a number of instructions, and the time of each --- */

struct bound {
    double cycles; /* per compression; 0: unknown */
    int n;
    const char *instructions;
    double each;    /* instructions per cycle, or cycles per instruction */
    bool is_chain;  /* which of the two */
    unsigned lanes; /* that n instructions serve */
};

static struct bound issued(int n, const char *instructions, enum issue_kind kind, unsigned lanes)
{
    const double rate = issue_rate(kind);
    return (struct bound){rate > 0 ? n / rate / lanes : 0, n, instructions, rate, false, lanes};
}

/* Instructions that all wait for each other, and the addition of the chaining value. */
static struct bound chained(
    int n, const char *instructions, enum latency_kind kind, enum latency_kind addition)
{
    const double cycles = latency(kind);
    return (struct bound){cycles > 0 ? n * cycles + latency(addition) : 0, n, instructions, cycles, true, 1};
}

static struct bound higher(struct bound a, struct bound b)
{
    return a.cycles >= b.cycles ? a : b;
}

static void write_bound(char *text, size_t size, struct bound b)
{
    char lanes[32] = "";
    if (b.lanes > 1) {
        snprintf(lanes, sizeof(lanes), " for %u lanes", b.lanes);
    }
    snprintf(text, size,
        b.is_chain ? "%d %s%s of %.2f cycles each, one after the other" : "%d %s%s at %.2f per cycle", b.n,
        b.instructions, lanes, b.each);
}

/* --- the bounds of a kernel --- */

static bool has_shani(const struct simd_kernel *kernel)
{
    return kernel->features & SIMD_CPU_SHANI;
}

static bool has_avx512(const struct simd_kernel *kernel)
{
    return kernel->features & SIMD_CPU_AVX512F && kernel->vector_width == 512;
}

/* A kernel of one lane has its rounds in general registers, whatever its schedule asks for. */
static bool has_avx2(const struct simd_kernel *kernel)
{
    return kernel->features & SIMD_CPU_AVX2 && kernel->vector_width == 256 && kernel->lanes > 1;
}

/* The operations of one lane in general registers. A kernel that asks for vectors has its schedule there. */
static struct bound general_operations(const struct simd_kernel *kernel)
{
    const struct counts *c = &counts[kernel->family];
    const bool has_vectors = kernel->features & SIMD_CPU_AVX;
    return has_vectors ? issued(c->general_rounds, "operations of rounds", ISSUE_ADD_GENERAL, 1)
                       : issued(c->general_operations, "operations", ISSUE_ADD_GENERAL, 1);
}

/* A kernel that has SHA-NI and vectors of 512 bits goes one way or the other. */
enum way { BY_SHANI, BY_AVX512, N_WAYS };

static bool goes(const struct simd_kernel *kernel, enum way way)
{
    return way == BY_AVX512 ? has_avx512(kernel) : has_shani(kernel) || !has_avx512(kernel);
}

static struct bound ceiling_of(const struct simd_kernel *kernel, enum way way)
{
    const struct counts *c = &counts[kernel->family];
    const unsigned lanes = kernel->vector_width / (8 * (unsigned)simd_word_bytes(kernel->family));
    if (way == BY_AVX512) {
        return higher(issued(c->avx512_operations, "512-bit operations", ISSUE_ADD_512, lanes),
            issued(c->avx512_rotates, "512-bit rotates", ISSUE_ROTATE_512, lanes));
    }
    if (has_shani(kernel)) {
        return issued(SHANI_ROUNDS, "sha256rnds2", ISSUE_SHA256_ROUNDS, 1);
    }
    if (has_avx2(kernel)) {
        return higher(issued(c->avx2_operations, "256-bit operations", ISSUE_ADD_256, lanes),
            issued(c->avx2_shifts, "256-bit shifts", ISSUE_SHIFT_256, lanes));
    }
    return general_operations(kernel);
}

/* A step with AVX-512 may use registers of 256 bits, of which some cores issue more. */
static struct bound step_of(const struct simd_kernel *kernel, enum way way)
{
    const struct counts *c = &counts[kernel->family];
    if (way == BY_AVX512) {
        return higher(issued(c->avx512_operations, "256-bit operations", ISSUE_ADD_256, 1),
            chained(c->rounds, "rounds", LATENCY_AVX512_ROUND, LATENCY_ADD_VECTOR));
    }
    if (has_shani(kernel)) {
        return chained(SHANI_ROUNDS, "sha256rnds2", LATENCY_SHA256_ROUNDS, LATENCY_ADD_VECTOR);
    }
    if (has_avx2(kernel)) {
        return higher(issued(c->avx2_operations, "256-bit operations", ISSUE_ADD_256, 1),
            chained(c->rounds, "rounds", LATENCY_AVX2_ROUND, LATENCY_ADD_VECTOR));
    }
    return higher(
        general_operations(kernel), chained(c->chain, "operations", LATENCY_GENERAL, LATENCY_GENERAL));
}

static const struct simd_kernel *usable_kernel(const char *name)
{
    const struct simd_candidate *candidates;
    const size_t n = simd_candidates(&candidates);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i].state == SIMD_USABLE && strcmp(candidates[i].kernel->name, name) == 0) {
            return candidates[i].kernel;
        }
    }
    return NULL;
}

double ceiling_of_call(const char *name, size_t n, size_t path)
{
    const struct simd_kernel *kernel = usable_kernel(name);
    double least = 0;
    for (enum way way = 0; kernel && way < N_WAYS; way++) {
        if (!goes(kernel, way)) {
            continue;
        }
        const double all = (double)n * ceiling_of(kernel, way).cycles,
                     chain = (double)path * step_of(kernel, way).cycles, cycles = all > chain ? all : chain;
        if (all > 0 && chain > 0 && (least == 0 || cycles < least)) {
            least = cycles;
        }
    }
    return least;
}

const char *ceiling_text(const char *name)
{
    static char text[512];
    const struct simd_kernel *kernel = usable_kernel(name);
    char ceiling[80], step[80];
    size_t len = 0;
    for (enum way way = 0; kernel && way < N_WAYS; way++) {
        if (!goes(kernel, way)) {
            continue;
        }
        const struct bound bounds[] = {ceiling_of(kernel, way), step_of(kernel, way)};
        if (bounds[0].cycles <= 0 || bounds[1].cycles <= 0) {
            continue;
        }
        write_bound(ceiling, sizeof(ceiling), bounds[0]);
        write_bound(step, sizeof(step), bounds[1]);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.1f (%s); step %.0f (%s)",
            len ? "; or " : "", bounds[0].cycles, ceiling, bounds[1].cycles, step);
    }
    return len ? text : "unknown";
}
