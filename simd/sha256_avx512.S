/*
 * SHA-256 in rows of eight lanes, AVX-512 (FIPS 180-4, section 4.1.2): two or four
 * independent compressions. sha2_avx512.inc has layout, register plan and order.
 *
 * Operations: a round has 6 rotates, 4 ternary logic, 7 additions; a step of the
 * schedule 4 rotates, 2 shifts, 2 ternary, 3 additions: 64 x 17 + 48 x 11 = 1,616. At
 * four per cycle (Zen 5) that is 25.3 cycles per compression, at two (Zen 4,
 * Intel) 50.5; rotates are not the limit.
 *
 * Latency is, for one stream: from e to the next e it is three rotates, of which two fit into
 * a cycle, ternary and addition, and on Zen 5 simple operations mostly take 2 cycles. One stream
 * takes 34.5 cycles per compression, two together 28.
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
