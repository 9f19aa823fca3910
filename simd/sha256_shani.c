/*
 * SHA-256 in one lane with the SHA extensions. The arithmetic is in sha256_shani.S; here is decided which
 * operations it interleaves.
 *
 * Up to four independent operations make a group, as walk.h chooses them. A few groups are planned ahead and
 * handed to the assembler together, which keeps the result of a chain in registers from one group to the
 * next.
 *
 * A state slot has the words F E B A H G D C, the order of sha256rnds2. A message slot has its words in
 * order.
 */
#include "sha256.h"
#include "sha256_feba.h"

#include <string.h>

enum { CURSORS = 4, GROUP = 4 };
#include "walk.h"

_Static_assert(sizeof(struct pair) == 24 && offsetof(struct pair, group) == 16 &&
                   offsetof(struct pair, hi_digest_words) == 18,
    "as in sha256_shani.S");
_Static_assert(
    offsetof(struct simd_op, digest) == 2 && offsetof(struct simd_op, xor_byte) == 6, "as in sha256_shani.S");

/* Runs the groups of a list that ends with a group of size 0. */
void sha256_shani_groups(const struct pair *pair, uint32_t w[GROUP][16]);

/* Groups are planned until they have this many pairs. Planning more takes longer than the rounds that it runs
 * beside. */
enum { PLAN = 3 };

struct scratch {
    uint32_t w[GROUP][16];
    struct pair plan[PLAN + GROUP]; /* holds no secrets, only addresses */
};
_Static_assert(
    sizeof(struct scratch) <= SIMD_ONE_LANE_SCRATCH, "lanekdf_derive_one has no more on its stack");

GENERAL_REGISTERS static void sha256_shani_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        unsigned finished = 0;
        while (!finished) {
            unsigned n = 0;
            do {
                n += plan_group(&walks, &s->plan[n], &finished);
            } while (n < PLAN && !finished);
            s->plan[n].group = 0;
            sha256_shani_groups(s->plan, s->w);
        }
    }
}

/* ---- slots ---- */

static void sha256_shani_load_message(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    __m128i *quad = slots;

    (void)stride; /* there is one lane */
    for (size_t i = 0; i < n_slots * 2; i++) {
        _mm_store_si128(quad + i, feba_load_words(bytes + 16 * i));
    }
}

static void sha256_shani_load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    __m128 *registers = slot;

    (void)stride;
    feba_load_state(&registers[0], &registers[1], bytes);
}

static void sha256_shani_store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    const __m128 *registers = slot;

    (void)stride;
    feba_store_state(bytes, registers[0], registers[1]);
}

static void sha256_shani_clear(void *scratch)
{
    struct scratch *s = scratch;

    memset(s->w, 0, sizeof(s->w));
    __asm__ volatile("" : : "r"(s) : "memory"); /* or the compiler may take the stores for dead ones */
}

const struct simd_kernel sha256_shani = {
    .name = "sha256_shani",
    .description = "SHA extensions, one lane, up to four operations interleaved",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI,
    .lanes = 1,
    .tasks_in_flight = CURSORS,
    .vector_width = 128,
    .stack_bytes = 512,
    .scratch_bytes = (sizeof(struct scratch) + 63) / 64 * 64,
    .run = sha256_shani_run,
    .load_message = sha256_shani_load_message,
    .load_state = sha256_shani_load_state,
    .store_state = sha256_shani_store_state,
    .clear = sha256_shani_clear,
};
