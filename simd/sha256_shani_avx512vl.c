/*
 * SHA-256 in eight lanes: rounds with the SHA extensions, interleaved with a message schedule in AVX-512VL.
 * The arithmetic is written by sha256_shani_avx512vl.py.
 *
 * The kernel is a pipeline of operations. While the rounds of one operation run, the message schedule of
 * another one is computed. It can be any operation whose block does not contain the digest that these rounds
 * are making; its state may be that digest, since an operation reads its state only when its own rounds
 * begin. Tasks therefore take turns. A task that is alone goes on with its next operation, unless that needs
 * the digest in its block: then schedule and rounds run one after the other.
 *
 * A message slot has eight rows, of one word of every lane each. A state slot has the words F E B A of each
 * lane, the lowest first, and then H G D C of each, with the lanes in the order 0 4 1 5 2 6 3 7.
 */
#include <immintrin.h>

enum { CURSORS = 3, LANES = 8 };
#include "sha256.h"
#include "sha256_feba.h"
#include "walk.h"

#include <string.h>

typedef __m256i row;

/* The message schedule of a block. The generator knows this layout. */
struct schedule {
    uint32_t pairs[32][LANES][2]; /* W[t] + K[t] and W[t + 1] + K[t + 1], for even t, of every lane */
    row ring[16];                 /* W[t] of the last sixteen t, in row t % 16 */
};
_Static_assert(sizeof(struct schedule) == 2560 && offsetof(struct schedule, ring) == 2048,
    "as in sha256_shani_avx512vl.py");

struct scratch {
    struct schedule sides[2]; /* one is written while the rounds read the other */
    /* Where a digest begins a half of a block and does not fill it, that half: the words of the digest, and
     * those of the message behind them. */
    row filled[2][8];
};

/* An operation whose schedule is complete, so that its rounds can run. */
struct rounds {
    const void *pairs; /* those of its schedule; NULL: no operation is ready */
    const uint8_t *state;
    uint8_t *dst;
    unsigned cursor; /* of its task */
};

/*
 * The first three parameters are for the rounds of one operation. The others are for the schedule of another
 * one: its block is head | hi, with every word xored with `pattern`, and goes to `to`. The names of the
 * functions say what `head` is, a message slot or a digest; _padded is for blocks with the hint
 * SIMD_PADDED_DIGEST, _alone computes a schedule without rounds, and _rounds runs rounds without a schedule.
 */
typedef void step(const void *pairs, const uint8_t *state, uint8_t *dst, struct schedule *to,
    const void *head, const void *hi, uint32_t pattern);
step sha256_shani_avx512vl_message, sha256_shani_avx512vl_message_alone;
step sha256_shani_avx512vl_digest, sha256_shani_avx512vl_digest_alone;
step sha256_shani_avx512vl_padded, sha256_shani_avx512vl_rounds;

/* Writes eight rows of a block: n words of a digest, and behind them words of a message. */
static void fill_up(row filled[8], const row digest[8], const row message[8], unsigned n)
{
    /* Each row of the digest has four words of two lanes. The unpacks make two words of lanes 0 1 4 5 and two
     * of lanes 2 3 6 7, the shuffles one word of all lanes. */
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
        filled[n] = message[n];
    }
}

/* Runs the rounds `now`, if there are any, interleaved with the schedule of op. Returns the rounds of op. */
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
        fill_up(s->filled[0], (row *)slot[op->digest], (row *)slot[op->lo], walk->digest_words);
        head = s->filled[0];
        together = sha256_shani_avx512vl_message;
    } else {
        head = slot[op->digest];
        together =
            op->hints & SIMD_PADDED_DIGEST ? sha256_shani_avx512vl_padded : sha256_shani_avx512vl_digest;
        alone = sha256_shani_avx512vl_digest_alone;
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        fill_up(s->filled[1], (row *)slot[op->hi_digest], (row *)slot[op->hi], walk->hi_digest_words);
        hi = s->filled[1];
    }
    (now->pairs ? together : alone)(
        now->pairs, now->state, now->dst, &s->sides[side], head, hi, op->xor_byte * UINT32_C(0x01010101));
    return (struct rounds){s->sides[side].pairs, slot[op->state], slot[op->dst], walk->cursor};
}

/* The open task whose operation is ready for its rounds; NULL if none is. */
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

/* Whether a slot is a part of the block of an operation. The message slots do not count: no operation writes
 * to them. */
GENERAL_REGISTERS static bool block_contains(const struct simd_op *op, uint8_t slot)
{
    return op->digest == slot || op->hi_digest == slot;
}

/*
 * Chooses the operation whose schedule is computed during the rounds of now->op, and returns its task; NULL
 * if there is none. Tasks take turns: the first choice is the task after `now`, the last one `now` itself. It
 * must have another operation whose block does not contain the result of the rounds.
 */
GENERAL_REGISTERS static const struct walk *choose_to_schedule(
    const struct walks *walks, const struct walk *now, const struct simd_op **op)
{
    const struct walk *end = walks->open + walks->n_open, *walk = now ? now : end - 1;

    for (unsigned i = 0; i < walks->n_open; i++) {
        walk = walk + 1 < end ? walk + 1 : walks->open;
        *op = walk->op + (walk == now);
        if (walk != now || (*op != walk->end && !block_contains(*op, now->op->dst))) {
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

/* ---- slots ---- */

/* Loads four words of every lane at a time. The words of lanes i and i + 4 are put into row i, so that the
 * transposition within each 128 bits puts the lanes in order. */
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

/* The place of a lane in a state slot. */
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
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* or the compiler may take the stores for dead ones */
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
