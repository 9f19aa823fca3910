#include "rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

struct rng rng_from(uint64_t seed)
{
    struct rng rng;

    for (size_t i = 0; i < 4; i++) {
        rng.state[i] = splitmix(&seed);
    }
    rng.bytes = seed;
    return rng;
}

void rng_choose_from(struct rng *rng, const struct rng *from)
{
    memcpy(rng->state, from->state, sizeof(rng->state));
}

static uint64_t rotate_left(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->state, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

bool rng_one_in(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n) == 0;
}

void rng_fill(struct rng *rng, void *bytes, size_t len)
{
    uint8_t *at = bytes;

    while (len) {
        uint64_t word = splitmix(&rng->bytes);
        size_t n = len < sizeof(word) ? len : sizeof(word);

        memcpy(at, &word, n);
        at += n;
        len -= n;
    }
}

uint64_t test_seed(void)
{
    static uint64_t seed;
    const char *text = getenv("LANEKDF_TEST_SEED");

    if (seed) {
        return seed;
    }
    if (text) {
        seed = strtoull(text, NULL, 0);
    } else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
        abort();
    }
    return seed |= 1; /* 0 stands for no seed yet */
}

const char *test_seed_text(void)
{
    static char text[48];

    snprintf(text, sizeof(text), "LANEKDF_TEST_SEED=0x%016" PRIx64, test_seed());
    return text;
}
