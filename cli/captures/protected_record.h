/*
 * Takes off the protection of a record that is the first one under its keys: RFC 5246 section 6.2.3, RFC 6101
 * section 5.2.3, RFC 7366 (encrypt-then-MAC), RFC 6347 section 4.1 (DTLS).
 */
#ifndef PROTECTED_RECORD_H
#define PROTECTED_RECORD_H

#include "lanekdf.h"
#include "record_ciphers.h"

struct record_protection {
    const struct lanekdf_suite *suite;
    uint16_t version; /* enum lanekdf_version: the version of TLS whose derivations the handshake has */
    bool is_dtls, is_etm, has_truncated_mac;
    struct lanekdf_bytes mac_key, key, iv; /* of the side that wrote the record */
};

/*
 * Decrypts a record to *len bytes of content in plain, which has room for as many bytes as the record has.
 * Returns CIPHER_DONE if the record is authentic under these keys.
 */
enum cipher_status record_open(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t *plain, size_t *len);

#endif
