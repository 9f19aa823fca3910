/* Padding fills up the least number of blocks that hold it: messages of any length below 2^60 bytes, and
 * every size of block and of length field. */
/* cbmc: --unwind 1 */
#include "hash.h"
#include "cbmc.h"

int main(void)
{
    const uint64_t len = nondet_u64();
    struct hash hash = {0};

    ASSUME(len < (uint64_t)1 << 60);
    hash.block_bytes = nondet_bool() ? 64 : 128;
    hash.length_bytes = hash.block_bytes == 64 ? 8 : 16;
    const uint64_t n = hash_n_blocks(&hash, len), padded = len + 1 + hash.length_bytes;

    PROVE(n * hash.block_bytes >= padded);
    PROVE((n - 1) * hash.block_bytes < padded);
}
