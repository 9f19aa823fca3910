/* The ciphers, by libcrypto. Old ones are in its legacy provider, which a distribution may leave out. */
#include "record_ciphers.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <string.h>

enum { NONCE_LEN = 12 };

const char *const cipher_absent_before = "libcrypto has no ";
const char *const cipher_absent_behind = " here";

/* Final keys of export suites are as long as those of the full ciphers (RFC 2246 section 6.3.1). */
static const char *const names[] = {
    [LANEKDF_CIPHER_RC4_40] = "RC4",
    [LANEKDF_CIPHER_RC4_56] = "RC4",
    [LANEKDF_CIPHER_RC4_128] = "RC4",
    [LANEKDF_CIPHER_RC2_CBC_40] = "RC2-CBC",
    [LANEKDF_CIPHER_RC2_CBC_56] = "RC2-CBC",
    [LANEKDF_CIPHER_DES40_CBC] = "DES-CBC",
    [LANEKDF_CIPHER_DES_CBC] = "DES-CBC",
    [LANEKDF_CIPHER_3DES_EDE_CBC] = "DES-EDE3-CBC",
    [LANEKDF_CIPHER_IDEA_CBC] = "IDEA-CBC",
    [LANEKDF_CIPHER_SEED_CBC] = "SEED-CBC",
    [LANEKDF_CIPHER_AES_128_CBC] = "AES-128-CBC",
    [LANEKDF_CIPHER_AES_256_CBC] = "AES-256-CBC",
    [LANEKDF_CIPHER_AES_128_GCM] = "AES-128-GCM",
    [LANEKDF_CIPHER_AES_256_GCM] = "AES-256-GCM",
    [LANEKDF_CIPHER_AES_128_CCM] = "AES-128-CCM",
    [LANEKDF_CIPHER_AES_256_CCM] = "AES-256-CCM",
    [LANEKDF_CIPHER_AES_128_CCM_8] = "AES-128-CCM",
    [LANEKDF_CIPHER_AES_256_CCM_8] = "AES-256-CCM",
    [LANEKDF_CIPHER_CAMELLIA_128_CBC] = "CAMELLIA-128-CBC",
    [LANEKDF_CIPHER_CAMELLIA_256_CBC] = "CAMELLIA-256-CBC",
    [LANEKDF_CIPHER_ARIA_128_CBC] = "ARIA-128-CBC",
    [LANEKDF_CIPHER_ARIA_256_CBC] = "ARIA-256-CBC",
    [LANEKDF_CIPHER_ARIA_128_GCM] = "ARIA-128-GCM",
    [LANEKDF_CIPHER_ARIA_256_GCM] = "ARIA-256-GCM",
    [LANEKDF_CIPHER_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
};

/* A library context of our own, so that no configuration file decides what is there. */
static OSSL_LIB_CTX *library(void)
{
    static OSSL_LIB_CTX *context;

    if (!context && (context = OSSL_LIB_CTX_new())) {
        OSSL_PROVIDER_load(context, "default");
        OSSL_PROVIDER_load(context, "legacy");
        ERR_clear_error();
    }
    return context;
}

/* Fetches a cipher by libcrypto's name; NULL if it has none, or none with keys of this length. */
static EVP_CIPHER *fetch_name(const char *name, struct lanekdf_bytes key)
{
    EVP_CIPHER *fetched = name ? EVP_CIPHER_fetch(library(), name, NULL) : NULL;

    if (fetched && (size_t)EVP_CIPHER_get_key_length(fetched) != key.len) {
        EVP_CIPHER_free(fetched);
        fetched = NULL;
    }
    ERR_clear_error();
    return fetched;
}

static EVP_CIPHER *fetch(enum lanekdf_cipher cipher, struct lanekdf_bytes key)
{
    return fetch_name((size_t)cipher < sizeof(names) / sizeof(names[0]) ? names[cipher] : NULL, key);
}

/* Frees the context, which zeroes the key in it, and makes a status of what the calls returned. */
static enum cipher_status end(EVP_CIPHER_CTX *context, EVP_CIPHER *cipher, bool ok)
{
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    ERR_clear_error();
    return ok ? CIPHER_DONE : CIPHER_REFUSED;
}

enum cipher_status cipher_decrypt(enum lanekdf_cipher cipher, struct lanekdf_bytes key,
    struct lanekdf_bytes iv, struct lanekdf_bytes in, uint8_t *out)
{
    EVP_CIPHER *fetched = fetch(cipher, key);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int n = 0;

    if (!fetched || !context) {
        end(context, fetched, false);
        return CIPHER_ABSENT;
    }
    return end(context, fetched,
        in.len > 0 && in.len % (size_t)EVP_CIPHER_get_block_size(fetched) == 0 &&
            (size_t)EVP_CIPHER_get_iv_length(fetched) == iv.len &&
            EVP_DecryptInit_ex2(context, fetched, key.data, iv.len > 0 ? iv.data : NULL, NULL) &&
            EVP_CIPHER_CTX_set_padding(context, 0) &&
            EVP_DecryptUpdate(context, out, &n, in.data, (int)in.len) && (size_t)n == in.len);
}

enum cipher_status cipher_open(enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t nonce[12],
    struct lanekdf_bytes associated, struct lanekdf_bytes in, size_t tag_len, uint8_t *out)
{
    EVP_CIPHER *fetched = fetch(cipher, key);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool is_ccm = fetched && EVP_CIPHER_get_mode(fetched) == EVP_CIPH_CCM_MODE;
    const size_t len = in.len - tag_len;
    int n = 0;

    if (!fetched || !context) {
        end(context, fetched, false);
        return CIPHER_ABSENT;
    }
    return end(context, fetched,
        in.len >= tag_len && EVP_DecryptInit_ex2(context, fetched, NULL, NULL, NULL) &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE_LEN, NULL) &&
            EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, (void *)(uintptr_t)(in.data + len)) &&
            EVP_DecryptInit_ex2(context, NULL, key.data, nonce, NULL) &&
            /* CCM takes the length of the text first, and checks the tag as it decrypts. */
            (!is_ccm || EVP_DecryptUpdate(context, NULL, &n, NULL, (int)len)) &&
            EVP_DecryptUpdate(context, NULL, &n, associated.data, (int)associated.len) &&
            EVP_DecryptUpdate(context, out, &n, in.data, (int)len) &&
            (is_ccm || EVP_DecryptFinal_ex(context, out + len, &n)));
}

/* AES enciphers the sample, and the mask begins what that gives. ChaCha20 takes the sample as its counter and
 * nonce, which is the IV that libcrypto asks for, and its key stream begins with the mask. */
enum cipher_status cipher_mask(
    enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t sample[16], uint8_t mask[5])
{
    enum { SAMPLE_LEN = 16, MASK_LEN = 5 };
    static const uint8_t zeros[MASK_LEN];
    const bool is_chacha = cipher == LANEKDF_CIPHER_CHACHA20_POLY1305;
    EVP_CIPHER *fetched = fetch_name(is_chacha       ? "ChaCha20"
                                     : key.len == 16 ? "AES-128-ECB"
                                                     : "AES-256-ECB",
        key);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t block[SAMPLE_LEN];
    enum cipher_status status;
    int n = 0;

    if (!fetched || !context) {
        end(context, fetched, false);
        return CIPHER_ABSENT;
    }
    status = end(context, fetched,
        EVP_EncryptInit_ex2(context, fetched, key.data, is_chacha ? sample : NULL, NULL) &&
            EVP_EncryptUpdate(
                context, block, &n, is_chacha ? zeros : sample, is_chacha ? MASK_LEN : SAMPLE_LEN) &&
            n >= MASK_LEN);
    if (status == CIPHER_DONE) {
        memcpy(mask, block, MASK_LEN);
    }
    OPENSSL_cleanse(block, sizeof(block));
    return status;
}
