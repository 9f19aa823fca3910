/* One handshake, at once: no context, no allocation. This compiles as C and as C++. */
#include <lanekdf.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const uint8_t pre_master_secret[48] = {3, 3}, client_random[32] = {1}, server_random[32] = {2};
    uint8_t master_secret[LANEKDF_MASTER_SECRET_LEN], key_block[40];
    struct lanekdf_handshake handshake;
    struct lanekdf_span key;
    int status;

    memset(&handshake, 0, sizeof(handshake)); /* what stays 0 or NULL is not wanted */
    handshake.job.kind = LANEKDF_KIND_HANDSHAKE;
    handshake.version = LANEKDF_TLS12;
    handshake.hash = LANEKDF_SHA256;
    handshake.pre_master_secret.data = pre_master_secret;
    handshake.pre_master_secret.len = sizeof(pre_master_secret);
    handshake.client_random = client_random;
    handshake.server_random = server_random;
    handshake.enc_key_len = 16; /* AES-128-GCM: no MAC keys, 4 bytes of each IV */
    handshake.fixed_iv_len = 4;
    handshake.master_secret = master_secret;
    handshake.key_block = key_block;

    status = lanekdf_derive_one(&handshake.job);
    key = lanekdf_handshake_key(&handshake, LANEKDF_CLIENT_WRITE_KEY);
    printf("%s: the client writes with %u bytes", lanekdf_status_text(status), (unsigned)key.len);
    if (status == LANEKDF_OK) {
        printf(", %02x...", key.data[0]);
    }
    puts("");
    return status != LANEKDF_OK;
}
