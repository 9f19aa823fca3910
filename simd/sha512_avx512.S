/*
 * SHA-512 in rows of four lanes, AVX-512 (FIPS 180-4, section 4.1.3): two or four
 * independent compressions. sha2_avx512.inc has layout, register plan and order.
 *
 * Operations: a round has 6 rotates, 4 ternary logic, 7 additions; a step of the
 * schedule 4 rotates, 2 shifts, 2 ternary, 3 additions: 80 x 17 + 64 x 11 = 2,064. At
 * four per cycle (Zen 5) that is 64.5 cycles per compression, at two (Zen 4,
 * Intel) 129; rotates are not the limit.
 *
 * Latency is, for one stream: see sha256_avx512.S. On Zen 5 one takes 86 cycles per
 * compression, two together 71.
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
