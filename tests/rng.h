/* Random numbers of the tests: the same ones on every machine for the same seed (xoshiro256**). */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Choices and bytes are streams of their own, so that choices can be made again with other bytes. */
struct rng {
    uint64_t state[4];
    uint64_t bytes;
};
struct rng rng_from(uint64_t seed);
/* The choices that followed `from`, a copy of the generator, are those that come next. Bytes go on. */
void rng_choose_from(struct rng *rng, const struct rng *from);
uint64_t rng_next(struct rng *rng);                  /* a choice, as the next two */
uint32_t rng_below(struct rng *rng, uint32_t bound); /* 0 .. bound - 1 */
bool rng_one_in(struct rng *rng, uint32_t n);        /* true once in n times */
/* Fills memory with bytes that no choice depends on. */
void rng_fill(struct rng *rng, void *bytes, size_t len);

/* The seed of this process: LANEKDF_TEST_SEED if the environment has it, else a fresh one. */
uint64_t test_seed(void);
/* What a test that fails prints, so that it can be repeated: "LANEKDF_TEST_SEED=0x...". */
const char *test_seed_text(void);

#endif
