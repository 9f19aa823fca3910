#include "protected_record.h"

#include <string.h>

enum { TLS_HEADER_LEN = 5, DTLS_HEADER_LEN = 13, SEQUENCE_LEN = 8, NONCE_LEN = 12, TRUNCATED_MAC_LEN = 10 };
enum { MAX_MAC_LEN = 64, MAX_PAD_LEN = 48, ASSOCIATED_LEN = SEQUENCE_LEN + 5 };

static struct lanekdf_bytes body_of(const struct record_protection *protection, struct lanekdf_bytes record)
{
    const size_t header_len = protection->is_dtls ? (size_t)DTLS_HEADER_LEN : (size_t)TLS_HEADER_LEN;

    return record.len < header_len
               ? (struct lanekdf_bytes){record.data, 0}
               : (struct lanekdf_bytes){record.data + header_len, record.len - header_len};
}

/* Writes the sequence number. In TLS it is the number of records since ChangeCipherSpec, so that the first
 * one has 0; in DTLS the record has it. */
static void put_sequence(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t out[SEQUENCE_LEN])
{
    memset(out, 0, SEQUENCE_LEN);
    if (protection->is_dtls) {
        memcpy(out, record.data + 3, SEQUENCE_LEN);
    }
}

/* Writes what a MAC or a tag covers besides the content (RFC 5246 sections 6.2.3.1 and 6.2.3.3). */
static void put_associated(const struct record_protection *protection, struct lanekdf_bytes record,
    size_t len, uint8_t out[ASSOCIATED_LEN])
{
    put_sequence(protection, record, out);
    memcpy(out + SEQUENCE_LEN, record.data, 3);
    out[SEQUENCE_LEN + 3] = (uint8_t)(len >> 8);
    out[SEQUENCE_LEN + 4] = (uint8_t)len;
}

static bool hash(uint32_t id, const struct lanekdf_bytes *message, size_t n_message, uint8_t *out)
{
    struct lanekdf_message_hash job = {
        .job = {.kind = LANEKDF_KIND_HASH, .legacy = LANEKDF_LEGACY_ALL},
        .hash = id,
        .message = message,
        .n_message = n_message,
        .out = {out, lanekdf_hash_len(id)},
    };

    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

/* The MAC of SSLv3 is older than HMAC, and does not cover the version (RFC 6101 section 5.2.3.1). */
static bool ssl3_mac(const struct record_protection *protection, const uint8_t associated[ASSOCIATED_LEN],
    struct lanekdf_bytes content, uint8_t *mac)
{
    const uint32_t id = protection->suite->mac;
    const size_t pad_len = id == LANEKDF_MD5 ? 48 : 40;
    uint8_t pad_1[MAX_PAD_LEN], pad_2[MAX_PAD_LEN], inner[MAX_MAC_LEN];
    const struct lanekdf_bytes inner_message[] = {protection->mac_key, {pad_1, pad_len},
        {associated, SEQUENCE_LEN + 1}, {associated + SEQUENCE_LEN + 3, 2}, content};
    const struct lanekdf_bytes outer_message[] = {
        protection->mac_key, {pad_2, pad_len}, {inner, lanekdf_hash_len(id)}};
    bool is_done;

    memset(pad_1, 0x36, sizeof(pad_1));
    memset(pad_2, 0x5c, sizeof(pad_2));
    is_done = hash(id, inner_message, sizeof(inner_message) / sizeof(inner_message[0]), inner) &&
              hash(id, outer_message, sizeof(outer_message) / sizeof(outer_message[0]), mac);
    explicit_bzero(inner, sizeof(inner));
    return is_done;
}

static bool tls_mac(const struct record_protection *protection, const uint8_t associated[ASSOCIATED_LEN],
    struct lanekdf_bytes content, uint8_t *mac)
{
    const struct lanekdf_bytes message[] = {{associated, ASSOCIATED_LEN}, content};
    struct lanekdf_hmac job = {
        .job = {.kind = LANEKDF_KIND_HMAC, .legacy = LANEKDF_LEGACY_ALL},
        .hash = protection->suite->mac,
        .key = protection->mac_key,
        .message = message,
        .n_message = 2,
        .out = {mac, lanekdf_hash_len(protection->suite->mac)},
    };

    return lanekdf_derive_one(&job.job) == LANEKDF_OK;
}

static size_t mac_len(const struct record_protection *protection)
{
    return protection->has_truncated_mac ? (size_t)TRUNCATED_MAC_LEN
                                         : lanekdf_hash_len(protection->suite->mac);
}

/* Tells whether the MAC that follows the content is the right one. */
static bool has_right_mac(
    const struct record_protection *protection, struct lanekdf_bytes record, struct lanekdf_bytes content)
{
    uint8_t associated[ASSOCIATED_LEN], mac[MAX_MAC_LEN];
    bool is_right;

    put_associated(protection, record, content.len, associated);
    is_right = (protection->version == LANEKDF_SSL3 ? ssl3_mac(protection, associated, content, mac)
                                                    : tls_mac(protection, associated, content, mac)) &&
               memcmp(mac, content.data + content.len, mac_len(protection)) == 0;
    explicit_bzero(mac, sizeof(mac));
    return is_right;
}

static enum cipher_status open_aead(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t *plain, size_t *len)
{
    const struct lanekdf_suite *suite = protection->suite;
    struct lanekdf_bytes body = body_of(protection, record);
    uint8_t nonce[NONCE_LEN] = {0}, associated[ASSOCIATED_LEN], sequence[SEQUENCE_LEN];
    enum cipher_status status;

    if (body.len < (size_t)suite->record_iv_len + suite->tag_len || protection->iv.len > sizeof(nonce)) {
        return CIPHER_REFUSED;
    }
    memcpy(nonce, protection->iv.data, protection->iv.len);
    if (suite->record_iv_len > 0) {
        memcpy(nonce + protection->iv.len, body.data, suite->record_iv_len);
    } else { /* RFC 7905 section 2 */
        put_sequence(protection, record, sequence);
        for (size_t i = 0; i < SEQUENCE_LEN; i++) {
            nonce[NONCE_LEN - SEQUENCE_LEN + i] ^= sequence[i];
        }
    }
    body.data += suite->record_iv_len;
    body.len -= suite->record_iv_len;
    *len = body.len - suite->tag_len;
    put_associated(protection, record, *len, associated);
    status = cipher_open(suite->cipher, protection->key, nonce,
        (struct lanekdf_bytes){associated, sizeof(associated)}, body, suite->tag_len, plain);
    explicit_bzero(nonce, sizeof(nonce));
    return status;
}

/* Decrypts the body; the IV of a CBC cipher is the block that the keys have, or the body's first one. */
static enum cipher_status decrypt(
    const struct record_protection *protection, struct lanekdf_bytes body, uint8_t *plain, size_t *len)
{
    const struct lanekdf_suite *suite = protection->suite;
    struct lanekdf_bytes iv = protection->iv;

    if (suite->cipher == LANEKDF_CIPHER_NULL) {
        memcpy(plain, body.data, body.len);
        *len = body.len;
        return CIPHER_DONE;
    }
    if (iv.len == 0 && suite->record_iv_len > 0) {
        if (body.len < suite->record_iv_len) {
            return CIPHER_REFUSED;
        }
        iv = (struct lanekdf_bytes){body.data, suite->record_iv_len};
        body.data += iv.len;
        body.len -= iv.len;
    }
    *len = body.len;
    return cipher_decrypt(suite->cipher, protection->key, iv, body, plain);
}

/* Cuts off the padding of a block cipher. The bytes of the padding are not compared, since the MAC proves the
 * keys. */
static bool cut_padding(const struct lanekdf_suite *suite, const uint8_t *plain, size_t *len)
{
    if (suite->record_iv_len > 0) {
        if (*len == 0 || (size_t)plain[*len - 1] + 1 > *len) {
            return false;
        }
        *len -= (size_t)plain[*len - 1] + 1;
    }
    return true;
}

static enum cipher_status open_mac_then_encrypt(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t *plain, size_t *len)
{
    enum cipher_status status = decrypt(protection, body_of(protection, record), plain, len);

    if (status != CIPHER_DONE) {
        return status;
    }
    if (!cut_padding(protection->suite, plain, len) || *len < mac_len(protection)) {
        return CIPHER_REFUSED;
    }
    *len -= mac_len(protection);
    return has_right_mac(protection, record, (struct lanekdf_bytes){plain, *len}) ? CIPHER_DONE
                                                                                  : CIPHER_REFUSED;
}

static enum cipher_status open_encrypt_then_mac(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t *plain, size_t *len)
{
    struct lanekdf_bytes body = body_of(protection, record);
    enum cipher_status status;

    if (body.len < mac_len(protection)) {
        return CIPHER_REFUSED;
    }
    body.len -= mac_len(protection);
    if (!has_right_mac(protection, record, body)) {
        return CIPHER_REFUSED;
    }
    status = decrypt(protection, body, plain, len);
    if (status == CIPHER_ABSENT) { /* the MAC, which is right, has proved the keys already */
        *len = 0;
        return CIPHER_DONE;
    }
    return status == CIPHER_DONE && cut_padding(protection->suite, plain, len) ? CIPHER_DONE : CIPHER_REFUSED;
}

enum cipher_status record_open(
    const struct record_protection *protection, struct lanekdf_bytes record, uint8_t *plain, size_t *len)
{
    *len = 0;
    if (body_of(protection, record).len == 0) {
        return CIPHER_REFUSED;
    }
    if (protection->suite->mac == 0) {
        return open_aead(protection, record, plain, len);
    }
    /* Encrypt-then-MAC is for block ciphers only: RFC 7366 section 3. */
    return protection->is_etm && protection->suite->record_iv_len > 0
               ? open_encrypt_then_mac(protection, record, plain, len)
               : open_mac_then_encrypt(protection, record, plain, len);
}
