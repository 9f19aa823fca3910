/*
 * SHA-256 on the SHA extensions, one lane: chooses what runs beside what.
 * sha256_shani.S does the arithmetic.
 *
 * Up to four independent (operation, bank) pairs make a group: one operation of
 * every open task, then, while there is room, a second of each whose gap allows,
 * and so on. Some groups are planned ahead and run in one go, so that chains stay
 * in registers from group to group; planning is scalar work that depends on
 * programs only and overlaps with the rounds of the groups before.
 *
 * State slot: F E B A H G D C, the order of sha256rnds2. Message slot: the words
 * in order.
 */
#include "sha256.h"

#include <string.h>
#include <immintrin.h>

/* Planning must not use vector registers, as compilers like to for copying
 * structures: such an instruction queues up behind rounds that wait for each
 * other, and what depends on it waits as well instead of running ahead. */
#define GENERAL_REGISTERS __attribute__((target("general-regs-only")))

enum { CURSORS = 4, GROUP = 4, PLAN = 3 };

/* sha256_shani.S knows this layout. */
struct pair {
    const struct simd_op *op;
    uint8_t *bank;
    uint8_t group; /* of the first pair of a group: pairs in it; 0 behind the last */
    uint8_t digest_words;
};
_Static_assert(sizeof(struct pair) == 24 && offsetof(struct pair, group) == 16, "as in sha256_shani.S");

void sha256_shani_groups(const struct pair *pair, uint32_t w[GROUP][16]);

struct scratch {
    uint32_t w[GROUP][16];
    struct pair plan[PLAN + GROUP]; /* addresses, no secrets */
};

/* An open task. */
struct walk {
    const struct simd_op *op, *end;
    uint8_t *bank;
    uint8_t digest_words;
    uint8_t cursor;
    unsigned taken; /* operations in the group being planned */
};

/* The next group, at `pair`: from each of n_open tasks an operation, then another,
 * as long as they are independent: gap reaches back to the task's first in this
 * group. Returns the number of pairs. */
GENERAL_REGISTERS static unsigned plan_group(struct walk *walks, unsigned n_open, struct pair *pair)
{
    unsigned n = 0, before, depth = 0;

    do {
        before = n;
        for (struct walk *walk = walks; walk < walks + n_open && n < GROUP; walk++) {
            if (depth && (walk->taken != depth || walk->op == walk->end || walk->op->gap < depth))
                continue;
            pair[n++] = (struct pair){walk->op++, walk->bank, 0, walk->digest_words};
            walk->taken = depth + 1;
        }
        depth++;
    } while (n < GROUP && n > before);
    pair->group = (uint8_t)n;
    return n;
}

/* Gives cursor its next task; returns whether there was one. */
GENERAL_REGISTERS static int next_task(struct simd_feed *feed, unsigned cursor, struct walk *walk)
{
    struct simd_task task;

    if (!feed->next(feed, cursor, &task))
        return 0;
    *walk = (struct walk){task.program->ops, task.program->ops + task.program->n_ops, task.bank,
        task.program->digest_words, (uint8_t)cursor, 0};
    return 1;
}

GENERAL_REGISTERS static void run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct walk walks[CURSORS]; /* the open ones first */
    unsigned n_open = 0, idle = (1 << CURSORS) - 1;

    for (;;) {
        /* What a finished task brings back may be work for idle cursors: they come last. */
        for (unsigned i = 0; i < n_open; i++)
            if (walks[i].op == walks[i].end && !next_task(feed, walks[i].cursor, &walks[i])) {
                idle |= 1u << walks[i].cursor;
                walks[i--] = walks[--n_open];
            }
        for (unsigned cursor = 0; cursor < CURSORS; cursor++)
            if (idle & 1u << cursor && next_task(feed, cursor, &walks[n_open])) {
                idle &= ~(1u << cursor);
                n_open++;
            }
        if (!n_open)
            return;

        unsigned n = 0, finished = 0;
        do {
            n += plan_group(walks, n_open, &s->plan[n]);
            for (unsigned i = 0; i < n_open; i++)
                finished |= walks[i].op == walks[i].end;
        } while (n < PLAN && !finished);
        s->plan[n].group = 0;
        sha256_shani_groups(s->plan, s->w);
    }
}

/* --- slots --- */

static __m128i load_words(const uint8_t *bytes)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes), swap);
}

static void store_words(uint8_t *bytes, __m128 words)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

    _mm_storeu_si128((__m128i *)bytes, _mm_shuffle_epi8(_mm_castps_si128(words), swap));
}

static void load_message(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    __m128i *quad = slots;

    (void)stride; /* one lane */
    for (size_t i = 0; i < n_slots * 2; i++)
        _mm_store_si128(quad + i, load_words(bytes + 16 * i));
}

static void load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    __m128 abcd = _mm_castsi128_ps(load_words(bytes));
    __m128 efgh = _mm_castsi128_ps(load_words(bytes + 16));

    (void)stride;
    _mm_store_ps(slot, _mm_shuffle_ps(efgh, abcd, _MM_SHUFFLE(0, 1, 0, 1)));
    _mm_store_ps((float *)slot + 4, _mm_shuffle_ps(efgh, abcd, _MM_SHUFFLE(2, 3, 2, 3)));
}

static void store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    __m128 feba = _mm_load_ps(slot);
    __m128 hgdc = _mm_load_ps((const float *)slot + 4);

    (void)stride;
    store_words(bytes, _mm_shuffle_ps(feba, hgdc, _MM_SHUFFLE(2, 3, 2, 3)));
    store_words(bytes + 16, _mm_shuffle_ps(feba, hgdc, _MM_SHUFFLE(0, 1, 0, 1)));
}

static void clear(void *scratch)
{
    struct scratch *s = scratch;

    memset(s->w, 0, sizeof s->w);
    __asm__ volatile("" : : "r"(s) : "memory"); /* the stores are not dead */
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
    .run = run,
    .load_message = load_message,
    .load_state = load_state,
    .store_state = store_state,
    .clear = clear,
};
