/*
 * How many core cycles pass until an instruction has the result of the one before, measured with instructions
 * that all wait for each other. The bounds of a compression that waits for another are made of these
 * (ceiling.h).
 */
#ifndef LATENCY_H
#define LATENCY_H

#ifdef __cplusplus
extern "C" {
#endif

enum latency_kind {
    LATENCY_GENERAL,       /* a rotate, a xor or an addition of general registers, a mean */
    LATENCY_ADD_VECTOR,    /* an addition of 128 bits */
    LATENCY_SHA256_ROUNDS, /* sha256rnds2 */
    LATENCY_AVX2_ROUND,    /* a shift, three xors and an addition of 256 bits */
    LATENCY_AVX512_ROUND,  /* a rotate, a ternary operation and an addition of 512 bits */
    LATENCY_N
};

/* Measures every latency that this CPU has, in some milliseconds. Of several calls the lowest latencies
 * count, since a disturbance only ever adds. */
void latency_measure(void);

/* Core cycles; 0 if that was not measured, or this CPU has no such instructions. */
double latency(enum latency_kind kind);

#ifdef __cplusplus
}
#endif
#endif
