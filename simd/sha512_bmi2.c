/*
 * SHA-512 in one lane (FIPS 180-4, section 6.4.2). The rounds run in general registers with BMI2, whose
 * rotate (rorx) keeps its source, and are interleaved with the message schedule on vectors of two words. The
 * kernel is for a job on its own. A chain of SHA-512 is bound by throughput rather than latency, so that
 * interleaving it with a second chain would gain nothing.
 *
 * A round has 6 rotates, 9 logic operations and 7 additions. These are 80 x 22 = 1,760 operations, which take
 * 290 to 440 cycles at six to four per cycle. Two words of the schedule take 26 vector operations. These are
 * 32 x 26 = 832, which take 210 to 280 cycles at four to three per cycle, on ports of their own. From one e
 * to the next there are 5 operations in a row, which makes 400 cycles of latency: that is the limit that
 * remains.
 *
 * W is in x0 to x7, two words in each, and w holds W + K of the next 16 rounds. Each two words are renewed
 * right after the rounds that used them, 14 rounds before they are used again. The names a to h move from
 * round to round, and the words stay where they are. Maj(a, b, c) is computed as b ^ ((a ^ b) & (b ^ c)),
 * where b ^ c is the a ^ b of the round before.
 *
 * The operations should be executed in the order of this text. CMakeLists.txt has the options that keep gcc
 * from changing it.
 */
#include "sha512.h"

#include <immintrin.h>

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha512_bmi2_##function
#include "scalar.h"

static inline uint64_t rotr(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

/* A round. h becomes the new a, and d the new e. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                     \
    do {                                                                                                     \
        const uint64_t ab = (a) ^ (b);                                                                       \
        h += w[t];                                                                                           \
        h += g ^ (e & (f ^ g));                                                                              \
        h += rotr(e, 14) ^ rotr(e, 18) ^ rotr(e, 41);                                                        \
        d += h;                                                                                              \
        h += rotr(a, 28) ^ rotr(a, 34) ^ rotr(a, 39);                                                        \
        h += (b) ^ (ab & bc);                                                                                \
        bc = ab;                                                                                             \
    } while (0)

/* sigma0 of two words: rotated by 1 and by 8, shifted by 7, and all three xored. */
static inline __m128i small_sigma0(__m128i x)
{
    const __m128i by_8 = _mm_set_epi64x(0x080f0e0d0c0b0a09, 0x0007060504030201);
    const __m128i by_1 = _mm_xor_si128(_mm_srli_epi64(x, 1), _mm_slli_epi64(x, 63));

    return _mm_xor_si128(by_1, _mm_xor_si128(_mm_shuffle_epi8(x, by_8), _mm_srli_epi64(x, 7)));
}

/* sigma1 of two words: rotated by 19 and by 61, shifted by 6, and all three xored. */
static inline __m128i small_sigma1(__m128i x)
{
    const __m128i by_19 = _mm_xor_si128(_mm_srli_epi64(x, 19), _mm_slli_epi64(x, 45));
    const __m128i by_61 = _mm_xor_si128(_mm_srli_epi64(x, 61), _mm_slli_epi64(x, 3));

    return _mm_xor_si128(_mm_xor_si128(by_19, by_61), _mm_srli_epi64(x, 6));
}

#define ADD_K(i)                                                                                             \
    _mm_store_si128((__m128i *)w + (i), _mm_add_epi64(x##i, _mm_load_si128((const __m128i *)k + (i))))

/* Replaces W[t] and W[t + 1], which are in x(i), by W[t + 16] and W[t + 17]. i1 stands for (i + 1) % 8, and
 * so on. */
#define RENEW(i, i1, i4, i5, i7)                                                                             \
    do {                                                                                                     \
        const __m128i w15 = _mm_alignr_epi8(x##i1, x##i, 8), w7 = _mm_alignr_epi8(x##i5, x##i4, 8);          \
        x##i =                                                                                               \
            _mm_add_epi64(_mm_add_epi64(x##i, small_sigma0(w15)), _mm_add_epi64(w7, small_sigma1(x##i7)));   \
        ADD_K(i);                                                                                            \
    } while (0)
#define NOTHING (void)0

/* Rounds t to t + 7. After every two of them comes one of the other arguments. */
#define EIGHT_ROUNDS(t, after2, after4, after6, after8)                                                      \
    do {                                                                                                     \
        ROUND(a, b, c, d, e, f, g, h, (t) + 0);                                                              \
        ROUND(h, a, b, c, d, e, f, g, (t) + 1);                                                              \
        after2;                                                                                              \
        ROUND(g, h, a, b, c, d, e, f, (t) + 2);                                                              \
        ROUND(f, g, h, a, b, c, d, e, (t) + 3);                                                              \
        after4;                                                                                              \
        ROUND(e, f, g, h, a, b, c, d, (t) + 4);                                                              \
        ROUND(d, e, f, g, h, a, b, c, (t) + 5);                                                              \
        after6;                                                                                              \
        ROUND(c, d, e, f, g, h, a, b, (t) + 6);                                                              \
        ROUND(b, c, d, e, f, g, h, a, (t) + 7);                                                              \
        after8;                                                                                              \
    } while (0)

/* This function must not be inlined: the loop around the call would take registers from it. */
__attribute__((noinline)) static void sha512_bmi2_compress(
    uint64_t *dst, const uint64_t *state, uint64_t w[16])
{
    uint64_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint64_t e = state[4], f = state[5], g = state[6], h = state[7], bc = b ^ c;
    const uint64_t *k = sha512_k;
    const __m128i *block = (const __m128i *)w;
    __m128i x0 = block[0], x1 = block[1], x2 = block[2], x3 = block[3];
    __m128i x4 = block[4], x5 = block[5], x6 = block[6], x7 = block[7];

    ADD_K(0);
    ADD_K(1);
    ADD_K(2);
    ADD_K(3);
    ADD_K(4);
    ADD_K(5);
    ADD_K(6);
    ADD_K(7);
    for (k += 16; k < sha512_k + 80; k += 16) { /* k has the constants of the next 16 rounds */
        EIGHT_ROUNDS(
            0, RENEW(0, 1, 4, 5, 7), RENEW(1, 2, 5, 6, 0), RENEW(2, 3, 6, 7, 1), RENEW(3, 4, 7, 0, 2));
        EIGHT_ROUNDS(
            8, RENEW(4, 5, 0, 1, 3), RENEW(5, 6, 1, 2, 4), RENEW(6, 7, 2, 3, 5), RENEW(7, 0, 3, 4, 6));
    }
    EIGHT_ROUNDS(0, NOTHING, NOTHING, NOTHING, NOTHING);
    EIGHT_ROUNDS(8, NOTHING, NOTHING, NOTHING, NOTHING);
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
    .description = "BMI2 rounds, one lane, beside an AVX schedule",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2 | SIMD_CPU_AVX,
    .vector_width = 128,
    SCALAR_COMMON,
};
