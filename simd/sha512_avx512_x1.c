/*
 * SHA-512 in one lane with AVX-512: up to eight operations at a time, of up to eight tasks.
 *
 * A kernel of many lanes fills registers with jobs of one shape. This one fills them with operations of
 * whatever programs, those of one program that are independent among them. So it serves jobs of many shapes,
 * and a job by itself whose program is wider than one operation. In return, it transposes all slots on their
 * way to registers and back. The arithmetic is written by sha512_avx512_x1.py.
 *
 * A group has one operation of each open task, then a second one of each that is independent of the first,
 * and so on until it is full. An operation that finds no company goes through general registers, as those of
 * sha512_bmi2_avx512vl do: there it takes less than four in vectors, and more than half of that.
 */
#include "sha512.h"

#include <immintrin.h>

typedef uint64_t word;
enum { STATE_WORDS = 8 };
enum { LITTLE_ENDIAN_WORDS = 0 };
#define KERNEL(function) sha512_avx512_x1_##function
#define SEVERAL_BLOCKS 2
#include "scalar_slots.h"

enum { CURSORS = 8, GROUP = 8, SLOT_BITS = 6 };
#include "walk.h"

/* An operation of a group: where its slots lie in the bank, in bytes, and a bit for each word that is the
 * digest's instead of that of `lo` or `hi`. In the place of a slot that it does not have it has `hi`. */
struct operation {
    uint8_t *bank;
    uint16_t dst, state, lo, digest, hi, hi_digest, digest_mask, hi_digest_mask;
    uint32_t pattern; /* xor_byte in every byte */
    uint32_t reserved;
};
_Static_assert(sizeof(struct operation) == 32 && offsetof(struct operation, dst) == 8 &&
                   offsetof(struct operation, hi_digest_mask) == 22,
    "as in sha512_avx512_x1.py");
_Static_assert(offsetof(struct simd_op, state) == 1 && offsetof(struct simd_op, digest) == 2 &&
                   offsetof(struct simd_op, lo) == 3 && offsetof(struct simd_op, hi_digest) == 4 &&
                   offsetof(struct simd_op, hi) == 5 && (int)SLOT_BYTES == 1 << SLOT_BITS,
    "take() takes its bytes in this order");

struct scratch {
    _Alignas(64) word w[16];            /* the block of an operation by itself */
    struct operation operations[GROUP]; /* have no secrets */
};
_Static_assert(
    sizeof(struct scratch) <= SIMD_ONE_LANE_SCRATCH, "lanekdf_derive_one has no more on its stack");

void sha512_avx512_x1_compress4(const struct operation operations[4]);
void sha512_avx512_x1_compress8(const struct operation operations[8]);
void sha512_bmi2_avx512vl_compress_block(word *dst, const word *state, const word w[16]);
void sha512_bmi2_avx512vl_blocks(word state[8], const uint8_t *blocks, size_t n_blocks);

static void sha512_avx512_x1_compress(word *dst, const word *state, word w[16])
{
    sha512_bmi2_avx512vl_compress_block(dst, state, w);
}

static void sha512_avx512_x1_compress_blocks(word *state, const uint8_t *blocks, size_t n_blocks)
{
    sha512_bmi2_avx512vl_blocks(state, blocks, n_blocks);
}

/* ---- a group ---- */

/* Half of a block. */
static inline __m512i half(const struct operation *o, unsigned slot, unsigned digest, unsigned mask)
{
    const __m512i words = _mm512_load_si512(o->bank + slot);

    return _mm512_xor_si512(
        _mm512_set1_epi32((int)o->pattern), _mm512_mask_load_epi64(words, (__mmask8)mask, o->bank + digest));
}

__attribute__((noinline)) static void compress_alone(const struct operation *o, word w[16])
{
    _mm512_store_si512(w, half(o, o->lo, o->digest, o->digest_mask));
    _mm512_store_si512(w + 8, half(o, o->hi, o->hi_digest, o->hi_digest_mask));
    sha512_bmi2_avx512vl_compress_block((word *)(o->bank + o->dst), (const word *)(o->bank + o->state), w);
}

/* Runs the first n operations. A function does four or eight, for which the first one is repeated behind the
 * last. */
GENERAL_REGISTERS static void compress_group(struct scratch *s, unsigned n)
{
    const unsigned n_done = n > 4 ? 8 : 4;

    if (n == 1) {
        compress_alone(s->operations, s->w);
        return;
    }
    for (unsigned i = n; i < n_done; i++) {
        s->operations[i] = s->operations[0];
    }
    (n > 4 ? sha512_avx512_x1_compress8 : sha512_avx512_x1_compress4)(s->operations);
}

/* Makes the next operation of a task one of a group. Returns whether it was the task's last one. Slots become
 * distances in one vector, since a CPU would not predict which of them an operation has. */
static inline bool take(struct walk *walk, struct operation *o)
{
    enum { DST, STATE, DIGEST, LO, HI_DIGEST, HI, ZERO = -1 }; /* bytes of struct simd_op */
    const struct simd_op *op = walk->op++;
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)op);
    const __m128i slots =
        _mm_shuffle_epi8(bytes, _mm_setr_epi8(DST, ZERO, STATE, ZERO, LO, ZERO, DIGEST, ZERO, HI, ZERO,
                                    HI_DIGEST, ZERO, DIGEST, ZERO, HI_DIGEST, ZERO));
    const __m128i hi = _mm_shuffle_epi8(bytes,
        _mm_setr_epi8(HI, ZERO, HI, ZERO, HI, ZERO, HI, ZERO, HI, ZERO, HI, ZERO, ZERO, ZERO, ZERO, ZERO));
    const __mmask8 is_missing = _mm_cmpeq_epi16_mask(slots, _mm_set1_epi16(SIMD_NO_SLOT));
    const __mmask8 has_mask = (__mmask8)(0xc0 & ~is_missing); /* else the word is a zero already */
    const __m128i words = _mm_slli_epi16(_mm_mask_mov_epi16(slots, is_missing, hi), SLOT_BITS);
    const __m128i masks =
        _mm_insert_epi16(_mm_insert_epi16(_mm_setzero_si128(), (1 << walk->digest_words) - 1, 6),
            (1 << walk->hi_digest_words) - 1, 7);

    o->bank = walk->bank;
    o->pattern = op->xor_byte * UINT32_C(0x01010101);
    _mm_storeu_si128((__m128i *)&o->dst, _mm_mask_mov_epi16(words, has_mask, masks));
    return op + 1 == walk->end;
}

/* Takes a group. Returns how many operations it has, and sets *finished if a task has no more of them. */
static unsigned take_group(struct walks *walks, struct operation operations[GROUP], bool *finished)
{
    unsigned n = 0, before;

    for (; n < walks->n_open; n++) {
        *finished |= take(&walks->open[n], &operations[n]);
    }
    before = 0;
    for (unsigned depth = 1; n < GROUP && n > before; depth++) {
        before = n;
        for (unsigned i = 0; i < walks->n_open && n < GROUP; i++) {
            struct walk *walk = &walks->open[i];
            /* A task that is passed over stays so in this group: op stays the same and depth grows. */
            if (walk->op != walk->end && walk->op->gap >= depth) {
                *finished |= take(walk, &operations[n++]);
            }
        }
    }
    return n;
}

/* Runs the open tasks until one of them is finished. It has no frame of its own, which with clang would take
 * the kernel beyond what it says of its stack. */
GENERAL_REGISTERS static inline __attribute__((always_inline)) void run_groups(
    struct walks *walks, struct scratch *s)
{
    bool finished = false;

    while (!finished) {
        const unsigned n = take_group(walks, s->operations, &finished);
        compress_group(s, n);
    }
}

/* ---- tasks ---- */

static void sha512_avx512_x1_run(struct simd_feed *feed, void *scratch)
{
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        run_groups(&walks, scratch);
    }
}

GENERAL_REGISTERS static void sha512_avx512_x1_run_tasks(
    const struct simd_task *tasks, unsigned n_tasks, void *scratch)
{
    struct walks walks;

    open_tasks(&walks, tasks, n_tasks);
    do {
        run_groups(&walks, scratch);
    } while (close_finished(&walks));
}

static void sha512_avx512_x1_clear(void *scratch)
{
    struct scratch *s = scratch;

    simd_wipe(s->w, sizeof(s->w));
}

const struct simd_kernel sha512_avx512_x1 = {
    .name = "sha512_avx512_x1",
    .description = "AVX-512, one lane, up to eight operations at a time",
    .family = SIMD_SHA512,
    .features = SIMD_CPU_BMI2 | SIMD_CPU_AVX | SIMD_CPU_AVX2 | SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW |
                SIMD_CPU_AVX512VL,
    .tasks_in_flight = CURSORS,
    .vector_width = 512,
    .stack_bytes = 640,
    .scratch_bytes = sizeof(struct scratch),
    .run = sha512_avx512_x1_run,
    .run_tasks = sha512_avx512_x1_run_tasks,
    .clear = sha512_avx512_x1_clear,
    SCALAR_SLOTS,
};
