/*
 * What the kernels have in common that are a pipeline of operations: the first half of an operation runs
 * beside the second half of the one before it. sha2_avx512_pipeline.py writes their arithmetic.
 *
 * Two operations in a row must be independent of each other, which operations of different tasks always are.
 * Tasks therefore take turns. A task that is alone goes on with its next operation, if that is independent of
 * the one that is half done; otherwise its operations run one after the other.
 *
 * rows_slots.h says what the including file defines.
 */
#ifndef SIMD_ROWS_PIPELINE_H
#define SIMD_ROWS_PIPELINE_H

#include "rows_avx512.h"

enum { CURSORS = 2 };
#include "rows_slots.h"

/* What sha2_avx512_pipeline.py, which knows this layout, needs to know of an operation: where its slots are,
 * NULL for one that it does not use, and what else is in struct simd_op and struct simd_program. The members
 * stand in the order of struct simd_op. */
struct operation {
    const uint8_t *dst, *state, *digest, *lo, *hi_digest, *hi;
    uint64_t xor_byte;
    uint32_t hints;
    uint16_t digest_words, hi_digest_words;
};
_Static_assert(sizeof(struct operation) == sizeof(row) && offsetof(struct operation, xor_byte) == 48 &&
                   offsetof(struct operation, digest_words) == 60,
    "as in sha2_avx512_pipeline.py");
_Static_assert(offsetof(struct simd_op, state) == 1 && offsetof(struct simd_op, digest) == 2 &&
                   offsetof(struct simd_op, lo) == 3 && offsetof(struct simd_op, hi_digest) == 4 &&
                   offsetof(struct simd_op, hi) == 5 && offsetof(struct simd_op, xor_byte) == 6 &&
                   offsetof(struct simd_op, hints) == 7,
    "set_operation() takes its bytes in this order");

/* What an operation that has begun works in. */
struct ring {
    row words[16]; /* of the message schedule: W[t] of sixteen t */
    row state[8];  /* a to h when it is half done, and others are asked for tasks */
};
_Static_assert(offsetof(struct ring, state) == 1024, "as in sha2_avx512_pipeline.py");

enum { MAX_NEXT = SIMD_RAW_ROWS };

struct scratch {
    struct ring rings[2]; /* of the operation that is half done, and of the next one */
    /* The operation that is half done, and those that follow it. Raw rows of columns take the place of the
     * latter, of which none are left when a task is asked for. */
    union {
        struct operation operations[1 + MAX_NEXT];
        struct {
            struct operation half_done;
            row raw[SIMD_RAW_ROWS];
        } staging;
    };
};

/* Goes through n operations behind the first one, which is half done: runs the second half of each operation
 * beside the first half of the next one, and leaves the last one half done. The rings are that of the first
 * operation and another one; they take turns. */
void KERNEL(steps)(const struct operation *operations, size_t n, struct ring *half_done, struct ring *other);

/* Runs the first half of an operation, or the second half, alone. */
void KERNEL(begin)(const struct operation *op, struct ring *ring);
void KERNEL(end)(const struct operation *half_done, struct ring *ring);

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

/* The pipeline: an operation that is half done, and n others that are to follow it. */
struct pipeline {
    struct scratch *scratch;
    struct ring *ring, *other; /* the first is that of the operation that is half done */
    size_t n;
};

/* Lets the others follow, so that the last of them is half done. */
static void flow(struct pipeline *p)
{
    struct operation *const operations = p->scratch->operations;

    if (p->n) {
        KERNEL(steps)(operations, p->n, p->ring, p->other);
        operations[0] = operations[p->n];
        if (p->n % 2) {
            struct ring *const ring = p->ring;
            p->ring = p->other;
            p->other = ring;
        }
        p->n = 0;
    }
}

/* What all operations of a task have in common, by the members of struct operation. */
static inline row common_part(const struct walk *walk)
{
    const long long bank = (intptr_t)walk->bank;
    const uint64_t words = (uint64_t)walk->digest_words << 32 | (uint64_t)walk->hi_digest_words << 48;

    return _mm512_setr_epi64(bank, bank, bank, bank, bank, bank, 0, (long long)words);
}

/* Prepares an operation. Its slots are as many times the size of a slot behind the beginning of the bank as
 * the bytes of *op say. All members are computed side by side. */
static inline void set_operation(struct operation *operation, row common, const struct simd_op *op)
{
    enum { SLOT_BITS = 9 };
    _Static_assert(8 * sizeof(row) == 1 << SLOT_BITS, "a shift takes the place of a multiplication");
    const row shifts =
        _mm512_setr_epi64(SLOT_BITS, SLOT_BITS, SLOT_BITS, SLOT_BITS, SLOT_BITS, SLOT_BITS, 0, 0);
    const row bytes = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)op));
    const __mmask8 used = _mm512_cmpneq_epi64_mask(bytes, _mm512_set1_epi64(SIMD_NO_SLOT));

    _mm512_store_si512(operation, _mm512_maskz_add_epi64(used, common, _mm512_sllv_epi64(bytes, shifts)));
}

static inline void begin_first(struct pipeline *p, const struct walk *walk)
{
    struct operation *const first = p->scratch->operations;

    set_operation(first, common_part(walk), walk->op);
    KERNEL(begin)(first, p->ring);
}

/* Puts an operation behind those that are to follow. */
static inline void follow(struct pipeline *p, row common, const struct simd_op *op)
{
    set_operation(&p->scratch->operations[++p->n], common, op);
    if (p->n == MAX_NEXT) {
        flow(p);
    }
}

/* Lets two tasks take turns until one is finished; an operation of *half_done is half done. Returns the other
 * task, of which then an operation is half done. */
static inline struct walk *take_turns(struct pipeline *p, struct walk *half_done, struct walk *other)
{
    const row common[2] = {common_part(half_done), common_part(other)};
    const struct simd_op *op[2] = {half_done->op, other->op};
    struct walk *open;

    for (;;) {
        follow(p, common[1], op[1]);
        if (++op[0] == half_done->end) {
            open = other;
            break;
        }
        follow(p, common[0], op[0]);
        if (++op[1] == other->end) {
            open = half_done;
            break;
        }
    }
    flow(p);
    half_done->op = op[0];
    other->op = op[1];
    return open;
}

/* Runs a task that is alone, of which an operation is half done, to its end. */
static inline void go_on_alone(struct pipeline *p, struct walk *walk)
{
    const row common = common_part(walk);

    while (++walk->op != walk->end) {
        if (walk->op->gap) {
            follow(p, common, walk->op);
        } else {
            flow(p);
            KERNEL(end)(p->scratch->operations, p->ring);
            begin_first(p, walk);
        }
    }
    flow(p);
    KERNEL(end)(p->scratch->operations, p->ring);
}

static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct pipeline p = {s, &s->rings[0], &s->rings[1], 0};
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

static void KERNEL(clear)(void *scratch)
{
    simd_wipe(scratch, sizeof(struct scratch));
}

/* What is the same in the struct simd_kernel of each of these kernels. */
#define ROWS_PIPELINE                                                                                        \
    .tasks_in_flight = CURSORS, .vector_width = 512, .stack_bytes = 640,                                     \
    .scratch_bytes = sizeof(struct scratch), .run = KERNEL(run), .clear = KERNEL(clear), ROWS_SLOTS

#endif
