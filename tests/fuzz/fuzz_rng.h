/* Random numbers of the tests that a fuzzer chooses. */
#ifndef FUZZ_RNG_H
#define FUZZ_RNG_H

#include "rng.h"

/* The choices that an input makes. The input must live as long as choices are made. */
struct rng fuzz_rng_from(const uint8_t *input, size_t len);

/* What libFuzzer calls with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

#endif
