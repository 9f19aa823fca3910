#include "pcapng.h"

#include <string.h>

enum { SECTION_HEADER_BLOCK = 0x0a0d0d0a, DECRYPTION_SECRETS_BLOCK = 0x0000000a, TLS_KEY_LOG = 0x544c534b };
/* Lengths in bytes. No key log in practice is as long as the last one, and a forged length must not take all
 * the memory. */
enum {
    HEADER_LEN = 8,
    SECTION_HEADER_LEN = 12, /* with the magic number that tells the byte order */
    TRAILER_LEN = 4,
    SECRETS_HEADER_LEN = 8,
    MAX_SECRETS_LEN = 64 * 1024 * 1024
};

void pcapng_open(
    struct pcapng *pcapng, void (*take_key_log)(void *owner, const char *text, size_t len), void *owner)
{
    *pcapng = (struct pcapng){.take_key_log = take_key_log, .owner = owner};
}

void pcapng_close(struct pcapng *pcapng)
{
    text_buffer_free(&pcapng->body);
}

static uint32_t uint32(const struct pcapng *pcapng, const void *from)
{
    const uint8_t *bytes = from;

    return pcapng->is_big_endian
               ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]
               : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Collects a header or trailer of n bytes, which may come in pieces. Returns whether it is complete. */
static bool collect(struct pcapng *pcapng, const char **bytes, size_t *len, size_t n)
{
    while (*len > 0 && pcapng->n_fixed < n) {
        pcapng->fixed[pcapng->n_fixed++] = (uint8_t)(*bytes)[0];
        ++*bytes;
        --*len;
    }
    return pcapng->n_fixed >= n;
}

/* The type of a section header is the same in either byte order, which the magic number in it tells. */
static bool is_section_header(const struct pcapng *pcapng)
{
    return uint32(pcapng, pcapng->fixed) == SECTION_HEADER_BLOCK;
}

static bool find_byte_order(struct pcapng *pcapng)
{
    const uint8_t *magic = pcapng->fixed + HEADER_LEN;

    pcapng->is_big_endian = memcmp(magic, "\x1a\x2b\x3c\x4d", 4) == 0;
    return pcapng->is_big_endian || memcmp(magic, "\x4d\x3c\x2b\x1a", 4) == 0;
}

static void begin_block(struct pcapng *pcapng)
{
    size_t header_len = HEADER_LEN;

    if (is_section_header(pcapng)) {
        header_len = SECTION_HEADER_LEN;
        if (!find_byte_order(pcapng)) {
            pcapng->wrong = "a section without a byte order";
            return;
        }
    } else if (pcapng->block_start == 0) {
        pcapng->wrong = "no section header at its beginning";
        return;
    }
    pcapng->block_len = uint32(pcapng, pcapng->fixed + 4);
    pcapng->is_secrets = uint32(pcapng, pcapng->fixed) == DECRYPTION_SECRETS_BLOCK;
    if (pcapng->block_len < header_len + TRAILER_LEN || pcapng->block_len % 4 != 0 ||
        (pcapng->is_secrets && pcapng->block_len > MAX_SECRETS_LEN)) {
        pcapng->wrong = "a block of an impossible length";
        return;
    }
    pcapng->n_left = pcapng->block_len - (uint32_t)header_len - TRAILER_LEN;
    pcapng->part = PCAPNG_BODY;
    text_buffer_clear(&pcapng->body);
}

static void take_body(struct pcapng *pcapng, const char **bytes, size_t *len)
{
    const size_t n = *len < pcapng->n_left ? *len : pcapng->n_left;

    if (pcapng->is_secrets && n > 0) {
        text_buffer_add(&pcapng->body, *bytes, n);
    }
    *bytes += n;
    *len -= n;
    pcapng->n_left -= (uint32_t)n;
}

/* The body of a block with secrets has their type, their length in bytes, and the secrets. */
static void take_secrets(struct pcapng *pcapng)
{
    const struct text_buffer *body = &pcapng->body;

    if (body->len < SECRETS_HEADER_LEN || uint32(pcapng, body->text + 4) > body->len - SECRETS_HEADER_LEN) {
        pcapng->wrong = "secrets that are longer than their block";
    } else if (uint32(pcapng, body->text) == TLS_KEY_LOG) {
        pcapng->take_key_log(pcapng->owner, body->text + SECRETS_HEADER_LEN, uint32(pcapng, body->text + 4));
    }
}

static void end_block(struct pcapng *pcapng)
{
    if (uint32(pcapng, pcapng->fixed) != pcapng->block_len) {
        pcapng->wrong = "a block whose two lengths differ";
        return;
    }
    if (pcapng->is_secrets) {
        take_secrets(pcapng);
    }
    pcapng->block_start += pcapng->block_len;
    pcapng->part = PCAPNG_HEADER;
}

/* Goes on to the next part of the block if the bytes bring the rest of this one. */
static void take_part(struct pcapng *pcapng, const char **bytes, size_t *len)
{
    switch (pcapng->part) {
    case PCAPNG_HEADER:
        if (collect(pcapng, bytes, len, HEADER_LEN) &&
            (!is_section_header(pcapng) || collect(pcapng, bytes, len, SECTION_HEADER_LEN))) {
            pcapng->n_fixed = 0;
            begin_block(pcapng);
        }
        break;
    case PCAPNG_BODY:
        take_body(pcapng, bytes, len);
        if (pcapng->n_left == 0) {
            pcapng->part = PCAPNG_TRAILER;
        }
        break;
    case PCAPNG_TRAILER:
        if (collect(pcapng, bytes, len, TRAILER_LEN)) {
            pcapng->n_fixed = 0;
            end_block(pcapng);
        }
        break;
    }
}

void pcapng_take(struct pcapng *pcapng, const char *bytes, size_t len)
{
    while (len > 0 && !pcapng->wrong) {
        take_part(pcapng, &bytes, &len);
    }
}
