/*
 * MD5 in one lane and portable C (RFC 1321, section 3.4). MD5 has no message schedule: each step adds a word
 * of the block, and each round takes the words in an order of its own.
 */
#include "kernel.h"

typedef uint32_t word;
enum { STATE_WORDS = 4 };
enum { LITTLE_ENDIAN_WORDS = 1 };
#define KERNEL(function) md5_scalar_##function
#include "scalar.h"

/* clang-format off */
static const uint32_t t_table[64] = { /* T[i + 1] = 2^32 abs(sin(i + 1)), the angle in radians */
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
/* clang-format on */

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The functions F, G, H and I, of rounds 0 to 3. */
static inline uint32_t choose(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    switch (round) {
    case 0:
        return (x & y) | (~x & z);
    case 1:
        return (x & z) | (y & ~z);
    case 2:
        return x ^ y ^ z;
    default:
        return y ^ (x | ~z);
    }
}

/* The 16 steps of a round. The compiler knows `round` as a constant, once this is inlined. */
static inline void steps(uint32_t v[4], const uint32_t w[16], unsigned round)
{
    static const uint8_t factor[4] = {1, 5, 3, 7},
                         first[4] = {0, 1, 5, 0}; /* step i takes word factor * i + first */
    static const uint8_t shift[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

    for (unsigned i = 0; i < 16; i++) {
        const uint32_t sum = v[0] + choose(round, v[1], v[2], v[3]) +
                             w[(i * factor[round] + first[round]) % 16] + t_table[16 * round + i];
        v[0] = v[3], v[3] = v[2], v[2] = v[1];
        v[1] += rotl(sum, shift[round][i % 4]);
    }
}

static void md5_scalar_compress(uint32_t *dst, const uint32_t *state, uint32_t w[16])
{
    uint32_t v[4] = {state[0], state[1], state[2], state[3]};

    steps(v, w, 0);
    steps(v, w, 1);
    steps(v, w, 2);
    steps(v, w, 3);
    for (unsigned i = 0; i < 4; i++) {
        dst[i] = state[i] + v[i];
    }
}

PORTABLE_KERNEL(md5_scalar, SIMD_MD5);
