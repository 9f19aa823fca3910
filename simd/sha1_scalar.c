/*
 * SHA-1 in one lane and portable C (FIPS 180-4, section 6.1.2). The message schedule is a ring of 16 words:
 * W[t] is in w[t % 16].
 */
#include "kernel.h"

typedef uint32_t word;
enum { STATE_WORDS = 5 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha1_scalar_##function
#include "scalar.h"

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The functions Ch, Parity, Maj and Parity again, of rounds 20 * stage and up (section 4.1.1). */
static inline uint32_t f(unsigned stage, uint32_t x, uint32_t y, uint32_t z)
{
    switch (stage) {
    case 0:
        return (x & y) ^ (~x & z);
    case 2:
        return (x & y) ^ (x & z) ^ (y & z);
    default:
        return x ^ y ^ z;
    }
}

/* Rounds 20 * stage to 20 * stage + 19. The compiler knows `stage` as a constant, once this is inlined. */
static inline void rounds(uint32_t v[5], uint32_t w[16], unsigned stage)
{
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6}; /* section 4.2.1 */

    for (unsigned t = 20 * stage; t < 20 * stage + 20; t++) {
        if (t >= 16) {
            w[t % 16] = rotl(w[(t - 3) % 16] ^ w[(t - 8) % 16] ^ w[(t - 14) % 16] ^ w[t % 16], 1);
        }
        uint32_t sum = rotl(v[0], 5) + f(stage, v[1], v[2], v[3]) + v[4] + k[stage] + w[t % 16];
        v[4] = v[3], v[3] = v[2], v[2] = rotl(v[1], 30), v[1] = v[0], v[0] = sum;
    }
}

static void sha1_scalar_compress(uint32_t *dst, const uint32_t *state, uint32_t w[16])
{
    uint32_t v[5] = {state[0], state[1], state[2], state[3], state[4]};

    rounds(v, w, 0);
    rounds(v, w, 1);
    rounds(v, w, 2);
    rounds(v, w, 3);
    for (unsigned i = 0; i < 5; i++) {
        dst[i] = state[i] + v[i];
    }
}

PORTABLE_KERNEL(sha1_scalar, SIMD_SHA1);
