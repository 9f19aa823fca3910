#include "running_hash.h"

#include "copy.h"

void running_hash_add(struct running_hash *running, const struct hash *hash, const struct simd_kernel *kernel,
    const void *bytes, size_t len)
{
    const size_t block_bytes = hash->block_bytes, fill = running->len % block_bytes;
    const uint8_t *from = bytes;
    running->len += len;
    if (fill) {
        const size_t lacking = block_bytes - fill;
        if (len < lacking) {
            copy_bytes(running->block + fill, from, len);
            return;
        }
        copy_bytes(running->block + fill, from, lacking);
        kernel->hash_blocks(running->value, running->block, 1);
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
    const size_t block_bytes = hash->block_bytes;
    size_t fill = running->len % block_bytes;
    running->block[fill++] = 0x80;
    if (fill > block_bytes - hash->length_bytes) {
        memset(running->block + fill, 0, block_bytes - fill);
        kernel->hash_blocks(running->value, running->block, 1);
        fill = 0;
    }
    memset(running->block + fill, 0, block_bytes - fill);
    hash_put_length(hash, running->block + block_bytes, running->len);
    kernel->hash_blocks(running->value, running->block, 1);
}
