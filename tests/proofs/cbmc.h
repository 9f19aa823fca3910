/*
 * The words of CBMC, for the proofs in this folder. A proof is a main() whose variables begin with any value
 * at all: CBMC follows every path that an assumption leaves, and shows that no assertion fails, no address
 * lies outside of its object, and no loop goes on for longer than it was told to look. tests/proofs.sh runs
 * them.
 *
 * The line "cbmc:" of a proof has the options that it needs beside those of the script.
 */
#ifndef CBMC_H
#define CBMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void __CPROVER_assume(bool holds);
void __CPROVER_assert(bool holds, const char *what);

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition) __CPROVER_assert((condition), #condition)

/* Any value: CBMC knows functions without a body by this prefix. */
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);
bool nondet_bool(void);

#endif
