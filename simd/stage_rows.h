/*
 * Columns and row operations (simd.h), for kernels whose message slots are eight rows of words.
 *
 * A column takes 16 bytes of every lane into as many registers as 16 bytes have words, swaps the bytes of
 * their words, and makes rows of them by unpacks: of 32 bits four rows by eight, of 64 bits two by two. A row
 * operation is two shifts that load, a vpternlog whose third operand is a broadcast constant, and a store.
 *
 * The including file defines `word`, the type of the hash's words, STAGE, which is the name of the function,
 * the type `row`, and, as inline functions on it,
 *
 *   void load_wide(row *low, row *high, const uint8_t *const from[PLACES])
 *       Loads 32 bytes from each of these places: the first 16 of each go to *low, the others to *high.
 *   row load_narrow(const uint8_t *const from[PLACES])
 *       Loads 16 bytes from each.
 *   row row_swap(row x)
 *       Reverses the bytes of each word.
 *   row row_low32(row x, row y), row_high32, row_low64, row_high64
 *       Unpack words of 32 or 64 bits within each 128 bits.
 *   row row_combine(row x, row y, int shift, word constant)
 *       Is constant | x << shift | y >> (bits of a word - shift).
 *   row row_constant(word constant)
 */
#ifndef SIMD_STAGE_ROWS_H
#define SIMD_STAGE_ROWS_H

#include "rows_transpose.h"
#include "stage.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { PLACES = sizeof(row) / 16 /* that have their bytes in one register */ };
_Static_assert(
    sizeof(row) <= sizeof(word) * SIMD_COLUMN_LANES, "the engine has the structs of so many lanes");

/* Rows are numbered in steps of eight, so that a CPU computes their address in the load or store. */
INLINE row *row_at(void *rows, unsigned number)
{
    return (row *)((uint8_t *)rows + number * (sizeof(row) / SIMD_ROW_STEP));
}

/* Makes rows of words. x[i] has ROWS_WORDS words each of lanes i, i + ROWS_WORDS, and so on. */
INLINE void put_rows(row *to, row x[4])
{
    for (unsigned i = 0; i < ROWS_WORDS; i++) {
        x[i] = row_swap(x[i]);
    }
    rows_transpose(x);
    for (unsigned i = 0; i < ROWS_WORDS; i++) {
        to[i] = x[i];
    }
}

/* Where the bytes of a lane are, or zeros if its struct says that it has none. */
INLINE const uint8_t *source(const struct simd_column *column, const uint8_t *lane, bool has_condition)
{
    static const uint8_t zeros[32];
    const uint8_t *from;
    if (has_condition) {
        size_t given;
        memcpy(&given, lane + column->if_at, sizeof(given));
        if (given < column->if_least) {
            return zeros;
        }
    }
    memcpy(&from, lane + column->pointer_at, sizeof(from));
    return from + column->skip;
}

INLINE void load_column(
    row *to, const struct simd_column *of, const void *const *lanes, bool is_wide, bool has_condition)
{
    const struct simd_column column = *of; /* or a compiler must take it that stores to rows change it */
    row low[4], high[4];
    for (unsigned i = 0; i < ROWS_WORDS; i++) {
        const uint8_t *from[PLACES];
        for (unsigned k = 0; k < PLACES; k++) {
            from[k] = source(&column, lanes[i + ROWS_WORDS * k], has_condition);
        }
        if (is_wide) {
            load_wide(&low[i], &high[i], from);
        } else {
            low[i] = load_narrow(from);
        }
    }
    put_rows(to, low);
    if (is_wide) {
        put_rows(to + ROWS_WORDS, high);
    }
}

/* The rarer columns are functions of their own. A compiler that saw all of them at once would load the
 * pointers of all lanes before it asked which one it has, and more than there are registers for. */
__attribute__((noinline)) static void load_wide_if(
    row *to, const struct simd_column *column, const void *const *lanes)
{
    load_column(to, column, lanes, true, true);
}

__attribute__((noinline)) static void load_narrow_always(
    row *to, const struct simd_column *column, const void *const *lanes)
{
    load_column(to, column, lanes, false, false);
}

__attribute__((noinline)) static void load_narrow_if(
    row *to, const struct simd_column *column, const void *const *lanes)
{
    load_column(to, column, lanes, false, true);
}

INLINE void combine_row(const struct simd_row_op *op, void *bank, void *raw, const int shift)
{
    *row_at(bank, op->to) =
        row_combine(*row_at(raw, op->first), *row_at(raw, op->second), shift, (word)op->constant);
}

/* Computes n rows that begin `shift` bits into a word of their first source. */
INLINE const struct simd_row_op *combine(
    const struct simd_row_op *op, unsigned n, void *bank, void *raw, const int shift)
{
    const struct simd_row_op *const end = op + n;
    if (!n) {
        return op;
    }
    if (n % 2) {
        combine_row(op++, bank, raw, shift);
    }
    for (; op < end; op += 2) {
        combine_row(op, bank, raw, shift);
        combine_row(op + 1, bank, raw, shift);
    }
    return op;
}

INLINE void copy_row(const struct simd_row_op *op, void *bank)
{
    *row_at(bank, op->to) = *row_at(bank, op->first);
}

INLINE const struct simd_row_op *copy(const struct simd_row_op *op, unsigned n, void *bank)
{
    const struct simd_row_op *const end = op + n;
    if (n % 2) {
        copy_row(op++, bank);
    }
    for (; op < end; op += 2) {
        copy_row(op, bank);
        copy_row(op + 1, bank);
    }
    return op;
}

void STAGE(void *bank, const struct simd_columns *columns, unsigned parts, const void *const *const *lanes,
    void *raw)
{
    const struct simd_column *column = columns->columns, *const end =
                                                             column + columns->n_columns +
                                                             (parts & SIMD_STAGE_KEYS ? columns->n_key_columns
                                                                                      : 0);
    for (; column < end; column++) {
        row *to = row_at(column->is_in_bank ? bank : raw, column->to);
        const void *const *structs = lanes[column->which_struct];
        const bool is_narrow = column->n_words == ROWS_WORDS;
        if (column->if_at != SIMD_COLUMN_ALWAYS) {
            (is_narrow ? load_narrow_if : load_wide_if)(to, column, structs);
        } else if (is_narrow) {
            load_narrow_always(to, column, structs);
        } else {
            load_column(to, column, structs, true, false);
        }
    }
    *(row *)raw = row_constant(0);
    const struct simd_row_op *op = columns->ops;
    op = combine(op, columns->n_ops[0], bank, raw, 0);
    op = combine(op, columns->n_ops[1], bank, raw, 8);
    op = combine(op, columns->n_ops[2], bank, raw, 16);
    op = combine(op, columns->n_ops[3], bank, raw, 24);
    if (sizeof(word) == 8) {
        op = combine(op, columns->n_ops[4], bank, raw, 32);
        op = combine(op, columns->n_ops[5], bank, raw, 40);
        op = combine(op, columns->n_ops[6], bank, raw, 48);
        op = combine(op, columns->n_ops[7], bank, raw, 56);
    }
    op = copy(op, columns->n_ops[SIMD_COPIED_ROW], bank);
    if (parts & SIMD_STAGE_CONSTANTS) {
        for (const struct simd_row_op *last = op + columns->n_ops[SIMD_CONSTANT_ROW]; op < last; op++) {
            *row_at(bank, op->to) = row_constant((word)op->constant);
        }
    }
}

#endif
