/*
 * SHA-256 in one lane with AVX-512 and the SHA extensions: up to sixteen operations at a time, of up to
 * sixteen tasks.
 *
 * A kernel of many lanes fills registers with jobs of one shape. This one fills them with operations of
 * whatever programs, and transposes all slots on their way to registers and back, as sha512_avx512_x1 does.
 * The arithmetic is written by sha256_avx512_x1.py. So few operations that they take less by the SHA
 * extensions go that way, two side by side.
 *
 * A group has the next operation of each open task, and then, as long as there is room, a second one of each
 * task whose second is independent of the first, and so on. The tasks are planned side by side in vectors,
 * without a branch for each: they are at different operations of different programs, of which a CPU would
 * predict few.
 */
#include "sha256.h"

#include <immintrin.h>
#include <string.h>

enum { CURSORS = 16, GROUP = 16, FEW = 5, SLOT_BITS = 5 };

/* Operations that run at the same time, and where their slots are. In the place of `lo` is the digest that
 * takes its place. Behind the last one is room for what a whole vector stores. */
struct group {
    uint8_t *dst[GROUP + 8];
    const uint8_t *state[GROUP + 8], *lo[GROUP + 8], *hi[GROUP + 8];
    uint32_t patterns[GROUP + 8]; /* xor_byte in every byte */
};
_Static_assert(offsetof(struct group, state) == 192 && offsetof(struct group, lo) == 384 &&
                   offsetof(struct group, hi) == 576 && offsetof(struct group, patterns) == 768,
    "as in sha256_avx512_x1.py");
_Static_assert(sizeof(struct simd_op) == 9 && offsetof(struct simd_op, state) == 1 &&
                   offsetof(struct simd_op, digest) == 2 && offsetof(struct simd_op, lo) == 3 &&
                   offsetof(struct simd_op, hi_digest) == 4 && offsetof(struct simd_op, hi) == 5 &&
                   offsetof(struct simd_op, xor_byte) == 6 && offsetof(struct simd_op, gap) == 8,
    "add_operations() takes its bytes in this order");

/* The tasks, by cursor. */
struct tasks {
    const struct simd_op *op[CURSORS], *end[CURSORS]; /* the operations that are still to be run */
    uint8_t *bank[CURSORS];
    const struct simd_program *program[CURSORS];
    unsigned open;    /* a bit for each cursor that has a task */
    unsigned partial; /* a bit for each one whose digests do not fill a slot */
};

struct scratch {
    _Alignas(64) struct tasks tasks; /* have no secrets */
    _Alignas(64) struct group group;
    /* lo and hi where a digest begins them and does not fill them: the words of the digest, and those of the
     * message behind them. */
    _Alignas(64) uint32_t filled[2][GROUP][8];
};

void sha256_avx512_x1_compress8(const struct group *group);
void sha256_avx512_x1_compress16(const struct group *group);
void sha256_shani_x1_blocks(uint8_t *state, const uint8_t *blocks, size_t n_blocks);

/* ---- the operations of a group ---- */

static const uint8_t *fill_up(
    uint32_t filled[8], const uint8_t *digest, const uint8_t *message, unsigned n_words)
{
    const __m256i words = _mm256_mask_mov_epi32(_mm256_load_si256((const __m256i *)message),
        (__mmask8)((1u << n_words) - 1), _mm256_load_si256((const __m256i *)digest));

    _mm256_store_si256((__m256i *)filled, words);
    return (const uint8_t *)filled;
}

/* Operation i of the group is the next one of this task. A digest in it begins a half and does not fill it.
 */
__attribute__((noinline)) static void fill_halves(struct scratch *s, unsigned i, unsigned cursor)
{
    const struct simd_op *op = s->tasks.op[cursor];
    const struct simd_program *p = s->tasks.program[cursor];
    const uint8_t *bank = s->tasks.bank[cursor];

    if (op->digest != SIMD_NO_SLOT && p->digest_words < 8) {
        s->group.lo[i] = fill_up(s->filled[0][i], bank + ((size_t)op->digest << SLOT_BITS),
            bank + ((size_t)op->lo << SLOT_BITS), p->digest_words);
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        s->group.hi[i] = fill_up(s->filled[1][i], bank + ((size_t)op->hi_digest << SLOT_BITS),
            bank + ((size_t)op->hi << SLOT_BITS), p->hi_digest_words);
    }
}

/* The slots that byte `at` of each operation names, as distances from the beginning of the bank. */
static inline __m512i offsets_of(__m512i ops, unsigned at)
{
    const __m512i in_place =
        at ? _mm512_srli_epi64(ops, 8 * at - SLOT_BITS) : _mm512_slli_epi64(ops, SLOT_BITS);

    return _mm512_and_si512(in_place, _mm512_set1_epi64(0xff << SLOT_BITS));
}

static inline void put(void *to, __mmask8 which, __m512i bank, __m512i offsets)
{
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(which, _mm512_add_epi64(bank, offsets)));
}

/* Adds the next operations of some of eight tasks, from cursor `first` on, to a group of n. Returns the tasks
 * of which a digest begins a half of the block and may not fill it. */
static inline unsigned add_of_eight(struct scratch *s, unsigned n, unsigned first, __mmask8 which)
{
    struct group *g = &s->group;
    const __m512i none = _mm512_set1_epi64(SIMD_NO_SLOT << SLOT_BITS);
    const __m512i bank = _mm512_load_si512(&s->tasks.bank[first]);
    const __m512i ops = _mm512_mask_i64gather_epi64(
        _mm512_setzero_si512(), which, _mm512_load_si512(&s->tasks.op[first]), NULL, 1);
    const __m512i digest = offsets_of(ops, 2);
    const __mmask8 has_digest = _mm512_cmpneq_epi64_mask(digest, none);
    const __m256i bytes = _mm512_cvtepi64_epi32(_mm512_srli_epi64(ops, 48));
    const __m256i patterns =
        _mm256_shuffle_epi8(bytes, _mm256_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, 0, 0,
                                       0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12));

    put(&g->dst[n], which, bank, offsets_of(ops, 0));
    put(&g->state[n], which, bank, offsets_of(ops, 1));
    put(&g->lo[n], which, bank, _mm512_mask_mov_epi64(offsets_of(ops, 3), has_digest, digest));
    put(&g->hi[n], which, bank, offsets_of(ops, 5));
    _mm256_storeu_si256((__m256i *)&g->patterns[n], _mm256_maskz_compress_epi32(which, patterns));
    return which & (_mm512_cmpneq_epi64_mask(offsets_of(ops, 4), none) |
                       (has_digest & (__mmask8)(s->tasks.partial >> first)));
}

/* Goes on to the next operations of some of eight tasks. Returns those that have none. */
static inline unsigned go_on(struct tasks *t, unsigned first, __mmask8 which)
{
    const __m512i at = _mm512_load_si512(&t->op[first]);
    const __m512i next = _mm512_mask_add_epi64(at, which, at, _mm512_set1_epi64(sizeof(struct simd_op)));

    _mm512_store_si512(&t->op[first], next);
    return _mm512_mask_cmpeq_epi64_mask(which, next, _mm512_load_si512(&t->end[first]));
}

/* Adds the next operations of some tasks to a group of n, and goes on to those behind them. Returns the tasks
 * that have no more. */
static inline unsigned add_operations(struct scratch *s, unsigned n, unsigned which)
{
    const unsigned low = which & 0xff, high = which >> 8;
    unsigned unfilled = add_of_eight(s, n, 0, (__mmask8)low);

    if (high) {
        unfilled |= add_of_eight(s, n + (unsigned)__builtin_popcount(low), 8, (__mmask8)high) << 8;
    }
    for (; unfilled; unfilled &= unfilled - 1) {
        const unsigned cursor = (unsigned)__builtin_ctz(unfilled);
        fill_halves(s, n + (unsigned)__builtin_popcount(which & ((1u << cursor) - 1)), cursor);
    }
    return go_on(&s->tasks, 0, (__mmask8)low) | go_on(&s->tasks, 8, (__mmask8)high) << 8;
}

/* Of some tasks, those whose next operation is independent of so many before it. */
static inline unsigned independent(const struct tasks *t, unsigned which, unsigned n_before)
{
    unsigned found = 0;

    for (unsigned first = 0; first < CURSORS; first += 8) {
        const __mmask8 of_eight = (__mmask8)(which >> first);
        const __m512i ends = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), of_eight,
            _mm512_load_si512(&t->op[first]), (const void *)1, 1); /* the gap is the highest byte */
        found |= (unsigned)_mm512_mask_cmpge_epu64_mask(
                     of_eight, _mm512_srli_epi64(ends, 56), _mm512_set1_epi64(n_before))
                 << first;
    }
    return found;
}

/* Makes a group. Returns how many operations it has. Sets *finished to the tasks that have no more of them.
 */
static inline unsigned make_group(struct scratch *s, unsigned *finished)
{
    unsigned which = s->tasks.open, n = 0;

    *finished = 0;
    for (unsigned depth = 1;; depth++) {
        *finished |= add_operations(s, n, which);
        n += (unsigned)__builtin_popcount(which);
        which &= ~*finished;
        if (n == GROUP || !which) {
            return n;
        }
        which = independent(&s->tasks, which, depth);
        if (!which) {
            return n;
        }
        which = _pdep_u32((1u << (GROUP - n)) - 1, which); /* as many as there is room for */
    }
}

/* ---- few operations ---- */

/* An operation on its way through the rounds. */
struct rounds {
    __m128i feba, hgdc; /* its state, in the order of sha256rnds2 */
    __m128i w[4];       /* the last 16 words of the schedule */
};

static inline __m128i half_of(const uint8_t *slot, unsigned half)
{
    return _mm_load_si128((const __m128i *)slot + half);
}

static inline void begin_rounds(struct rounds *r, const struct group *g, unsigned i)
{
    const __m128i abcd = half_of(g->state[i], 0), efgh = half_of(g->state[i], 1);
    const __m128i pattern = _mm_set1_epi32((int)g->patterns[i]);

    r->feba = _mm_shuffle_epi32(_mm_unpacklo_epi64(efgh, abcd), 0xb1);
    r->hgdc = _mm_shuffle_epi32(_mm_unpackhi_epi64(efgh, abcd), 0xb1);
    r->w[0] = _mm_xor_si128(pattern, half_of(g->lo[i], 0));
    r->w[1] = _mm_xor_si128(pattern, half_of(g->lo[i], 1));
    r->w[2] = _mm_xor_si128(pattern, half_of(g->hi[i], 0));
    r->w[3] = _mm_xor_si128(pattern, half_of(g->hi[i], 1));
}

/* Four rounds with words w[q], which become those of 16 rounds further on if the schedule goes on. */
static inline void four_rounds(struct rounds *r, const uint32_t k[4], unsigned q, bool goes_on)
{
    const __m128i w = r->w[q], last = r->w[(q + 3) % 4];
    const __m128i w_k = _mm_add_epi32(w, _mm_load_si128((const __m128i *)k));

    r->hgdc = _mm_sha256rnds2_epu32(r->hgdc, r->feba, w_k);
    if (goes_on) {
        const __m128i seventh = _mm_alignr_epi8(last, r->w[(q + 2) % 4], 4); /* W[t - 7] */
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w, r->w[(q + 1) % 4]), seventh);
        r->w[q] = _mm_sha256msg2_epu32(sum, last);
    }
    r->feba = _mm_sha256rnds2_epu32(r->feba, r->hgdc, _mm_shuffle_epi32(w_k, 0x0e));
}

/* Adds the state before. */
static inline void end_rounds(struct rounds *r, const struct group *g, unsigned i)
{
    const __m128i efab = _mm_shuffle_epi32(r->feba, 0xb1), ghcd = _mm_shuffle_epi32(r->hgdc, 0xb1);

    r->feba = _mm_add_epi32(half_of(g->state[i], 0), _mm_unpackhi_epi64(efab, ghcd));
    r->hgdc = _mm_add_epi32(half_of(g->state[i], 1), _mm_unpacklo_epi64(efab, ghcd));
}

static inline void store_rounds(const struct rounds *r, const struct group *g, unsigned i)
{
    _mm_store_si128((__m128i *)g->dst[i], r->feba);
    _mm_store_si128((__m128i *)g->dst[i] + 1, r->hgdc);
}

/* Runs n operations side by side, from number i on. They are one or two, and the compiler knows how many. The
 * instructions of SHA-NI have no encoding of AVX. On a Redwood Cove each change between the two encodings
 * takes some hundred cycles as long as anything is in the upper part of a register, and on others it takes a
 * few. */
static inline __attribute__((always_inline)) void compress_few(
    const struct group *g, unsigned i, const unsigned n)
{
    struct rounds r[2];

    _mm256_zeroupper();
    for (unsigned l = 0; l < n; l++) {
        begin_rounds(&r[l], g, i + l);
    }
    for (const uint32_t *k = sha256_k; k < sha256_k + 64; k += 16) {
        for (unsigned q = 0; q < 4; q++) {
            for (unsigned l = 0; l < n; l++) {
                four_rounds(&r[l], k + 4 * q, q, k < sha256_k + 48);
            }
        }
    }
    for (unsigned l = 0; l < n; l++) {
        end_rounds(&r[l], g, i + l);
    }
    for (unsigned l = 0; l < n; l++) {
        store_rounds(&r[l], g, i + l);
    }
}

__attribute__((noinline)) static void compress1(const struct group *g, unsigned i)
{
    compress_few(g, i, 1);
}

__attribute__((noinline)) static void compress2(const struct group *g, unsigned i)
{
    compress_few(g, i, 2);
}

/* ---- a group ---- */

static inline void repeat_first(void *pointers, unsigned n)
{
    uint64_t *to = pointers;

    _mm512_storeu_si512(to + n, _mm512_set1_epi64((int64_t)to[0]));
}

/* Runs the first n operations. A function does eight or sixteen, for which the first one is repeated behind
 * the last. */
static inline void compress_group(struct group *g, unsigned n)
{
    if (n > FEW) {
        if (n != 8 && n != GROUP) {
            repeat_first(g->dst, n);
            repeat_first(g->state, n);
            repeat_first(g->lo, n);
            repeat_first(g->hi, n);
            _mm256_storeu_si256((__m256i *)&g->patterns[n], _mm256_set1_epi32((int)g->patterns[0]));
        }
        (n > 8 ? sha256_avx512_x1_compress16 : sha256_avx512_x1_compress8)(g);
        return;
    }
    for (unsigned i = 0; i + 1 < n; i += 2) {
        compress2(g, i);
    }
    if (n & 1) {
        compress1(g, n - 1);
    }
}

/* Runs the open tasks until some are finished, and returns these. */
static inline unsigned run_groups(struct scratch *s)
{
    unsigned finished;

    do {
        const unsigned n = make_group(s, &finished);
        compress_group(&s->group, n);
    } while (!finished);
    return finished;
}

/* ---- tasks ---- */

static void open_task(struct tasks *t, unsigned cursor, const struct simd_task *task)
{
    const struct simd_program *p = task->program;

    t->op[cursor] = p->ops;
    t->end[cursor] = p->ops + p->n_ops;
    t->bank[cursor] = task->bank;
    t->program[cursor] = p;
    t->open |= 1u << cursor;
    t->partial = (t->partial & ~(1u << cursor)) | (unsigned)(p->digest_words < 8) << cursor;
}

static bool next_task(struct tasks *t, struct simd_feed *feed, unsigned cursor)
{
    struct simd_task task;

    t->open &= ~(1u << cursor);
    if (!feed->next(feed, cursor, &task)) {
        return false;
    }
    open_task(t, cursor, &task);
    return true;
}

/* Asks for new tasks: first for the cursors whose tasks are finished, and then for the idle ones, since the
 * engine may have made new work of what it took back. Once a cursor gets nothing, the others get nothing
 * either (simd_feed), unless one of them has a finished task. */
static void next_tasks(struct tasks *t, struct simd_feed *feed, unsigned finished)
{
    bool has_more = true;

    for (; finished; finished &= finished - 1) {
        has_more = next_task(t, feed, (unsigned)__builtin_ctz(finished));
    }
    while (has_more && t->open != (1u << CURSORS) - 1) {
        has_more = next_task(t, feed, (unsigned)__builtin_ctz(~t->open));
    }
}

static void sha256_avx512_x1_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;

    memset(&s->tasks, 0, sizeof(s->tasks)); /* vectors have cursors without a task in them, too */
    next_tasks(&s->tasks, feed, 0);
    while (s->tasks.open) {
        next_tasks(&s->tasks, feed, run_groups(s));
    }
}

/* ---- slots ---- */

static inline __m256i turned(__m256i words)
{
    const __m256i order = _mm256_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14,
        15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

    return _mm256_shuffle_epi8(words, order);
}

/* `bytes` may be the slots themselves. */
static void sha256_avx512_x1_load_message(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    __m256i *to = slots;
    const __m256i *from = (const __m256i *)bytes;

    (void)stride; /* there is one lane */
    for (size_t i = 0; i < n_slots; i++) {
        _mm256_store_si256(to + i, turned(_mm256_loadu_si256(from + i)));
    }
}

static void sha256_avx512_x1_load_state(void *slot, const uint8_t *bytes, size_t stride)
{
    sha256_avx512_x1_load_message(slot, bytes, stride, 1);
}

static void sha256_avx512_x1_store_state(uint8_t *bytes, size_t stride, const void *slot)
{
    (void)stride;
    _mm256_storeu_si256((__m256i *)bytes, turned(_mm256_load_si256(slot)));
}

static void sha256_avx512_x1_clear(void *scratch)
{
    struct scratch *s = scratch;

    simd_wipe(s->filled, sizeof(s->filled));
}

const struct simd_kernel sha256_avx512_x1 = {
    .name = "sha256_avx512_x1",
    .description = "AVX-512, one lane, up to sixteen operations at a time",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_SHANI | SIMD_CPU_BMI2 | SIMD_CPU_AVX | SIMD_CPU_AVX2 | SIMD_CPU_AVX512F |
                SIMD_CPU_AVX512BW | SIMD_CPU_AVX512VL,
    .lanes = 1,
    .tasks_in_flight = CURSORS,
    .vector_width = 512,
    .stack_bytes = 640,
    .scratch_bytes = sizeof(struct scratch),
    .run = sha256_avx512_x1_run,
    .load_message = sha256_avx512_x1_load_message,
    .load_state = sha256_avx512_x1_load_state,
    .store_state = sha256_avx512_x1_store_state,
    .hash_blocks = sha256_shani_x1_blocks,
    .clear = sha256_avx512_x1_clear,
};
