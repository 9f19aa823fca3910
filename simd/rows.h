/*
 * What the kernels in rows have in common: they run programs and move lanes in and out in the same way. A row
 * has one word of every lane, and a slot is eight rows, of states and of messages alike. Words are in the
 * machine's byte order.
 *
 * The including file defines, before it includes this one,
 *
 *   word               the type of the hash's words
 *   CURSORS            the number of tasks that the kernel has in flight
 *   GROUP              the most operations that it runs at a time
 *   WORK_ROWS          the rows of memory that one compression works in
 *   KERNEL(function)   the name of a function of the kernel, so that a debugger says which kernel it is:
 *                      each kernel has the static functions of this file for itself
 *
 * and includes rows_avx2.h, which defines the type `row` and, as inline functions on it,
 *
 *   row row_gather(const uint8_t *bytes, size_t stride)
 *       Loads 16 bytes from each of several places, which are `stride` apart, as many as fill a row.
 *   void row_scatter(uint8_t *bytes, size_t stride, row x)
 *       Stores a row in the same way.
 *   row row_swap(row x)
 *       Reverses the bytes of each word.
 *   row row_low32(row x, row y), row_high32, row_low64, row_high64
 *       Unpack words of 32 or 64 bits within each 128 bits.
 *
 * Its own part is the arithmetic:
 *
 *   void KERNEL(compress)(struct rows_pair *pairs, unsigned n, row *work)
 *       Does n independent compressions, 1 to GROUP. It may write the pairs behind these, and it keeps the
 *       message schedule and whatever else it needs in `work`, which has GROUP * WORK_ROWS rows.
 */
#ifndef SIMD_ROWS_H
#define SIMD_ROWS_H

#include "walk.h"

#include <string.h>

/* One compression. The kernels' assembler knows this layout. The struct is copied and has no padding, which
 * would take bytes of dead stack along. */
struct rows_pair {
    row *dst;
    const row *state, *lo, *hi;
    uint64_t xor_pattern; /* xor_byte in every byte */
};
_Static_assert(sizeof(struct rows_pair) == 40 && offsetof(struct rows_pair, xor_pattern) == 32,
    "as in sha2_avx2.inc and sha2_avx512.inc");

static void KERNEL(compress)(struct rows_pair *pairs, unsigned n, row *work);

struct rows_scratch {
    row work[GROUP * WORK_ROWS];
    /* Where a digest begins a half of a block and does not fill it, that half: the words of the digest, and
     * those of the message behind them. */
    row filled[GROUP][2][8];
};

/* An operation and the bank to run it on. */
struct pair {
    const struct simd_op *op;
    uint8_t *bank;
    uint32_t digest_words, hi_digest_words;
};

/*
 * Writes the next group to `pair` and returns the number of its pairs. It goes round the open tasks and takes
 * one operation of each, then a second one of each, and so on, as long as a task's operations in the group
 * are independent: the gap of each reaches back to the task's first one. Sets *finished if a task has no more
 * operations.
 */
GENERAL_REGISTERS static inline unsigned plan_group(
    struct walks *walks, struct pair *pair, unsigned *finished)
{
    struct walk *end = walks->open + walks->n_open;
    unsigned n = 0, before, depth = 0;

    do {
        before = n;
        for (struct walk *walk = walks->open; walk < end && n < GROUP; walk++) {
            /* A task that is passed over here is passed over in every later round as well: op stays the same
             * and depth grows. */
            if (depth && (walk->op == walk->end || walk->op->gap < depth)) {
                continue;
            }
            pair[n].op = walk->op++;
            pair[n].bank = walk->bank;
            pair[n].digest_words = walk->digest_words;
            pair[n].hi_digest_words = walk->hi_digest_words;
            *finished |= walk->op == walk->end;
            n++;
        }
        depth++;
    } while (n < GROUP && n > before);
    return n;
}

static const row *fill_up(row filled[8], const row *digest, const row *message, unsigned digest_words)
{
    for (unsigned i = 0; i < 8; i++) {
        filled[i] = i < digest_words ? digest[i] : message[i];
    }
    return filled;
}

GENERAL_REGISTERS static void set_rows(struct rows_pair *rows, const struct pair *pair, row filled[2][8])
{
    row(*slot)[8] = (void *)pair->bank;
    const struct simd_op *op = pair->op;

    rows->dst = slot[op->dst];
    rows->state = slot[op->state];
    rows->lo = slot[op->digest == SIMD_NO_SLOT ? op->lo : op->digest];
    rows->hi = slot[op->hi];
    rows->xor_pattern = op->xor_byte * UINT64_C(0x0101010101010101);
    if (op->digest != SIMD_NO_SLOT && pair->digest_words < 8) {
        rows->lo = fill_up(filled[0], slot[op->digest], slot[op->lo], pair->digest_words);
    }
    if (op->hi_digest != SIMD_NO_SLOT) {
        rows->hi = fill_up(filled[1], slot[op->hi_digest], slot[op->hi], pair->hi_digest_words);
    }
}

GENERAL_REGISTERS static void KERNEL(run)(struct simd_feed *feed, void *scratch)
{
    struct rows_scratch *s = scratch;
    struct walks walks;

    walks.n_open = 0;
    walks.idle = (1u << CURSORS) - 1;
    while (next_tasks(&walks, feed)) {
        unsigned finished = 0;
        while (!finished) {
            struct pair pairs[GROUP];
            struct rows_pair rows[GROUP];
            unsigned n = plan_group(&walks, pairs, &finished);
            for (unsigned i = 0; i < n; i++) {
                set_rows(&rows[i], &pairs[i], s->filled[i]);
            }
            KERNEL(compress)(rows, n, s->work);
        }
    }
}

static void KERNEL(clear)(void *scratch)
{
    memset(scratch, 0, sizeof(struct rows_scratch));
    __asm__ volatile("" : : "r"(scratch) : "memory"); /* or the compiler may take the stores for dead ones */
}

enum { ROWS_WORDS = 16 / sizeof(word) /* words in 128 bits */ };

/* Makes, within each 128 bits, word j of row i word i of row j. */
static inline void rows_transpose(row x[4])
{
    if (ROWS_WORDS == 2) {
        row low = row_low64(x[0], x[1]);
        x[1] = row_high64(x[0], x[1]);
        x[0] = low;
        return;
    }
    row low01 = row_low32(x[0], x[1]), high01 = row_high32(x[0], x[1]);
    row low23 = row_low32(x[2], x[3]), high23 = row_high32(x[2], x[3]);

    x[0] = row_low64(low01, low23);
    x[1] = row_high64(low01, low23);
    x[2] = row_low64(high01, high23);
    x[3] = row_high64(high01, high23);
}

/* Loads n = ROWS_WORDS words of every lane at a time. The words of lanes i, i + n, i + 2n, ... are gathered
 * into row i, so that the transposition within each 128 bits puts the lanes in order. */
static void KERNEL(load_message)(void *slots, const uint8_t *bytes, size_t stride, size_t n_slots)
{
    row *to = slots;

    for (size_t left = n_slots * 8; left; left -= ROWS_WORDS, to += ROWS_WORDS, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            x[i] = row_swap(row_gather(bytes + i * stride, ROWS_WORDS * stride));
        }
        rows_transpose(x);
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            to[i] = x[i];
        }
    }
}

static void KERNEL(load_state)(void *slot, const uint8_t *bytes, size_t stride)
{
    KERNEL(load_message)(slot, bytes, stride, 1);
}

static void KERNEL(store_state)(uint8_t *bytes, size_t stride, const void *slot)
{
    const row *from = slot;

    for (unsigned left = 8; left; left -= ROWS_WORDS, from += ROWS_WORDS, bytes += 16) {
        row x[4];
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            x[i] = row_swap(from[i]);
        }
        rows_transpose(x);
        for (unsigned i = 0; i < ROWS_WORDS; i++) {
            row_scatter(bytes + i * stride, ROWS_WORDS * stride, x[i]);
        }
    }
}

/* What is the same in the struct simd_kernel of each of these kernels. */
#define ROWS_COMMON                                                                                          \
    .lanes = sizeof(row) / sizeof(word), .tasks_in_flight = CURSORS,                                         \
    .scratch_bytes = sizeof(struct rows_scratch), .run = KERNEL(run), .load_message = KERNEL(load_message),  \
    .load_state = KERNEL(load_state), .store_state = KERNEL(store_state), .clear = KERNEL(clear)

#endif
