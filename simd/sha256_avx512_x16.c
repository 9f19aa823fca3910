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

/* An operation that has begun. The generator knows this layout. */
struct operation {
    row words[16]; /* of the message schedule: W[t] of sixteen t */
    row state[8];  /* a to h when it is half done */
    struct rows_pair rows;
    uint64_t is_padded; /* not 0: it has the hint SIMD_PADDED_DIGEST */
};
_Static_assert(offsetof(struct operation, state) == 1024 && offsetof(struct operation, rows) == 1536 &&
                   offsetof(struct operation, is_padded) == 1576,
    "as in sha256_avx512_x16.py");

struct scratch {
    struct operation operations[2]; /* the one that is half done, and the next one */
    row filled[1][2][8];            /* for set_pairs() */
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

/* Chooses the operation that begins beside the second half of half_done->op, and returns its task; NULL if
 * there is none. Without a half_done, it is the next one of any task. */
GENERAL_REGISTERS static inline struct walk *choose_next(
    struct walks *walks, struct walk *half_done, const struct simd_op **op)
{
    struct walk *next = half_done == walks->open ? walks->open + 1 : walks->open;

    if (next < walks->open + walks->n_open) {
        *op = next->op;
        return next;
    }
    *op = half_done->op + 1;
    return *op != half_done->end && (*op)->gap ? half_done : NULL;
}

GENERAL_REGISTERS static void sha256_avx512_x16_run(struct simd_feed *feed, void *scratch)
{
    struct scratch *s = scratch;
    struct operation *old = &s->operations[0], *new = &s->operations[1];
    struct walks walks;
    unsigned cursor = CURSORS; /* that of the task whose operation is half done; CURSORS: none is */

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        struct walk *half_done = walk_of(&walks, cursor);
        bool finished = false;
        while (!finished) {
            const struct simd_op *op;
            struct walk *next = choose_next(&walks, half_done, &op);
            if (next) {
                set_pairs(&new->rows, op, next, 1, s->filled);
                new->is_padded = op->hints &SIMD_PADDED_DIGEST;
            }
            if (!next) {
                sha256_avx512_x16_end(old);
            } else if (half_done) {
                sha256_avx512_x16_step(old, new);
            } else {
                sha256_avx512_x16_begin(new);
            }
            finished = half_done && ++half_done->op == half_done->end;
            half_done = next;
            struct operation *const begun = new;
            new = old;
            old = begun;
        }
        cursor = half_done ? half_done->cursor : CURSORS;
    }
}

static void sha256_avx512_x16_stage(void *bank, const struct simd_columns *columns, unsigned parts,
    const void *const *const *lanes, void *scratch)
{
    simd_stage_avx512(bank, columns, parts, lanes, ((struct scratch *)scratch)->raw);
}

static void sha256_avx512_x16_clear(void *scratch)
{
    memset(scratch, 0, sizeof(struct scratch));
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* or the compiler may take the stores for dead ones */
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
