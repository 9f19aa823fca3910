/* One handshake, at once: no context, no allocation. */
#include <lanekdf.h>
#include <stdio.h>

int main(void)
{
    const uint8_t pre_master_secret[48] = {3, 3}, client_random[32] = {1}, server_random[32] = {2};
    uint8_t master_secret[48], key_block[40];
    struct lanekdf_handshake handshake = {.job.kind = LANEKDF_KIND_HANDSHAKE,
        .version = LANEKDF_TLS12,
        .hash = LANEKDF_SHA256,
        .pre_master_secret = {pre_master_secret, sizeof(pre_master_secret)},
        .client_random = client_random,
        .server_random = server_random,
        .enc_key_len = 16, /* AES-128-GCM: no MAC keys, 4 bytes of each IV */
        .fixed_iv_len = 4,
        .master_secret = master_secret,
        .key_block = key_block};
    int status = lanekdf_derive_one(&handshake.job);
    struct lanekdf_span key = lanekdf_handshake_key(&handshake, LANEKDF_CLIENT_WRITE_KEY);

    printf(
        "%s, the client writes with %zu bytes: %02x...\n", lanekdf_status_text(status), key.len, key.data[0]);
    return status != LANEKDF_OK;
}
