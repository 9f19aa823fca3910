/* Where the keys of a handshake lie in its key block, or in its final keys. */
#include "handshake.h"

size_t lanekdf_handshake_key_block_len(const struct lanekdf_handshake *job)
{
    return handshake_key_block_len(job);
}

/* Client and server alternate in enum lanekdf_key, and its purposes follow each other as in enum
 * lanekdf_purpose. */
struct lanekdf_span lanekdf_handshake_key(const struct lanekdf_handshake *job, enum lanekdf_key key)
{
    const unsigned purpose = (unsigned)key / 2, role = (unsigned)key % 2;
    const bool is_final = job->final_key_len && purpose != LANEKDF_MAC_KEY;
    const size_t lens[] = {
        job->mac_key_len, is_final ? job->final_key_len : job->enc_key_len, job->fixed_iv_len};
    uint8_t *const block = is_final ? job->final_keys : job->key_block;
    size_t offset = 0;
    if (purpose > LANEKDF_IV || !lens[purpose]) {
        return (struct lanekdf_span){NULL, 0};
    }
    for (unsigned i = is_final ? LANEKDF_KEY : LANEKDF_MAC_KEY; i < purpose; i++) {
        offset += 2 * lens[i];
    }
    return (struct lanekdf_span){block ? block + offset + role * lens[purpose] : NULL, lens[purpose]};
}

static struct lanekdf_span key_of_writer(
    const struct lanekdf_handshake *job, unsigned writer, enum lanekdf_purpose purpose)
{
    if (writer > LANEKDF_SERVER || (unsigned)purpose > LANEKDF_IV) {
        return (struct lanekdf_span){NULL, 0};
    }
    return lanekdf_handshake_key(job, (enum lanekdf_key)(2 * (unsigned)purpose + writer));
}

struct lanekdf_span lanekdf_handshake_write_key(
    const struct lanekdf_handshake *job, enum lanekdf_role role, enum lanekdf_purpose purpose)
{
    return key_of_writer(job, role, purpose);
}

struct lanekdf_span lanekdf_handshake_read_key(
    const struct lanekdf_handshake *job, enum lanekdf_role role, enum lanekdf_purpose purpose)
{
    return key_of_writer(job, (unsigned)role ^ 1, purpose);
}
