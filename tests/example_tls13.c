/* The handshake stage of TLS 1.3: from the shared secret to the keys of both sides. */
#include <lanekdf.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const uint8_t shared_secret[32] = {1};                     /* X25519 */
    const uint8_t transcript_hash[LANEKDF_MAX_HASH_LEN] = {2}; /* of ClientHello and ServerHello */
    uint8_t client_keys[LANEKDF_MAX_KEYS_LEN], server_keys[LANEKDF_MAX_KEYS_LEN];
    uint8_t master_secret[LANEKDF_MAX_HASH_LEN];
    struct lanekdf_tls13_handshake stage;
    const struct lanekdf_suite *suite;
    struct lanekdf_span key;
    int status;

    memset(&stage, 0, sizeof(stage));
    stage.job.kind = LANEKDF_KIND_TLS13_HANDSHAKE;
    stage.shared_secret[0].data = shared_secret;
    stage.shared_secret[0].len = sizeof(shared_secret);
    stage.transcript_hash = transcript_hash;
    stage.client_keys = client_keys; /* key, IV and finished key of each direction */
    stage.server_keys = server_keys;
    stage.master_secret = master_secret; /* for the application stage */

    status = lanekdf_suite_find(0x1301, &suite); /* TLS_AES_128_GCM_SHA256 */
    if (status == LANEKDF_OK) {
        status = lanekdf_tls13_set_suite(&stage.job, LANEKDF_TLS13, suite); /* hash and lengths */
    }
    if (status == LANEKDF_OK) {
        status = lanekdf_derive_one(&stage.job);
    }
    if (status != LANEKDF_OK) {
        puts(lanekdf_status_text(status));
        return 1;
    }
    key = lanekdf_tls13_write_key(&stage.job, LANEKDF_SERVER, LANEKDF_KEY);
    printf("the server writes with %u bytes: %02x...\n", (unsigned)key.len, key.data[0]);
    return 0;
}
