/*
 * The ceiling of a kernel: the least core cycles per compression that this core allows its instructions,
 * in whatever order they come. It follows from the instructions that a compression cannot do without and from
 * how many of them the core issues per cycle (issue_rate.h); no measured figure of a CPU is built in.
 *
 *   SHA-NI    needs 32 sha256rnds2 for a compression. Everything else may run beside them.
 *   AVX-512   needs 1,616 operations for the compressions of all lanes of a register: 64 rounds of 17 (3
 *             rotates and a ternary operation for each of two Sigma, Ch, Maj, 7 additions) and 48 schedule
 *             steps of 11. 576 of them are rotates. SHA-512 has 80 rounds and 64 steps: 2,064 operations,
 *             736 of them rotates.
 *   AVX2      has neither rotates nor ternary logic, and needs 3,248 operations: rounds of 35, schedule
 *             steps of 21. 1,248 of them are shifts. SHA-512 needs 4,016 operations, since one of its
 *             rotates is a shuffle; 1,472 of them are shifts.
 */
#ifndef CEILING_H
#define CEILING_H

#ifdef __cplusplus
extern "C" {
#endif

/* Core cycles per compression, by what was measured up to now; 0 if no ceiling is known for such a kernel.
 * NULL asks for the lowest ceiling of all SHA-256 kernels that this CPU can run. */
double ceiling_cycles(const char *kernel);

/* The same in words, for people. The text is static, and changes with the next call. */
const char *ceiling_text(const char *kernel);

#ifdef __cplusplus
}
#endif
#endif
