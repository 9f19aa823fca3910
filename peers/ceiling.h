/*
 * Two bounds on a kernel, in core cycles: what this core takes at least for the instructions that a
 * compression cannot do without. They follow from how many instructions the core issues per cycle
 * (issue_rate.h) and from how long one waits for another (latency.h); no measured figure of a CPU is built
 * in, and none of the kernel itself.
 *
 * The *ceiling* is for compressions that are independent of each other: cycles for each of them, in whatever
 * order the instructions of all come.
 *
 *   SHA-NI    needs 32 sha256rnds2. Everything else may run beside them.
 *   AVX-512   needs 1,616 operations for the compressions of all lanes of a register: 64 rounds of 17 (3
 *             rotates and a ternary operation for each of two Sigma, Ch, Maj, 7 additions) and 48 schedule
 *             steps of 11. 576 of them are rotates. SHA-512 has 80 rounds and 64 steps: 2,064 operations,
 *             736 of them rotates.
 *   AVX2      has neither rotates nor ternary logic, and needs 3,248 operations: rounds of 35, schedule
 *             steps of 21. 1,248 of them are shifts. SHA-512 needs 4,016 operations, since one of its
 *             rotates is a shuffle; 1,472 of them are shifts.
 *   general   registers need, for one lane, rounds of 22 operations (5 for each of two Sigma, 3 each for Ch
 *             and Maj, 6 additions, since lea adds the constant to the word; SHA-512 has constants that lea
 *             cannot add, and rounds of 23) and schedule steps of 13. The schedule may run on vectors beside
 *             the rounds, and does not count then. MD5 has rounds of 6 or 7 operations, SHA-1 of 7 to 9 and
 *             schedule steps of 4.
 *
 * The *step* is for one compression that waits for the one before. It is the higher of two numbers: of the
 * cycles in which the core issues all of these operations, with no lane but this one, and of the latencies
 * of those that wait for each other.
 *
 *   SHA-NI    32 sha256rnds2.
 *   SHA-2     in each round, from one e to the next: a rotate, the rest of Sigma1, and the addition of what
 *             else there is, if d + h + K + W + Ch is added up while Sigma1 is computed. The rest of Sigma1
 *             is one ternary operation with AVX-512, three xors with AVX2, two in general registers.
 *   MD5       4 or 5 operations in each round, 288 in all; SHA-1 has a rotate and an addition, 160.
 *
 * At the end, the sum with the chaining value before is one addition more.
 */
#ifndef CEILING_H
#define CEILING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What n compressions take at least on the kernel of this name, of which `path` wait for each other: the
 * higher of the two bounds, by what was measured up to now. A kernel that has two ways, SHA-NI and AVX-512,
 * is taken to go the better one all the way. 0 if the kernel cannot run here, or if nothing is known of the
 * core. */
double ceiling_of_call(const char *kernel, size_t n, size_t path);

/* The two bounds in words, for people: "unknown" where nothing is known. The text is static, and changes with
 * the next call. */
const char *ceiling_text(const char *kernel);

#ifdef __cplusplus
}
#endif
#endif
