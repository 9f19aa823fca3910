/*
 * The ciphers of TLS records: libcrypto's, where the command was built with libcrypto.
 */
#ifndef RECORD_CIPHERS_H
#define RECORD_CIPHERS_H

#include "lanekdf.h"

#include <stdbool.h>

enum cipher_status {
    CIPHER_DONE,
    CIPHER_REFUSED, /* not whole blocks, or the tag is another */
    CIPHER_ABSENT   /* this cipher is not to be had here */
};

/* Why a cipher is absent, as a sentence that its name goes into: what stands before the name, and behind it.
 */
extern const char *const cipher_absent_before, *const cipher_absent_behind;

/* Decrypts blocks, without a look at their padding, or a stream; out has room for as many bytes as in. */
enum cipher_status cipher_decrypt(enum lanekdf_cipher cipher, struct lanekdf_bytes key,
    struct lanekdf_bytes iv, struct lanekdf_bytes in, uint8_t *out);

/* Opens what an AEAD cipher sealed: in ends with a tag of tag_len bytes, which out does not get. */
enum cipher_status cipher_open(enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t nonce[12],
    struct lanekdf_bytes associated, struct lanekdf_bytes in, size_t tag_len, uint8_t *out);

#endif
