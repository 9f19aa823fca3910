/* The keys of a handshake lie within its key block, or its final keys, one beside the other, and none
 * overlaps another: any lengths of keys and IVs, any two of the six keys. */
/* cbmc: --unwind 4 engine/handshake_keys.c */
#include "handshake.h"
#include "cbmc.h"

/* Where a key lies, counted from the start of what it lies in. */
static size_t offset_of(struct lanekdf_span key, const struct lanekdf_handshake *job, bool *is_final)
{
    *is_final = __CPROVER_same_object(key.data, job->final_keys);
    return (size_t)(key.data - (*is_final ? job->final_keys : job->key_block));
}

int main(void)
{
    static uint8_t key_block[6 * 255], final_keys[4 * 255];
    struct lanekdf_handshake job = {.mac_key_len = nondet_u8(),
        .enc_key_len = nondet_u8(),
        .fixed_iv_len = nondet_u8(),
        .final_key_len = nondet_u8(),
        .key_block = key_block,
        .final_keys = final_keys};
    const unsigned a = nondet_u8() % 6, b = nondet_u8() % 6;
    const struct lanekdf_span first = lanekdf_handshake_key(&job, (enum lanekdf_key)a),
                              second = lanekdf_handshake_key(&job, (enum lanekdf_key)b);
    bool is_final[2];

    ASSUME(first.len && second.len && a != b);
    const size_t at[2] = {offset_of(first, &job, &is_final[0]), offset_of(second, &job, &is_final[1])};
    const size_t room[2] = {
        lanekdf_handshake_key_block_len(&job), 2 * ((size_t)job.final_key_len + job.fixed_iv_len)};

    PROVE(at[0] + first.len <= room[is_final[0]]);
    PROVE(is_final[0] != is_final[1] || at[0] + first.len <= at[1] || at[1] + second.len <= at[0]);
}
