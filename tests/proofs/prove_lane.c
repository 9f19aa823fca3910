/* Messages of pieces that two lanes put together, with their padding and their length, stay within the rows:
 * an input of any number of blocks that a program can have, at any slot, three pieces of any lengths that
 * fit, the same for both lanes or not, both sizes of blocks. The last row has the room behind it that lane.h
 * asks for. */
/* cbmc: --unwind 4 */
#include "copies_checked.h"

#include "lane.h"

enum { MAX_PIECE = FORMULA_MAX_BLOCKS * HASH_MAX_BLOCK };

int main(void)
{
    static struct program program;
    static uint8_t rows[2 * PROGRAM_MAX_SLOT_BYTES + LANE_SLACK], pieces[2][MAX_PIECE];
    struct hash hash = {0};
    struct lanes lanes = {.rows = rows, .row_stride = PROGRAM_MAX_SLOT_BYTES, .n = 2, .program = &program};
    const unsigned n_blocks = nondet_u8(), slot = nondet_u8();
    size_t len = 0;

    hash.block_bytes = nondet_bool() ? 64 : 128;
    hash.length_bytes = hash.block_bytes == 64 ? 8 : 16;
    hash.little_endian = nondet_bool();
    ASSUME(n_blocks >= 1 && n_blocks <= FORMULA_MAX_BLOCKS);
    program.hash = &hash;
    program.inputs[0].offset = (uint16_t)(slot * hash_slot_bytes(&hash));
    program.inputs[0].len = (uint16_t)(n_blocks * hash.block_bytes);
    ASSUME(slot * hash_slot_bytes(&hash) + program.inputs[0].len <= PROGRAM_MAX_SLOT_BYTES);
    program.n_lengths = 1;
    program.lengths[0].input = 0;
    program.lengths[0].end = (uint16_t)(program.inputs[0].offset + program.inputs[0].len);

    lanes_begin(&lanes, 0);
    for (int i = 0; i < 3; i++) {
        const size_t n = nondet_size();

        ASSUME(n <= MAX_PIECE);
        len += n;
        ASSUME(hash_n_blocks(&hash, len) <= n_blocks);
        const uint8_t *const from[2] = {pieces[0] + MAX_PIECE - n, pieces[1] + MAX_PIECE - n};
        lanes_put(&lanes, from, nondet_bool(), n);
    }
    lanes_end(&lanes);
    lanes_finish(&lanes);
    PROVE(lanes.len[0] == len);
    PROVE(lanes.end == program.inputs[0].offset + len);
}
