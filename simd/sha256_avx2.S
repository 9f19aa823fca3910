/*
 * SHA-256 in rows of eight lanes with AVX2 (FIPS 180-4, section 4.1.2). sha2_avx2.inc says how it works.
 *
 * A rotate takes two shifts and an xor. A round has two Sigmas of 11 operations, Ch of 3, Maj = ((a ^ b) & (b
 * ^ c)) ^ b of 3, and 7 additions. A step of the schedule has two sigmas of 9 operations, and 3 additions.
 * These are 64 x 35 + 48 x 21 = 3,248 operations, which at four per cycle (Zen) take 101.5 cycles per
 * compression and lane. The 1,248 shifts, at two per cycle, are not the limit. One stream alone has 64
 * additions more.
 */
#define COMPRESS1 sha256_avx2_compress1
#define COMPRESS2 sha256_avx2_compress2
#define ROUNDS 64
#define K sha256_k
#define WORD_BYTES 4
#define ADD vpaddd
#define RIGHT vpsrld
#define LEFT vpslld
#define BROADCAST vpbroadcastd
#define SIGMA0 2, 13, 22
#define SIGMA1 6, 11, 25
#define SMALL_SIGMA0 7, 18, 3
#define SMALL_SIGMA1 17, 19, 10
#include "sha2_avx2.inc"
