/*
 * What the stages of TLS 1.3, DTLS 1.3 and QUIC have in common: what they check, what of a job is a constant
 * of its program, and the block of keys of one direction.
 */
#ifndef ENGINE_TLS13_H
#define ENGINE_TLS13_H

#include "hkdf_label.h"
#include "kind.h"
#include "prf.h"

/* ---- checks ---- */

/* Whether the key schedule of TLS 1.3 may run on a hash. */
static inline bool tls13_has_hash(const struct hash *hash)
{
    return hash->empty != NULL;
}

/* Bytes of a secret, for the view of a job; 0 where the key schedule does not run on the job's hash. Nobody
 * can tell then how long the outputs are, and none of them may be zeroed in part or beyond its end. */
static inline size_t tls13_secret_len(uint32_t hash_id)
{
    const struct hash *hash = hash_find(hash_id);
    return hash && tls13_has_hash(hash) ? hash->digest_bytes : 0;
}

/* Checks version, hash and lengths of keys. Returns a status. */
static inline int tls13_check(
    uint32_t version, const struct hash *hash, uint8_t key_len, uint8_t iv_len, bool wants_keys)
{
    if (!tls13_has_hash(hash)) {
        return LANEKDF_ERROR_HASH;
    }
    if (!protocol_find(version)) {
        return LANEKDF_ERROR_VERSION;
    }
    return !key_len != !iv_len || key_len > hash->digest_bytes || iv_len > hash->digest_bytes ||
                   (wants_keys && !key_len)
               ? LANEKDF_ERROR_LENGTH
               : LANEKDF_OK;
}

/* ---- shape.exact: the protocol, and the lengths in the labels of keys ---- */

static inline uint32_t tls13_exact(uint32_t version, uint8_t key_len, uint8_t iv_len)
{
    return (uint32_t)(protocol_find(version) - protocols) | (uint32_t)key_len << 8 | (uint32_t)iv_len << 16;
}

static inline const struct protocol *tls13_protocol(const struct shape *shape)
{
    return &protocols[shape->exact & 0xff];
}

static inline unsigned tls13_key_len(const struct shape *shape)
{
    return shape->exact >> 8 & 0xff;
}

static inline unsigned tls13_iv_len(const struct shape *shape)
{
    return shape->exact >> 16 & 0xff;
}

/* ---- the keys of one direction ---- */

/* Bytes of key, IV and number key. */
static inline size_t tls13_traffic_keys_len(
    const struct protocol *protocol, size_t key_len, size_t iv_len, bool has_number_key)
{
    return key_len + iv_len + (has_number_key && protocol->number_key ? key_len : 0);
}

/* Bytes of a block; 0 for a version that is none. finished_len: of the finished key, or 0. */
static inline size_t tls13_block_len(
    uint32_t version, size_t key_len, size_t iv_len, bool has_number_key, size_t finished_len)
{
    const struct protocol *protocol = protocol_find(version);
    return protocol ? tls13_traffic_keys_len(protocol, key_len, iv_len, has_number_key) + finished_len : 0;
}

/* Whether a traffic secret after n_updates has a number key of its own. */
static inline bool tls13_has_number_key(const struct protocol *protocol, uint32_t n_updates)
{
    return protocol && protocol->number_key && !(n_updates && protocol->keeps_number_key);
}

/*
 * RFC 8446 section 7.3: [sender]_write_key = HKDF-Expand-Label(Secret, "key", "", key_length)
 *                       [sender]_write_iv  = HKDF-Expand-Label(Secret, "iv", "", iv_length)
 * and the number key of DTLS 1.3 (RFC 9147 section 4.2.3) or QUIC (RFC 9001 section 5.1). They are delivered
 * to `block`, a place whose len and skip do not count. Returns how many bytes of the block they take.
 */
unsigned tls13_traffic_keys(struct formula *f, const struct shape *shape, struct formula_key traffic_secret,
    struct place block, bool has_number_key);

/* Delivers a value that has as many bytes as a digest, or the first n of them. */
static inline void tls13_deliver(struct formula *f, formula_value value, struct place to)
{
    formula_deliver(f, &value, 1, to);
}

#endif
