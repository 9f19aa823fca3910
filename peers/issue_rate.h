/*
 * How many instructions of a kind this core issues per cycle, measured with instructions that are independent
 * of each other. Ceilings are made of these rates (ceiling.h), and a probe with such instructions shows that
 * a neighbour disturbs (repetition.h).
 */
#ifndef ISSUE_RATE_H
#define ISSUE_RATE_H

#ifdef __cplusplus
extern "C" {
#endif

enum issue_kind {
    ISSUE_ADD_GENERAL,   /* of general registers; the others are of vectors */
    ISSUE_SHA256_ROUNDS, /* sha256rnds2 */
    ISSUE_ADD_256,
    ISSUE_SHIFT_256,
    ISSUE_ADD_512,
    ISSUE_ROTATE_512,
    ISSUE_N
};

/* Measures every rate that this CPU has, in some milliseconds. Of several calls the highest rates count,
 * since a disturbance only ever lowers one. */
void issue_rate_measure(void);

/* Instructions per core cycle; 0 if that was not measured, or this CPU has no such instructions. */
double issue_rate(enum issue_kind kind);

/* Additions per nanosecond at this moment, beside instructions that fill the core. The measurement takes
 * 768,000 instructions on x86-64, which are about 130,000 core cycles where six are dispatched in one. */
double issue_rate_probe(void);

#ifdef __cplusplus
}
#endif
#endif
