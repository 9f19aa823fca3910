/*
 * The ceiling of a kernel: the least core cycles per compression that this core
 * allows its instructions, whatever their order. A kernel of
 *
 *   SHA-NI    needs 32 sha256rnds2 for a compression; everything else may run beside;
 *   AVX-512   1,616 operations for the compressions of all lanes of a register:
 *             64 rounds of 17 (3 rotates and a ternary each for two Sigma, Ch, Maj, 7
 *             additions), 48 schedule steps of 11; 576 of them are rotates. SHA-512 has 80
 *             and 64: 2,064, of them 736 rotates;
 *   AVX2      3,248, for lack of rotates and ternary logic: rounds of 35, schedule
 *             steps of 21; 1,248 of them are shifts. SHA-512 needs 4,016, as one of its
 *             rotates is a shuffle; 1,472 are shifts;
 *
 * and the core issues so many of each per cycle (issue_rate.h). No measured
 * figure of a CPU is built in.
 */
#ifndef CEILING_H
#define CEILING_H

#ifdef __cplusplus
extern "C" {
#endif

/* Core cycles per compression, by what was measured up to now; 0: no ceiling is known
 * for such a kernel. NULL: the lowest ceiling of all SHA-256 kernels that this CPU can run. */
double ceiling_cycles(const char *kernel);

/* The same in words, for people: static until the next call. */
const char *ceiling_text(const char *kernel);

#ifdef __cplusplus
}
#endif
#endif
