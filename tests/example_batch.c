/* What an event loop has ready, in one call; kinds and lengths may be mixed. */
#include <lanekdf.h>
#include <stdio.h>

enum { N = 64 };
static uint8_t pre_master_secret[N][48], client_random[N][32], server_random[N][32], key_block[N][40];
static struct lanekdf_handshake handshake[N];
static struct lanekdf_job *jobs[N];

int main(void)
{
    lanekdf_context *context; /* one for each thread, kept */
    size_t i, n_failed;

    if (lanekdf_context_new(&context, NULL) != LANEKDF_OK) {
        return 1;
    }
    for (i = 0; i < N; i++) {
        handshake[i] = (struct lanekdf_handshake){.job.kind = LANEKDF_KIND_HANDSHAKE,
            .version = LANEKDF_TLS12,
            .hash = LANEKDF_SHA256,
            .pre_master_secret = {pre_master_secret[i], sizeof(pre_master_secret[i])},
            .client_random = client_random[i],
            .server_random = server_random[i],
            .enc_key_len = 16,
            .fixed_iv_len = 4,
            .key_block = key_block[i]};
        jobs[i] = &handshake[i].job;
    }
    n_failed = lanekdf_context_derive(context, jobs, N);
    lanekdf_context_free(context);
    printf("%zu of %d failed\n", n_failed, N);
    return n_failed > 0;
}
