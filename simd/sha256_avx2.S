/*
 * SHA-256 in rows of eight lanes, AVX2 (FIPS 180-4, section 4.1.2). sha2_avx2.inc has
 * layout, register plan and order.
 *
 * Operations: a rotate is two shifts and an xor. A round has twice 11 for the
 * Sigmas, Ch 3, Maj = ((a ^ b) & (b ^ c)) ^ b 3, 7 additions; a step of the schedule
 * twice 9, 3 additions: 64 x 35 + 48 x 21 = 3,248, four per cycle (Zen): 101.5
 * cycles per compression and lane. Shifts, 1,248 at two per cycle, are not the limit.
 * One stream alone: 64 additions more.
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
