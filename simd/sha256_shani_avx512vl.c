/*
 * SHA-256 of eight lanes, SHA-NI rounds beside an AVX-512VL message schedule: a pipeline of
 * (operation, bank) pairs. sha256_shani_avx512vl.py writes the arithmetic.
 *
 * While the rounds of one pair run, the schedule of the next is computed. Any pair will do
 * whose block does not hold the digest that is just being made: what else an operation
 * reads, its state above all, is read when its own rounds begin. So tasks take turns, and a
 * task that is alone goes on by itself where its digests are not needed at once. Where they
 * are, schedule and rounds run one after the other.
 *
 * Message slot: eight rows, a row being one word of every lane. State slot: F E B A of each
 * lane, lowest word first, then H G D C of each, lanes in the order 0 4 1 5 2 6 3 7.
 */
#include <immintrin.h>

enum { CURSORS = 3, GROUP = 1, LANES = 8 };
#include "sha256.h"
#include "sha256_feba.h"
#include "walk.h"

#include <string.h>

typedef __m256i row;

/* A block on its way to the rounds. The generator knows this layout. */
struct schedule {
    uint32_t pairs[32][LANES][2]; /* W + K */
    row ring[16];                 /* the last words of W */
};
_Static_assert(sizeof(struct schedule) == 2560 && offsetof(struct schedule, ring) == 2048,
    "as in sha256_shani_avx512vl.py");

struct scratch {
    struct schedule sides[2]; /* one is written while the other is read */
    row filled[8];            /* a short digest, filled up with words of lo */
};

/* The rounds of a pair: dst = compress(state, the block that they hold). */
struct rounds {
    const void *pairs; /* NULL: none */
    const uint8_t *state;
    uint8_t *dst;
    unsigned cursor;
};

/* Rounds, and, into to, the schedule of head | hi, all its words xored with pattern. The
 * name says what head is, a message slot or a digest; padded: hi is SIMD_PADDED_DIGEST's,
 * alone: no rounds; rounds: no schedule. */
typedef void step(const void *pairs, const uint8_t *state, uint8_t *dst, struct schedule *to,
    const void *head, const void *hi, uint32_t pattern);
step sha256_shani_avx512vl_message, sha256_shani_avx512vl_message_alone;
step sha256_shani_avx512vl_digest, sha256_shani_avx512vl_digest_alone;
step sha256_shani_avx512vl_padded, sha256_shani_avx512vl_rounds;

/* Rows of a digest, those from n on words of lo. */
static void fill_up(row filled[8], const row digest[8], const row lo[8], unsigned n)
{
    /* From two lanes in each row to two words of lanes 0 1 4 5 and 2 3 6 7, to one of all. */
    for (unsigned half = 0; half < 2; half++, digest += 4) {
        __m256 x = (__m256)_mm256_unpackhi_epi64(digest[0], digest[1]);
        __m256 y = (__m256)_mm256_unpackhi_epi64(digest[2], digest[3]);
        filled[2 * half] = (row)_mm256_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1));     /* A, C */
        filled[2 * half + 1] = (row)_mm256_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0)); /* B, D */
        x = (__m256)_mm256_unpacklo_epi64(digest[0], digest[1]);
        y = (__m256)_mm256_unpacklo_epi64(digest[2], digest[3]);
        filled[2 * half + 4] = (row)_mm256_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1)); /* E, G */
        filled[2 * half + 5] = (row)_mm256_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0)); /* F, H */
    }
    for (; n < 8; n++) {
        filled[n] = lo[n];
    }
}

/* The rounds `now`, if any, beside the schedule of op, whose rounds are the result. */
GENERAL_REGISTERS static struct rounds run_and_schedule(struct scratch *s, unsigned side,
    const struct rounds *now, const struct walk *walk, const struct simd_op *op)
{
    uint8_t(*slot)[LANES * 32] = (void *)walk->bank;
    const void *head, *hi = slot[op->hi];
    step *together, *alone = sha256_shani_avx512vl_message_alone;

    if (op->digest == SIMD_NO_SLOT) {
        head = slot[op->lo];
        together = sha256_shani_avx512vl_message;
    } else if (walk->digest_words < 8) {
        fill_up(s->filled, (row *)slot[op->digest], (row *)slot[op->lo], walk->digest_words);
        head = s->filled;
        together = sha256_shani_avx512vl_message;
    } else {
        head = slot[op->digest];
        together =
            op->hints & SIMD_PADDED_DIGEST ? sha256_shani_avx512vl_padded : sha256_shani_avx512vl_digest;
        alone = sha256_shani_avx512vl_digest_alone;
    }
    (now->pairs ? together : alone)(
        now->pairs, now->state, now->dst, &s->sides[side], head, hi, op->xor_byte * UINT32_C(0x01010101));
    return (struct rounds){s->sides[side].pairs, slot[op->state], slot[op->dst], walk->cursor};
}

/* The open task whose rounds are ready, NULL if there are none. */
GENERAL_REGISTERS static struct walk *ready_walk(struct walks *walks, const struct rounds *ready)
{
    struct walk *walk = walks->open;

    if (!ready->pairs) {
        return NULL;
    }
    while (walk->cursor != ready->cursor) {
        walk++;
    }
    return walk;
}

/* What to schedule beside the rounds of `now`, which are those of its op: the task after it in
 * turn, itself last, that has an operation which does not need their result at once. */
GENERAL_REGISTERS static const struct walk *choose_to_schedule(
    const struct walks *walks, const struct walk *now, const struct simd_op **op)
{
    const struct walk *end = walks->open + walks->n_open, *walk = now ? now : end - 1;

    for (unsigned i = 0; i < walks->n_open; i++) {
        walk = walk + 1 < end ? walk + 1 : walks->open;
        *op = walk->op + (walk == now);
        if (walk != now || (*op != walk->end && (*op)->digest != now->op->dst)) {
            return walk;
        }
    }
    return NULL;
}

GENERAL_REGISTERS static void sha256_shani_avx512vl_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct walks walks;
    struct rounds ready = {0};
    unsigned side = 0;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        unsigned finished = 0;
        while (!finished) {
            struct walk *now = ready_walk(&walks, &ready);
            const struct simd_op *op;
            const struct walk *next = choose_to_schedule(&walks, now, &op);
            if (next) {
                ready = run_and_schedule(s, side ^= 1, &ready, next, op);
            } else {
                sha256_shani_avx512vl_rounds(ready.pairs, ready.state, ready.dst, NULL, NULL, NULL, 0);
                ready.pairs = NULL;
            }
            if (now) {
                finished = ++now->op == now->end;
            }
        }
    }
}

/* --- slots --- */

/* Four words of every lane at a time: lanes i and i + 4 make a row, and a transposition in
 * each 128 bits puts lanes in order. */
static void sha256_shani_avx512vl_load_message(
    void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    row *to = slots;

    for (size_t quad = 0; quad < n_slots * 2; quad++, to += 4, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < 4; i++) {
            x[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(feba_load_words(bytes + i * stride)),
                feba_load_words(bytes + (i + 4) * stride), 1);
        }
        row low01 = _mm256_unpacklo_epi32(x[0], x[1]), high01 = _mm256_unpackhi_epi32(x[0], x[1]);
        row low23 = _mm256_unpacklo_epi32(x[2], x[3]), high23 = _mm256_unpackhi_epi32(x[2], x[3]);
        to[0] = _mm256_unpacklo_epi64(low01, low23);
        to[1] = _mm256_unpackhi_epi64(low01, low23);
        to[2] = _mm256_unpacklo_epi64(high01, high23);
        to[3] = _mm256_unpackhi_epi64(high01, high23);
    }
}

static size_t place(unsigned lane)
{
    return lane < LANES / 2 ? 2 * lane : 2 * lane - LANES + 1;
}

static void sha256_shani_avx512vl_load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    __m128 *feba = slot, *hgdc = feba + LANES;

    for (unsigned lane = 0; lane < LANES; lane++, bytes += stride) {
        feba_load_state(&feba[place(lane)], &hgdc[place(lane)], bytes);
    }
}

static void sha256_shani_avx512vl_store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    const __m128 *feba = slot, *hgdc = feba + LANES;

    for (unsigned lane = 0; lane < LANES; lane++, bytes += stride) {
        const __m128 feba_of_lane = feba[place(lane)], hgdc_of_lane = hgdc[place(lane)];
        feba_store_state(bytes, feba_of_lane, hgdc_of_lane);
    }
}

static void sha256_shani_avx512vl_clear(void *scratch)
{
    memset(scratch, 0, sizeof(struct scratch));
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* the stores are not dead */
}

const struct simd_kernel sha256_shani_avx512vl = {
    .name = "sha256_shani_avx512vl",
    .description = "SHA extensions, 8 lanes, beside the AVX-512 schedule of 8 others",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI | SIMD_CPU_AVX512F | SIMD_CPU_AVX512VL,
    .lanes = LANES,
    .tasks_in_flight = CURSORS,
    .vector_width = 256,
    .stack_bytes = 512,
    .scratch_bytes = sizeof(struct scratch),
    .run = sha256_shani_avx512vl_run,
    .load_message = sha256_shani_avx512vl_load_message,
    .load_state = sha256_shani_avx512vl_load_state,
    .store_state = sha256_shani_avx512vl_store_state,
    .clear = sha256_shani_avx512vl_clear,
};
