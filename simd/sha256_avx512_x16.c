/*
 * SHA-256 in sixteen lanes with AVX-512. The arithmetic is written by sha256_avx512_x16.py.
 *
 * The kernel is a pipeline of operations: the first half of an operation runs beside the second half of the
 * one before it. So the two must be independent of each other, which operations of different tasks always
 * are. Tasks therefore take turns. A task that is alone goes on with its next operation, if that is
 * independent of the one that is half done; otherwise its operations run one after the other.
 */
#include "sha256.h"
#include "stage.h"

typedef uint32_t word;
enum { CURSORS = 2 };
#define KERNEL(function) sha256_avx512_x16_##function
#include "rows_avx512.h"
#include "rows_slots.h"

#include <string.h>

/* An operation that has begun. The generator knows this layout, and that of struct simd_op. */
struct operation {
    row words[16]; /* of the message schedule: W[t] of sixteen t */
    row state[8];  /* a to h when it is half done */
    /* Where the slots are that `op` names, in its order. The last two places have no meaning. */
    const uint8_t *dst, *state_before, *digest, *lo, *hi_digest, *hi, *unused[2];
    const struct simd_op *op;
};
_Static_assert(offsetof(struct operation, state) == 1024 && offsetof(struct operation, dst) == 1536 &&
                   offsetof(struct operation, op) == 1600,
    "as in sha256_avx512_x16.py");
_Static_assert(sizeof(struct simd_op) == 9 && offsetof(struct simd_op, state) == 1 &&
                   offsetof(struct simd_op, digest) == 2 && offsetof(struct simd_op, lo) == 3 &&
                   offsetof(struct simd_op, hi_digest) == 4 && offsetof(struct simd_op, hi) == 5 &&
                   offsetof(struct simd_op, xor_byte) == 6 && offsetof(struct simd_op, hints) == 7,
    "set_operation() and sha256_avx512_x16.py take its bytes in this order");

struct scratch {
    struct operation operations[2]; /* the one that is half done, and the next one */
    row filled[2][8];               /* for set_operation(): lo and hi where a digest does not fill them */
    row raw[SIMD_RAW_ROWS];         /* of columns */
};

/* Runs the second half of an operation that is half done, beside the first half of the next one. */
void sha256_avx512_x16_step(struct operation *half_done, struct operation *next);

/* Runs the first half of an operation, or the second half, alone. */
void sha256_avx512_x16_begin(struct operation *op);
void sha256_avx512_x16_end(struct operation *half_done);

/* The open task of a cursor; NULL if it has none. */
GENERAL_REGISTERS static struct walk *walk_of(struct walks *walks, unsigned cursor)
{
    for (unsigned i = 0; i < walks->n_open; i++) {
        if (walks->open[i].cursor == cursor) {
            return &walks->open[i];
        }
    }
    return NULL;
}

/* Prepares an operation of a task. The places of its slots are computed side by side: each is as many times
 * the size of a slot behind the beginning of the bank as the byte of the operation says. */
static inline void set_operation(
    struct operation *operation, const struct simd_op *op, const struct walk *walk, row filled[2][8])
{
    enum { SLOT_BITS = 9 };
    _Static_assert(8 * sizeof(row) == 1 << SLOT_BITS, "a shift takes the place of a multiplication");
    const row offsets =
        _mm512_slli_epi64(_mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)op)), SLOT_BITS);

    _mm512_store_si512(&operation->dst, _mm512_add_epi64(offsets, _mm512_set1_epi64((intptr_t)walk->bank)));
    operation->op = op;
    if (walk->digest_words < 8 && op->digest != SIMD_NO_SLOT) {
        fill_up(filled[0], operation->digest, operation->lo, walk->digest_words);
        operation->digest = (const uint8_t *)filled[0];
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        fill_up(filled[1], operation->hi_digest, operation->hi, walk->hi_digest_words);
        operation->hi = (const uint8_t *)filled[1];
    }
}

/* The operation that is half done, and room for the next one. */
struct pipeline {
    struct operation *old, *new;
    row (*filled)[8];
};

static inline void begin_first(struct pipeline *p, const struct walk *walk)
{
    set_operation(p->old, walk->op, walk, p->filled);
    sha256_avx512_x16_begin(p->old);
}

/* Runs the second half of the old operation beside the first half of the next one, which becomes the old. */
static inline void step(struct pipeline *p, const struct walk *walk, const struct simd_op *op)
{
    struct operation *const begun = p->new;

    set_operation(begun, op, walk, p->filled);
    sha256_avx512_x16_step(p->old, begun);
    p->new = p->old;
    p->old = begun;
}

/* Lets two tasks take turns until one is finished; an operation of *half_done is half done. Returns the other
 * task, of which then an operation is half done. */
static inline struct walk *take_turns(struct pipeline *p, struct walk *half_done, struct walk *other)
{
    for (;;) {
        step(p, other, other->op);
        if (++half_done->op == half_done->end) {
            return other;
        }
        struct walk *const begun = other;
        other = half_done;
        half_done = begun;
    }
}

/* Runs a task that is alone, of which an operation is half done, to its end. */
static inline void go_on_alone(struct pipeline *p, struct walk *walk)
{
    while (walk->op + 1 != walk->end) {
        if (walk->op[1].gap) {
            step(p, walk, ++walk->op);
        } else {
            sha256_avx512_x16_end(p->old);
            walk->op++;
            begin_first(p, walk);
        }
    }
    sha256_avx512_x16_end(p->old);
    walk->op++;
}

static void sha256_avx512_x16_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct pipeline p = {&s->operations[0], &s->operations[1], s->filled};
    struct walks walks;
    unsigned cursor = CURSORS; /* that of the task whose operation is half done; CURSORS: none is */

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        struct walk *half_done = walk_of(&walks, cursor);
        if (!half_done) {
            half_done = walks.open;
            begin_first(&p, half_done);
        }
        cursor = CURSORS;
        if (walks.n_open == 1) {
            go_on_alone(&p, half_done);
        } else {
            struct walk *other = half_done == walks.open ? walks.open + 1 : walks.open;
            cursor = take_turns(&p, half_done, other)->cursor;
        }
    }
}

static void sha256_avx512_x16_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    simd_stage_avx512(bank, columns, parts, lanes, ((struct scratch *)scratch)->raw);
}

static void sha256_avx512_x16_clear(void *scratch)
{
    simd_wipe(scratch, sizeof(struct scratch));
}

const struct simd_kernel sha256_avx512_x16 = {
    .name = "sha256_avx512_x16",
    .description = "AVX-512, sixteen lanes, up to two operations at a time",
    .family = SIMD_SHA256,
    .features = SIMD_CPU_AVX512F | SIMD_CPU_AVX512BW,
    .tasks_in_flight = CURSORS,
    .vector_width = 512,
    .stack_bytes = 640,
    .scratch_bytes = sizeof(struct scratch),
    .run = sha256_avx512_x16_run,
    .stage = sha256_avx512_x16_stage,
    .clear = sha256_avx512_x16_clear,
    ROWS_SLOTS,
};
