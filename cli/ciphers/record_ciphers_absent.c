/* The command was built where libcrypto was not found. */
#include "record_ciphers.h"

const char *const cipher_absent_before = "this lanekdf was built without libcrypto, which has ";
const char *const cipher_absent_behind = "";

enum cipher_status cipher_decrypt(enum lanekdf_cipher cipher, struct lanekdf_bytes key,
    struct lanekdf_bytes iv, struct lanekdf_bytes in, uint8_t *out)
{
    (void)cipher, (void)key, (void)iv, (void)in, (void)out;
    return CIPHER_ABSENT;
}

enum cipher_status cipher_mask(
    enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t sample[16], uint8_t mask[5])
{
    (void)cipher, (void)key, (void)sample, (void)mask;
    return CIPHER_ABSENT;
}

enum cipher_status cipher_open(enum lanekdf_cipher cipher, struct lanekdf_bytes key, const uint8_t nonce[12],
    struct lanekdf_bytes associated, struct lanekdf_bytes in, size_t tag_len, uint8_t *out)
{
    (void)cipher, (void)key, (void)nonce, (void)associated, (void)in, (void)tag_len, (void)out;
    return CIPHER_ABSENT;
}
