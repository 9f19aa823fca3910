/*
 * The transposition that makes rows of bytes of many lanes, and the other way round. The including file has
 * `word` and `row`, and the functions that unpack words (rows_slots.h).
 */
#ifndef SIMD_ROWS_TRANSPOSE_H
#define SIMD_ROWS_TRANSPOSE_H

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

#endif
