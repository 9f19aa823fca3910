/*
 * The ciphers of records and packets: libcrypto's, where the command was built with libcrypto.
 */
#ifndef RECORD_CIPHERS_H
#define RECORD_CIPHERS_H

#include "lanekdf.h"

#include <stdbool.h>

enum cipher_status {
    CIPHER_DONE,
    CIPHER_REFUSED, /* the bytes are no whole blocks, or their tag is wrong */
    CIPHER_ABSENT   /* the cipher is not available */
};

/* A sentence that says why a cipher is absent: the part before the cipher's name, and the part behind it. */
extern const char *const cipher_absent_before, *const cipher_absent_behind;

/* Decrypts blocks, without a look at their padding, or a stream; out has room for as many bytes as in. */
enum cipher_status cipher_decrypt(enum lanekdf_cipher cipher, struct lanekdf_bytes key,
    struct lanekdf_bytes iv, struct lanekdf_bytes in, uint8_t *out);

/* Opens what an AEAD cipher sealed: in ends with a tag of tag_len bytes, which out does not get. */
enum cipher_status cipher_open(enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t nonce[12],
    struct lanekdf_bytes associated, struct lanekdf_bytes in, size_t tag_len, uint8_t *out);

/* Makes the mask that hides the number of a packet or record, from 16 bytes of what the AEAD cipher sealed
 * (RFC 9001 section 5.4, RFC 9147 section 4.2.3). The key is one of header protection, as long as that of the
 * AEAD. */
enum cipher_status cipher_mask(
    enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t sample[16], uint8_t mask[5]);

#endif
