/*
 * HANDSHAKE jobs: what those of TLS 1.0 to 1.2 (tls.c) and those of SSLv3 (ssl3.c) have in common.
 */
#ifndef ENGINE_HANDSHAKE_H
#define ENGINE_HANDSHAKE_H

#include "record.h"

static inline const struct lanekdf_handshake *handshake_of(const struct record *record)
{
    return (const struct lanekdf_handshake *)record->job;
}

/* lanekdf_handshake_key_block_len(), inlined: RFC 5246 section 6.3, and RFC 2246 section 6.3.1, by which an
 * export suite takes its IVs from a block of their own. */
static inline size_t handshake_key_block_len(const struct lanekdf_handshake *job)
{
    return 2 * ((size_t)job->mac_key_len + job->enc_key_len + (job->final_key_len ? 0 : job->fixed_iv_len));
}

/* The client_write_key in the key block; the server_write_key lies behind its enc_key_len bytes. */
static inline const uint8_t *handshake_client_write_key(const struct lanekdf_handshake *job)
{
    return job->key_block + 2 * (size_t)job->mac_key_len;
}

/* ---- ssl3.c ---- */

/* Checks what SSLv3 asks of a handshake beyond what TLS does. Returns a status. */
int ssl3_check_handshake(const struct lanekdf_handshake *job);

/* Gives a record the phases of SSLv3. */
void ssl3_begin_handshake(struct record *record);

#endif
