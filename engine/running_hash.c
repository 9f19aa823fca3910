#include "running_hash.h"

#include "copy.h"

/* Hashes the block that is full, and begins the next one. */
static void hash_block(struct running_hash *running, const struct simd_kernel *kernel)
{
    kernel->hash_blocks(running->value, running->block, 1);
    memset(running->block, 0, sizeof(running->block));
}

/* Not inlined, as wipe_program_stack() demands. */
__attribute__((noinline)) void running_hash_add(struct running_hash *running, const struct hash *hash,
    const struct simd_kernel *kernel, const void *bytes, size_t len)
{
    const size_t block_bytes = hash->block_bytes, fill = running->len % block_bytes;
    const uint8_t *from = bytes;
    if (!len) { /* `bytes` may be NULL, behind which C has no address */
        return;
    }
    running->len += len;
    if (fill) {
        const size_t lacking = block_bytes - fill;
        if (len < lacking) {
            copy_bytes(running->block + fill, from, len);
            return;
        }
        copy_bytes(running->block + fill, from, lacking);
        hash_block(running, kernel);
        from += lacking;
        len -= lacking;
    }
    const size_t rest = len % block_bytes;
    if (len != rest) {
        kernel->hash_blocks(running->value, from, len / block_bytes);
    }
    copy_bytes(running->block, from + (len - rest), rest);
}

void running_hash_end(struct running_hash *running, const struct hash *hash, const struct simd_kernel *kernel)
{
    const size_t block_bytes = hash->block_bytes, fill = running->len % block_bytes;
    running->block[fill] = 0x80;
    if (fill >= block_bytes - hash->length_bytes) {
        hash_block(running, kernel);
    }
    hash_put_length(hash, running->block + block_bytes, running->len);
    kernel->hash_blocks(running->value, running->block, 1);
}
