/*
 * SHA-512, one lane, in general registers with BMI2 (FIPS 180-4, section 6.4.2): the
 * portable kernel's arithmetic, unrolled so that no word moves between registers, and
 * rotates that keep their source (rorx). For one job on its own: a chain of SHA-512 is
 * bound by throughput, not latency, so neither its lane nor its job has anything to
 * interleave.
 *
 * A round has 6 rotates, 9 logic operations and 7 additions, a step of the schedule 4, 6
 * and 3 with 2 shifts among them: 80 x 22 + 64 x 13 = 2,600 operations, 430 to 650 cycles at
 * six to four per cycle. Maj(a, b, c) is b ^ ((a ^ b) & (b ^ c)), of which b ^ c is a ^ b of
 * the round before.
 */
#include "sha512.h"

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#include "scalar.h"

static inline uint64_t rotr(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

/* Round t of the 16 from `k` on; h becomes the new a, and the names move on by one. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                     \
    do {                                                                                                     \
        const uint64_t ab = (a) ^ (b);                                                                       \
        h += k[t] + w[t];                                                                                    \
        h += g ^ (e & (f ^ g));                                                                              \
        h += rotr(e, 14) ^ rotr(e, 18) ^ rotr(e, 41);                                                        \
        d += h;                                                                                              \
        h += rotr(a, 28) ^ rotr(a, 34) ^ rotr(a, 39);                                                        \
        h += (b) ^ (ab & bc);                                                                                \
        bc = ab;                                                                                             \
    } while (0)

#define SCHEDULE(t)                                                                                          \
    do {                                                                                                     \
        const uint64_t w2 = w[((t) + 14) % 16], w15 = w[((t) + 1) % 16];                                     \
        w[t] += (rotr(w2, 19) ^ rotr(w2, 61) ^ w2 >> 6) + w[((t) + 9) % 16] +                                \
                (rotr(w15, 1) ^ rotr(w15, 8) ^ w15 >> 7);                                                    \
    } while (0)

#define STEP(a, b, c, d, e, f, g, h, t)                                                                      \
    do {                                                                                                     \
        ROUND(a, b, c, d, e, f, g, h, t);                                                                    \
        if (renew)                                                                                           \
            SCHEDULE(t);                                                                                     \
    } while (0)

#define EIGHT_STEPS(t)                                                                                       \
    do {                                                                                                     \
        STEP(a, b, c, d, e, f, g, h, (t) + 0);                                                               \
        STEP(h, a, b, c, d, e, f, g, (t) + 1);                                                               \
        STEP(g, h, a, b, c, d, e, f, (t) + 2);                                                               \
        STEP(f, g, h, a, b, c, d, e, (t) + 3);                                                               \
        STEP(e, f, g, h, a, b, c, d, (t) + 4);                                                               \
        STEP(d, e, f, g, h, a, b, c, (t) + 5);                                                               \
        STEP(c, d, e, f, g, h, a, b, (t) + 6);                                                               \
        STEP(b, c, d, e, f, g, h, a, (t) + 7);                                                               \
    } while (0)

static void compress(uint64_t *dst, const uint64_t *state, uint64_t w[16])
{
    uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint64_t e = state[4], f = state[5], g = state[6], h = state[7], bc = b ^ c;
    const uint64_t *k = sha512_k;

    for (const int renew = 1; k < sha512_k + 64; k += 16) {
        EIGHT_STEPS(0);
        EIGHT_STEPS(8);
    }
    const int renew = 0;
    EIGHT_STEPS(0);
    EIGHT_STEPS(8);
    dst[0] = state[0] + a;
    dst[1] = state[1] + b;
    dst[2] = state[2] + c;
    dst[3] = state[3] + d;
    dst[4] = state[4] + e;
    dst[5] = state[5] + f;
    dst[6] = state[6] + g;
    dst[7] = state[7] + h;
}

const struct simd_kernel sha512_bmi2 = {
    .name = "sha512_bmi2",
    .description = "BMI2, one lane in general registers",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2,
    .lanes = 1,
    .tasks_in_flight = 1,
    .vector_width = 64,
    .stack_bytes = 512,
    .scratch_bytes = SCRATCH_BYTES,
    .run = scalar_run,
    .load_message = scalar_load,
    .load_state = scalar_load_state,
    .store_state = scalar_store_state,
    .clear = scalar_clear,
};
