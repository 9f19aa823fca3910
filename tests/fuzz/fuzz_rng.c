/*
 * The random numbers of the tests (rng.h), taken from the bytes of a fuzzer's input instead of a seed. The
 * generators of good and wrong jobs then make of each input its own jobs, and the fuzzer, which changes
 * single bytes, changes single choices: a kind, a length, a mistake.
 *
 * A choice takes one byte, or as many as its bound needs. Bytes that nothing depends on, such as those of
 * secrets, take none, and neither do choices behind the end of the input: they come from a generator that the
 * input has seeded.
 */
#include "fuzz_rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What struct rng has in its state here. */
enum { NEXT_BYTE, END, UNCHOSEN };

static uint64_t unchosen(struct rng *rng)
{
    uint64_t z = rng->state[UNCHOSEN] += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

struct rng fuzz_rng_from(const uint8_t *input, size_t len)
{
    return (struct rng){.state = {(uintptr_t)input, (uintptr_t)input + len, len}};
}

struct rng rng_from(uint64_t seed)
{
    return (struct rng){.state = {0, 0, seed}};
}

static bool has_byte(const struct rng *rng)
{
    return rng->state[NEXT_BYTE] != rng->state[END];
}

static uint8_t take_byte(struct rng *rng)
{
    return *(const uint8_t *)(uintptr_t)rng->state[NEXT_BYTE]++;
}

uint64_t rng_next(struct rng *rng)
{
    return unchosen(rng);
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    uint64_t chosen = 0, n_choices = 1;

    if (!has_byte(rng)) {
        return (uint32_t)(((unchosen(rng) >> 32) * bound) >> 32);
    }
    while (n_choices < bound && has_byte(rng)) {
        chosen = chosen << 8 | take_byte(rng);
        n_choices <<= 8;
    }
    return (uint32_t)(chosen % bound);
}

bool rng_one_in(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n) == 0;
}

void rng_fill(struct rng *rng, void *bytes, size_t len)
{
    uint8_t *at = bytes;

    while (len) {
        const uint64_t word = unchosen(rng);
        const size_t n = len < sizeof(word) ? len : sizeof(word);

        memcpy(at, &word, n);
        at += n;
        len -= n;
    }
}

uint64_t test_seed(void)
{
    return 1;
}

const char *test_seed_text(void)
{
    return "the input that the fuzzer writes to a file";
}
