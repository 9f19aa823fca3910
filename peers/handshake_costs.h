/*
 * What a full handshake of TLS 1.2 costs a server and a client on one core: the operations beside the
 * derivation (handshake_operations.h), and the derivation by OpenSSL and by lanekdf. It puts millions of
 * derivations a second into their place: no server makes as many handshakes.
 */
#ifndef HANDSHAKE_COSTS_H
#define HANDSHAKE_COSTS_H

#include "slices.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct handshake_cost {
    const char *name;        /* one word, for programs */
    const char *what;        /* for people */
    struct slices_item item; /* what slices_measure() takes */
    size_t n_per_run;        /* handshakes */
};

/* All costs, prepared to be measured. Without libcrypto those of lanekdf's derivations alone. Returns how
 * many; they live as long as the program. */
size_t handshake_costs_new(struct handshake_cost **costs);

/* What was measured, of one handshake. */
double handshake_cost_us(const struct handshake_cost *cost);

/* Prints the measured costs as a table of 80 columns at most, and the handshakes per second that follow. */
void handshake_costs_print(FILE *file, const struct handshake_cost *costs, size_t n_costs);

#ifdef __cplusplus
}
#endif
#endif
