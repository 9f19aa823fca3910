/*
 * Unprotects TLS records with libcrypto, for decrypt.py: the keys that lanekdf derives are used as TLS uses
 * them. A line of input is a record with its keys, as words that are separated by spaces:
 *
 *   CIPHER MAC ETM SEQUENCE MAC_KEY KEY IV RECORD
 *
 * CIPHER is libcrypto's name of a cipher, or NULL. MAC is a hash; where there is none it is "-", or "-8" for
 * the short tag of a CCM cipher. ETM is 1 for encrypt-then-MAC (RFC 7366), else 0. SEQUENCE is a number. The
 * other words are hexadecimal, "-" for no bytes. IV is the fixed part of an AEAD nonce, or the IV of a CBC
 * cipher unless the record brings its own. From TLS 1.3 on MAC is "aad", or "aad-8", and MAC_KEY is what the
 * tag covers besides the record, whose first five bytes are left out then. A line of output is the plaintext
 * in hexadecimal, or "error: " and what is wrong.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 128 * 1024, MAX_BYTES = MAX_LINE / 2, N_WORDS = 8 };
enum { RECORD_HEADER_LEN = 5, SEQUENCE_LEN = 8, EXPLICIT_NONCE_LEN = 8, HEADER_LEN = 13 }; /* bytes */

struct bytes {
    uint8_t data[MAX_BYTES];
    size_t len;
};

/* A record with its keys. */
struct request {
    char cipher[32], mac[16];
    bool is_etm;
    uint64_t sequence;
    struct bytes mac_key, key, iv, record;
};

static struct bytes plain;

static bool decode(struct bytes *bytes, const char *digits)
{
    if (strcmp(digits, "-") == 0) {
        bytes->len = 0;
        return true;
    }
    return OPENSSL_hexstr2buf_ex(bytes->data, sizeof(bytes->data), &bytes->len, digits, '\0');
}

static bool parse(struct request *request, char *line)
{
    char *words[N_WORDS], *rest = NULL;

    for (size_t i = 0; i < N_WORDS; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
        if (!words[i]) {
            return false;
        }
    }
    snprintf(request->cipher, sizeof(request->cipher), "%s", words[0]);
    snprintf(request->mac, sizeof(request->mac), "%s", words[1]);
    request->is_etm = words[2][0] == '1';
    request->sequence = strtoull(words[3], NULL, 10);
    return decode(&request->mac_key, words[4]) && decode(&request->key, words[5]) &&
           decode(&request->iv, words[6]) && decode(&request->record, words[7]) &&
           request->record.len >= RECORD_HEADER_LEN;
}

/* MACs and AEAD ciphers cover, in front of the content, sequence number, type, version and length (RFC 5246
 * sections 6.2.3.1 and 6.2.3.3). */
static void set_header(const struct request *request, size_t len, uint8_t header[HEADER_LEN])
{
    for (int i = 0; i < SEQUENCE_LEN; i++) {
        header[i] = (uint8_t)(request->sequence >> (56 - 8 * i));
    }
    memcpy(header + SEQUENCE_LEN, request->record.data, 3);
    header[11] = (uint8_t)(len >> 8);
    header[12] = (uint8_t)len;
}

static const char *open_aead(const struct request *request, EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher)
{
    const bool is_ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
    const size_t tag_len = is_ccm && strstr(request->mac, "-8") ? 8 : 16;
    const bool has_associated = strncmp(request->mac, "aad", 3) == 0;
    const uint8_t *body = request->record.data + RECORD_HEADER_LEN;
    size_t len = request->record.len - RECORD_HEADER_LEN;
    uint8_t nonce[12], header[HEADER_LEN];
    bool is_right;
    int n;

    if (request->iv.len == sizeof(nonce)) { /* RFC 7905: the nonce is the IV xor the sequence number */
        memcpy(nonce, request->iv.data, sizeof(nonce));
        for (int i = 0; i < 8; i++) {
            nonce[4 + i] ^= (uint8_t)(request->sequence >> (56 - 8 * i));
        }
    } else {
        if (len < EXPLICIT_NONCE_LEN || request->iv.len != 4) {
            return "no nonce";
        }
        memcpy(nonce, request->iv.data, 4);
        memcpy(nonce + 4, body, EXPLICIT_NONCE_LEN);
        body += EXPLICIT_NONCE_LEN;
        len -= EXPLICIT_NONCE_LEN;
    }
    if (len < tag_len) {
        return "no tag";
    }
    len -= tag_len;
    set_header(request, len, header);
    is_right =
        EVP_DecryptInit_ex(context, cipher, NULL, NULL, NULL) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, sizeof(nonce), NULL) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, (void *)(uintptr_t)(body + len)) &&
        EVP_DecryptInit_ex(context, NULL, NULL, request->key.data, nonce) &&
        (!is_ccm || EVP_DecryptUpdate(context, NULL, &n, NULL, (int)len)) &&
        EVP_DecryptUpdate(context, NULL, &n, has_associated ? request->mac_key.data : header,
            has_associated ? (int)request->mac_key.len : (int)sizeof(header)) &&
        EVP_DecryptUpdate(context, plain.data, &n, body, (int)len) &&
        (is_ccm || EVP_DecryptFinal_ex(context, plain.data + len, &n));
    plain.len = len;
    return is_right ? NULL : "does not authenticate";
}

/* Checks the HMAC of header and content, which follows the content of len bytes. */
static const char *check_mac(const struct request *request, const uint8_t *content, size_t len)
{
    static uint8_t message[HEADER_LEN + MAX_BYTES];
    uint8_t mac[EVP_MAX_MD_SIZE];
    const EVP_MD *hash = EVP_get_digestbyname(request->mac);
    unsigned mac_len;

    set_header(request, len, message);
    memcpy(message + HEADER_LEN, content, len);
    if (!hash || !HMAC(hash, request->mac_key.data, (int)request->mac_key.len, message, HEADER_LEN + len, mac,
                     &mac_len)) {
        return "no such MAC";
    }
    return CRYPTO_memcmp(mac, content + len, mac_len) == 0 ? NULL : "the MAC differs";
}

/* Decrypts body into plain, and takes the padding off. */
static const char *open_cbc(const struct request *request, EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
    const uint8_t *body, size_t len)
{
    const size_t block_len = (size_t)EVP_CIPHER_get_block_size(cipher);
    const uint8_t *iv = request->iv.data;
    size_t padding;
    int n;

    if (request->iv.len == 0) {
        iv = body;
        body += block_len;
        len -= block_len;
    }
    if (len == 0 || len % block_len != 0 || len > sizeof(plain.data)) {
        return "not whole blocks";
    }
    if (!EVP_DecryptInit_ex(context, cipher, NULL, request->key.data, iv) ||
        !EVP_CIPHER_CTX_set_padding(context, 0) ||
        !EVP_DecryptUpdate(context, plain.data, &n, body, (int)len)) {
        return "cannot be decrypted";
    }
    padding = (size_t)plain.data[len - 1] + 1;
    for (size_t i = 0; i < padding; i++) {
        if (padding > len || plain.data[len - 1 - i] != padding - 1) {
            return "the padding is wrong";
        }
    }
    plain.len = len - padding;
    return NULL;
}

static const char *open_with_mac(
    const struct request *request, EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher)
{
    const uint8_t *body = request->record.data + RECORD_HEADER_LEN;
    const size_t len = request->record.len - RECORD_HEADER_LEN, mac_len = request->mac_key.len;
    const char *error;

    if (len < mac_len) {
        return "no MAC";
    }
    if (request->is_etm) { /* RFC 7366 */
        error = check_mac(request, body, len - mac_len);
        return error ? error : open_cbc(request, context, cipher, body, len - mac_len);
    }
    if (cipher) {
        error = open_cbc(request, context, cipher, body, len);
        if (error) {
            return error;
        }
    } else {
        memcpy(plain.data, body, len);
        plain.len = len;
    }
    if (plain.len < mac_len) {
        return "no MAC";
    }
    plain.len -= mac_len;
    return check_mac(request, plain.data, plain.len);
}

static const char *open_record(const struct request *request)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = NULL;
    const char *error = NULL;

    if (strcmp(request->cipher, "NULL") != 0) {
        cipher = EVP_CIPHER_fetch(NULL, request->cipher, NULL);
        error = !cipher                                                         ? "no such cipher"
                : (size_t)EVP_CIPHER_get_key_length(cipher) != request->key.len ? "a key of another length"
                                                                                : NULL;
    }
    if (!error) {
        error = cipher && (EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0
                    ? open_aead(request, context, cipher)
                    : open_with_mac(request, context, cipher);
    }
    EVP_CIPHER_free(cipher);
    EVP_CIPHER_CTX_free(context);
    return error;
}

int main(void)
{
    static char line[MAX_LINE];
    static struct request request;

    while (fgets(line, sizeof(line), stdin)) {
        const char *error = parse(&request, line) ? open_record(&request) : "not a record with its keys";
        if (error) {
            printf("error: %s\n", error);
            continue;
        }
        for (size_t i = 0; i < plain.len; i++) {
            printf("%02x", plain.data[i]);
        }
        putchar('\n');
    }
    return 0;
}
