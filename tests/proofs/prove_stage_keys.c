/* The keys of a stage lie within the block of their direction, and none overlaps another: every stage that
 * has keys, every version and hash, any lengths of keys and IVs. */
/* cbmc: --unwind 9 engine/hkdf_label.c engine/tls13_keys.c */

#include "cbmc.h"
#include "tls13.h"

size_t lanekdf_hash_len(uint32_t hash)
{
    const size_t len = nondet_u8();

    ASSUME(len <= HASH_MAX_DIGEST); /* whatever the table says of the hash */
    (void)hash;
    return len;
}

int main(void)
{
    static uint8_t block[4 * 255];
    struct lanekdf_tls13_application application = {.job.kind = LANEKDF_KIND_TLS13_APPLICATION,
        .version = nondet_u32(),
        .key_len = nondet_u8(),
        .iv_len = nondet_u8(),
        .client_keys = block};
    struct lanekdf_tls13_traffic traffic = {.job.kind = LANEKDF_KIND_TLS13_TRAFFIC,
        .version = nondet_u32(),
        .key_len = nondet_u8(),
        .iv_len = nondet_u8(),
        .n_updates = nondet_u32(),
        .keys = block};
    struct lanekdf_quic_initial initial = {.job.kind = LANEKDF_KIND_QUIC_INITIAL, .client_keys = block};
    const struct lanekdf_job *stages[] = {&application.job, &traffic.job, &initial.job};
    const struct lanekdf_job *stage = stages[nondet_u8() % 3];
    const unsigned a = nondet_u8() % (LANEKDF_FINISHED_KEY + 1), b = nondet_u8() % (LANEKDF_FINISHED_KEY + 1);
    const struct lanekdf_span first = lanekdf_tls13_write_key(stage, LANEKDF_CLIENT, (enum lanekdf_purpose)a),
                              second = lanekdf_tls13_read_key(stage, LANEKDF_SERVER, (enum lanekdf_purpose)b);

    ASSUME(first.len && second.len);
    PROVE((size_t)(first.data - block) + first.len <= lanekdf_tls13_key_block_len(stage));
    PROVE((a == b) == (first.data == second.data));
    PROVE(a == b || first.data + first.len <= second.data || second.data + second.len <= first.data);
}
