/*
 * SHA-512 in rows of four lanes with AVX-512 (FIPS 180-4, section 4.1.3). sha2_avx512.inc says how it works.
 *
 * A round has 6 rotates, 4 ternary logic operations and 7 additions. A step of the schedule has 4 rotates, 2
 * shifts, 2 ternary logic operations and 3 additions. These are 80 x 17 + 64 x 11 = 2,064 operations, which
 * take 64.5 cycles per compression at four per cycle (Zen 5), and 129 at two (Zen 4, Intel). Rotates are not
 * the limit.
 *
 * One stream alone is limited by latency, as sha256_avx512.S says. On Zen 5 it takes 86 cycles per
 * compression, and two together take 71.
 */
#define COMPRESS2 sha512_avx512_compress2
#define COMPRESS4 sha512_avx512_compress4
#define ROUNDS 80
#define K sha512_k
#define K_WORD(offset) qword ptr [rax+offset]{1to8}
#define WORD_BYTES 8
#define ADD vpaddq
#define SUBTRACT vpsubq
#define ROTATE vprorq
#define SHIFT vpsrlq
#define TERNARY vpternlogq
#define SIGMA0 28, 34, 39
#define SIGMA1 14, 18, 41
#define SMALL_SIGMA0 1, 8, 7
#define SMALL_SIGMA1 19, 61, 6
#include "sha2_avx512.inc"
