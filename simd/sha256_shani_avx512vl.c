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
#include "stage.h"
#include "sha256.h"
#include "sha256_feba.h"
#include "walk.h"

#include <string.h>

typedef __m256i row;

/* The message schedule of a block. The generator knows this layout. */
struct schedule {
    uint32_t pairs[32][LANES][2]; /* W[t] + K[t] and W[t + 1] + K[t + 1], for even t, of every lane */
    uint32_t ring[16][LANES];     /* W[t] of the last sixteen t, in row t % 16; at first, set_pattern() */
};
_Static_assert(sizeof(struct schedule) == 2560 && offsetof(struct schedule, ring) == 2048,
    "as in sha256_shani_avx512vl.py");

struct scratch {
    struct schedule sides[2]; /* one is written while the rounds read the other */
    /* Where a digest begins a half of a block and does not fill it, that half: the words of the digest, and
     * those of the message behind them. */
    row filled[2][8];
    row raw[SIMD_RAW_ROWS]; /* of columns */
};

/*
 * The first three parameters are for the rounds of one operation. The others are for the schedule of another
 * one: its block is head | hi, with every word xored with the pattern, and goes to `to`. The names of the
 * functions say what `head` is, a message slot or a digest; _padded is for blocks with the hint
 * SIMD_PADDED_DIGEST, _alone computes a schedule without rounds, and _rounds runs rounds without a schedule.
 */
typedef void step(const void *pairs, const uint8_t *state, uint8_t *dst, struct schedule *to,
    const void *head, const void *hi);
step sha256_shani_avx512vl_message, sha256_shani_avx512vl_message_alone;
step sha256_shani_avx512vl_digest, sha256_shani_avx512vl_digest_alone;
step sha256_shani_avx512vl_padded, sha256_shani_avx512vl_rounds;

/* Sets what every word of the block is xored with. It lies in the place of W[15], which is computed later. A
 * seventh parameter would go by way of the stack, which takes more instructions. */
GENERAL_REGISTERS static inline void set_pattern(struct schedule *to, uint8_t xor_byte)
{
    to->ring[15][0] = xor_byte * UINT32_C(0x01010101);
}

/* Writes eight rows of a block: n words of a digest, and behind them words of a message. */
__attribute__((noinline)) static void fill_up(
    row filled[8], const void *digest_slot, const void *message, unsigned n)
{
    const row *digest = digest_slot;

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
        filled[n] = ((const row *)message)[n];
    }
}

GENERAL_REGISTERS static inline uint8_t *slot_at(const struct walk *walk, uint8_t slot)
{
    return walk->bank + slot * (size_t)(LANES * 32);
}

/* What a step makes a schedule of. */
struct block {
    const void *head, *hi;
    step *together, *alone; /* the functions that do so, beside rounds and without rounds */
};

/* Finds the block of an operation of a task, whose schedule is to go to `to`. */
GENERAL_REGISTERS static inline struct block block_of(
    struct scratch *s, const struct walk *walk, const struct simd_op *op, struct schedule *to)
{
    struct block block = {.hi = slot_at(walk, op->hi)};

    set_pattern(to, op->xor_byte);
    if (op->digest == SIMD_NO_SLOT) {
        block.head = slot_at(walk, op->lo);
        block.together = sha256_shani_avx512vl_message;
        block.alone = sha256_shani_avx512vl_message_alone;
    } else if (walk->digest_words == 8) {
        block.head = slot_at(walk, op->digest);
        block.together =
            op->hints & SIMD_PADDED_DIGEST ? sha256_shani_avx512vl_padded : sha256_shani_avx512vl_digest;
        block.alone = sha256_shani_avx512vl_digest_alone;
    } else {
        fill_up(s->filled[0], slot_at(walk, op->digest), slot_at(walk, op->lo), walk->digest_words);
        block.head = s->filled[0];
        block.together = sha256_shani_avx512vl_message;
        block.alone = sha256_shani_avx512vl_message_alone;
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        fill_up(s->filled[1], slot_at(walk, op->hi_digest), block.hi, walk->hi_digest_words);
        block.hi = s->filled[1];
    }
    return block;
}

/* Computes the schedule of a task's next operation while no rounds run. */
GENERAL_REGISTERS __attribute__((noinline)) static void schedule_alone(
    struct scratch *s, const struct walk *walk, struct schedule *to)
{
    const struct block block = block_of(s, walk, walk->op, to);

    block.alone(NULL, NULL, NULL, to, block.head, block.hi);
}

/* Whether the result of an operation is a part of the block of another one. The message slots do not count:
 * no operation writes to them. */
GENERAL_REGISTERS static bool is_in_block(const struct simd_op *op, const struct simd_op *of)
{
    return of->digest == op->dst || of->hi_digest == op->dst;
}

/* The schedule that is complete when tasks are asked for. */
struct ready {
    bool is_one; /* or there is none */
    uint8_t side;
    uint32_t cursor; /* of the task whose next operation it is of */
};

/*
 * Runs the open tasks until one of them is finished. Tasks take turns: while the rounds of one run, the next
 * operation of the task after it is scheduled. A task that is alone comes after itself. Its next operation
 * must not have the result of the rounds in its block.
 */
GENERAL_REGISTERS static void run_open(struct walks *walks, struct scratch *s, struct ready *ready)
{
    struct walk *const open = walks->open, *const end = open + walks->n_open, *now = open;
    struct schedule *full = &s->sides[ready->side], *free = &s->sides[!ready->side];
    bool is_finished = false;

    if (!ready->is_one) {
        schedule_alone(s, now, full);
        ready->is_one = true;
    } else {
        while (now->cursor != ready->cursor) {
            now++;
        }
    }
    while (!is_finished) {
        struct walk *const next = now + 1 < end ? now + 1 : open;
        const struct simd_op *const op = now->op++;
        const uint8_t *state = slot_at(now, op->state);
        uint8_t *dst = slot_at(now, op->dst);
        is_finished = now->op == now->end;
        if (next == now && (is_finished || is_in_block(op, now->op))) {
            sha256_shani_avx512vl_rounds(full->pairs, state, dst, NULL, NULL, NULL);
            ready->is_one = !is_finished;
            if (!is_finished) {
                schedule_alone(s, now, full);
            }
            continue;
        }
        const struct block block = block_of(s, next, next->op, free);
        block.together(full->pairs, state, dst, free, block.head, block.hi);
        struct schedule *const made = free;
        free = full;
        full = made;
        now = next;
    }
    ready->side = full != s->sides;
    ready->cursor = now->cursor;
}

GENERAL_REGISTERS static void sha256_shani_avx512vl_run(struct simd_feed *feed, void *scratch)
{
    struct ready ready = {0};
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        run_open(&walks, scratch, &ready);
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

static void sha256_shani_avx512vl_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    simd_stage_avx512vl(bank, columns, parts, lanes, ((struct scratch *)scratch)->raw);
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
    simd_wipe(scratch, sizeof(struct scratch));
}

const struct simd_kernel sha256_shani_avx512vl = {
    .name = "sha256_shani_avx512vl",
    .description = "SHA extensions, 8 lanes, beside the AVX-512 schedule of 8 others",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI | SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512VL,
    .lanes = LANES,
    .tasks_in_flight = CURSORS,
    .vector_width = 256,
    .stack_bytes = 640,
    .scratch_bytes = sizeof(struct scratch),
    .run = sha256_shani_avx512vl_run,
    .load_message = sha256_shani_avx512vl_load_message,
    .load_state = sha256_shani_avx512vl_load_state,
    .stage = sha256_shani_avx512vl_stage,
    .store_state = sha256_shani_avx512vl_store_state,
    .clear = sha256_shani_avx512vl_clear,
};
