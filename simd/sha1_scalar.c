/*
 * SHA-1, one lane, portable C (FIPS 180-4, section 6.1.2). The message schedule is a
 * ring: W[t] is kept in w[t % 16].
 */
#include "sha1.h"

typedef uint32_t word;
enum { STATE_WORDS = 5 };
#define BYTE_SHIFT(i) (24 - 8 * (i)) /* the highest byte first */
#include "scalar.h"

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* Ch, Parity, Maj and Parity of rounds 0-19, 20-39, 40-59 and 60-79 (section 4.1.1). */
static uint32_t f(unsigned t, uint32_t x, uint32_t y, uint32_t z)
{
    switch (t / 20) {
    case 0:
        return (x & y) ^ (~x & z);
    case 2:
        return (x & y) ^ (x & z) ^ (y & z);
    default:
        return x ^ y ^ z;
    }
}

static void compress(uint32_t *dst, const uint32_t *state, uint32_t w[16])
{
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6}; /* section 4.2.1 */
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (unsigned t = 0; t < 80; t++) {
        if (t >= 16)
            w[t % 16] = rotl(w[(t - 3) % 16] ^ w[(t - 8) % 16] ^ w[(t - 14) % 16] ^ w[t % 16], 1);
        uint32_t sum = rotl(a, 5) + f(t, b, c, d) + e + k[t / 20] + w[t % 16];
        e = d, d = c, c = rotl(b, 30), b = a, a = sum;
    }
    const uint32_t change[5] = {a, b, c, d, e};
    for (unsigned i = 0; i < 5; i++)
        dst[i] = state[i] + change[i];
}

SCALAR_KERNEL(sha1_scalar, SIMD_SHA1);
