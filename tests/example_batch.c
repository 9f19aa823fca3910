/* What an event loop has ready, in one call; kinds and lengths may be mixed. */
#include <lanekdf.h>
#include <stdio.h>

enum { N = 64 };
static uint8_t pre_master_secret[N][48], client_random[N][32], server_random[N][32], key_block[N][40];
static struct lanekdf_handshake handshakes[N]; /* zeroed, as all that is static */
static struct lanekdf_job *jobs[N];

int main(void)
{
    lanekdf_context *context; /* one for each thread, kept */
    size_t n_failed;

    if (lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        return 1;
    }
    for (int i = 0; i < N; i++) {
        struct lanekdf_handshake *handshake = &handshakes[i];

        handshake->job.kind = LANEKDF_KIND_HANDSHAKE;
        handshake->version = LANEKDF_TLS12;
        handshake->hash = LANEKDF_SHA256;
        handshake->pre_master_secret.data = pre_master_secret[i];
        handshake->pre_master_secret.len = sizeof(pre_master_secret[i]);
        handshake->client_random = client_random[i];
        handshake->server_random = server_random[i];
        handshake->enc_key_len = 16;
        handshake->fixed_iv_len = 4;
        handshake->key_block = key_block[i];
        jobs[i] = &handshake->job;
    }
    n_failed = lanekdf_context_derive(context, jobs, N);
    lanekdf_context_free(context);
    printf("%u of %d failed\n", (unsigned)n_failed, N);
    return n_failed > 0;
}
