/*
 * The blocks of a pcapng file, of which those with TLS secrets are read: Decryption Secrets Blocks, as
 * Wireshark and editcap --inject-secrets write them (draft-ietf-opsawg-pcapng). What is in the other blocks
 * is tshark's to read.
 */
#ifndef PCAPNG_H
#define PCAPNG_H

#include "text_buffer.h"

#include <stdbool.h>

struct pcapng {
    /* Gets the text of each block with a key log. */
    void (*take_key_log)(void *owner, const char *text, size_t len);
    void *owner;
    const char *wrong; /* NULL, or why the bytes from block_start on are not read */
    uint64_t block_start;

    /* The rest is for pcapng.c. */
    enum { PCAPNG_HEADER, PCAPNG_BODY, PCAPNG_TRAILER } part;
    bool is_big_endian, is_secrets;
    uint8_t fixed[12]; /* bytes of a header or a trailer so far */
    size_t n_fixed;
    uint32_t block_len, n_left; /* bytes of the block, and of its body those to come */
    struct text_buffer body;    /* of a block with secrets */
};

void pcapng_open(
    struct pcapng *pcapng, void (*take_key_log)(void *owner, const char *text, size_t len), void *owner);

/* Takes the next bytes of the file, as many as come. */
void pcapng_take(struct pcapng *pcapng, const char *bytes, size_t len);

/* Zeroes what is there of a block with secrets, and frees it. */
void pcapng_close(struct pcapng *pcapng);

#endif
