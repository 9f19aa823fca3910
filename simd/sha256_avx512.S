/*
 * SHA-256 in rows of eight lanes with AVX-512 (FIPS 180-4, section 4.1.2). sha2_avx512.inc says how it works.
 *
 * A round has 6 rotates, 4 ternary logic operations and 7 additions. A step of the schedule has 4 rotates, 2
 * shifts, 2 ternary logic operations and 3 additions. These are 64 x 17 + 48 x 11 = 1,616 operations, which
 * take 25.3 cycles per compression at four per cycle (Zen 5), and 50.5 at two (Zen 4, Intel). Rotates are not
 * the limit.
 *
 * One stream alone is limited by latency. From one e to the next there are three rotates, of which two fit
 * into a cycle, a ternary operation and an addition, and on Zen 5 most simple operations take 2 cycles. There
 * one stream takes 34.5 cycles per compression, and two together take 28.
 */
#define COMPRESS2 sha256_avx512_compress2
#define COMPRESS4 sha256_avx512_compress4
#define ROUNDS 64
#define K sha256_k
#define K_WORD(offset) dword ptr [rax+offset]{1to16}
#define WORD_BYTES 4
#define ADD vpaddd
#define SUBTRACT vpsubd
#define ROTATE vprord
#define SHIFT vpsrld
#define TERNARY vpternlogd
#define SIGMA0 2, 13, 22
#define SIGMA1 6, 11, 25
#define SMALL_SIGMA0 7, 18, 3
#define SMALL_SIGMA1 17, 19, 10
#include "sha2_avx512.inc"
