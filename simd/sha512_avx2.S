/*
 * SHA-512 in rows of four lanes with AVX2 (FIPS 180-4, section 4.1.3). sha2_avx2.inc says how it works.
 *
 * A rotate takes two shifts and an xor, but a rotate by 8 is one shuffle. A round has two Sigmas of 11
 * operations, Ch of 3, Maj = ((a ^ b) & (b ^ c)) ^ b of 3, and 7 additions. A step of the schedule has sigmas
 * of 9 and of 7 operations, and 3 additions. These are 80 x 35 + 64 x 19 = 4,016 operations, which at four
 * per cycle (Zen) take 251 cycles per compression and lane. The 1,472 shifts, at two per cycle, are not the
 * limit. One stream alone has 80 additions more.
 */
#define COMPRESS1 sha512_avx2_compress1
#define COMPRESS2 sha512_avx2_compress2
#define ROUNDS 80
#define K sha512_k
#define WORD_BYTES 8
#define ADD vpaddq
#define RIGHT vpsrlq
#define LEFT vpsllq
#define BROADCAST vpbroadcastq
#define SIGMA0 28, 34, 39
#define SIGMA1 14, 18, 41
#define SMALL_SIGMA0 1, 8, 7
#define SMALL_SIGMA1 19, 61, 6
#include "sha2_avx2.inc"

        .section .rodata
        .balign 32
rotate_8:
        .rept 2
        .byte 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8
        .endr
